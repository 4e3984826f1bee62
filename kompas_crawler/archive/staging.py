"""Staging: where the records of a run lie, in immutable batches, until a commit folds them into the tables.

Knows batches: their names, what is in them, and when they become durable. Refuses to know what a commit does with
them. Any number of writers may stage at the same time; a batch is whole or not there.

`staging/<run_id>/<writer>-<number>.<kind>.parquet`, kind one of articles, events, links, visits, walks.
"""

from __future__ import annotations

import re
import time
import uuid
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from types import TracebackType
from typing import Any, Final, Self

import pyarrow as pa
import pyarrow.compute as pc

from kompas_crawler.archive import schema as schemas
from kompas_crawler.archive.columns import Checker, article_columns, columns_batch
from kompas_crawler.archive.duplicates import METHOD, sign_long
from kompas_crawler.archive.fingerprint import content_hash
from kompas_crawler.archive.months import day_of_key
from kompas_crawler.archive.observations import Observation, Removal, Sighting
from kompas_crawler.archive.parquet import Stamp, append_file, read_batches, read_metadata, rows_among
from kompas_crawler.archive.storage import Storage
from kompas_crawler.errors import ArchiveError
from kompas_crawler.items import Visit, Walk

FOLDER: Final = "staging"
STARTED_KEY: Final = b"kompas.run_started_at"
"""Key of the file metadata: when the writer was opened, ISO 8601; the month of it is the month of the run's books."""
ROWS_OF_BATCH: Final = 500
BYTES_OF_BATCH: Final = 16 * 1024 * 1024
SECONDS_OF_BATCH: Final = 30.0
"""A batch becomes durable at the latest with so many records, bytes of text, or seconds after its first record."""

SIGNED_KEY: Final = b"kompas.signed_by"
"""Key of the file metadata: the method by which the column `signature` was made."""
ARTICLES_OF_GROUP: Final = 32
"""Articles of a row group in the batches of a writer that brings many: who folds some finds them without the rest."""
_LINKS_OF_ARTICLE: Final = 32

_RECORDED_AT_STAGING: Final = ("content_hash", "fetched_at", "discovered_by", "raw_file", "raw_offset", "run_id")
_EVENTS: Final = pa.schema(
    [
        schemas.ARTICLES.field("article_id"),
        pa.field("seen_at", schemas.INSTANT, nullable=False),
        pa.field("is_removal", pa.bool_(), nullable=False),
        schemas.ARTICLES.field("discovered_by"),
        pa.field("status", pa.int16()),
        pa.field("reason", pa.string()),
    ]
)
SCHEMAS: Final[Mapping[str, pa.Schema]] = {
    "articles": pa.schema(
        [
            *schemas.PAGE_COLUMNS,
            *(schemas.ARTICLES.field(name) for name in _RECORDED_AT_STAGING),
            pa.field("is_reread", pa.bool_()),
            pa.field("signature", pa.binary()),
        ]
    ),
    "links": schemas.LINKS,
    "events": _EVENTS,
    "visits": schemas.VISITS,
    "walks": schemas.WALKS,
}
"""The batches of each kind, in the order in which they are written: an address is only said to be done in `visits`
when what it gave is durable, and a page only counts as walked when every article on it was entered in `visits`."""

_GROUPED: Final = {"articles": ARTICLES_OF_GROUP, "links": ARTICLES_OF_GROUP * _LINKS_OF_ARTICLE}
"""The batches of which only a part is read, and the rows of a group there."""

_CHECKERS: Final = {kind: Checker(schema) for kind, schema in SCHEMAS.items()}
_RUN_ID: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,99}")


@dataclass(frozen=True, slots=True)
class Batch:
    """A durable batch."""

    path: str
    run_id: str
    kind: str


def batches(storage: Storage) -> list[Batch]:
    """Return all durable batches of all runs, in the order in which each writer wrote them."""
    found = []
    for path in storage.files(FOLDER):
        _, _, rest = path.partition("/")
        run_id, _, name = rest.partition("/")
        kind = name.removesuffix(".parquet").rpartition(".")[2]
        if kind not in SCHEMAS:
            raise ArchiveError(f"{path} in {storage.location} is no batch of a run: move it out of {FOLDER}/")
        found.append(Batch(path, run_id, kind))
    return found


