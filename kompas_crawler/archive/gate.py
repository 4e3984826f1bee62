"""The gate before the tables: what runs have staged is judged against the archive's own past, and let in or withheld.

Knows which rows of the archive make the baseline of a batch, and keeps the sums of a run from one commit to the next.
Refuses to know what is usual and what is chance (`quality`) and how records are withheld (`quarantine`).

A batch is judged by itself, which shows a change in the middle of a long run, and together with what the run brought
before, which shows what is too rare in each batch alone.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from typing import Any, Final

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from kompas_crawler.archive import quarantine, staging
from kompas_crawler.archive.months import Month
from kompas_crawler.archive.parquet import conformed
from kompas_crawler.archive.quarantine import Decision
from kompas_crawler.archive.schema import ARTICLES, require_current
from kompas_crawler.archive.staging import Batch
from kompas_crawler.archive.storage import Storage, refusals
from kompas_crawler.items import Outcome, PageKind
from kompas_crawler.quality import COLUMNS, Baseline, Counts, Verdict, alpha_of_look, baseline_of, count, judge
from kompas_crawler.quality.counts import Cell
from kompas_crawler.quality.measures import UNPARSED

MONTHS_OF_BASELINE: Final = 3
ROWS_OF_MONTH: Final = 1_500
"""Rows of a month that go into the baseline, the last ones: reading them takes half a second."""
FARTHEST_MONTHS: Final = 12
"""Articles of longer ago were made otherwise, whatever page shows them now: then only the floors count."""
DOUBTFUL_ARTICLES: Final = 1_000
"""A batch of more articles is published without waiting for further ones."""
_UNDECIDED: Final = "unknown"


@dataclass(slots=True)
class _Pending:
    """What a run has staged and not published."""

    articles: dict[str, set[str]] = field(default_factory=lambda: defaultdict(set))
    """Keys by section."""
    unparsed: dict[str, set[str]] = field(default_factory=lambda: defaultdict(set))
    """Keys of pages that became no row, by section."""
    fetched_at: list[datetime] = field(default_factory=list)
    days: list[date] = field(default_factory=list)
    tables: list[Batch] = field(default_factory=list)

    @property
    def size(self) -> int:
        """Number of articles."""
        return sum(map(len, self.articles.values()))


class Gate:
    """Judges what is staged, as long as one process commits. Judgements of one run build on each other."""

    def __init__(self, storage: Storage, *, judged: Collection[str] = ()) -> None:
        """The batches of the runs `judged` are let in, but for what a decision withholds: somebody has judged them."""
        self._storage = storage
        self._judged = judged
        self._baselines: dict[tuple[Month, ...], Baseline] = {}
        self._seen: dict[str, Counts] = {}
        self._looks: dict[str, int] = {}

    def admit(
        self, batches: Sequence[Batch], *, unfinished: Collection[str] = ()
    ) -> tuple[list[Batch], list[Decision]]:
        """Return the batches that may be committed, and the decisions about those that may not.

        What is withheld is in quarantine by then. The batches of the runs `unfinished`, which will bring more, are left
        in staging for now while they are doubtful.
        """
        earlier = quarantine.decisions(self._storage)
        quarantine.carry_out(self._storage, earlier, batches)
        made: list[Decision] = []
        let_in: list[str] = []
        for run_id, own in _by_run(self._present(batches)).items():
            if run_id in self._judged:
                let_in.append(run_id)
                continue
            numbers = [decision.number for decision in earlier if decision.run_id == run_id]
            waits, decision = self._judge(run_id, own, 1 + max(numbers, default=0), may_wait=run_id in unfinished)
            made += [decision] if decision is not None else []
            let_in += [] if waits else [run_id]
        admitted = [batch for batch in self._present(batches) if batch.run_id in let_in]
        return admitted, made

    def _present(self, batches: Iterable[Batch]) -> list[Batch]:
        """Return those batches that are still there; what was staged meanwhile is not among them."""
        there = set(self._storage.files(staging.FOLDER))
        return [batch for batch in batches if batch.path in there]

    def _judge(
        self, run_id: str, batches: Sequence[Batch], number: int, *, may_wait: bool
    ) -> tuple[bool, Decision | None]:
        """Return whether the batches of a run should wait, and the decision when some of it is withheld."""
        pending = self._pending(batches)
        if not pending.size and not pending.unparsed:
            return False, None
        baseline = self._baseline(pending.days)
        counts = self._counts(pending, baseline)
        verdict = self._verdict(run_id, counts, baseline)
        if verdict.is_doubtful and may_wait and pending.size < DOUBTFUL_ARTICLES:
            return True, None
        self._looks[run_id] = self._looks.get(run_id, 0) + 1
        self._seen[run_id] = self._seen.get(run_id, Counts()) + counts
        if not verdict.findings:
            return False, None
        decision = _decision(run_id, number, verdict, pending)
        quarantine.decide(self._storage, decision)
        quarantine.carry_out(self._storage, [decision], batches)
        return False, decision

    def _verdict(self, run_id: str, counts: Counts, baseline: Baseline) -> Verdict:
        alpha = alpha_of_look(self._looks.get(run_id, 0) + 1)
        before = self._seen.get(run_id)
        if before is None:
            return judge(counts, baseline, alpha)
        alone, together = judge(counts, baseline, alpha / 2), judge(counts + before, baseline, alpha / 2)
        named = {(finding.measure, finding.section) for finding in alone.findings}
        more = tuple(one for one in together.findings if (one.measure, one.section) not in named)
        return Verdict(alone.findings + more, is_doubtful=alone.is_doubtful or together.is_doubtful)

    def _pending(self, batches: Iterable[Batch]) -> _Pending:
        pending = _Pending()
        outcomes: dict[str, tuple[str, str]] = {}
        for batch in batches:
            if batch.kind == "articles":
                pending.tables.append(batch)
                for table in staging.read_batch(self._storage, batch):
                    some = table.select(["article_id", "section", "published_on", "fetched_at"])
                    for row in some.to_pylist():
                        pending.articles[row["section"]].add(row["article_id"])
                        pending.days.append(row["published_on"])
                        pending.fetched_at.append(row["fetched_at"])
            elif batch.kind == "visits":
                for table in staging.read_batch(self._storage, batch):
                    some = table.filter(pc.equal(table["page_kind"].cast(pa.string()), PageKind.ARTICLE))
                    for row in some.select(["article_id", "section", "outcome"]).to_pylist():
                        outcomes[row["article_id"]] = row["section"] or _UNDECIDED, row["outcome"]
        for key, (section, outcome) in outcomes.items():
            if outcome == Outcome.UNPARSED:
                pending.unparsed[section].add(key)
        return pending

    def _counts(self, pending: _Pending, baseline: Baseline) -> Counts:
        lost = [section for section, keys in pending.unparsed.items() for _ in keys]
        counts = count((), baseline.limits, lost)
        for batch in pending.tables:
            for table in staging.read_batch(self._storage, batch):
                counts += count(table.select(COLUMNS).to_pylist(), baseline.limits)
        return counts

    # --- What is usual -----------------------------------------------------------------------------------------------

    def baseline_near(self, month: Month) -> Baseline:
        """Return what is usual near a month, by the archive as it was when that was first asked."""
        return self._baseline([date(month.year, month.month, 15)])

    def _baseline(self, days: Sequence[date]) -> Baseline:
        """Return what is usual near the days of a batch, by the archive as it was when these months were first met."""
        months = tuple(self._nearest_months(days))
        if months not in self._baselines:
            rows = [row for month in months for row in self._last_rows(month)]
            self._baselines[months] = baseline_of(rows, since=self._since(rows))
        return self._baselines[months]

    def _nearest_months(self, days: Sequence[date]) -> list[Month]:
        if not days:
            days = [datetime.now(UTC).date()]
        middle = Month.of_day(sorted(days)[len(days) // 2])
        held = {month for path in self._storage.files("articles") if (month := Month.of_path(path)) is not None}
        near = [month for month in held if _distance(month, middle) <= FARTHEST_MONTHS]
        # Of two months as near the earlier one: the later may itself hold what is new.
        return sorted(sorted(near, key=lambda month: (_distance(month, middle), month))[:MONTHS_OF_BASELINE])

    def _last_rows(self, month: Month) -> Iterator[Mapping[str, Any]]:
        """Yield the last rows of a month, of the columns that are measured."""
        path = month.file("articles")
        columns = [*COLUMNS, "fetched_at"]
        schema = pa.schema([ARTICLES.field(name) for name in columns])
        with refusals(f"cannot read {path} in {self._storage.location}"), self._storage.open(path) as source:
            file = pq.ParquetFile(source)
            require_current(file.schema_arrow, path)
            wanted = [name for name in columns if name in file.schema_arrow.names]
            left = ROWS_OF_MONTH
            for group in reversed(range(file.num_row_groups)):
                rows = conformed(file.read_row_group(group, columns=wanted, use_threads=False), schema, path)
                yield from rows.slice(max(0, rows.num_rows - left)).to_pylist()
                left -= rows.num_rows
                if left <= 0:
                    return

    def _since(self, rows: Sequence[Mapping[str, Any]]) -> dict[Cell, list[Mapping[str, Any]]]:
        """Return the rows that count in the cells in which a person accepted what was found."""
        return {
            Cell(measure, section): [row for row in rows if row["section"] == section and row["fetched_at"] >= since]
            for (measure, section), since in quarantine.accepted(self._storage).items()
        }


def _by_run(batches: Iterable[Batch]) -> dict[str, list[Batch]]:
    found: dict[str, list[Batch]] = {}
    for batch in batches:
        found.setdefault(batch.run_id, []).append(batch)
    return found


def _distance(one: Month, other: Month) -> int:
    """Return how many months lie between two."""
    return abs((one.year - other.year) * 12 + one.month - other.month)


def _decision(run_id: str, number: int, verdict: Verdict, pending: _Pending) -> Decision:
    now = datetime.now(UTC)
    lost = {section for one in verdict.findings if one.measure == UNPARSED for section in one.sections}
    return Decision(
        run_id=run_id,
        number=number,
        decided_at=now.isoformat(timespec="seconds"),
        since=min(pending.fetched_at, default=now).astimezone(UTC).isoformat(),
        findings=tuple(map(str, verdict.findings)),
        cells=tuple(sorted({(one.measure, section) for one in verdict.findings for section in one.sections})),
        withheld=tuple(sorted(key for section in verdict.sections for key in pending.articles.get(section, ()))),
        unparsed=tuple(sorted(key for section in lost for key in pending.unparsed.get(section, ()))),
    )
