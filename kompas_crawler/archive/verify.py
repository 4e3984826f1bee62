"""Verification: everything in an archive that is not as promised, with where it is and how to mend it.

Knows every promise that can be checked from the files alone: types and versions, order, keys, partitions, revisions,
raw records, books, coverage, and that the index says what the files say. Changes nothing. The caller holds the lock,
so that nothing changes meanwhile either.

The checks of single rows are in `checks`; here the files are walked. An index made anew in a temporary folder is the
measure for the index and for the coverage, so a verification takes as long as `rebuild-index`, and some more.
"""

from __future__ import annotations

import sqlite3
import tempfile
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass
from itertools import groupby
from operator import itemgetter
from pathlib import Path
from typing import Any, Final

import pyarrow as pa

from kompas_crawler.archive import checks, ledgers, staging
from kompas_crawler.archive.commit import COVERAGE_FILE
from kompas_crawler.archive.coverage import coverage_of_day
from kompas_crawler.archive.duplicates import NearDuplicates
from kompas_crawler.archive.index import Index, troubles
from kompas_crawler.archive.marker import last_commit
from kompas_crawler.archive.months import Month
from kompas_crawler.archive.parquet import ORDER, read_batches, read_table
from kompas_crawler.archive.raw_checks import RawFiles
from kompas_crawler.archive.raw_retention import POINTING
from kompas_crawler.archive.rebuild import rebuild
from kompas_crawler.archive.runs import TABLE_FILE
from kompas_crawler.archive.schema import ARTICLES, COVERAGE, RUNS, TABLES
from kompas_crawler.archive.storage import UNFINISHED, Storage
from kompas_crawler.errors import ArchiveError, SchemaMismatch
from kompas_crawler.items import Outcome, PageKind

