"""Articles: what becomes of each one that is met, and how its pages are read until it is whole.

Whatever the route, an article is decided upon here, once in a run. What its page means is the business of
`kompas_crawler.site`; when a held one is due, of `revisits`.
"""

from __future__ import annotations

import logging
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Any

from scrapy import Request
from scrapy.http import Response
from twisted.python.failure import Failure

from kompas_crawler.answers import Arrival, Trouble, arrival_of, better_by_browser
from kompas_crawler.archive import Known, Observation, Removal, Sighting
from kompas_crawler.archive.agenda import Held, Validators
from kompas_crawler.archive.announcements import Told
from kompas_crawler.archive.quarantine import REASON as QUARANTINED
from kompas_crawler.article_reading import ArticleReading, Fetch
from kompas_crawler.books import Answer
from kompas_crawler.budgets import PRIORITIES, Budget, Purpose
from kompas_crawler.extensions import RunKeeper
from kompas_crawler.items import LinkKind, Listing, Outcome, PageKind, ParsedArticle, Route
from kompas_crawler.listed import article_of_listing, says_otherwise
from kompas_crawler.plan import Content, Plan
from kompas_crawler.raw_pages import answer_of, fetch_of, raw_of
from kompas_crawler.rendering.marks import Growth
from kompas_crawler.rendering.middleware import RenderingMiddleware
from kompas_crawler.revisits import LIST_LAYOUT, Revisits
from kompas_crawler.site.addresses import ArticleAddress, parse_article_address
from kompas_crawler.site.dates import wib_day
from kompas_crawler.site.listings import Excluded
from kompas_crawler.spiders.troubles import received, trouble_of_failure
from kompas_crawler.trust import Trust

logger = logging.getLogger(__name__)

NEW_ARTICLE_PRIORITY = 10
"""Articles before further list pages: what is listed is read before more is listed."""

ROUTE_OF_LINK = {
    LinkKind.BACA_JUGA: Route.BACA_JUGA,
    LinkKind.TERKINI: Route.TERKINI,
    LinkKind.TERKAIT: Route.TERKAIT,
}

NOT_MODIFIED = 304


@dataclass(slots=True)
class Reading:
    """An article that is being read, and why."""

    address: ArticleAddress
    depth: int
    purpose: Purpose
    pages: ArticleReading = field(init=False)

    def __post_init__(self) -> None:
        self.pages = ArticleReading(self.address.url)


