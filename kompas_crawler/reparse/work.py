"""One unit of a reparse, from the bytes of its records to staged batches and a report.

It may be done on any machine that reaches the archive, and more than once: what it stages is folded like what a crawl
stages, and folding it twice changes nothing. It takes no lock and commits nothing.
"""

from __future__ import annotations

import time
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from kompas_crawler.answers import Trouble
from kompas_crawler.archive import Observation, Removal, Sighting, Staging
from kompas_crawler.archive.columns import article_columns, record_batch
from kompas_crawler.archive.fingerprint import fingerprint
from kompas_crawler.archive.months import Month
from kompas_crawler.archive.quarantine import REASON as QUARANTINED
from kompas_crawler.archive.quarantine import withheld
from kompas_crawler.archive.schema import PAGE_COLUMNS
from kompas_crawler.archive.staging import SCHEMAS, article_row
from kompas_crawler.archive.storage import Storage, storage_at
from kompas_crawler.items import Outcome, PageKind, ParsedArticle, Route, Visit
from kompas_crawler.quality import count
from kompas_crawler.reparse.captures import captures
from kompas_crawler.reparse.gathering import Gathered, Gathering
from kompas_crawler.reparse.held import Row, is_current, keys_of, routes_of_run, rows_of, visits_in
from kompas_crawler.reparse.measured import Measured
from kompas_crawler.reparse.task import UNPARSED, Decision, Report, Task
from kompas_crawler.reparse.units import Kind, Unit

READINGS_AT_ONCE: Final = 500
"""Readings that are compared with what is held, and staged, together."""
REREAD: Final = "reread"
"""Reason of a visit whose row came out otherwise than before: the site changed nothing."""
_SEEN: Final = frozenset({Outcome.KEPT_NEW, Outcome.KEPT_CHANGED, Outcome.UNCHANGED})


def do(unit: Unit, task: Task) -> Report:
    """Do one unit. Raises `ArchiveError`."""
    begun = time.monotonic()
    storage = storage_at(task.location)
    staging = (
        Staging(
            storage,
            task.run_id,
            software_version=task.software_version,
            started_at=task.started_at,
            brings_many=task.is_shared,
        )
        if task.writes
        else None
    )
    report = Report(unit.name)
    if unit.kind is Kind.LOOKS:
        if staging is not None:
            report.looks = _stage_looks(unit, task, storage, staging)
    else:
        _Work(unit, task, storage, staging, report).run()
    if staging is not None:
        staging.close()
    report.seconds = time.monotonic() - begun
    return report


@dataclass(frozen=True, slots=True)
class _Reading:
    """One reading with what it gave."""

    gathered: Gathered
    result: ParsedArticle | Trouble
    observation: Observation | None


