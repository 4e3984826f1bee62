"""Answers that are no page though their status says so (empty, cut, broken, a "busy" page) are asked for again.

Scrapy tries again after failures and after statuses such as 503. These come with 200, most of them from a server that
has too much to do: the next answer is often a good one. Refusals are left alone.
"""

from __future__ import annotations

import zlib
from typing import Final, Self

from scrapy import Request
from scrapy.crawler import Crawler
from scrapy.downloadermiddlewares.httpcompression import HttpCompressionMiddleware
from scrapy.downloadermiddlewares.retry import get_retry_request
from scrapy.exceptions import IgnoreRequest
from scrapy.http import Response

from kompas_crawler.middlewares import IS_ROBOTS
from kompas_crawler.site.blocked import diagnose

NO_HTML: Final = {"kompas_expects_html": False}
"""What stands in the `meta` of a request for a sitemap or JSON."""


class UnreadableBody(Exception):
    """A body that cannot be unpacked, or unpacks to more than is taken. `reason` is machine-readable."""

    def __init__(self, url: str, reason: str) -> None:
        super().__init__(f"the body of {url} cannot be unpacked: {reason}")
        self.reason = reason


class UnpackMiddleware:
    """Scrapy's decompression; a body that is broken is asked for again, where Scrapy would give the request up."""

    def __init__(self, crawler: Crawler) -> None:
        self._crawler = crawler
        self._unpacking = HttpCompressionMiddleware.from_crawler(crawler)

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> Self:
        """Build the middleware for a crawl."""
        return cls(crawler)

    def process_request(self, request: Request) -> None:
        """Say which encodings are understood."""
        self._unpacking.process_request(request)

    def process_response(self, request: Request, response: Response) -> Request | Response:
        """Return the unpacked response, or the request for another try. Raises `UnreadableBody` after the last."""
        try:
            return self._unpacking.process_response(request, response)
        except IgnoreRequest as error:
            raise UnreadableBody(response.url, "too_large") from error
        except (zlib.error, OSError, EOFError) as error:
            spider = self._crawler.spider
            again = get_retry_request(request, spider=spider, reason="broken_encoding") if spider else None
            if again is None:
                raise UnreadableBody(response.url, "broken_encoding") from error
            return again


class RepeatMiddleware:
    """Asks again, as often as `RETRY_TIMES` says, for what came with a good status and is no page."""

    def __init__(self, crawler: Crawler) -> None:
        self._crawler = crawler

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> Self:
        """Build the middleware for a crawl."""
        return cls(crawler)

    def process_response(self, request: Request, response: Response) -> Request | Response:
        """Return the request for another try, or the response where it is good, or the last."""
        if not 200 <= response.status < 300 or request.meta.get(IS_ROBOTS) or request.meta.get("dont_retry"):
            return response
        headers = {name.decode("latin-1"): values[-1].decode("latin-1") for name, values in response.headers.items()}
        expects_html = request.meta.get("kompas_expects_html", True)
        diagnosis = diagnose(response.status, headers, response.body, expects_html=expects_html)
        if diagnosis is None or diagnosis.is_refusal or self._crawler.spider is None:
            return response
        return get_retry_request(request, spider=self._crawler.spider, reason=diagnosis.reason.value) or response
