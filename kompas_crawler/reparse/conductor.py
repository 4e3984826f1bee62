"""A whole reparse: the units done by whatever can run functions, one commit, the books, the record of the run.

Knows the order: pages first, then pages that lay apart, then what the books say of articles whose rows are lost (which
says something of articles only that are held by then). Refuses to know processes and schedulers: a `Runner` has units
done, in any order, and hands back what each came to.
"""

from __future__ import annotations

import secrets
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from functools import partial
from importlib.metadata import version

from kompas_crawler.archive import Archive, CommitReport, Gate, RunRecord
from kompas_crawler.archive import Decision as Withholding
from kompas_crawler.archive.lock import Lock
from kompas_crawler.archive.quarantine import resolve, save_samples
from kompas_crawler.fleet.patience import Patient, patiently
from kompas_crawler.fleet.progress import Progress
from kompas_crawler.fleet.runners import Runner
from kompas_crawler.gates import quality_finding
from kompas_crawler.items import Outcome
from kompas_crawler.reparse.differences import Differences
from kompas_crawler.reparse.identity import FOLDER, identity_of
from kompas_crawler.reparse.judgement import judged
from kompas_crawler.reparse.measured import Measured
from kompas_crawler.reparse.task import Choice, Decision, Report, Task
from kompas_crawler.reparse.units import Kind, Unit, given_units, look_units, raw_units
from kompas_crawler.reparse.work import do
from kompas_crawler.specimens import raw_samples


@dataclass(slots=True)
class Result:
    """What a reparse came to."""

    run_id: str
    writes: bool
    units: int = 0
    records: int = 0
    pages: int = 0
    passed_over: Counter[str] = field(default_factory=Counter)
    readings: Counter[Outcome] = field(default_factory=Counter)
    """How many readings ended in which outcome."""
    lost: int = 0
    looks: int = 0
    differences: Differences = field(default_factory=Differences)
    uneven: list[str] = field(default_factory=list)
    """Units whose sums do not agree."""
    commit: CommitReport | None = None
    record: RunRecord | None = None
    problems: tuple[str, ...] = ()
    measured: Measured = field(default_factory=Measured)
    """What is amiss with the rows, before and after."""
    retold: list[tuple[str, str, datetime]] = field(default_factory=list)
    """Fetches of which a run has something in quarantine, and which give another row now: run, key, time."""
    resolved: Counter[str] = field(default_factory=Counter)
    """How many of them have left the quarantine of which run."""
    latest: dict[str, Decision] = field(default_factory=dict)
    """Of each article the reading of its latest fetch."""

    def add(self, report: Report) -> None:
        """Add what a unit came to."""
        self.units += 1
        # What lay apart is counted where it is read.
        self.records += report.records - len(report.loose)
        self.pages += report.pages
        self.passed_over += report.passed_over
        self.lost += report.lost
        self.looks += report.looks
        self.differences.merge(report.differences)
        self.measured += report.measured
        self.retold += report.retold
        if not report.is_even:
            self.uneven.append(report.unit)
        for one in report.decisions:
            self.readings[one.outcome] += 1
            held = self.latest.get(one.article_id)
            if held is None or (held.at, held.url) <= (one.at, one.url):
                self.latest[one.article_id] = one

    @property
    def outcomes(self) -> dict[Outcome, int]:
        """How many articles ended in which outcome."""
        return dict(Counter(one.outcome for one in self.latest.values()))


@dataclass(frozen=True, slots=True)
class Order:
    """What a user asks for, checked."""

    choice: Choice
    files: tuple[str, ...] = ()
    """Files and folders; none for all raw files of the archive."""
    arguments: dict[str, str] = field(default_factory=dict)
    writes: bool = True


