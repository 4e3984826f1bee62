"""The story of one article: what every table of the archive says about it, put together.

Knows which rows belong to an article. Refuses to write, to lock and to decide anything; how the story is told to a
person is in `storytelling`.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from itertools import pairwise
from typing import Any, Final

import pyarrow as pa
import pyarrow.compute as pc

from kompas_crawler.archive.months import day_of_key
from kompas_crawler.archive.quarantine import decisions
from kompas_crawler.archive.scans import TableScan, all_of, parquet_files
from kompas_crawler.archive.schema import DAY, PAGE_COLUMNS, TABLES
from kompas_crawler.archive.selection import Window
from kompas_crawler.archive.storage import Storage
from kompas_crawler.errors import UsageError
from kompas_crawler.site.addresses import parse_article_address
from kompas_crawler.worddiff import ParagraphChange, Words, diff_paragraphs, diff_words

Row = dict[str, Any]

_KEY: Final = re.compile(r"[0-9]{8}-[0-9]{7,12}")
_ALL: Final = Window(since=None, until=None)
_TEXTS: Final = ("title", "body")
_COUNTS: Final = frozenset({"word_count", "paragraph_count"})
"""Columns that follow from the text."""


@dataclass(frozen=True, slots=True)
class Change:
    """What one revision changed of the one before it."""

    title: Words
    """What became of the headline's words, as runs: `=` kept, `-` taken out, `+` put in; empty when it is the same."""
    paragraphs: tuple[ParagraphChange, ...]
    """The paragraphs that are not in both."""
    columns: dict[str, tuple[Any, Any]]
    """Every other column that a page fills and that differs: before, and after."""


@dataclass(frozen=True, slots=True)
class Told:
    """A revision and what it changed."""

    row: Row
    """Its row in `revisions/`, or, of the current one, in `articles/`."""
    change: Change | None
    """What it changed of the one before it; null for the first that is kept."""


@dataclass(frozen=True, slots=True)
class Withheld:
    """A reading of the article that the quality gate keeps out of the tables, until a person has looked at it."""

    run_id: str
    """The run of which it was withheld."""
    is_row: bool
    """It became a row, which waits in quarantine; else the page fitted no layout."""
    findings: tuple[str, ...]
    """What deviates in that run."""


@dataclass(frozen=True, slots=True)
class Story:
    """Everything that the archive knows of an article. DATA_FORMAT.md describes the rows."""

    article_id: str
    """Its key."""
    day: date
    """The WIB day in the key."""
    url: str | None
    """The best known address; null when nothing is known."""
    is_known: bool
    """Some run met it, or coverage names it."""
    is_held: bool
    """It has a row in `articles/`."""
    routes: tuple[str, ...]
    """All routes by which it was ever found, sorted."""
    withheld: tuple[Withheld, ...]
    """What of it is in quarantine."""
    missing_reason: str | None
    """Why coverage counts it as missing; null when it does not."""
    article: Row | None
    """The row of `articles/`; null when the article is not held."""
    revisions: tuple[Told, ...]
    """Every revision that is kept, oldest first; the last one is `article`."""
    visits: tuple[Row, ...]
    """What became of its addresses in every run, oldest first: rows of `visits/`."""
    runs: dict[str, Row]
    """The runs of these visits, as far as they are on record: rows of `runs.parquet` by run id."""
    linked_from: tuple[Row, ...]
    """Links of other articles to it: rows of `links/`."""
    coverage: tuple[Row, ...]
    """Coverage of its day, of its section where that is known, else of all: rows of `coverage.parquet`."""
    walks: tuple[Row, ...]
    """Walks of the index of its day, oldest first: rows of `walks/`."""


def key_of(argument: str) -> str:
    """Return the key that a user names: `20210414-205938370`, or the address of an article in any form.

    Raises `UsageError` for anything else.

    >>> key_of("https://amp.kompas.com/global/read/2021/04/14/205938370/judul?utm_source=x")
    '20210414-205938370'
    """
    address = parse_article_address(argument)
    key = address.article_id if address else argument.strip()
    try:
        if _KEY.fullmatch(key):
            day_of_key(key)
            return key
    except ValueError as error:
        raise UsageError(f"{argument!r} names no day that there was: {error}") from error
    raise UsageError(
        f"{argument!r} names no article: give its article_id, e.g. 20210414-205938370, or its address, e.g. "
        "https://www.kompas.com/global/read/2021/04/14/205938370/judul"
    )


