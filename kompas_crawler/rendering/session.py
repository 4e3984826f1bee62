"""One running browser: how it is started, how its contexts are renewed, how it ends in every case.

scrapy-playwright launches it, makes contexts and pages, and turns a page into a response.
"""

from __future__ import annotations

import asyncio
import logging
import os
import shutil
import signal
from collections import Counter
from contextlib import suppress
from importlib.util import find_spec
from typing import TYPE_CHECKING, Any, Final

from scrapy import Request
from scrapy.crawler import Crawler
from scrapy.http import Response

from kompas_crawler.lane import seconds_of
from kompas_crawler.rendering.gate import Gate
from kompas_crawler.rendering.growing import grow, settle
from kompas_crawler.rendering.marks import Growth

if TYPE_CHECKING:
    from playwright.async_api import Page

logger = logging.getLogger(__name__)

BROWSERS: Final = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
"""Programs that are looked for, in this order."""

PAGES_OF_A_CONTEXT: Final = 200
"""A context is renewed after so many pages: what scripts and caches leave behind goes with it."""

CLOSING_SECONDS: Final = 10.0
"""A page or browser that takes longer to close is killed."""

# No network: every request of a page is answered by the gate, and what would slip by it finds no name and no way out.
NO_NETWORK: Final = ("--host-resolver-rules=MAP * ~NOTFOUND", "--proxy-server=http://127.0.0.1:9", "--disable-quic")
FLAGS: Final = (
    *NO_NETWORK,
    "--proxy-bypass-list=<-loopback>",
    "--disable-gpu",
    "--disable-dev-shm-usage",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--disable-extensions",
    "--blink-settings=imagesEnabled=false",
)


def find_browser(given: str | None) -> str | None:
    """Return the path of the browser to use: the `given` one, else the first that is installed; null without one.

    Null too where the Python packages of the extra `browser` are missing.

    >>> find_browser("/no/such/browser") is None
    True
    """
    if find_spec("scrapy_playwright") is None or find_spec("playwright") is None:
        return None
    return next((path for name in ([given] if given else BROWSERS) if (path := shutil.which(name))), None)


class Session:
    """A browser that opens pages one after the other, or some at a time. It is used until it fails."""

    def __init__(self, crawler: Crawler, executable: str) -> None:
        from scrapy_playwright.handler import ScrapyPlaywrightDownloadHandler

        logging.getLogger("scrapy-playwright").setLevel(logging.ERROR)  # what fails is told by us, once
        self._crawler = crawler
        self._handler = ScrapyPlaywrightDownloadHandler(crawler)
        self._configure(executable)
        self._hang_seconds = seconds_of(crawler.settings, "KOMPAS_BROWSER_HANG_SECONDS")
        self._started = asyncio.Lock()
        self._process_id: int | None = None
        self._opened = 0
        self._open: Counter[str] = Counter()

    def _configure(self, executable: str) -> None:
        config = self._handler.config
        config.launch_options = {
            "executable_path": executable,
            "args": list(FLAGS),
            "headless": True,
            # Debian's sandbox refuses to run for root.
            "chromium_sandbox": os.geteuid() != 0,
            "handle_sigint": False,
            "handle_sigterm": False,
        }
        config.navigation_timeout_ms = 0.0  # the lane may hold a page back for long; who watches it is `open_page`
        config.target_closed_max_retries = 0  # a browser that died is replaced whole
        config.restart_disconnected_browser = False

    async def open_page(self, request: Request, growth: Growth, gate: Gate) -> Response:
        """Return the page of `request` as it looks once it has grown.

        The page is closed, whatever happens. Raises Playwright's `Error`, or `TimeoutError` for a page that hangs.
        """
        async with self._started:
            if not hasattr(self._handler, "browser_provider"):
                self._handler.browser_provider = provider = self._handler.browser_provider_cls(self._handler.config)
                await provider.start()
        context = f"pages-{self._opened // PAGES_OF_A_CONTEXT}"
        self._opened += 1
        self._open[context] += 1
        try:
            return await self._watched(
                self._handler.download_request(self._order(request, growth, gate, context)), gate
            )
        finally:
            await self._clear_up(context, gate)

    def _order(self, request: Request, growth: Growth, gate: Gate, context: str) -> Request:
        """Return the request as scrapy-playwright wants it."""
        from scrapy_playwright.page import PageMethod

        async def prepare(page: Page, _: Request) -> None:
            await gate.attach(page)
            await self._note_process(page)

        meta: dict[str, Any] = {
            "playwright": True,
            "playwright_context": context,
            "playwright_context_kwargs": {
                "locale": "id-ID",
                "timezone_id": "Asia/Jakarta",
                "user_agent": self._crawler.settings["USER_AGENT"],
                "service_workers": "block",
                "accept_downloads": False,
            },
            "playwright_page_init_callback": prepare,
            "playwright_page_methods": [PageMethod(grow if growth is Growth.STREAM else settle, gate)],
        }
        return request.replace(meta={**request.meta, **meta})

    async def _note_process(self, page: Page) -> None:
        browser = page.context.browser
        if self._process_id is not None or browser is None:
            return
        cdp = await browser.new_browser_cdp_session()
        processes = (await cdp.send("SystemInfo.getProcessInfo"))["processInfo"]
        self._process_id = next(process["id"] for process in processes if process["type"] == "browser")
        await cdp.detach()

    async def _watched(self, page: Any, gate: Gate) -> Response:
        """Return what comes of a page, unless it hangs."""
        opening: asyncio.Future[Response] = asyncio.ensure_future(page)
        try:
            while not opening.done():
                await asyncio.wait({opening}, timeout=1.0)
                if not opening.done() and gate.silent_seconds() > self._hang_seconds:
                    raise TimeoutError(f"nothing happened in the page for {self._hang_seconds:g} s")
            return opening.result()
        finally:
            opening.cancel()

    async def _clear_up(self, context: str, gate: Gate) -> None:
        """Close the page if it is still open, and its context when that has had its pages."""
        from playwright.async_api import Error as PlaywrightError

        with suppress(PlaywrightError, TimeoutError):
            if gate.page is not None and not gate.page.is_closed():
                await asyncio.wait_for(gate.page.close(), CLOSING_SECONDS)
        self._open[context] -= 1
        if not self._open[context] and context != f"pages-{self._opened // PAGES_OF_A_CONTEXT}":
            with suppress(PlaywrightError, TimeoutError):
                wrapper = self._handler.context_wrappers.get(context)
                if wrapper is not None:
                    await asyncio.wait_for(wrapper.context.close(), CLOSING_SECONDS)
            del self._open[context]

    async def close(self) -> None:
        """End the browser: in good order where it still listens, by force where it does not."""
        from playwright.async_api import Error as PlaywrightError

        try:
            await asyncio.wait_for(self._handler.close(), CLOSING_SECONDS)
        except (PlaywrightError, TimeoutError) as error:
            logger.debug("The browser does not close by itself: %s", error)
            self._kill()
            with suppress(PlaywrightError, TimeoutError):
                await asyncio.wait_for(self._handler.browser_provider.close(), CLOSING_SECONDS)

    def _kill(self) -> None:
        if self._process_id is not None:
            with suppress(ProcessLookupError):
                os.kill(self._process_id, signal.SIGKILL)
