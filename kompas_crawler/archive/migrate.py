"""Migration: bringing the files of an archive from an older schema version to that of this software.

Knows the chain of steps from version to version. There is none yet: version 1 is the first. A step is a function from
the rows of one file of a table to the same rows under the next version. When a migration dies it is started again: a
file is old or new, and until the last one is new the archive says that it is old.
"""

from __future__ import annotations

import json
import uuid
from collections.abc import Callable, Iterator, Mapping
from dataclasses import asdict, replace
from typing import Final

import pyarrow as pa
import pyarrow.parquet as pq

from kompas_crawler.archive import staging
from kompas_crawler.archive.marker import MARKER, read_marker
from kompas_crawler.archive.parquet import Stamp, conformed, write
from kompas_crawler.archive.schema import RUN_KEY, SCHEMA_VERSION, TABLES, VERSION_KEY
from kompas_crawler.archive.storage import Storage, refusals, write_bytes
from kompas_crawler.errors import ArchiveError, SchemaMismatch

Step = Callable[[str, pa.Table], pa.Table]
"""Takes the name of a table and the rows of one of its files; returns them, in order, under the next version."""

STEPS: Final[Mapping[int, Step]] = {}
"""The step from each older version to the next."""


def migrate(storage: Storage, *, software_version: str, steps: Mapping[int, Step] = STEPS) -> list[str]:
    """Bring every file to this software's schema version. Returns the paths of the files that were written.

    The caller holds the lock. Raises `SchemaMismatch`, before anything is written, when a file has a version from which
    no steps lead here, and `ArchiveError` while something is staged: the software that staged it must commit it.
    """
    old = {path: version for path, version in _versions(storage) if version != SCHEMA_VERSION}
    for path, version in old.items():
        _require_way(path, version, steps)
    if old and staging.batches(storage):
        raise ArchiveError(f"{storage.location} holds staged records of an older version: commit them with that first")
    for path, version in old.items():
        _migrate_file(storage, path, version, software_version, steps)
    marker = read_marker(storage)
    if marker is not None and marker.schema_version != SCHEMA_VERSION:
        new = replace(marker, commit=uuid.uuid4().hex, schema_version=SCHEMA_VERSION, software_version=software_version)
        write_bytes(storage, MARKER, json.dumps(asdict(new), indent=1).encode() + b"\n")
    return sorted(old)


def table_of(path: str) -> str:
    """Return the table that a file of the archive belongs to.

    >>> table_of("visits/year=2021/month=04/r1.parquet"), table_of("coverage.parquet")
    ('visits', 'coverage')
    """
    return path.partition("/")[0].removesuffix(".parquet")


def _versions(storage: Storage) -> Iterator[tuple[str, int]]:
    """Yield every Parquet file of the tables with its schema version; 0 when it names none."""
    for path in storage.files("."):
        if table_of(path) in TABLES and path.endswith(".parquet"):
            found = (_schema(storage, path).metadata or {}).get(VERSION_KEY, b"0")
            yield path, int(found)


def _schema(storage: Storage, path: str) -> pa.Schema:
    with refusals(f"cannot read {path} in {storage.location}"), storage.open(path) as source:
        return pq.read_schema(source)


def _require_way(path: str, version: int, steps: Mapping[int, Step]) -> None:
    missing = [number for number in range(version, SCHEMA_VERSION) if number not in steps]
    if version > SCHEMA_VERSION or missing:
        raise SchemaMismatch(
            f"{path} has schema version {version or 'none'}, and no migration leads from there to {SCHEMA_VERSION}: "
            "install the software that wrote it"
        )


def _migrate_file(storage: Storage, path: str, version: int, software_version: str, steps: Mapping[int, Step]) -> None:
    table = table_of(path)
    with refusals(f"cannot read {path} in {storage.location}"), storage.open(path) as source:
        rows = pq.ParquetFile(source).read(use_threads=False)
    run_id = (rows.schema.metadata or {}).get(RUN_KEY, b"").decode()
    for number in range(version, SCHEMA_VERSION):
        rows = steps[number](table, rows)
    write(storage, path, table, [conformed(rows, TABLES[table], path)], Stamp(run_id, software_version))
