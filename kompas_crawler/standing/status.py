"""The status of an archive: one record of what it holds, its last runs, what is due, its gaps and what was left behind.

The record is what `scrapy status --json` prints; its docstrings are the documentation of the keys.
"""

from __future__ import annotations

import json
import shutil
from collections import defaultdict
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from typing import Any, Final

from kompas_crawler.archive import Archive, Decision, staging
from kompas_crawler.archive.lock import holder
from kompas_crawler.archive.parquet import read_table
from kompas_crawler.archive.quarantine import decisions
from kompas_crawler.archive.runs import TABLE_FILE
from kompas_crawler.archive.schema import RUNS
from kompas_crawler.archive.storage import LocalStorage, Storage
from kompas_crawler.items import Outcome
from kompas_crawler.resweeps import Resweeps
from kompas_crawler.revisits import Revisits
from kompas_crawler.standing.calendar import Calendar, read_calendar
from kompas_crawler.standing.due import Due, due_at
from kompas_crawler.standing.gaps import Gaps, gaps_of
from kompas_crawler.standing.holdings import Holding, holdings

RUNS_SHOWN: Final = 5


@dataclass(frozen=True, slots=True, kw_only=True)
class Held:
    """What the archive holds."""

    articles: int
    """Rows of `articles/`."""
    revisions: int
    """Rows of `revisions/`: superseded texts."""
    links: int
    """Rows of `links/`."""
    days: int | None
    """WIB days on which held articles were published; null where the index cannot tell."""
    months: int
    """Months that have a file of articles."""
    sections: int
    """Sections of which an article is known."""
    size_bytes: int
    """Bytes of everything below the root."""
    tables: tuple[Holding, ...]
    """The same by table; then folders and files that are no tables."""


