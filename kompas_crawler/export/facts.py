"""What an export is made of, gathered while its rows pass by; and what is on record about the runs that fetched them.

Knows nothing of the form in which they are written.
"""

from __future__ import annotations

import json
from collections import Counter
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Final

import pyarrow as pa
import pyarrow.compute as pc

from kompas_crawler.archive.parquet import read_table
from kompas_crawler.archive.runs import TABLE_FILE
from kompas_crawler.archive.schema import RUNS
from kompas_crawler.archive.storage import Storage

NEEDED: Final = ("published_on", "fetched_at", "section", "run_id")
"""Columns that are read whatever was asked for."""
CELL_LIMIT: Final = 32_767
"""Characters that a cell of Excel holds."""


@dataclass(slots=True)
class Facts:
    """What is known of the rows so far."""

    rows: int = 0
    first_day: date | None = None
    """First WIB day of publication."""
    last_day: date | None = None
    first_fetch: datetime | None = None
    """When the first of these texts was fetched, aware UTC."""
    last_fetch: datetime | None = None
    sections: Counter[str] = field(default_factory=Counter)
    runs: set[str] = field(default_factory=set)
    """The runs that fetched these texts."""
    long_bodies: int = 0
    """Bodies that are longer than a cell of Excel holds."""

    def add(self, batch: pa.RecordBatch) -> None:
        """Take some rows into account."""
        if not batch.num_rows:
            return
        self.rows += batch.num_rows
        days, fetches = pc.min_max(batch["published_on"]).as_py(), pc.min_max(batch["fetched_at"]).as_py()
        self.first_day = min(self.first_day or days["min"], days["min"])
        self.last_day = max(self.last_day or days["max"], days["max"])
        self.first_fetch = min(self.first_fetch or fetches["min"], fetches["min"])
        self.last_fetch = max(self.last_fetch or fetches["max"], fetches["max"])
        counts = pc.value_counts(batch["section"].cast(pa.string())).to_pylist()
        self.sections.update({one["values"]: one["counts"] for one in counts})
        self.runs.update(batch["run_id"].unique().to_pylist())
        if "body" in batch.schema.names:
            self.long_bodies += pc.sum(pc.greater(pc.utf8_length(batch["body"]), CELL_LIMIT)).as_py()


@dataclass(frozen=True, slots=True)
class Grounds:
    """By whom, with what and on what ground the rows were fetched."""

    contacts: tuple[str, ...]
    permissions: tuple[str, ...]
    software: tuple[str, ...]
    """Versions of the crawler."""
    is_invented: bool
    """Some were fetched from a replica: they are no news."""


def grounds_of(storage: Storage, run_ids: set[str]) -> Grounds:
    """Return what is on record about some runs."""
    rows = [row for row in read_table(storage, TABLE_FILE, RUNS).to_pylist() if row["run_id"] in run_ids]
    arguments = [json.loads(row["arguments"]) for row in rows]

    def said(name: str) -> tuple[str, ...]:
        return tuple(sorted({one[name] for one in arguments if name in one}))

    return Grounds(
        contacts=said("kompas_contact"),
        permissions=said("kompas_permission"),
        software=tuple(sorted({row["software_version"] for row in rows})),
        is_invented=bool(said("kompas_replica")),
    )
