"""The times that Kompas.com prints and the stamps in its markup, as aware instants and WIB days.

It knows the printed forms of every era, Indonesian and English, and the three zones of Indonesia. It has no clock, so
relative times ("3 jam lalu") are not read; it never guesses: an impossible value is None, a missing part is never
filled in, and a day is never taken for a month.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta, timezone
from typing import Final

WIB: Final = timezone(timedelta(hours=7), "WIB")
"""Western Indonesia Time, UTC+7 all year: the zone of the site."""

_ZONE_HOURS: Final = {"wib": 7, "wita": 8, "wit": 9, "utc": 0, "gmt": 0}

_MONTH_NAMES: Final = (
    "januari january jan",
    "februari february pebruari feb peb",
    "maret march mar mrt",
    "april apr",
    "mei may",
    "juni june jun",
    "juli july jul",
    "agustus august agust agu agt ags aug",
    "september sept sep",
    "oktober october okt oct",
    "november nopember nov nop",
    "desember december des dec",
)
_MONTHS: Final = {name: number for number, names in enumerate(_MONTH_NAMES, start=1) for name in names.split()}

_MONTH: Final = rf"(?P<month>{'|'.join(sorted(_MONTHS, key=len, reverse=True))})\b\.?"
_YEAR: Final = r"(?P<year>(?:19|20)[0-9]{2})(?![0-9])"
_DAY: Final = r"(?<![0-9])(?P<day>[0-9]{1,2})"
_DATE_FORMS: Final = tuple(
    re.compile(pattern, re.IGNORECASE)
    for pattern in (
        rf"(?<![0-9/.-]){_DAY}\s?(?P<separator>[/.-])\s?(?P<month>[0-9]{{1,2}})\s?(?P=separator)\s?{_YEAR}(?![/-])",
        rf"{_DAY}[\s/-]+{_MONTH}[,\s/-]+{_YEAR}",
        rf"\b{_MONTH}\s+{_DAY}(?:st|nd|rd|th)?\b,?\s+{_YEAR}",
        r"(?<![0-9/-])(?P<year>(?:19|20)[0-9]{2})-(?P<month>[0-9]{2})-(?P<day>[0-9]{2})(?![0-9-]|[ T][0-9])",
    )
)
_DIGIT: Final = re.compile("[0-9]")
_CLOCK: Final = (
    r"(?P<hour>[0-9]{1,2})[:.](?P<minute>[0-9]{2})(?:[:.](?P<second>[0-9]{2}))?(?![0-9:])"
    r"(?:\s*(?P<half>[ap])\.?m\b\.?)?"
    r"(?:\s*\(?(?P<zone>[a-z]{3,4})\b(?P<offset>[+-][0-9]{1,2}\b)?)?"
)
_TIME_AFTER: Final = re.compile(rf"(?:[\s,|(–—-]|\bpukul\b|\bjam\b|\bat\b)*{_CLOCK}", re.IGNORECASE)
_TIME_BEFORE: Final = re.compile(rf"(?<![0-9:.]){_CLOCK}[\s,|)–—-]*$", re.IGNORECASE)
_CLOCK_LIKE: Final = re.compile(r"[0-9]\s*:\s*[0-9]|\b[0-9]{1,2}\.[0-9]{2}\b")
_UPDATE: Final = re.compile(r"\b(?:di\s?perbaru?i|diperbaharui|pembaruan|updated?)\b", re.IGNORECASE)
_RARER: Final = re.compile(
    rf"(?=.*\b(?:{'|'.join(_MONTHS)})\b)(?=.*(?<![0-9])(?:19|20)[0-9]{{2}}(?![0-9]))", re.IGNORECASE
)
_ZONE_NAME: Final = re.compile(r"\b(?P<zone>WIB|WITA|WIT)\b", re.IGNORECASE)
_LEAD: Final = re.compile(
    r"^\W*(?:kompas\.?com)?\W*(?:di\s?perbaru?i|diperbaharui|updated?|tayang|published)?\W*", re.IGNORECASE
)
_RARER_LENGTH: Final = 80
_INVISIBLE: Final = re.compile("[\u00ad\u200b-\u200f\u2060\ufeff]")
_STAMP: Final = re.compile(
    r"((?:19|20)[0-9]{2}-[0-9]{2}-[0-9]{2})[T ]([0-9]{2}:[0-9]{2}(?::[0-9]{2}(?:[.,][0-9]{1,9})?)?)"
    r" ?(Z|[+-][0-9]{2}(?::?[0-9]{2})?)?",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class PrintedTime:
    """A day, with or without a time of the day, as a page prints it."""

    at: datetime
    """The instant, aware UTC; 00:00 WIB of the day when only a day is printed."""
    on: date
    """WIB day of `at`."""
    has_time: bool
    """A time of the day is printed, not only a day."""
    is_update: bool
    """The page calls it the time of an update ("Diperbarui"), not of publication."""
    text: str
    """As printed, white space folded."""


def wib_day(at: datetime) -> date:
    """WIB (UTC+7) calendar day of an aware instant.

    >>> wib_day(datetime(2021, 4, 13, 17, 0, tzinfo=UTC))
    datetime.date(2021, 4, 14)
    """
    return at.astimezone(WIB).date()


def parse_printed_time(text: str) -> PrintedTime | None:
    """The first date that a text prints, with its time of the day; None when it prints no possible one.

    Reads `14/04/2021, 20:59 WIB`, `Kompas.com - Diperbarui 10/09/2022, 14:13 WIB`, `Rabu, 4 November 2015 | 21:04 WIB`,
    `Kompas.com , 17 April 2026, 10:30 WIB`, `November 1, 2020, 08.42 PM` and `26/12/2024`, with `:` or `.` in the time.
    Without a zone it is WIB. Never raises.

    >>> printed = parse_printed_time("Kompas.com - Diperbarui 10/09/2022, 06:13 WIB")
    >>> printed.at.isoformat(), printed.on.isoformat(), printed.has_time, printed.is_update
    ('2022-09-09T23:13:00+00:00', '2022-09-10', True, True)
    >>> parse_printed_time("04/14/2021") is None
    True
    """
    text = " ".join(_INVISIBLE.sub("", text).split())
    match = _first_date(text)
    if match is None:
        return _parse_stamp(text) or _parse_rarer(text)
    before, after = text[: match.start()], text[match.end() :]
    time = _TIME_AFTER.match(after) or _TIME_BEFORE.search(before)
    if time is None and _CLOCK_LIKE.search(after[:12]):
        return None
    try:
        day = _date(match)
        local = datetime(day.year, day.month, day.day, tzinfo=WIB) if time is None else _datetime(day, time)
    except ValueError:
        return None
    return _printed(local, text, has_time=time is not None, before=before)


def parse_machine_time(text: str) -> datetime | None:
    """Aware UTC instant of an ISO 8601 stamp in markup; None for anything else, also for a day without a time.

    Source: `article:published_time`, JSON-LD `datePublished`, `content_PublishedDate`. A stamp without offset is WIB.

    >>> parse_machine_time("2026-06-01T18:06:00+07:00").isoformat()
    '2026-06-01T11:06:00+00:00'
    >>> parse_machine_time("2020-10-16 15:28:10").isoformat()
    '2020-10-16T08:28:10+00:00'
    """
    match = _STAMP.fullmatch(text.strip())
    if match is None:
        return None
    day, clock, offset = match.groups()
    try:
        stamp = datetime.fromisoformat(f"{day}T{clock}{(offset or '+07:00').upper()}")
    except ValueError:
        return None
    return stamp.astimezone(UTC)


def _first_date(text: str) -> re.Match[str] | None:
    usual = _DATE_FORMS[0].search(text)
    if usual is not None and not _DIGIT.search(text, 0, usual.start()):
        # Every form needs a day or year in figures, and none reads `14/04/2021` as the end of one begun before.
        return usual
    matches = [match for form in _DATE_FORMS if (match := form.search(text))]
    return min(matches, key=re.Match.start, default=None)


def _date(match: re.Match[str]) -> date:
    month = match["month"].lower()
    return date(int(match["year"]), _MONTHS.get(month) or int(month), int(match["day"]))


def _datetime(day: date, time: re.Match[str]) -> datetime:
    hour, minute, second = int(time["hour"]), int(time["minute"]), int(time["second"] or 0)
    if time["half"]:
        hour = _hour_of_24(hour, is_afternoon=time["half"].lower() == "p")
    return datetime(day.year, day.month, day.day, hour, minute, second, tzinfo=_zone(time["zone"], time["offset"]))


def _hour_of_24(hour: int, *, is_afternoon: bool) -> int:
    if hour > 12 or (hour == 0 and is_afternoon):
        message = f"hour {hour} cannot stand with AM or PM"
        raise ValueError(message)
    return hour % 12 + (12 if is_afternoon else 0)


def _zone(name: str | None, offset: str | None) -> timezone:
    hours = _ZONE_HOURS.get((name or "WIB").lower())
    if hours is not None:
        return timezone(timedelta(hours=hours + int(offset or 0)))
    # "EST", "JST", "SGT": a zone we do not know. Other words after the time ("Oleh") name no zone.
    if name is not None and name.isupper() and name.endswith("T"):
        message = f"unknown time zone {name}"
        raise ValueError(message)
    return WIB


def _printed(local: datetime, text: str, *, has_time: bool, before: str) -> PrintedTime:
    at = local.astimezone(UTC)
    return PrintedTime(at, wib_day(at), has_time, _UPDATE.search(before) is not None, text)


def _parse_stamp(text: str) -> PrintedTime | None:
    match = _STAMP.search(text)
    at = parse_machine_time(match[0]) if match else None
    return None if match is None or at is None else _printed(at, text, has_time=True, before=text[: match.start()])


def _parse_rarer(text: str) -> PrintedTime | None:
    """A date in another order (`20:59 WIB, 2021 April 14`), by dateparser; only with a month name and a whole year."""
    if len(text) > _RARER_LENGTH or not _RARER.match(text):
        return None
    import dateparser  # costs 0.2 s and is rarely needed

    zone = _ZONE_NAME.search(text)
    lead = _LEAD.match(text)
    start = lead.end() if lead else 0
    local = dateparser.parse(
        _ZONE_NAME.sub("", text[start:]).strip(" ,|-"),
        languages=["id", "en"],
        settings={
            "DATE_ORDER": "DMY",
            "REQUIRE_PARTS": ["day", "month", "year"],
            "STRICT_PARSING": True,
            "RETURN_AS_TIMEZONE_AWARE": False,
        },
    )
    if local is None or not re.search(rf"(?<![0-9])0?{local.day}(?![0-9])", text) or str(local.year) not in text:
        return None
    local = local.replace(tzinfo=_zone(zone["zone"] if zone else None, None))
    return _printed(local, text, has_time=_CLOCK_LIKE.search(text) is not None, before=text[:start])
