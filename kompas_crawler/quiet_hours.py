"""The hours of the day in which nothing is asked for. Pure: a setting and a time in, no clock."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from typing import Final

from kompas_crawler.errors import UsageError
from kompas_crawler.site.dates import WIB

_CLOCK: Final = r"([0-9]{2}:[0-9]{2}(?::[0-9]{2})?)"
_FORM: Final = re.compile(rf"{_CLOCK}\s*-\s*{_CLOCK}")
_MIDNIGHT: Final = time(0, 0)


@dataclass(frozen=True, slots=True)
class QuietHours:
    """A span of every day, WIB; it crosses midnight when it ends before it begins."""

    start: time
    end: time
    """The first moment that is no longer quiet."""

    def until(self, now: datetime) -> datetime | None:
        """Return when the quiet hours that hold at `now` (aware) end, aware WIB; None outside of them.

        >>> quiet = QuietHours(time(22, 0), time(6, 30))
        >>> quiet.until(datetime(2021, 4, 14, 23, 0, tzinfo=WIB)).isoformat()
        '2021-04-15T06:30:00+07:00'
        >>> quiet.until(datetime(2021, 4, 14, 6, 30, tzinfo=WIB)) is None
        True
        """
        local = now.astimezone(WIB)
        today = datetime.combine(local.date(), self.end, tzinfo=WIB)
        at = local.time()
        if self.start < self.end:
            return today if self.start <= at < self.end else None
        if at >= self.start:
            return today + timedelta(days=1)
        return today if at < self.end else None

    def __str__(self) -> str:
        return f"{self.start:%H:%M}-{self.end:%H:%M} WIB"


def parse_quiet_hours(text: str | None) -> QuietHours | None:
    """Return the quiet hours that a setting such as `18:00-22:00` names; None when it is empty.

    `24:00` is the midnight at the end of the day; a time may have seconds. Raises `UsageError` for anything else, and
    for a span of no length.

    >>> str(parse_quiet_hours("18:00-22:00"))
    '18:00-22:00 WIB'
    >>> parse_quiet_hours("6pm-10pm")
    Traceback (most recent call last):
    ...
    kompas_crawler.errors.UsageError: KOMPAS_QUIET_HOURS='6pm-10pm' is no span of the day; give HH:MM-HH:MM, WIB
    """
    if text is None or not text.strip():
        return None
    match = _FORM.fullmatch(text.strip())
    start, end = (_time(match[1]), _time(match[2], is_end=True)) if match else (None, None)
    if start is None or end is None:
        raise UsageError(f"KOMPAS_QUIET_HOURS={text!r} is no span of the day; give HH:MM-HH:MM, WIB")
    if start == end:
        raise UsageError(f"KOMPAS_QUIET_HOURS={text!r} begins when it ends; leave it empty for no quiet hours")
    return QuietHours(start, end)


def _time(text: str, *, is_end: bool = False) -> time | None:
    if is_end and text == "24:00":
        return _MIDNIGHT
    try:
        return time.fromisoformat(text)
    except ValueError:
        return None
