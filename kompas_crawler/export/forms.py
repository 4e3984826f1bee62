"""The forms of an export: rows as CSV, as lines of JSON, or as Parquet. Knows nothing of files' names and places."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterable, Iterator, Sequence
from datetime import date, datetime
from enum import StrEnum
from typing import IO, Any, Final

import pyarrow as pa
import pyarrow.parquet as pq

from kompas_crawler.export.cells import cell_of

BOM: Final = b"\xef\xbb\xbf"
"""Without it Excel takes UTF-8 for the character set of the machine; pandas, polars, DuckDB and R skip it."""


class Form(StrEnum):
    """What an export is written as."""

    CSV = "csv"
    """Commas, every text in quotes, lines ended by CR LF, UTF-8 with a byte order mark."""
    JSONL = "jsonl"
    """One JSON object a line, UTF-8."""
    PARQUET = "parquet"
    """As the archive itself: types, descriptions of the columns, zstd."""
    ZIP = "zip"
    """The CSV, its data card, and coverage of the window as CSV."""


def write_rows(sink: IO[bytes], form: Form, schema: pa.Schema, batches: Iterable[pa.RecordBatch]) -> None:
    """Write rows in a form; those of a zip are CSV."""
    if form is Form.PARQUET:
        _write_parquet(sink, schema, batches)
    elif form is Form.JSONL:
        for batch in batches:
            sink.write("".join(f"{_as_json(row)}\n" for row in batch.to_pylist()).encode())
    else:
        write_csv(sink, schema.names, (row.values() for batch in batches for row in batch.to_pylist()))


def write_csv(sink: IO[bytes], head: Sequence[str], rows: Iterable[Iterable[Any]]) -> None:
    """Write a table as CSV; text that a spreadsheet would take for a formula is made harmless (`cells`)."""
    sink.write(BOM)
    text = io.TextIOWrapper(sink, encoding="utf-8", newline="", write_through=True)
    table = csv.writer(text, quoting=csv.QUOTE_ALL, lineterminator="\r\n")
    table.writerow(head)
    table.writerows(_cells(rows))
    text.detach()  # the sink stays open


def _cells(rows: Iterable[Iterable[Any]]) -> Iterator[list[str]]:
    return ([cell_of(value) for value in row] for row in rows)


def _write_parquet(sink: IO[bytes], schema: pa.Schema, batches: Iterable[pa.RecordBatch]) -> None:
    with pq.ParquetWriter(sink, schema, compression="zstd", write_page_index=True) as writer:
        for batch in batches:
            writer.write_batch(batch)


def _as_json(row: dict[str, Any]) -> str:
    return json.dumps(row, ensure_ascii=False, default=_as_text)


def _as_text(value: Any) -> str:
    if isinstance(value, bytes):
        return value.hex()
    if isinstance(value, date | datetime):
        return value.isoformat()
    raise TypeError(f"{type(value).__name__} has no form in JSON here")
