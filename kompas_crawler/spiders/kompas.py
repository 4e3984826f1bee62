"""The spider: walks the index day by day, reads the articles it lists, follows their links within the window.

It decides what is asked for next and what became of every address; what an address or a page means is the business
of `kompas_crawler.site`, what is kept and how of `kompas_crawler.archive`.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from typing import Any, Self

from scrapy import Request, Spider
from scrapy.crawler import Crawler
from scrapy.http import Response
from scrapy.settings import BaseSettings
from twisted.python.failure import Failure

from kompas_crawler.archive import Observation, Removal
from kompas_crawler.books import Answer
from kompas_crawler.errors import PageError
from kompas_crawler.extensions import RunKeeper, run_keeper
from kompas_crawler.items import LinkKind, Outcome, PageKind, ParsedArticle, Route
from kompas_crawler.permission import read_identity
from kompas_crawler.plan import Plan, read_arguments
from kompas_crawler.revisits import is_due
from kompas_crawler.site import merge_parts, parse_article
from kompas_crawler.site.addresses import ArticleAddress, index_url, parse_article_address, part_url
from kompas_crawler.site.dates import WIB
from kompas_crawler.site.lists import parse_list
from kompas_crawler.spiders.troubles import Trouble, trouble_of_answer, trouble_of_failure, trouble_of_landing
from kompas_crawler.spiders.walks import IndexWalk

ARTICLE_PRIORITY = 10
"""Articles before further index pages: what is listed is read before more is listed."""

ROUTE_OF_LINK = {
    LinkKind.BACA_JUGA: Route.BACA_JUGA,
    LinkKind.TERKINI: Route.TERKINI,
    LinkKind.TERKAIT: Route.TERKAIT,
}


@dataclass(slots=True)
class Reading:
    """An article that is being read: its parts so far, and the addresses that are still to be asked for."""

    address: ArticleAddress
    depth: int
    parts: list[ParsedArticle] = field(default_factory=list)
    waiting: list[str] = field(default_factory=list)
    asked: set[str] = field(default_factory=set)


class KompasSpider(Spider):
    """Keeps an archive of Kompas.com current, or fills a window of days."""

    name = "kompas"

    def __init__(self, plan: Plan) -> None:
        super().__init__()
        self.plan = plan
        self._fetched = 0

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
        """Build the spider from its `-a` arguments. Raises `UsageError` for arguments it cannot use."""
        spider = cls(read_arguments(arguments, today=datetime.now(WIB).date()))
        spider._set_crawler(crawler)
        return spider

    def __str__(self) -> str:
        plan = self.plan
        kept = "all sections" if plan.sections is None else ", ".join(sorted(plan.sections))
        return f"{plan.since} to {plan.until}, {kept}"

    @property
    def _run(self) -> RunKeeper:
        return run_keeper(self.crawler)

    # --- The index ---------------------------------------------------------------------------------------------------

    async def start(self) -> AsyncIterator[Any]:
        """Yield the first index page of every day and list that the plan names."""
        for day in self.plan.days:
            for site in self.plan.sites:
                yield self._index_request(IndexWalk(day, site, datetime.now(UTC)))

    def _index_request(self, walk: IndexWalk) -> Request:
        url = index_url(walk.site, walk.day, walk.pages + 1)
        self._run.books.meet(url, url, None, page_kind=PageKind.INDEX)
        return Request(url, self.parse_index, errback=self.index_failed, cb_kwargs={"walk": walk, "key": url})

    def parse_index(self, response: Response, walk: IndexWalk, key: str) -> Iterator[Any]:
        """Read one index page: take up the articles it lists and turn to the next page."""
        self._answered(key, response)
        trouble = trouble_of_answer(response)
        if trouble is not None:
            self._break_off(walk, key, trouble)
            return
        try:
            page = parse_list(response.body, response.url)
        except PageError as error:
            self.logger.warning("%s: %s", response.url, error)
            self._break_off(walk, key, Trouble(Outcome.UNPARSED, error.reason))
            return
        self._run.books.decide(key, Outcome.READ)
        for excluded in page.excluded:
            if self._run.books.meet(excluded.url, excluded.url, Route.INDEX, page_kind=PageKind.OTHER):
                self._run.books.decide(excluded.url, Outcome.EXCLUDED, excluded.reason)
        for entry in page.entries:
            address = parse_article_address(entry.url)
            if address is not None:
                yield from self._consider(address, Route.INDEX, depth=0, listed_on=walk.day)
        if walk.turn_page((entry.article_id for entry in page.entries), is_empty=page.is_empty):
            yield self._index_request(walk)
        else:
            self._run.note_walk(walk.ended(self._run.run_id, datetime.now(UTC)))

    def index_failed(self, failure: Failure) -> None:
        """End a walk whose page could not be fetched at all."""
        arguments = failure.request.cb_kwargs  # type: ignore[attr-defined] # set by Scrapy
        self._break_off(arguments["walk"], arguments["key"], trouble_of_failure(failure))

    def _break_off(self, walk: IndexWalk, key: str, trouble: Trouble) -> None:
        self._run.books.decide(key, trouble.outcome, trouble.reason)
        self._run.note_walk(walk.ended(self._run.run_id, datetime.now(UTC), trouble.reason))

    # --- Articles ----------------------------------------------------------------------------------------------------

    def _consider(
        self, address: ArticleAddress, route: Route, *, depth: int, listed_on: date | None = None
    ) -> Iterator[Request]:
        """Decide once what becomes of an article that was met; yield the request when it is to be read."""
        books, key = self._run.books, address.article_id
        is_new = books.meet(key, address.url, route, article_id=key, section=address.section, listed_on=listed_on)
        if not is_new:
            return
        if refusal := self.plan.refusal(address.section, listed_on or address.published_on):
            books.decide(key, Outcome.EXCLUDED, refusal)
            return
        known = self._run.archive.known(key)
        if known is not None and not is_due(known, datetime.now(UTC)):
            books.decide(key, Outcome.KNOWN)
            return
        if self.plan.limit is not None and self._fetched >= self.plan.limit:
            books.decide(key, Outcome.EXCLUDED, "limit")
            return
        self._fetched += 1
        yield self._article_request(Reading(address, depth), part_url(address.url, None))

    def _article_request(self, reading: Reading, url: str) -> Request:
        reading.asked.add(url)
        return Request(
            url,
            self.parse_article_page,
            errback=self.article_failed,
            priority=ARTICLE_PRIORITY,
            cb_kwargs={"reading": reading, "key": reading.address.article_id},
        )

    def parse_article_page(self, response: Response, reading: Reading, key: str) -> Iterator[Any]:
        """Read one page of an article; ask for the next part, or hand the whole article on."""
        self._answered(key, response)
        trouble = trouble_of_answer(response) or trouble_of_landing(response, key)
        if trouble is None:
            try:
                self._take_part(reading, parse_article(response.body, response.url))
            except PageError as error:
                self.logger.warning("%s: %s", response.url, error)
                trouble = Trouble(Outcome.UNPARSED, error.reason)
        if trouble is None:
            yield from self._go_on(reading)
        else:
            yield from self._without(reading, trouble)

    def article_failed(self, failure: Failure) -> Iterator[Any]:
        """Go on without a page that could not be fetched at all."""
        reading = failure.request.cb_kwargs["reading"]  # type: ignore[attr-defined] # set by Scrapy
        yield from self._without(reading, trouble_of_failure(failure))

    def _take_part(self, reading: Reading, parsed: ParsedArticle) -> None:
        reading.parts.append(parsed)
        reading.waiting += [url for url in parsed.part_urls if url not in reading.asked and url not in reading.waiting]

    def _without(self, reading: Reading, trouble: Trouble) -> Iterator[Any]:
        """Go on after a page of an article that gave nothing."""
        bare = reading.address.url
        if trouble.outcome is Outcome.GONE and not reading.parts and bare not in reading.asked:
            # `?page=all` is a service of the site, not the article's address: only the bare address proves it gone.
            yield self._article_request(reading, bare)
        elif reading.parts:
            yield from self._go_on(reading)
        else:
            self._give_up(reading, trouble)

    def _go_on(self, reading: Reading) -> Iterator[Any]:
        """Ask for the next part of an article, or hand on what was read when none is left."""
        if reading.waiting:
            yield self._article_request(reading, reading.waiting.pop(0))
            return
        parsed = merge_parts(reading.parts)
        yield Observation(
            article=parsed.article,
            links=parsed.links,
            fetched_at=datetime.now(UTC),
            discovered_by=self._run.books.routes(reading.address.article_id),
            raw_file=None,
            raw_offset=None,
        )
        yield from self._follow(parsed, reading.depth)

    def _give_up(self, reading: Reading, trouble: Trouble) -> None:
        key, run = reading.address.article_id, self._run
        if trouble.outcome is Outcome.GONE and run.archive.known(key) is not None:
            with run.storage_guard():
                run.staging.removed(
                    Removal(article_id=key, seen_at=datetime.now(UTC), status=trouble.status, reason=trouble.reason)
                )
        run.books.decide(key, trouble.outcome, trouble.reason)

    def _follow(self, parsed: ParsedArticle, depth: int) -> Iterator[Request]:
        """Take up the articles that a page links to, as far as the plan goes."""
        if depth >= self.plan.depth:
            return
        for link in parsed.links:
            route = ROUTE_OF_LINK.get(link.kind)
            if route in self.plan.follow and link.article_id is not None:
                address = parse_article_address(link.url)
                if route is not None and address is not None:
                    yield from self._consider(address, route, depth=depth + 1)

    # --- Answers that are no content ---------------------------------------------------------------------------------

    def _answered(self, key: str, response: Response) -> None:
        answer = Answer(
            status=response.status,
            size_bytes=len(response.body),
            seconds=response.meta.get("download_latency"),
        )
        self._run.books.answered(key, answer)
