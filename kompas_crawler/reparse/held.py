"""What the archive holds of the articles of some readings, and what its books say of the runs that fetched them.

Knows the tables of articles, revisions and visits. Changes nothing.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping
from typing import Any, Final

import pyarrow as pa
import pyarrow.parquet as pq

from kompas_crawler.archive import schema as schemas
from kompas_crawler.archive.ledgers import VISITS
from kompas_crawler.archive.months import Month
from kompas_crawler.archive.parquet import read_batches, read_rows
from kompas_crawler.archive.storage import Storage, refusals
from kompas_crawler.items import PageKind, Route

Row = Mapping[str, Any]

_OF_A_VISIT: Final = ("run_id", "article_id", "page_kind", "outcome", "discovered_by", "visited_at", "section")


def rows_of(storage: Storage, months: Mapping[str, Collection[Month]]) -> dict[str, list[Row]]:
    """Return every row of some articles, the current one first, then the superseded ones.

    `months` names for each key those in which its current row may lie.
    """
    by_month: defaultdict[Month, set[str]] = defaultdict(set)
    for key, some in months.items():
        for month in some:
            by_month[month].add(key)
    found: defaultdict[str, list[Row]] = defaultdict(list)
    for table in ("articles", "revisions"):
        for month, keys in by_month.items():
            path = month.file(table)
            for row in read_rows(storage, path, schemas.TABLES[table], "article_id", keys).to_pylist():
                found[row["article_id"]].append(row)
    return dict(found)


def is_current(row: Row) -> bool:
    """Return whether a row is of `articles`."""
    return row.get("replaced_at") is None


def keys_of(storage: Storage, months: Iterable[Month]) -> set[str]:
    """Return the keys of all articles that some months hold."""
    keys: set[str] = set()
    for month in months:
        path = month.file("articles")
        with refusals(f"cannot read {path} in {storage.location}"):
            try:
                with storage.open(path) as source:
                    held = pq.ParquetFile(source).read(columns=["article_id"], use_threads=False)
                    keys.update(held["article_id"].to_pylist())
            except FileNotFoundError:
                continue
    return keys


def routes_of_run(storage: Storage, run_id: str) -> dict[str, tuple[Route, ...]]:
    """Return by which routes a run met the articles that it met; empty when its books are not there."""
    own = [path for path in storage.files(VISITS.table) if path.endswith(f"/{run_id}.parquet")]
    whole = [path for path in storage.files(VISITS.table) if path.endswith(f"/{VISITS.table}.parquet")]
    for path in own or whole:
        routes = {
            row["article_id"]: tuple(Route(route) for route in row["discovered_by"])
            for batch in read_batches(storage, path, schemas.VISITS, touching=("run_id", [run_id]))
            for row in _light(batch)
            if row["run_id"] == run_id
        }
        if routes:
            return routes
    return {}


def visits_in(storage: Storage, path: str) -> Iterator[Row]:
    """Yield the visits of articles' own pages in a file."""
    for batch in read_batches(storage, path, schemas.VISITS):
        yield from _light(batch)


def _light(batch: pa.Table) -> Iterator[Row]:
    rows: list[Row] = batch.select(list(_OF_A_VISIT)).to_pylist()
    return (row for row in rows if row["article_id"] is not None and row["page_kind"] == PageKind.ARTICLE)
