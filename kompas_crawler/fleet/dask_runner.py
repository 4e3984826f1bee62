"""A runner on a Dask cluster that exists: `--scheduler tcp://HOST:PORT`.

The one module that knows Dask, and loads it when it is needed: a crawl starts without. Dask gives the unit of a worker
that is lost to another one by itself. A scheduler that is lost takes its queue with it: the units that are not done are
given to the next one at the same address.
"""

from __future__ import annotations

import logging
import time
import uuid
from collections.abc import Callable, Generator, Iterator, Mapping, Sequence
from types import ModuleType
from typing import Any, Final
from urllib.parse import urlsplit

from kompas_crawler.errors import ExtraNotInstalled, KompasError, UsageError
from kompas_crawler.fleet.runners import TRIES, Report, Runner, Unit, UnitsFailed

logger = logging.getLogger(__name__)

PATIENCE_SECONDS: Final = 300.0
"""A scheduler that is lost may be away for so long."""
RETRY_SECONDS: Final = 2.0


class SchedulerLost(KompasError):
    """No scheduler answers at the address. What was done is remembered."""


def scheduler_address(text: str) -> tuple[str, int]:
    """Return host and port of a scheduler. Raises `UsageError`.

    >>> scheduler_address("tcp://10.0.0.5:8786")
    ('10.0.0.5', 8786)
    """
    try:
        parts = urlsplit(text)
        if parts.scheme in ("tcp", "tls") and parts.hostname and parts.port:
            return parts.hostname, parts.port
    except ValueError:
        pass
    raise UsageError(f"scheduler={text!r} is no address of a Dask scheduler; give e.g. --scheduler tcp://10.0.0.5:8786")


def on_scheduler(address: str, *, patience_seconds: float = PATIENCE_SECONDS) -> Runner:
    """Return what has units done by the workers of a Dask scheduler.

    Raises `UsageError` for an address that is none, `ExtraNotInstalled` where Dask is not installed.
    """
    scheduler_address(address)
    distributed = _distributed()

    def run(work: Callable[[Unit], Report], units: Sequence[Unit]) -> Generator[tuple[Unit, Report]]:
        missing = dict(enumerate(units))
        errors: dict[str, BaseException] = {}
        while missing:
            client = _connected(distributed, address, patience_seconds)
            try:
                for number, future in _ended(distributed, client, work, missing):
                    if future.status == "finished":
                        report = future.result()
                        yield missing.pop(number), report
                    elif future.status == "error":
                        unit, error = missing.pop(number), future.exception()
                        errors[str(unit)] = error
            except (distributed.CancelledError, distributed.comm.CommClosedError, OSError) as error:
                logger.warning("The scheduler %s was lost (%s): %d units are left", address, error, len(missing))
            finally:
                client.close(timeout=RETRY_SECONDS)
        if errors:
            raise UnitsFailed(errors)

    return run


def _distributed() -> ModuleType:
    try:
        import distributed
    except ImportError as error:
        raise ExtraNotInstalled("--scheduler needs Dask: run `pip install 'kompas-crawler[fleet]'`") from error
    return distributed


def _connected(distributed: ModuleType, address: str, patience_seconds: float) -> Any:
    """Return a client of the scheduler. Raises `SchedulerLost` when none answers for too long."""
    deadline = time.monotonic() + patience_seconds
    while True:
        try:
            return distributed.Client(address, timeout=RETRY_SECONDS, set_as_default=False)
        except (OSError, TimeoutError) as error:
            if time.monotonic() >= deadline:
                raise SchedulerLost(
                    f"no scheduler answers at {address}: start one with `dask scheduler`, then start this again, and "
                    "it goes on where it was"
                ) from error
            time.sleep(RETRY_SECONDS)


def _ended(
    distributed: ModuleType, client: Any, work: Callable[[Unit], Report], units: Mapping[int, Unit]
) -> Iterator[tuple[int, Any]]:
    """Yield the number of each unit with its future, as they end; those of a lost scheduler raise."""
    call = uuid.uuid4().hex[:12]  # the same unit may have been given to this scheduler before
    futures = {
        client.submit(work, unit, key=f"kompas-{call}-{number}", retries=TRIES - 1, pure=False): number
        for number, unit in units.items()
    }
    ended = distributed.as_completed(list(futures), loop=client.loop)
    for future in ended:
        if future.status not in ("finished", "error"):
            raise distributed.CancelledError(future.key)
        yield futures.pop(future), future
