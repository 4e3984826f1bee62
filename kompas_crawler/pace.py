"""How fast the site is asked: the gap between two requests, and what a `Retry-After` says. Pure: no clock, no waiting.

Scrapy's AutoThrottle is not used: it goes by latency alone (a 429 comes back fast, so it would hasten), it knows no
other lower bound than the configured delay, and the slot it writes to is dropped after a minute without requests.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Final

GROWTH: Final = 2.0
"""A sign of strain multiplies the gap by this."""
RELIEF: Final = 0.9
"""A good answer multiplies it by this: back from eight times the delay in about twenty answers."""

_SECONDS: Final = re.compile(r"[0-9]+(?:\.[0-9]+)?")


@dataclass(slots=True, kw_only=True)
class Pace:
    """The least gap between two requests, whatever hosts of the site they are for."""

    delay_seconds: float
    """As configured. With 0 and no `Crawl-delay` there is no gap at all, and nothing that could grow."""
    max_delay_seconds: float
    """Strain never makes the gap longer than this; a configured delay or a `Crawl-delay` may."""
    jitter: float
    """A gap is lengthened by up to this share of it, at random; it is never shortened."""
    crawl_delays: dict[str, float] = field(default_factory=dict)
    """`Crawl-delay` by host, in seconds. The longest holds for the site as a whole."""
    _factor: float = 1.0
    _grown_at: float = float("-inf")

    @property
    def floor_seconds(self) -> float:
        """The gap when nothing strains the site."""
        return max(self.delay_seconds, *self.crawl_delays.values(), 0.0)

    def gap_seconds(self, draw: float = 0.0) -> float:
        """Return the least gap before the next request; `draw` from 0 to 1 says how much of the jitter is used.

        >>> Pace(delay_seconds=1.5, max_delay_seconds=60, jitter=0.2, crawl_delays={"www": 2.0}).gap_seconds(0.5)
        2.2
        """
        floor = self.floor_seconds
        return max(floor, min(floor * self._factor, self.max_delay_seconds)) * (1 + self.jitter * draw)

    def strained(self, *, left_at: float, now: float) -> bool:
        """Lengthen the gap after an answer that shows strain; return whether it did.

        What left before the gap was last lengthened says nothing about the longer gap: eight requests that were on
        their way when the site slowed down count once. `left_at` and `now` are of one clock, in seconds.
        """
        if left_at < self._grown_at or not self.floor_seconds:
            return False
        self._grown_at = now
        longest = max(1.0, self.max_delay_seconds / self.floor_seconds)
        before, self._factor = self._factor, min(self._factor * GROWTH, longest)
        return self._factor > before

    def relieved(self) -> None:
        """Shorten a gap that had grown a little, after a good answer."""
        self._factor = max(1.0, self._factor * RELIEF)


def retry_after_seconds(value: str, *, now: datetime) -> float | None:
    """Return how long a `Retry-After` header asks to wait, never negative; None when it says nothing readable.

    `value` is a number of seconds or an HTTP date; `now` (aware) is best the answer's own `Date`, so that a difference
    between two clocks does not matter.

    >>> retry_after_seconds("120", now=datetime(2021, 4, 14, 8, tzinfo=UTC))
    120.0
    >>> retry_after_seconds("Wed, 14 Apr 2021 08:00:30 GMT", now=datetime(2021, 4, 14, 8, tzinfo=UTC))
    30.0
    >>> retry_after_seconds("soon", now=datetime(2021, 4, 14, 8, tzinfo=UTC)) is None
    True
    """
    value = value.strip()
    if _SECONDS.fullmatch(value):
        return float(value)
    at = http_date(value)
    return None if at is None else max(0.0, (at - now).total_seconds())


def http_date(value: str) -> datetime | None:
    """Return the instant of an HTTP date, aware UTC; None when it is none.

    >>> http_date("Wed, 14 Apr 2021 08:00:30 GMT").isoformat()
    '2021-04-14T08:00:30+00:00'
    """
    try:
        at = parsedate_to_datetime(value)
    except (ValueError, TypeError, OverflowError):
        return None
    return at.replace(tzinfo=UTC) if at.tzinfo is None else at.astimezone(UTC)
