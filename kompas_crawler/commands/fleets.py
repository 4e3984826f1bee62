"""What the commands that spread work over processes or machines share: their options. No command itself."""

from __future__ import annotations

import argparse
import os
from collections.abc import Callable

from kompas_crawler.errors import UsageError
from kompas_crawler.fleet.dask_runner import on_scheduler
from kompas_crawler.fleet.runners import Runner


def add_fleet_options(parser: argparse.ArgumentParser) -> None:
    """Add `--workers` and `--scheduler`."""
    parser.add_argument("--workers", metavar="N", help="processes of this machine (default: one for each core)")
    parser.add_argument(
        "--scheduler", metavar="ADDRESS", help="Dask scheduler whose workers do it instead, e.g. tcp://10.0.0.5:8786"
    )


def runner_of(opts: argparse.Namespace, embedded: Callable[[int], Runner]) -> Runner:
    """Return what has the units done; `embedded` makes it for a number of workers of this machine.

    Raises `UsageError` for unusable options, and where Dask is asked for and not installed.
    """
    if opts.scheduler is None:
        return embedded(read_workers(opts.workers))
    if opts.workers is not None:
        raise UsageError("give --workers or --scheduler, not both: a scheduler has workers of its own")
    return on_scheduler(opts.scheduler)


def read_workers(text: str | None) -> int:
    """Return the number of processes that is asked for, by default one for each core that this process may use.

    >>> read_workers("3")
    3
    """
    if text is None:
        return len(os.sched_getaffinity(0))
    if not (text.isascii() and text.isdecimal() and int(text)):
        raise UsageError(f"workers={text!r} is not usable; give a whole number from 1 up, e.g. --workers 2")
    return int(text)
