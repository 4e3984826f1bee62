"""The clock of the imitated site, in WIB: the real time, or a chosen one that stands still until it is moved."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from kompas_crawler.replica.newsday import WIB


class Clock:
    """Tells the site's time. A chosen start stands still; the real time goes on, moved by what was added to it."""

    def __init__(self, start: datetime | None = None) -> None:
        self._fixed = start
        self._offset = timedelta()

    @property
    def now(self) -> datetime:
        """The site's time, WIB, to the second."""
        base = self._fixed or datetime.now(UTC).astimezone(WIB)
        return (base + self._offset).replace(microsecond=0)

    def advance(self, seconds: float) -> None:
        """Move the clock; backwards for a negative number."""
        self._offset += timedelta(seconds=seconds)

    def set(self, at: datetime) -> None:
        """Stop the clock at `at`."""
        self._fixed, self._offset = at, timedelta()


def parse_moment(text: str) -> datetime:
    """A moment of the site from `YYYY-MM-DD` (its noon) or `YYYY-MM-DDTHH:MM[:SS]`, WIB unless it names an offset.

    Raises:
        ValueError: the text has another form.

    >>> parse_moment("2021-04-14T20:59").isoformat(), parse_moment("2021-04-14").hour
    ('2021-04-14T20:59:00+07:00', 12)
    """
    if len(text) == 10:
        text += "T12:00"
    moment = datetime.fromisoformat(text)
    return moment.replace(tzinfo=WIB) if moment.tzinfo is None else moment.astimezone(WIB)
