"""Commands measured as processes of their own: processor time, time by the clock, peak memory; medians with spread."""

from __future__ import annotations

import json
import os
import statistics
import subprocess
import sys
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

PROJECT = Path(__file__).resolve().parent.parent
ALONE = Path(__file__).with_name("alone.py")
LONGEST_SECONDS = 7_200


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
    with tempfile.TemporaryFile() as errors, tempfile.NamedTemporaryFile() as report:
        subprocess.run(
            [sys.executable, "-I", "-S", str(ALONE), report.name, str(LONGEST_SECONDS), *command],
            cwd=folder,
            env={**os.environ, "PYTHONPATH": str(PROJECT), **(environment or {})},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=errors,
            preexec_fn=_pin if pinned else None,
            check=True,
        )
        took = json.load(report)
        errors.seek(0)
        if took["exit_code"] != 0:
            told = errors.read()[-2000:].decode(errors="replace")
            raise RuntimeError(f"{' '.join(command)} ended with {took['exit_code']}: {told}")
    return Cost(took["cpu_seconds"], took["wall_seconds"], took["peak_mb"])


def _pin() -> None:
    if hasattr(os, "sched_setaffinity") and len(os.sched_getaffinity(0)) > 1:
        os.sched_setaffinity(0, {min(os.sched_getaffinity(0))})