class Reparse:
    """One reparse of one archive."""

    def __init__(
        self,
        archive: Archive,
        order: Order,
        run: Runner,
        *,
        tolerance: float,
        is_shared: bool = False,
        watch: Callable[[Result, int], None] = lambda _result, _left: None,
    ) -> None:
        """`tolerance` is the share of readings that may give no row where they gave one before. With `is_shared`
        the runner has other processes at hand, and the commit is theirs too. `watch` is told how things stand, and how
        many units are left, whenever a unit is done."""
        self._archive = archive
        self._order = order
        self._run = run
        self._tolerance = tolerance
        self._is_shared = is_shared
        self._watch = watch
        self._withheld: tuple[str, ...] = ()

    def perform(self) -> Result:
        """Do everything. Raises `UsageError`, `ArchiveLocked`, `ArchiveError`, and what the runner raises."""
        now = datetime.now(UTC)
        run_id = f"{now:%Y%m%dT%H%M%SZ}-{secrets.token_hex(3)}"
        units = given_units(self._order.files) if self._order.files else raw_units(self._archive.storage)
        held: AbstractContextManager[Lock | None] = self._archive.lock(run_id) if self._order.writes else nullcontext()
        with held as lock:
            return self._perform(units, run_id, now, lock)

    def _perform(self, units: Sequence[Unit], run_id: str, now: datetime, lock: Lock | None) -> Result:
        software = version("kompas-crawler")
        task = Task(
            location=self._archive.location,
            run_id=run_id,
            started_at=now,
            software_version=software,
            choice=self._order.choice,
            writes=self._order.writes,
            is_judged=bool(self._archive.storage.files("articles")),
            is_shared=self._is_shared,
        )
        progress = None
        if self._order.writes:
            identity = identity_of(units, self._order.arguments, software)
            progress = Progress.begin(self._archive.storage, FOLDER, identity, run_id, now)
            task = replace(task, run_id=progress.run_id, started_at=progress.started_at)
            if not progress.is_resumed:
                # What a dead crawl left is judged as by the next crawl.
                report = self._archive.commit(Gate(self._archive.storage))
                self._withheld = tuple(quality_finding(decision).message for decision in report.withheld)
        result = Result(task.run_id, self._order.writes)
        loose = self._have_done(units, task, result, progress, lock)
        self._have_done(_loose_units(loose), task, result, progress, lock)
        if self._order.writes and not self._order.files:
            self._have_done(look_units(self._archive.storage), task, result, progress, lock)
        if progress is not None:
            self._close(result, task)
            progress.end()
        return result

    def _have_done(
        self, units: Sequence[Unit], task: Task, result: Result, progress: Progress | None, lock: Lock | None
    ) -> list[tuple[str, str, int]]:
        """Have units done that are not done yet. Returns the pages that lie apart."""
        loose: list[tuple[str, str, int]] = []
        missing: list[Unit] = []
        for unit in units:
            report = progress.done(repr(unit), Report.from_json) if progress is not None else None
            if report is None:
                missing.append(unit)
            else:
                result.add(report)
                loose += report.loose
        work: Patient[Unit, Report] = Patient(partial(do, task=task))
        for left, (unit, report) in enumerate(self._run(work, missing) if missing else (), start=1):
            if progress is not None and lock is not None:
                patiently(partial(progress.note, repr(unit), report.as_json()))
                patiently(lock.heartbeat)
            result.add(report)
            loose += report.loose
            self._watch(result, len(missing) - left)
        return sorted(loose)

    def _close(self, result: Result, task: Task) -> None:
        """Judge, commit once, check the books, write the record of the run."""
        self._archive.require_index()
        storage = self._archive.storage
        gate = Gate(storage, judged={task.run_id})
        decision = patiently(partial(judged, storage, task.run_id, result.measured, gate.baseline_near))
        spread = self._run if self._is_shared else None
        result.commit = patiently(partial(self._archive.commit, gate, spread=spread))
        withheld = [*([decision] if decision is not None else []), *result.commit.withheld]
        for one in withheld:
            patiently(partial(save_samples, storage, one.run_id, list(raw_samples(storage, one))))
        self._resolve(result, decision)
        found = tuple(quality_finding(one).message for one in withheld)
        result.problems = (*_problems(result, self._tolerance), *found, *self._withheld)
        result.record = RunRecord(
            run_id=task.run_id,
            started_at=task.started_at,
            finished_at=datetime.now(UTC),
            software_version=task.software_version,
            arguments=self._archive_kind() | self._order.arguments,
            exit_code=1 if result.problems else 0,
            finish_reason="finished",
            outcomes=result.outcomes,
            problems=result.problems,
        )
        self._archive.write_run(result.record)

    def _resolve(self, result: Result, decision: Withholding | None) -> None:
        """Let leave quarantine what was withheld of a fetch that has given a row, unless this is withheld too."""
        again = frozenset(decision.withheld if decision is not None else ())
        by_run: dict[str, set[tuple[str, datetime]]] = {}
        for run_id, key, at in result.retold:
            if key not in again:
                by_run.setdefault(run_id, set()).add((key, at))
        for run_id, fetches in by_run.items():
            patiently(partial(resolve, self._archive.storage, run_id, fetches))
            result.resolved[run_id] = len(fetches)

    def _archive_kind(self) -> dict[str, str]:
        """Return what says whether the archive is of a replica: a later crawl asks the last run for it."""
        last = self._archive.last_arguments() or {}
        return {name: last[name] for name in ("kompas_replica",) if name in last}


def _loose_units(places: Sequence[tuple[str, str, int]]) -> list[Unit]:
    """Return the units of pages that lay apart: those of one run or file are read together."""
    files: dict[str, list[tuple[str, str, int]]] = {}
    for kind, path, offset in places:
        group = path.rpartition("-")[0] if kind == Kind.RAW else path
        files.setdefault(group, []).append((kind, path, offset))
    return [
        Unit(Kind.LOOSE, f"{group} (pages that lay apart)", is_alone=True, places=tuple(some))
        for group, some in files.items()
    ]


def _problems(result: Result, tolerance: float) -> Iterator[str]:
    if result.uneven:
        shown = ", ".join(result.uneven[:10])
        yield f"The books do not balance: records of {shown} are unaccounted for. Please report this as a defect."
    readings = result.readings.total()
    if readings and result.lost / readings > tolerance:
        yield (
            f"{result.lost:,} of {readings:,} pages gave a row when they were fetched and give none now (allowed: "
            f"{tolerance:.1%}). The rows are kept as they were; the reasons are in visits/ under run {result.run_id}."
        )
