"""The archive as a crawl sees it: what is known, where records go, and when they are committed.

Ties the other modules together; decides nothing about rows, files or histories itself. Reading for people is in
`reading`.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Collection, Generator, Iterator, Mapping, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass
from datetime import datetime
from importlib.metadata import version
from pathlib import Path
from typing import Final

from kompas_crawler.archive import lock as locks
from kompas_crawler.archive import quarantine, staging
from kompas_crawler.archive.agenda import Agenda
from kompas_crawler.archive.appending import Mended, mend
from kompas_crawler.archive.commit import CommitReport, commit, discard_leftovers
from kompas_crawler.archive.damage import SEAL, is_damaged, is_sealed, seal
from kompas_crawler.archive.fingerprint import fingerprint_of
from kompas_crawler.archive.gate import Gate
from kompas_crawler.archive.index import Index, Known
from kompas_crawler.archive.marker import last_commit
from kompas_crawler.archive.migrate import migrate
from kompas_crawler.archive.months import Month
from kompas_crawler.archive.parquet import Stamp
from kompas_crawler.archive.partitions import by_month, remark
from kompas_crawler.archive.payloads import StoredPayloads
from kompas_crawler.archive.quarantine import Decision
from kompas_crawler.archive.raw import Payload
from kompas_crawler.archive.raw_reading import whole_bytes
from kompas_crawler.archive.raw_retention import Pruned, beyond, older_than, prune, raw_files
from kompas_crawler.archive.rebuild import rebuild
from kompas_crawler.archive.runs import RunRecord, last_arguments, write_record, write_run
from kompas_crawler.archive.shares import Made, Share, Spread
from kompas_crawler.archive.staging import Staging
from kompas_crawler.archive.storage import LocalStorage, refusals, storage_at
from kompas_crawler.errors import ArchiveError
from kompas_crawler.items import Article, ChangeKind, Outcome

INDEX_FILE: Final = "index.sqlite"


@dataclass(frozen=True, slots=True)
class Judgement:
    """What a reading of an article means to the archive."""

    outcome: Outcome
    """`kept_new`, `kept_changed` or `unchanged`."""
    change_kind: ChangeKind | None = None
    """What changed; null unless `kept_changed`. `back` when nothing did but that the page had been gone."""
    is_poorer: bool = False
    """Less was read than is held of the same page; the commit will not replace it."""


class Archive:
    """The archive at a local path or an address such as `s3://bucket/prefix`. Nothing is made until it is written to.

    `state_dir` is where the index of a remote archive lies (by default in the user's cache); that of a local one lies
    in the archive. Seen through an `excerpt` of the index it says what that says, and commits nothing.
    """

    def __init__(self, location: str, *, state_dir: Path | None = None, excerpt: Path | None = None) -> None:
        self.storage = storage_at(location)
        self._state_dir = state_dir
        self._excerpt = excerpt
        self._index: Index | None = None
        self._is_sound = False
        self._lock: locks.Lock | None = None
        self._quarantined: frozenset[str] | None = None
        self._is_new = False

    @property
    def location(self) -> str:
        """Where the archive is, as it was named."""
        return self.storage.location

    @property
    def index_path(self) -> Path:
        """Where the index is."""
        if self._excerpt is not None:
            return self._excerpt
        if self._state_dir is None and isinstance(self.storage, LocalStorage):
            return self.storage.root / INDEX_FILE
        folder = self._state_dir or Path.home() / ".cache" / "kompas-crawler"
        name = hashlib.blake2b(self.location.encode(), digest_size=6).hexdigest()
        return folder / f"{name}.{INDEX_FILE}"

    def close(self) -> None:
        """Close the index. The archive may be used again."""
        if self._index is not None:
            self._index.close()
            self._index = None
            if self._is_sound and self._excerpt is None:
                seal(self.index_path)

    @contextmanager
    def lock(self, run_id: str) -> Iterator[locks.Lock]:
        """Hold the archive for one run until the block ends.

        Raises `ArchiveLocked`, naming the owner, when another run holds it.
        """
        with locks.lock(self.storage, staging.check_run_id(run_id)) as held:
            self._lock = held
            try:
                yield held
            finally:
                self._lock = None
                self._is_new = False

    def known(self, article_id: str) -> Known | None:
        """Return what the archive holds of an article, None when it holds nothing. What is only staged is not held."""
        index = self._index or self._index_if_any()
        return index.known(article_id) if index is not None else None

    def agenda(self) -> Agenda | None:
        """Return what a crawl should take up again; None while there is no archive."""
        index = self._index_if_any()
        return Agenda(index) if index is not None else None

    @contextmanager
    def agenda_as_it_is(self) -> Iterator[Agenda | None]:
        """Give the agenda to who only looks: nothing is made, mended or written, and no lock is needed.

        None where there is no index, or one that does not show the archive as the last commit left it.
        """
        latest = last_commit(self.storage)
        if not self.index_path.is_file():
            yield None
            return
        with closing(Index(self.index_path, read_only=True)) as index:
            yield Agenda(index) if index.reflects(latest) else None

    def judge(self, article: Article) -> Judgement:
        """Return what a reading of an article means, compared with what is held of it."""
        known = self.known(article.article_id)
        if known is None:
            return Judgement(Outcome.KEPT_NEW)
        held, seen = known.fingerprint, fingerprint_of(article)
        if held.is_bare and not seen.is_bare:
            return Judgement(Outcome.KEPT_NEW)
        if held.is_better_than(seen):
            return Judgement(Outcome.UNCHANGED, is_poorer=True)
        kind = held.change_to(seen) or (ChangeKind.BACK if known.is_gone else None)
        return Judgement(Outcome.UNCHANGED if kind is None else Outcome.KEPT_CHANGED, kind)

    def stage(
        self,
        run_id: str,
        *,
        software_version: str,
        started_at: datetime | None = None,
        before_flush: Callable[[], None] = lambda: None,
    ) -> Staging:
        """Return a writer of a run's records. Needs no lock; many may stage at the same time.

        `started_at` is when the run began, by default now: its books lie in the month of it. `before_flush` is called
        before records become durable, and makes durable what they point at.
        """
        return Staging(
            self.storage,
            run_id,
            software_version=software_version,
            started_at=started_at,
            before_flush=before_flush,
        )

    def mend_raw(self) -> list[Mended]:
        """Cut off what writers that died have left torn at the end of their raw files. Returns those files."""
        return mend(self.storage, whole_bytes)

    def prune_raw(
        self, *, before: datetime | None = None, most_bytes: int | None = None, dry_run: bool = False
    ) -> Pruned:
        """Remove the raw files that were begun before an instant, and the oldest as long as they are too many.

        The rows that were read from them say so then. Raises `ArchiveLocked`, `ArchiveError`.
        """
        with self.lock("prune-raw"):
            if not dry_run:
                self.commit(Gate(self.storage))  # what is staged may point into them
            files = raw_files(self.storage)
            doomed = older_than(files, before) if before is not None else []
            if most_bytes is not None:
                doomed += beyond([file for file in files if file not in doomed], most_bytes)
            self._index_if_any()
            stamp = Stamp("prune-raw", version("kompas-crawler"))
            return prune(self.storage, doomed, self.payloads(), stamp, dry_run=dry_run)

    def payloads(self) -> StoredPayloads | None:
        """Return what is known of payloads that are kept raw; None while no index is open.

        It is asked for every page, and so does not look whether there is an archive by now.
        """
        return StoredPayloads(self._index, self.storage) if self._index is not None else None

    def note_payloads(self, payloads: Collection[Payload]) -> None:
        """Note what was written to raw files and is durable."""
        stored = self.payloads()
        if stored is not None:
            stored.note(payloads)

    def commit(
        self, gate: Gate | None = None, *, unfinished: Collection[str] = (), spread: Spread | None = None
    ) -> CommitReport:
        """Fold everything that is durable in staging into the tables, of whatever run, and drop it from staging.

        With a `gate` what deviates from what is usual is withheld, see `CommitReport.withheld`; what the runs
        `unfinished` have staged may be left there while it is doubtful. With `spread` others share the work. Takes the
        lock for as long as it lasts, unless this object holds it. Raises `ArchiveLocked`, `ArchiveError`.
        """
        if self._excerpt is not None:
            raise ArchiveError("who sees an archive through an excerpt of its index stages, and does not commit")
        if self._lock is None:
            with self.lock("commit"):
                return self.commit(gate, unfinished=unfinished, spread=spread)
        self._lock.heartbeat()
        found = staging.batches(self.storage)
        admitted, withheld = (found, []) if gate is None else gate.admit(found, unfinished=unfinished)
        if withheld:
            self._quarantined = None
        if not admitted:
            report = CommitReport(leftovers=discard_leftovers(self.storage))
        else:
            report = commit(
                self.storage, self._current_index(), admitted, _alive(spread, self._lock) if spread else None
            )
        left = {batch.path for batch in staging.batches(self.storage)}
        report.withheld, report.is_waiting = withheld, any(batch.path in left for batch in found)
        return report

    def is_quarantined(self, article_id: str) -> bool:
        """Return whether a reading of an article was withheld, and waits for a person."""
        if self._quarantined is None:
            waiting = quarantine.decisions(self.storage)
            self._quarantined = frozenset().union(*(decision.article_ids for decision in waiting))
        return article_id in self._quarantined

    def release(self, run_id: str) -> CommitReport:
        """Publish what was withheld of a run; what was found in it counts as usual from then on.

        Raises `UsageError` when nothing of it is in quarantine, `ArchiveLocked`, `ArchiveError`.
        """
        with self.lock("release"):
            made = quarantine.require(self.storage, run_id)
            # A decision whose carrying out was cut short: the rest of it would be judged again by the next commit.
            quarantine.carry_out(self.storage, made, staging.batches(self.storage))
            quarantine.accept(self.storage, made)
            report = commit(self.storage, self._current_index(), quarantine.waiting_batches(self.storage, run_id))
            quarantine.drop(self.storage, run_id)
        self._quarantined = None
        return report

    def discard(self, run_id: str) -> list[Decision]:
        """Drop what was withheld of a run; the next runs may ask for these articles again. Returns what it was.

        Raises as `release`.
        """
        with self.lock("release"):
            made = quarantine.require(self.storage, run_id)
            quarantine.carry_out(self.storage, made, staging.batches(self.storage))
            quarantine.drop(self.storage, run_id)
        self._quarantined = None
        return made

    def write_run(self, record: RunRecord) -> None:
        """Write the record of a run, as `runs/<run_id>.json` and as a row of `runs.parquet`."""
        write_run(self.storage, record)

    def write_record(self, record: RunRecord) -> None:
        """Write the record of a run as `runs/<run_id>.json` alone; who commits enters it in the table."""
        write_record(self.storage, record)

    def last_arguments(self) -> Mapping[str, str] | None:
        """Return what the last run on record was asked to do; None when none is on record."""
        return last_arguments(self.storage)

    def rebuild_index(self) -> None:
        """Make the index anew from the Parquet files, and set the marks of near-duplicates right that follow from it.

        Raises `ArchiveLocked` while a run holds the archive.
        """
        self.close()
        with self.lock("rebuild-index"):
            self._remove_index()
            index, latest = self._opened_index(), last_commit(self.storage)
            marks = rebuild(self.storage, index, commit=latest)
            months = index.months_of(marks)
            for month, keys in by_month(marks, months.__getitem__).items():
                stamp = Stamp("rebuild-index", version("kompas-crawler"))
                remark(self.storage, month, {key: marks[key] for key in keys}, stamp)

    def discard_damaged_index(self) -> bool:
        """Remove an index that is damaged; the next look at it makes it again. Returns whether it was.

        The caller holds the lock. Nothing is lost with it: it follows from the Parquet files.
        """
        if not is_sealed(self.index_path) and is_damaged(self.index_path):
            self._is_sound = False
            self.close()
            self._remove_index()
            return True
        self._is_sound = True
        return False

    def require_index(self) -> None:
        """Make the index again where it shows articles of months whose files are not there: somebody removed them."""
        index = self._index_if_any()
        if index is not None and index.months() - {Month.of_path(path) for path in self.storage.files("articles")}:
            rebuild(self.storage, index, commit=last_commit(self.storage))

    def migrate(self) -> list[str]:
        """Bring an archive of an older schema version to that of this software. Returns the files written."""
        self.close()
        with self.lock("migrate"):
            return migrate(self.storage, software_version=version("kompas-crawler"))

    def _remove_index(self) -> None:
        with refusals(f"cannot remove {self.index_path}"):
            for suffix in ("", "-wal", "-shm", SEAL):
                self.index_path.with_name(self.index_path.name + suffix).unlink(missing_ok=True)

    def _index_if_any(self) -> Index | None:
        """Return the index, made or mended if need be; None while there is no archive."""
        if self._excerpt is not None:
            return self._opened_index()
        if self._is_new or (last_commit(self.storage) is None and not self.storage.files("articles")):
            # Nobody but the holder of the lock can change that.
            self._is_new = self._lock is not None
            return None
        return self._current_index()

    def _current_index(self) -> Index:
        """Return an index that shows the archive as the last commit left it."""
        self._is_new = False
        index, latest = self._opened_index(), last_commit(self.storage)
        if not index.reflects(latest) or (latest is None and self._is_emptied()):
            rebuild(self.storage, index, commit=latest)
        return index

    def _is_emptied(self) -> bool:
        """Whether no commit has left anything: an index kept elsewhere may show what somebody has removed since."""
        return not any(self.storage.files(table) for table in ("articles", "visits", "walks"))

    def _opened_index(self) -> Index:
        """Return the index, whatever it shows."""
        if self._index is None:
            with refusals(f"cannot make {self.index_path.parent}"):
                self.index_path.parent.mkdir(parents=True, exist_ok=True)
            self._is_sound = self._is_sound or is_sealed(self.index_path)
            self._index = Index(self.index_path)
        return self._index


def _alive(spread: Spread, lock: locks.Lock) -> Spread:
    """Return the same, with a word of life after each share; who has lost the lock publishes nothing more."""

    def run(work: Callable[[Share], Made], shares: Sequence[Share], /) -> Generator[tuple[Share, Made]]:
        for share, made in spread(work, shares):
            lock.heartbeat()
            yield share, made

    return run
