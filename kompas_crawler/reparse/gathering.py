"""Gathering: captures in the order of a file become readings of articles, each with all its parts.

The same rules as in a crawl (`answers`, `article_reading`, `contract`). Pure. In our own raw files all pages that a
run fetched of an article are one reading. Other tools know no runs: there a reading ends when it is whole, when a page
comes that it has already, or after an hour.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Final

from kompas_crawler.answers import Arrival, Received, Trouble, arrival_of, better_by_browser
from kompas_crawler.article_reading import ArticleReading
from kompas_crawler.contract import invalid_field, normalised
from kompas_crawler.items import Outcome, ParsedArticle
from kompas_crawler.reparse.captures import Capture
from kompas_crawler.site.addresses import ArticleAddress, part_url

READING_ENDS_AFTER: Final = timedelta(hours=1)
_BROKEN: Final = Trouble(Outcome.FAILED, "broken_encoding")


@dataclass(slots=True)
class Gathered:
    """One reading of an article."""

    address: ArticleAddress
    run_id: str | None
    reading: ArticleReading
    latest_at: datetime
    """When its last page came."""
    pages: int = 0
    size_bytes: int = 0
    status: int | None = None
    """Of the last page."""
    places: list[tuple[str, str, int]] = field(default_factory=list)
    shell: tuple[Capture, Arrival] | None = None
    """A page without text, which a browser may have shown with it: that comes next, if at all."""

    @property
    def is_whole(self) -> bool:
        """Whether nothing that comes can add to it."""
        return self.shell is None and self.reading.came_at_once

    @property
    def is_settled(self) -> bool:
        """Whether its pages together are all of the article, or show that it is gone."""
        if self.reading.waiting:
            return False
        parts = self.reading.parts
        return not parts or parts[0].part is None or len(parts) >= parts[0].article.page_count

    def take(self, capture: Capture) -> None:
        """Take one page of it."""
        self.pages += 1
        self.latest_at = capture.fetch.at
        if capture.place is not None:
            self.places.append(capture.place)
        self.reading.ask(part_url(self.reading.url, capture.address.part))
        arrival = _arrival(capture)
        if capture.received is not None:
            self.status, self.size_bytes = capture.received.status, self.size_bytes + len(capture.received.body)
        if capture.is_rendered and self.shell is not None:
            plain, shown = self.shell[1], better_by_browser(self.shell[1], arrival)
            self.reading.take(shown, self.shell[0].fetch if shown is plain else capture.fetch)
            self.shell = None
            return
        self.show_shell()
        if capture.is_rendered:
            self.reading.take(better_by_browser(arrival, arrival), capture.fetch)
        elif arrival.lacks_text:
            self.shell = capture, arrival
        else:
            self.reading.take(arrival, capture.fetch)

    def show_shell(self) -> None:
        """Take a page without text as it came: no browser showed it."""
        if self.shell is not None:
            capture, arrival = self.shell
            self.shell = None
            self.reading.take(arrival, capture.fetch)

    def result(self) -> ParsedArticle | Trouble:
        """Return the article as it is stored, or why there is none."""
        self.show_shell()
        result = self.reading.result()
        if isinstance(result, Trouble):
            return result
        field_ = invalid_field(result.article)
        if field_ is not None:
            return Trouble(Outcome.UNPARSED, f"invalid_{field_}", self.status)
        return replace(result, article=normalised(result.article))

    @property
    def at(self) -> datetime:
        """When the article was read; where nothing of it was, when its last page came."""
        return self.reading.fetch.at if self.reading.parts else self.latest_at


def _arrival(capture: Capture) -> Arrival:
    if capture.leads_to is not None:
        return Arrival(None, Trouble(Outcome.GONE, "redirected", _received(capture).status))
    if capture.received is None:
        return Arrival(None, _BROKEN)
    return arrival_of(capture.received, capture.address.article_id)


def _received(capture: Capture) -> Received:
    if capture.received is None:
        raise ValueError(f"{capture.address.url} has no body that can be read")
    return capture.received


@dataclass(slots=True)
class Gathering:
    """The readings of one unit that are under way."""

    _open: dict[tuple[str, str], Gathered] = field(default_factory=dict)
    _closed: set[tuple[str, str]] = field(default_factory=set)

    def take(self, capture: Capture) -> Iterator[Gathered | str]:
        """Take a page; yield the readings that have ended with it, or the word why it belongs to none."""
        key = (capture.run_id or "", capture.address.article_id)
        if key in self._closed:
            yield "repeated"
            return
        if capture.leads_to == capture.address.article_id:
            yield "redirect"
            return
        held = self._open.get(key)
        if held is not None and capture.run_id is None and _begins_anew(held, capture):
            yield self._open.pop(key)
            held = None
        if held is None:
            reading = ArticleReading(capture.address.url)
            held = Gathered(capture.address, capture.run_id, reading, capture.fetch.at)
            self._open[key] = held
        held.take(capture)
        if held.is_whole:
            yield self._open.pop(key)
            if capture.run_id is not None:
                self._closed.add(key)

    def rest(self) -> Iterator[Gathered]:
        """Yield the readings that nothing has ended."""
        while self._open:
            _, gathered = self._open.popitem()
            yield gathered


def _begins_anew(held: Gathered, capture: Capture) -> bool:
    """Return whether a page that another tool fetched begins another reading of the article."""
    if capture.is_rendered:
        return False
    has_it = capture.address.part in {one.part for one in held.reading.parts}
    return has_it or held.shell is not None or abs(capture.fetch.at - held.latest_at) > READING_ENDS_AFTER
