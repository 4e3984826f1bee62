"""Links: where articles point, in the month that the key of the source names; one row per source, kind and target.

Knows how staged links go into the files. Refuses to know articles and batches.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from collections.abc import Set as AbstractSet
from datetime import datetime
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from kompas_crawler.archive import schema as schemas
from kompas_crawler.archive.columns import record_batch
from kompas_crawler.archive.months import Month
from kompas_crawler.archive.parquet import Stamp, read_rows, rewrite
from kompas_crawler.archive.partitions import by_month
from kompas_crawler.archive.storage import Files

Row = Mapping[str, Any]


def fold_links(
    storage: Files, links: pa.Table, stamp: Stamp, *, reread: Mapping[str, AbstractSet[datetime]] | None = None
) -> set[Month]:
    """Put staged links into their months: one row per source, kind and target. Returns the months written.

    `reread` names the fetches of articles whose raw records were read again: links that only these showed, and that
    they no longer show, go.
    """
    again = reread or {}
    keys = sorted({*pc.unique(links["article_id"]).to_pylist(), *again})
    written = set()
    for month, sources in by_month(keys, Month.of_key).items():
        path = month.file("links")
        held = read_rows(storage, path, schemas.LINKS, "article_id", sources)
        staged = links.filter(pc.is_in(links["article_id"], value_set=pa.array(sources))) if sources != keys else links
        fresh, staged = _parted(staged, set(held["article_id"].to_pylist()))
        before, after = held.to_pylist(), staged.to_pylist()
        merged = _merged([row for row in before if not _is_of(row, again.get(row["article_id"], frozenset()))], after)
        if fresh.num_rows or merged != _merged(before, []):
            rows = pa.Table.from_batches([record_batch(list(merged.values()), schemas.LINKS)])
            rows = pa.concat_tables([rows, fresh.cast(schemas.LINKS)]) if rows.num_rows else fresh.cast(schemas.LINKS)
            rewrite(storage, path, "links", column="article_id", values=sources, rows=rows, stamp=stamp)
            written.add(month)
    return written


def _parted(staged: pa.Table, known: AbstractSet[str]) -> tuple[pa.Table, pa.Table]:
    """Return the links that go into the file as they are, then those that have to be merged.

    Where no link of an article is known and none comes twice, nothing can be merged. So are nearly all articles of a
    back-fill, and making records of their links would cost a third of a commit.
    """
    names = ("article_id", "kind", "target_url")
    counts = pc.value_counts(pc.binary_join_element_wise(*(staged[name].cast(pa.string()) for name in names), " "))
    values, times = counts.flatten()
    repeated = [key.partition(" ")[0] for key in values.filter(pc.greater(times, 1)).to_pylist()]
    not_fresh = pc.is_in(staged["article_id"], value_set=pa.array({*known, *repeated}, pa.string()))
    return staged.filter(pc.invert(not_fresh)), staged.filter(not_fresh)


def _is_of(link: Row, fetches: AbstractSet[datetime]) -> bool:
    return link["first_seen_at"] in fetches and link["last_seen_at"] in fetches


def _merged(held: Sequence[Row], staged: Sequence[Row]) -> dict[tuple[str, str, str], dict[str, Any]]:
    """Return one row per source, kind and target: as last seen, since first seen. The first place on a page counts."""
    merged: dict[tuple[str, str, str], dict[str, Any]] = {}
    for row in sorted([*held, *staged], key=lambda row: (row["last_seen_at"], -row["position"])):
        key = (row["article_id"], row["kind"], row["target_url"])
        first_seen_at = min(row["first_seen_at"], merged.get(key, row)["first_seen_at"])
        merged[key] = {**row, "first_seen_at": first_seen_at}
    return merged
