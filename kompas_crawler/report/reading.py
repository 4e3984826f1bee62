"""How the report reads an archive: table by table, needed columns only, some ten thousand rows in memory at a time.

Knows tables, windows and chunks. Refuses to know what the numbers are for.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, Final

import pyarrow as pa
import pyarrow.compute as pc

from kompas_crawler.archive.scans import TableScan, all_of, parquet_files
from kompas_crawler.archive.schema import DAY, TABLES
from kompas_crawler.archive.selection import Window
from kompas_crawler.archive.storage import Storage
from kompas_crawler.errors import ArchiveNotFound

ROWS_OF_CHUNK: Final = 100_000
"""Enough that a chunk's aggregation outweighs its overhead; of the widest selection some 60 MB."""
_ALL_DAYS: Final = Window(since=None, until=None)
_DAYS_OF: Final = {"articles": "published_on", "revisions": "published_on", "links": "published_on", "coverage": "day"}
"""The column by which a table is cut to the window; the others are read whole."""


@dataclass(frozen=True, slots=True)
class Source:
    """An archive, and the WIB days that the report is about."""

    storage: Storage
    window: Window = _ALL_DAYS

    def chunks(
        self, table: str, columns: Sequence[str], rows: pc.Expression | None = None, *, any_day: bool = False
    ) -> Iterator[pa.Table]:
        """Yield some columns of a table in large pieces, labels as plain strings; nothing when there is no file of it.

        `rows` selects some of them; `any_day` those of days outside the window too.
        """
        is_cut = table in _DAYS_OF and not any_day
        window = self.window if is_cut else _ALL_DAYS
        if not parquet_files(self.storage, table, window):
            return
        condition = all_of(_days(_DAYS_OF[table], window), rows) if is_cut else rows
        scan = TableScan(self.storage, table, TABLES[table], window, condition)
        waiting: list[pa.RecordBatch] = []
        for batch in scan.batches(list(columns)):
            waiting.append(batch)
            if sum(one.num_rows for one in waiting) >= ROWS_OF_CHUNK:
                yield _plain(waiting)
                waiting = []
        if any(one.num_rows for one in waiting):
            yield _plain(waiting)

    def rows(self, table: str, columns: Sequence[str], rows: pc.Expression | None = None) -> list[dict[str, Any]]:
        """Return the rows of a table that is small, or of which few are asked for, of whatever day."""
        return [row for chunk in self.chunks(table, columns, rows, any_day=True) for row in chunk.to_pylist()]

    def require(self) -> None:
        """Check that there is an archive. Raises `ArchiveNotFound`."""
        if not any(parquet_files(self.storage, table, _ALL_DAYS) for table in TABLES):
            raise ArchiveNotFound(
                f"there is no archive at {self.storage.location}: check KOMPAS_OUTPUT, "
                "or make one with `scrapy crawl kompas`"
            )


class Tally:
    """Counts and sums by key over any number of chunks; in memory is one row for each key."""

    def __init__(self, *keys: str) -> None:
        self._keys = list(keys)
        self._parts: list[pa.Table] = []

    def add(self, rows: pa.Table, **sums: pa.ChunkedArray) -> None:
        """Count rows by their keys; with `sums`, add up those numbers of theirs too."""
        table = rows.select(self._keys)
        for name, values in (sums | {"count": pa.repeat(1, rows.num_rows)}).items():
            table = table.append_column(name, pc.cast(values, pa.int64()))
        self._parts.append(self._summed(table))
        if sum(part.num_rows for part in self._parts) > 8 * ROWS_OF_CHUNK:
            self._parts = [self._summed(pa.concat_tables(self._parts))]

    def table(self) -> pa.Table | None:
        """Return a row for each key with its count and sums; null when nothing was added."""
        return self._summed(pa.concat_tables(self._parts)) if self._parts else None

    def rows(self) -> list[dict[str, Any]]:
        """Return the same as dictionaries."""
        table = self.table()
        return [] if table is None else table.to_pylist()

    def _summed(self, table: pa.Table) -> pa.Table:
        measures = [name for name in table.column_names if name not in self._keys]
        summed = table.group_by(self._keys).aggregate([(name, "sum") for name in measures])
        return summed.select([*self._keys, *(f"{name}_sum" for name in measures)]).rename_columns(
            [*self._keys, *measures]
        )


def numbered(keys: pa.ChunkedArray) -> pa.ChunkedArray:
    """Return article ids as integers, in an eighth of the memory: `20210414-205938370` as 20210414205938370."""
    return pc.cast(pc.replace_substring(keys, "-", ""), pa.int64())


def _plain(batches: list[pa.RecordBatch]) -> pa.Table:
    table = pa.Table.from_batches(batches)
    for index, field in enumerate(table.schema):
        if pa.types.is_dictionary(field.type):
            table = table.set_column(index, field.name, table[index].cast(field.type.value_type))
    return table


def _days(column: str, window: Window) -> pc.Expression | None:
    first = None if window.since is None else pc.field(column) >= _day(window.since)
    last = None if window.until is None else pc.field(column) <= _day(window.until)
    return all_of(first, last)


def _day(value: date) -> pa.Scalar:
    return pa.scalar(value, DAY)
