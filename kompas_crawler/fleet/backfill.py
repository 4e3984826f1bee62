"""A back-fill by a fleet: days given out as units, one lane for all, one committer, the record of the whole.

The conductor holds the archive's lock from the beginning to the end, commits what units have staged as they end, and
remembers which are done. Articles that a day's crawl met on other days (by links) are left to the crawls of those days;
what none of them found is read in rounds of their own, so that the archive comes out as that of one machine. Knows
neither pools nor schedulers: a `Runner` has the units done.
"""

from __future__ import annotations

import json
import logging
import secrets
import threading
from collections import Counter
from collections.abc import Callable, Collection, Mapping, Sequence
from contextlib import closing, suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import partial
from hashlib import blake2b
from importlib.metadata import version
from time import monotonic
from types import TracebackType
from typing import Final, Self

from kompas_crawler.archive import Archive, CommitReport, Gate, RunRecord, Sighting
from kompas_crawler.archive.excerpt import excerpt
from kompas_crawler.archive.lock import Lock
from kompas_crawler.archive.quarantine import save_samples
from kompas_crawler.errors import ArchiveError, SilenceLasts
from kompas_crawler.fleet.lane_server import LaneServer
from kompas_crawler.fleet.patience import Patient, patiently
from kompas_crawler.fleet.progress import Progress
from kompas_crawler.fleet.runners import Runner, UnitsFailed
from kompas_crawler.fleet.unit import CrawlReport, CrawlTask, CrawlUnit, do
from kompas_crawler.fleet.wire import Stop
from kompas_crawler.gates import quality_finding
from kompas_crawler.items import Outcome, Route
from kompas_crawler.notes import SILENCE, Notes
from kompas_crawler.plan import Plan
from kompas_crawler.site.addresses import parse_article_address
from kompas_crawler.site.dates import WIB
from kompas_crawler.specimens import raw_samples

logger = logging.getLogger(__name__)

FOLDER: Final = "backfill"
"""Where in the archive the progress of a back-fill is noted."""
HEARTBEAT_SECONDS: Final = 60.0
ADDRESSES_OF_UNIT: Final = 500


@dataclass(frozen=True, slots=True, kw_only=True)
class Order:
    """What a user asks for, checked."""

    plan: Plan
    arguments: Mapping[str, str]
    """Spider arguments beside the window."""
    settings: Mapping[str, str]
    """Settings that every unit is given."""
    grounds: Mapping[str, str]
    """Contact, permission and replica, for the record."""
    commit_seconds: float
    now: Callable[[], datetime] = lambda: datetime.now(UTC)
    """Tells the time of the crawls, aware."""


@dataclass(slots=True)
class Result:
    """What a back-fill came to."""

    run_id: str
    days: int
    units_done: int = 0
    units_resumed: int = 0
    """Of those, the ones that an earlier start had done."""
    requests: int = 0
    size_bytes: int = 0
    outcomes: Counter[str] = field(default_factory=Counter)
    """How many addresses ended in which outcome, summed over the runs of the units."""
    problems: list[str] = field(default_factory=list)
    stopped: Stop | None = None
    """Why the fleet stopped early; null when it did not."""
    failed: UnitsFailed | None = None
    commits: list[CommitReport] = field(default_factory=list)
    record: RunRecord | None = None

    def add(self, unit: CrawlUnit, report: CrawlReport) -> None:
        """Add what a unit came to."""
        self.units_done += 1
        self.requests += report.requests
        self.size_bytes += report.size_bytes
        self.outcomes.update(report.outcomes)
        self.problems += [f"{unit}: {problem}" for problem in report.problems]

    @property
    def exit_code(self) -> int:
        """0 complete, 1 something is wrong, else why the fleet stopped, 4 when storage was away for too long."""
        if self.stopped is not None:
            return self.stopped.exit_code
        if self.failed is not None:
            return 4 if self.failed.is_storage else 1
        return 1 if self.problems else 0


