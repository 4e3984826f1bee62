"""How requests leave: Scrapy's own HTTP/1.1 handler, and the one switch that points it at a replica of the site.

It also bounds the head of an answer, as `DOWNLOAD_MAXSIZE` bounds the body: neither Scrapy nor Twisted does, and
headers without end would be held in memory until the timeout, for each request and each try.

With `KOMPAS_REPLICA` set, every request for the site, http or https, goes to that address over real HTTP with its own
path, query and `Host` header; the response keeps its original address, so that nothing else can tell the difference.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final
from urllib.parse import urlsplit, urlunsplit

from scrapy import Request
from scrapy.core.downloader.handlers.http11 import HTTP11DownloadHandler
from scrapy.crawler import Crawler
from scrapy.http import Response
from twisted.python.failure import Failure
from twisted.web.client import HTTPConnectionPool

from kompas_crawler.extensions import run_keeper
from kompas_crawler.lane import LaneClosed
from kompas_crawler.middlewares import LEFT_AT, RefusedAddress
from kompas_crawler.raw_pages import RAW
from kompas_crawler.site.addresses import is_site_host

MOST_HEAD_BYTES: Final = 256 * 1024
"""So much of an answer may come before its body, interim answers (1xx) included; what browsers take."""

_IN_HEAD: Final = frozenset({"STATUS", "HEADER"})
"""States of Twisted's parser before the body."""


class HeadTooLarge(Exception):
    """An answer's head goes on and on. Twisted tells the requester that the answer failed."""


class SiteDownloadHandler(HTTP11DownloadHandler):
    """Downloads pages of the site, from the site or from what stands for it."""

    lazy = True

    def __init__(self, crawler: Crawler) -> None:
        super().__init__(crawler)
        self._replica: str | None = crawler.settings["KOMPAS_REPLICA"] or None
        bound_heads(self._pool)

    async def download_request(self, request: Request) -> Response:
        """Return the answer to `request`, under the address that was asked for, once it is its turn to leave.

        Raises `RefusedAddress` (`stopped`) when the run ends first.
        """
        sent = self._redirected(request, self._replica) if self._replica else request
        run = run_keeper(self._crawler)
        request.meta.pop(RAW, None)
        try:
            request.meta[LEFT_AT] = await run.lane.departure()
        except LaneClosed as error:
            raise RefusedAddress(request.url, "stopped") from error
        response = await super().download_request(sent)
        request.meta["download_latency"] = sent.meta["download_latency"]
        run.keep_raw(request, response)
        return response.replace(url=request.url)

    def _redirected(self, request: Request, replica: str) -> Request:
        parts = urlsplit(request.url)
        if not is_site_host(parts.hostname or ""):
            raise ValueError(f"{request.url} is outside the site; with KOMPAS_REPLICA set nothing else is asked for")
        address = urlsplit(replica)
        headers = request.headers.copy()
        headers["Host"] = parts.netloc
        url = urlunsplit((address.scheme, address.netloc, parts.path or "/", parts.query, ""))
        # The environment may name a proxy for the web; the replica is not out there.
        meta = {name: value for name, value in request.meta.items() if name != "proxy"}
        return request.replace(url=url, headers=headers, meta=meta)


def bound_heads(pool: HTTPConnectionPool) -> None:
    """Make every new connection of a pool give up an answer whose head is longer than `MOST_HEAD_BYTES`."""
    plain: Any = pool._factory

    class BoundedFactory(plain):  # type: ignore[misc] # a class that is known at run time only
        noisy = False

        def buildProtocol(self, addr: object) -> Any:  # noqa: N802 - Twisted's name
            protocol = super().buildProtocol(addr)
            protocol.dataReceived = _bounded(protocol, protocol.dataReceived)
            return protocol

    pool._factory = BoundedFactory


def _bounded(protocol: Any, take: Callable[[bytes], None]) -> Callable[[bytes], None]:
    taken = 0

    def take_within_bounds(data: bytes) -> None:
        nonlocal taken
        take(data)
        parser = protocol._parser
        taken = taken + len(data) if parser is not None and parser.state in _IN_HEAD else 0
        if taken > MOST_HEAD_BYTES:
            message = f"no end of the head within {MOST_HEAD_BYTES} bytes"
            protocol._giveUp(Failure(HeadTooLarge(message)))  # type: ignore[no-untyped-call] # of Twisted

    return take_within_bounds
