"""The keeper of a run, an extension: lock, staging, commits, raw pages, books, exit code."""

from __future__ import annotations

import logging
import secrets
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from datetime import date, datetime
from importlib.metadata import version
from typing import TYPE_CHECKING, Self

from scrapy import Request, signals
from scrapy.crawler import Crawler
from scrapy.exceptions import CloseSpider
from scrapy.http import Response
from scrapy.utils.asyncio import create_looping_call
from scrapy.utils.defer import deferred_from_coro
from twisted.python.failure import Failure

from kompas_crawler.archive import Archive, CommitReport, Decision, Gate, Observation, RunRecord, Sighting, Staging
from kompas_crawler.archive.agenda import RobotsFile
from kompas_crawler.archive.quarantine import save_samples
from kompas_crawler.books import Books
from kompas_crawler.clock import read_clock
from kompas_crawler.endings import last_run, run_record
from kompas_crawler.errors import ArchiveError, ArchiveLocked, SilenceLasts, UsageError
from kompas_crawler.evidence import Evidence, Refusal
from kompas_crawler.fleet.membership import commits_later, lane_of, seen_by_unit
from kompas_crawler.gates import ADVICE, BAD, GO_ON, REQUESTED, Finding, findings, quality_finding
from kompas_crawler.health import report_health
from kompas_crawler.items import Outcome, Visit, Walk
from kompas_crawler.last_word import LastWord
from kompas_crawler.notes import Notes
from kompas_crawler.permission import PRODUCT
from kompas_crawler.raw_pages import FETCHED_AT, RAW, RawPages, raw_of
from kompas_crawler.site.dates import WIB
from kompas_crawler.specimens import Specimens, raw_samples

if TYPE_CHECKING:
    from kompas_crawler.spiders.kompas import KompasSpider  # the spider imports this module

logger = logging.getLogger(__name__)

EXIT_COMPLETE, EXIT_GATE, EXIT_USAGE, EXIT_BLOCKED, EXIT_STORAGE, EXIT_LOCKED = range(6)
"""Exit codes of a crawl: complete, a gate failed, wrong usage or no permission, blocked, storage, locked."""

STAGED = frozenset({Outcome.KEPT_NEW, Outcome.KEPT_CHANGED, Outcome.UNCHANGED})
"""Outcomes of an article whose page was read in this run."""

ORDERLY = frozenset({"finished"})
"""Close reasons of a run that came to its own end."""


def run_keeper(crawler: Crawler) -> RunKeeper:
    """Return the keeper of a crawl's run. Raises `RuntimeError` when the extension is switched off."""
    keeper = crawler.get_extension(RunKeeper)
    if keeper is None:
        raise RuntimeError("the extension kompas_crawler.extensions.RunKeeper is switched off; a crawl needs it")
    return keeper