def read_story(storage: Storage, article_id: str) -> Story:
    """Return what an archive says of an article, known or not."""
    day = day_of_key(article_id)
    of_it = pc.field("article_id") == article_id
    month = Window(since=day, until=day)
    current = _rows(storage, "articles", of_it, month)
    article = current[0] if current else None
    superseded = _rows(storage, "revisions", of_it, month, order=("revision",))
    visits = _rows(storage, "visits", of_it, order=("visited_at", "run_id"))
    section = article["section"] if article else next((visit["section"] for visit in reversed(visits)), None)
    of_day = pc.field("day") == pa.scalar(day, DAY)
    coverage = _rows(storage, "coverage", of_day, order=("section",))
    reasons = (
        reason
        for row in coverage
        for key, reason in zip(row["missing"], row["missing_reasons"], strict=True)
        if key == article_id
    )
    run_ids = sorted({visit["run_id"] for visit in visits})
    runs = _rows(storage, "runs", pc.field("run_id").isin(pa.array(run_ids, pa.string())))
    missing_reason = next(reasons, None)
    found = {route for row in (*visits, *current) for route in row["discovered_by"]}
    return Story(
        article_id=article_id,
        day=day,
        url=next((row["url"] for row in (*current, *reversed(visits))), None),
        is_known=bool(current or visits or missing_reason),
        withheld=tuple(_withheld(storage, article_id)),
        is_held=article is not None,
        routes=tuple(sorted(found)),
        missing_reason=missing_reason,
        article=article,
        revisions=tuple(_told([*superseded, *current])),
        visits=tuple(visits),
        runs={run["run_id"]: run for run in runs},
        linked_from=tuple(_rows(storage, "links", pc.field("target_article_id") == article_id, order=("article_id",))),
        coverage=tuple(row for row in coverage if section in (None, row["section"])),
        walks=tuple(_rows(storage, "walks", of_day, order=("walked_at", "site"))),
    )


def _withheld(storage: Storage, article_id: str) -> Iterable[Withheld]:
    for decision in decisions(storage):
        if article_id in decision.article_ids:
            yield Withheld(decision.run_id, article_id in decision.withheld, decision.findings)


def _rows(
    storage: Storage, table: str, rows: pc.Expression, window: Window = _ALL, *, order: tuple[str, ...] = ()
) -> list[Row]:
    """Return the rows of a table that a condition selects; none where the archive has no such table yet."""
    if not parquet_files(storage, table, window):
        return []
    scan = TableScan(storage, table, TABLES[table], window, all_of(rows))
    found: list[Row] = scan.dataset([]).to_table().to_pylist()
    return sorted(found, key=lambda row: tuple(row[name] for name in order))


def _told(rows: list[Row]) -> Iterable[Told]:
    """Yield revisions with what each changed. One that an interrupted commit left in both tables is told once."""
    distinct = list({row["revision"]: row for row in rows}.values())
    if distinct:
        yield Told(distinct[0], None)
    for before, after in pairwise(distinct):
        yield Told(after, change_of(before, after))


def change_of(before: Row, after: Row) -> Change:
    """Return what a revision changed of the one before it."""
    columns = {
        column.name: (before[column.name], after[column.name])
        for column in PAGE_COLUMNS
        if column.name not in (*_TEXTS, *_COUNTS) and before[column.name] != after[column.name]
    }
    same_title = before["title"] == after["title"]
    return Change(
        title=() if same_title else diff_words(before["title"], after["title"]),
        paragraphs=tuple(diff_paragraphs(paragraphs_of(before["body"]), paragraphs_of(after["body"]))),
        columns=columns,
    )


def paragraphs_of(body: str) -> list[str]:
    """Return the paragraphs of a body; none of an empty one."""
    return body.split("\n\n") if body else []
