"""The health of an archive's crawl, for monitors: one record written at the end of every run, and read by checks.

Knows which facts tell an operator that the crawl is well, where they stand, and the form of `health.json`. Refuses to
judge a run (`gates`), and to know how Prometheus names things (`metrics`).
"""

from __future__ import annotations

import json
import logging
import shutil
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass, field
from datetime import datetime, timedelta
from importlib.metadata import version
from pathlib import Path
from statistics import median
from typing import Any, Final, TypeVar

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from kompas_crawler.archive import Archive
from kompas_crawler.archive.commit import COVERAGE_FILE
from kompas_crawler.archive.lock import NAME as LOCK_FILE
from kompas_crawler.archive.lock import Owner
from kompas_crawler.archive.marker import last_commit
from kompas_crawler.archive.parquet import read_rows, read_table
from kompas_crawler.archive.runs import TABLE_FILE as RUNS_FILE
from kompas_crawler.archive.scans import parquet_files
from kompas_crawler.archive.schema import COVERAGE, DAY, INSTANT, RUNS
from kompas_crawler.archive.selection import Window
from kompas_crawler.archive.storage import LocalStorage, Storage, read, refusals, write_bytes
from kompas_crawler.errors import ArchiveError
from kompas_crawler.metrics import exposition
from kompas_crawler.site.dates import wib_day

logger = logging.getLogger(__name__)

JSON_FILE: Final = "health.json"
METRICS_FILE: Final = "health.prom"
COVERAGE_DAYS: Final = 7
QUARANTINE: Final = "quarantine"
"""Folder below the root with one folder for each run whose pages wait for a person to look at them."""
LAG_DAYS: Final = 7
"""An article older than this when it was found was filled in, and says nothing of how current the archive is."""

_Fact = TypeVar("_Fact")


@dataclass(frozen=True, slots=True, kw_only=True)
class LastRun:
    """How the last run ended, also one that was refused before it began."""

    run_id: str | None
    """Null when it was refused before it had one."""
    started_at: datetime
    finished_at: datetime
    exit_code: int
    finish_reason: str
    """`finished`, or why it ended otherwise: `blocked`, `storage`, `locked`, `usage`, `quiet_hours`, `shutdown`, …"""
    requests: int = 0
    size_bytes: int = 0
    """Bytes received."""
    outcomes: Mapping[str, int] = field(default_factory=dict)
    """How many addresses ended in which outcome."""
    failures: Mapping[str, int] = field(default_factory=dict)
    """Of `failed`, `blocked` and `unparsed` how many for which reason, as `outcome: reason`."""
    gates: Mapping[str, str] = field(default_factory=dict)
    """The gates that did not pass, with what they say; empty when all did."""
    message: str | None = None
    """Why it was stopped or refused; null when it came to its own end."""


