"""Whole views of an archive, for tests that compare one state with another."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from datetime import datetime
from pathlib import Path
from typing import Any

from kompas_crawler.archive import Archive, schema
from kompas_crawler.archive.duplicates import NearDuplicates
from kompas_crawler.archive.months import Month
from kompas_crawler.archive.parquet import read_table

OF_THE_COMMIT = ("meta", "near_duplicates", "near_bands", "near_method")
"""Index tables that name the commit, or number the signatures as they came (there the marks count)."""


def rows(archive: Archive, table: str) -> list[dict[str, Any]]:
    """Return every row of a table as its files hold them, with the month of the file."""
    found = []
    for path in archive.storage.files("."):
        if path.partition("/")[0].removesuffix(".parquet") == table and path.endswith(".parquet"):
            part = read_table(archive.storage, path, schema.TABLES[table]).to_pylist()
            found += [{"month": Month.of_path(path)} | row for row in part]
    return found


def everything(archive: Archive) -> dict[str, list[dict[str, Any]]]:
    """Return all rows of all tables, in an order of their own."""
    return {table: sorted(rows(archive, table), key=repr) for table in schema.TABLES}


def indexed(path: Path) -> dict[str, list[tuple[Any, ...]]]:
    """Return all rows of the index."""
    with closing(sqlite3.connect(path)) as connection:
        names = [name for (name,) in connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'")]
        tables = {
            name: sorted(connection.execute(f"SELECT * FROM {name}").fetchall(), key=repr)
            for name in names
            if name not in OF_THE_COMMIT
        }
        return tables | {"marks": sorted(NearDuplicates(connection).marks())}


def valid_at(archive: Archive, instant: datetime) -> dict[str, tuple[str, bool]]:
    """Return text and absence of every article at an instant, by the rule that the schema of revisions states."""
    found: dict[str, dict[str, Any]] = {}
    never = datetime.max.replace(tzinfo=instant.tzinfo)
    for row in [*rows(archive, "articles"), *rows(archive, "revisions")]:
        until = row.get("replaced_at") or never
        if row["fetched_at"] <= instant < until:
            row["until"] = until
            best = found.get(row["article_id"])
            if best is None or (until, -row["fetched_at"].timestamp()) < (
                best["until"],
                -best["fetched_at"].timestamp(),
            ):
                found[row["article_id"]] = row
    return {key: (row["body"], row["gone_at"] is not None) for key, row in found.items()}


def check_sound(archive: Archive) -> None:
    """Check what must hold at any moment, also in the middle of a commit."""
    articles = rows(archive, "articles")
    keys = [row["article_id"] for row in articles]
    assert len(keys) == len(set(keys))
    assert all(row["month"] == Month.of_day(row["published_on"]) for row in articles)
    for table in ("revisions", "links"):
        assert all(row["month"] == Month.of_key(row["article_id"]) for row in rows(archive, table))
    numbers = [(row["article_id"], row["revision"]) for row in rows(archive, "revisions")]
    assert len(numbers) == len(set(numbers))
