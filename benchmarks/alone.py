"""Runs a command from a process that holds next to nothing, and writes what it took, as JSON.

    python -I -S benchmarks/alone.py REPORT SECONDS COMMAND...

Linux counts what the parent held when it started a process towards that process's peak (`ru_maxrss`): started by a test
run or benchmark of a gigabyte, the smallest command is said to take a gigabyte. A command that does not end in so many
seconds is killed.
"""

from __future__ import annotations

import json
import resource
import subprocess
import sys
import time
from contextlib import suppress
from pathlib import Path


def main() -> None:
    """Run the command of the command line."""
    report, seconds, *command = sys.argv[1:]
    begun = time.monotonic()
    with subprocess.Popen(command) as process:
        with suppress(subprocess.TimeoutExpired):
            process.wait(timeout=float(seconds))
        wall_seconds = time.monotonic() - begun
        was_in_time = process.poll() is not None
        process.kill()
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    took = {
        "exit_code": process.returncode,
        "was_in_time": was_in_time,
        "cpu_seconds": used.ru_utime + used.ru_stime,
        "wall_seconds": wall_seconds,
        "peak_mb": used.ru_maxrss / 1024,
    }
    Path(report).write_text(json.dumps(took), encoding="utf-8")


if __name__ == "__main__":
    main()
