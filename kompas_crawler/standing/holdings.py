"""What an archive holds, by table: files, rows and bytes, from file lists and Parquet footers alone."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from typing import Final

import pyarrow as pa
import pyarrow.fs as pafs
import pyarrow.parquet as pq

from kompas_crawler.archive.schema import TABLES
from kompas_crawler.archive.storage import Storage, refusals
from kompas_crawler.errors import ArchiveError

INDEX: Final = "index"
"""Name under which the files of the index (SQLite, with its journals) are counted."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Holding:
    """One table or folder of an archive."""

    name: str
    """Name of the table, or of the folder or file below the root that is none."""
    files: int
    """Number of files."""
    rows: int | None
    """Number of rows; null for what is no table."""
    size_bytes: int
    """Bytes on the disk or in the store."""


def holdings(storage: Storage) -> tuple[Holding, ...]:
    """Return what the root of an archive holds: the tables in the order of DATA_FORMAT.md, then the rest by name.

    Raises `ArchiveError` for a table's file that is no Parquet.
    """
    found: defaultdict[str, list[pafs.FileInfo]] = defaultdict(list)
    with refusals(f"cannot list {storage.location}"):
        everything = pafs.FileSelector("", recursive=True, allow_not_found=True)
        for info in storage.filesystem.get_file_info(everything):
            if info.type is pafs.FileType.File:
                found[_name_of(info.path)].append(info)
    names = [*(name for name in TABLES if name in found), *sorted(set(found) - set(TABLES))]
    return tuple(_holding(storage, name, found[name]) for name in names)


def _holding(storage: Storage, name: str, files: list[pafs.FileInfo]) -> Holding:
    rows = sum(_rows(storage, info.path) for info in files) if name in TABLES else None
    return Holding(name=name, files=len(files), rows=rows, size_bytes=sum(info.size for info in files))


def _name_of(path: str) -> str:
    """Return under which name a file is counted.

    >>> [_name_of(p) for p in ("articles/year=2021/month=04/articles.parquet", "coverage.parquet", "runs/r1.json")]
    ['articles', 'coverage', 'runs/']
    >>> _name_of("index.sqlite-wal")
    'index'
    """
    first, slash, _ = path.partition("/")
    if not slash:
        return INDEX if first.startswith("index.sqlite") else first.removesuffix(".parquet")
    return first if path.endswith(".parquet") and first in TABLES else f"{first}/"


def _rows(storage: Storage, path: str) -> int:
    try:
        return int(pq.read_metadata(path, filesystem=storage.filesystem).num_rows)
    except FileNotFoundError:  # a commit joined the files of a month meanwhile
        return 0
    except pa.ArrowInvalid as error:
        raise ArchiveError(f"{path} in {storage.location} is damaged, restore or remove it: {error}") from error
