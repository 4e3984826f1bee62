"""The index: what the archive holds and what is known of each day, for look-ups by key. SQLite, derived.

Knows its tables, and that Parquet is the only truth: everything here can be made again from it (`rebuild`). Refuses to
know Parquet files. One commit is one transaction; while it is open, other processes read the state before it.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any, Final

from kompas_crawler.archive.coverage import Evidence
from kompas_crawler.archive.duplicates import METHOD
from kompas_crawler.archive.fingerprint import Fingerprint
from kompas_crawler.archive.months import Month, day_of_key
from kompas_crawler.errors import ArchiveError
from kompas_crawler.items import Outcome, PageKind, Route, Walk

VERSION: Final = f"1 {METHOD}"
"""Of the tables and of what is in them: fingerprints, signatures. An index of another version is made again."""

_TABLES: Final = """
CREATE TABLE meta (key TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;
CREATE TABLE articles (
    article_id TEXT PRIMARY KEY,
    month INTEGER NOT NULL,
    section TEXT NOT NULL,
    revision INTEGER NOT NULL,
    content_hash BLOB NOT NULL,
    meta_hash BLOB NOT NULL,
    published_at INTEGER NOT NULL,
    published_on TEXT NOT NULL,
    fetched_at INTEGER NOT NULL,
    last_seen_at INTEGER NOT NULL,
    gone_at INTEGER,
    is_complete INTEGER NOT NULL,
    layout TEXT NOT NULL,
    parser_version INTEGER NOT NULL,
    routes TEXT NOT NULL
) WITHOUT ROWID;
CREATE INDEX articles_by_day ON articles (published_on);
CREATE TABLE visited (
    article_id TEXT PRIMARY KEY,
    day TEXT NOT NULL,
    run_id TEXT NOT NULL,
    visited_at INTEGER NOT NULL,
    url TEXT NOT NULL,
    outcome TEXT NOT NULL,
    reason TEXT,
    section TEXT
) WITHOUT ROWID;
CREATE INDEX visited_by_day ON visited (day);
CREATE TABLE routes (article_id TEXT, route TEXT, PRIMARY KEY (article_id, route)) WITHOUT ROWID;
CREATE TABLE listings (day TEXT, article_id TEXT, PRIMARY KEY (day, article_id)) WITHOUT ROWID;
CREATE INDEX listings_by_article ON listings (article_id);
CREATE TABLE walks (
    day TEXT, site TEXT, run_id TEXT, pages INTEGER NOT NULL, listed INTEGER NOT NULL, is_finished INTEGER NOT NULL,
    reason TEXT, started_at INTEGER NOT NULL, walked_at INTEGER NOT NULL,
    PRIMARY KEY (day, site, run_id)
) WITHOUT ROWID;
CREATE TABLE runs (run_id TEXT PRIMARY KEY, month INTEGER NOT NULL) WITHOUT ROWID;
"""
_FIND: Final = "SELECT * FROM articles WHERE article_id = ?"
_PUT: Final = "INSERT OR REPLACE INTO articles VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"
_OF_DAY: Final = """
WITH keys AS (
    SELECT article_id FROM listings WHERE day = :day
    UNION
    SELECT article_id FROM articles AS held WHERE published_on = :day
        AND NOT EXISTS (SELECT 1 FROM listings WHERE article_id = held.article_id)
    UNION
    SELECT article_id FROM visited AS met WHERE day = :day
        AND NOT EXISTS (SELECT 1 FROM listings WHERE article_id = met.article_id)
        AND NOT EXISTS (SELECT 1 FROM articles WHERE article_id = met.article_id)
)
SELECT keys.article_id, articles.section, articles.routes, visited.outcome, visited.reason, visited.section,
    listings.article_id IS NOT NULL,
    (SELECT group_concat(route) FROM routes WHERE routes.article_id = keys.article_id)
FROM keys
LEFT JOIN articles USING (article_id)
LEFT JOIN visited USING (article_id)
LEFT JOIN listings ON listings.day = :day AND listings.article_id = keys.article_id
ORDER BY keys.article_id
"""
_UNDECIDED: Final = "unknown"
"""Section of an article that is not held and whose visit named none."""
_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND: Final = timedelta(microseconds=1)


@dataclass(frozen=True, slots=True, kw_only=True)
class Known:
    """What the archive holds of one article."""

    article_id: str
    revision: int
    content_hash: bytes
    meta_hash: bytes
    """`Fingerprint.meta`."""
    published_at: datetime
    published_on: date
    fetched_at: datetime
    last_seen_at: datetime
    gone_at: datetime | None
    is_complete: bool
    section: str
    layout: str
    parser_version: int

    @property
    def is_gone(self) -> bool:
        """The site had removed the page when it was last looked at."""
        return self.gone_at is not None

    @property
    def fingerprint(self) -> Fingerprint:
        """What a new reading is compared with."""
        return Fingerprint.restored(self.content_hash, self.meta_hash)


@contextmanager
def troubles(path: str) -> Iterator[None]:
    """Turn an SQLite error inside the block into an `ArchiveError` that says what to do."""
    try:
        yield
    except sqlite3.DatabaseError as error:
        raise ArchiveError(
            f"the index {path} cannot be used: {error}. If the disk is full or read-only, mend that; "
            "otherwise run `scrapy rebuild-index`, which makes it again from the Parquet files"
        ) from error


class Index:
    """An open index. `path` is a file; it is made when there is none, unless it is only to be read."""

    def __init__(self, path: Path, *, read_only: bool = False) -> None:
        self.path = path
        with troubles(str(path)):
            if read_only:
                address = f"{path.absolute().as_uri()}?mode=ro"
                self.connection = sqlite3.connect(address, uri=True, isolation_level=None, timeout=30)
                return
            self.connection = sqlite3.connect(path, isolation_level=None, timeout=30)
            self.connection.execute("PRAGMA journal_mode = WAL")
            self.connection.execute("PRAGMA synchronous = NORMAL")

    def close(self) -> None:
        """Close the file."""
        self.connection.close()

    def reflects(self, commit: str | None) -> bool:
        """Return whether the index shows the archive as a commit left it, or as the one begun after that would.

        The second is left behind by a commit that died at its very end, when all files were written.
        """
        with troubles(str(self.path)):
            if not self.connection.execute("SELECT 1 FROM sqlite_master WHERE name = 'meta'").fetchone():
                return False
            facts = dict(self.connection.execute("SELECT key, value FROM meta"))
        return facts.get("version") == VERSION and (commit or "") in (facts.get("commit"), facts.get("before"))

    @contextmanager
    def transaction(self) -> Iterator[None]:
        """Make all changes inside the block at once, or none of them."""
        with troubles(str(self.path)):
            self.connection.execute("BEGIN IMMEDIATE")
            try:
                yield
            except BaseException:
                self.connection.execute("ROLLBACK")
                raise
            self.connection.execute("COMMIT")

    def reset(self) -> None:
        """Drop every table, those of another version too, and make them empty. Inside a transaction."""
        for (name,) in self.connection.execute(
            "SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite_%'"
        ).fetchall():
            self.connection.execute(f'DROP TABLE "{name}"')
        for statement in _TABLES.split(";"):
            self.connection.execute(statement)
        self.connection.execute("INSERT INTO meta VALUES ('version', ?)", (VERSION,))

    def mark(self, commit: str | None, *, before: str | None) -> None:
        """Note which commit the index reflects from now on, and which one came before that."""
        self.connection.executemany(
            "INSERT OR REPLACE INTO meta VALUES (?, ?)", [("commit", commit or ""), ("before", before or "")]
        )

    def known(self, article_id: str) -> Known | None:
        """Return what is held of one article, None when it is not held."""
        with troubles(str(self.path)):
            row = self.connection.execute(_FIND, (article_id,)).fetchone()
        return _known(row) if row else None

    def shows(self, article_id: str, current: Fingerprint) -> bool:
        """Return whether the index has text and publication of an article as they are now."""
        known = self.known(article_id)
        return known is not None and (known.fingerprint.content, known.fingerprint.date) == (
            current.content,
            current.date,
        )

    def months_of(self, article_ids: Iterable[str]) -> dict[str, Month]:
        """Return the partition in which each of these articles lies; those that are not held are left out."""
        found = {}
        for article_id in article_ids:
            row = self.connection.execute("SELECT month FROM articles WHERE article_id = ?", (article_id,)).fetchone()
            if row:
                found[article_id] = Month.of_number(row[0])
        return found

    def months(self) -> set[Month]:
        """Return the months in which articles lie."""
        with troubles(str(self.path)):
            rows = self.connection.execute("SELECT DISTINCT month FROM articles").fetchall()
        return {Month.of_number(number) for (number,) in rows}

    def put_articles(self, rows: Iterable[Mapping[str, Any]], prints: Iterable[Fingerprint]) -> None:
        """Put current rows in, each with its fingerprint, replacing what was known of them."""
        self.connection.executemany(_PUT, (_article_values(row, one) for row, one in zip(rows, prints, strict=True)))

    def put_visits(self, rows: Iterable[Mapping[str, Any]]) -> None:
        """Put visits in. Only those of articles' own pages are of use here."""
        for row in rows:
            if row["article_id"] is not None and row["page_kind"] == PageKind.ARTICLE:
                self._put_visit(row)

    def _put_visit(self, row: Mapping[str, Any]) -> None:
        key = row["article_id"]
        self.connection.execute(
            "INSERT INTO visited VALUES (?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT (article_id) DO UPDATE SET "
            "run_id = excluded.run_id, visited_at = excluded.visited_at, url = excluded.url, "
            "outcome = excluded.outcome, reason = excluded.reason, section = excluded.section "
            "WHERE (excluded.visited_at, excluded.run_id, excluded.url) >= "
            "(visited.visited_at, visited.run_id, visited.url)",
            (
                key,
                day_of_key(key).isoformat(),
                row["run_id"],
                micros_of(row["visited_at"]),
                row["url"],
                str(row["outcome"]),
                row["reason"],
                row["section"],
            ),
        )
        self.connection.executemany(
            "INSERT OR IGNORE INTO routes VALUES (?, ?)", ((key, str(route)) for route in row["discovered_by"])
        )
        if row["listed_on"] is not None:
            self.connection.execute("INSERT OR IGNORE INTO listings VALUES (?, ?)", (row["listed_on"].isoformat(), key))

    def put_walks(self, rows: Iterable[Mapping[str, Any]]) -> None:
        """Put walks in."""
        self.connection.executemany(
            "INSERT OR REPLACE INTO walks VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",
            (
                (
                    row["day"].isoformat(),
                    row["site"],
                    row["run_id"],
                    row["pages"],
                    row["listed"],
                    row["is_finished"],
                    row["reason"],
                    micros_of(row["started_at"]),
                    micros_of(row["walked_at"]),
                )
                for row in rows
            ),
        )

    def month_of_run(self, run_id: str, otherwise: Month) -> Month:
        """Return the month whose books hold a run; that is fixed to `otherwise` when the run is new."""
        self.connection.execute("INSERT OR IGNORE INTO runs VALUES (?, ?)", (run_id, otherwise.number))
        (number,) = self.connection.execute("SELECT month FROM runs WHERE run_id = ?", (run_id,)).fetchone()
        return Month.of_number(number)

    def days_of(self, article_ids: Iterable[str]) -> set[date]:
        """Return the days whose coverage depends on these articles."""
        days: set[date] = set()
        for article_id in article_ids:
            days.add(day_of_key(article_id))
            for query in (
                "SELECT day FROM listings WHERE article_id = ?",
                "SELECT published_on FROM articles WHERE article_id = ?",
            ):
                days.update(date.fromisoformat(day) for (day,) in self.connection.execute(query, (article_id,)))
        return days

    def evidence(self, day: date) -> list[Evidence]:
        """Return what is known of each article of a WIB day.

        An article belongs to the days whose index listed it; one that was never listed to the day of its publication,
        and when it is not held to the day in its key.
        """
        rows = self.connection.execute(_OF_DAY, {"day": day.isoformat()})
        return [_evidence(row) for row in rows.fetchall()]

    def walks(self, day: date) -> list[Walk]:
        """Return the walks of a day, in order of their end."""
        rows = self.connection.execute(
            "SELECT run_id, site, pages, listed, is_finished, reason, started_at, walked_at FROM walks "
            "WHERE day = ? ORDER BY walked_at, run_id, site",
            (day.isoformat(),),
        )
        return [
            Walk(
                run_id=run_id,
                day=day,
                site=site,
                pages=pages,
                listed=listed,
                is_finished=bool(is_finished),
                reason=reason,
                started_at=instant_of(started_at),
                walked_at=instant_of(walked_at),
            )
            for run_id, site, pages, listed, is_finished, reason, started_at, walked_at in rows
        ]

    def days(self) -> set[date]:
        """Return every day of which anything is known."""
        rows = self.connection.execute(
            "SELECT day FROM listings UNION SELECT published_on FROM articles UNION SELECT day FROM visited "
            "UNION SELECT day FROM walks"
        )
        return {date.fromisoformat(day) for (day,) in rows}


def _evidence(row: tuple[Any, ...]) -> Evidence:
    key, section, routes_held, outcome, reason, section_met, is_listed, routes_met = row
    routes = {*(routes_held or "").split(","), *(routes_met or "").split(",")}
    return Evidence(
        article_id=key,
        section=section or section_met or _UNDECIDED,
        is_listed=bool(is_listed),
        is_known_otherwise=bool(routes - {Route.INDEX, Route.REVISIT, ""}),
        is_held=section is not None,
        outcome=Outcome(outcome) if outcome else None,
        reason=reason,
    )


def _known(row: tuple[Any, ...]) -> Known:
    key, _, section, revision, content, meta, published, day, fetched, seen, gone, complete, layout, parser, _ = row
    return Known(
        article_id=key,
        revision=revision,
        content_hash=content,
        meta_hash=meta,
        published_at=instant_of(published),
        published_on=date.fromisoformat(day),
        fetched_at=instant_of(fetched),
        last_seen_at=instant_of(seen),
        gone_at=None if gone is None else instant_of(gone),
        is_complete=bool(complete),
        section=section,
        layout=layout,
        parser_version=parser,
    )


def _article_values(row: Mapping[str, Any], one: Fingerprint) -> tuple[Any, ...]:
    return (
        row["article_id"],
        Month.of_day(row["published_on"]).number,
        row["section"],
        row["revision"],
        row["content_hash"],
        one.meta,
        micros_of(row["published_at"]),
        row["published_on"].isoformat(),
        micros_of(row["fetched_at"]),
        micros_of(row["last_seen_at"]),
        None if row["gone_at"] is None else micros_of(row["gone_at"]),
        row["is_complete"],
        row["layout"],
        row["parser_version"],
        ",".join(row["discovered_by"]),
    )


def micros_of(instant: datetime) -> int:
    """Return an aware instant as microseconds since 1970."""
    return (instant - _EPOCH) // _MICROSECOND


def instant_of(micros: int) -> datetime:
    """Return microseconds since 1970 as an aware instant."""
    return _EPOCH + micros * _MICROSECOND
