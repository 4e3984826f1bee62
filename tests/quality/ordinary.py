"""Rows of ordinary runs for the tests of the gate: pages of the replica, parsed without a crawl."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from kompas_crawler.errors import PageError
from kompas_crawler.items import Article
from kompas_crawler.quality import Baseline, Counts, Verdict, count, judge
from kompas_crawler.replica.articles import Desk
from kompas_crawler.replica.clock import Clock, parse_moment
from kompas_crawler.replica.edition import Edition
from kompas_crawler.replica.newsday import Newsroom
from kompas_crawler.replica.troubles import Troubles
from kompas_crawler.site import parse_article

Row = dict[str, Any]


@dataclass(frozen=True)
class Batch:
    """What one run read."""

    rows: list[Row]
    unparsed: list[str]
    """Sections of the pages that became no row."""

    def counts(self, baseline: Baseline) -> Counts:
        return count(self.rows, baseline.limits, self.unparsed)

    def verdict(self, baseline: Baseline) -> Verdict:
        return judge(self.counts(baseline), baseline)


def row_of(article: Article) -> Row:
    """The row as the archive would hold it, as far as the page fills it."""
    return {name: getattr(article, name) for name in Article.__slots__}


class Site:
    """The imitated site at a moment after everything the tests ask for."""

    def __init__(self, seed: int, layouts: str, articles_per_day: int = 240) -> None:
        self.newsroom = Newsroom(seed, articles_per_day)
        self.troubles = Troubles(seed)
        self._clock = Clock(parse_moment("2026-10-01"))
        self._edition = Edition(self.newsroom, Desk(self.newsroom, layouts), self._clock, self.troubles, full=False)

    def batch(self, since: datetime, until: datetime) -> Batch:
        """What a run reads that finds the articles of some hours, WIB."""
        rows, unparsed = [], []
        for stub in self._published(since, until):
            page = self._edition.html(self._edition.article(stub), None)
            try:
                rows.append(row_of(parse_article(page.encode(), stub.url).article))
            except PageError:
                unparsed.append(stub.rubric.slug)
        return Batch(rows, unparsed)

    def _published(self, since: datetime, until: datetime) -> Iterator[Any]:
        day = since.date()
        while day <= until.date():
            yield from (stub for stub in self.newsroom.day(day) if since <= stub.published < until)
            day += timedelta(days=1)


def at(day: date, hour: float) -> datetime:
    """An hour of a WIB day."""
    return parse_moment(f"{day}T00:00") + timedelta(hours=hour)
