"""Downloader middlewares: what may be asked for, how fast, and when the site refuses. robots.txt is in `robots`."""

from __future__ import annotations

import logging
from datetime import UTC, datetime, timedelta
from time import monotonic
from typing import Self
from urllib.parse import urlsplit

from scrapy import Request
from scrapy.crawler import Crawler
from scrapy.exceptions import (
    DownloadConnectionRefusedError,
    DownloadFailedError,
    DownloadTimeoutError,
    IgnoreRequest,
    ResponseDataLossError,
)
from scrapy.http import Response
from scrapy.statscollectors import StatsCollector

from kompas_crawler.errors import UsageError
from kompas_crawler.evidence import Refusal
from kompas_crawler.extensions import RunKeeper, run_keeper
from kompas_crawler.lane import seconds_of
from kompas_crawler.pace import http_date, retry_after_seconds
from kompas_crawler.rendering.marks import is_rendered
from kompas_crawler.site.addresses import clean_url, refusal
from kompas_crawler.site.blocked import diagnose

logger = logging.getLogger(__name__)

LANE = "kompas.com"
"""Name of the one download slot that all hosts of the site share."""

LEFT_AT = "kompas_left_at"
"""Where a request's `meta` holds when it left, in seconds of the monotonic clock."""

IS_ROBOTS = "dont_obey_robotstxt"
"""Set in the `meta` of a request for robots.txt, and of the redirects it leads to: Scrapy's own key."""

STRAINED = frozenset({408, 429, 500, 502, 503, 504, 522, 524})
"""Statuses of a site that has too much to do; all of them are tried again."""

TROUBLES = (DownloadConnectionRefusedError, DownloadFailedError, DownloadTimeoutError, ResponseDataLossError)
"""Failures to answer that may come from the same."""


class RefusedAddress(IgnoreRequest):
    """A request that does not leave. `reason` is machine-readable.

    Outside the site (or the target of a redirect is), `robots`, `robots_unreachable`, or `stopped` when the run is
    ending.
    """

    def __init__(self, url: str, reason: str) -> None:
        super().__init__(f"{url} is not asked for: {reason}")
        self.reason = reason


class SiteFenceMiddleware:
    """Lets nothing out that is not an address of the site: checks every request, redirects and robots.txt included."""

    def __init__(self, stats: StatsCollector) -> None:
        self._stats = stats

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> Self:
        """Build the middleware with the crawl's statistics."""
        return cls(crawler.stats)

    def process_request(self, request: Request) -> Request | None:
        """Raise `RefusedAddress` for a request that may not leave; return one without tracking parameters."""
        cleaned = clean_url(request.url)
        if urlsplit(cleaned).query != urlsplit(request.url).query:
            self._stats.inc_value("kompas/fence/cleaned")
            return request.replace(url=cleaned)
        reason = refusal(request.url)
        if reason is not None:
            self._stats.inc_value(f"kompas/fence/{reason}")
            raise RefusedAddress(request.url, reason)
        return None


