"""Commands measured as processes of their own: processor time, time by the clock, peak memory; medians with spread."""

from __future__ import annotations

import os
import statistics
import subprocess
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

PROJECT = Path(__file__).resolve().parent.parent


@dataclass(frozen=True, slots=True)
class Cost:
    """What one process took."""

    cpu_seconds: float
    """Of all its threads, and of the processes that it started and waited for."""
    wall_seconds: float
    peak_mb: float


@dataclass(frozen=True, slots=True)
class Spread:
    """Some measurements of one thing."""

    median: float
    least: float
    most: float

    @classmethod
    def of(cls, values: Sequence[float]) -> Spread:
        """Return the spread of values.

        >>> Spread.of([3.0, 1.0, 2.0])
        Spread(median=2.0, least=1.0, most=3.0)
        """
        return cls(statistics.median(values), min(values), max(values))


def cost_of(
    command: Sequence[str], folder: Path, *, pinned: bool = True, environment: Mapping[str, str] | None = None
) -> Cost:
    """Run a command to its end and return what it took; `pinned` to the first core, the last being the server's.

    Raises `RuntimeError` with what it wrote, when it fails.
    """
    begun = os.times().elapsed
    with tempfile.TemporaryFile() as errors:
        process = subprocess.Popen(
            command,
            cwd=folder,
            env={**os.environ, "PYTHONPATH": str(PROJECT), **(environment or {})},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=errors,
            preexec_fn=_pin if pinned else None,
        )
        _, status, usage = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
        errors.seek(0)
        if process.returncode != 0:
            told = errors.read()[-2000:].decode(errors="replace")
            raise RuntimeError(f"{' '.join(command)} ended with {process.returncode}: {told}")
    return Cost(usage.ru_utime + usage.ru_stime, os.times().elapsed - begun, usage.ru_maxrss / 1024)


def _pin() -> None:
    if hasattr(os, "sched_setaffinity") and len(os.sched_getaffinity(0)) > 1:
        os.sched_setaffinity(0, {min(os.sched_getaffinity(0))})
