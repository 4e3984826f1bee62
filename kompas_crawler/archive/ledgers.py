"""Ledgers: the visits and walks of the runs, one file per run, and one per month when the month is over.

Knows how staged records go into the file of their run, and when the files of a month become one. Refuses to know what
the records mean. A run belongs to the month in which it began, whatever the month in which it ends.

A closed month is put together by writing the one file and then removing the others. When that is interrupted a reader
sees some rows twice, until the next commit; none is ever missing.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import chain
from typing import Any, Final

import pyarrow as pa
import pyarrow.compute as pc

from kompas_crawler.archive import schema as schemas
from kompas_crawler.archive.columns import record_batch
from kompas_crawler.archive.months import Month
from kompas_crawler.archive.parquet import Stamp, read_batches, read_rows, read_table, rewrite
from kompas_crawler.archive.storage import Storage

Row = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Ledger:
    """One kind of record that runs leave behind."""

    table: str
    key: tuple[str, ...]
    """The columns that, with the run, name a record. The first is a required string or day."""
    at: str
    """The column that says which of two records of one name is the later."""


_OF_THE_OUTCOME: Final = ("reason", "status", "size_bytes", "seconds", "raw_file", "raw_offset")
"""Columns of a visit that say how its outcome came about."""

VISITS: Final = Ledger("visits", ("url",), "visited_at")
WALKS: Final = Ledger("walks", ("day", "site"), "walked_at")


def enter(storage: Storage, ledger: Ledger, run_id: str, month: Month, rows: Iterable[Row], stamp: Stamp) -> list[Row]:
    """Put the records of one run, in the order in which they were staged, into its file of `month`.

    Of several records of one name the last stays, with all routes. Returns the records as they now stand.
    """
    schema = schemas.TABLES[ledger.table]
    path = _file_of_run(storage, ledger, run_id, month)
    column = ledger.key[0]
    staged = list(rows)
    values = {row[column] for row in staged}
    held = read_rows(storage, path, schema, column, values).to_pylist()
    others = [row for row in held if row["run_id"] != run_id]
    merged: dict[tuple[Any, ...], Row] = {}
    for row in sorted(chain((row for row in held if row["run_id"] == run_id), staged), key=lambda row: row[ledger.at]):
        name = tuple(row[part] for part in ledger.key)
        merged[name] = _joined(merged[name], row) if name in merged else row
    table = pa.Table.from_batches([record_batch([*others, *merged.values()], schema)])
    rewrite(storage, path, ledger.table, column=column, values=values, rows=table, stamp=stamp)
    return list(merged.values())


def close_months(storage: Storage, ledger: Ledger, stamp: Stamp) -> int:
    """Put the files of every month but the latest together. Returns the number of files that went away."""
    by_month: dict[Month, list[str]] = {}
    for path in storage.files(ledger.table):
        if month := Month.of_path(path):
            by_month.setdefault(month, []).append(path)
    by_month.pop(max(by_month, default=Month(0, 0)), None)
    removed = 0
    for month, paths in by_month.items():
        whole = month.file(ledger.table)
        if parts := [path for path in paths if path != whole]:
            _put_together(storage, ledger, whole, parts, stamp)
            removed += len(parts)
    return removed


def rows_of(storage: Storage, ledger: Ledger) -> Iterator[tuple[Month, pa.Table]]:
    """Yield all records of all runs with the month in which they lie, some at a time."""
    for path in storage.files(ledger.table):
        if month := Month.of_path(path):
            for batch in read_batches(storage, path, schemas.TABLES[ledger.table]):
                yield month, batch


def _joined(earlier: Row, later: Row) -> Row:
    """Return the later of two records of one name, with what only the earlier knows.

    A further route to an address whose outcome stands leaves its reason and its answer as they were.
    """
    if "discovered_by" not in later:
        return later
    kept = ("listed_on", *(_OF_THE_OUTCOME if earlier["outcome"] == later["outcome"] else ()))
    routes = list(dict.fromkeys([*earlier["discovered_by"], *later["discovered_by"]]))
    return {**later, **{name: earlier[name] for name in kept if later[name] is None}, "discovered_by": routes}


def _file_of_run(storage: Storage, ledger: Ledger, run_id: str, month: Month) -> str:
    """Return the file that holds a run: the month's when that is closed already, else its own."""
    own, whole = month.file(ledger.table, run_id), month.file(ledger.table)
    present = storage.files(whole.rpartition("/")[0])
    return whole if whole in present and own not in present else own


def _put_together(storage: Storage, ledger: Ledger, whole: str, parts: Sequence[str], stamp: Stamp) -> None:
    """Write one file of all, and remove the parts. A part holds all of its run, whatever `whole` has of that."""
    schema = schemas.TABLES[ledger.table]
    tables = [read_table(storage, part, schema) for part in parts]
    rows = pa.concat_tables(tables)
    runs = pc.unique(rows["run_id"]).to_pylist()
    rewrite(storage, whole, ledger.table, column="run_id", values=runs, rows=rows, stamp=stamp)
    for part in parts:
        storage.delete(part)
