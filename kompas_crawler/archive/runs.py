"""Runs: what each run was asked, what came of it and how it ended. One JSON file per run, and a table of all.

Knows the record of a run. Refuses to know the addresses behind its numbers (`visits`).
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final

import pyarrow as pa

from kompas_crawler.archive import schema as schemas
from kompas_crawler.archive.columns import record_batch
from kompas_crawler.archive.parquet import Stamp, read_table, rewrite
from kompas_crawler.archive.staging import check_run_id
from kompas_crawler.archive.storage import Storage, read, write_bytes
from kompas_crawler.errors import ArchiveError
from kompas_crawler.items import Outcome

FOLDER: Final = "runs"
TABLE_FILE: Final = "runs.parquet"


@dataclass(frozen=True, slots=True, kw_only=True)
class RunRecord:
    """One run."""

    run_id: str
    started_at: datetime
    """Aware."""
    finished_at: datetime | None
    """Aware; null when it was killed."""
    software_version: str
    arguments: Mapping[str, str] = field(default_factory=dict)
    """What it was asked to do."""
    exit_code: int | None
    """Null when it was killed."""
    finish_reason: str | None
    """Why it ended."""
    requests: int = 0
    size_bytes: int = 0
    """Bytes received."""
    outcomes: Mapping[Outcome, int] = field(default_factory=dict)
    """How many addresses ended in which outcome."""
    problems: tuple[str, ...] = ()
    """What the gates at its end found wrong."""


def write_run(storage: Storage, record: RunRecord) -> None:
    """Write `runs/<run_id>.json`, then put every run that the table lacks into `runs.parquet`.

    Of two runs that end at the same moment one may put its row over the other's table: the next run mends that.
    """
    batch = write_record(storage, record)
    tabled = set(read_table(storage, TABLE_FILE, schemas.RUNS)["run_id"].to_pylist()) | {record.run_id}
    others = [other for other in storage.files(FOLDER) if _run_of(other) not in tabled]
    rows = pa.Table.from_batches([batch, record_batch([_read(storage, other) for other in others], schemas.RUNS)])
    stamp = Stamp(record.run_id, record.software_version)
    ids = rows["run_id"].to_pylist()
    rewrite(storage, TABLE_FILE, "runs", column="run_id", values=ids, rows=rows, stamp=stamp)


def write_record(storage: Storage, record: RunRecord) -> pa.RecordBatch:
    """Write `runs/<run_id>.json`; return the row of the table."""
    row = _row(record)
    batch = record_batch([row], schemas.RUNS)
    content = json.dumps(row, indent=2, ensure_ascii=False, default=datetime.isoformat).encode() + b"\n"
    write_bytes(storage, f"{FOLDER}/{check_run_id(record.run_id)}.json", content)
    return batch


def read_record(storage: Storage, run_id: str) -> dict[str, Any] | None:
    """Return the record of a run as its JSON file holds it, instants aware; None when there is none."""
    path = f"{FOLDER}/{check_run_id(run_id)}.json"
    return _read(storage, path) if read(storage, path) is not None else None


def last_arguments(storage: Storage) -> Mapping[str, str] | None:
    """Return what the last run on record was asked to do; None when none is on record."""
    runs = read_table(storage, TABLE_FILE, schemas.RUNS).select(["started_at", "arguments"])
    if not runs.num_rows:
        return None
    arguments: dict[str, str] = json.loads(runs.sort_by("started_at")["arguments"][-1].as_py())
    return arguments


def _row(record: RunRecord) -> dict[str, Any]:
    row = {name: getattr(record, name) for name in schemas.RUNS.names if name not in set(Outcome)}
    counts = {str(outcome): record.outcomes.get(outcome, 0) for outcome in Outcome}
    arguments = json.dumps(dict(record.arguments), ensure_ascii=False, sort_keys=True)
    return row | counts | {"arguments": arguments, "problems": list(record.problems)}


def _run_of(path: str) -> str:
    return path.removeprefix(f"{FOLDER}/").removesuffix(".json")


def _read(storage: Storage, path: str) -> dict[str, Any]:
    """Return the row that a run's JSON file holds."""
    try:
        row: dict[str, Any] = json.loads(read(storage, path) or b"")
        for name in ("started_at", "finished_at"):
            row[name] = datetime.fromisoformat(row[name]) if row[name] else None
    except (ValueError, KeyError, TypeError) as error:
        raise ArchiveError(f"{path} in {storage.location} is no record of a run: restore or remove it") from error
    return row