class _Work:
    """One unit of pages."""

    def __init__(self, unit: Unit, task: Task, storage: Storage, staging: Staging | None, report: Report) -> None:
        self._unit = unit
        self._task = task
        self._storage = storage
        self._staging = staging
        self._report = report
        self._withheld = withheld(storage)
        self._routes: dict[str, dict[str, tuple[Route, ...]]] = {}

    def run(self) -> None:
        """Read everything."""
        waiting: list[_Reading] = []
        for gathered in self._readings():
            waiting.append(self._read(gathered))
            if len(waiting) >= READINGS_AT_ONCE:
                self._settle(waiting)
                waiting = []
        self._settle(waiting)

    def _readings(self) -> Iterator[Gathered]:
        """Yield the readings of the unit; note the pages that only those of other units can make whole."""
        gathering, report = Gathering(), self._report
        for capture in captures(self._unit, self._storage):
            report.records += 1
            if isinstance(capture, str):
                report.passed_over[capture] += 1
                continue
            if not self._task.choice.takes(capture.address):
                report.passed_over["not_chosen"] += 1
                continue
            for ended in gathering.take(capture):
                if isinstance(ended, str):
                    report.passed_over[ended] += 1
                else:
                    yield ended
        may_lie_apart = self._unit.kind is Kind.RAW and not self._unit.is_alone
        for gathered in gathering.rest():
            gathered.show_shell()
            if not may_lie_apart or gathered.is_settled or len(gathered.places) < gathered.pages:
                yield gathered
            else:
                report.loose += gathered.places

    def _read(self, gathered: Gathered) -> _Reading:
        result = gathered.result()
        if isinstance(result, Trouble):
            return _Reading(gathered, result, None)
        fetch = gathered.reading.fetch
        observation = Observation(
            article=result.article,
            links=result.links,
            fetched_at=fetch.at,
            discovered_by=tuple(route for route in self._routes_of(gathered) if route is not Route.REVISIT),
            raw_file=fetch.raw_file,
            raw_offset=fetch.raw_offset,
            run_id=gathered.run_id,
            is_reread=True,
        )
        return _Reading(gathered, result, observation)

    def _routes_of(self, gathered: Gathered) -> tuple[Route, ...]:
        run_id = gathered.run_id
        if run_id is None:
            return (Route.GIVEN,)
        if run_id not in self._routes:
            self._routes[run_id] = routes_of_run(self._storage, run_id)
        return self._routes[run_id].get(gathered.address.article_id, ())

    def _settle(self, readings: Sequence[_Reading]) -> None:
        """Compare readings with what is held; stage what says otherwise, and how each ended."""
        held = rows_of(self._storage, _months(readings))
        known_of = [held.get(one.gathered.address.article_id, []) for one in readings]
        compared = [one.observation for one, known in zip(readings, known_of, strict=True) if one.observation and known]
        rows = iter(_as_stored(compared, self._task.run_id))
        counting = _Counting(self._report.measured)
        for one, known in zip(readings, known_of, strict=True):
            row = next(rows) if one.observation and known else None
            if not self._is_chosen(one, known):
                self._report.passed_over["not_chosen"] += one.gathered.pages
                continue
            self._report.pages += one.gathered.pages
            if one.observation is None:
                self._without(one, known)
            else:
                self._with(one, one.observation, row, known, counting)
        counting.end(is_judged=self._task.is_judged)

    def _is_chosen(self, one: _Reading, known: Sequence[Row]) -> bool:
        now = one.observation.article.layout if one.observation is not None else UNPARSED
        return self._task.choice.takes_layout(now, *(row["layout"] for row in known if is_current(row)))

    def _with(
        self, one: _Reading, observation: Observation, row: Row | None, known: Sequence[Row], counting: _Counting
    ) -> None:
        """Stage a reading, unless it is held exactly so. `row` is null where nothing is held of the article."""
        of_the_fetch = [held for held in known if held["fetched_at"] == observation.fetched_at]
        is_held = any(map(is_current, known))
        if row is not None and of_the_fetch:
            differs = self._report.differences.add(observation.article.article_id, of_the_fetch[0], row)
            outcome = Outcome.KEPT_CHANGED if differs else Outcome.UNCHANGED
            counting.compare(of_the_fetch[0], row)
        else:
            outcome = _outcome(row, known) if row is not None and is_held else Outcome.KEPT_NEW
            withheld_of = self._withheld_of(one, observation)
            if withheld_of is not None and self._is_as_withheld(observation):
                self._decide(one.gathered, Outcome.EXCLUDED, QUARANTINED)
                return
            counting.add(observation, was_withheld=withheld_of is not None)
            if withheld_of is not None:
                self._report.retold.append((withheld_of, observation.article.article_id, observation.fetched_at))
        if self._staging is not None and (outcome is not Outcome.UNCHANGED or not of_the_fetch or not is_held):
            self._staging.observe(observation)
        self._decide(one.gathered, outcome, REREAD if outcome is Outcome.KEPT_CHANGED else None)

    def _withheld_of(self, one: _Reading, observation: Observation) -> str | None:
        """Return the run that has something of this fetch in quarantine; null when none has."""
        key, of_run = observation.article.article_id, one.gathered.run_id
        found = self._withheld.rows.get((key, observation.fetched_at))
        if found is not None:
            return found[0]
        return of_run if of_run is not None and (of_run, key) in self._withheld.unparsed else None

    def _is_as_withheld(self, observation: Observation) -> bool:
        """Return whether a fetch gives the very row that is withheld."""
        found = self._withheld.rows.get((observation.article.article_id, observation.fetched_at))
        if found is None:
            return False
        (row,) = _as_stored([observation], self._task.run_id)
        return all(row[column.name] == found[1][column.name] for column in PAGE_COLUMNS)

    def _without(self, one: _Reading, known: Sequence[Row]) -> None:
        """Note a reading that gave no article."""
        trouble, gathered = one.result, one.gathered
        if not isinstance(trouble, Trouble):
            raise TypeError("a reading without an observation has a trouble")
        self._report.lost += any(row["fetched_at"] == gathered.at for row in known)
        # Removals that our own runs met stand in their books, whence they are taken.
        if trouble.outcome is Outcome.GONE and gathered.run_id is None and self._staging is not None:
            removal = Removal(
                article_id=gathered.address.article_id,
                seen_at=gathered.at,
                status=trouble.status,
                reason=trouble.reason,
            )
            self._staging.removed(removal)
        self._decide(gathered, trouble.outcome, trouble.reason)

    def _decide(self, gathered: Gathered, outcome: Outcome, reason: str | None) -> None:
        address = gathered.address
        self._report.decisions.append(Decision(address.article_id, address.url, gathered.at, outcome))
        if self._staging is None:
            return
        self._staging.visit(
            Visit(
                run_id=self._task.run_id,
                url=address.url,
                page_kind=PageKind.ARTICLE,
                article_id=address.article_id,
                outcome=outcome,
                reason=reason,
                status=gathered.status,
                size_bytes=gathered.size_bytes,
                discovered_by=self._routes_of(gathered),
                section=address.section,
                visited_at=gathered.at,
            )
        )


