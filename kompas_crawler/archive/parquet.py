"""Parquet files of the archive: written sorted in row groups a reader can skip, rewritten row group by row group.

Knows how the file of each table is ordered and encoded. Refuses to know what a row means and which file comes next.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from typing import IO, Any, Final

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from kompas_crawler.archive import schema as schemas
from kompas_crawler.archive.storage import Files, refusals
from kompas_crawler.errors import ArchiveError, SchemaMismatch

ROWS_OF_GROUP: Final[dict[str, int]] = {"articles": 2_000, "revisions": 2_000}
"""Rows of a row group: of articles two days of the site, some 8 MB of text in memory."""
ROWS_OF_LIGHT_GROUP: Final = 20_000
"""The same for the tables without bodies."""
COMPRESSION_LEVEL: Final = 3
"""Of zstd."""

ORDER: Final[dict[str, tuple[str, ...]]] = {
    "articles": ("published_at", "article_id"),
    "revisions": ("article_id", "revision"),
    "links": ("article_id", "kind", "position", "target_url"),
    "visits": ("visited_at", "url"),
    "walks": ("walked_at", "day", "site"),
    "coverage": ("day", "section"),
    "runs": ("started_at", "run_id"),
}
"""The columns by which the rows of each table are sorted. None of them is ever null."""


@dataclass(frozen=True, slots=True)
class Stamp:
    """Who writes a file: goes into its metadata."""

    run_id: str
    software_version: str


def conformed(table: pa.Table, schema: pa.Schema, path: str) -> pa.Table:
    """Return `table` with exactly the columns of `schema`; one that was added since the file was written is null.

    Raises `SchemaMismatch` when the file is of another schema version, or has what this software has no place for.
    """
    if table.schema.equals(schema):
        return table
    if unknown := sorted(set(table.column_names) - set(schema.names)):
        raise SchemaMismatch(f"{path} has columns unknown to this software, {unknown}: install the one that wrote it")
    columns = [
        table[field.name] if field.name in table.column_names else pa.nulls(table.num_rows, field.type)
        for field in schema
    ]
    try:
        return pa.Table.from_arrays(columns, names=schema.names).cast(schema)
    except (pa.ArrowInvalid, ValueError) as error:
        raise SchemaMismatch(f"{path} does not fit schema version {schemas.SCHEMA_VERSION}: {error}") from error


def read_batches(
    storage: Files,
    path: str,
    schema: pa.Schema,
    *,
    touching: tuple[str, Sequence[Any]] | None = None,
    columns: Sequence[str] | None = None,
) -> Iterator[pa.Table]:
    """Yield the rows of a file in order, a row group at a time; nothing when there is no such file.

    With `touching`, a column and sorted values, row groups that cannot hold one of the values are skipped. `columns`
    names those that are read; without it all are.
    Raises `SchemaMismatch`, and `ArchiveError` for a file that is no Parquet.
    """
    with refusals(f"cannot read {path} in {storage.location}"):
        try:
            source = storage.open(path)
        except FileNotFoundError:
            return
        with source:
            try:
                file = pq.ParquetFile(source)
                schemas.require_current(file.schema_arrow, path)
                wanted = None if columns is None else [name for name in columns if name in file.schema_arrow.names]
                expected = schema if columns is None else pa.schema([schema.field(name) for name in columns])
                for index in range(file.num_row_groups):
                    if touching is None or _may_hold(file, index, *touching):
                        group = file.read_row_group(index, columns=wanted, use_threads=False)
                        yield conformed(group, expected, path)
            except pa.ArrowInvalid as error:
                raise ArchiveError(f"{path} in {storage.location} is damaged, restore or remove it: {error}") from error


def read_table(storage: Files, path: str, schema: pa.Schema) -> pa.Table:
    """Return all rows of a file; none when there is no such file."""
    return _concatenated(list(read_batches(storage, path, schema)), schema)


def rows_among(
    storage: Files,
    path: str,
    schema: pa.Schema,
    column: str,
    values: Collection[Any],
    *,
    columns: Sequence[str] | None = None,
) -> Iterator[pa.Table]:
    """Yield the rows of a file whose `column` is among `values`, in order; of each row only `columns`, if given."""
    wanted = sorted(values)
    for batch in read_batches(storage, path, schema, touching=(column, wanted), columns=columns):
        yield batch.filter(_is_among(batch[column], wanted))


def read_rows(storage: Files, path: str, schema: pa.Schema, column: str, values: Collection[Any]) -> pa.Table:
    """Return the rows of a file whose `column` is among `values`."""
    return _concatenated(list(rows_among(storage, path, schema, column, values)), schema)


def read_metadata(storage: Files, path: str) -> dict[bytes, bytes]:
    """Return the metadata of a file of the current schema version."""
    with refusals(f"cannot read {path} in {storage.location}"), storage.open(path) as source:
        schema = pq.read_schema(source)
    schemas.require_current(schema, path)
    return dict(schema.metadata)


def rewrite(
    storage: Files, path: str, table: str, *, column: str, values: Collection[Any], rows: pa.Table, stamp: Stamp
) -> int:
    """Replace in a file all rows whose `column` is among `values` by `rows`. Returns how many rows it then has.

    A file without rows is removed. Memory is needed for a few row groups and for `rows`, not for the whole file.
    """
    schema = schemas.TABLES[table]
    wanted = sorted(values)
    rest = (_without(batch, column, wanted) for batch in read_batches(storage, path, schema))
    return write(storage, path, table, _merged(rest, rows, ORDER[table]), stamp)


def write(storage: Files, path: str, table: str, parts: Iterable[pa.Table], stamp: Stamp) -> int:
    """Make a file of `parts`, whose rows come in the order of the table. Returns the number of rows.

    Without rows no file is written, and the one that was there is removed.
    """
    size = ROWS_OF_GROUP.get(table, ROWS_OF_LIGHT_GROUP)
    groups = _regrouped(parts, size)
    first = next(groups, None)
    if first is None:
        storage.delete(path)
        return 0
    counted = [0]
    schema = schemas.stamped(schemas.TABLES[table], run_id=stamp.run_id, software_version=stamp.software_version)
    storage.write(
        path, partial(_produce, schema=schema, order=ORDER[table], groups=_chain(first, groups), rows=counted)
    )
    return counted[0]


def sort(table: pa.Table, order: Sequence[str]) -> pa.Table:
    """Return the rows in the order of some columns."""
    keys = pa.table({name: _comparable(table[name]) for name in order})
    return table.take(pc.sort_indices(keys, sort_keys=[(name, "ascending") for name in order]))


def append_file(
    storage: Files,
    path: str,
    rows: pa.Table,
    metadata: dict[bytes, bytes],
    stamp: Stamp,
    *,
    rows_of_group: int | None = None,
) -> None:
    """Write one small file as it is, for staging: `rows` with the stamp and further `metadata`.

    Without `rows_of_group` all rows are one row group.
    """
    stamped = schemas.stamped(rows.schema, run_id=stamp.run_id, software_version=stamp.software_version)
    schema = stamped.with_metadata({**stamped.metadata, **metadata})

    def produce(sink: IO[bytes]) -> None:
        with pq.ParquetWriter(sink, schema, compression="zstd", compression_level=COMPRESSION_LEVEL) as writer:
            writer.write_table(rows.replace_schema_metadata(schema.metadata), row_group_size=rows_of_group)

    storage.write(path, produce)


def _produce(
    sink: IO[bytes], *, schema: pa.Schema, order: Sequence[str], groups: Iterable[pa.Table], rows: list[int]
) -> None:
    labels = [field.name for field in schema if pa.types.is_dictionary(field.type)]
    with pq.ParquetWriter(
        sink,
        schema,
        compression="zstd",
        compression_level=COMPRESSION_LEVEL,
        use_dictionary=labels + [f"{name}.list.element" for name in _label_lists(schema)],
        write_statistics=True,
        write_page_index=True,
        sorting_columns=pq.SortingColumn.from_ordering(schema, [(name, "ascending") for name in order]),
    ) as writer:
        for group in groups:
            writer.write_table(group, row_group_size=group.num_rows)
            rows[0] += group.num_rows


def _label_lists(schema: pa.Schema) -> list[str]:
    return [field.name for field in schema if pa.types.is_list(field.type)]


def _chain(first: pa.Table, rest: Iterator[pa.Table]) -> Iterator[pa.Table]:
    yield first
    yield from rest


def _regrouped(parts: Iterable[pa.Table], size: int) -> Iterator[pa.Table]:
    """Yield the rows of `parts` in tables of `size` rows; the last one may be shorter."""
    waiting: list[pa.Table] = []
    for part in parts:
        waiting.append(part)
        while sum(table.num_rows for table in waiting) >= size:
            together = pa.concat_tables(waiting)
            yield together.slice(0, size)
            waiting = [together.slice(size)]
    if any(table.num_rows for table in waiting):
        yield pa.concat_tables(waiting)


def _merged(rest: Iterable[pa.Table], rows: pa.Table, order: Sequence[str]) -> Iterator[pa.Table]:
    """Yield the rows of `rest`, which is sorted, and `rows` together in order."""
    rows = sort(rows, order)
    key_of = _keys(rows, order)
    done = 0
    for batch in rest:
        if batch.num_rows == 0:
            continue
        last = _keys(batch, order)(batch.num_rows - 1)
        until = bisect_right(range(rows.num_rows), last, key=key_of)
        yield sort(pa.concat_tables([batch, rows.slice(done, until - done)]), order) if until > done else batch
        done = until
    yield rows.slice(done)


def _keys(table: pa.Table, order: Sequence[str]) -> Callable[[int], tuple[Any, ...]]:
    """Return what tells by which key a row is sorted. Few are asked for: all of them would take more than the table."""
    columns = [table[name] for name in order]
    return lambda number: tuple(_comparable(column.slice(number, 1))[0].as_py() for column in columns)


def _comparable(column: pa.ChunkedArray) -> pa.ChunkedArray:
    """Return a column in a form that Arrow can sort and Python can compare."""
    if pa.types.is_dictionary(column.type):
        return column.cast(pa.string())
    return column.cast(pa.int64()) if pa.types.is_timestamp(column.type) else column


def _without(table: pa.Table, column: str, values: Sequence[Any]) -> pa.Table:
    """Return the rows whose `column` is not among `values`; the table itself, not a copy, where that is all of them."""
    among = _is_among(table[column], values)
    return table.filter(pc.invert(among)) if pc.any(among).as_py() else table


def _is_among(column: pa.ChunkedArray, values: Sequence[Any]) -> pa.ChunkedArray:
    return pc.is_in(column, value_set=pa.array(values, type=column.type))


def _may_hold(file: pq.ParquetFile, group: int, column: str, values: Sequence[Any]) -> bool:
    """Return whether a row group can hold one of the sorted values, by its statistics."""
    facts = file.metadata.row_group(group)
    chunk = facts.column(file.schema_arrow.get_field_index(column))
    if chunk.path_in_schema != column or chunk.statistics is None or not chunk.statistics.has_min_max:
        return True
    return bool(bisect_left(values, chunk.statistics.min) < bisect_right(values, chunk.statistics.max))


def _concatenated(tables: list[pa.Table], schema: pa.Schema) -> pa.Table:
    return pa.concat_tables(tables) if tables else schema.empty_table()
