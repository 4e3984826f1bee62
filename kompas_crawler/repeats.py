"""Answers that are no page though their status says so (empty, cut, broken, a "busy" page) are asked for again.

Scrapy tries again after failures and after statuses such as 503. These come with 200, most of them from a server that
has too much to do: the next answer is often a good one. Refusals are left alone.
"""

from __future__ import annotations

from typing import Final, Self

from scrapy import Request
from scrapy.crawler import Crawler
from scrapy.downloadermiddlewares.retry import get_retry_request
from scrapy.http import Response, TextResponse

from kompas_crawler.archive import http_message
from kompas_crawler.middlewares import IS_ROBOTS
from kompas_crawler.site.blocked import diagnose

NO_HTML: Final = {"kompas_expects_html": False}
"""What stands in the `meta` of a request for a sitemap or JSON."""

CODINGS: Final = "gzip, deflate, br, zstd"
"""What is said to be understood."""


class UnreadableBody(Exception):
    """A body that cannot be unpacked, or unpacks to more than is taken. `reason` is machine-readable."""

    def __init__(self, url: str, reason: str) -> None:
        super().__init__(f"the body of {url} cannot be unpacked: {reason}")
        self.reason = reason


class UnpackMiddleware:
    """Unpacks bodies, as raw pages are unpacked when they are read again; a broken one is asked for again.

    In the place of Scrapy's own, which takes Python's `gzip` (twice the time) and gives a request up whose answer is
    broken.
    """

    def __init__(self, crawler: Crawler) -> None:
        self._crawler = crawler
        self._most_bytes = crawler.settings.getint("DOWNLOAD_MAXSIZE")

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> Self:
        """Build the middleware for a crawl."""
        return cls(crawler)

    def process_request(self, request: Request) -> None:
        """Say which encodings are understood."""
        request.headers.setdefault("Accept-Encoding", CODINGS)

    def process_response(self, request: Request, response: Response) -> Request | Response:
        """Return the unpacked response, or the request for another try. Raises `UnreadableBody` after the last."""
        codings = response.headers.getlist("Content-Encoding")
        if not codings or request.method == "HEAD":
            return response
        try:
            body = http_message.decoded(response.body, b",".join(codings).decode("latin-1"), most=self._most_bytes)
        except http_message.TooLargeBody as error:
            raise UnreadableBody(response.url, "too_large") from error
        except http_message.UnreadableBody as error:
            spider = self._crawler.spider
            again = get_retry_request(request, spider=spider, reason="broken_encoding") if spider else None
            if again is None:
                raise UnreadableBody(response.url, "broken_encoding") from error
            return again
        # Else Scrapy looks for the encoding of the text in the packed bytes.
        unpacked = response.replace(body=body, **({"encoding": None} if isinstance(response, TextResponse) else {}))
        del unpacked.headers["Content-Encoding"]
        return unpacked


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
