"""An excerpt of the index: what one unit of a back-fill, on whatever machine, needs to know of its days.

A worker elsewhere has no index of its own, and SQLite is not for sharing over a network. It is handed these few hundred
kilobytes instead, and adds what earlier attempts at the same unit have staged, so that they are not fetched again.
Refuses to know how it travels.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Mapping, Sequence
from contextlib import closing
from datetime import date, timedelta
from pathlib import Path
from typing import Any, Final

from kompas_crawler.archive import staging
from kompas_crawler.archive.agenda import Agenda
from kompas_crawler.archive.fingerprint import fingerprint
from kompas_crawler.archive.index import Index, troubles
from kompas_crawler.archive.storage import Storage

MARGIN: Final = timedelta(days=1)
"""The index of a day may list articles of the next or the last one."""

_OF_KEYS: Final = {
    "articles": "article_id >= :first AND article_id < :last OR published_on BETWEEN :since AND :until",
    "visited": "article_id >= :first AND article_id < :last",
    "routes": "article_id >= :first AND article_id < :last",
    "validators": "article_id >= :first AND article_id < :last",
    "listings": "day BETWEEN :since AND :until",
    "walks": "day BETWEEN :since AND :until",
    "robots": "true",
}
"""Which rows of which table. Keys begin with the day of the address, so that they sort by it."""


def excerpt(source: Path | None, since: date, until: date) -> bytes:
    """Return a file of SQLite with what an index says of the WIB days from `since` to `until`.

    `source` is read as the last commit left it, also while the next one writes; null, or no file, gives an empty
    excerpt. Raises `ArchiveError` for an index that cannot be read.
    """
    days = {"since": (since - MARGIN).isoformat(), "until": (until + MARGIN).isoformat()}
    keys = {"first": f"{since - MARGIN:%Y%m%d}", "last": f"{until + 2 * MARGIN:%Y%m%d}"}
    with closing(Index(Path(":memory:"))) as made:
        with made.transaction():
            made.reset()
        Agenda(made).note({}, {})  # makes the tables of the notes
        if source is not None and source.is_file():
            with closing(Index(source, read_only=True)) as held, made.transaction():
                _copy(held.connection, made.connection, days | keys)
        return made.connection.serialize()


def _copy(held: sqlite3.Connection, made: sqlite3.Connection, bounds: Mapping[str, str]) -> None:
    tables = {name for (name,) in held.execute("SELECT name FROM sqlite_master WHERE type = 'table'")}
    for table, condition in _OF_KEYS.items():
        if table not in tables:  # notes that no run has made yet
            continue
        rows = held.execute(f"SELECT * FROM {table} WHERE {condition}", bounds)  # noqa: S608 - names of our own
        slots = ", ".join("?" * len(rows.description))
        made.executemany(f"INSERT INTO {table} VALUES ({slots})", rows)  # noqa: S608


def staged_articles(storage: Storage, prefix: str) -> list[dict[str, Any]]:
    """Return what is staged of articles by runs whose name begins with `prefix`, as a commit would first hold it.

    An excerpt that is made after this shows what was committed meanwhile.
    """
    return [
        {**row, "revision": 1, "last_seen_at": row["fetched_at"], "gone_at": None}
        for batch in staging.batches(storage)
        if batch.kind == "articles" and batch.run_id.startswith(prefix)
        for table in staging.read_batch(storage, batch)
        for row in table.to_pylist()
    ]


def take_in(path: Path, rows: Sequence[Mapping[str, Any]]) -> None:
    """Enter articles into the excerpt at `path`."""
    with closing(Index(path)) as index, troubles(str(path)), index.transaction():
        index.put_articles(rows, map(fingerprint, rows))
