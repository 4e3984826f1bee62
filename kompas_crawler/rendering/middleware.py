"""The downloader middleware that answers marked requests from a browser, and keeps a browser running for them.

A browser that crashes or hangs is replaced by a new one and its page is tried again; after too many in a row none is
started any more. Where there is no browser nothing fails: who asks is told so, and the run says at its end what it
left out.
"""

from __future__ import annotations

import asyncio
import logging
from typing import Self

from scrapy import Request, signals
from scrapy.crawler import Crawler
from scrapy.http import Response

from kompas_crawler.errors import BrowserFailed
from kompas_crawler.extensions import run_keeper
from kompas_crawler.rendering.gate import Gate, ScriptShelf
from kompas_crawler.rendering.marks import Growth, growth_of, rendered
from kompas_crawler.rendering.session import Session, find_browser

logger = logging.getLogger(__name__)

PAGES_AT_A_TIME = 2
"""Pages that are open in the browser at the same time; each waits for the one lane most of its time."""

ATTEMPTS = 3
"""A page is opened so often before it is given up."""

FAILURES_IN_A_ROW = 6
"""After so many attempts without one page between them, no browser is started any more."""


def rendering_of(crawler: Crawler) -> RenderingMiddleware:
    """Return the middleware of a crawl. Raises `RuntimeError` when it is switched off."""
    middleware = crawler.get_downloader_middleware(RenderingMiddleware)
    if middleware is None:
        raise RuntimeError("kompas_crawler.rendering.RenderingMiddleware is switched off; a crawl needs it")
    return middleware


class RenderingMiddleware:
    """Answers requests that are marked for the browser; every other passes."""

    def __init__(self, crawler: Crawler) -> None:
        self._crawler = crawler
        self._executable = find_browser(crawler.settings["KOMPAS_BROWSER"])
        self._session: Session | None = None
        self._starting = asyncio.Lock()
        self._places = asyncio.Semaphore(PAGES_AT_A_TIME)
        self._scripts = ScriptShelf()
        self._failures = 0
        self._skipped = 0

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> Self:
        """Build the middleware, and connect it to the run's end. No browser is started before a page needs it."""
        middleware = cls(crawler)
        crawler.signals.connect(middleware.spider_closed, signals.spider_closed)
        crawler.signals.connect(middleware.engine_stopped, signals.engine_stopped)
        return middleware

    @property
    def is_available(self) -> bool:
        """Whether a browser can be had, as far as is known."""
        return self._executable is not None and self._failures < FAILURES_IN_A_ROW

    def ask(self, request: Request, growth: Growth) -> Request | None:
        """Return the request for the same page by the browser; null, and counted as skipped, where there is none."""
        if self.is_available:
            return rendered(request, growth)
        if not self._skipped:
            logger.warning("%s", self._why_not())
        self._skipped += 1
        self._crawler.stats.inc_value("kompas/browser/skipped")
        return None

    def _why_not(self) -> str:
        if self._executable is not None:
            return f"The browser {self._executable} failed {self._failures} times in a row: pages stay as they came"
        given = self._crawler.settings["KOMPAS_BROWSER"]
        sought = f"KOMPAS_BROWSER={given!r} is no program" if given else "no Chromium is installed"
        return (
            f"No browser ({sought}, or the Python packages of the extra `browser` are missing): pages stay as they "
            "came. On Debian: apt-get install chromium; pip install 'kompas-crawler[browser]'"
        )

    async def process_request(self, request: Request) -> Response | None:
        """Return the page of a marked request.

        Raises `BrowserFailed`, or what kept the page's own address from being answered.
        """
        growth = growth_of(request)
        if growth is None:
            return None
        async with self._places:
            return await self._render(request, growth)

    async def _render(self, request: Request, growth: Growth) -> Response:
        from playwright.async_api import Error as PlaywrightError

        for _ in range(ATTEMPTS):
            if not self.is_available:
                break
            gate = Gate(self._crawler.engine.download_async, self._crawler.stats, self._scripts)
            session = await self._running_session()
            try:
                response = await session.open_page(request, growth, gate)
            except (PlaywrightError, TimeoutError, OSError) as error:
                if gate.error is not None:
                    raise gate.error from error
                self._failures += 1
                message = str(error).partition("\n")[0]
                logger.warning("The browser failed at %s (%s): it is started anew", request.url, message)
                await self._drop(session)
            else:
                self._failures = 0
                self._crawler.stats.inc_value("kompas/browser/pages")
                return self._as_asked(request, response, gate)
        raise BrowserFailed(f"no browser showed {request.url} in {ATTEMPTS} attempts; it is read without one")

    def _as_asked(self, request: Request, response: Response, gate: Gate) -> Response:
        """Return the response under the address that its document came from, once it is kept."""
        document = gate.document
        source = document.request if document is not None else None
        if document is not None:
            response = response.replace(url=document.url, request=request)
        if source is not None and "redirect_urls" in source.meta:
            request.meta["redirect_urls"] = source.meta["redirect_urls"]
        run_keeper(self._crawler).keep_rendering(request, response, source)
        return response

    async def _running_session(self) -> Session:
        async with self._starting:
            if self._session is None and self._executable is not None:
                self._session = Session(self._crawler, self._executable)
                self._crawler.stats.inc_value("kompas/browser/started")
            if self._session is None:
                raise BrowserFailed("no browser is installed")
            return self._session

    async def _drop(self, session: Session) -> None:
        """Let no further page into a browser that failed."""
        if self._session is session:
            self._session = None
        await session.close()

    def spider_closed(self) -> None:
        """Say what was left out."""
        if self._skipped:
            logger.warning("%d pages were not rendered: there was no browser for them", self._skipped)

    async def engine_stopped(self) -> None:
        """End the browser with the crawl."""
        if self._session is not None:
            await self._session.close()
            self._session = None