class Articles:
    """Takes up articles and reads them."""

    def __init__(
        self,
        run: RunKeeper,
        plan: Plan,
        revisits: Revisits,
        trust: Trust,
        budget: Budget,
        rendering: RenderingMiddleware | None,
    ) -> None:
        self._rendering = rendering
        self._trust = trust
        self._run = run
        self._plan = plan
        self._revisits = revisits
        self._budget = budget
        self._fetched = 0

    # --- Decided upon ------------------------------------------------------------------------------------------------

    def take_up(
        self,
        address: ArticleAddress,
        route: Route,
        *,
        depth: int = 0,
        in_window: bool = True,
        listed_on: date | None = None,
        listing: Listing | None = None,
    ) -> Iterator[Request | Observation]:
        """Decide what becomes of an article that was met; yield what is to be done for it, if anything.

        With `in_window` the day in its address must lie in the window. `listing` is what a list says of it.
        """
        books, key = self._run.books, address.article_id
        if in_window and self._run.lane.is_of_others(address, route, self._plan.since, self._plan.until):
            return
        if not books.meet(key, address.url, route, article_id=key, section=address.section, listed_on=listed_on):
            return
        if refusal := self._refusal(address, route, in_window=in_window):
            books.decide(key, Outcome.EXCLUDED, refusal)
            return
        known = self._run.archive.known(key)
        if self._run.archive.is_quarantined(key):
            if known is None:
                books.decide(key, Outcome.EXCLUDED, QUARANTINED)
            else:
                books.decide(key, Outcome.KNOWN)
            return
        if self._plan.content is Content.METADATA:
            yield from self._keep_listing(key, known, listing)
            return
        if known is None or known.layout == LIST_LAYOUT:
            yield from self._read(Reading(address, depth, Purpose.NEW))
            return
        is_due = self._revisits.is_due(known, self._run.now(), told=self._told(key))
        if not (is_due or self._is_told_otherwise(known, listing)) or not self._budget.allows(Purpose.REVISIT):
            books.decide(key, Outcome.KNOWN)
            return
        yield from self._read(Reading(address, depth, Purpose.REVISIT), known)

    def leave_out(self, excluded: Iterable[Excluded], route: Route) -> None:
        """Note items of a list that are no articles of the site."""
        for one in excluded:
            if self._run.books.meet(one.url, one.url, route, page_kind=PageKind.OTHER):
                self._run.books.decide(one.url, Outcome.EXCLUDED, one.reason)

    def _refusal(self, address: ArticleAddress, route: Route, *, in_window: bool) -> str | None:
        if route is Route.GIVEN:
            return None
        if address.published_on > wib_day(self._run.now()) + timedelta(days=1):
            return "future_date"
        if in_window:
            return self._plan.refusal(address.section, address.published_on)
        return None if self._plan.keeps_section(address.section) else "other_section"

    def is_due(self, held: Held) -> bool:
        """Return whether a held article is to be looked at by now."""
        return self._revisits.is_due(held.known, self._run.now(), held.failed_at, self._told(held.known.article_id))

    def _told(self, key: str) -> Told | None:
        """Return what a sitemap said of an article; null where that is not to be believed, or none did."""
        return self._run.notes.told(key) if self._trust.covers(key) else None

    def is_advised(self, key: str) -> bool:
        """Return whether what sitemaps say decides when an article is looked at."""
        return self._trust.covers(key)

    def look_again(self, address: ArticleAddress) -> Iterator[Request | Observation]:
        """Yield the request for a look at a held article, unless this run read it already or may not ask for more.

        One that a link or a list named, and that was left alone since it is none of the window's, is due all the same.
        """
        books, key = self._run.books, address.article_id
        is_settled = key in books and not books.is_excluded(key)
        if is_settled or not self._plan.keeps_section(address.section):
            return
        if self._plan.content is Content.METADATA or not self._budget.allows(Purpose.REVISIT):
            return
        if self._run.archive.is_quarantined(key):
            return
        books.meet(key, address.url, Route.REVISIT, article_id=key, section=address.section)
        yield from self._read(Reading(address, self._plan.depth, Purpose.REVISIT), self._run.archive.known(key))

    def _is_told_otherwise(self, known: Known, listing: Listing | None) -> bool:
        """Return whether a list prints another headline than the archive holds."""
        rests = self._run.now() - known.last_seen_at < self._revisits.after_hint
        return bool(self._revisits.marks) and not rests and listing is not None and says_otherwise(listing, known)

    def _keep_listing(self, key: str, known: Known | None, listing: Listing | None) -> Iterator[Request | Observation]:
        """Yield what a list says of an article as all that is kept of it."""
        if known is not None:
            self._run.books.decide(key, Outcome.KNOWN)
            return
        article = article_of_listing(listing) if listing is not None else None
        if article is None:
            self._run.books.decide(key, Outcome.EXCLUDED, "untitled")
            return
        if self._is_over_limit():
            self._run.books.decide(key, Outcome.EXCLUDED, "limit")
            return
        self._fetched += 1
        yield self._observation(article, key, Fetch(self._run.now()))

    # --- Read --------------------------------------------------------------------------------------------------------

    def _read(self, reading: Reading, known: Known | None = None) -> Iterator[Request | Observation]:
        """Yield the first request for an article, as far as the bounds of the run allow it."""
        key = reading.address.article_id
        if self._is_over_limit():
            self._run.books.decide(key, Outcome.EXCLUDED, "limit")
            return
        if not self._budget.allows(reading.purpose):
            self._run.books.decide(key, Outcome.EXCLUDED, "budget")
            return
        self._fetched += 1
        self._run.books.expect(key)
        request = self._request(reading, reading.pages.begin())
        if known is not None and not self._trust.covers(key):
            self._run.notes.expect_look(key, known.last_seen_at)
        if known is not None and not known.is_gone:
            self._make_conditional(request, key)
        yield request

    def _is_over_limit(self) -> bool:
        return self._plan.limit is not None and self._fetched >= self._plan.limit

    def _make_conditional(self, request: Request, key: str) -> None:
        agenda = self._run.archive.agenda()
        validators = agenda.validators(key) if agenda is not None else None
        if validators is not None and validators.etag:
            request.headers["If-None-Match"] = validators.etag
        elif validators is not None and validators.last_modified:
            request.headers["If-Modified-Since"] = validators.last_modified

    def _request(self, reading: Reading, url: str) -> Request:
        self._budget.spend(reading.purpose)
        is_new = reading.purpose is Purpose.NEW
        return Request(
            url,
            self.read_page,
            errback=self.failed,
            priority=NEW_ARTICLE_PRIORITY if is_new else PRIORITIES[reading.purpose],
            cb_kwargs={"reading": reading, "key": reading.address.article_id},
        )

    def read_page(self, response: Response, reading: Reading, key: str) -> Iterator[Any]:
        """Read one page of an article; ask for the next part, or hand the whole article on."""
        note_answer(self._run, key, response)
        if response.status == NOT_MODIFIED and _is_conditional(response.request):
            self._confirm(key)
            return
        arrival = self._arrival(response, key)
        self._run.specimens.note(reading.address, response.body, arrival.parsed, raw_of(response))
        if arrival.lacks_text and (again := self._by_browser(response, reading, arrival)) is not None:
            yield again
            return
        reading.pages.take(arrival, fetch_of(response))
        if arrival.parsed is not None:
            self._note_validators(reading, response)
        yield from self._go_on(reading)

    @staticmethod
    def _arrival(response: Response, key: str) -> Arrival:
        arrival = arrival_of(received(response), key)
        if arrival.trouble is not None and arrival.trouble.message is not None:
            logger.warning("%s", arrival.trouble.message)
        return arrival

    def _by_browser(self, response: Response, reading: Reading, arrival: Arrival) -> Request | None:
        """Return the request for a page as a browser shows it; null where none is used or none is there."""
        if self._rendering is None:
            return None
        arguments = {"reading": reading, "key": reading.address.article_id, "arrival": arrival}
        request = Request(
            response.url,
            self.read_rendered,
            errback=self.not_rendered,
            priority=NEW_ARTICLE_PRIORITY,
            cb_kwargs=arguments | {"fetch": fetch_of(response)},
        )
        again = self._rendering.ask(request, Growth.SETTLED)
        if again is not None:
            self._budget.spend(reading.purpose)
        return again

    def read_rendered(
        self, response: Response, reading: Reading, key: str, arrival: Arrival, fetch: Fetch
    ) -> Iterator[Any]:
        """Read a page that a browser rendered; what came without one stands where that gave no text either."""
        shown = better_by_browser(arrival, self._arrival(response, key))
        reading.pages.take(shown, fetch if shown is arrival else fetch_of(response))
        yield from self._go_on(reading)

    def not_rendered(self, failure: Failure) -> Iterator[Any]:
        """Go on with a page as it came, which no browser could show; where the run is ending, the next one tries."""
        arguments = failure.request.cb_kwargs  # type: ignore[attr-defined] # set by Scrapy
        trouble = trouble_of_failure(failure)
        if trouble.reason == "stopped":
            yield from self._without(arguments["reading"], trouble)
            return
        logger.warning("%s", failure.value)
        arguments["reading"].pages.take(arguments["arrival"], arguments["fetch"])
        yield from self._go_on(arguments["reading"])

    def failed(self, failure: Failure) -> Iterator[Any]:
        """Go on without a page that could not be fetched at all."""
        request: Request = failure.request  # type: ignore[attr-defined] # set by Scrapy
        reading: Reading = request.cb_kwargs["reading"]
        if (raw := raw_of(request)) is not None and not reading.pages.parts:  # it came, and could not be unpacked
            self._run.books.answered(reading.address.article_id, Answer(raw=raw))
        yield from self._without(reading, trouble_of_failure(failure))

    def _confirm(self, key: str) -> None:
        """Note that a held article is unchanged, on the server's word."""
        seen_at = self._run.now()
        with self._run.storage_guard():
            self._run.staging.sighted(Sighting(article_id=key, seen_at=seen_at, discovered_by=self._routes(key)))
        self._run.books.decide(key, Outcome.UNCHANGED, at=seen_at)

    def _note_validators(self, reading: Reading, response: Response) -> None:
        """Keep the validators of a page that held the whole article: "not modified" must speak of all of it."""
        if not reading.pages.came_at_once:
            return
        values = (response.headers.get(name) for name in ("ETag", "Last-Modified"))
        etag, modified = (value.decode("latin-1") if value else None for value in values)
        if etag or modified:
            self._run.notes.validators(reading.address.article_id, Validators(etag, modified))

    def _without(self, reading: Reading, trouble: Trouble) -> Iterator[Any]:
        """Go on after a page of an article that could not be had."""
        reading.pages.miss(trouble)
        yield from self._go_on(reading)

    def _go_on(self, reading: Reading) -> Iterator[Any]:
        """Ask for the next page of an article, or hand on what was read when none is left."""
        url = reading.pages.next_url()
        if url is not None:
            yield self._request(reading, url)
            return
        result = reading.pages.result()
        if isinstance(result, Trouble):
            self._give_up(reading, result)
            return
        yield self._observation(result, reading.address.article_id, reading.pages.fetch)
        yield from self._follow(result, reading.depth)

    def _routes(self, key: str) -> tuple[Route, ...]:
        """Return the routes by which this run found an article; that it is held already is none."""
        return tuple(route for route in self._run.books.routes(key) if route is not Route.REVISIT)

    def _observation(self, parsed: ParsedArticle, key: str, fetch: Fetch) -> Observation:
        return Observation(
            article=parsed.article,
            links=parsed.links,
            fetched_at=fetch.at,
            discovered_by=self._routes(key),
            raw_file=fetch.raw_file,
            raw_offset=fetch.raw_offset,
        )

    def _give_up(self, reading: Reading, trouble: Trouble) -> None:
        key, run = reading.address.article_id, self._run
        seen_at = run.now()
        if trouble.outcome is Outcome.GONE and run.archive.known(key) is not None:
            with run.storage_guard():
                run.staging.removed(
                    Removal(article_id=key, seen_at=seen_at, status=trouble.status, reason=trouble.reason)
                )
        run.books.decide(key, trouble.outcome, trouble.reason, at=seen_at)

    def _follow(self, parsed: ParsedArticle, depth: int) -> Iterator[Any]:
        """Take up the articles that a page links to, as far as the plan goes."""
        if depth >= self._plan.depth:
            return
        for link in parsed.links:
            route = ROUTE_OF_LINK.get(link.kind)
            if route in self._plan.follow and link.article_id is not None:
                address = parse_article_address(link.url)
                if route is not None and address is not None:
                    yield from self.take_up(address, route, depth=depth + 1)


def _is_conditional(request: Request | None) -> bool:
    """Return whether "not modified" answers what was asked: nobody who did not ask holds what it speaks of."""
    return request is not None and any(name in request.headers for name in ("If-None-Match", "If-Modified-Since"))


def note_answer(run: RunKeeper, key: str, response: Response) -> None:
    """Enter in the books what came back for an address."""
    run.books.answered(key, answer_of(response))
