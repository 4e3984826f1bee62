"""Rebuilding: the index made again from the Parquet files, which are the only truth.

Knows which tables the index follows from. Refuses to know how the index stores it.
"""

from __future__ import annotations

import pyarrow.compute as pc

from kompas_crawler.archive import ledgers
from kompas_crawler.archive import schema as schemas
from kompas_crawler.archive.duplicates import NearDuplicates, Text
from kompas_crawler.archive.fingerprint import fingerprint
from kompas_crawler.archive.index import Index
from kompas_crawler.archive.parquet import read_batches
from kompas_crawler.archive.storage import Storage


def rebuild(storage: Storage, index: Index, *, commit: str | None) -> dict[str, str | None]:
    """Make `index` anew from the archive as `commit` left it. Either all of it is replaced, or nothing.

    Returns the near-duplicate marks that the rows of `articles` lack or bear in vain, by article; none as a rule.
    Raises `ArchiveError` when a file cannot be read.
    """
    with index.transaction():
        index.reset()
        borne = _take_articles(storage, index)
        for ledger, put in ((ledgers.VISITS, index.put_visits), (ledgers.WALKS, index.put_walks)):
            for month, rows in ledgers.rows_of(storage, ledger):
                put(rows.to_pylist())
                for run_id in pc.unique(rows["run_id"]).to_pylist():
                    index.month_of_run(run_id, month)
        index.mark(commit, before=commit)
        due = dict(NearDuplicates(index.connection).marks())
    return {key: due.get(key) for key in sorted(borne.keys() | due.keys()) if borne.get(key) != due.get(key)}


def _take_articles(storage: Storage, index: Index) -> dict[str, str]:
    """Put all current rows in. Returns the marks that they bear."""
    borne = {}
    duplicates = NearDuplicates(index.connection)
    for path in storage.files("articles"):
        for batch in read_batches(storage, path, schemas.ARTICLES):
            rows = batch.to_pylist()
            index.put_articles(rows, [fingerprint(row) for row in rows])
            duplicates.update(Text(row["article_id"], row["published_at"], row["body"]) for row in rows)
            borne.update({row["article_id"]: row["duplicate_of"] for row in rows if row["duplicate_of"] is not None})
    return borne