RESTORE: Final = "restore the file from a backup, or fetch the day again (scrapy crawl kompas -a since=… -a until=…)"
RESTORE_RAW: Final = "restore the file from a backup; the rows are sound without it, only `reparse` needs it"
REPORT: Final = "this is a fault of the software: report it with this line"
_MONTHLY: Final = ("articles", "revisions", "links", "visits", "walks")
_SINGLE: Final = {"coverage": COVERAGE_FILE, "runs": TABLE_FILE}
_COMPARED: Final = {
    "articles": "*",
    "visited": "*",
    "routes": "*",
    "listings": "*",
    "walks": "*",
    "runs": "*",
    "near_duplicates": "article_id, published_us, duplicate_of, signature",
}
_EXAMPLES: Final = 3


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that is wrong."""

    check: str
    """Name of the check, e.g. `order`."""
    where: str
    """File, and article, run or day where it has one."""
    problem: str
    """What is wrong."""
    remedy: str
    """How to mend it."""

    def __str__(self) -> str:
        return f"{self.check}: {self.where}: {self.problem}. To mend it: {self.remedy}"


def verify(storage: Storage, index_path: Path) -> Iterator[Finding]:
    """Yield everything that is wrong with an archive and its index; nothing when all is well."""
    yield from leftovers(storage)
    damaged = list(files(storage))
    yield from damaged
    if damaged:  # what follows reads every file, and would say the same less clearly
        return
    yield from articles(storage)
    yield from revisions(storage)
    yield from links(storage)
    yield from raw_records(storage)
    yield from books(storage)
    with tempfile.TemporaryDirectory() as folder, closing(Index(Path(folder) / "index.sqlite")) as truth:
        rebuild(storage, truth, commit=None)
        yield from stale_index(storage, index_path, truth)
        yield from marks(storage, truth)
        yield from kept(truth)
        yield from coverage(storage, truth)


def leftovers(storage: Storage) -> Iterator[Finding]:
    """Yield what interrupted writers have left behind, and files that have no place among the tables."""
    for path in storage.files(UNFINISHED):
        yield Finding("leftovers", path, "a writer died before it was whole", "run `scrapy commit`, or delete the file")
    runs = Counter(path.split("/")[1] for path in storage.files(staging.FOLDER) if path.count("/") > 1)
    for run_id, count in runs.items():
        yield Finding("leftovers", f"staging/{run_id}", f"{count} batches are not in the tables", "run `scrapy commit`")
    for table in _MONTHLY:
        for path in storage.files(table):
            if not _has_place(path, table):
                yield Finding("leftovers", path, f"readers take it for a part of {table}", "move it out of the folder")


def files(storage: Storage) -> Iterator[Finding]:
    """Yield the files that cannot be read, are of another schema version, or are not in order."""
    try:
        last_commit(storage)
    except ArchiveError as error:
        yield Finding("files", "commit.json", str(error), "do as it says")
    for table, path in _table_files(storage):
        try:
            yield from _each("order", path, checks.of_order(_sort_keys(storage, table, path)), REPORT)
        except SchemaMismatch as error:
            yield Finding("files", path, str(error), "run `scrapy migrate`")
        except ArchiveError as error:
            yield Finding("files", path, str(error), RESTORE)


def articles(storage: Storage) -> Iterator[Finding]:
    """Yield articles that contradict themselves, lie in the wrong month, or lie in the archive twice."""
    moved: defaultdict[str, list[str]] = defaultdict(list)
    for path, month in _months(storage, "articles"):
        keys: Counter[str] = Counter()
        for row in _rows(storage, "articles", path):
            key = row["article_id"]
            keys[key] += 1
            yield from _each("articles", f"{path} {key}", checks.of_article(row), RESTORE)
            yield from _each("partitions", f"{path} {key}", checks.of_place(row, "articles", month), REPORT)
            if Month.of_key(key) != month:
                moved[key].append(path)
        yield from _twice(path, keys)
    # Two rows of one key in two months: at least one of them is not in the month of the key.
    at_home = defaultdict(set)
    for key in moved:
        at_home[Month.of_key(key).file("articles")].add(key)
    for path, keys_of_path in at_home.items():
        for batch in read_batches(storage, path, ARTICLES, touching=("article_id", sorted(keys_of_path))):
            for key in keys_of_path & set(batch["article_id"].to_pylist()):
                moved[key].append(path)
    for key, paths in moved.items():
        if len(paths) > 1:
            yield Finding("keys", key, f"it has a row in each of {', '.join(paths)}", REPORT)


def revisions(storage: Storage) -> Iterator[Finding]:
    """Yield revisions that contradict themselves, and histories without exactly one answer for every instant."""
    current = _current_rows(storage)
    for path, month in _months(storage, "revisions"):
        rows = _rows(storage, "revisions", path)  # sorted by article
        for key, group in groupby(rows, key=itemgetter("article_id")):
            history = list(group)
            for row in history:
                where = f"{path} {key} revision {row['revision']}"
                yield from _each("articles", where, checks.of_article(row), RESTORE)
                yield from _each("partitions", where, checks.of_place(row, "revisions", month), REPORT)
            yield from _each("revisions", f"{path} {key}", checks.of_history(current.get(key), history), REPORT)


def links(storage: Storage) -> Iterator[Finding]:
    """Yield links that contradict themselves or stand there twice."""
    for path, month in _months(storage, "links"):
        names: Counter[str] = Counter()
        for row in _rows(storage, "links", path):
            names[f"{row['article_id']} {row['kind']} {row['target_url']}"] += 1
            where = f"{path} {row['article_id']}"
            yield from _each("links", where, checks.of_link(row), REPORT)
            yield from _each("partitions", where, checks.of_place(row, "links", month), REPORT)
        yield from _twice(path, names)


def raw_records(storage: Storage) -> Iterator[Finding]:
    """Yield raw files that are damaged, and rows whose answer is not where they say. Nothing where none are kept."""
    kept = RawFiles(storage)
    if not kept:
        return
    for path, problem in kept.problems:
        yield Finding("raw", path, problem, RESTORE_RAW)
    for table in POINTING:
        name = "url" if table == "visits" else "article_id"
        for path in storage.files(table):
            for row in _rows(storage, table, path, [name, "raw_file", "raw_offset"]):
                if row["raw_file"] is not None:
                    problems = kept.of_pointer(row["raw_file"], row["raw_offset"])
                    yield from _each("raw", f"{path} {row[name]}", problems, RESTORE_RAW)


def books(storage: Storage) -> Iterator[Finding]:
    """Yield runs whose visits do not add up to what the run reported, and runs that the table lacks."""
    outcomes: defaultdict[str, dict[str, str]] = defaultdict(dict)
    for _, batch in ledgers.rows_of(storage, ledgers.VISITS):
        for row in batch.select(["run_id", "url", "page_kind", "article_id", "outcome", "visited_at"]).to_pylist():
            name = row["article_id"] if row["page_kind"] == PageKind.ARTICLE and row["article_id"] else row["url"]
            outcomes[row["run_id"]][name] = row["outcome"]
    tabled = {row["run_id"]: row for row in read_table(storage, TABLE_FILE, RUNS).to_pylist()}
    for run_id, record in tabled.items():
        yield from _each("books", run_id, checks.of_run(record, outcomes.get(run_id, {})), REPORT)
    for path in storage.files("runs"):
        if Path(path).stem not in tabled:
            yield Finding("books", path, "the run is not in runs.parquet", "the end of the next run puts it there")


def stale_index(storage: Storage, index_path: Path, truth: Index) -> Iterator[Finding]:
    """Yield the tables of the index that differ from the same made anew."""
    where, remedy = str(index_path), "run `scrapy rebuild-index`"
    if not index_path.exists():
        yield Finding("index", where, "there is none", remedy)
        return
    try:
        with closing(Index(index_path)) as index:
            is_current = index.reflects(last_commit(storage))
        problems = _differences(truth.connection, index_path) if is_current else ["it does not show the last commit"]
    except ArchiveError as error:
        problems = [str(error)]
    yield from _each("index", where, problems, remedy)


def marks(storage: Storage, truth: Index) -> Iterator[Finding]:
    """Yield articles that are marked as near-duplicates otherwise than their texts demand."""
    originals = dict(NearDuplicates(truth.connection).marks())
    for path, _ in _months(storage, "articles"):
        for row in _rows(storage, "articles", path, ["article_id", "duplicate_of"]):
            expected = originals.get(row["article_id"])
            if row["duplicate_of"] != expected:
                problem = f"duplicate_of is {row['duplicate_of']}, by its text {expected}"
                yield Finding("duplicates", f"{path} {row['article_id']}", problem, "run `scrapy rebuild-index`")


def kept(truth: Index) -> Iterator[Finding]:
    """Yield articles that a run reported as kept and that the archive does not hold."""
    lost = truth.connection.execute(
        "SELECT article_id, run_id, outcome FROM visited WHERE outcome IN (?, ?, ?) "
        "AND article_id NOT IN (SELECT article_id FROM articles) ORDER BY article_id",
        (Outcome.KEPT_NEW, Outcome.KEPT_CHANGED, Outcome.UNCHANGED),
    )
    for article_id, run_id, outcome in lost:
        yield Finding("kept", article_id, f"run {run_id} reported it as {outcome}, there is no such row", RESTORE)


def coverage(storage: Storage, truth: Index) -> Iterator[Finding]:
    """Yield the days of `coverage.parquet` that differ from what visits, walks and articles say."""
    held: defaultdict[Any, list[dict[str, Any]]] = defaultdict(list)
    for row in read_table(storage, COVERAGE_FILE, COVERAGE).to_pylist():
        held[row["day"]].append(row)
    for day in sorted(truth.days() | set(held)):
        rows = coverage_of_day(day, truth.evidence(day), truth.walks(day))
        due = [{name: getattr(row, name) for name in COVERAGE.names} for row in rows]
        due = pa.Table.from_pylist(due, schema=COVERAGE).to_pylist()
        wrong = [row["section"] for row in (*due, *held[day]) if (row in due) != (row in held[day])]
        if wrong:
            problem = f"the rows of {', '.join(sorted(set(wrong)))} are not what visits, walks and articles say"
            yield Finding("coverage", f"{COVERAGE_FILE} {day}", problem, "run `scrapy rebuild-index`")


def _each(check: str, where: str, problems: Iterable[str], remedy: str) -> Iterator[Finding]:
    return (Finding(check, where, problem, remedy) for problem in problems)


def _twice(path: str, names: Counter[str]) -> Iterator[Finding]:
    return (
        Finding("keys", f"{path} {name}", f"it stands there {n} times", REPORT) for name, n in names.items() if n > 1
    )


def _has_place(path: str, table: str) -> bool:
    month = Month.of_path(path)
    if month is None:
        return False
    is_ledger = table in ("visits", "walks")
    return path == month.file(table, Path(path).stem if is_ledger else table)


def _table_files(storage: Storage) -> Iterator[tuple[str, str]]:
    """Yield every file of every table with the name of the table."""
    for table in _MONTHLY:
        yield from ((table, path) for path in storage.files(table) if _has_place(path, table))
    yield from _SINGLE.items()


def _months(storage: Storage, table: str) -> Iterator[tuple[str, Month]]:
    for path in storage.files(table):
        if (month := Month.of_path(path)) and _has_place(path, table):
            yield path, month


def _rows(storage: Storage, table: str, path: str, columns: Sequence[str] | None = None) -> Iterator[dict[str, Any]]:
    for batch in read_batches(storage, path, TABLES[table]):
        yield from (batch if columns is None else batch.select(list(columns))).to_pylist()


def _sort_keys(storage: Storage, table: str, path: str) -> Iterator[tuple[Any, ...]]:
    order = list(ORDER[table])
    return (tuple(row.values()) for row in _rows(storage, table, path, order))


def _current_rows(storage: Storage) -> dict[str, dict[str, Any]]:
    """Return what `of_history` needs of the current row of every article that has superseded ones."""
    edited = {
        key
        for path, _ in _months(storage, "revisions")
        for batch in read_batches(storage, path, TABLES["revisions"])
        for key in batch["article_id"].to_pylist()
    }
    rows = (
        row
        for path, _ in _months(storage, "articles")
        for row in _rows(storage, "articles", path, ["article_id", "revision", "fetched_at"])
    )
    return {row["article_id"]: row for row in rows if row["article_id"] in edited}


def _differences(truth: sqlite3.Connection, path: Path) -> list[str]:
    """Return how the tables of the index at `path` differ from those of `truth`."""
    problems = []
    with troubles(str(path)):
        truth.execute("ATTACH ? AS live", (str(path),))
        for table, columns in _COMPARED.items():
            for said, one, other in (("lacks", "main", "live"), ("should not have", "live", "main")):
                query = f"SELECT {columns} FROM {one}.{table} EXCEPT SELECT {columns} FROM {other}.{table}"  # noqa: S608
                if rows := truth.execute(query).fetchall():
                    examples = "; ".join(str(row[:3]) for row in rows[:_EXAMPLES])
                    problems.append(f"it {said} {len(rows)} rows of {table}, e.g. {examples}")
        truth.execute("DETACH live")
    return problems