@dataclass(frozen=True, slots=True, kw_only=True)
class WeekOfCoverage:
    """What is held of the seven WIB days before the day of the run."""

    since: str
    until: str
    listed: int
    held: int
    failed: int
    """Listed and missing without a good reason."""
    excluded: int
    """Listed and rightly missing: gone, or no article."""
    share: float | None
    """`held / (held + failed)`; null when nothing was listed."""
    complete_days: int
    """Days of which every section that was walked or listed is complete."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Lag:
    """From publication to the fetch of what the last run added, of articles of the last seven days."""

    articles: int
    median_seconds: float
    max_seconds: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Disk:
    """The file system of a local archive."""

    free_bytes: int
    total_bytes: int


@dataclass(frozen=True, slots=True, kw_only=True)
class LockHolder:
    """The run that held the archive when this was written."""

    run_id: str
    pid: int
    host: str
    since: str
    heartbeat: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Health:
    """What `health.json` says. A part that could not be read is null."""

    written_at: datetime
    archive: str
    """Where the archive is, as the setting names it."""
    software_version: str
    last_run: LastRun
    last_success_at: datetime | None
    """End of the last run that was complete (exit code 0); null when there was none."""
    coverage: WeekOfCoverage | None
    lag: Lag | None
    """Null also when the last run added nothing that is so young."""
    disk: Disk | None
    """Null also for an object store."""
    quarantined_runs: int | None
    """Runs of which something was withheld from the tables and waits for a person."""
    lock: LockHolder | None
    """Null when nobody held it."""

    def as_json(self) -> str:
        """Return the text of `health.json`; instants are ISO 8601, UTC."""
        return json.dumps(asdict(self), indent=2, ensure_ascii=False, default=datetime.isoformat) + "\n"


def report_health(archive: Archive, run: LastRun, *, folder: str | None) -> None:
    """Measure, and write `health.json` and `health.prom` into a local `folder`, or beside the archive when it is empty.

    What cannot be read is left out, what cannot be written is logged: the health of a run never spoils the run.
    """
    home: Storage = LocalStorage(Path(folder)) if folder else archive.storage
    if not folder and isinstance(home, LocalStorage) and not home.root.is_dir():
        return  # nothing was made yet, and a refusal makes nothing
    health = measure(archive, run)
    try:
        write_bytes(home, JSON_FILE, health.as_json().encode())
        write_bytes(home, METRICS_FILE, exposition(health))
    except ArchiveError as error:
        logger.warning("Health was not written: %s", error)


def refusal(exit_code: int, reason: str, error: BaseException, *, now: datetime) -> LastRun:
    """Return the end of a run that was refused before there was one."""
    return LastRun(
        run_id=None, started_at=now, finished_at=now, exit_code=exit_code, finish_reason=reason, message=str(error)
    )


def measure(archive: Archive, run: LastRun) -> Health:
    """Return the health of an archive after a run, from the runs, a week of coverage and the young articles."""
    return Health(
        written_at=run.finished_at,
        archive=archive.location,
        software_version=version("kompas-crawler"),
        last_run=run,
        last_success_at=_if_readable(lambda: _last_success(archive.storage)),
        coverage=_if_readable(lambda: _coverage(archive.storage, run.finished_at)),
        lag=_if_readable(lambda: _lag(archive.storage, run)),
        disk=_if_readable(lambda: _disk(archive.storage)),
        quarantined_runs=_if_readable(lambda: _quarantined_runs(archive.storage)),
        lock=_if_readable(lambda: _lock(archive.storage)),
    )


def read_health(home: Storage) -> Mapping[str, Any] | None:
    """Return what `health.json` says; None when there is none. Raises `ArchiveError` when it cannot be read."""
    content = read(home, JSON_FILE)
    if content is None:
        return None
    try:
        said: dict[str, Any] = json.loads(content)
        for name in ("written_at", "last_success_at"):
            said[name] = datetime.fromisoformat(said[name]) if said[name] else None
    except (ValueError, KeyError, TypeError) as error:
        raise ArchiveError(f"{JSON_FILE} in {home.location} is damaged: the next run writes it anew") from error
    return said


def complaint(said: Mapping[str, Any] | None, *, now: datetime, max_age: timedelta) -> str | None:
    """Return why a crawl is not well: it was never complete, or not within `max_age`; None when it is."""
    if said is None:
        return "no run has ended yet"
    run = said["last_run"]
    last = f"the last run ended {run['finished_at']} with exit code {run['exit_code']} ({run['finish_reason']})"
    if said["last_success_at"] is None:
        return f"no run was complete yet; {last}"
    age = now - said["last_success_at"]
    if age > max_age:
        return f"the last complete run ended {_hours(age)} ago, more than {_hours(max_age)}; {last}"
    return None


def _hours(span: timedelta) -> str:
    return f"{span.total_seconds() / 3600:.1f} hours"


def _if_readable(measured: Callable[[], _Fact | None]) -> _Fact | None:
    try:
        with refusals("cannot measure"):
            return measured()
    except (ArchiveError, pa.ArrowException) as error:
        logger.warning("Health is missing a part: %s", error)
        return None


def _last_success(storage: Storage) -> datetime | None:
    runs = read_table(storage, RUNS_FILE, RUNS).select(["finished_at", "exit_code"])
    latest: datetime | None = pc.max(runs.filter(pc.equal(runs["exit_code"], 0))["finished_at"]).as_py()
    return latest


def _coverage(storage: Storage, now: datetime) -> WeekOfCoverage | None:
    if last_commit(storage) is None:
        return None
    until = wib_day(now) - timedelta(days=1)
    since = until - timedelta(days=COVERAGE_DAYS - 1)
    week = [since + timedelta(days=number) for number in range(COVERAGE_DAYS)]
    rows = read_rows(storage, COVERAGE_FILE, COVERAGE, "day", week)
    sums = (pc.sum(rows[name]).as_py() or 0 for name in ("listed", "held", "failed", "excluded"))
    listed, held, failed, excluded = sums
    open_days = set(rows["day"].filter(pc.invert(rows["is_complete"])).to_pylist())
    return WeekOfCoverage(
        since=since.isoformat(),
        until=until.isoformat(),
        listed=listed,
        held=held,
        failed=failed,
        excluded=excluded,
        share=held / (held + failed) if held + failed else None,
        complete_days=len(set(rows["day"].to_pylist()) - open_days),
    )


def _lag(storage: Storage, run: LastRun) -> Lag | None:
    since = wib_day(run.started_at) - timedelta(days=LAG_DAYS)
    window = Window(since=since, until=None)
    seconds: list[float] = []
    for path in parquet_files(storage, "articles", window):
        with storage.open(path) as source:
            columns = ["published_on", "published_at", "first_seen_at"]
            # A thread of pyarrow's that still holds bytes of the file when Python ends aborts the process, and with it
            # the exit code: https://github.com/apache/arrow/issues/34314. A run ends right after this.
            rows = pq.ParquetFile(source).read(columns=columns, use_threads=False)
        is_new = pc.greater_equal(rows["first_seen_at"], pa.scalar(run.started_at, INSTANT))
        is_young = pc.greater_equal(rows["published_on"], pa.scalar(since, DAY))
        found = rows.filter(pc.and_(is_new, is_young)).to_pylist()
        seconds += [(row["first_seen_at"] - row["published_at"]).total_seconds() for row in found]
    if not seconds:
        return None
    return Lag(articles=len(seconds), median_seconds=round(median(seconds), 1), max_seconds=round(max(seconds), 1))


def _disk(storage: Storage) -> Disk | None:
    if not isinstance(storage, LocalStorage):
        return None
    usage = shutil.disk_usage(storage.root)
    return Disk(free_bytes=usage.free, total_bytes=usage.total)


def _quarantined_runs(storage: Storage) -> int:
    return len({path.split("/")[1] for path in storage.files(QUARANTINE)})


def _lock(storage: Storage) -> LockHolder | None:
    owner = Owner.parsed(read(storage, LOCK_FILE))
    if owner is None or owner.is_dead:
        return None
    return LockHolder(run_id=owner.run_id, pid=owner.pid, host=owner.host, since=owner.since, heartbeat=owner.heartbeat)
