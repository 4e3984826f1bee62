"""How rows come out of the monthly files: as they are, as they were at an instant, or with every revision.

Knows files, row filters and revisions. Refuses to know what people ask for (see `selection`) and how results are shown
(see `relation`). Files are opened when rows are asked for, and closed after.
"""

from __future__ import annotations

import operator
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime
from functools import reduce
from typing import TYPE_CHECKING, Final

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.fs as pafs
import pyarrow.parquet as pq

from kompas_crawler.archive.months import Month
from kompas_crawler.archive.schema import ARTICLES, INSTANT, REVISIONS, require_current
from kompas_crawler.archive.selection import Window
from kompas_crawler.archive.storage import Storage

if TYPE_CHECKING:
    import pyarrow.dataset as ds

_ORDER: Final = ["published_at", "article_id", "revision"]
WITH_REVISIONS: Final = pa.schema(
    [*ARTICLES, *(column.with_nullable(True) for column in REVISIONS if column.name not in ARTICLES.names)]
)
"""The columns of an article, and those that only superseded rows fill."""
_VALID: Final = pa.schema(
    [WITH_REVISIONS.field(name) for name in ("article_id", "revision", "fetched_at", "replaced_at")]
)
_READAHEAD: Final = {"batch_readahead": 2, "fragment_readahead": 2}
"""A pass over all columns of 100,000 articles of 200 words peaks at 355 MB; with Arrow's own readahead (16 batches of
4 files) at 493 MB, and no sooner."""


def parquet_files(storage: Storage, table: str, window: Window) -> list[str]:
    """Return the files of a table that may hold days of `window`, in order of the months."""
    single = f"{table}.parquet"
    if storage.filesystem.get_file_info(single).type is pafs.FileType.File:
        return [single]
    files = [path for path in storage.files(table) if path.endswith(".parquet")]
    return [path for path in files if (month := Month.of_path(path)) is None or window.may_hold(month)]


def all_of(*conditions: pc.Expression | None) -> pc.Expression | None:
    """Return the conjunction of conditions, of which null ones demand nothing; null when all are."""
    return reduce(operator.and_, demanded) if (demanded := [one for one in conditions if one is not None]) else None


@dataclass(frozen=True, slots=True)
class TableScan:
    """The rows of a table as its files hold them."""

    storage: Storage
    table: str
    """Folder or file below the root."""
    schema: pa.Schema
    window: Window
    """Which months to read; the rows are selected by `rows`."""
    rows: pc.Expression | None
    """Which rows, null for all. Row groups that cannot hold any are skipped."""

    def dataset(self, columns: list[str]) -> ds.Dataset:  # noqa: ARG002 - a dataset reads what a query names
        """Return the files as a dataset with the row filter in it."""
        files = parquet_files(self.storage, self.table, self.window)
        for path in {*files[:1], *files[-1:]}:  # a migration that broke off left one end at the old version
            require_current(pq.read_schema(path, filesystem=self.storage.filesystem), path)
        found = _dataset(files, self.schema, self.storage.filesystem)
        return found if self.rows is None else found.filter(self.rows)

    def batches(self, columns: list[str]) -> Iterator[pa.RecordBatch]:
        """Yield these columns of all rows, in the order of the files."""
        yield from self.dataset(columns).to_batches(columns=columns, **_READAHEAD)

    def count(self) -> int:
        """Return the number of rows; the files' statistics answer where they can."""
        return int(self.dataset([]).count_rows())


