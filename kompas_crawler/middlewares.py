"""Downloader middlewares: what may be asked for, and how fast."""

from __future__ import annotations

from typing import Self

from scrapy import Request
from scrapy.crawler import Crawler
from scrapy.downloadermiddlewares.robotstxt import RobotsTxtMiddleware
from scrapy.exceptions import IgnoreRequest
from scrapy.robotstxt import RobotParser
from scrapy.statscollectors import StatsCollector

from kompas_crawler.site.addresses import refusal

LANE = "kompas.com"
"""Name of the one download slot that all hosts of the site share."""


class RefusedAddress(IgnoreRequest):
    """A request, or the target of a redirect, that is outside what may be asked for. `reason` is machine-readable."""

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

    def process_request(self, request: Request) -> None:
        """Raise `RefusedAddress` for a request that may not leave."""
        reason = refusal(request.url)
        if reason is not None:
            self._stats.inc_value(f"kompas/fence/{reason}")
            raise RefusedAddress(request.url, reason)


class SlowLaneMiddleware:
    """Puts every request into one download slot: a delay is the site's, not one for each of its thirty hosts."""

    def process_request(self, request: Request) -> None:
        """Assign the lane."""
        request.meta["download_slot"] = LANE


class RobotsMiddleware(RobotsTxtMiddleware):
    """Scrapy's robots.txt middleware, saying in machine-readable form why a request did not leave."""

    def process_request_2(self, rp: RobotParser | None, request: Request) -> None:
        """Raise `RefusedAddress` where robots.txt forbids the address."""
        try:
            super().process_request_2(rp, request)
        except IgnoreRequest as error:
            raise RefusedAddress(request.url, "robots") from error
