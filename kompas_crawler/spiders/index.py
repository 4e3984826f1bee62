"""The index by day and section: walked page by page until it is read to its end, and taken up where it broke off."""

from __future__ import annotations

import logging
from collections.abc import Iterable, Iterator
from datetime import date
from typing import Any

from scrapy import Request
from scrapy.http import Response
from twisted.python.failure import Failure

from kompas_crawler.answers import Trouble, trouble_of_answer
from kompas_crawler.archive.agenda import Wanted
from kompas_crawler.budgets import PRIORITIES, Budget, Purpose
from kompas_crawler.errors import PageError
from kompas_crawler.extensions import RunKeeper
from kompas_crawler.items import Outcome, PageKind, Route
from kompas_crawler.site.addresses import index_url, parse_article_address
from kompas_crawler.site.listings import ListPage
from kompas_crawler.site.lists import parse_list
from kompas_crawler.site.sections import site_covers
from kompas_crawler.spiders.articles import Articles, note_answer
from kompas_crawler.spiders.troubles import received, trouble_of_failure
from kompas_crawler.spiders.walks import INTERRUPTED, IndexWalk, begin_walk, narrower_sites

logger = logging.getLogger(__name__)


class IndexRoute:
    """Walks the index of days."""

    def __init__(self, run: RunKeeper, articles: Articles, budget: Budget, *, page_cap: int) -> None:
        self._run = run
        self._articles = articles
        self._budget = budget
        self._page_cap = page_cap

    def walk(self, day: date, site: str, *, thorough: bool, purpose: Purpose = Purpose.NEW) -> Iterator[Any]:
        """Begin or take up the walk along one list of a day, and take up what earlier runs could not have of it."""
        agenda = self._run.archive.agenda()
        earlier = agenda.walks(day, day) if agenda is not None else []
        walk = begin_walk(day, site, earlier, now=self._run.now(), thorough=thorough, cap=self._page_cap)
        if agenda is not None:
            walk.held = agenda.listed(day)
            yield from self._take_up_wanted(agenda.wanted(day), day)
        yield from self._turn_to(walk, purpose)

    def _take_up_wanted(self, wanted: Iterable[Wanted], day: date) -> Iterator[Any]:
        for one in wanted:
            address = parse_article_address(one.url)
            if address is None:
                continue
            for route in one.routes:
                listed_on = day if one.is_listed and route is Route.INDEX else None
                yield from self._articles.take_up(address, route, in_window=False, listed_on=listed_on)

    def _turn_to(self, walk: IndexWalk, purpose: Purpose) -> Iterator[Any]:
        """Ask for the next page of a walk."""
        if self._budget.is_spent:
            self._run.note_walk(walk.record(self._run.run_id, self._run.now(), "budget"))
            return
        url = index_url(walk.site, walk.day, walk.next_page)
        # A page that is asked for again, on a further pass, was entered in the books before.
        is_first = self._run.books.meet(url, url, None, page_kind=PageKind.INDEX)
        self._budget.spend(purpose)
        self._run.note_walk(walk.record(self._run.run_id, self._run.now(), INTERRUPTED))
        yield Request(
            url,
            self.read_page,
            errback=self.failed,
            priority=PRIORITIES[purpose],
            cb_kwargs={"walk": walk, "key": url if is_first else None, "purpose": purpose},
        )

    def read_page(self, response: Response, walk: IndexWalk, key: str | None, purpose: Purpose) -> Iterator[Any]:
        """Read one page: take up the articles it lists and turn to the next page."""
        if key is not None:
            note_answer(self._run, key, response)
        trouble = trouble_of_answer(received(response))
        if trouble is not None:
            self._break_off(walk, key, trouble)
            return
        try:
            page = parse_list(response.body, response.url)
        except PageError as error:
            logger.warning("%s: %s", response.url, error)
            self._break_off(walk, key, Trouble(Outcome.UNPARSED, error.reason))
            return
        if key is not None:
            self._run.books.decide(key, Outcome.READ)
        yield from self._take_up(page, walk)
        if walk.turn_page((entry.article_id for entry in page.entries), is_empty=page.is_empty):
            yield from self._turn_to(walk, purpose)
        else:
            yield from self._end(walk, purpose)

    def _take_up(self, page: ListPage, walk: IndexWalk) -> Iterator[Any]:
        self._articles.leave_out(page.excluded, Route.INDEX)
        for entry in page.entries:
            address = parse_article_address(entry.url)
            if address is not None:
                yield from self._articles.take_up(
                    address, Route.INDEX, in_window=False, listed_on=walk.day, listing=entry
                )

    def _end(self, walk: IndexWalk, purpose: Purpose) -> Iterator[Any]:
        """Note that a walk is at its end, and look at what it should have met; at the page cap walk narrower lists."""
        self._run.note_walk(walk.record(self._run.run_id, self._run.now()))
        if walk.hit_cap:
            for site in narrower_sites(walk.site):
                yield from self.walk(walk.day, site, thorough=True, purpose=purpose)
        for article_id in walk.missing():
            address = parse_article_address(walk.held[article_id])
            if address is not None and site_covers(walk.site, address.section):
                yield from self._articles.look_again(address)

    def failed(self, failure: Failure) -> None:
        """End a walk whose page could not be fetched at all."""
        arguments = failure.request.cb_kwargs  # type: ignore[attr-defined] # set by Scrapy
        self._break_off(arguments["walk"], arguments["key"], trouble_of_failure(failure))

    def _break_off(self, walk: IndexWalk, key: str | None, trouble: Trouble) -> None:
        if key is not None:
            self._run.books.decide(key, trouble.outcome, trouble.reason)
        self._run.note_walk(walk.record(self._run.run_id, self._run.now(), trouble.reason))
