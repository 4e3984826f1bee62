"""The result of `load`: rows that are read only when asked for, as Arrow, pandas, polars, or through SQL.

Knows conversions and how a result looks in a notebook. Refuses to know where rows come from (see `scans`).
pandas, polars and DuckDB are optional and imported on use.
"""

from __future__ import annotations

import importlib
from collections.abc import Iterator
from dataclasses import dataclass
from html import escape
from typing import TYPE_CHECKING, Any, Final, Protocol

import pyarrow as pa

from kompas_crawler.errors import ExtraNotInstalled

if TYPE_CHECKING:
    import duckdb
    import pandas as pd  # type: ignore[import-untyped]
    import polars as pl
    import pyarrow.dataset as ds

_PREVIEW_ROWS: Final = 5
_PREVIEW_CHARACTERS: Final = 80


class Scan(Protocol):
    """A way to get at rows."""

    def batches(self, columns: list[str]) -> Iterator[pa.RecordBatch]:
        """Yield these columns of all rows, a batch at a time, with little memory."""

    def count(self) -> int:
        """Return the number of rows."""

    def dataset(self, columns: list[str]) -> ds.Dataset:
        """Return a dataset of at least these columns; where it can, it reads only what a query needs."""


@dataclass(frozen=True, slots=True, eq=False)
class Relation:
    """Rows of one table of the archive, selected but not yet read.

    Every method reads anew, so a crawl that commits meanwhile shows in the next call; each single file is always
    whole. Anything that speaks the Arrow C stream (`pl.DataFrame(relation)`, `pa.table(relation)`) takes it as it is.
    """

    name: str
    """Name of the table, which is its name in `sql`."""
    schema: pa.Schema
    """Names, types, nullability and descriptions of the columns, whatever the files say."""
    selection: str
    """What was selected, for people."""
    location: str
    """The archive."""
    scan: Scan
    """Where the rows come from."""

    @property
    def columns(self) -> list[str]:
        """Names of the columns."""
        return list(self.schema.names)

    def count(self) -> int:
        """Return the number of rows, without reading texts."""
        return self.scan.count()

    def __len__(self) -> int:
        return self.count()

    def __bool__(self) -> bool:
        """Return True: a relation without rows is still a relation; ask `count()` for its rows."""
        return True

    def to_arrow(self) -> pa.Table:
        """Return all rows as an Arrow table."""
        return self.scan.dataset(self.columns).to_table(columns=self.columns).cast(self.schema)

    def to_pandas(self) -> pd.DataFrame:
        """Return all rows as a pandas frame whose columns keep the Arrow types (labels become categories).

        With pandas' own types a missing integer would turn its column into floats, and a day into text.
        Raises `ExtraNotInstalled` without pandas.
        """
        pandas = _optional("pandas")
        frame: pd.DataFrame = self.to_arrow().to_pandas(
            types_mapper=lambda type_: None if pa.types.is_dictionary(type_) else pandas.ArrowDtype(type_)
        )
        return frame

    def to_polars(self) -> pl.DataFrame:
        """Return all rows as a polars frame. Raises `ExtraNotInstalled` without polars."""
        frame: pl.DataFrame = _optional("polars").from_arrow(self.to_arrow())
        return frame

    def to_batches(self) -> Iterator[pa.RecordBatch]:
        """Yield the rows a batch at a time: a pass over everything in little memory."""
        return self.scan.batches(self.columns)

    def __iter__(self) -> Iterator[pa.RecordBatch]:
        return self.to_batches()

    def to_reader(self) -> pa.RecordBatchReader:
        """Return the batches as an Arrow stream, for tools that read one."""
        return pa.RecordBatchReader.from_batches(self.schema, self.to_batches())

    def __arrow_c_stream__(self, requested_schema: object = None) -> object:
        return self.to_reader().__arrow_c_stream__(requested_schema)

    def sql(self, query: str) -> duckdb.DuckDBPyRelation:
        """Return the answer of DuckDB to a query of this relation, which it knows by its name (`from articles`).

        Only the columns and days that the query needs are read, except under `as_of` and `revisions`, whose selected
        columns are read whole. Instants come in UTC; the WIB day is `published_on`. Raises `ExtraNotInstalled`
        without DuckDB, and DuckDB's own errors for what is wrong with the query.

        `load().sql("select section, count(*) from articles group by all").df()`
        """
        connection: duckdb.DuckDBPyConnection = _optional("duckdb").connect()
        connection.execute("SET TimeZone = 'UTC'")
        connection.register("archive_rows", self.scan.dataset(self.columns))
        listed = ", ".join(f'"{column}"' for column in self.columns)
        connection.execute(f'CREATE TEMP VIEW "{self.name}" AS SELECT {listed} FROM archive_rows')  # noqa: S608 - our names
        return connection.sql(query)

    def __repr__(self) -> str:
        """Return what is selected and how to go on; reads nothing."""
        lines = [f"<{self.name} of {self.location}: {self.selection}, {len(self.schema)} columns>"]
        width = max(map(len, self.columns))
        lines += [f"  {field.name:<{width}}  {type_name(field)}" for field in self.schema]
        lines.append("Nothing is read yet: .count(), .to_pandas(), .to_polars(), .to_arrow(), .sql('select … from …')")
        return "\n".join(lines)

    def _repr_html_(self) -> str:
        """Return a preview of the first rows for notebooks; everything that comes from a page is escaped."""
        rows = self._first(_PREVIEW_ROWS)
        head = "".join(
            f'<th title="{escape(_description(field))}">{escape(field.name)}<br><small>{escape(type_name(field))}'
            "</small></th>"
            for field in self.schema
        )
        body = "".join(
            "<tr>" + "".join(f"<td>{escape(_shortened(row[name]))}</td>" for name in self.columns) + "</tr>"
            for row in rows
        )
        title = f"{self.name} of {self.location}: {self.selection}"
        return (
            f"<p><b>{escape(title)}</b>, {self.count():,} rows × {len(self.schema)} columns</p>"
            f'<div style="overflow-x: auto"><table><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table></div>'
        )

    def _first(self, count: int) -> list[dict[str, Any]]:
        rows: list[dict[str, Any]] = []
        for batch in self.to_batches():
            rows += batch.slice(0, count - len(rows)).to_pylist()
            if len(rows) >= count:
                break
        return rows


