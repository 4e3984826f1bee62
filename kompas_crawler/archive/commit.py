"""Commit: what was staged goes into the tables, the coverage and the index follow, then staging is dropped.

Knows the order of the steps, and why each may die and be done again. The steps themselves are in `partitions`, `links`,
`ledgers`, `coverage` and `index`.

1. Every batch that is durable when the commit begins, and that the gate lets in, is folded, some thousand articles at
   a time, so that memory is bounded by the slice and time by the months touched.
2. The index follows inside one transaction, which ends after the last file is written.
3. `commit.json` names the commit. An index that shows neither this commit nor the one about to replace it is stale
   (another machine committed, or somebody deleted it) and is made again.
4. The batches are removed. Until then they are folded again after whatever accident, which changes nothing.
"""

from __future__ import annotations

import json
import time
import uuid
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import asdict, dataclass, field
from datetime import UTC, date, datetime
from functools import partial
from importlib.metadata import version
from itertools import chain, groupby
from typing import Any, Final

import pyarrow as pa

from kompas_crawler.archive import ledgers, partitions, prepared, staging
from kompas_crawler.archive import schema as schemas
from kompas_crawler.archive.columns import record_batch
from kompas_crawler.archive.coverage import coverage_of_day
from kompas_crawler.archive.duplicates import NearDuplicates, Text
from kompas_crawler.archive.index import Index
from kompas_crawler.archive.ledgers import Ledger
from kompas_crawler.archive.links import fold_links
from kompas_crawler.archive.marker import MARKER, Marker, last_commit
from kompas_crawler.archive.months import Month
from kompas_crawler.archive.parquet import Stamp, rewrite
from kompas_crawler.archive.partitions import Plan, Staged
from kompas_crawler.archive.quarantine import Decision
from kompas_crawler.archive.shares import (
    FEWEST_APART,
    Fold,
    Folded,
    Spread,
    Tally,
    fold_articles,
    fold_links_apart,
    reread,
    shares_of,
    sliced,
    staged_rows,
    tally,
)
from kompas_crawler.archive.storage import Storage, write_bytes

COVERAGE_FILE: Final = "coverage.parquet"
ARTICLES_OF_SLICE: Final = 1_000
"""Articles that are folded at a time: with their links some 12 MB, of which a commit holds three copies at once."""
BATCHES_OF_ROUND: Final = 200
"""Batches of articles that are committed at once: some hundred thousand articles, of which a commit knows 2 KB each."""
RECORDS_OF_SLICE: Final = 20_000
"""Visits or walks of a run that are entered at a time."""


@dataclass(slots=True)
class CommitReport:
    """What a commit did. A commit that had to be done again counts what was left to do."""

    months: list[Month] = field(default_factory=list)
    """Months of which a file of articles, revisions or links was written."""
    rows_new: int = 0
    """Articles that were not held before."""
    rows_changed: int = 0
    """Articles with a new revision."""
    rows_unchanged: int = 0
    """Articles that were seen and say the same."""
    gone: int = 0
    """Articles found to be removed."""
    visits: int = 0
    walks: int = 0
    days: int = 0
    """Days whose coverage was computed."""
    batches: int = 0
    """Batches that were folded and dropped."""
    withheld: list[Decision] = field(default_factory=list)
    """What the gate kept out of the tables."""
    is_waiting: bool = False
    """Some was left in staging until there is more of it."""
    leftovers: int = 0
    """Unfinished files of dead processes that were removed."""
    seconds: float = 0.0

    def add(self, tally: Tally, months: Iterable[Month], *, batches: int, days: int) -> None:
        """Add what a round came to."""
        self.months = sorted({*self.months, *months})
        self.rows_new += tally.new
        self.rows_changed += tally.changed
        self.rows_unchanged += tally.unchanged
        self.gone += tally.gone
        self.batches += batches
        self.days += days

    def __str__(self) -> str:
        if not self.batches:
            return (
                "Commit: nothing was staged" if not self.is_waiting else "Commit: what is staged waits for more of it"
            )
        months = ", ".join(f"{month.year:04}-{month.month:02}" for month in self.months) or "none"
        return (
            f"Commit: {self.rows_new} new, {self.rows_changed} changed, {self.rows_unchanged} unchanged, "
            f"{self.gone} gone; months written: {months}; {self.visits} visits, {self.days} days of coverage; "
            + (f"{withheld} withheld; " if (withheld := sum(len(one.withheld) for one in self.withheld)) else "")
            + f"{self.seconds:.1f} s"
        )


