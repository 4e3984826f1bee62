"""The pages of one article, taken one after the other until it is whole, or it is certain that it cannot be had.

Pure: arrivals in, the next address or the result out. The same for a crawl, which asks for the next address, and for
raw pages that are read again, which holds what a crawl was given.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import datetime

from kompas_crawler.answers import Arrival, Trouble
from kompas_crawler.items import Outcome, ParsedArticle
from kompas_crawler.site import merge_parts
from kompas_crawler.site.addresses import part_url


@dataclass(frozen=True, slots=True)
class Fetch:
    """When a page came, and where it is kept."""

    at: datetime
    """Aware."""
    raw_file: str | None = None
    """The WARC file that holds it; null when none is kept."""
    raw_offset: int | None = None


@dataclass(slots=True)
class ArticleReading:
    """An article that is being read: its parts so far, and the addresses that are still to be asked for."""

    url: str
    """Canonical address of the article."""
    parts: list[ParsedArticle] = field(default_factory=list)
    waiting: list[str] = field(default_factory=list)
    trouble: Trouble | None = None
    """Why the last page that gave nothing did so."""
    fetches: list[Fetch] = field(default_factory=list)
    """Of the parts, one for each."""
    _asked: set[str] = field(default_factory=set)

    def begin(self) -> str:
        """Return the address to ask for first: that of the whole article."""
        return self.ask(part_url(self.url, None))

    def ask(self, url: str) -> str:
        """Note that an address is asked for, and return it."""
        self._asked.add(url)
        if url in self.waiting:
            self.waiting.remove(url)
        return url

    def next_url(self) -> str | None:
        """Return the next address to ask for; null when everything was."""
        return self.ask(self.waiting[0]) if self.waiting else None

    def take(self, arrival: Arrival, fetch: Fetch) -> None:
        """Take what a page was, and its fetch."""
        if arrival.parsed is not None:
            self.parts.append(arrival.parsed)
            self.fetches.append(fetch)
            self.waiting += [
                url for url in arrival.parsed.part_urls if url not in self._asked and url not in self.waiting
            ]
        elif arrival.trouble is not None:
            self.miss(arrival.trouble)

    def miss(self, trouble: Trouble) -> None:
        """Take that a page gave nothing."""
        self.trouble = trouble
        if trouble.outcome is Outcome.GONE and not self.parts and self.url not in self._asked:
            # `?page=all` is a service of the site, not the article's address: only the bare address proves it gone.
            self.waiting.append(self.url)

    @property
    def came_at_once(self) -> bool:
        """Whether one page held the whole article, with its text."""
        if len(self.parts) != 1 or self.waiting:
            return False
        article = self.parts[0].article
        return article.is_complete and bool(article.body)

    @property
    def fetch(self) -> Fetch:
        """When the article was read (with its last part), and where the page is kept that title and times are from.

        Raises `ValueError` before any part was read.
        """
        leading = min(range(len(self.parts)), key=lambda number: self.parts[number].part or 0)
        return replace(self.fetches[leading], at=max(fetch.at for fetch in self.fetches))

    def result(self) -> ParsedArticle | Trouble:
        """Return the article as far as it was read, or why nothing of it was. Raises `ValueError` before any page."""
        if self.parts:
            return merge_parts(self.parts)
        if self.trouble is None:
            raise ValueError(f"no page of {self.url} was taken")
        return self.trouble
