"""The gate between a page in the browser and the web: it fetches what the page may have, by the crawl's own way.

The browser has no network of its own. What the gate lets through is asked for by Scrapy: with its robots.txt, its fence
around the site, the one lane, `Retry-After`, the bound on sizes and the replica where one stands for the site. Images,
fonts, media, styles, frames, third parties and everything that is no GET are not loaded.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from time import monotonic
from typing import TYPE_CHECKING

from scrapy import Request
from scrapy.exceptions import CannotResolveHostError, DownloadCancelledError, IgnoreRequest
from scrapy.http import Response
from scrapy.http.request import NO_CALLBACK
from scrapy.statscollectors import StatsCollector

from kompas_crawler.middlewares import TROUBLES
from kompas_crawler.raw_pages import IS_RESOURCE
from kompas_crawler.site.addresses import refusal

if TYPE_CHECKING:
    from playwright.async_api import Page, Route
    from playwright.async_api import Request as PageRequest

logger = logging.getLogger(__name__)

LOADED = frozenset({"document", "script", "xhr", "fetch"})
"""Kinds of requests that can bring text; Playwright's names."""

MOST_REQUESTS = 300
"""One page asks for so much at most: a front that is scrolled to its end needs some dozens."""

NO_ANSWER = (IgnoreRequest, CannotResolveHostError, DownloadCancelledError, *TROUBLES, OSError)
"""Ways for a request to end without an answer: the fence, robots.txt and the end of the run are among them."""

PASSED_ON = frozenset({"accept", "referer", "x-requested-with"})
"""Headers of the page's requests that are kept. It sends no cookies, and the crawl says itself who it is."""

DROPPED = frozenset({"content-encoding", "content-length", "transfer-encoding", "connection", "set-cookie", "alt-svc"})
"""Headers of an answer that spoke of its transport."""

Fetch = Callable[[Request], Awaitable[Response]]


@dataclass(frozen=True, slots=True)
class Delivery:
    """An answer as the browser gets it."""

    status: int
    headers: Mapping[str, str]
    body: bytes


@dataclass(slots=True)
class ScriptShelf:
    """Scripts that pages shared so far: each is asked for once in a run, as a reader's browser would."""

    most_bytes: int = 8 * 1024 * 1024
    _scripts: dict[str, Delivery] = field(default_factory=dict)

    def get(self, url: str) -> Delivery | None:
        """Return a script that was fetched before."""
        return self._scripts.get(url)

    def put(self, url: str, script: Delivery) -> None:
        """Keep a script; those that were kept first make room for it."""
        self._scripts[url] = script
        size = sum(len(one.body) for one in self._scripts.values())
        while size > self.most_bytes:
            size -= len(self._scripts.pop(next(iter(self._scripts))).body)


class Gate:
    """Answers the requests of one page."""

    def __init__(self, fetch: Fetch, stats: StatsCollector, scripts: ScriptShelf) -> None:
        self.page: Page | None = None
        self.document: Response | None = None
        """The answer to the page's own address, when there was one."""
        self.error: BaseException | None = None
        """Why there was none."""
        self._fetch = fetch
        self._stats = stats
        self._scripts = scripts
        self._asked = 0
        self._in_flight = 0
        self._touched_at = monotonic()
        self._idle = asyncio.Event()
        self._idle.set()

    async def attach(self, page: Page) -> None:
        """Stand before a page that is about to open its address."""
        self.page = page
        await page.route("**/*", self._answer)
        page.on("popup", _close)

    @property
    def is_idle(self) -> bool:
        """Whether the page waits for nothing."""
        return self._in_flight == 0

    async def wait_idle(self) -> None:
        """Wait until the page waits for nothing, however long the lane holds its requests back."""
        await self._idle.wait()

    def touch(self) -> None:
        """Note that the page is alive."""
        self._touched_at = monotonic()

    def silent_seconds(self) -> float:
        """Return for how long nothing happened that shows that the page is alive."""
        return 0.0 if self._in_flight else monotonic() - self._touched_at

    async def _answer(self, route: Route, asked: PageRequest) -> None:
        reason = self._refusal(asked)
        if reason is not None:
            self._stats.inc_value(f"kompas/browser/not_loaded/{reason}")
            await _abort(route)
            return
        self._asked += 1
        self._in_flight += 1
        self._idle.clear()
        try:
            delivery = await self._deliver(asked)
        finally:
            self._in_flight -= 1
            self.touch()
            if not self._in_flight:
                self._idle.set()
        await (_abort(route) if delivery is None else _fulfil(route, delivery))

    def _refusal(self, asked: PageRequest) -> str | None:
        """Return why a request of the page is not loaded, or null when it is."""
        if asked.method != "GET":
            return "method"
        if asked.resource_type not in LOADED:
            return asked.resource_type
        if asked.is_navigation_request() and self._asked:
            return "navigation"  # a frame, or a script that leads elsewhere
        if self._asked >= MOST_REQUESTS:
            return "too_many"
        return refusal(asked.url)

    async def _deliver(self, asked: PageRequest) -> Delivery | None:
        url, is_script = asked.url, asked.resource_type == "script"
        if is_script and (script := self._scripts.get(url)):
            return script
        self._stats.inc_value(f"kompas/browser/loaded/{asked.resource_type}")
        headers = {name: value for name, value in asked.headers.items() if name in PASSED_ON}
        is_document = asked.is_navigation_request()
        try:
            request = Request(url, headers=headers, callback=NO_CALLBACK, meta={IS_RESOURCE: not is_document})
            response = await self._fetch(request)
        except NO_ANSWER as error:
            logger.debug("A page asked in vain for %s: %s", url, error)
            if is_document:
                self.error = error
            return None
        if is_document:
            self.document = response
        delivery = _delivery_of(response)
        if is_script and response.status == 200:
            self._scripts.put(url, delivery)
        return delivery


def _delivery_of(response: Response) -> Delivery:
    named = {name.decode("latin-1"): b", ".join(values).decode("latin-1") for name, values in response.headers.items()}
    headers = {name: value for name, value in named.items() if name.lower() not in DROPPED}
    return Delivery(response.status, headers, response.body)


async def _close(page: Page) -> None:
    await page.close()


async def _abort(route: Route) -> None:
    from playwright.async_api import Error as PlaywrightError

    with suppress(PlaywrightError):  # the page is gone
        await route.abort("blockedbyclient")


async def _fulfil(route: Route, delivery: Delivery) -> None:
    from playwright.async_api import Error as PlaywrightError

    with suppress(PlaywrightError):
        await route.fulfill(status=delivery.status, headers=dict(delivery.headers), body=delivery.body)
