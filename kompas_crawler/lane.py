"""The one lane by which every request leaves: it lets them out one by one, at the site's pace, or not at all.

All hosts of the site share it. It stands at the last point before the network (`kompas_crawler.transport`), so that
nothing that waited in a queue when the site asked for silence leaves during it. It decides nothing about addresses.
"""

from __future__ import annotations

import asyncio
import logging
import random
from collections.abc import Callable
from datetime import date, datetime, timedelta
from time import monotonic
from typing import Self

from scrapy.crawler import Crawler
from scrapy.settings import BaseSettings

from kompas_crawler.archive.agenda import RobotsFile
from kompas_crawler.errors import UsageError
from kompas_crawler.items import Route
from kompas_crawler.pace import Pace
from kompas_crawler.quiet_hours import QuietHours, parse_quiet_hours
from kompas_crawler.site.addresses import ArticleAddress

logger = logging.getLogger(__name__)

LOOK_SECONDS = 0.5
"""A long wait looks so often whether the run is being ended."""


class LaneClosed(Exception):
    """The run is ending: no further request leaves. Raised to requests that wait for their turn."""


class Timetable:
    """When the next request may leave: by the pace, by what the site asked for, by the quiet hours. It waits for
    nobody; that is the business of a lane, or of the server of a fleet's."""

    def __init__(self, pace: Pace, quiet_hours: QuietHours | None, now: Callable[[], datetime]) -> None:
        """`now` tells the time of the crawl, aware, by which quiet hours go."""
        self.pace = pace
        self._now = now
        self._quiet_hours = quiet_hours
        self._left_at = float("-inf")
        self._draw = 0.0
        self._silent_until = float("-inf")
        self._told_quiet_until: datetime | None = None

    @classmethod
    def from_settings(cls, settings: BaseSettings, now: Callable[[], datetime]) -> Self:
        """Build it from the settings; `now` tells the time of the crawl, aware.

        Raises `UsageError` for a setting that is no number of seconds.
        """
        pace = Pace(
            delay_seconds=seconds_of(settings, "DOWNLOAD_DELAY"),
            max_delay_seconds=seconds_of(settings, "KOMPAS_MAX_DELAY_SECONDS"),
            jitter=seconds_of(settings, "DOWNLOAD_DELAY_JITTER"),
        )
        return cls(pace, parse_quiet_hours(settings["KOMPAS_QUIET_HOURS"]), now)

    def wait_seconds(self) -> float:
        """Return how long nothing may leave yet; 0 or less when something may."""
        now = monotonic()
        gap_ends_at = self._left_at + self.pace.gap_seconds(self._draw)
        return max(gap_ends_at - now, self._silent_until - now, self._quiet_seconds())

    def left(self) -> float:
        """Note that a request leaves now; return when that is, in seconds of the monotonic clock."""
        self._left_at = monotonic()
        self._draw = random.random()  # noqa: S311 - spreads requests in time, hides nothing
        return self._left_at

    def keep_silent(self, seconds: float) -> None:
        """Let nothing leave for so many seconds from now, or for as long as was asked before if that is longer."""
        self._silent_until = max(self._silent_until, monotonic() + seconds)

    @property
    def silent_seconds(self) -> float:
        """For how long the site asked for silence yet; 0 when it does not."""
        return max(0.0, self._silent_until - monotonic())

    def quiet_until(self) -> datetime | None:
        """Return when the quiet hours end, aware WIB; None outside of them."""
        return self._quiet_hours.until(self._now()) if self._quiet_hours else None

    def _quiet_seconds(self) -> float:
        until = self.quiet_until()
        if until is None:
            return 0.0
        if until != self._told_quiet_until:
            self._told_quiet_until = until
            logger.info("Quiet hours (%s): nothing is asked for until %s", self._quiet_hours, f"{until:%H:%M} WIB")
        return (until - self._now()) / timedelta(seconds=1)


