"""The spider: what a run asks for, in which order. The routes and the articles are modules of their own.

What an address or a page means is the business of `kompas_crawler.site`, what is kept and how of
`kompas_crawler.archive`, when something is due of `revisits` and `resweeps`.
"""

from __future__ import annotations

import logging
from collections.abc import AsyncIterator, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from functools import cached_property
from typing import Any, Self

from scrapy import Spider, signals
from scrapy.crawler import Crawler
from scrapy.settings import BaseSettings

from kompas_crawler.budgets import Budget, Purpose
from kompas_crawler.clock import read_clock
from kompas_crawler.extensions import RunKeeper, run_keeper
from kompas_crawler.given import read_addresses
from kompas_crawler.items import Outcome, PageKind, Route
from kompas_crawler.permission import read_identity
from kompas_crawler.plan import Content, Plan, Render, read_arguments
from kompas_crawler.rendering.middleware import RenderingMiddleware, rendering_of
from kompas_crawler.resweeps import Resweeps, read_resweeps
from kompas_crawler.revisits import Revisits, read_revisits
from kompas_crawler.site.addresses import clean_url, parse_article_address
from kompas_crawler.site.dates import wib_day
from kompas_crawler.site.listings import is_foreign
from kompas_crawler.spiders.articles import Articles
from kompas_crawler.spiders.fronts import FrontRoute
from kompas_crawler.spiders.index import IndexRoute
from kompas_crawler.spiders.sitemaps import DATED, DATED_SITEMAPS, SitemapRoute
from kompas_crawler.trust import PERIOD, Trust, read_control, trust_of

logger = logging.getLogger(__name__)

EARLY = timedelta(minutes=10)
"""Runs do not begin to the second: what is due every six hours is not to wait for the seventh."""

SITEMAPS_LATEST = 2.5
"""So many times of a cross-check pass at most until the plain sitemaps are read again, every second time."""


@dataclass(frozen=True, slots=True)
class Schedule:
    """When a run that keeps an archive current does what beside today's and yesterday's news."""

    revisits: Revisits
    resweeps: Resweeps
    cross_check_every: timedelta
    """Sitemaps and fronts are read when the last time is so long ago."""


@dataclass(frozen=True, slots=True)
class Task:
    """Everything that one run is to do, checked before anything is fetched or written."""

    plan: Plan
    given: tuple[str, ...]
    """The addresses of the file that the plan names."""
    schedule: Schedule
    budget: Budget