def read_batch(
    storage: Storage,
    batch: Batch,
    *,
    articles: Sequence[str] | None = None,
    columns: Sequence[str] | None = None,
) -> Iterator[pa.Table]:
    """Yield the rows of a batch, in order; only those about some `articles`, only some `columns` when these are given.

    What is said of one article comes in the order in which it was staged.
    """
    schema = SCHEMAS[batch.kind]
    if articles is None:
        return read_batches(storage, batch.path, schema, columns=columns)
    return rows_among(storage, batch.path, schema, "article_id", articles, columns=columns)


def is_signed(storage: Storage, batch: Batch) -> bool:
    """Return whether the texts of a batch bear signatures that this software can compare."""
    return read_metadata(storage, batch.path).get(SIGNED_KEY) == METHOD.encode()


def started_at(storage: Storage, batch: Batch) -> datetime:
    """Return when the writer of a batch was opened."""
    return datetime.fromisoformat(read_metadata(storage, batch.path)[STARTED_KEY].decode())


def check_run_id(run_id: str) -> str:
    """Return `run_id`. Raises `ArchiveError` when it cannot be the name of a file."""
    if not _RUN_ID.fullmatch(run_id):
        raise ArchiveError(f"{run_id!r} cannot name a run: use letters, digits, dot, dash and underscore")
    return run_id


def article_row(observation: Observation, run_id: str) -> dict[str, Any]:
    """Return the record that is staged of a page that the run, or the one that the observation names, has fetched."""
    article = observation.article
    (row,) = article_columns([article])
    return row | {
        "content_hash": content_hash(article.title, article.body),
        "fetched_at": observation.fetched_at,
        "discovered_by": sorted(set(observation.discovered_by)),
        "raw_file": observation.raw_file,
        "raw_offset": observation.raw_offset,
        "run_id": observation.run_id or run_id,
        "is_reread": observation.is_reread,
    }


def _columns(kind: str) -> dict[str, list[Any]]:
    return {name: [] for name in SCHEMAS[kind].names}


@dataclass(slots=True)
class _Waiting:
    """Records that are not durable yet, by their columns: of links there are so many that records would not do."""

    columns: dict[str, dict[str, list[Any]]] = field(default_factory=lambda: {kind: _columns(kind) for kind in SCHEMAS})
    counts: dict[str, int] = field(default_factory=lambda: dict.fromkeys(SCHEMAS, 0))
    text_bytes: int = 0
    since: float | None = None

    def add(self, kind: str, record: Mapping[str, Any]) -> None:
        """Add a record of a kind."""
        for name, values in self.columns[kind].items():
            values.append(record.get(name))
        self.counts[kind] += 1

    def add_columns(self, kind: str, columns: Mapping[str, Sequence[Any]], count: int) -> None:
        """Add so many records of a kind, given by their columns."""
        for name, values in self.columns[kind].items():
            values.extend(columns[name])
        self.counts[kind] += count

    def drop(self, kind: str) -> None:
        """Forget the records of a kind: they are durable."""
        self.columns[kind], self.counts[kind] = _columns(kind), 0


