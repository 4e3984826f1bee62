"""Partitions: staged readings of some articles go into the monthly files of articles and revisions.

Knows where the rows of an article lie and in which order files are written. What becomes of a history is decided in
`revisions`; how a file is rewritten, in `parquet`. Refuses to know batches, the lock and the index.

Articles lie in the month of their publication, revisions in the month that the article's key names, which never
changes. The order of writing makes every state between two files one that a reader can use and a second fold
can finish:

1. revisions, so that nothing superseded is ever missing (a row may be current and superseded for a moment; the readers
   take it once);
2. an article whose day of publication moved to another month leaves its old file: what it said is in the revisions by
   now, so nothing is lost, and at no moment does it stand in two months;
3. articles.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from hashlib import blake2b
from typing import Any, Final

import pyarrow as pa
import pyarrow.compute as pc

from kompas_crawler.archive import schema as schemas
from kompas_crawler.archive.fingerprint import BODY_CHARACTERS, NEEDED_COLUMNS, Fingerprint, fingerprint
from kompas_crawler.archive.months import Month
from kompas_crawler.archive.parquet import Stamp, read_rows, rewrite
from kompas_crawler.archive.revisions import Event, Gone, History, Reading, Revision, Seen, fold
from kompas_crawler.archive.storage import Files
from kompas_crawler.items import ChangeKind

Row = Mapping[str, Any]

_POOL: Final = pa.schema(
    [field.with_nullable(True) for field in (*schemas.REVISIONS, pa.field("is_reread", pa.bool_()))]
)
"""Rows of all origins together: a staged one knows nothing yet of its revision."""
_DECIDED: Final = (
    *("revision", "first_seen_at", "fetched_at", "last_seen_at", "gone_at", "discovered_by"),
    *("replaced_at", "change_kind", "duplicate_of"),
)
"""The columns that the fold decides upon."""
_LIGHT: Final = tuple(dict.fromkeys(["article_id", "published_on", *NEEDED_COLUMNS, *_DECIDED, "is_reread"]))

_INDEXED: Final = (
    *("article_id", "published_on", "section", "content_hash", "published_at", "is_complete", "layout"),
    "parser_version",
)
"""Columns of the page that the index knows."""
_OF_THE_FETCH: Final = (*(field.name for field in schemas.PAGE_COLUMNS), "raw_file", "raw_offset")
"""What one fetch gave: the columns that reading its raw record again may change."""


@dataclass(frozen=True, slots=True)
class Staged:
    """What was staged about some articles."""

    articles: pa.Table
    events: pa.Table


@dataclass(slots=True)
class Plan:
    """The histories of some articles before and after what was staged."""

    pool: pa.Table
    """Every row that any of the revisions takes its columns from; `Revision.source` is the number of the row."""
    published: list[Any]
    """The day of publication of each row of the pool."""
    before: dict[str, History]
    after: dict[str, History]
    found_in: dict[str, set[Month]]
    """Months in whose files the current rows were found."""

    def current_changes(self) -> list[str]:
        """Return the articles whose current row is not as the files have it."""
        return [key for key, history in self.after.items() if history.current != self.before[key].current]

    def superseded_changes(self) -> list[str]:
        """Return the articles whose superseded rows are not as the files have them."""
        return [key for key, history in self.after.items() if history.superseded != self.before[key].superseded]

    def current(self) -> dict[str, Revision]:
        """Return the current revision of each article that has one."""
        return {key: history.current for key, history in self.after.items() if history.current}

    def month_of(self, key: str) -> Month:
        """Return the month in which the current row of an article belongs."""
        current = self.after[key].current
        if current is None:
            raise KeyError(key)
        return Month.of_day(self.published[self._row(current)])

    def text_of(self, key: str) -> tuple[datetime, str]:
        """Return publication and body of the current row of an article."""
        number = self._row(_current(self.after[key]))
        return self.pool["published_at"][number].as_py(), self.pool["body"][number].as_py()

    def current_rows(self) -> tuple[list[Row], list[Fingerprint]]:
        """Return what the index must know of each article that has a current row, and the fingerprints."""
        found = list(self.current().values())
        facts = self.pool.select(list(_INDEXED)).take(pa.array([self._row(one) for one in found], pa.int64()))
        rows = [row | _decisions(one) for row, one in zip(facts.to_pylist(), found, strict=True)]
        return rows, [one.fingerprint for one in found]

    def rows(
        self, revisions: Sequence[tuple[str, Revision]], schema: pa.Schema, marks: Mapping[str, str | None]
    ) -> pa.Table:
        """Return revisions as rows of `schema`. `marks` replaces what the rows say of being a near-duplicate."""
        sources = [self._row(revision) for _, revision in revisions]
        taken = self.pool.take(pa.array(sources, pa.int64()))
        held = taken["duplicate_of"].to_pylist()
        decided = [
            _decisions(revision) | {"duplicate_of": marks.get(key, mark)}
            for (key, revision), mark in zip(revisions, held, strict=True)
        ]
        columns = [
            pa.array([row[column.name] for row in decided], column.type)
            if column.name in _DECIDED
            else taken[column.name]
            for column in schema
        ]
        return pa.Table.from_arrays(columns, names=schema.names).cast(schema)

    @staticmethod
    def _row(revision: Revision) -> int:
        if not isinstance(revision.source, int):
            raise TypeError("a planned revision names a row of the pool")
        return revision.source


def plan(storage: Files, keys: Collection[str], staged: Staged, held_in: Iterable[Month]) -> Plan:
    """Return what becomes of some articles. `held_in` are the months in whose files their current rows may lie."""
    months = sorted({Month.of_key(key) for key in keys})
    current = {
        month: read_rows(storage, month.file("articles"), schemas.ARTICLES, "article_id", keys)
        for month in sorted(set(held_in))
    }
    superseded = [
        read_rows(storage, month.file("revisions"), schemas.REVISIONS, "article_id", keys) for month in months
    ]
    pool = pa.concat_tables([_pooled(table) for table in (*current.values(), *superseded, staged.articles)])
    light = _light_rows(pool)
    prints = [fingerprint(row) for row in light]
    digests = _digests(pool)
    held = sum(table.num_rows for table in (*current.values(), *superseded))
    found_in: defaultdict[str, set[Month]] = defaultdict(set)
    for month, table in current.items():
        for key in table["article_id"].to_pylist():
            found_in[key].add(month)
    before = {key: History() for key in keys} | _histories(light[:held], prints[:held], digests)
    events = _events(light[held:], prints[held:], held, staged.events, digests)
    after = {key: fold(before[key], events.get(key, ())) for key in keys}
    return Plan(pool, [row["published_on"] for row in light], before, after, found_in)


def carry_out(storage: Files, made: Plan, marks: Mapping[str, str | None], stamp: Stamp) -> set[Month]:
    """Write the revisions and articles of a plan. Returns the months whose files were written."""
    written = _write_revisions(storage, made, stamp)
    changed = made.current_changes()
    for key in changed:
        for month in made.found_in[key] - {made.month_of(key)}:
            nothing = schemas.ARTICLES.empty_table()
            path = month.file("articles")
            rewrite(storage, path, "articles", column="article_id", values=[key], rows=nothing, stamp=stamp)
            written.add(month)
    for month, keys in by_month(changed, made.month_of).items():
        rows = made.rows([(key, _current(made.after[key])) for key in keys], schemas.ARTICLES, marks)
        path = month.file("articles")
        rewrite(storage, path, "articles", column="article_id", values=keys, rows=rows, stamp=stamp)
        written.add(month)
    return written


def remark(storage: Files, month: Month, marks: Mapping[str, str | None], stamp: Stamp) -> None:
    """Replace what the current rows of some articles of a month say of being a near-duplicate."""
    path = month.file("articles")
    rows = read_rows(storage, path, schemas.ARTICLES, "article_id", list(marks))
    originals = pa.array([marks[key] for key in rows["article_id"].to_pylist()], pa.string())
    at = schemas.ARTICLES.get_field_index("duplicate_of")
    rows = rows.set_column(at, schemas.ARTICLES.field(at), originals)
    rewrite(storage, path, "articles", column="article_id", values=list(marks), rows=rows, stamp=stamp)


def _write_revisions(storage: Files, made: Plan, stamp: Stamp) -> set[Month]:
    months = by_month(made.superseded_changes(), Month.of_key)
    for month, keys in months.items():
        revisions = [(key, revision) for key in keys for revision in made.after[key].superseded]
        rows = made.rows(revisions, schemas.REVISIONS, {})
        path = month.file("revisions")
        rewrite(storage, path, "revisions", column="article_id", values=keys, rows=rows, stamp=stamp)
    return set(months)


def by_month(keys: Iterable[str], month_of: Callable[[str], Month]) -> dict[Month, list[str]]:
    """Return keys by their month, in order of the months."""
    grouped: defaultdict[Month, list[str]] = defaultdict(list)
    for key in keys:
        grouped[month_of(key)].append(key)
    return dict(sorted(grouped.items()))


def _pooled(table: pa.Table) -> pa.Table:
    columns = [
        table[field.name] if field.name in table.column_names else pa.nulls(table.num_rows, field.type)
        for field in _POOL
    ]
    return pa.Table.from_arrays(columns, schema=_POOL)


def _light_rows(pool: pa.Table) -> list[dict[str, Any]]:
    """Return the columns that are looked at, of all rows, with only the beginning of each body."""
    light = pool.select(list(_LIGHT))
    beginnings = pc.utf8_slice_codeunits(light["body"], 0, BODY_CHARACTERS)
    rows: list[dict[str, Any]] = light.set_column(_LIGHT.index("body"), "body", beginnings).to_pylist()
    return rows


def _digests(pool: pa.Table) -> dict[int, bytes]:
    """Return what the fetches gave that were read again, and what the files hold of the same articles, as digests."""
    again = pool.filter(pc.fill_null(pool["is_reread"], fill_value=False))["article_id"]
    concerned = pc.is_in(pool["article_id"], value_set=pc.unique(again))
    numbers = pc.indices_nonzero(concerned)
    rows = pool.select(list(_OF_THE_FETCH)).take(numbers).to_pylist()
    return {
        number: blake2b(repr(list(row.values())).encode(errors="surrogatepass"), digest_size=16).digest()
        for number, row in zip(numbers.to_pylist(), rows, strict=True)
    }


def _histories(rows: Sequence[Row], prints: Sequence[Fingerprint], digests: Mapping[int, bytes]) -> dict[str, History]:
    """Return the histories that the rows of the files make up, each source being the number of its row."""
    current: dict[str, Revision] = {}
    superseded: defaultdict[str, list[Revision]] = defaultdict(list)
    for number, (row, one) in enumerate(zip(rows, prints, strict=True)):
        key, revision = row["article_id"], _revision(row, one, number, digests.get(number))
        if revision.replaced_at is not None:
            superseded[key].append(revision)
        elif key not in current or current[key].number < revision.number:
            current[key] = revision
    return {
        key: History(current.get(key), tuple(sorted(superseded[key], key=lambda one: one.number)))
        for key in {*current, *superseded}
    }


def _revision(row: Row, one: Fingerprint, source: int, digest: bytes | None) -> Revision:
    return Revision(
        source=source,
        fingerprint=one,
        number=row["revision"],
        first_seen_at=row["first_seen_at"],
        fetched_at=row["fetched_at"],
        last_seen_at=row["last_seen_at"],
        gone_at=row["gone_at"],
        routes=frozenset(row["discovered_by"]),
        replaced_at=row["replaced_at"],
        change_kind=ChangeKind(row["change_kind"]) if row["change_kind"] else None,
        digest=digest,
    )


def _decisions(revision: Revision) -> dict[str, Any]:
    return {
        "revision": revision.number,
        "first_seen_at": revision.first_seen_at,
        "fetched_at": revision.fetched_at,
        "last_seen_at": revision.last_seen_at,
        "gone_at": revision.gone_at,
        "discovered_by": sorted(revision.routes),
        "replaced_at": revision.replaced_at,
        "change_kind": revision.change_kind,
    }


def _events(
    rows: Sequence[Row], prints: Sequence[Fingerprint], first: int, events: pa.Table, digests: Mapping[int, bytes]
) -> dict[str, list[Event]]:
    """Return what was staged about each article. The first staged row has the number `first` in the pool."""
    found: defaultdict[str, list[Event]] = defaultdict(list)
    for number, (row, one) in enumerate(zip(rows, prints, strict=True), start=first):
        routes = frozenset(row["discovered_by"])
        digest = digests[number] if row["is_reread"] else None
        reading = Reading(at=row["fetched_at"], source=number, fingerprint=one, routes=routes, digest=digest)
        found[row["article_id"]].append(reading)
    for row in events.to_pylist():
        at: datetime = row["seen_at"]
        event = Gone(at=at) if row["is_removal"] else Seen(at=at, routes=frozenset(row["discovered_by"]))
        found[row["article_id"]].append(event)
    return found


def _current(history: History) -> Revision:
    if history.current is None:
        raise ValueError("the article has no current revision")
    return history.current