def commit(
    storage: Storage, index: Index, batches: Sequence[staging.Batch], spread: Spread | None = None
) -> CommitReport:
    """Fold some batches into the tables and drop them. The caller holds the lock, and `index` shows the archive.

    With `spread` the files of months are prepared by others, where there is enough to do.
    Raises `ArchiveError`; then the archive is readable, nothing staged is lost, and the next commit goes on.
    """
    begun = time.monotonic()
    report = CommitReport(leftovers=discard_leftovers(storage))
    for some in rounds(batches):
        _Commit(storage, index, some, report, spread).run()
    report.seconds = time.monotonic() - begun
    return report


def rounds(batches: Iterable[staging.Batch]) -> Iterator[list[staging.Batch]]:
    """Yield batches in rounds, each a commit of its own, so that none has to know too many articles at once.

    What one writer has staged stays together.
    """
    some: list[staging.Batch] = []
    for _, own in groupby(batches, key=lambda batch: batch.path.rpartition("/")[2].rpartition("-")[0]):
        some += own
        if sum(batch.kind == "articles" for batch in some) >= BATCHES_OF_ROUND:
            yield some
            some = []
    if some:
        yield some


def discard_leftovers(storage: Storage) -> int:
    """Remove what dead writers and lost workers have left. The caller holds the lock. Returns how many files."""
    return storage.discard_unfinished() + prepared.discard(storage)


