"""Retention of raw files: which are old or too many, and their removal without a row that points at nothing.

Knows raw files as wholes, and every row that points into them. Refuses to know what is in their records, but for one
thing: a record may refer to an earlier one for its payload. Rows whose payload goes lose their pointer with it.

The order makes every moment safe: first the rows say that the raw page is gone, then the index forgets the payloads,
then the file goes. When it dies in between, the files are still there and still old, and the next time removes them.
"""

from __future__ import annotations

import os
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from kompas_crawler.archive import warc
from kompas_crawler.archive.appending import OPEN_FILES, note_of
from kompas_crawler.archive.columns import record_batch
from kompas_crawler.archive.parquet import Stamp, read_batches, write
from kompas_crawler.archive.payloads import StoredPayloads
from kompas_crawler.archive.raw import FOLDER, KEPT_FOR, RawPointer
from kompas_crawler.archive.raw_reading import instant_of_record, reference_of_record
from kompas_crawler.archive.schema import TABLES
from kompas_crawler.archive.storage import Storage, refusals
from kompas_crawler.archive.warc import Record
from kompas_crawler.errors import ArchiveError
from kompas_crawler.items import Flag

POINTING: Final = ("articles", "revisions", "visits")
"""The tables whose rows point into raw files."""

_REACH: Final = 2 * KEPT_FOR
"""So long after a file was begun another may be begun that refers to it: a file is not written for that long."""


@dataclass(frozen=True, slots=True)
class RawFile:
    """One raw file."""

    path: str
    begun_at: datetime
    """The date of its first record, aware UTC."""
    size_bytes: int


@dataclass(frozen=True, slots=True)
class Pruned:
    """What was removed, or would be."""

    files: tuple[RawFile, ...]
    rows: int
    """Rows of `articles` and `revisions` that lost their raw page."""
    visits: int
    kept_files: int
    kept_bytes: int

    def __str__(self) -> str:
        size = sum(file.size_bytes for file in self.files)
        return (
            f"{len(self.files)} raw files of {size / 1e6:.1f} MB, of {self.rows} articles and revisions and "
            f"{self.visits} visits; {self.kept_files} files of {self.kept_bytes / 1e6:.1f} MB stay"
        )


def raw_files(storage: Storage) -> list[RawFile]:
    """Return the raw files that nobody is writing, oldest first. Raises `ArchiveError` for one that is no WARC."""
    paths = [path for path in storage.files(FOLDER) if not path.startswith(OPEN_FILES)]
    notes = set(storage.files(OPEN_FILES))
    found = (_raw_file(storage, path) for path in paths if note_of(path) not in notes)
    return sorted(found, key=lambda file: (file.begun_at, file.path))


def older_than(files: Iterable[RawFile], instant: datetime) -> list[RawFile]:
    """Return the files that were begun before an instant."""
    return [file for file in files if file.begun_at < instant]


def beyond(files: Sequence[RawFile], most_bytes: int) -> list[RawFile]:
    """Return the oldest of some files, so that the others have no more than `most_bytes` together."""
    excess = sum(file.size_bytes for file in files) - most_bytes
    chosen = []
    for file in files:
        if excess <= 0:
            break
        chosen.append(file)
        excess -= file.size_bytes
    return chosen


def prune(
    storage: Storage, doomed: Collection[RawFile], payloads: StoredPayloads | None, stamp: Stamp, *, dry_run: bool
) -> Pruned:
    """Remove raw files, once every row that needs them says so; with `dry_run` only say what that would be.

    The caller holds the lock, and nothing is staged.
    """
    kept = [file for file in raw_files(storage) if file not in doomed]
    rows = {"articles": 0, "revisions": 0, "visits": 0}
    if doomed:
        lost = _Lost(frozenset(file.path for file in doomed), frozenset(_orphans(storage, doomed, kept)))
        for table in POINTING:
            for path in storage.files(table):
                rows[table] += _clear(storage, table, path, lost, None if dry_run else stamp)
        if not dry_run:
            if payloads is not None:
                payloads.forget(lost.files)
            for file in doomed:
                storage.delete(file.path)
    return Pruned(
        files=tuple(doomed),
        rows=rows["articles"] + rows["revisions"],
        visits=rows["visits"],
        kept_files=len(kept),
        kept_bytes=sum(file.size_bytes for file in kept),
    )


