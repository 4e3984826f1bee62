"""robots.txt, obeyed: read for each host once a day, kept as evidence, its reservation of rights respected.

Follows RFC 9309: a 4xx means no rules, no usable answer means that nothing may be fetched. Scrapy's own middleware
reads each file once, takes an error for permission, and does not act on `Crawl-delay`. What the rules say is the
business of Scrapy's parser, what a reservation looks like of `kompas_crawler.site.robots`.
"""

from __future__ import annotations

import asyncio
import logging
from collections import defaultdict
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Self
from urllib.parse import urlsplit

from scrapy import Request
from scrapy.crawler import Crawler
from scrapy.exceptions import CannotResolveHostError, DownloadCancelledError, IgnoreRequest, NotConfigured
from scrapy.http import Response
from scrapy.http.request import NO_CALLBACK
from scrapy.robotstxt import RobotParser
from scrapy.utils.misc import build_from_crawler, load_object

from kompas_crawler.extensions import EXIT_USAGE, run_keeper
from kompas_crawler.items import Outcome, PageKind
from kompas_crawler.lane import LaneClosed, seconds_of
from kompas_crawler.middlewares import IS_ROBOTS, TROUBLES, RefusedAddress
from kompas_crawler.permission import HOW_TO_ASK, PRODUCT, reservation_message
from kompas_crawler.raw_pages import answer_of
from kompas_crawler.repeats import UnreadableBody
from kompas_crawler.site.blocked import BlockReason, diagnose
from kompas_crawler.site.robots import clean_robots, text_and_data_mining_reservation

logger = logging.getLogger(__name__)

NO_ANSWER = (IgnoreRequest, CannotResolveHostError, DownloadCancelledError, UnreadableBody, *TROUBLES, OSError)
"""Ways for a robots.txt to be unreachable: redirects that end outside the site or nowhere are among them."""

NO_ROBOTS = frozenset({BlockReason.CHALLENGE, BlockReason.SOFT_ERROR})
"""What may stand in place of a robots.txt, with a status of success."""


@dataclass(frozen=True, slots=True)
class Rules:
    """What one reading of a host's robots.txt allows."""

    parser: RobotParser | None
    """Null when robots.txt was unreachable: then nothing may be fetched."""
    good_until: datetime
    """Aware, by the clock of the crawl: a machine that slept for a day has to read it again."""