class RunKeeper:
    """Opens the archive for one run, commits what it stages, and closes its books.

    Other parts use `now`, `archive`, `staging`, `books`, `notes`, `lane`, `storage_guard`, what begins with `note_` and
    the ways to stop; the `crawl` command reads `exit_code` and `record` afterwards.
    """

    def __init__(self, crawler: Crawler) -> None:
        self._crawler = crawler
        self._settings = crawler.settings
        self.now = read_clock(self._settings["KOMPAS_CLOCK"], replica=self._settings["KOMPAS_REPLICA"]).now
        self.started_at = self.now()
        self.finished_at = self.started_at
        self.run_id = self._settings["KOMPAS_RUN_ID"] or f"{self.started_at:%Y%m%dT%H%M%SZ}-{secrets.token_hex(3)}"
        self._commits_later = commits_later(self._settings)
        self.archive = Archive(self._settings["KOMPAS_OUTPUT"])
        self.books = Books(self.run_id, self._write_visit, self._note_route, self.now)
        self.lane = lane_of(crawler, self.run_id, self.now, lambda *stop: self._stop(*stop))
        self.evidence = Evidence(self.run_id)
        self.specimens = Specimens(self.run_id)
        self._gate = Gate(self.archive.storage)
        self._withheld: list[Decision] = []
        self._last_word = LastWord(lambda: self.stop_message is not None and self.exit_code == EXIT_STORAGE)
        self.notes = Notes(self.archive, self.now)
        self._walks: dict[tuple[date, str], Walk] = {}
        self.commits: list[CommitReport] = []
        self.findings: tuple[Finding, ...] = ()
        self.record: RunRecord | None = None
        self.exit_code = EXIT_GATE
        """Not complete until the run's end says so: whatever goes wrong on the way leaves this."""
        self.stop_message: str | None = None
        self._staging: Staging | None = None
        self._raw: RawPages | None = None
        self._held = ExitStack()
        self._commit_loop = create_looping_call(self._checkpoint)

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> Self:
        """Build the extension and connect it to the run's beginning, end and accidents."""
        keeper = cls(crawler)
        crawler.signals.connect(keeper.spider_opened, signals.spider_opened)
        crawler.signals.connect(keeper.spider_error, signals.spider_error)
        crawler.signals.connect(keeper.item_error, signals.item_error)
        crawler.signals.connect(keeper.spider_closed, signals.spider_closed)
        crawler.signals.connect(keeper.engine_stopped, signals.engine_stopped)
        return keeper

    @property
    def staging(self) -> Staging:
        """Where this run's records go. Raises `RuntimeError` before the run has begun."""
        if self._staging is None:
            raise RuntimeError("the run has not begun: the archive's lock is not held")
        return self._staging

    def spider_opened(self, spider: KompasSpider) -> None:
        """Take the lock, fold in what an earlier run left behind, and open the staging area.

        A run that commits later takes no lock and folds nothing in; it knows what an excerpt of the index says.

        In quiet hours nothing is begun: a daily job that starts inside them has nothing to do, and that is no failure.
        """
        self._last_word.attach()
        if quiet_until := self.lane.quiet_until():
            logger.info("Quiet hours until %s: nothing was begun", f"{quiet_until:%H:%M} WIB")
            self.exit_code = EXIT_COMPLETE
            raise CloseSpider("quiet_hours")
        try:
            if self._commits_later:
                self.archive = self._held.enter_context(seen_by_unit(self.archive, spider.plan, self.lane))
                self.notes = Notes(self.archive, self.now)
            else:
                self._held.enter_context(self.archive.lock(self.run_id))
                self._held.callback(self.archive.close)
                if self.archive.discard_damaged_index():
                    logger.warning("The index was damaged: it is made again from the Parquet files")
            self._require_one_kind()
            if not self._commits_later:  # else others write raw files now, which are torn only to the eye
                for mended in self.archive.mend_raw():
                    logger.warning("%s", mended)
            self._commit()
            self._respect_silence()
            self._begin_staging()
        except UsageError as error:
            self._refuse(EXIT_USAGE, "usage", error)
        except ArchiveLocked as error:
            self._refuse(EXIT_LOCKED, "locked", error)
        except ArchiveError as error:
            self._refuse(EXIT_STORAGE, "storage", error)
        logger.info("Run %s into %s: %s", self.run_id, self.archive.location, spider)
        self._commit_loop.start(self._settings.getfloat("KOMPAS_COMMIT_SECONDS"), now=False)

    def _begin_staging(self) -> None:
        software = version("kompas-crawler")
        self._raw = RawPages.begin(
            self.archive,
            self.run_id,
            settings=self._settings,
            started_at=self.started_at,
            software=f"{PRODUCT}/{software}",
            now=self.now,
        )
        self._staging = self.archive.stage(
            self.run_id,
            software_version=software,
            started_at=self.started_at,
            before_flush=self._raw.flush if self._raw is not None else lambda: None,
        )

    def _respect_silence(self) -> None:
        """Begin nothing while a `Retry-After` that an earlier run met still lasts."""
        until = self.notes.silent_until()
        if until is not None:
            asked = f"the site asked for silence until {until.astimezone(WIB):%Y-%m-%d %H:%M:%S} WIB"
            self._refuse(EXIT_GATE, "retry_after", SilenceLasts(f"{asked}: nothing was begun. Start after that"))

    def _require_one_kind(self) -> None:
        """Raise `UsageError` where invented articles of a replica and real ones would come to lie in one archive."""
        last, is_replica = self.archive.last_arguments(), bool(self._settings["KOMPAS_REPLICA"])
        if last is None or ("kompas_replica" in last) == is_replica:
            return
        held, asked = ("the live site", "a replica") if is_replica else ("a replica", "the live site")
        raise UsageError(
            f"{self.archive.location} holds articles of {held}, and this run would add some of {asked}; "
            "name another place with KOMPAS_OUTPUT"
        )

    def _refuse(self, exit_code: int, reason: str, error: Exception) -> None:
        self.exit_code, self.stop_message = exit_code, str(error)
        logger.error("%s", error)
        raise CloseSpider(reason) from error

    def spider_error(self, failure: Failure, response: Response | None) -> None:
        """Note what a callback met."""
        key = response.request.cb_kwargs.get("key") if response is not None and response.request else None
        self._note_defect(failure, key)

    def item_error(self, item: object, failure: Failure) -> None:
        """Note what an item met in a pipeline or exporter, of ours or of yours."""
        self._note_defect(failure, item.article.article_id if isinstance(item, Observation) else None)

    def _note_defect(self, failure: Failure, key: str | None) -> None:
        """Let an address fail by a defect, and the run's gate with it. Storage trouble ends the run."""
        if isinstance(failure.value, ArchiveError):
            self._stop(EXIT_STORAGE, "storage", str(failure.value))
            return
        self._crawler.stats.inc_value("kompas/defects")
        if key is not None and key in self.books.open_keys():
            self.books.decide(key, Outcome.FAILED, f"defect_{type(failure.value).__name__}")

    @property
    def walks(self) -> tuple[Walk, ...]:
        """The walks of this run along the index, each as it stands."""
        return tuple(self._walks.values())

    def note_walk(self, walk: Walk) -> None:
        """Keep how one walk along the index stands or ended."""
        self._walks[walk.day, walk.site] = walk
        with self.storage_guard():
            self.staging.walk(walk)

    def note_robots(self, host: str, status: int | None, text: str | None) -> None:
        """Keep what a host's robots.txt said; `text` is null when it could not be read."""
        read_at = self.now()
        if text is not None:
            self.notes.robots(host, status, text)
            self.lane.tell_robots(host, RobotsFile(read_at, status, text))
        if self.evidence.read_robots(host, status, text):
            self._keep_robots(host, text, read_at)

    def recall_robots(self, host: str, max_age_seconds: float) -> RobotsFile | None:
        """Return what an earlier run read in a host's robots.txt, if that is not too old, and keep it as evidence."""
        with self.storage_guard():
            agenda = self.archive.agenda()
            known = self.lane.told_robots(host) or (agenda.robots(host) if agenda is not None else None)
        if known is None or not 0 <= (self.now() - known.read_at).total_seconds() < max_age_seconds:
            return None
        if self.evidence.read_robots(host, known.status, known.text, known.read_at):
            self._keep_robots(host, known.text, known.read_at)
        return known

    def _keep_robots(self, host: str, text: str | None, read_at: datetime) -> None:
        """Keep a text of robots.txt that this run did not meet before."""
        self._save_evidence()
        if self._raw is not None and text is not None:
            with self.storage_guard():
                self._raw.note_robots(host, text, read_at)

    def keep_raw(self, request: Request, response: Response) -> None:
        """Keep an answer that has just come, as it came over the wire, if this run keeps such."""
        request.meta[FETCHED_AT] = self.now()
        if self._raw is not None:
            with self.storage_guard():
                self._raw.keep(request, response, request.meta[FETCHED_AT])

    def keep_rendering(self, request: Request, response: Response, source: Request | None) -> None:
        """Keep a page as the browser made it, beside the answer to `source` that it was made from."""
        request.meta[FETCHED_AT] = self.now()
        kept = raw_of(source) if source is not None else None
        if self._raw is not None and kept is not None:
            with self.storage_guard():
                request.meta[RAW] = self._raw.keep_rendering(response, kept, request.meta[FETCHED_AT])

    def note_refusal(self, refusal: Refusal) -> None:
        """Keep how the site refused a request."""
        self.evidence.refused(refusal)
        self._save_evidence()

    def _save_evidence(self) -> None:
        with self.storage_guard():
            self.evidence.save(self.archive.storage)

    @contextmanager
    def storage_guard(self) -> Iterator[None]:
        """End the run in good order, with exit code 4, when the archive cannot be written."""
        try:
            yield
        except ArchiveError as error:
            self._stop(EXIT_STORAGE, "storage", str(error))
            raise

    def stop_blocked(self, evidence: str) -> None:
        """End the run in good order, with exit code 3: the site refuses it."""
        message = f"the site refuses this crawl: {evidence}"
        self._stop(EXIT_BLOCKED, "blocked", message)

    def stop_early(self, reason: str, message: str, *, exit_code: int = EXIT_GATE) -> None:
        """End the run in good order; `reason` is short and machine-readable, `message` is for people."""
        self._stop(exit_code, reason, message)

    def _stop(self, exit_code: int, reason: str, message: str) -> None:
        if self.stop_message is not None:
            return
        self.exit_code, self.stop_message = exit_code, message
        self.lane.close()
        self.lane.tell_stop(exit_code, reason, message)
        logger.error("%s", message)
        self._stopping = deferred_from_coro(self._crawler.engine.close_spider_async(reason=reason))

    def _write_visit(self, visit: Visit) -> None:
        with self.storage_guard():
            self.staging.visit(visit)
        self.notes.outcome(visit)

    def _note_route(self, visit: Visit) -> None:
        """Add a route to the row of an article that was staged before that route met it."""
        if visit.outcome in STAGED and visit.article_id is not None:
            with self.storage_guard():
                self.staging.sighted(
                    Sighting(article_id=visit.article_id, seen_at=visit.visited_at, discovered_by=visit.discovered_by)
                )

    def _checkpoint(self) -> None:
        with self.storage_guard():
            self.staging.flush()
            self._commit(is_unfinished=True)

    def _withhold(self, decision: Decision) -> None:
        """Let the books follow the gate, and store pages that show what it found."""
        self._withheld.append(decision)
        for finding in decision.findings:
            logger.error("Withheld of run %s: %s", decision.run_id, finding)
        if decision.run_id == self.run_id:
            self.books.withdraw(decision.withheld)
            self.notes.forget(decision.article_ids)
            save_samples(self.archive.storage, self.run_id, self.specimens.samples(decision, self.archive.storage))
        else:
            save_samples(self.archive.storage, decision.run_id, raw_samples(self.archive.storage, decision))

    def _commit(self, *, is_unfinished: bool = False) -> None:
        if self._commits_later:
            return
        report = self.archive.commit(self._gate, unfinished={self.run_id} if is_unfinished else ())
        self.commits.append(report)
        logger.info("%s", report)
        for decision in report.withheld:
            self._withhold(decision)
        if report.is_waiting:  # notes for the next run are only for what was committed
            return
        self.notes.keep(lambda key: not self.books.is_open(key))
        if self._raw is not None:
            self._raw.remember(self.archive)

    def spider_closed(self, spider: KompasSpider, reason: str) -> None:
        """Close the books, commit, check the gates, write the run's record, release the lock."""
        if self._commit_loop.running:
            self._commit_loop.stop()
        try:
            with self._held:
                if self._staging is not None:
                    self._close_run(spider, reason)
        except ArchiveError as error:
            self.exit_code, self.stop_message = EXIT_STORAGE, str(error)
            logger.error("%s", error)
        self.lane.leave()
        if self._commits_later:  # it is the committer who tells how the archive fares
            return
        report_health(self.archive, last_run(self, reason), folder=self._settings["KOMPAS_HEALTH_DIR"])

    def engine_stopped(self) -> None:
        """Nothing of this run is told any more."""
        self._last_word.detach()

    def _close_run(self, spider: KompasSpider, reason: str) -> None:
        self.books.close("stopped")
        self.finished_at = self.now()
        self.staging.close()
        if self._raw is not None:
            self._raw.close()
        self.evidence.save(self.archive.storage)
        self.specimens.save(self.archive.storage)
        self._commit()
        self.findings = self._judge(reason)
        exit_code = EXIT_COMPLETE if not self.findings else self.exit_code
        self.record = run_record(self, spider.plan, self._settings, reason, exit_code)
        if self._commits_later:
            self.archive.write_record(self.record)
        else:
            self.archive.write_run(self.record)
        self.exit_code = exit_code

    def _judge(self, reason: str) -> tuple[Finding, ...]:
        balance = self.books.balance()
        requested = sum(balance.outcomes.get(outcome, 0) for outcome in REQUESTED)
        bad = sum(balance.outcomes.get(outcome, 0) for outcome in BAD)
        found = findings(
            balance,
            self.walks,
            bad_share=bad / requested if requested else 0.0,
            tolerance=self._settings.getfloat("KOMPAS_FAILURE_TOLERANCE"),
            stopped=None if reason in ORDERLY else (self.stop_message or reason),
            advice=ADVICE.get(reason, GO_ON),
        )
        if defects := self._crawler.stats.get_value("kompas/defects", 0):
            message = f"{defects} errors in our own code; the log has the tracebacks. Please report them."
            found = (*found, Finding("defects", message))
        return (*found, *map(quality_finding, self._withheld))