@dataclass(frozen=True, slots=True)
class _Lost:
    """What goes away."""

    files: frozenset[str]
    records: frozenset[RawPointer]
    """Records in other files whose payload lies in those."""

    def among(self, pointers: pa.Table) -> list[bool]:
        """Return of each pointer whether what it leads to goes away."""
        files, offsets = pointers["raw_file"].to_pylist(), pointers["raw_offset"].to_pylist()
        return [
            file is not None and (file in self.files or (file, offset) in self.records)
            for file, offset in zip(files, offsets, strict=True)
        ]


def _raw_file(storage: Storage, path: str) -> RawFile:
    with refusals(f"cannot read {path} in {storage.location}"), storage.open(path) as stream:
        first = next(warc.read(stream), None)
        size = stream.seek(0, os.SEEK_END)
    if first is None:
        raise ArchiveError(f"{path} in {storage.location} is empty: remove it")
    return RawFile(path, instant_of_record(first), size)


def _orphans(storage: Storage, doomed: Collection[RawFile], kept: Iterable[RawFile]) -> Iterator[RawPointer]:
    """Yield the records of files that stay whose payload lies in a file that goes."""
    paths = {file.path for file in doomed}
    until = max(file.begun_at for file in doomed) + _REACH
    for file in kept:
        if file.begun_at <= until:
            with refusals(f"cannot read {file.path} in {storage.location}"), storage.open(file.path) as stream:
                yield from _referring(file.path, warc.read(stream), paths)


def _referring(path: str, records: Iterator[Record], paths: Collection[str]) -> Iterator[RawPointer]:
    for record in records:
        reference = reference_of_record(record) if record.kind == "revisit" else None
        if reference is not None and reference.raw_file in paths and record.offset is not None:
            yield RawPointer(path, record.offset)


def _clear(storage: Storage, table: str, path: str, lost: _Lost, stamp: Stamp | None) -> int:
    """Take the pointers to what is lost from the rows of a file; without `stamp` only count them."""
    count = sum(lost.among(_pointers(storage, path)))
    if count and stamp is not None:
        batches = read_batches(storage, path, TABLES[table])
        write(storage, path, table, (_cleared(batch, lost, table) for batch in batches), stamp)
    return count


def _pointers(storage: Storage, path: str) -> pa.Table:
    with refusals(f"cannot read {path} in {storage.location}"), storage.open(path) as source:
        file = pq.ParquetFile(source)
        if "raw_file" not in file.schema_arrow.names:  # visits from before they had the column
            return pa.table({"raw_file": pa.array([], pa.string()), "raw_offset": pa.array([], pa.int64())})
        return file.read(columns=["raw_file", "raw_offset"], use_threads=False)


def _cleared(batch: pa.Table, lost: _Lost, table: str) -> pa.Table:
    gone = lost.among(batch)
    if not any(gone):
        return batch
    for name in ("raw_file", "raw_offset"):
        at = batch.schema.get_field_index(name)
        column = pc.if_else(pa.array(gone), pa.scalar(None, batch.schema.field(at).type), batch[name])
        batch = batch.set_column(at, batch.schema.field(at), column)
    return _flagged(batch, gone) if "flags" in TABLES[table].names else batch


def _flagged(batch: pa.Table, gone: Sequence[bool]) -> pa.Table:
    at = batch.schema.get_field_index("flags")
    flags: list[dict[str, Any]] = [
        {"flags": sorted({*row, Flag.RAW_PRUNED}) if is_gone else row}
        for row, is_gone in zip(batch["flags"].to_pylist(), gone, strict=True)
    ]
    field = batch.schema.field(at)
    return batch.set_column(at, field, record_batch(flags, pa.schema([field])).column(0))