@dataclass(frozen=True, slots=True)
class HistoryScan:
    """Articles together with their superseded revisions: as of an instant, or all of them. A month is held at a time.

    What was valid at an instant: see `revisions`. A commit writes the revisions of a month before its articles; here
    they are read in the other order, so that what is superseded meanwhile is met in both, and counted once.
    """

    storage: Storage
    window: Window
    rows: pc.Expression | None
    as_of: datetime | None
    """The instant, in UTC; null for all revisions."""

    def dataset(self, columns: list[str]) -> ds.Dataset:
        """Return these columns of all rows, in memory: only there the rows of two tables are one."""
        schema = pa.schema([WITH_REVISIONS.field(name) for name in columns])
        import pyarrow.dataset as ds

        return ds.dataset(pa.Table.from_batches(self.batches(columns), schema=schema))

    def batches(self, columns: list[str]) -> Iterator[pa.RecordBatch]:
        """Yield these columns of all rows, sorted by publication within a month.

        Superseded rows lie in the month of the key, which need not be that of publication: the statistics of their
        files say which of them are of use.
        """
        files = [*parquet_files(self.storage, "articles", self.window), *self._revision_files()]
        months = sorted({month for path in files if (month := Month.of_path(path))})
        select = self._everything if self.as_of is None else self._as_of(self.as_of)
        for month in months:
            needed = list(dict.fromkeys([*columns, *_ORDER]))
            rows = pa.concat_tables(select(month, needed)).sort_by([(name, "ascending") for name in _ORDER])
            yield from rows.select(columns).to_batches()

    def count(self) -> int:
        """Return the number of rows."""
        return sum(batch.num_rows for batch in self.batches(["article_id"]))

    def _everything(self, month: Month, columns: list[str]) -> list[pa.Table]:
        """Return the current and the superseded rows of a month."""
        current = self._read(month.file("articles"), columns, self.rows)
        past = self._read(month.file("revisions"), columns, self.rows)
        return [current.filter(pc.invert(_is_among(current, past))), past]

    def _revision_files(self) -> list[str]:
        return parquet_files(self.storage, "revisions", Window(since=None, until=None))

    def _as_of(self, instant: datetime) -> Callable[[Month, list[str]], list[pa.Table]]:
        """Return what selects the rows of a month that were valid at `instant`.

        An article can lie in another month than its revisions: so those of all months are asked first which articles
        they answer for.
        """
        known = pa.concat_tables(
            [_VALID.empty_table(), *(self._valid(path, instant) for path in self._revision_files())]
        )
        fetched = all_of(self.rows, pc.field("fetched_at") <= pa.scalar(instant, INSTANT))

        def select(month: Month, columns: list[str]) -> list[pa.Table]:
            current = self._read(month.file("articles"), columns, fetched)
            latest = self._valid(month.file("revisions"), instant)
            valid = _winners(pa.concat_tables([known, latest]))
            past = self._read(month.file("revisions"), columns, self.rows)
            superseded = pc.is_in(current["article_id"], valid["article_id"].combine_chunks())
            return [current.filter(pc.invert(superseded)), past.filter(_is_among(past, valid))]

        return select

    def _valid(self, path: str, instant: datetime) -> pa.Table:
        """Return the keys of the superseded rows of a file that were valid at `instant`, whatever the selection."""
        at = pa.scalar(instant, INSTANT)
        return self._read(path, _VALID.names, (pc.field("fetched_at") <= at) & (pc.field("replaced_at") > at))

    def _read(self, path: str, columns: list[str], rows: pc.Expression | None) -> pa.Table:
        """Return rows of one file as they would be among superseded ones; none when there is no such file."""
        filesystem = self.storage.filesystem
        if filesystem.get_file_info(path).type is pafs.FileType.NotFound:
            return pa.schema([WITH_REVISIONS.field(name) for name in columns]).empty_table()
        require_current(pq.read_schema(path, filesystem=filesystem), path)
        return _dataset([path], WITH_REVISIONS, filesystem).to_table(columns=columns, filter=rows)


def _dataset(files: list[str], schema: pa.Schema, filesystem: pafs.FileSystem) -> ds.Dataset:
    # Imported on use: it brings pandas with it where that is installed, 40 MB and half of a crawl's start.
    import pyarrow.dataset as ds

    return ds.FileSystemDataset.from_paths(files, schema=schema, format=ds.ParquetFileFormat(), filesystem=filesystem)


def _winners(valid: pa.Table) -> pa.Table:
    """Return one row per article: of the revisions that were valid at once, the one that ended first (`revisions`)."""
    ranked = valid.sort_by([("replaced_at", "ascending"), ("fetched_at", "descending"), ("revision", "ascending")])
    first = ranked.group_by("article_id", use_threads=False).aggregate([("revision", "first")])
    return first.rename_columns({"revision_first": "revision"})


def _is_among(rows: pa.Table, others: pa.Table) -> pa.Array:
    """Return for each row whether its article and revision are among those of another table."""
    return pc.is_in(_revision_key(rows), _revision_key(others).combine_chunks())


def _revision_key(rows: pa.Table) -> pa.ChunkedArray:
    return pc.binary_join_element_wise(rows["article_id"], rows["revision"].cast(pa.string()), "#")