class KompasSpider(Spider):
    """Keeps an archive of Kompas.com current, fills a window of days, or reads given addresses."""

    name = "kompas"

    def __init__(self, task: Task) -> None:
        super().__init__()
        self.plan = task.plan
        self.has_asked_for_all = False
        """Everything that the run does of its own accord was begun; what follows comes from what it finds."""
        self._given = task.given
        self._schedule = task.schedule
        self._budget = task.budget
        self._sitemaps: SitemapRoute | None = None

    @classmethod
    def update_settings(cls, settings: BaseSettings) -> None:
        """Take on the identity of the run; a replica is asked without delay unless one was given on purpose."""
        super().update_settings(settings)
        identity = read_identity(
            contact=settings["KOMPAS_CONTACT"],
            permission=settings["KOMPAS_PERMISSION"],
            replica=settings["KOMPAS_REPLICA"],
        )
        settings.set("USER_AGENT", identity.user_agent, priority="spider")
        if identity.replica:
            settings.set("DOWNLOAD_DELAY", 0, priority="spider")

    @classmethod
    def from_crawler(cls, crawler: Crawler, **arguments: Any) -> Self:
        """Build the spider from its `-a` arguments. Raises `UsageError` for arguments and settings it cannot use."""
        spider = cls(read_task(arguments, crawler.settings))
        spider._set_crawler(crawler)
        return spider

    def __str__(self) -> str:
        plan = self.plan
        kept = "all sections" if plan.sections is None else ", ".join(sorted(plan.sections))
        given = f", {len(self._given)} given addresses" if self._given else ""
        return f"{plan.since} to {plan.until}, {kept}{given}"

    @property
    def planned_lists(self) -> tuple[tuple[date, str], ...]:
        """The lists that the run is to walk, by day and `site=` slug, as far as that is fixed beforehand."""
        if self.plan.keeps_current or Route.INDEX not in self.plan.routes:
            return ()
        return tuple((day, site) for day in self.plan.days for site in self.plan.sites)

    @cached_property
    def _run(self) -> RunKeeper:
        return run_keeper(self.crawler)

    @cached_property
    def _articles(self) -> Articles:
        rendering = self._rendering(Render.FALLBACK)
        return Articles(self._run, self.plan, self._schedule.revisits, self._trust(), self._budget, rendering)

    def _trust(self) -> Trust:
        """Return how far the sitemaps' word is believed in this run."""
        announcements = self._run.notes.announcements if self.plan.keeps_current else None
        if announcements is None:
            return Trust()
        trust = trust_of(announcements.judged(self._run.now() - PERIOD), self._schedule.revisits.control)
        if trust.changes:
            logger.info("%s", trust)
        return trust

    def _rendering(self, use: Render) -> RenderingMiddleware | None:
        """Return what sends pages to the browser; null when the plan does not use it for that."""
        return rendering_of(self.crawler) if use in self.plan.render else None

    @cached_property
    def _index(self) -> IndexRoute:
        cap = self.settings.getint("KOMPAS_PAGE_CAP")
        return IndexRoute(self._run, self._articles, self._budget, page_cap=cap)

    # --- A run, from its beginning to its end ------------------------------------------------------------------------

    async def start(self) -> AsyncIterator[Any]:
        """Yield what the run asks for of its own accord: what is new first, then what is due again."""
        with self._run.storage_guard():
            async for step in self._steps():
                yield step
        self.has_asked_for_all = True

    async def _steps(self) -> AsyncIterator[Any]:
        for step in self._given_articles():
            yield step
        # Without lists to walk there is nothing to wait for: Scrapy looks at an empty queue every five seconds only.
        for day in self.plan.days if Route.INDEX in self.plan.routes else ():
            for step in self._walks(day):
                yield step
            await self._room()
        for step in self._cross_check():
            yield step
        if not self.plan.keeps_current:
            return
        await self._room()
        while self._sitemaps is not None and self._sitemaps.is_reading:
            await self._room()
        for step in self._due_articles():
            yield step
            if self.crawler.engine.needs_backout():
                await self._room()
        await self._room()
        for day in self._due_days():
            for step in self._walks(day, Purpose.RESWEEP):
                yield step
            await self._room()

    async def _room(self) -> None:
        """Wait until everything that is asked for has left: a run of years holds the requests of a few days."""
        await self.crawler.signals.wait_for(signals.scheduler_empty)

    def _given_articles(self) -> Iterator[Any]:
        for url in self._given:
            address = parse_article_address(url)
            if address is not None:
                yield from self._articles.take_up(address, Route.GIVEN)
            elif self._run.books.meet(clean_url(url), clean_url(url), Route.GIVEN, page_kind=PageKind.OTHER):
                reason = "foreign_host" if is_foreign(url) else "not_an_article"
                self._run.books.decide(clean_url(url), Outcome.EXCLUDED, reason)

    def _walks(self, day: date, purpose: Purpose = Purpose.NEW) -> Iterator[Any]:
        """Walk the lists of a day: an older one to its end, a current one as far as it may hold something new."""
        if Route.INDEX not in self.plan.routes:
            return
        thorough = not self.plan.keeps_current or purpose is Purpose.RESWEEP
        for site in self.plan.sites:
            yield from self._index.walk(day, site, thorough=thorough, purpose=purpose)

    def _cross_check(self) -> Iterator[Any]:
        """Read sitemaps and fronts, which know of articles in other ways than the index; not in every hourly run."""
        if self._begins(Route.SITEMAP):
            dated = self._wants_dated_sitemaps()
            self._sitemaps = SitemapRoute(self._run, self._articles, self.plan, self._budget, dated=dated)
            yield from self._sitemaps.read()
        if self._begins(Route.FRONT):
            rendering = self._rendering(Render.FRONTS)
            yield from FrontRoute(self._run, self._articles, self.plan, self._budget, rendering).read()

    def _begins(self, route: Route) -> bool:
        """Return whether the lists of a route are to be read now, and note it if they are."""
        begins = route in self.plan.routes and self._is_time_for(route)
        if begins:
            self._run.notes.chore(route)
        return begins

    def _is_time_for(self, chore: Route) -> bool:
        done_at = self._done_at(chore)
        return done_at is None or self._run.now() - done_at >= self._schedule.cross_check_every - EARLY

    def _wants_dated_sitemaps(self) -> bool:
        """Return whether it is the plain sitemaps' turn, those that may tell when articles changed.

        That is every second time. Where they did not tell, they are tried again after a month.
        """
        if not self.plan.keeps_current or self.plan.content is Content.METADATA:
            return False
        read_at, dated_at = self._done_at(DATED_SITEMAPS), self._done_at(DATED)
        if read_at is None:
            return True
        every = PERIOD if dated_at is None or dated_at < read_at else 1.5 * self._schedule.cross_check_every
        return self._run.now() - read_at >= every

    def _done_at(self, chore: str) -> datetime | None:
        return self._run.notes.done_at(chore) if self.plan.keeps_current else None

    def _due_articles(self) -> Iterator[Any]:
        """Yield the looks at held articles that are due, the youngest first."""
        agenda, now, revisits = self._run.archive.agenda(), self._run.now(), self._schedule.revisits
        if agenda is None or self.plan.content is Content.METADATA:
            return
        for held in agenda.held_since(wib_day(now - revisits.reach)):
            if not self._budget.allows(Purpose.REVISIT):
                return
            address = parse_article_address(held.url)
            if address is not None and self._articles.is_due(held):
                yield from self._articles.look_again(address)

    def _due_days(self) -> Iterator[date]:
        """Yield the older days that are due to be walked again, newest first, as far as the budget goes."""
        agenda, now, resweeps = self._run.archive.agenda(), self._run.now(), self._schedule.resweeps
        if agenda is None:
            return
        today = wib_day(now)
        walks = agenda.walks(today - timedelta(days=resweeps.reach), today)
        due = {day for site in self.plan.sites for day in resweeps.due(walks, site, now)} - set(self.plan.days)
        for day in sorted(due, reverse=True):
            if self._budget.allows(Purpose.RESWEEP):
                yield day


