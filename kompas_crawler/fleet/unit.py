"""One unit of a back-fill: the real crawl of one day, in a process of its own, that stages and does not commit.

It may be done on any machine that reaches the archive's storage and the fleet's lane, and more than once: an attempt
knows what is held and what earlier attempts have staged. Knows neither pools nor schedulers.
"""

from __future__ import annotations

import os
import secrets
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from datetime import date
from pathlib import Path
from typing import Any, Final, Self

from kompas_crawler.archive.runs import read_record
from kompas_crawler.archive.storage import storage_at
from kompas_crawler.errors import ArchiveError, KompasError, UsageError
from kompas_crawler.items import Outcome

_USAGE, _STORAGE, _LOCKED = 2, 4, 5
_TAIL: Final = 20
"""Lines of a log that are shown of an attempt that failed."""
OURS: Final = "KOMPAS_"


class AttemptDied(KompasError):
    """A crawl ended without the record of its run: it was killed, or could not begin. The unit is tried again."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CrawlUnit:
    """One day, or some addresses that the crawls of other days met."""

    since: date
    until: date
    addresses: tuple[str, ...] = ()
    """Articles to read instead of the lists of the days."""
    depth: int | None = None
    """How far links are followed; null for as far as the user asked."""

    @property
    def name(self) -> str:
        """The unit in a word that can be part of a run's name, e.g. `20210414`."""
        days = f"{self.since:%Y%m%d}" if self.since == self.until else f"{self.since:%Y%m%d}_{self.until:%Y%m%d}"
        return f"{days}_links{self.depth}_{len(self.addresses)}" if self.addresses else days

    def __str__(self) -> str:
        return f"{len(self.addresses)} linked articles" if self.addresses else f"{self.since}"


@dataclass(frozen=True, slots=True, kw_only=True)
class CrawlTask:
    """What every unit of a back-fill needs to know."""

    location: str
    """Of the archive: an address, or a path that means the same on every machine."""
    backfill_id: str
    lane: str
    """Address of the fleet's lane, with its token."""
    arguments: Mapping[str, str] = field(default_factory=dict)
    """Spider arguments beside the window."""
    settings: Mapping[str, str] = field(default_factory=dict)
    """Settings that the user gave."""

    def unit_id(self, unit: CrawlUnit) -> str:
        """Return what the names of all runs of a unit begin with."""
        return f"{self.backfill_id}-{unit.name}"


@dataclass(slots=True, kw_only=True)
class CrawlReport:
    """What one unit came to."""

    run_id: str
    exit_code: int
    finish_reason: str
    requests: int = 0
    size_bytes: int = 0
    outcomes: dict[str, int] = field(default_factory=dict)
    problems: list[str] = field(default_factory=list)
    others: list[list[str]] = field(default_factory=list)
    """Articles that it met on days of other units: key, address, route."""
    seconds: float = 0.0

    def as_json(self) -> dict[str, Any]:
        """Return the report as JSON knows it."""
        return asdict(self)

    @classmethod
    def from_json(cls, told: Mapping[str, Any]) -> Self:
        """Return the report that was remembered. Raises `TypeError` for anything else."""
        return cls(**told)


def do(unit: CrawlUnit, task: CrawlTask) -> CrawlReport:
    """Do one unit. Raises `ArchiveError`, `UsageError`, `AttemptDied`."""
    begun = time.monotonic()
    run_id = f"{task.unit_id(unit)}-{secrets.token_hex(3)}"
    with tempfile.TemporaryDirectory(prefix="kompas-") as folder:
        log = Path(folder) / "crawl.log"
        exit_code = _crawl(_command(unit, task, Path(folder)), _environment(task, run_id), folder, log)
        told = _tail(log)
    if exit_code == _USAGE:
        raise UsageError(f"the crawl of {unit} was refused: {told}")
    if exit_code in (_STORAGE, _LOCKED):
        raise ArchiveError(f"the crawl of {unit} could not write: {told}")
    record = read_record(storage_at(task.location), run_id)
    if record is None:
        raise AttemptDied(f"the crawl of {unit} {_how(exit_code)} and left no record: {told}")
    return CrawlReport(
        run_id=run_id,
        exit_code=exit_code,
        finish_reason=record["finish_reason"],
        requests=record["requests"],
        size_bytes=record["size_bytes"],
        outcomes={str(outcome): record[outcome] for outcome in Outcome if record[outcome]},
        problems=record["problems"],
        seconds=time.monotonic() - begun,
    )


def _crawl(command: list[str], environment: Mapping[str, str], folder: str, log: Path) -> int:
    with log.open("wb") as output:
        done = subprocess.run(  # noqa: S603 - our own program, arguments checked
            command,
            cwd=folder,
            env=environment,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=output,
            check=False,
        )
    return done.returncode


def _command(unit: CrawlUnit, task: CrawlTask, folder: Path) -> list[str]:
    arguments = {**task.arguments, "since": unit.since.isoformat(), "until": unit.until.isoformat()}
    if unit.depth is not None:
        arguments["depth"] = str(unit.depth)
    if unit.addresses:
        (folder / "addresses.txt").write_text("\n".join(unit.addresses) + "\n", encoding="utf-8")
        arguments |= {"addresses": str(folder / "addresses.txt"), "routes": "none"}
    command = [sys.executable, "-m", "kompas_crawler", "crawl", "kompas"]
    for name, value in sorted(arguments.items()):
        command += ["-a", f"{name}={value}"]
    for name, value in sorted(task.settings.items()):
        command += ["-s", f"{name}={value}"]
    return command


def _environment(task: CrawlTask, run_id: str) -> dict[str, str]:
    """Return the environment of a crawl: the worker's, but of our settings only those of the back-fill."""
    own = {name: value for name, value in os.environ.items() if not name.startswith(OURS)}
    return own | {
        "KOMPAS_OUTPUT": task.location,
        "KOMPAS_COMMIT": "later",
        "KOMPAS_RUN_ID": run_id,
        "KOMPAS_LANE": task.lane,
    }


def _how(exit_code: int) -> str:
    return f"was ended by {signal.Signals(-exit_code).name}" if exit_code < 0 else f"ended with exit code {exit_code}"


def _tail(log: Path) -> str:
    lines = log.read_text(encoding="utf-8", errors="replace").splitlines()
    return "\n".join(lines[-_TAIL:])
