"""What changed after publication: how much, of which kind, how soon, and headlines before and after.

Knows superseded revisions. Refuses to count what no second look could have found: shares are of articles that were
read at least twice.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

import pyarrow as pa
import pyarrow.compute as pc

from kompas_crawler.archive.months import day_of_key
from kompas_crawler.archive.selection import Window
from kompas_crawler.items import ChangeKind
from kompas_crawler.report.articles import DAY, HOUR
from kompas_crawler.report.reading import Source

EDITORIAL: Final = (ChangeKind.TITLE, ChangeKind.BODY, ChangeKind.CREDIT, ChangeKind.DATE)
"""Changes that a reader could notice."""
AGES: Final = (HOUR, 6 * HOUR, DAY, 2 * DAY, 7 * DAY, 31 * DAY)
"""Upper ends, in seconds, of the classes of time from publication to the look that found an edit; and one more."""
HEADLINES: Final = 40
"""Headline changes that are shown, the latest ones."""


@dataclass(frozen=True, slots=True)
class Headline:
    """A headline that was changed."""

    article_id: str
    url: str
    section: str
    before: str
    after: str
    published_at: datetime
    found_at: datetime


@dataclass(frozen=True, slots=True)
class Edits:
    """What changed after publication."""

    kinds: Mapping[str, int]
    """Superseded revisions by what ended them."""
    classes: tuple[int, ...]
    """Editorial changes by class of `AGES`."""
    by_section: Mapping[str, int]
    """Articles with an editorial change."""
    headlines: tuple[Headline, ...]
    """The latest changes of a headline, newest first."""

    @property
    def articles(self) -> int:
        """How many articles had an editorial change."""
        return sum(self.by_section.values())


def edits_of(source: Source) -> Edits:
    """Return what changed in the articles of the window."""
    kinds: Counter[str] = Counter()
    ages: Counter[int] = Counter()
    edited: dict[str, set[str]] = {}
    renamed: list[tuple[datetime, str, int]] = []
    columns = ("article_id", "section", "revision", "published_at", "replaced_at", "change_kind")
    for chunk in source.chunks("revisions", columns):
        kinds.update(chunk["change_kind"].to_pylist())
        rows = chunk.filter(pc.is_in(chunk["change_kind"], pa.array([str(kind) for kind in EDITORIAL])))
        for row in rows.to_pylist():
            edited.setdefault(row["section"], set()).add(row["article_id"])
            age = (row["replaced_at"] - row["published_at"]).total_seconds()
            ages[sum(age > limit for limit in AGES)] += 1
            if row["change_kind"] == ChangeKind.TITLE:
                renamed.append((row["replaced_at"], row["article_id"], row["revision"]))
        renamed = sorted(renamed, reverse=True)[:HEADLINES]
    return Edits(
        kinds=kinds,
        classes=tuple(ages[index] for index in range(len(AGES) + 1)),
        by_section={section: len(articles) for section, articles in edited.items()},
        headlines=tuple(_headlines(source, renamed)),
    )


def _headlines(source: Source, renamed: list[tuple[datetime, str, int]]) -> Iterator[Headline]:
    """Yield the titles before and after each change: that of the next revision which is kept, else the current one."""
    keys = sorted({key for _, key, _ in renamed})
    if not keys:
        return
    days = [day_of_key(key) for key in keys]
    # An article lies in the month of its publication, which the key all but always names.
    near = Source(source.storage, Window(since=min(days), until=max(days)))
    columns = ("article_id", "revision", "title", "url", "section", "published_at")
    chosen = pc.field("article_id").isin(pa.array(keys))
    kept: dict[str, list[dict[str, Any]]] = {}
    for table in ("revisions", "articles"):
        for chunk in near.chunks(table, columns, chosen):
            for row in chunk.to_pylist():
                kept.setdefault(row["article_id"], []).append(row)
    for found_at, key, revision in renamed:
        before = next((row for row in kept.get(key, ()) if row["revision"] == revision), None)
        later = sorted(
            (row for row in kept.get(key, ()) if row["revision"] > revision), key=lambda row: row["revision"]
        )
        if before is not None and later:
            titles = (before["title"], later[0]["title"])
            yield Headline(key, before["url"], before["section"], *titles, before["published_at"], found_at)
