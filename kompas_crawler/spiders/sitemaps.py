"""The sitemaps of the sections: what came out of late, and what changed, as the site tells search engines.

Of its two kinds the news sitemaps print headlines, the plain ones (`web`) may print when each article changed
(`lastmod`).
"""

from __future__ import annotations

import logging
from collections.abc import Iterator, Sequence
from typing import Any
from urllib.parse import urlsplit

from scrapy import Request
from scrapy.http import Response
from twisted.python.failure import Failure

from kompas_crawler.answers import Trouble, trouble_of_answer
from kompas_crawler.archive.announcements import Told
from kompas_crawler.budgets import PRIORITIES, Budget, Purpose
from kompas_crawler.errors import PageError
from kompas_crawler.extensions import RunKeeper
from kompas_crawler.items import Outcome, PageKind, Route
from kompas_crawler.plan import Plan
from kompas_crawler.repeats import NO_HTML
from kompas_crawler.site.addresses import clean_url, parse_article_address
from kompas_crawler.site.sections import section_of_name
from kompas_crawler.site.sitemaps import Sitemap, SitemapRef, parse_sitemap
from kompas_crawler.spiders.articles import Articles, note_answer
from kompas_crawler.spiders.troubles import received, trouble_of_failure

logger = logging.getLogger(__name__)

ROOT = "https://www.kompas.com/sitemap.xml"
"""The index of all sitemaps, as robots.txt names it."""

DEEPEST = 2
"""Indexes of sitemaps are followed so far: the root names indexes or sitemaps, these name sitemaps."""

MOST_FILES = 500
"""So many sitemaps are read in one run; the site names two for each section. An index may name fifty thousand."""


OLDER_NAMED = 3
"""A sitemap that leaves an article out and names so many older ones means it: it has not just moved out of reach."""

DATED_SITEMAPS = "dated_sitemaps"
"""Name of the chore that is done when plain sitemaps were read, …"""
DATED = "sitemaps_are_dated"
"""… and of the one that is done when one of them told when an article changed."""


class SitemapRoute:
    """Reads the index of sitemaps and a sitemap of each section that is kept: the plain ones with `dated`, else the
    news sitemaps."""

    def __init__(self, run: RunKeeper, articles: Articles, plan: Plan, budget: Budget, *, dated: bool) -> None:
        self._dated = dated
        self._asked: list[str] = []
        self._run = run
        self._articles = articles
        self._plan = plan
        self._budget = budget

    def read(self) -> Iterator[Request]:
        """Yield the request for the index of sitemaps."""
        if self._dated:
            self._run.notes.chore(DATED_SITEMAPS)
        yield from self._ask(ROOT, depth=0)

    @property
    def is_reading(self) -> bool:
        """Whether a file that was asked for has not been read yet."""
        return any(self._run.books.is_open(url) for url in self._asked)

    def _ask(self, url: str, depth: int) -> Iterator[Request]:
        if self._budget.is_spent or not self._run.books.meet(url, url, None, page_kind=PageKind.SITEMAP):
            return
        self._budget.spend(Purpose.NEW)
        self._asked.append(url)
        yield Request(
            url,
            self.read_page,
            errback=self.failed,
            priority=PRIORITIES[Purpose.NEW],
            meta=dict(NO_HTML),
            cb_kwargs={"key": url, "depth": depth},
        )

    def read_page(self, response: Response, key: str, depth: int) -> Iterator[Any]:
        """Read one file: turn to the sitemaps it names, take up the articles it lists."""
        note_answer(self._run, key, response)
        trouble = trouble_of_answer(received(response), expects_html=False)
        if trouble is not None:
            self._run.books.decide(key, trouble.outcome, trouble.reason)
            return
        try:
            sitemap = parse_sitemap(response.body, response.url)
        except PageError as error:
            logger.warning("%s: %s", response.url, error)
            self._run.books.decide(key, Outcome.UNPARSED, error.reason)
            return
        chosen = self._chosen(sitemap.sitemaps) if depth < DEEPEST else []
        further = list(self._turn_to(chosen, depth + 1))
        self._run.books.decide(key, Outcome.READ)
        yield from further
        self._note_word(sitemap, key)
        yield from self._take_up(sitemap)
        yield from self._look_for_missing(sitemap, key)

    def _turn_to(self, references: Sequence[SitemapRef], depth: int) -> Iterator[Request]:
        for reference in references:
            if len(self._asked) >= MOST_FILES:
                logger.warning("An index names %d sitemaps; no more than %d are read", len(references), MOST_FILES)
                return
            yield from self._ask(clean_url(reference.url), depth)

    def _chosen(self, references: Sequence[SitemapRef]) -> list[SitemapRef]:
        """Return the sitemaps to read: of the sections that are kept, and one kind where there are two kinds."""
        kept = [reference for reference in references if self._is_kept(reference.url)]
        return [reference for reference in kept if ("/news/" in urlsplit(reference.url).path) != self._dated] or kept

    def _is_kept(self, url: str) -> bool:
        section = section_of_sitemap(url)
        return section is None or self._plan.keeps_section(section)

    def _take_up(self, sitemap: Sitemap) -> Iterator[Any]:
        self._articles.leave_out(sitemap.excluded, Route.SITEMAP)
        for entry in sitemap.entries:
            address = parse_article_address(entry.url)
            if address is not None:
                yield from self._articles.take_up(address, Route.SITEMAP, listing=entry)

    def _note_word(self, sitemap: Sitemap, url: str) -> None:
        """Keep when the articles changed, as a sitemap says."""
        if sitemap.changed_at:
            self._run.notes.chore(DATED)
        for article_id, changed_at in sitemap.changed_at.items():
            self._run.notes.tell(article_id, url, Told(self._run.now(), changed_at))

    def _look_for_missing(self, sitemap: Sitemap, url: str) -> Iterator[Any]:
        """Look at articles that a sitemap named before and leaves out now: they may have been removed."""
        announcements = self._run.notes.announcements
        published = sorted(entry.published_at for entry in sitemap.entries)
        if announcements is None or not sitemap.changed_at or len(published) <= OLDER_NAMED:
            return
        named = {entry.article_id for entry in sitemap.entries}
        for article_id, address_text in announcements.named(url, published[OLDER_NAMED]).items():
            address = parse_article_address(address_text)
            if article_id not in named and address is not None:
                self._run.notes.tell(article_id, url, Told(self._run.now(), None, is_named=False))
                if self._articles.is_advised(article_id):
                    yield from self._articles.look_again(address)

    def failed(self, failure: Failure) -> None:
        """Note a file that could not be fetched at all."""
        trouble: Trouble = trouble_of_failure(failure)
        key = failure.request.cb_kwargs["key"]  # type: ignore[attr-defined] # set by Scrapy
        self._run.books.decide(key, trouble.outcome, trouble.reason)


def section_of_sitemap(url: str) -> str | None:
    """Return the section whose sitemap an address names; null when it names none that is known.

    >>> section_of_sitemap("https://nasional.kompas.com/news/sitemap.xml")
    'nasional'
    >>> section_of_sitemap("https://www.kompas.com/global/news/sitemap.xml")
    'global'
    >>> section_of_sitemap("https://www.kompas.com/sitemap-2.xml") is None
    True
    """
    parts = urlsplit(url)
    label = (parts.hostname or "").partition(".")[0]
    segment = parts.path.strip("/").partition("/")[0]
    return section_of_name(segment if label in ("www", "kompas") else label)
