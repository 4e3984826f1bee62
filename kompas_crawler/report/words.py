"""Words, numbers and dates in Indonesian and English.

Knows how each language writes them. Refuses to know HTML: what comes out is plain text, escaped where it is shown.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from typing import Any, Final

from kompas_crawler.site.dates import WIB


class Language(StrEnum):
    """A language of the report."""

    INDONESIAN = "id"
    ENGLISH = "en"


@dataclass(frozen=True, slots=True)
class Words:
    """One text in both languages."""

    id: str
    en: str

    def of(self, language: Language) -> str:
        """Return the text in one language."""
        return self.id if language is Language.INDONESIAN else self.en

    @property
    def is_same(self) -> bool:
        """Whether both languages write it alike."""
        return self.id == self.en


MONTHS: Final[Mapping[Language, Sequence[str]]] = {
    Language.INDONESIAN: ("Jan", "Feb", "Mar", "Apr", "Mei", "Jun", "Jul", "Agu", "Sep", "Okt", "Nov", "Des"),
    Language.ENGLISH: ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"),
}
_UNITS: Final = (
    (86_400.0, "hari", "day", "days"),
    (3_600.0, "jam", "hour", "hours"),
    (60.0, "menit", "minute", "minutes"),
    (1.0, "detik", "second", "seconds"),
)


def text(id: str, en: str, **values: object) -> Words:  # noqa: A002 - the code of the language
    """Return a text in both languages, with values put in; a value that is `Words` in the language of the text.

    >>> text("{n} artikel", "{n} articles", n=number(1234))
    Words(id='1.234 artikel', en='1,234 articles')
    """

    def filled(template: str, language: Language) -> str:
        return template.format_map({name: _said(value, language) for name, value in values.items()})

    return Words(filled(id, Language.INDONESIAN), filled(en, Language.ENGLISH))


def number(value: float, decimals: int = 0) -> Words:
    """Return a number with its thousands parted.

    >>> number(1234.5, 1), number(7)
    (Words(id='1.234,5', en='1,234.5'), Words(id='7', en='7'))
    """
    english = f"{value:,.{decimals}f}"
    return Words(english.translate(str.maketrans(",.", ".,")), english)


def large(value: float) -> Words:
    """Return a number; one of ten millions or more in short.

    >>> large(315950).id, large(200_000_000), large(3_200_000_000).en
    ('315.950', Words(id='200 juta', en='200 million'), '3.2 billion')
    """
    for size, id_, en in ((1_000_000_000, "miliar", "billion"), (1_000_000, "juta", "million")):
        if value >= max(size, 10_000_000):
            short = value / size
            return text("{n} " + id_, "{n} " + en, n=number(short, 0 if short >= 10 else 1))
    return number(value)


def counted(count: int, id: str, singular: str, plural: str | None = None) -> Words:  # noqa: A002 - as in `text`
    """Return a number with what is counted.

    >>> counted(1, "hari", "day").en, counted(2, "hari", "day").en, counted(2, "hari", "day").id
    ('1 day', '2 days', '2 hari')
    """
    return text("{n} " + id, "{n} " + (singular if count == 1 else plural or f"{singular}s"), n=number(count))


def share(part: float, whole: float) -> Words:
    """Return a share in per cent; one that is not all is never rounded to all, nor one that is something to nothing.

    >>> share(1, 3).id, share(9999, 10000).en, share(1, 10000).en, share(3, 3).en, share(0, 0).en
    ('33 %', '>99.9%', '<0.1%', '100%', '–')
    """
    if not whole:
        return Words("–", "–")
    percent = 100 * part / whole
    sign = ""
    if 0 < percent < 0.1:
        sign, percent = "<", 0.1
    elif 99.9 < percent < 100:
        sign, percent = ">", 99.9
    written = number(percent, 0 if percent in (0, 100) or 10 <= percent <= 99 else 1)
    return Words(f"{sign}{written.id} %", f"{sign}{written.en}%")


def day(value: date) -> Words:
    """Return a day.

    >>> day(date(2021, 8, 4))
    Words(id='4 Agu 2021', en='4 Aug 2021')
    """
    return _by_month(lambda months: f"{value.day} {months[value.month - 1]} {value.year}")


def moment(value: datetime) -> Words:
    """Return an aware instant as the clock in Jakarta shows it.

    >>> moment(datetime.fromisoformat("2021-08-04T00:30+00:00")).id
    '4 Agu 2021, 07.30 WIB'
    """
    local = value.astimezone(WIB)
    clock = Words(f"{local:%H.%M}", f"{local:%H:%M}")
    return text("{day}, {clock} WIB", "{day}, {clock} WIB", day=day(local.date()), clock=clock)


def duration(seconds: float) -> Words:
    """Return a length of time in its largest fitting unit.

    >>> duration(5400), duration(86400).en, duration(0.25).en
    (Words(id='1,5 jam', en='1.5 hours'), '1 day', '0.25 seconds')
    """
    size, id_, singular, plural = next((unit for unit in _UNITS if abs(seconds) >= unit[0]), _UNITS[-1])
    value = seconds / size
    decimals = 2 if abs(value) < 1 else 1 if abs(value) < 10 and round(value, 1) % 1 else 0
    name = singular if round(value, decimals) == 1 else plural
    return text("{n} " + id_, "{n} " + name, n=number(value, decimals))


def _by_month(write: Callable[[Sequence[str]], str]) -> Words:
    return Words(write(MONTHS[Language.INDONESIAN]), write(MONTHS[Language.ENGLISH]))


def _said(value: Any, language: Language) -> str:
    return value.of(language) if isinstance(value, Words) else str(value)
