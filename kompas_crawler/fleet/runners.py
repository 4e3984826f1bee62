"""Runners: have units of work done in this process, by threads or processes of this machine, and follow them.

A runner hands back what each unit came to as they end, whatever the order. A unit that fails is tried again; what
fails every time does not keep the others from being done: it is told at the end. On a cluster: `dask_runner`.
"""

from __future__ import annotations

import logging
import multiprocessing
from collections import Counter
from collections.abc import Callable, Generator, Iterator, Mapping, Sequence
from concurrent.futures import Executor, Future, ProcessPoolExecutor, ThreadPoolExecutor, as_completed
from concurrent.futures.process import BrokenProcessPool
from multiprocessing.context import BaseContext
from typing import Final, Protocol, TypeVar

from kompas_crawler.errors import ArchiveError, KompasError, UsageError
from kompas_crawler.footing import settle

Unit = TypeVar("Unit")
Report = TypeVar("Report")

logger = logging.getLogger(__name__)

TRIES: Final = 3
"""A unit that failed so often has failed."""
NOT_AGAIN: Final = (ArchiveError, UsageError)
"""The first was waited for already (`patience`), the second comes out the same."""


class UnitsFailed(KompasError):
    """Some units failed every time they were tried; the others are done and remembered."""

    def __init__(self, errors: Mapping[str, BaseException]) -> None:
        shown = "\n".join(f"  {unit}: {error or type(error).__name__}" for unit, error in list(errors.items())[:10])
        super().__init__(
            f"{len(errors)} units failed every time they were tried; start again, and only these are done:\n{shown}"
        )
        self.is_storage = all(isinstance(error, ArchiveError) for error in errors.values())
        """All of them for want of storage."""


class WorkerDied(KompasError):
    """Processes that read pages were killed again and again, for want of memory as a rule. What was done is
    remembered."""


class Runner(Protocol):
    """Has units done somewhere."""

    def __call__(self, work: Callable[[Unit], Report], units: Sequence[Unit]) -> Generator[tuple[Unit, Report]]:
        """Yield each unit with what it came to, as they end. Raises `UnitsFailed` when all others are done."""


def in_this_process(work: Callable[[Unit], Report], units: Sequence[Unit]) -> Generator[tuple[Unit, Report]]:
    """Do one unit after the other; the first that fails ends it."""
    return ((unit, work(unit)) for unit in units)


def in_processes(count: int, preloaded: Sequence[str] = ()) -> Runner:
    """Return what has units done by so many processes of this machine: for work that computes.

    `preloaded` names the modules that it needs: they are imported once for all of them, where the system can that.
    """
    return Processes(count, preloaded) if count > 1 else in_this_process


class Processes:
    """So many processes of this machine, which live from the first unit until this is closed."""

    def __init__(self, count: int, preloaded: Sequence[str] = ()) -> None:
        self._count = count
        self._preloaded = list(preloaded)
        self._pool: ProcessPoolExecutor | None = None

    def __call__(self, work: Callable[[Unit], Report], units: Sequence[Unit]) -> Generator[tuple[Unit, Report]]:
        """Yield each unit with what it came to. Those of processes that are killed are begun again."""
        missing = dict(enumerate(units))
        deaths = 0
        while missing:
            try:
                for number, report in _followed(self._opened(), work, missing):
                    yield missing.pop(number), report
                return
            except BrokenProcessPool as error:
                self.close()
                deaths += 1
                if deaths >= TRIES:
                    message = "processes that read pages were killed; start again, perhaps with fewer --workers"
                    raise WorkerDied(f"{message}: it goes on where it was") from error
                logger.warning("A process that read pages was killed: %d units are begun again", len(missing))

    def close(self) -> None:
        """End the processes. They are started anew when there is more to do."""
        if self._pool is not None:
            self._pool.shutdown(wait=True, cancel_futures=True)
            self._pool = None

    def _opened(self) -> ProcessPoolExecutor:
        if self._pool is None:
            self._pool = ProcessPoolExecutor(self._count, mp_context=self._context(), initializer=settle)
        return self._pool

    def _context(self) -> BaseContext:
        """Return how processes are started: forked from one that has imported what they need, else from nothing."""
        if "forkserver" not in multiprocessing.get_all_start_methods():
            return multiprocessing.get_context("spawn")
        context = multiprocessing.get_context("forkserver")
        context.set_forkserver_preload(self._preloaded)
        return context


def in_threads(count: int) -> Runner:
    """Return what has units done by so many threads of this process: for work that is done by processes of its own."""

    def run(work: Callable[[Unit], Report], units: Sequence[Unit]) -> Generator[tuple[Unit, Report]]:
        numbered = dict(enumerate(units))
        with ThreadPoolExecutor(count) as pool:
            for number, report in _followed(pool, work, numbered):
                yield numbered[number], report

    return run


def _followed(
    pool: Executor, work: Callable[[Unit], Report], units: Mapping[int, Unit]
) -> Iterator[tuple[int, Report]]:
    """Yield what units came to, by number. Who closes this gives up those that are not begun."""
    tries: Counter[int] = Counter()
    errors: dict[str, BaseException] = {}
    waiting: dict[Future[Report], int] = {pool.submit(work, unit): number for number, unit in units.items()}
    try:
        while waiting:
            again: dict[Future[Report], int] = {}
            for future in as_completed(waiting):
                number, error = waiting[future], future.exception()
                if error is None:
                    yield number, future.result()
                    continue
                if isinstance(error, BrokenProcessPool):
                    raise error
                tries[number] += 1
                if tries[number] < TRIES and not isinstance(error, NOT_AGAIN):
                    logger.warning("%s failed and is tried again: %s", units[number], error)
                    again[pool.submit(work, units[number])] = number
                else:
                    errors[str(units[number])] = error
            waiting = again
    finally:
        for future in waiting:
            future.cancel()
    if errors:
        raise UnitsFailed(errors)