class _Counting:
    """Rows that are to be measured together."""

    def __init__(self, measured: Measured) -> None:
        self._measured = measured
        self._before: list[Row] = []
        self._after: list[Row] = []
        self._fresh: dict[Month, list[Row]] = {}
        self._retold: dict[Month, list[Row]] = {}

    def compare(self, before: Row, after: Row) -> None:
        """Take a row and the one that takes its place."""
        self._before.append(before)
        self._after.append(after)

    def add(self, observation: Observation, *, was_withheld: bool) -> None:
        """Take what is read of a fetch of which nothing is held."""
        (row,) = article_columns([observation.article])
        month = Month.of_key(observation.article.article_id)
        (self._retold if was_withheld else self._fresh).setdefault(month, []).append(row)

    def end(self, *, is_judged: bool) -> None:
        """Count; those of which nothing is held only where there is something by which to judge them."""
        self._measured.compare(self._before, self._after)
        for month, rows in self._fresh.items() if is_judged else ():
            self._measured.fresh[month] += count(rows, {})
        for month, rows in self._retold.items():
            self._measured.retold[month] += count(rows, {})


def _months(readings: Iterable[_Reading]) -> dict[str, set[Month]]:
    """Return the months in which the rows of articles may lie: by their keys, and by what the pages say."""
    months: dict[str, set[Month]] = {}
    for one in readings:
        found = months.setdefault(one.gathered.address.article_id, {Month.of_key(one.gathered.address.article_id)})
        if one.observation is not None:
            found.add(Month.of_day(one.observation.article.published_on))
    return months


def _as_stored(observations: Sequence[Observation], run_id: str) -> list[dict[str, Any]]:
    """Return the records of observations with their values as they come out of a file."""
    batch = record_batch([article_row(one, run_id) for one in observations], SCHEMAS["articles"])
    rows: list[dict[str, Any]] = batch.to_pylist()
    return rows


def _outcome(row: Row, known: Sequence[Row]) -> Outcome:
    """Return what a page means of which no row is held: it said what is held, or something else."""
    seen = fingerprint(row)
    for held in known:
        one = fingerprint(held)
        if one.change_to(seen) is None or one.is_better_than(seen):
            return Outcome.UNCHANGED
    return Outcome.KEPT_CHANGED


def _stage_looks(unit: Unit, task: Task, storage: Storage, staging: Staging) -> int:
    """Stage what a file of the books says of articles whose rows are lost; those that are held know it already."""
    visits = [row for row in visits_in(storage, unit.path) if _is_chosen(row, task)]
    held = keys_of(storage, {Month.of_key(row["article_id"]) for row in visits})
    count = 0
    for row in visits:
        key, at, outcome = row["article_id"], row["visited_at"], row["outcome"]
        if key in held:
            continue
        if outcome in _SEEN:
            routes = tuple(Route(name) for name in row["discovered_by"] if name != Route.REVISIT)
            staging.sighted(Sighting(article_id=key, seen_at=at, discovered_by=routes))
        elif outcome == Outcome.GONE:
            staging.removed(Removal(article_id=key, seen_at=at, status=None))
        else:
            continue
        count += 1
    return count


def _is_chosen(visit: Row, task: Task) -> bool:
    choice = task.choice
    day: datetime = datetime.strptime(visit["article_id"][:8], "%Y%m%d")  # noqa: DTZ007 - a day
    if not choice.takes_day(day.date()):
        return False
    return choice.sections is None or visit["section"] is None or visit["section"] in choice.sections