class RobotsMiddleware:
    """Lets through what the robots.txt of a request's host allows; reads it first when need be."""

    def __init__(self, crawler: Crawler) -> None:
        if not crawler.settings.getbool("ROBOTSTXT_OBEY"):
            raise NotConfigured
        self._crawler = crawler
        self._parser = load_object(crawler.settings["ROBOTSTXT_PARSER"])
        self._max_age = seconds_of(crawler.settings, "KOMPAS_ROBOTS_MAX_AGE_SECONDS")
        self._retry_after = seconds_of(crawler.settings, "KOMPAS_ROBOTS_RETRY_SECONDS")
        self._longest_wait = seconds_of(crawler.settings, "KOMPAS_RETRY_AFTER_MAX_SECONDS")
        self._has_permission = bool((crawler.settings["KOMPAS_PERMISSION"] or "").strip())
        self._permitted: set[str] = set()
        self._rules: dict[str, Rules] = {}
        self._reading: defaultdict[str, asyncio.Lock] = defaultdict(asyncio.Lock)

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> Self:
        """Build the middleware. Raises `UsageError` for settings that are no numbers of seconds."""
        return cls(crawler)

    async def process_request(self, request: Request) -> None:
        """Raise `RefusedAddress` where robots.txt forbids the address (`robots`), or is unreachable."""
        if request.meta.get(IS_ROBOTS):
            return
        rules = await self._rules_for(request.url)
        if rules.parser is None:
            raise RefusedAddress(request.url, "robots_unreachable")
        if not rules.parser.allowed(request.url, PRODUCT):
            self._crawler.stats.inc_value("robotstxt/forbidden")
            raise RefusedAddress(request.url, "robots")

    async def _rules_for(self, url: str) -> Rules:
        parts = urlsplit(url)
        async with self._reading[parts.netloc]:
            rules = self._rules.get(parts.netloc) or self._recalled(url, parts.netloc)
            if rules is None or rules.good_until <= run_keeper(self._crawler).now():
                rules = await self._claimed(url, parts.netloc, f"{parts.scheme}://{parts.netloc}/robots.txt")
                self._rules[parts.netloc] = rules
            return rules

    async def _claimed(self, url: str, host: str, robots: str) -> Rules:
        """Return the rules of a host: read here, or by another crawl of the fleet while this one waited."""
        lane = run_keeper(self._crawler).lane
        try:
            await lane.claim_robots(host)
        except LaneClosed as error:
            raise RefusedAddress(url, "stopped") from error
        try:
            return self._recalled(url, host) or await self._read(robots, host)
        finally:
            lane.release_robots(host)

    def _recalled(self, url: str, host: str) -> Rules | None:
        """Return the rules that an earlier run read of late; null when none did."""
        run = run_keeper(self._crawler)
        known = run.recall_robots(host, self._max_age)
        if known is None:
            return None
        self._rules[host] = self._rules_in(known.text, url, host, known.read_at + timedelta(seconds=self._max_age))
        return self._rules[host]

    async def _read(self, url: str, host: str) -> Rules:
        self._crawler.stats.inc_value("robotstxt/request_count")
        try:
            # With no more than REDIRECT_MAX_TIMES redirects, none of them out of the site; tried again RETRY_TIMES.
            response = await self._crawler.engine.download_async(
                Request(url, callback=NO_CALLBACK, meta={IS_ROBOTS: True})
            )
        except NO_ANSWER as error:
            if isinstance(error, RefusedAddress) and error.reason == "stopped":
                raise
            logger.warning("%s cannot be read (%s): nothing is fetched from %s", url, error, host)
            return self._settle(url, host, None, None)
        text = robots_text(response)
        if text is None:
            logger.warning("%s answered %s: nothing is fetched from %s", url, response.status, host)
        return self._settle(url, host, response, text)

    def _settle(self, url: str, host: str, response: Response | None, text: str | None) -> Rules:
        """Note a reading everywhere it matters, and return the rules that follow from it."""
        run = run_keeper(self._crawler)
        if run.books.meet(url, url, None, page_kind=PageKind.ROBOTS):
            if response is not None:
                run.books.answered(url, answer_of(response))
            outcome = (Outcome.FAILED, "robots_unreachable") if text is None else (Outcome.READ, None)
            run.books.decide(url, *outcome)
        run.note_robots(host, response.status if response is not None else None, text)
        if text is None:
            return Rules(None, run.now() + timedelta(seconds=self._retry_after))
        return self._rules_in(text, url, host, run.now() + timedelta(seconds=self._max_age))

    def _rules_in(self, text: str, url: str, host: str, good_until: datetime) -> Rules:
        """Return what a robots.txt allows, and act upon what else it asks for."""
        self._respect_reservation(url, text)
        parser: RobotParser = build_from_crawler(self._parser, self._crawler, text.encode())
        self._keep_distance(url, host, parser.crawl_delay(PRODUCT))
        return Rules(parser, good_until)

    def _keep_distance(self, url: str, host: str, crawl_delay: float | None) -> None:
        """Make the lane as slow as the slowest host asks it to be; end the run where that is no pace any more."""
        if crawl_delay is not None and crawl_delay > self._longest_wait:
            message = f"{url} asks for {crawl_delay:g} s between requests, longer than a run waits: nothing is fetched"
            run_keeper(self._crawler).stop_early("crawl_delay", message)
            raise RefusedAddress(url, "stopped")
        lane = run_keeper(self._crawler).lane
        before = lane.floor_seconds
        lane.keep_distance(host, crawl_delay or 0.0)
        if lane.floor_seconds != before:
            logger.info("Crawl-delay of %s: at least %g s between requests", host, lane.floor_seconds)

    def _respect_reservation(self, url: str, text: str) -> None:
        """End the run where rights over mining are reserved and no permission is recorded."""
        passage = text_and_data_mining_reservation(text)
        if passage is None:
            return
        if self._has_permission:
            if passage not in self._permitted:
                self._permitted.add(passage)
                logger.info("%s reserves text and data mining; going on with the recorded permission", url)
            return
        logger.error("%s", HOW_TO_ASK)
        run_keeper(self._crawler).stop_early("reservation", reservation_message(url, passage), exit_code=EXIT_USAGE)
        raise RefusedAddress(url, "stopped")


def robots_text(response: Response) -> str | None:
    """Return the cleaned text of rules that an answer stands for, empty for a 4xx; None when nothing may be fetched.

    429 does not say "there is none" but "not now".
    """
    if 400 <= response.status < 500 and response.status != 429:
        return ""
    if not 200 <= response.status < 300:
        return None
    diagnosis = diagnose(response.status, {}, response.body, expects_html=False)
    if diagnosis is not None and (diagnosis.is_refusal or diagnosis.reason in NO_ROBOTS):
        return None
    return clean_robots(response.body)