class _Heart:
    """Renews the lock of an archive while units are being done, some of which take hours."""

    def __init__(self, lock: Lock) -> None:
        self._lock = lock
        self._end = threading.Event()
        self._thread = threading.Thread(target=self._beat, name="heartbeat", daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self._end.set()
        self._thread.join()

    def _beat(self) -> None:
        while not self._end.wait(HEARTBEAT_SECONDS):
            with suppress(ArchiveError):  # the next beat, or the next commit, tells
                self._lock.heartbeat()


class Backfill:
    """One back-fill of one archive."""

    def __init__(
        self,
        archive: Archive,
        order: Order,
        run: Runner,
        lane: Callable[[Callable[[str], bytes]], LaneServer],
        *,
        watch: Callable[[Result, int], None] = lambda _result, _left: None,
    ) -> None:
        """`lane` makes the lane of the fleet, given what returns the excerpt of a unit's name. `watch` is told how
        things stand, and how many units are left, whenever a unit is done."""
        self._archive = archive
        self._order = order
        self._run = run
        self._make_lane = lane
        self._watch = watch
        self._gate = Gate(archive.storage)
        self._committed_at = monotonic()
        self._units: dict[str, CrawlUnit] = {}
        self._others: dict[str, tuple[str, set[Route]]] = {}

    def perform(self) -> Result:
        """Do everything.

        Raises `SilenceLasts`, `ArchiveLocked`, `ArchiveError`, and what the runner raises but `UnitsFailed`.
        """
        now = datetime.now(UTC)
        run_id = f"{now:%Y%m%dT%H%M%SZ}-{secrets.token_hex(3)}"
        with self._archive.lock(run_id) as lock, _Heart(lock), self._make_lane(self._brief) as lane:
            self._respect_silence()
            progress = Progress.begin(self._archive.storage, FOLDER, self._identity(), run_id, now)
            result = Result(progress.run_id, len(self._order.plan.days))
            task = CrawlTask(
                location=self._archive.location,
                backfill_id=progress.run_id,
                lane=str(lane.address),
                arguments=self._order.arguments,
                settings=self._order.settings,
            )
            self._commit(result)
            try:
                self._do_all(task, lane, progress, result)
            except UnitsFailed as error:
                result.failed = error
            except BaseException as error:
                lane.stop(Stop(1, "interrupted", f"the back-fill was interrupted ({type(error).__name__})"))
                raise
            result.stopped = lane.stopped
            self._close(progress, result)
            if agenda := self._archive.agenda():
                silent_until = self._order.now() + timedelta(seconds=lane.silent_seconds)
                agenda.note({}, {SILENCE: silent_until}, lane.robots())
        return result

    def _respect_silence(self) -> None:
        """Raise `SilenceLasts` while a `Retry-After` that an earlier run met still lasts."""
        until = Notes(self._archive, self._order.now).silent_until()
        if until is not None:
            asked = f"the site asked for silence until {until.astimezone(WIB):%Y-%m-%d %H:%M:%S} WIB"
            raise SilenceLasts(f"{asked}: nothing was begun. Start after that")

    def _do_all(self, task: CrawlTask, lane: LaneServer, progress: Progress, result: Result) -> None:
        days = [CrawlUnit(since=day, until=day) for day in self._order.plan.days]
        self._have_done(days, task, lane, progress, result)
        for depth in range(1, self._order.plan.depth + 1):
            if lane.stopped is not None:
                return
            self._commit(result, lane.running())
            self._have_done(self._linked(task, depth), task, lane, progress, result)
        self._commit(result)
        self._note_routes(task)

    def _have_done(
        self, units: Sequence[CrawlUnit], task: CrawlTask, lane: LaneServer, progress: Progress, result: Result
    ) -> None:
        self._units = {task.unit_id(unit): unit for unit in units}
        missing = []
        for unit in units:
            report = progress.done(unit.name, CrawlReport.from_json)
            if report is None:
                missing.append(unit)
                continue
            result.units_resumed += 1
            self._take(unit, report, result)
        if not missing:
            return
        work: Patient[CrawlUnit, CrawlReport] = Patient(partial(do, task=task))
        with closing(self._run(work, missing)) as ended:
            for left, (unit, report) in enumerate(ended, start=1):
                report.others = [[one.key, one.url, one.route] for one in lane.left_to_others(report.run_id)]
                if lane.stopped is not None:
                    result.problems += [f"{unit}: {problem}" for problem in report.problems]
                    return
                self._take(unit, report, result)
                if report.exit_code == 0:
                    patiently(partial(progress.note, unit.name, report.as_json()))
                if monotonic() - self._committed_at >= self._order.commit_seconds:
                    self._commit(result, lane.running())
                self._watch(result, len(missing) - left)

    def _take(self, unit: CrawlUnit, report: CrawlReport, result: Result) -> None:
        result.add(unit, report)
        for key, url, route in report.others:
            self._others.setdefault(key, (url, set()))[1].add(Route(route))

    def _commit(self, result: Result, unfinished: Collection[str] = ()) -> None:
        """Commit what is staged; what the gate withholds is told, with pages that show it."""
        report = patiently(partial(self._archive.commit, self._gate, unfinished=unfinished))
        self._committed_at = monotonic()
        result.commits.append(report)
        logger.info("%s", report)
        for decision in report.withheld:
            result.problems.append(quality_finding(decision).message)
            samples = list(raw_samples(self._archive.storage, decision))
            patiently(partial(save_samples, self._archive.storage, decision.run_id, samples))

    def _linked(self, task: CrawlTask, depth: int) -> list[CrawlUnit]:
        """Return the units that read what was met by links, `depth` of them away, and no unit has looked at."""
        agenda = self._archive.agenda()
        met = agenda.met_by(task.backfill_id, self._others) if agenda is not None else set()
        plan, addresses = self._order.plan, []
        for key, (url, _) in sorted(self._others.items()):
            address = parse_article_address(url)
            is_held = self._archive.known(key) is not None
            if address is not None and not is_held and key not in met and plan.keeps_section(address.section):
                addresses.append(url)
        return [
            CrawlUnit(
                since=plan.since, until=plan.until, addresses=tuple(addresses[n : n + ADDRESSES_OF_UNIT]),
                depth=max(0, plan.depth - depth),
            )
            for n in range(0, len(addresses), ADDRESSES_OF_UNIT)
        ]  # fmt: skip

    def _note_routes(self, task: CrawlTask) -> None:
        """Add to the rows the routes by which crawls of other days met them. That is no look at the article: the time
        of the last one stays."""
        with self._archive.stage(task.backfill_id, software_version=version("kompas-crawler")) as staging:
            for key, (_, routes) in sorted(self._others.items()):
                known = self._archive.known(key)
                if known is not None:
                    staging.sighted(
                        Sighting(article_id=key, seen_at=known.last_seen_at, discovered_by=tuple(sorted(routes)))
                    )

    def _brief(self, unit_id: str) -> bytes:
        """Return the excerpt of the index for a unit. Called in a thread of the lane, so by a connection of its own."""
        unit = self._units.get(unit_id)
        if unit is None:
            raise ArchiveError(f"{unit_id} is no unit that is to be done now")
        if unit.addresses:  # none of them is held
            return excerpt(None, unit.since, unit.since)
        return excerpt(self._archive.index_path, unit.since, unit.until)

    def _identity(self) -> str:
        plan = self._order.plan
        content = json.dumps(
            [plan.as_arguments(), dict(self._order.grounds), version("kompas-crawler")], sort_keys=True
        )
        return blake2b(content.encode(), digest_size=16).hexdigest()

    def _close(self, progress: Progress, result: Result) -> None:
        """Commit, write the record of the whole, forget the progress if everything is done."""
        self._commit(result)
        if result.stopped is not None:
            result.problems.append(f"The fleet stopped early: {result.stopped.message}. Start it again; it goes on.")
        if result.failed is not None:
            result.problems.append(str(result.failed))
        outcomes = {Outcome(name): count for name, count in result.outcomes.items()}
        record = RunRecord(
            run_id=result.run_id,
            started_at=progress.started_at,
            finished_at=datetime.now(UTC),
            software_version=version("kompas-crawler"),
            arguments={"command": "backfill", **self._order.plan.as_arguments(), **self._order.grounds},
            exit_code=result.exit_code,
            finish_reason=result.stopped.reason if result.stopped is not None else "finished",
            requests=result.requests,
            size_bytes=result.size_bytes,
            outcomes=outcomes,
            problems=tuple(result.problems),
        )
        result.record = record
        patiently(partial(self._archive.write_run, record))
        if result.exit_code == 0:
            progress.end()
            self._archive.mend_raw()  # of crawls that were killed; all others have closed their files
