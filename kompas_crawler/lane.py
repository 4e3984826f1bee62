"""The one lane by which every request leaves: it lets them out one by one, at the site's pace, or not at all.

All hosts of the site share it. It stands at the last point before the network (`kompas_crawler.transport`), so that
nothing that waited in a queue when the site asked for silence leaves during it. It decides nothing about addresses.
"""

from __future__ import annotations

import asyncio
import logging
import random
from collections.abc import Callable
from datetime import datetime, timedelta
from time import monotonic
from typing import Self

from scrapy.crawler import Crawler
from scrapy.settings import BaseSettings

from kompas_crawler.errors import UsageError
from kompas_crawler.pace import Pace
from kompas_crawler.quiet_hours import QuietHours, parse_quiet_hours

logger = logging.getLogger(__name__)

LOOK_SECONDS = 0.5
"""A long wait looks so often whether the run is being ended."""


class LaneClosed(Exception):
    """The run is ending: no further request leaves. Raised to requests that wait for their turn."""


class Lane:
    """Where requests wait for their turn."""

    def __init__(
        self, crawler: Crawler, pace: Pace, quiet_hours: QuietHours | None, now: Callable[[], datetime]
    ) -> None:
        self.pace = pace
        self._now = now
        self.departures = 0
        """Requests that left."""
        self.size_bytes = 0
        """Bytes of the bodies that came back, as they were sent."""
        self._crawler = crawler
        self._quiet_hours = quiet_hours
        self._turn = asyncio.Lock()
        self._left_at = float("-inf")
        self._draw = 0.0
        self._silent_until = float("-inf")
        self._told_quiet_until: datetime | None = None
        self._is_closed = False

    @classmethod
    def from_crawler(cls, crawler: Crawler, now: Callable[[], datetime]) -> Self:
        """Build the lane from the settings; `now` tells the time of the crawl, aware, by which quiet hours go.

        Raises `UsageError` for a setting that is no number of seconds.
        """
        settings = crawler.settings
        pace = Pace(
            delay_seconds=seconds_of(settings, "DOWNLOAD_DELAY"),
            max_delay_seconds=seconds_of(settings, "KOMPAS_MAX_DELAY_SECONDS"),
            jitter=seconds_of(settings, "DOWNLOAD_DELAY_JITTER"),
        )
        return cls(crawler, pace, parse_quiet_hours(settings["KOMPAS_QUIET_HOURS"]), now)

    async def departure(self) -> float:
        """Wait for a request's turn; return when it may leave, which is now, in seconds of the monotonic clock.

        First come, first served. Raises `LaneClosed` as soon as the run is ending, also in the middle of a wait.
        """
        async with self._turn:
            while (wait := self._wait_seconds()) > 0:
                await asyncio.sleep(min(wait, LOOK_SECONDS))
            self.departures += 1
            self._left_at = monotonic()
            self._draw = random.random()  # noqa: S311 - spreads requests in time, hides nothing
            return self._left_at

    def keep_silent(self, seconds: float) -> None:
        """Let nothing leave for so many seconds from now, or for as long as was asked before if that is longer."""
        self._silent_until = max(self._silent_until, monotonic() + seconds)

    def close(self) -> None:
        """Let nothing leave any more. What is on its way may end."""
        self._is_closed = True

    def quiet_until(self) -> datetime | None:
        """Return when the quiet hours end, aware WIB; None outside of them."""
        return self._quiet_hours.until(self._now()) if self._quiet_hours else None

    def _wait_seconds(self) -> float:
        if self._is_closed or self._is_run_ending():
            raise LaneClosed("the run is ending")
        now = monotonic()
        gap_ends_at = self._left_at + self.pace.gap_seconds(self._draw)
        return max(gap_ends_at - now, self._silent_until - now, self._quiet_seconds())

    def _quiet_seconds(self) -> float:
        until = self.quiet_until()
        if until is None:
            return 0.0
        if until != self._told_quiet_until:
            self._told_quiet_until = until
            logger.info("Quiet hours (%s): nothing is asked for until %s", self._quiet_hours, f"{until:%H:%M} WIB")
        return (until - self._now()) / timedelta(seconds=1)

    def _is_run_ending(self) -> bool:
        # Scrapy tells nobody that it began to close, and would wait for requests that wait here.
        engine = self._crawler.engine
        slot = engine._slot
        return not engine.running or slot is None or slot.closing is not None


def seconds_of(settings: BaseSettings, name: str) -> float:
    """Return a setting that is a finite number from 0 up. Raises `UsageError` when it is not."""
    try:
        value = float(settings[name])
    except (TypeError, ValueError):
        value = -1.0
    if not 0 <= value < float("inf"):
        raise UsageError(f"{name}={settings[name]!r} is not usable; give a number from 0 up")
    return value
