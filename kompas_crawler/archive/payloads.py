"""What is known of payloads that earlier runs wrote: notes in the index, so that the same is not written twice.

Convenient to have, nothing is lost with them: a rebuilt index begins without, and then a payload is written once more.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from datetime import datetime
from typing import Final

from kompas_crawler.archive.index import Index, instant_of, micros_of, troubles
from kompas_crawler.archive.raw import KEPT_FOR, Payload, RawPointer
from kompas_crawler.archive.storage import Storage

_TABLE: Final = (
    """
    CREATE TABLE IF NOT EXISTS payloads (
        url TEXT PRIMARY KEY, digest BLOB NOT NULL, fetched_at INTEGER NOT NULL, raw_file TEXT NOT NULL,
        raw_offset INTEGER NOT NULL
    ) WITHOUT ROWID
    """,
    "CREATE INDEX IF NOT EXISTS payloads_by_digest ON payloads (digest)",
    "CREATE INDEX IF NOT EXISTS payloads_by_age ON payloads (fetched_at)",
)


class StoredPayloads:
    """The notes in an open index about files in `storage`."""

    def __init__(self, index: Index, storage: Storage) -> None:
        self._index = index
        self._storage = storage

    def of_digest(self, digest: bytes, since: datetime) -> Payload | None:
        """Return the record that holds a payload, if its file is still there."""
        return self._find("digest = ?", digest, since)

    def of_url(self, url: str, since: datetime) -> Payload | None:
        """Return the record that holds what an address gave last, if its file is still there."""
        return self._find("url = ?", url, since)

    def note(self, payloads: Collection[Payload]) -> None:
        """Keep what was written and is durable, the last of each address, and forget what is too old."""
        if not payloads:
            return
        newest = max(payload.fetched_at for payload in payloads)
        rows = [(one.url, one.digest, micros_of(one.fetched_at), *one.pointer) for one in payloads]
        self._prepare()
        with self._index.transaction():
            self._index.connection.executemany("INSERT OR REPLACE INTO payloads VALUES (?, ?, ?, ?, ?)", rows)
            self._index.connection.execute("DELETE FROM payloads WHERE fetched_at < ?", (micros_of(newest - KEPT_FOR),))

    def forget(self, raw_files: Iterable[str]) -> None:
        """Forget what is in some files."""
        self._prepare()
        with self._index.transaction():
            self._index.connection.executemany("DELETE FROM payloads WHERE raw_file = ?", [(f,) for f in raw_files])

    def _find(self, condition: str, value: bytes | str, since: datetime) -> Payload | None:
        self._prepare()
        query = (
            f"SELECT url, digest, fetched_at, raw_file, raw_offset FROM payloads WHERE fetched_at >= ? AND {condition}"  # noqa: S608
        )
        with troubles(str(self._index.path)):
            row = self._index.connection.execute(query, (micros_of(since), value)).fetchone()
        if row is None or not self._is_there(row[3]):
            return None
        return Payload(row[0], row[1], instant_of(row[2]), RawPointer(row[3], row[4]))

    def _is_there(self, raw_file: str) -> bool:
        try:
            self._storage.open(raw_file).close()
        except FileNotFoundError:
            return False
        return True

    def _prepare(self) -> None:
        """Make the table; a rebuild of the index drops it at any time."""
        with troubles(str(self._index.path)):
            for statement in _TABLE:
                self._index.connection.execute(statement)
