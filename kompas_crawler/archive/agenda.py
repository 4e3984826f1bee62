"""The agenda: what the index says a crawl should take up again, and what crawls note for the next one.

Knows questions to the index: walks of late, articles that are wanted and not held, held ones that may be due. Keeps
tables of its own beside it, validators, chores and robots: convenient to have, nothing is lost with them, and a rebuilt
index begins without. Refuses to know when something is due (`revisits`, `resweeps`).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from types import MappingProxyType
from typing import Final

from kompas_crawler.archive.announcements import Announcements
from kompas_crawler.archive.index import Index, Known, instant_of, micros_of, troubles
from kompas_crawler.items import Outcome, Route, Walk

_NOTES: Final = (
    "CREATE TABLE IF NOT EXISTS validators (article_id TEXT PRIMARY KEY, etag TEXT, last_modified TEXT) WITHOUT ROWID",
    "CREATE TABLE IF NOT EXISTS chores (name TEXT PRIMARY KEY, done_at INTEGER NOT NULL) WITHOUT ROWID",
    "CREATE TABLE IF NOT EXISTS robots (host TEXT PRIMARY KEY, read_at INTEGER, status INTEGER, text TEXT)",
)
_WALKS: Final = """
SELECT day, run_id, site, pages, listed, is_finished, reason, started_at, walked_at FROM walks
WHERE day BETWEEN ? AND ? ORDER BY walked_at, run_id, site
"""
_WANTED: Final = """
WITH met AS (
    SELECT article_id FROM visited WHERE day = :day UNION SELECT article_id FROM listings WHERE day = :day
)
SELECT visited.article_id, visited.url, listings.article_id IS NOT NULL,
    (SELECT group_concat(route) FROM routes WHERE routes.article_id = visited.article_id)
FROM met
JOIN visited USING (article_id)
LEFT JOIN articles USING (article_id)
LEFT JOIN listings ON listings.day = :day AND listings.article_id = visited.article_id
WHERE articles.article_id IS NULL AND (
    visited.outcome IN ('pending', 'failed', 'blocked', 'unparsed')
    OR (visited.outcome = 'excluded' AND visited.reason IN ('limit', 'budget', 'quarantined'))
)
ORDER BY visited.article_id
"""
_HELD: Final = """
SELECT held.article_id, held.published_on, visited.url, visited.outcome, visited.visited_at
FROM articles AS held JOIN visited USING (article_id)
WHERE held.published_on >= :since AND (held.published_on, held.article_id) < (:day, :key)
ORDER BY held.published_on DESC, held.article_id DESC LIMIT :rows
"""
_ROWS: Final = 500
_CUT_OFF: Final = """
SELECT day, site, reason FROM walks AS one WHERE NOT is_finished AND NOT EXISTS (
    SELECT 1 FROM walks AS later WHERE later.day = one.day AND later.site = one.site
        AND (later.walked_at, later.run_id) > (one.walked_at, one.run_id)
) ORDER BY day, site
"""
# A look-up for each day there is, instead of a pass over all articles.
_DAYS_HELD: Final = """
WITH RECURSIVE days (day) AS (
    SELECT min(published_on) FROM articles
    UNION ALL
    SELECT (SELECT min(published_on) FROM articles WHERE published_on > days.day) FROM days WHERE days.day IS NOT NULL
)
SELECT count(day) FROM days
"""
_LISTED: Final = """
SELECT article_id, url FROM listings JOIN articles USING (article_id) JOIN visited USING (article_id)
WHERE listings.day = ? AND gone_at IS NULL
"""
_URL: Final = "SELECT url FROM visited WHERE article_id = ?"
_LAST_RUN: Final = "SELECT run_id FROM visited WHERE article_id = ?"
_FUTILE: Final = frozenset({Outcome.FAILED, Outcome.BLOCKED, Outcome.UNPARSED, Outcome.GONE})


@dataclass(frozen=True, slots=True)
class Wanted:
    """An article that was met and is not held, through no fault of its own."""

    article_id: str
    url: str
    is_listed: bool
    """The index of the day listed it."""
    routes: tuple[Route, ...]
    """All routes by which it was met."""


@dataclass(frozen=True, slots=True)
class Held:
    """An article that is held, with what a new look at it needs."""

    known: Known
    url: str
    failed_at: datetime | None
    """When it was looked at last, if that gave nothing; else null."""


@dataclass(frozen=True, slots=True)
class CutOff:
    """A list of a day whose last walk did not reach the end."""

    day: date
    site: str
    """The `site=` slug of the list."""
    reason: str | None
    """Why the walk ended."""


@dataclass(frozen=True, slots=True)
class Validators:
    """What a server gave with a page, to be asked later whether it is still the same."""

    etag: str | None
    last_modified: str | None


@dataclass(frozen=True, slots=True)
class RobotsFile:
    """What a host's robots.txt said when it was read last."""

    read_at: datetime
    status: int | None
    text: str


