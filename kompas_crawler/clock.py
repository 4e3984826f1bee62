"""The clock of a crawl: the real time, or against a replica another one, so that weeks can be tried out in minutes.

Everything that a crawl dates (run, visits, walks, readings, what is due) asks the one clock of its run.
"""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

from kompas_crawler.errors import UsageError
from kompas_crawler.site.dates import WIB


class Clock:
    """Tells the time. `shift` is what it is ahead of the real one."""

    def __init__(self, shift: timedelta = timedelta()) -> None:
        self._shift = shift

    def now(self) -> datetime:
        """Return the time of the crawl, aware UTC."""
        return datetime.now(UTC) + self._shift

    def today(self) -> date:
        """Return the WIB day of the crawl."""
        return self.now().astimezone(WIB).date()


def read_clock(start: str | None, *, replica: str | None) -> Clock:
    """Return the clock of a crawl: the real time, or one that begins at `start` and goes on from there.

    `start` is ISO 8601, WIB unless it names an offset, e.g. `2021-04-20T23:59`. Raises `UsageError` when it is not, and
    when the crawl is not of a replica: what is read from the live site is dated by the real time.

    >>> read_clock("2021-04-20T23:59", replica="http://127.0.0.1:8000").today()
    datetime.date(2021, 4, 20)
    >>> read_clock("2021-04-20T23:59", replica=None)
    Traceback (most recent call last):
    ...
    kompas_crawler.errors.UsageError: KOMPAS_CLOCK is for a replica (KOMPAS_REPLICA); the live site has the real time
    """
    if not start:
        return Clock()
    if not replica:
        raise UsageError("KOMPAS_CLOCK is for a replica (KOMPAS_REPLICA); the live site has the real time")
    try:
        moment = datetime.fromisoformat(start)
    except ValueError:
        message = f"KOMPAS_CLOCK={start!r} is not a time; give ISO 8601 (WIB), e.g. 2021-04-20T23:59"
        raise UsageError(message) from None
    moment = moment.replace(tzinfo=WIB) if moment.tzinfo is None else moment
    return Clock(moment - datetime.now(UTC))
