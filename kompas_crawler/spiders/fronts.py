"""The fronts of the sections with their stream of latest articles (Terkini), and the pages that "Load More" fetches.

What plain HTTP gives is read: the stream in the page, and further pages of it as long as they bring something new.
With a browser the stream is read as far as it grows.
"""

from __future__ import annotations

import logging
from collections.abc import Iterator
from typing import Any

from scrapy import Request
from scrapy.http import Response
from twisted.python.failure import Failure

from kompas_crawler.answers import trouble_of_answer
from kompas_crawler.budgets import PRIORITIES, Budget, Purpose
from kompas_crawler.errors import BrowserFailed, PageError
from kompas_crawler.extensions import RunKeeper
from kompas_crawler.items import Outcome, PageKind, Route
from kompas_crawler.plan import Plan
from kompas_crawler.rendering.marks import Growth
from kompas_crawler.rendering.middleware import RenderingMiddleware
from kompas_crawler.repeats import NO_HTML
from kompas_crawler.site.addresses import front_url, parse_article_address
from kompas_crawler.site.fronts import parse_front, parse_more
from kompas_crawler.site.listings import ListPage
from kompas_crawler.site.sections import SECTIONS
from kompas_crawler.spiders.articles import Articles, note_answer
from kompas_crawler.spiders.troubles import received, trouble_of_failure

logger = logging.getLogger(__name__)

HOME = "https://www.kompas.com/"
"""The front of the whole site."""

MOST_PAGES = 10
"""Further pages of a stream that are read at most; what lies deeper is the index's business."""


class FrontRoute:
    """Reads the home page and the front of each section that is kept."""

    def __init__(
        self, run: RunKeeper, articles: Articles, plan: Plan, budget: Budget, rendering: RenderingMiddleware | None
    ) -> None:
        self._rendering = rendering
        self._run = run
        self._articles = articles
        self._plan = plan
        self._budget = budget

    def read(self) -> Iterator[Request]:
        """Yield the requests for the fronts."""
        fronts = [front_url(section) for section in SECTIONS if self._plan.keeps_section(section)]
        for url in [HOME, *fronts] if self._plan.sections is None else fronts:
            yield from self._ask(url, page=1)

    def _ask(self, url: str, page: int) -> Iterator[Request]:
        if self._budget.is_spent or not self._run.books.meet(url, url, None, page_kind=PageKind.FRONT):
            return
        plain = self._request(url, page)
        grown = self._rendering.ask(plain, Growth.STREAM) if self._rendering and page == 1 else None
        yield grown or plain

    def _request(self, url: str, page: int) -> Request:
        self._budget.spend(Purpose.NEW)
        return Request(
            url,
            self.read_page,
            errback=self.failed,
            priority=PRIORITIES[Purpose.NEW],
            meta=dict(NO_HTML) if page > 1 else None,
            cb_kwargs={"key": url, "page": page},
        )

    def read_page(self, response: Response, key: str, page: int) -> Iterator[Any]:
        """Read one page of a stream: take up its articles; turn to the next page when something was new."""
        note_answer(self._run, key, response)
        trouble = trouble_of_answer(received(response), expects_html=page == 1)
        if trouble is not None:
            self._run.books.decide(key, trouble.outcome, trouble.reason)
            return
        try:
            stream = (parse_front if page == 1 else parse_more)(response.body, response.url)
        except PageError as error:
            logger.info("%s: %s", response.url, error)
            self._run.books.decide(key, *_verdict(error, page))
            return
        self._run.books.decide(key, Outcome.READ)
        steps = list(self._take_up(stream))
        yield from steps
        next_url = stream.next_url or (_following(key, page) if page > 1 else None)
        if steps and next_url is not None and page <= MOST_PAGES:
            yield from self._ask(next_url, page + 1)

    def _take_up(self, stream: ListPage) -> Iterator[Any]:
        self._articles.leave_out(stream.excluded, Route.FRONT)
        for entry in stream.entries:
            address = parse_article_address(entry.url)
            if address is not None:
                yield from self._articles.take_up(address, Route.FRONT, listing=entry)

    def failed(self, failure: Failure) -> Iterator[Request]:
        """Note a front that could not be fetched at all; read one plainly that the browser could not show."""
        trouble = trouble_of_failure(failure)
        key = failure.request.cb_kwargs["key"]  # type: ignore[attr-defined] # set by Scrapy
        if isinstance(failure.value, BrowserFailed):
            yield self._request(key, page=1)
            return
        self._run.books.decide(key, trouble.outcome, trouble.reason)


def _verdict(error: PageError, page: int) -> tuple[Outcome, str]:
    """Return what becomes of a page that could not be read: not every section has a stream on its front."""
    return (Outcome.EXCLUDED if page == 1 and error.reason == "not_a_list" else Outcome.UNPARSED), error.reason


def _following(url: str, page: int) -> str | None:
    """Return the address of the stream's page after `page`, by the number that ends its address; null without one.

    >>> _following("https://tekno.kompas.com/home/more/2", 2)
    'https://tekno.kompas.com/home/more/3'
    >>> _following("https://tekno.kompas.com/home/more", 2) is None
    True
    """
    place, _, number = url.rpartition("/")
    return f"{place}/{int(number) + 1}" if number.isascii() and number.isdigit() and page > 1 else None