class _Commit:
    """One commit."""

    def __init__(
        self,
        storage: Storage,
        index: Index,
        batches: Sequence[staging.Batch],
        report: CommitReport,
        spread: Spread | None,
    ) -> None:
        self._storage = storage
        self._index = index
        self._batches = batches
        self._report = report
        self._spread = spread
        self._tally = Tally()
        self._is_entered = False
        self._stamp = Stamp(max(batch.run_id for batch in batches), version("kompas-crawler"))
        self._days: set[date] = set()
        self._months: set[Month] = set()

    def run(self) -> None:
        """Do all steps."""
        before = last_commit(self._storage)
        marker = Marker(
            uuid.uuid4().hex,
            datetime.now(UTC).isoformat(timespec="seconds"),
            schemas.SCHEMA_VERSION,
            self._stamp.software_version,
        )
        with self._index.transaction():
            self._fold_articles()
            self._enter_all()
            cover(self._storage, self._index, self._days, self._stamp)
            self._index.mark(marker.commit, before=before)
        write_bytes(self._storage, MARKER, json.dumps(asdict(marker), indent=1).encode() + b"\n")
        for batch in self._batches:
            self._storage.delete(batch.path)
        self._report.add(self._tally, self._months, batches=len(self._batches), days=len(self._days))

    def _fold_articles(self) -> None:
        """Fold what was staged about articles, a slice of them at a time, a month after the other."""
        published = self._staged_months()
        held_in = self._index.months_of(published)
        self._days |= self._index.days_of(published)
        homes = {key: held_in.get(key, min(months, default=Month.of_key(key))) for key, months in published.items()}
        spread = self._spread
        apart = self._fold_apart(spread, published, homes, held_in) if spread is not None else frozenset()
        rest = sorted(published.keys() - apart)
        for keys in partitions.by_month(rest, homes.__getitem__).values():
            for some in sliced(keys, ARTICLES_OF_SLICE):
                months = {homes[key] for key in some}.union(*(published[key] for key in some))
                self._fold_slice(some, months)
        self._days |= self._index.days_of(published)

    def _staged_months(self) -> dict[str, set[Month]]:
        """Return every article of which something was staged, with the months of the publications staged.

        An article is held where the index says, or, by a commit that died before the index followed, in one of the
        months that are staged still.
        """
        found: defaultdict[str, set[Month]] = defaultdict(set)
        for batch in self._of_kind("articles"):
            for table in staging.read_batch(self._storage, batch, columns=("article_id", "published_on")):
                keys, days = table["article_id"].to_pylist(), table["published_on"].to_pylist()
                for key, day in zip(keys, days, strict=True):
                    found[key].add(Month.of_day(day))
        for batch in self._of_kind("events"):
            for table in staging.read_batch(self._storage, batch, columns=("article_id",)):
                for key in table["article_id"].to_pylist():
                    found[key]  # an event alone says no month: the entry is enough
        return dict(found)

    def _fold_slice(self, keys: Sequence[str], months: Iterable[Month]) -> None:
        again = self._fold_texts(keys, months)  # of which nothing is held any more when the links come
        self._months |= fold_links(self._storage, self._staged_rows("links", keys), self._stamp, reread=again)

    def _fold_texts(self, keys: Sequence[str], months: Iterable[Month]) -> dict[str, set[datetime]]:
        """Fold the articles themselves. Returns the fetches whose raw records were read again."""
        staged = Staged(self._staged_rows("articles", keys), self._staged_rows("events", keys))
        made = partitions.plan(self._storage, keys, staged, months)
        marks = self._mark_duplicates(made)
        self._months |= partitions.carry_out(self._storage, made, marks, self._stamp)
        rows, prints = made.current_rows()
        self._index.put_articles(rows, prints)
        written = set(made.current_changes())
        self._remark({key: mark for key, mark in marks.items() if key not in written})
        self._tally += tally(made)
        return reread(staged.articles)

    def _staged_rows(self, kind: str, keys: Sequence[str]) -> pa.Table:
        return staged_rows(self._storage, self._batches, kind, keys)

    def _of_kind(self, kind: str) -> Iterator[staging.Batch]:
        return (batch for batch in self._batches if batch.kind == kind)

    # --- With others' hands ------------------------------------------------------------------------------------------

    def _fold_apart(
        self,
        spread: Spread,
        published: Mapping[str, set[Month]],
        homes: Mapping[str, Month],
        held_in: Mapping[str, Month],
    ) -> frozenset[str]:
        """Have articles of one month each folded by others, in files that are published here. Returns their keys.

        While they are at the links, the texts are compared here; while they are at the rows, the books are entered.
        """
        keys = sorted(key for key, months in published.items() if {homes[key], *months} == {Month.of_key(key)})
        if len(keys) < FEWEST_APART:
            return frozenset()
        by_month = partitions.by_month(keys, homes.__getitem__)
        fold = Fold(self._storage.location, tuple(self._batches), self._stamp)
        links = spread(partial(fold_links_apart, fold=fold), shares_of(by_month, {}, ()))
        first = next(links)
        marks, judged = self._judge_texts(frozenset(keys).difference(held_in))
        for _, folded in chain((first,), links):
            self._publish(folded)
        articles = spread(partial(fold_articles, fold=fold), shares_of(by_month, marks, judged))
        first = next(articles)
        self._enter_all()
        unjudged: list[Text] = []
        written: list[str] = []
        for _, folded in chain((first,), articles):
            self._publish(folded)
            self._index.put_articles(folded.rows, folded.prints)
            self._tally += folded.tally
            unjudged += folded.texts
            written += folded.written
        duplicates = NearDuplicates(self._index.connection)
        changed = duplicates.update(unjudged)
        self._remark(changed | {key: mark for key in written if (mark := duplicates.original_of(key)) is not None})
        return frozenset(keys)

    def _publish(self, folded: Folded) -> None:
        prepared.publish(self._storage, folded.folder, folded.changes)
        self._months |= folded.months

    def _judge_texts(self, keys: AbstractSet[str]) -> tuple[dict[str, str], set[str]]:
        """Compare the staged texts of articles that are not held with all others, by the signatures staged with them.

        Returns the originals of those that are copies, and which were compared: the ones that were read once.
        """
        texts: dict[str, Text] = {}
        repeated: set[str] = set()
        columns = ("article_id", "published_at", "signature")
        for batch in self._of_kind("articles"):
            is_signed = staging.is_signed(self._storage, batch)
            for table in staging.read_batch(self._storage, batch, columns=columns):
                for row in table.to_pylist():
                    key = row["article_id"]
                    if key in texts or not is_signed:
                        repeated.add(key)
                    texts[key] = Text(key, row["published_at"], "", row["signature"])
        judged = set(keys & texts.keys() - repeated)
        duplicates = NearDuplicates(self._index.connection)
        changed = duplicates.update(texts[key] for key in sorted(judged))
        self._remark({key: mark for key, mark in changed.items() if key not in judged})
        return {key: mark for key, mark in changed.items() if key in judged and mark is not None}, judged

    # --- Near-duplicates, books --------------------------------------------------------------------------------------

    def _mark_duplicates(self, made: Plan) -> dict[str, str | None]:
        """Compare the texts that the index does not show yet with all others. Returns the marks that rows must bear.

        What the files show already does not count: after a commit that died they are ahead of the index.
        """
        duplicates = NearDuplicates(self._index.connection)
        keys = [key for key, current in made.current().items() if not self._index.shows(key, current.fingerprint)]
        marks = duplicates.update(Text(key, *made.text_of(key)) for key in keys)
        return marks | {key: duplicates.original_of(key) for key in {*keys, *made.current_changes()}}

    def _remark(self, marks: Mapping[str, str | None]) -> None:
        """Write the marks of articles that were not folded themselves: an earlier text has come to light."""
        months = self._index.months_of(marks)
        for month, keys in partitions.by_month(marks.keys() & months.keys(), months.__getitem__).items():
            partitions.remark(self._storage, month, {key: marks[key] for key in keys}, self._stamp)
            self._months.add(month)

    def _enter_all(self) -> None:
        """Enter the staged records of the runs, once."""
        if not self._is_entered:
            self._report.visits += self._enter(ledgers.VISITS)
            self._report.walks += self._enter(ledgers.WALKS)
            self._is_entered = True

    def _enter(self, ledger: Ledger) -> int:
        """Enter the staged records of all runs into their files. Returns how many records."""
        ledgers.close_months(self._storage, ledger, self._stamp)
        count = 0
        by_run: defaultdict[str, list[staging.Batch]] = defaultdict(list)
        for batch in self._of_kind(ledger.table):
            by_run[batch.run_id].append(batch)
        for run_id, batches in by_run.items():
            started_at = min(staging.started_at(self._storage, batch) for batch in batches)
            month = self._index.month_of_run(run_id, Month.of_instant(started_at))
            rows = (
                row
                for batch in batches
                for table in staging.read_batch(self._storage, batch)
                for row in table.to_pylist()
            )
            for some in sliced(rows, RECORDS_OF_SLICE):
                self._follow(ledger, ledgers.enter(self._storage, ledger, run_id, month, some, self._stamp))
                count += len(some)
        return count

    def _follow(self, ledger: Ledger, rows: Sequence[Mapping[str, Any]]) -> None:
        """Let the index follow, and note the days that the records say something of."""
        if ledger is ledgers.WALKS:
            self._index.put_walks(rows)
            self._days |= {row["day"] for row in rows}
            return
        self._index.put_visits(rows)
        self._days |= self._index.days_of({row["article_id"] for row in rows if row["article_id"] is not None})


def cover(storage: Storage, index: Index, days: Iterable[date], stamp: Stamp) -> None:
    """Compute the coverage of some days from the index, and put it in the place of what the table says of them."""
    wanted = sorted(days)
    rows = [
        {name: getattr(row, name) for name in schemas.COVERAGE.names}
        for day in wanted
        for row in coverage_of_day(day, index.evidence(day), index.walks(day))
    ]
    table = pa.Table.from_batches([record_batch(rows, schemas.COVERAGE)])
    rewrite(storage, COVERAGE_FILE, "coverage", column="day", values=wanted, rows=table, stamp=stamp)
