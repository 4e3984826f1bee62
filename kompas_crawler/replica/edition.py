"""The imitated site at a moment of its clock: what is out, edited or gone, and the pages of articles."""

from __future__ import annotations

from collections import OrderedDict
from dataclasses import replace
from datetime import date, datetime, timedelta
from itertools import islice
from typing import Any

from kompas_crawler.replica import modernpage, oldpage
from kompas_crawler.replica.articles import Article, Desk, as_record, edits_of, removed_at, revise
from kompas_crawler.replica.clock import Clock
from kompas_crawler.replica.layoutchange import changed
from kompas_crawler.replica.newsday import Newsroom, Stub, chance, draws
from kompas_crawler.replica.page import Page
from kompas_crawler.replica.rubrics import Rubric
from kompas_crawler.replica.scripts import shell_of
from kompas_crawler.replica.troubles import Troubles

_KEPT_PAGES = 1_000


class Edition:
    """The site as a reader meets it now."""

    def __init__(self, newsroom: Newsroom, desk: Desk, clock: Clock, troubles: Troubles, *, full: bool) -> None:
        self.newsroom = newsroom
        self.desk = desk
        self.clock = clock
        self.troubles = troubles
        self._full = full
        self._pages: OrderedDict[object, str] = OrderedDict()
        self._latest: dict[tuple[str, datetime, int], tuple[Stub, ...]] = {}

    def listed(self, day: date) -> list[Stub]:
        """The articles of a day that are out and not taken down, newest first."""
        now = self.clock.now
        stubs = self.newsroom.until(now, day)
        if self.troubles.rate("deletions"):
            stubs = [stub for stub in stubs if not self.is_gone(stub)]
        return [self.shown(stub) for stub in reversed(stubs)]

    def shown(self, stub: Stub) -> Stub:
        """The article as lists show it: under the headline it has now."""
        edits = edits_of(stub, self.newsroom.seed, self.troubles.rate("edits"))
        if any(change == "title" and at <= self.clock.now for at, change in edits):
            return replace(stub, title=self.article(stub).title)
        return stub

    def find(self, day: date, article_no: str) -> Stub | None:
        """The article with this key if it is out, taken down or not."""
        stub = self.newsroom.find(day, article_no)
        return stub if stub and stub.published <= self.clock.now else None

    def is_gone(self, stub: Stub) -> bool:
        """Taken down by now."""
        at = removed_at(stub, self.newsroom.seed, self.troubles.rate("deletions"))
        return at is not None and at <= self.clock.now

    def moved_to(self, stub: Stub) -> Stub | None:
        """The article that this one redirects to; null for nearly all."""
        draw = draws(self.newsroom.seed, "moved", stub.key)
        if chance(draw, 0) >= self.troubles.rate("moved"):
            return None
        return self.newsroom.any_before(stub, draw[8:], days=30)

    def article(self, stub: Stub) -> Article:
        """The article with the edits made by now."""
        now = self.clock.now
        article = self.desk.write(stub, now)
        edits = edits_of(stub, self.newsroom.seed, self.troubles.rate("edits"))
        for number, (at, change) in enumerate(edits, 2):
            if at <= now:
                article = revise(article, change, at, number)
        return article

    def changed_at(self, stub: Stub) -> datetime:
        """When the article changed last: its last edit by now, else its publication."""
        edits = edits_of(stub, self.newsroom.seed, self.troubles.rate("edits"))
        return max((at for at, _ in edits if at <= self.clock.now), default=stub.published)

    def html(self, article: Article, part: int | None) -> str:
        """The page of an article, from a bounded store when it was made before."""
        hour = self.clock.now.replace(minute=0, second=0)
        change, shell = self._layout_change(article), self._shell(article)
        key = (article.stub.key, article.revision, article.updated, part, hour, change, shell)
        if key in self._pages:
            self._pages.move_to_end(key)
            return self._pages[key]
        page = Page(article=article, part=part, latest=self.latest(article.stub.rubric), year=hour.year,
                    is_full=self._full)  # fmt: skip
        html = (oldpage if article.layout in ("b1", "b2") else modernpage).render(page)
        html = changed(html, change) if change else html
        self._pages[key] = shell_of(html, shell) if shell else html
        if len(self._pages) > _KEPT_PAGES:
            self._pages.popitem(last=False)
        return self._pages[key]

    def latest(self, rubric: Rubric, count: int = 15) -> tuple[Stub, ...]:
        """The newest articles of a section at the last full hour, as the widget under articles shows them."""
        hour = self.clock.now.replace(minute=0, second=0)
        key = (rubric.slug, hour, count)
        if key not in self._latest:
            if len(self._latest) > 200:
                self._latest.clear()
            stream = (stub for stub in self.newsroom.backwards(hour) if stub.rubric is rubric)
            self._latest[key] = tuple(islice(stream, count))
        return self._latest[key]

    def step(self) -> None:
        """Move the clock to the moment the next article of the current day comes out, if there is one."""
        now = self.clock.now
        coming = next((stub for stub in self.newsroom.day(now.date()) if stub.published > now), None)
        if coming:
            self.clock.advance((coming.published - now).total_seconds())

    def truth(self, since: date, until: date, *, brief: bool) -> list[dict[str, Any]]:
        """What is true of every article of the days `since` to `until`, oldest first."""
        records = []
        day = since
        while day <= until:
            records += [self.record(stub, brief=brief) for stub in self.newsroom.until(self.clock.now, day)]
            day += timedelta(days=1)
        return records

    def record(self, stub: Stub, *, brief: bool = False) -> dict[str, Any]:
        """What is true of one article."""
        return as_record(self.article(stub), brief=brief, gone=self.is_gone(stub))

    def _shell(self, article: Article) -> str | None:
        parameters = self.troubles.parameters("empty_shell")
        draw = draws(self.newsroom.seed, "empty_shell", article.stub.key)
        return str(parameters["form"]) if parameters and chance(draw, 0) < parameters["rate"] else None

    def _layout_change(self, article: Article) -> str | None:
        parameters = self.troubles.parameters("layout_change")
        if parameters is None or article.stub.day.isoformat() < parameters["since"]:
            return None
        return str(parameters["form"])
