"""Announcements: what sitemaps said of articles (`lastmod`), beside what looks at these articles found.

Notes in the index, like those of the agenda: nothing is lost with them, and a rebuilt index begins without. A look is
judged when a sitemap has been read after it: did that know of the change? Refuses to know how far sitemaps are believed
(`trust`).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from kompas_crawler.archive.index import Index, instant_of, micros_of, troubles

KEPT_FOR: Final = timedelta(days=31)
"""Notes older than this are dropped."""

_TOLD: Final = """
CREATE TABLE IF NOT EXISTS told (
    article_id TEXT PRIMARY KEY, sitemap TEXT NOT NULL, read_at INTEGER NOT NULL, changed_at INTEGER,
    is_named INTEGER NOT NULL
) WITHOUT ROWID
"""
_LOOKS: Final = """
CREATE TABLE IF NOT EXISTS looks (
    article_id TEXT, seen_at INTEGER NOT NULL, looked_at INTEGER, is_changed INTEGER NOT NULL, is_announced INTEGER,
    PRIMARY KEY (article_id, looked_at)
) WITHOUT ROWID
"""
# A `lastmod` after the look speaks of a later change, and says nothing on whether an earlier one was announced.
_JUDGE: Final = """
UPDATE looks SET is_announced = NOT told.is_named OR told.changed_at > looks.seen_at FROM told
WHERE told.article_id = looks.article_id AND told.read_at >= looks.looked_at AND looks.is_announced IS NULL
    AND ((told.is_named AND told.changed_at <= looks.looked_at) OR (NOT told.is_named AND looks.is_changed))
"""
_JUDGED: Final = """
SELECT is_changed, is_announced FROM looks WHERE is_announced IS NOT NULL AND looked_at >= ?
ORDER BY looked_at DESC, article_id
"""
_NAMED: Final = """
SELECT told.article_id, url FROM told JOIN articles USING (article_id) JOIN visited USING (article_id)
WHERE sitemap = ? AND is_named AND gone_at IS NULL AND published_at > ? ORDER BY told.article_id
"""


@dataclass(frozen=True, slots=True)
class Told:
    """What a sitemap said of an article when it was read last."""

    read_at: datetime
    """Aware."""
    changed_at: datetime | None
    """Its `lastmod`, aware; null when it names the article no more."""
    is_named: bool = True
    """False when it named the article before and does not now, though it still names older ones."""

    def tells_of_change(self, seen_at: datetime) -> bool:
        """Return whether it knows of a change, or a removal, since the article was seen."""
        if self.changed_at is None:
            return self.read_at > seen_at
        return seen_at < self.changed_at <= self.read_at

    def calls_unchanged(self, seen_at: datetime) -> bool:
        """Return whether it says that the article is still as it was seen."""
        return self.changed_at is not None and self.changed_at <= seen_at < self.read_at


@dataclass(frozen=True, slots=True)
class Look:
    """A look at a held article that was made without a sitemap's advice."""

    article_id: str
    seen_at: datetime
    """When it had been seen last, aware."""
    looked_at: datetime
    """Aware."""
    is_changed: bool
    """It was found changed or gone."""


@dataclass(frozen=True, slots=True)
class Judged:
    """What became of a look, and what a sitemap that was read afterwards said."""

    is_changed: bool
    is_announced: bool
    """The sitemap told of a change since the look before."""


class Announcements:
    """Notes in an open index."""

    def __init__(self, index: Index) -> None:
        self._index = index

    def told(self, article_id: str) -> Told | None:
        """Return what a sitemap said of an article last; null when none did."""
        if not self._has_tables():
            return None
        query = "SELECT read_at, changed_at, is_named FROM told WHERE article_id = ?"
        with troubles(str(self._index.path)):
            row = self._index.connection.execute(query, (article_id,)).fetchone()
        if row is None:
            return None
        read_at, changed_at, is_named = row
        return Told(instant_of(read_at), None if changed_at is None else instant_of(changed_at), bool(is_named))

    def named(self, sitemap: str, since: datetime) -> dict[str, str]:
        """Return the held articles published after `since` that a sitemap named when it was read last, with addresses.

        Without those that are known to be gone.
        """
        if not self._has_tables():
            return {}
        with troubles(str(self._index.path)):
            return dict(self._index.connection.execute(_NAMED, (sitemap, micros_of(since))).fetchall())

    def judged(self, since: datetime) -> list[Judged]:
        """Return the looks since then on which sitemaps have spoken, the last ones first."""
        if not self._has_tables():
            return []
        with troubles(str(self._index.path)):
            rows = self._index.connection.execute(_JUDGED, (micros_of(since),)).fetchall()
        return [Judged(bool(is_changed), bool(is_announced)) for is_changed, is_announced in rows]

    def note(self, told: Mapping[str, tuple[str, Told]], looks: Iterable[Look], now: datetime) -> None:
        """Keep what sitemaps said (by article: the sitemap's address and its word), and looks; judge what can be."""
        self._prepare()
        old = micros_of(now - KEPT_FOR)
        with self._index.transaction():
            connection = self._index.connection
            connection.executemany(
                "INSERT OR REPLACE INTO told VALUES (?, ?, ?, ?, ?)",
                [
                    (key, sitemap, micros_of(one.read_at), one.changed_at and micros_of(one.changed_at), one.is_named)
                    for key, (sitemap, one) in told.items()
                ],
            )
            connection.executemany(
                "INSERT OR REPLACE INTO looks VALUES (?, ?, ?, ?, NULL)",
                [(one.article_id, micros_of(one.seen_at), micros_of(one.looked_at), one.is_changed) for one in looks],
            )
            connection.execute(_JUDGE)
            connection.execute("DELETE FROM told WHERE read_at < ?", (old,))
            connection.execute("DELETE FROM looks WHERE looked_at < ?", (old,))

    def _has_tables(self) -> bool:
        with troubles(str(self._index.path)):
            found = self._index.connection.execute("SELECT 1 FROM sqlite_master WHERE name = 'told'").fetchone()
        return found is not None

    def _prepare(self) -> None:
        """Make the tables; a rebuild of the index drops them at any time."""
        with troubles(str(self._index.path)):
            for statement in (_TOLD, _LOOKS):
                self._index.connection.execute(statement)