class Agenda:
    """Questions to an open index, and notes in it."""

    def __init__(self, index: Index) -> None:
        self._index = index
        self.announcements = Announcements(index)
        """What sitemaps said, and looks found."""

    def walks(self, since: date, until: date) -> list[Walk]:
        """Return the walks of some days, first and last included, in order of their end."""
        with troubles(str(self._index.path)):
            rows = self._index.connection.execute(_WALKS, (since.isoformat(), until.isoformat())).fetchall()
        return [
            Walk(
                run_id=run_id,
                day=date.fromisoformat(day),
                site=site,
                pages=pages,
                listed=listed,
                is_finished=bool(is_finished),
                reason=reason,
                started_at=instant_of(started_at),
                walked_at=instant_of(walked_at),
            )
            for day, run_id, site, pages, listed, is_finished, reason, started_at, walked_at in rows
        ]

    def wanted(self, day: date) -> list[Wanted]:
        """Return the articles of a WIB day that were met and could not be had, or were not decided upon."""
        with troubles(str(self._index.path)):
            rows = self._index.connection.execute(_WANTED, {"day": day.isoformat()}).fetchall()
        return [
            Wanted(key, url, bool(is_listed), tuple(Route(route) for route in (routes or "").split(",") if route))
            for key, url, is_listed, routes in rows
        ]

    def held_since(self, day: date) -> Iterator[Held]:
        """Yield the held articles published on a WIB day or later, newest day first, some hundred in memory."""
        place = {"since": day.isoformat(), "day": date.max.isoformat(), "key": "", "rows": _ROWS}
        while True:
            with troubles(str(self._index.path)):
                rows = self._index.connection.execute(_HELD, place).fetchall()
            for key, _, url, outcome, visited_at in rows:
                known = self._index.known(key)
                if known is not None:
                    yield Held(known, url, instant_of(visited_at) if outcome in _FUTILE else None)
            if len(rows) < _ROWS:
                return
            place |= {"key": rows[-1][0], "day": rows[-1][1]}

    def cut_off(self) -> list[CutOff]:
        """Return the lists whose last walk did not reach the end, in order of the days."""
        with troubles(str(self._index.path)):
            rows = self._index.connection.execute(_CUT_OFF).fetchall()
        return [CutOff(date.fromisoformat(day), site, reason) for day, site, reason in rows]

    def days_held(self) -> int:
        """Return on how many WIB days the held articles were published."""
        with troubles(str(self._index.path)):
            (days,) = self._index.connection.execute(_DAYS_HELD).fetchone()
        return int(days)

    def count_held(self) -> int:
        """Return how many articles the index says are held; it passes over all of them."""
        with troubles(str(self._index.path)):
            (articles,) = self._index.connection.execute("SELECT count(*) FROM articles").fetchone()
        return int(articles)

    def urls(self, article_ids: Iterable[str]) -> dict[str, str]:
        """Return the addresses of articles that were ever met; those that were not are left out."""
        found = {}
        with troubles(str(self._index.path)):
            for article_id in article_ids:
                row = self._index.connection.execute(_URL, (article_id,)).fetchone()
                if row:
                    found[article_id] = row[0]
        return found

    def met_by(self, runs: str, article_ids: Iterable[str]) -> set[str]:
        """Return those of some articles whose last visit was by a run whose name begins with `runs`."""
        with troubles(str(self._index.path)):
            visits = {key: self._index.connection.execute(_LAST_RUN, (key,)).fetchone() for key in article_ids}
        return {key for key, row in visits.items() if row is not None and row[0].startswith(runs)}

    def listed(self, day: date) -> dict[str, str]:
        """Return the held articles, not known to be gone, that the index of a day listed, with their addresses."""
        with troubles(str(self._index.path)):
            return dict(self._index.connection.execute(_LISTED, (day.isoformat(),)).fetchall())

    def validators(self, article_id: str) -> Validators | None:
        """Return what is known for a conditional request; null when nothing is."""
        self._prepare()
        query = "SELECT etag, last_modified FROM validators WHERE article_id = ?"
        with troubles(str(self._index.path)):
            row = self._index.connection.execute(query, (article_id,)).fetchone()
        return Validators(*row) if row else None

    def done_at(self, chore: str) -> datetime | None:
        """Return when a chore was done last; null when that is not known."""
        self._prepare()
        with troubles(str(self._index.path)):
            row = self._index.connection.execute("SELECT done_at FROM chores WHERE name = ?", (chore,)).fetchone()
        return instant_of(row[0]) if row else None

    def robots(self, host: str) -> RobotsFile | None:
        """Return what a host's robots.txt said last; null when that is not known."""
        self._prepare()
        query = "SELECT read_at, status, text FROM robots WHERE host = ?"
        with troubles(str(self._index.path)):
            row = self._index.connection.execute(query, (host,)).fetchone()
        return RobotsFile(instant_of(row[0]), *row[1:]) if row else None

    def note(
        self,
        validators: Mapping[str, Validators],
        chores: Mapping[str, datetime],
        robots: Mapping[str, RobotsFile] = MappingProxyType({}),
    ) -> None:
        """Keep validators of articles, by key, when chores were done, and what robots.txt said, by host.

        Only for articles whose reading was committed: with validators of a text that is not held, the next request
        would be answered "not modified", and the text never be read.
        """
        self._prepare()
        with self._index.transaction():
            self._index.connection.executemany(
                "INSERT OR REPLACE INTO validators VALUES (?, ?, ?)",
                [(key, one.etag, one.last_modified) for key, one in validators.items()],
            )
            self._index.connection.executemany(
                "INSERT OR REPLACE INTO chores VALUES (?, ?)", [(name, micros_of(at)) for name, at in chores.items()]
            )
            self._index.connection.executemany(
                "INSERT OR REPLACE INTO robots VALUES (?, ?, ?, ?)",
                [(host, micros_of(one.read_at), one.status, one.text) for host, one in robots.items()],
            )

    def _prepare(self) -> None:
        """Make the tables of notes; a rebuild of the index drops them at any time."""
        with troubles(str(self._index.path)):
            for statement in _NOTES:
                self._index.connection.execute(statement)
