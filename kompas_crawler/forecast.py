"""How long a run will still take, told from how it went so far; unknown while that cannot be told.

Pure: counts and times in, seconds out. What is to come is reckoned in requests: what is open already, and for each list
of a day that is still to be walked what the ones before it gave rise to. A run that keeps an archive current asks for
things as it finds them due; only when it has asked for everything it is known what is left.
"""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass, field
from typing import Final

RATE_SECONDS: Final = 120.0
"""The rate is that of so long a time: a pause shows soon, a single slow answer does not."""
LEAST_SECONDS: Final = 10.0
"""A rate is not told from less time …"""
LEAST_PAGES: Final = 5
"""… nor from fewer pages."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """Where a run stands at a moment."""

    seconds: float
    """Since its beginning."""
    pages: int
    """Answers so far."""
    open: int
    """Addresses that were met and are not decided; about a request each."""
    lists: int | None
    """Lists of days that the run is to walk; null where that is not fixed beforehand."""
    lists_done: int = 0
    """Of those, walked to their end or broken off."""
    list_pages: int = 0
    """Pages of these."""
    has_asked_for_all: bool = False
    """Everything that the run does of its own accord was begun."""
    articles_left: int | None = None
    """So many articles may still be fetched (`limit`); null for no bound."""
    requests_left: int | None = None
    """So many requests may still be made (KOMPAS_REQUEST_BUDGET); null for no bound."""


@dataclass(slots=True)
class Forecast:
    """Told where a run stands from time to time, it says how long it will take."""

    _samples: deque[tuple[float, int]] = field(default_factory=deque)
    _lists_done: int = 0
    _requests_of_list: float | None = None

    def seconds_left(self, now: Standing) -> float | None:
        """Take note of where the run stands; return how long it will still take, null for unknown.

        >>> forecast = Forecast()
        >>> forecast.seconds_left(Standing(seconds=1, pages=2, open=9, lists=3)) is None
        True
        >>> forecast.seconds_left(Standing(seconds=21, pages=42, open=58, lists=3, lists_done=1))
        129.0
        """
        self._samples.append((now.seconds, now.pages))
        while now.seconds - self._samples[0][0] > RATE_SECONDS:
            self._samples.popleft()
        if now.lists_done > self._lists_done:
            # At the end of a list all that it led to has been met: this is what the lists so far cost.
            self._lists_done = now.lists_done
            self._requests_of_list = (now.pages + now.open) / now.lists_done
        rate, requests = self._rate(), self._requests_left(now)
        return None if rate is None or requests is None else requests / rate

    def _rate(self) -> float | None:
        """Return the pages a second of late; null while they cannot be told, or nothing comes."""
        (first, before), (last, after) = self._samples[0], self._samples[-1]
        if last - first < LEAST_SECONDS or after - before < LEAST_PAGES:
            return None
        return (after - before) / (last - first)

    def _requests_left(self, now: Standing) -> float | None:
        if now.has_asked_for_all and now.lists_done >= (now.lists or 0):
            return float(now.open)
        if now.lists is None or self._requests_of_list is None:
            return None
        left = max(float(now.open), self._requests_of_list * now.lists - now.pages)
        if now.articles_left is not None:
            pages_of_list = now.list_pages / now.lists_done
            left = min(left, now.articles_left + pages_of_list * (now.lists - now.lists_done))
        return left if now.requests_left is None else min(left, float(now.requests_left))


def time_left(seconds: float | None) -> str:
    """Return how long a run will take, for people, no more exact than it can be.

    >>> time_left(None), time_left(30), time_left(754), time_left(9_000)
    ('time left unknown', 'under a minute left', 'about 13 min left', 'about 2.5 h left')
    """
    if seconds is None:
        return "time left unknown"
    if seconds < 60:
        return "under a minute left"
    minutes = seconds / 60
    return f"about {minutes:.0f} min left" if minutes < 100 else f"about {minutes / 60:.1f} h left"