class SlowLaneMiddleware:
    """Tells the lane how the site bears the crawl: strain makes it slower, `Retry-After` makes it silent."""

    def __init__(self, crawler: Crawler) -> None:
        self._crawler = crawler
        self._slow_seconds = seconds_of(crawler.settings, "KOMPAS_SLOW_ANSWER_SECONDS")
        self._longest_wait = seconds_of(crawler.settings, "KOMPAS_RETRY_AFTER_MAX_SECONDS")

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> Self:
        """Build the middleware. Raises `UsageError` for settings that are no numbers of seconds."""
        return cls(crawler)

    def process_request(self, request: Request) -> None:
        """Put every request into one download slot: a delay is the site's, not one for each of its thirty hosts."""
        request.meta["download_slot"] = LANE

    def process_response(self, request: Request, response: Response) -> Response:
        """Take an answer as a sign of how the site bears the crawl."""
        if is_rendered(request):
            return response  # each request that the page made of the site was noted
        run_keeper(self._crawler).lane.size_bytes += len(response.body)
        latency = request.meta.get("download_latency", 0.0)
        if response.status in STRAINED or latency > self._slow_seconds:
            self._slow_down(request, f"status {response.status} after {latency:.1f} s")
        elif response.status < 400:
            run_keeper(self._crawler).lane.relieved()
        if response.status in (429, 503):
            self._wait_as_asked(response)
        return response

    def process_exception(self, request: Request, exception: Exception) -> None:
        """Take a failure to answer as strain."""
        if isinstance(exception, TROUBLES):
            self._slow_down(request, type(exception).__name__)

    def _slow_down(self, request: Request, why: str) -> None:
        lane, now = run_keeper(self._crawler).lane, monotonic()
        if lane.strained(left_at=request.meta.get(LEFT_AT, now), now=now):
            self._crawler.stats.inc_value("kompas/lane/slowed")
            logger.info("%s (%s): now at least %.1f s between requests", request.url, why, lane.gap_seconds)

    def _wait_as_asked(self, response: Response) -> None:
        value = _header(response, "Retry-After")
        answered_at = http_date(_header(response, "Date")) or datetime.now(UTC)
        seconds = retry_after_seconds(value, now=answered_at)
        if seconds is None:
            return
        keeper = run_keeper(self._crawler)
        keeper.notes.silence(seconds)
        keeper.lane.keep_silent(seconds)
        asked = f"{response.url} answered {response.status} and asks to wait (Retry-After: {value[:100]!r})"
        if seconds > self._longest_wait:
            longest = timedelta(seconds=self._longest_wait)
            keeper.stop_early("retry_after", f"{asked}, longer than a run waits ({longest})")
            return
        self._crawler.stats.inc_value("kompas/lane/silences")
        logger.info("%s: nothing is asked for until then", asked)


class RefusalMiddleware:
    """Counts refusals (403, a challenge, an empty 202) in a row, and ends the run when there are too many.

    What the site answered is kept as evidence. The request is not tried again, and never in another guise.
    """

    def __init__(self, crawler: Crawler) -> None:
        self._crawler = crawler
        self._limit = crawler.settings.getint("KOMPAS_BLOCK_LIMIT")
        if self._limit < 1:
            raise UsageError(f"KOMPAS_BLOCK_LIMIT={self._limit} is not usable; give a whole number from 1 up")

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> Self:
        """Build the middleware. Raises `UsageError` for a limit below 1."""
        return cls(crawler)

    def process_response(self, request: Request, response: Response) -> Response:
        """Let every response pass; note whether it is a refusal."""
        if is_rendered(request):
            return response  # the answer behind it was noted
        if request.meta.get(IS_ROBOTS) and 400 <= response.status < 500:
            return response  # by RFC 9309 this only says that there are no rules
        headers = {name.decode("latin-1"): _header(response, name) for name in response.headers}
        diagnosis = diagnose(response.status, headers, response.body, expects_html=False)
        if diagnosis is not None and diagnosis.is_refusal:
            request.meta["dont_retry"] = True
            refused = Refusal.of(response.url, response.status, diagnosis, headers, response.body)
            self._refused(run_keeper(self._crawler), refused)
        elif not request.meta.get(IS_ROBOTS) and response.status not in STRAINED:
            # That robots.txt is served or that the site is busy says nothing about being let in.
            run_keeper(self._crawler).lane.let_in()
        return response

    def _refused(self, keeper: RunKeeper, refused: Refusal) -> None:
        in_a_row = keeper.lane.refused()
        self._crawler.stats.inc_value(f"kompas/refused/{refused.reason}")
        keeper.note_refusal(refused)
        if in_a_row >= self._limit:
            keeper.stop_blocked(f"{refused}, the last of {in_a_row} refusals in a row")


def _header(response: Response, name: str | bytes) -> str:
    return (response.headers.get(name) or b"").decode("latin-1")
