"""Small archives for tests: rows that fit the contract, written by the project's own writer."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pyarrow as pa

from kompas_crawler.archive import parquet
from kompas_crawler.archive.columns import record_batch
from kompas_crawler.archive.months import WIB, Month
from kompas_crawler.archive.schema import TABLES
from kompas_crawler.archive.storage import storage_at

STAMP = parquet.Stamp("r1", "0.1.0")


def instant(day: str, hour: int = 9) -> datetime:
    """Return an hour of a WIB day."""
    return (datetime.fromisoformat(day).replace(tzinfo=WIB) + timedelta(hours=hour)).astimezone(UTC)


def article(article_id: str, **changes: Any) -> dict[str, Any]:
    """Return a row of `articles`, published at 09:00 WIB of the day in its key and fetched an hour later."""
    published_at = changes.pop("published_at", instant(f"{article_id[:4]}-{article_id[4:6]}-{article_id[6:8]}"))
    fetched_at = published_at + timedelta(hours=1)
    row = {
        "article_id": article_id,
        "url": f"https://www.kompas.com/global/read/{article_id.replace('-', '/')}/judul",
        "section": "global",
        "section_code": 70,
        "breadcrumbs": ["News", "Global"],
        "content_type": "standard",
        "title": f"Judul {article_id}",
        "body": "Isi berita.",
        "word_count": 2,
        "paragraph_count": 1,
        "authors": ["Rini Wulandari"],
        "editors": [],
        "tags": ["banjir"],
        "published_at": published_at,
        "published_on": published_at.astimezone(WIB).date(),
        "published_source": "id",
        "page_count": 1,
        "pages_fetched": 1,
        "is_complete": True,
        "is_adult": False,
        "is_sponsored": False,
        "flags": [],
        "layout": "e1",
        "parser_version": 1,
        "rendered": False,
        "revision": 1,
        "content_hash": bytes(16),
        "first_seen_at": fetched_at,
        "fetched_at": fetched_at,
        "last_seen_at": fetched_at,
        "discovered_by": ["index"],
        "run_id": "r1",
    }
    return row | changes


def visit(url: str, **changes: Any) -> dict[str, Any]:
    """Return a row of `visits`."""
    row = {
        "run_id": "r1",
        "url": url,
        "page_kind": "article",
        "outcome": "kept_new",
        "discovered_by": ["index"],
        "visited_at": instant("2021-04-14"),
    }
    return row | changes


def coverage(day: str, section: str, **changes: Any) -> dict[str, Any]:
    """Return a row of `coverage` of a day on which nothing was listed."""
    row: dict[str, Any] = {"day": datetime.fromisoformat(day).date(), "section": section, "is_complete": True}
    row |= dict.fromkeys(("listed", "held", "failed", "excluded", "unlisted"), 0)
    return row | {"missing": [], "missing_reasons": [], "walked_at": instant(day, 30)} | changes


def write(root: Path | str, table: str, path: str, rows: Iterable[Mapping[str, Any]]) -> None:
    """Write rows of a table to a file of an archive."""
    schema = TABLES[table]
    arrow = pa.Table.from_batches([record_batch(list(rows), schema)], schema=schema)
    parquet.write(storage_at(str(root)), path, table, [parquet.sort(arrow, parquet.ORDER[table])], STAMP)


def write_months(root: Path | str, table: str, rows: Iterable[Mapping[str, Any]]) -> None:
    """Write rows of `articles`, `revisions` or `links` to the files of their months."""
    months: dict[Month, list[Mapping[str, Any]]] = {}
    for row in rows:
        months.setdefault(Month.of_day(row["published_on"]), []).append(row)
    for month, some in months.items():
        write(root, table, month.file(table), some)
