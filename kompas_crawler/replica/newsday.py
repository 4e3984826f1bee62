"""Which articles a day has: their times, ids, sections, kinds, headlines and addresses.

Every article is a function of (seed, day, number), so any day of 2008 … 2030 exists without being made beforehand,
and one article can be had without its day. A day is cut into as many spans as it has articles, in proportion to how
busy the hours are; each span holds one article, so times never collide and an id leads back to its number.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta, timezone
from enum import StrEnum
from functools import lru_cache
from hashlib import blake2b
from random import Random

from kompas_crawler.replica.prose import CITIES, WORLD_CITIES, Story, old_slug_of, slug_of
from kompas_crawler.replica.rubrics import CITIES_OF_HOSTS, LADDER, Rubric, home_and_code, section_of_home

WIB = timezone(timedelta(hours=7), "WIB")
FIRST_DAY, LAST_DAY = date(2008, 1, 1), date(2030, 12, 31)

# Share of a day's articles in each hour, midnight first.
_BUSY = (1, 1, 1, 1, 1, 2, 5, 6, 6, 6, 6, 6, 6, 6, 6, 6, 6, 6, 6, 6, 5, 5, 4, 3)
_BEFORE = tuple(sum(_BUSY[:hour]) / sum(_BUSY) for hour in range(25))


class Kind(StrEnum):
    """What kind of piece an article is, in the words of `content_type`."""

    STANDARD = "Standard"
    OPINION = "Kolom"
    ADVERTORIAL = "Advertorial"
    BRAND = "Brandzview"
    KILAS = "Kilas"
    FACT_CHECK = "Cek Fakta"


@dataclass(frozen=True, slots=True, kw_only=True)
class Stub:
    """What lists say about an article, and enough to make the whole of it."""

    day: date
    number: int
    """0, 1, … in the order of publication."""
    seconds: int
    """WIB seconds since midnight."""
    article_no: str
    """The id in the address, e.g. `205938370`."""
    rubric: Rubric
    home: str
    """Front address of the article's section, e.g. `www.kompas.com/global`."""
    kind: Kind
    city: str
    title: str
    slug: str
    draws: bytes
    """24 bytes of chance that belong to this article."""

    @property
    def key(self) -> str:
        """Key of the archive, e.g. `20210414-205938370`."""
        return f"{self.day:%Y%m%d}-{self.article_no}"

    @property
    def published(self) -> datetime:
        """Time of publication, WIB."""
        return datetime.combine(self.day, time(), WIB) + timedelta(seconds=self.seconds)

    @property
    def url(self) -> str:
        """Canonical address."""
        return f"https://{self.home}/read/{self.day:%Y/%m/%d}/{self.article_no}/{self.slug}"

    @property
    def section(self) -> str:
        """Slug of the section that the address names, e.g. `motogp` for an article of the bola desk."""
        return section_of_home(self.home)

    @property
    def english(self) -> bool:
        """Written in English."""
        return self.rubric.slug == "go"


def draws(seed: int, *parts: object) -> bytes:
    """32 bytes that follow from the seed and the parts.

    >>> draws(1, "a") == draws(1, "a"), draws(1, "a") == draws(2, "a")
    (True, False)
    """
    return blake2b("|".join(map(str, (seed, *parts))).encode(), digest_size=32).digest()


def dice(draw: bytes) -> Random:
    """A generator of chance that starts from `draw`."""
    return Random(draw)  # noqa: S311  # invented news, no secrets


def chance(draw: bytes, at: int) -> float:
    """Two bytes of `draw` from `at` on as a number in [0, 1)."""
    return int.from_bytes(draw[at : at + 2], "big") / 65536


def second_at(share: float) -> int:
    """The second of the day by which `share` (0 … 1) of its articles are out.

    >>> second_at(0.0), second_at(0.5) // 3600, second_at(0.999999) // 3600
    (0, 13, 23)
    """
    hour = min(bisect_right(_BEFORE, share) - 1, 23)
    within = (share - _BEFORE[hour]) / (_BEFORE[hour + 1] - _BEFORE[hour])
    return min(int((hour + within) * 3600), 86399)