def _optional(module: str) -> Any:
    try:
        return importlib.import_module(module)
    except ImportError as error:
        raise ExtraNotInstalled(
            f"this needs {module}, which is not installed: run `pip install 'kompas-crawler[notebook]'`"
        ) from error


def type_name(field: pa.Field) -> str:
    """Return the type of a column as people call it.

    >>> type_name(pa.field("tags", pa.list_(pa.string()))), type_name(pa.field("day", pa.date32(), nullable=False))
    ('list of string or null', 'date')
    """
    return _plain_type(field.type) + (" or null" if field.nullable else "")


def _plain_type(type_: pa.DataType) -> str:
    if pa.types.is_dictionary(type_):
        return "label"
    if pa.types.is_list(type_):
        return f"list of {_plain_type(type_.value_type)}"
    if pa.types.is_timestamp(type_):
        return "instant"
    if pa.types.is_fixed_size_binary(type_):
        return f"{type_.byte_width} bytes"
    return "date" if pa.types.is_date(type_) else str(type_)


def _description(field: pa.Field) -> str:
    metadata: dict[bytes, bytes] = field.metadata or {}
    return metadata.get(b"description", b"").decode()


def _shortened(value: Any) -> str:
    text = "" if value is None else str(value)
    return text if len(text) <= _PREVIEW_CHARACTERS else text[: _PREVIEW_CHARACTERS - 1] + "…"