@dataclass(frozen=True, slots=True, kw_only=True)
class LastRun:
    """One of the last runs."""

    run_id: str
    """Name of the run."""
    started_at: datetime
    """Aware UTC."""
    finished_at: datetime | None
    """Aware UTC; null when it was killed."""
    arguments: dict[str, str]
    """What it was asked to do."""
    exit_code: int | None
    """Null when it was killed."""
    finish_reason: str | None
    """Why it ended, e.g. `finished`."""
    requests: int
    """Requests sent."""
    outcomes: dict[str, int]
    """How many addresses ended in which outcome; those that none ended in are left out."""
    problems: tuple[str, ...]
    """What its gates found wrong."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Leftover:
    """Records of one run that are in staging: not in the tables yet."""

    run_id: str
    """The run that staged them."""
    batches: int
    """Number of files."""
    size_bytes: int
    """Their bytes."""
    is_running: bool
    """Whether that run holds the lock. If not, it was killed, and the next run or `scrapy commit` folds them in."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Quarantined:
    """What the quality gate has withheld of one run."""

    run_id: str
    """The run. `scrapy release` with it publishes what was withheld, `--discard` drops it; `scrapy reparse` with a
    mended parser publishes what it then reads."""
    articles: int
    """Articles that became rows."""
    unparsed: int
    """Pages that became none."""
    findings: tuple[str, ...]
    """What deviates, for people."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Holder:
    """Who holds the lock."""

    run_id: str
    """Name of the run, or of the command."""
    pid: int
    """Its process."""
    host: str
    """The machine of that process."""
    since: str
    """When it took the lock, ISO 8601 UTC."""
    heartbeat: str
    """When it was last heard of, ISO 8601 UTC."""
    is_dead: bool
    """The process is gone: it was killed, and its lock holds nobody off."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Disk:
    """The disk of a local archive."""

    free_bytes: int
    """What this user may still write."""
    total_bytes: int
    """Size of the file system."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Status:
    """How an archive stands."""

    archive: str
    """Where it is, as KOMPAS_OUTPUT names it."""
    at: datetime
    """Aware UTC; the time by which `due` is reckoned."""
    holds: Held
    """What it holds."""
    runs: tuple[LastRun, ...]
    """The last runs, newest first."""
    due: Due | None
    """What is due; null where the index is missing or not in step with the files."""
    gaps: Gaps | None
    """Days that are not complete; null when nothing was ever listed or held."""
    staging: tuple[Leftover, ...]
    """What is staged and not in the tables."""
    quarantine: tuple[Quarantined, ...]
    """What is withheld and waits for a person."""
    lock: Holder | None
    """Who holds the lock; null for nobody."""
    disk: Disk | None
    """Null for an archive in an object store."""


def status_of(archive: Archive, *, now: datetime, revisits: Revisits, resweeps: Resweeps) -> Status:
    """Return how an archive stands at `now`. Raises `ArchiveError` where its files cannot be read."""
    calendar = read_calendar(archive)
    with archive.agenda_as_it_is() as agenda:
        due = due_at(agenda, now, revisits, resweeps) if agenda is not None else None
        days = agenda.days_held() if agenda is not None else None
    lock = lock_holder(archive.storage)
    return Status(
        archive=archive.location,
        at=now,
        holds=_held(archive.storage, calendar, days),
        runs=last_runs(archive.storage),
        due=due,
        gaps=gaps_of(calendar) if calendar is not None else None,
        staging=leftovers(archive.storage, lock),
        quarantine=quarantined(archive.storage),
        lock=lock,
        disk=disk_of(archive.storage),
    )


def _held(storage: Storage, calendar: Calendar | None, days: int | None) -> Held:
    tables = holdings(storage)
    rows: defaultdict[str, int] = defaultdict(int, {one.name: one.rows or 0 for one in tables})
    cells = calendar.cells if calendar is not None else ()
    return Held(
        articles=rows["articles"],
        revisions=rows["revisions"],
        links=rows["links"],
        days=days,
        months=sum(one.files for one in tables if one.name == "articles"),
        sections=len({cell.section for cell in cells if cell.held or cell.unlisted}),
        size_bytes=sum(one.size_bytes for one in tables),
        tables=tables,
    )


def last_runs(storage: Storage, count: int = RUNS_SHOWN) -> tuple[LastRun, ...]:
    """Return the last runs on record, newest first."""
    table = read_table(storage, TABLE_FILE, RUNS)
    return tuple(_run(row) for row in reversed(table.slice(max(0, table.num_rows - count)).to_pylist()))


def _run(row: dict[str, Any]) -> LastRun:
    same = {name: row[name] for name in ("run_id", "started_at", "finished_at", "exit_code", "finish_reason")}
    return LastRun(
        **same,
        arguments=json.loads(row["arguments"]),
        requests=row["requests"],
        outcomes={str(outcome): row[outcome] for outcome in Outcome if row[outcome]},
        problems=tuple(row["problems"]),
    )


def lock_holder(storage: Storage) -> Holder | None:
    """Return who holds the lock by what its file says, null for nobody."""
    owner = holder(storage)
    if owner is None:
        return None
    facts = {name: getattr(owner, name) for name in ("run_id", "pid", "host", "since", "heartbeat")}
    return Holder(**facts, is_dead=owner.is_dead)


def leftovers(storage: Storage, lock: Holder | None) -> tuple[Leftover, ...]:
    """Return what is staged, by run."""
    running = lock.run_id if lock is not None and not lock.is_dead else None
    found: defaultdict[str, list[str]] = defaultdict(list)
    for batch in staging.batches(storage):
        found[batch.run_id].append(batch.path)
    return tuple(
        Leftover(
            run_id=run_id,
            batches=len(paths),
            size_bytes=sum(info.size or 0 for info in storage.filesystem.get_file_info(paths)),
            is_running=run_id == running,
        )
        for run_id, paths in sorted(found.items())
    )


def quarantined(storage: Storage) -> tuple[Quarantined, ...]:
    """Return what is in quarantine, by run."""
    found: defaultdict[str, list[Decision]] = defaultdict(list)
    for decision in decisions(storage):
        found[decision.run_id].append(decision)
    return tuple(
        Quarantined(
            run_id=run_id,
            articles=len({key for one in made for key in one.withheld}),
            unparsed=len({key for one in made for key in one.unparsed}),
            findings=tuple(dict.fromkeys(finding for one in made for finding in one.findings)),
        )
        for run_id, made in found.items()
    )


def disk_of(storage: Storage) -> Disk | None:
    """Return the disk on which a local archive lies or will lie; null for one in an object store."""
    if not isinstance(storage, LocalStorage):
        return None
    usage = shutil.disk_usage(nearest_folder(storage.root))
    return Disk(free_bytes=usage.free, total_bytes=usage.total)


def nearest_folder(path: Path) -> Path:
    """Return the folder itself, or the nearest one above it that is there."""
    return next(folder for folder in (path.absolute(), *path.absolute().parents) if folder.is_dir())


def span_of(since: date, until: date) -> str:
    """Return a span of days for people.

    >>> span_of(date(2021, 4, 14), date(2021, 4, 14)), span_of(date(2021, 4, 14), date(2021, 4, 16))
    ('2021-04-14', '2021-04-14 to 2021-04-16')
    """
    return f"{since}" if since == until else f"{since} to {until}"