class Newsroom:
    """Makes the articles of any day from a seed."""

    def __init__(self, seed: int, articles_per_day: int = 240) -> None:
        self.seed = seed
        self.articles_per_day = articles_per_day
        self.stub = lru_cache(maxsize=50_000)(self._stub)
        self.size = lru_cache(maxsize=10_000)(self._size)

    def _size(self, day: date) -> int:
        """Number of articles of a whole day: full on weekdays, 7/12 at weekends, give or take 8 %."""
        if not FIRST_DAY <= day <= LAST_DAY:
            return 0
        share = 7 / 12 if day.weekday() >= 5 else 1.0
        swing = 0.92 + 0.16 * chance(draws(self.seed, "size", day), 0)
        return max(1, round(self.articles_per_day * share * swing)) if self.articles_per_day else 0

    def day(self, day: date) -> list[Stub]:
        """All articles of a whole day, oldest first."""
        return [self.stub(day, number) for number in range(self.size(day))]

    def until(self, now: datetime, day: date) -> list[Stub]:
        """The articles of `day` that are out at `now`, oldest first."""
        if day > now.date():
            return []
        return [stub for stub in self.day(day) if stub.published <= now]

    def backwards(self, now: datetime) -> Iterator[Stub]:
        """Articles out at `now`, newest first, without end but the site's first day."""
        day = min(now.date(), LAST_DAY)
        while day >= FIRST_DAY:
            yield from reversed(self.until(now, day))
            day -= timedelta(days=1)

    def find(self, day: date, article_no: str) -> Stub | None:
        """The article with this day and id, or null."""
        size = self.size(day)
        if not size or len(article_no) not in (8, 9) or not (article_no.isascii() and article_no.isdigit()):
            return None
        hour, minute, second = int(article_no[:2]), int(article_no[2:4]), int(article_no[4:6])
        if hour > 23 or minute > 59 or second > 59:
            return None
        share = _BEFORE[hour] + (minute * 60 + second) / 3600 * (_BEFORE[hour + 1] - _BEFORE[hour])
        guess = int(share * size)
        for number in (guess, guess - 1, guess + 1):
            if 0 <= number < size and (stub := self.stub(day, number)).article_no == article_no:
                return stub
        return None

    def any_before(self, stub: Stub, draw: bytes, *, days: int) -> Stub:
        """Some article of the `days` days before `stub`, or the first of its own day where there is none."""
        day = stub.day - timedelta(days=1 + int.from_bytes(draw[:4], "big") % days)
        size = self.size(day)
        return self.stub(day, int.from_bytes(draw[4:8], "big") % size) if size else self.stub(stub.day, 0)

    def related(self, stub: Stub, count: int) -> tuple[Stub, ...]:
        """Articles of the same section from the weeks before, the nearest day first."""
        found = []
        for back in range(1, 40):
            day = stub.day - timedelta(days=back)
            size = self.size(day)
            for step in range(min(size, 12)):
                number = (stub.number * 7 + step * 5) % size
                if self._rubric(draws(self.seed, day, number)) is stub.rubric:
                    found.append(self.stub(day, number))
                    break
            if len(found) == count:
                break
        return tuple(found)

    @staticmethod
    def _rubric(draw: bytes) -> Rubric:
        return LADDER[int.from_bytes(draw[0:2], "big") % len(LADDER)]

    def _stub(self, day: date, number: int) -> Stub:
        draw = draws(self.seed, day, number)
        rubric = self._rubric(draw)
        seconds = second_at((number + 0.08 + 0.84 * chance(draw, 2)) / self.size(day))
        home, code = home_and_code(rubric, day, draw[4])
        clock = f"{seconds // 3600:02d}{seconds // 60 % 60:02d}{seconds % 60:02d}"
        city = _city(rubric, home, draw)
        title = Story(dice(draw[8:16]), rubric.slug, city, english=rubric.slug == "go").title()
        return Stub(
            day=day, number=number, seconds=seconds, article_no=f"{clock}{draw[5] % 10}{code}", rubric=rubric,
            home=home, kind=_kind(rubric, chance(draw, 6)), city=city, title=title,
            slug=old_slug_of(title) if day.year < 2017 else slug_of(title), draws=draw[8:32],
        )  # fmt: skip


def _city(rubric: Rubric, home: str, draw: bytes) -> str:
    host = home.split(".", 1)[0]
    if host in CITIES_OF_HOSTS:
        return CITIES_OF_HOSTS[host]
    names = WORLD_CITIES if rubric.slug == "global" else CITIES
    return names[draw[16] % len(names)]


def _kind(rubric: Rubric, luck: float) -> Kind:
    if rubric.slug == "biz":
        return Kind.ADVERTORIAL
    if rubric.slug == "tren" and luck < 0.05:
        return Kind.FACT_CHECK
    if rubric.slug in ("nasional", "money", "tren", "properti", "edukasi", "otomotif") and 0.05 <= luck < 0.08:
        return Kind.OPINION
    if rubric.slug in ("nasional", "money", "health", "properti", "regional"):
        if 0.08 <= luck < 0.10:
            return Kind.BRAND
        if 0.10 <= luck < 0.12:
            return Kind.KILAS
    return Kind.STANDARD