class Lane:
    """Where requests wait for their turn, and what is told of how the site bears them."""

    def __init__(self, crawler: Crawler, timetable: Timetable) -> None:
        self.departures = 0
        """Requests that left."""
        self.size_bytes = 0
        """Bytes of the bodies that came back, as they were sent."""
        self._crawler = crawler
        self._timetable = timetable
        self._turn = asyncio.Lock()
        self._refusals = 0
        self._is_closed = False

    @classmethod
    def from_crawler(cls, crawler: Crawler, now: Callable[[], datetime]) -> Self:
        """Build the lane from the settings; `now` tells the time of the crawl, aware.

        Raises `UsageError` for a setting that is no number of seconds.
        """
        return cls(crawler, Timetable.from_settings(crawler.settings, now))

    async def departure(self) -> float:
        """Wait for a request's turn; return when it may leave, which is now, in seconds of the monotonic clock.

        First come, first served. Raises `LaneClosed` as soon as the run is ending, also in the middle of a wait.
        """
        async with self._turn:
            await self._wait()
            self.departures += 1
            return self._timetable.left()

    async def _wait(self) -> None:
        self._require_open()
        while (wait := self._timetable.wait_seconds()) > 0:
            await asyncio.sleep(min(wait, LOOK_SECONDS))
            self._require_open()

    def keep_silent(self, seconds: float) -> None:
        """Let nothing leave for so many seconds from now, or for as long as was asked before if that is longer."""
        self._timetable.keep_silent(seconds)

    def keep_distance(self, host: str, seconds: float) -> None:
        """Keep the `Crawl-delay` of a host, 0 for none; the longest of all hosts holds."""
        self._timetable.pace.crawl_delays[host] = seconds

    def strained(self, *, left_at: float, now: float) -> bool:
        """Lengthen the gap after an answer that shows strain; return whether it did (see `Pace.strained`)."""
        return self._timetable.pace.strained(left_at=left_at, now=now)

    def relieved(self) -> None:
        """Shorten a gap that had grown a little, after a good answer."""
        self._timetable.pace.relieved()

    def refused(self) -> int:
        """Note that the site refused a request; return how many in a row it refused."""
        self._refusals += 1
        return self._refusals

    def let_in(self) -> None:
        """Note that the site refuses no more."""
        self._refusals = 0

    @property
    def floor_seconds(self) -> float:
        """The gap when nothing strains the site."""
        return self._timetable.pace.floor_seconds

    @property
    def gap_seconds(self) -> float:
        """The least gap before the next request."""
        return self._timetable.pace.gap_seconds()

    def quiet_until(self) -> datetime | None:
        """Return when the quiet hours end, aware WIB; None outside of them."""
        return self._timetable.quiet_until()

    def close(self) -> None:
        """Let nothing leave any more. What is on its way may end."""
        self._is_closed = True

    # --- What a crawl that is one of a fleet says to the others (`fleet.remote_lane`); alone there is nobody to tell -

    def tell_stop(self, exit_code: int, reason: str, message: str) -> None:
        """Tell the fleet why this run stops."""

    async def claim_robots(self, host: str) -> None:
        """Wait until no other crawl of the fleet reads the robots.txt of a host. Raises `LaneClosed`."""

    def release_robots(self, host: str) -> None:
        """Let another crawl read the robots.txt of a host, if it was not read."""

    def tell_robots(self, host: str, robots: RobotsFile) -> None:
        """Tell the fleet what a robots.txt says."""

    def told_robots(self, host: str) -> RobotsFile | None:  # noqa: ARG002 - nobody told anything
        """Return what another crawl of the fleet read in a robots.txt of late."""
        return None

    def is_of_others(self, address: ArticleAddress, route: Route, since: date, until: date) -> bool:  # noqa: ARG002
        """Return whether another crawl of the fleet looks after an article that this one met."""
        return False

    def leave(self) -> None:
        """Take leave of the fleet at the end of the run."""

    def _require_open(self) -> None:
        if self._is_closed or self._is_run_ending():
            raise LaneClosed("the run is ending")

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