class Staging:
    """The writer of one run. Records are checked when they are given, and durable after the next `flush`."""

    def __init__(
        self,
        storage: Storage,
        run_id: str,
        *,
        software_version: str,
        started_at: datetime | None = None,
        before_flush: Callable[[], None] = lambda: None,
        brings_many: bool = False,
    ) -> None:
        """`before_flush` makes durable what the records point at. With `brings_many` the batches are laid out for a
        commit whose work is shared: texts are signed, and what belongs to few articles can be read alone."""
        self.run_id = check_run_id(run_id)
        self._storage = storage
        self._stamp = Stamp(run_id, software_version)
        self._started_at = started_at or datetime.now(UTC)
        self._writer = f"{self._started_at:%Y%m%dT%H%M%S}-{uuid.uuid4().hex[:12]}"
        self._number = 0
        self._before_flush = before_flush
        self._brings_many = brings_many
        self._waiting = _Waiting()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self.close()

    def observe(self, observation: Observation) -> None:
        """Add a page that was read, with its links. Raises `RecordRefused` when it does not fit the schema."""
        article = observation.article
        row = article_row(observation, self.run_id)
        count = len(observation.links)
        links: dict[str, Sequence[Any]] = {
            "article_id": [article.article_id] * count,
            "published_on": [day_of_key(article.article_id)] * count,
            "kind": [link.kind for link in observation.links],
            "position": [link.position for link in observation.links],
            "text": [link.text for link in observation.links],
            "target_url": [link.url for link in observation.links],
            "target_article_id": [link.article_id for link in observation.links],
            "first_seen_at": [observation.fetched_at] * count,
            "last_seen_at": [observation.fetched_at] * count,
        }
        _CHECKERS["articles"].check_one(row)
        _CHECKERS["links"].check_columns(links)
        self._waiting.add("articles", row)
        self._waiting.add_columns("links", links, count)
        self._waiting.text_bytes += len(article.body)
        self._flush_if_due()

    def sighted(self, sighting: Sighting) -> None:
        """Add that a held article was seen unchanged."""
        self._add_event(sighting.article_id, sighting.seen_at, discovered_by=sorted(set(sighting.discovered_by)))

    def removed(self, removal: Removal) -> None:
        """Add that a held article is gone."""
        self._add_event(
            removal.article_id, removal.seen_at, is_removal=True, status=removal.status, reason=removal.reason
        )

    def visit(self, visit: Visit) -> None:
        """Add how an address ended."""
        self._add("visits", {name: getattr(visit, name) for name in schemas.VISITS.names})

    def walk(self, walk: Walk) -> None:
        """Add a walk along the index."""
        self._add("walks", {name: getattr(walk, name) for name in schemas.WALKS.names})

    def flush(self) -> None:
        """Make everything that was added durable. Raises `ArchiveError` when the storage refuses; then nothing of
        what was not durable before is lost either: the next flush tries again."""
        waiting = self._waiting
        self._before_flush()
        for kind, count in waiting.counts.items():
            if count:
                self._number += 1
                path = f"{FOLDER}/{self.run_id}/{self._writer}-{self._number:06}.{kind}.parquet"
                self._append(path, kind, waiting.columns[kind])
                waiting.drop(kind)
        self._waiting = _Waiting()

    def _append(self, path: str, kind: str, columns: dict[str, list[Any]]) -> None:
        metadata = {STARTED_KEY: self._started_at.isoformat().encode()}
        rows_of_group = _GROUPED.get(kind) if self._brings_many else None
        if self._brings_many and kind == "articles":
            columns["signature"] = list(sign_long(columns["body"]))
            metadata[SIGNED_KEY] = METHOD.encode()
        table = pa.Table.from_batches([columns_batch(columns, SCHEMAS[kind])])
        if rows_of_group is not None:
            table = table.take(pc.sort_indices(table["article_id"]))
        append_file(self._storage, path, table, metadata, self._stamp, rows_of_group=rows_of_group)

    def close(self) -> None:
        """Flush. A closed writer may be used again."""
        self.flush()

    def _add_event(
        self,
        article_id: str,
        seen_at: datetime,
        *,
        discovered_by: Sequence[str] = (),
        is_removal: bool = False,
        status: int | None = None,
        reason: str | None = None,
    ) -> None:
        event = {
            "article_id": article_id,
            "seen_at": seen_at,
            "is_removal": is_removal,
            "discovered_by": discovered_by,
            "status": status,
            "reason": reason,
        }
        self._add("events", event)

    def _add(self, kind: str, record: Mapping[str, Any]) -> None:
        _CHECKERS[kind].check_one(record)
        self._waiting.add(kind, record)
        self._flush_if_due()

    def _flush_if_due(self) -> None:
        waiting, now = self._waiting, time.monotonic()
        waiting.since = waiting.since if waiting.since is not None else now
        if (
            waiting.counts["articles"] >= ROWS_OF_BATCH
            or sum(waiting.counts.values()) >= ROWS_OF_BATCH * 20
            or waiting.text_bytes >= BYTES_OF_BATCH
            or now - waiting.since >= SECONDS_OF_BATCH
        ):
            self.flush()