def read_task(arguments: Mapping[str, str], settings: BaseSettings) -> Task:
    """Return what arguments and settings ask for. Raises `UsageError` for unusable ones, and for a file of addresses
    that cannot be read."""
    clock = read_clock(settings["KOMPAS_CLOCK"], replica=settings["KOMPAS_REPLICA"])
    plan = read_arguments(arguments, today=clock.today())
    cross_check_every = timedelta(hours=settings.getfloat("KOMPAS_CROSS_CHECK_HOURS"))
    revisits = read_revisits(settings["KOMPAS_REVISIT_HOURS"], settings.getfloat("KOMPAS_REVISIT_AFTER_CHANGE_HOURS"))
    schedule = Schedule(
        replace(
            revisits,
            control=read_control(settings.getfloat("KOMPAS_REVISIT_CONTROL")),
            after_word=SITEMAPS_LATEST * cross_check_every,
        ),
        read_resweeps(settings["KOMPAS_RESWEEP_DAYS"], settings.getint("KOMPAS_CATCH_UP_DAYS")),
        cross_check_every,
    )
    budget = Budget(
        requests=settings.getint("KOMPAS_REQUEST_BUDGET"),
        revisits=settings.getint("KOMPAS_REVISIT_BUDGET"),
        resweeps=settings.getint("KOMPAS_RESWEEP_BUDGET"),
    )
    given = read_addresses(plan.addresses) if plan.addresses is not None else ()
    return Task(plan, given, schedule, budget)
