"""`load` and its sisters: the tables of an archive for the people who analyse them.

Knows the arguments and which table answers them. Refuses to write, to lock and to fetch; a crawl may run meanwhile.

    from kompas_crawler import load
    load("output", since="2021-04-01", until="2021-04-30", columns=["title", "published_on"]).to_pandas()
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import timedelta
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc

from kompas_crawler.archive import selection
from kompas_crawler.archive.coverage import end_of_day
from kompas_crawler.archive.relation import Relation, Scan
from kompas_crawler.archive.scans import WITH_REVISIONS, HistoryScan, TableScan, all_of, parquet_files
from kompas_crawler.archive.schema import DAY, INSTANT, TABLES
from kompas_crawler.archive.selection import Day, Instant, Window
from kompas_crawler.archive.storage import Storage, storage_at
from kompas_crawler.errors import ArchiveNotFound, SelectionRefused
from kompas_crawler.site.sections import SECTIONS, is_known_section

_ALL_DAYS = Window(since=None, until=None)


def load(
    output: str | Path = "output",
    *,
    since: Day | None = None,
    until: Day | None = None,
    sections: Iterable[str] | None = None,
    columns: Iterable[str] | None = None,
    as_of: Instant | None = None,
    revisions: bool = False,
) -> Relation:
    """Return the articles of an archive, one row each, selected but not yet read.

    `output` is a folder or an address like `s3://bucket/prefix`. `since` and `until` are WIB days of publication, both
    inclusive: dates, datetimes or strings like `2021-04-01`. `sections` are slugs, `columns` names from DATA_FORMAT.md.
    `as_of` gives the archive as it was at an aware instant, or at the end of a WIB day: articles seen by then, with the
    text they had (`last_seen_at`, `duplicate_of` and `discovered_by` are what is known today). `revisions=True` adds
    every superseded row, with when and by what it was replaced.

    Raises `SelectionRefused` (a `ValueError`) for what cannot be selected, `ArchiveNotFound` where there is none, and,
    when rows are read, `SchemaMismatch` for files of another version of the contract.
    """
    storage = _archive(output, "articles")
    window, instant = selection.window(since, until), selection.instant(as_of)
    if instant is not None and revisions:
        raise SelectionRefused(
            "as_of and revisions=True exclude each other: take revisions=True and filter on fetched_at and replaced_at"
        )
    chosen = _sections(storage, sections)
    rows = all_of(_days("published_on", window), _labels("section", chosen))
    schema = WITH_REVISIONS if revisions else TABLES["articles"]
    scan: Scan = TableScan(storage, "articles", schema, window, rows)
    if instant is not None or revisions:
        scan = HistoryScan(storage, window, rows, instant)
    said = [str(window), *([f"sections {', '.join(chosen)}"] if chosen else [])]
    said += [f"as of {instant:%Y-%m-%d %H:%M:%S} UTC"] if instant else []
    said += ["with superseded revisions"] if revisions else []
    return _relation("articles", storage, scan, schema, columns, said)


def load_links(
    output: str | Path = "output",
    *,
    since: Day | None = None,
    until: Day | None = None,
    columns: Iterable[str] | None = None,
) -> Relation:
    """Return the links of the articles of an archive: Baca juga, Terkini and the rest, one row per source and target.

    `since` and `until` are WIB days of the source article. Raises as `load`.
    """
    storage, window = _archive(output, "links"), selection.window(since, until)
    scan = TableScan(storage, "links", TABLES["links"], window, _days("published_on", window))
    return _relation("links", storage, scan, scan.schema, columns, [str(window)])


def load_coverage(
    output: str | Path = "output",
    *,
    since: Day | None = None,
    until: Day | None = None,
    sections: Iterable[str] | None = None,
    columns: Iterable[str] | None = None,
) -> Relation:
    """Return what an archive holds and misses, one row per WIB day and section. A pair without a row: no crawl.

    Raises as `load`.
    """
    storage, window = _archive(output, "coverage"), selection.window(since, until)
    chosen = _sections(storage, sections)
    rows = all_of(_days("day", window), _labels("section", chosen))
    scan = TableScan(storage, "coverage", TABLES["coverage"], window, rows)
    said = [str(window), *([f"sections {', '.join(chosen)}"] if chosen else [])]
    return _relation("coverage", storage, scan, scan.schema, columns, said)


def load_visits(
    output: str | Path = "output",
    *,
    since: Day | None = None,
    until: Day | None = None,
    columns: Iterable[str] | None = None,
) -> Relation:
    """Return what became of every address in every run.

    `since` and `until` are WIB days on which the visit was decided. Raises as `load`.
    """
    storage, window = _archive(output, "visits"), selection.window(since, until)
    scan = TableScan(storage, "visits", TABLES["visits"], _ALL_DAYS, _instants("visited_at", window))
    return _relation("visits", storage, scan, scan.schema, columns, [str(window)])


def _archive(output: str | Path, table: str) -> Storage:
    """Return the storage that holds an archive with this table, or with no rows of it yet."""
    storage = storage_at(str(output))
    if any(parquet_files(storage, name, _ALL_DAYS) for name in (table, *TABLES)):
        return storage
    inside = Path(str(output)).name in TABLES
    advice = f"name the folder above it ({Path(str(output)).parent})" if inside else "check the path"
    raise ArchiveNotFound(f"there is no archive at {output}: {advice}, or make one with `scrapy crawl kompas`")


def _relation(
    name: str, storage: Storage, scan: Scan, schema: pa.Schema, columns: Iterable[str] | None, said: list[str]
) -> Relation:
    chosen = selection.names("columns", columns, schema.names) or schema.names
    projected = pa.schema([schema.field(column) for column in chosen], metadata=schema.metadata)
    return Relation(name, projected, ", ".join(said), storage.location, scan)


def _sections(storage: Storage, asked: Iterable[str] | None) -> list[str] | None:
    """Return the checked sections. One that no table knows is allowed where the archive has met it."""
    asked = asked if asked is None or isinstance(asked, str) else list(asked)
    allowed = sorted(SECTIONS)
    if asked is not None and not isinstance(asked, str):
        allowed += [name for name in asked if name not in SECTIONS and is_known_section(name)]
        if not set(asked) <= set(allowed):
            allowed = sorted({*allowed, *_sections_met(storage)})
    return selection.names("sections", asked, allowed)


def _sections_met(storage: Storage) -> set[str]:
    scan = TableScan(storage, "coverage", TABLES["coverage"], _ALL_DAYS, None)
    return {section for batch in scan.batches(["section"]) for section in batch["section"].unique().to_pylist()}


def _days(column: str, window: Window) -> pc.Expression | None:
    day = pc.field(column)
    first = None if window.since is None else day >= pa.scalar(window.since, DAY)
    last = None if window.until is None else day <= pa.scalar(window.until, DAY)
    return all_of(first, last)


def _instants(column: str, window: Window) -> pc.Expression | None:
    at = pc.field(column)
    first = None if window.since is None else at >= pa.scalar(end_of_day(window.since - timedelta(days=1)), INSTANT)
    last = None if window.until is None else at < pa.scalar(end_of_day(window.until), INSTANT)
    return all_of(first, last)


def _labels(column: str, chosen: list[str] | None) -> pc.Expression | None:
    return None if chosen is None else pc.field(column).isin(pa.array(chosen))
