"""A process that crawls on demand, many times, with the disk or the store failing as it is told.

    with Worker(folder) as worker:
        worker.crawl("output", site.url, "since=2021-04-19")

A crawl here is the one that `scrapy crawl kompas` runs, without the second that a process needs to begin. What only a
process of its own can show (signals, limits, standard streams) is not for here.
"""

from __future__ import annotations

import asyncio
import json
import logging
import os
import subprocess
import sys
import traceback
from collections.abc import Mapping
from contextlib import ExitStack
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from types import TracebackType
from typing import Any, Self

ROOT = Path(__file__).resolve().parents[2]
NOBODY = 2**22 - 1
"""A number that no process has: the kernel gives out smaller ones first."""


@dataclass(frozen=True, slots=True)
class Ending:
    """How a crawl ended."""

    exit_code: int
    message: str | None
    """Why it was stopped, as it tells people."""
    tracebacks: list[str]
    """Errors that nobody caught."""
    errors: list[str] = field(default_factory=list)
    """What else was logged as an error, and the gates that failed."""
    changes: list[str] = field(default_factory=list)
    """Changes of the disk, where a disk was given."""
    calls: int = 0
    """Calls of the store, where one was given."""
    has_struck: bool = False
    files_open: int = 0
    """Of the process, after the crawl."""
    memory_mb: float = 0.0
    """Of the process, after the crawl."""


class Worker:
    """The process, as the one who started it sees it."""

    def __init__(self, home: Path) -> None:
        """`home` is the user's folder: the index of an archive in a store lies there."""
        environment = {name: value for name, value in os.environ.items() if not name.startswith("KOMPAS_")}
        environment["HOME"] = str(home)
        self._process = subprocess.Popen(
            [sys.executable, "-W", "ignore", "-m", "tests.faults.worker"],
            cwd=ROOT,
            env=environment,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._process.stdin is not None:
            self._process.stdin.close()
        if error is not None:
            self._process.kill()
        self._process.wait(timeout=60)
        if self._process.stdout is not None:
            self._process.stdout.close()

    def crawl(
        self,
        output: object,
        replica: str,
        *arguments: str,
        disk: Mapping[str, object] | None = None,
        store: Mapping[str, object] | None = None,
        **settings: object,
    ) -> Ending:
        """Crawl once. `disk` and `store` are the fields of a `FailingDisk` and of a `Failure`."""
        given = {"KOMPAS_OUTPUT": str(output), "KOMPAS_REPLICA": replica} | settings
        reply = self._ask({"arguments": arguments, "settings": given, "disk": disk, "store": store})
        return Ending(**reply)

    def verify(self, output: str) -> list[str]:
        """Return what the archive's verification finds, of an archive in the store that lives in the process."""
        found: list[str] = self._ask({"verify": output})
        return found

    def rows(self, output: str) -> list[dict[str, Any]]:
        """Return the articles of an archive in that store, without instants of the crawl."""
        rows: list[dict[str, Any]] = self._ask({"rows": output})
        return rows

    def end_owner(self, output: str) -> None:
        """Let whoever holds the lock of an archive in that store be a process that has ended.

        A crawl that cannot give its lock back ends all the same; the worker, which played its process, lives on.
        """
        self._ask({"end_owner": output})

    def empty_store(self) -> None:
        """Forget every object of the store."""
        self._ask({"empty": True})

    def _ask(self, question: Mapping[str, Any]) -> Any:
        stdin, stdout = self._process.stdin, self._process.stdout
        if stdin is None or stdout is None:
            raise RuntimeError("the worker has no pipes")
        stdin.write(json.dumps(question) + "\n")
        stdin.flush()
        line = stdout.readline()
        if not line:
            raise RuntimeError(f"the worker ended with {self._process.wait()}")
        return json.loads(line)


class _Uncaught(logging.Handler):
    """Keeps what was logged with a traceback."""

    def __init__(self) -> None:
        super().__init__(logging.ERROR)
        self.texts: list[str] = []
        self.others: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        if not record.exc_info:
            self.others.append(record.getMessage())
        else:
            self.texts.append(f"{record.getMessage()}: {''.join(traceback.format_exception(*record.exc_info))}")


async def _crawl(question: Mapping[str, Any], uncaught: _Uncaught) -> Ending:
    from scrapy.crawler import AsyncCrawlerRunner
    from scrapy.utils.project import get_project_settings

    from kompas_crawler.errors import UsageError
    from kompas_crawler.extensions import EXIT_USAGE, RunKeeper
    from kompas_crawler.spiders.kompas import KompasSpider
    from tests.faults.failing_disk import FailingDisk, failing
    from tests.faults.failing_store import FailingStore, Failure

    settings = get_project_settings()
    settings.setdict({"LOG_ENABLED": False} | question["settings"], priority="cmdline")
    uncaught.texts.clear()
    uncaught.others.clear()
    crawler = AsyncCrawlerRunner(settings).create_crawler(KompasSpider)
    arguments = dict(word.split("=", 1) for word in question["arguments"])
    FailingStore.begin(Failure(**(question["store"] or {"at": -1})))
    disk = None
    with ExitStack() as held:
        if question["disk"] is not None:
            disk = FailingDisk(**question["disk"] | {"root": Path(question["settings"]["KOMPAS_OUTPUT"])})
            held.enter_context(failing(disk))
        try:
            await AsyncCrawlerRunner(settings).crawl(crawler, **arguments)
        except UsageError as error:
            return Ending(exit_code=EXIT_USAGE, message=str(error), tracebacks=[])
    calls = FailingStore.count
    FailingStore.begin(Failure(-1))
    keeper = crawler.get_extension(RunKeeper)
    assert keeper is not None
    keeper.archive.close()
    return Ending(
        exit_code=keeper.exit_code,
        message=keeper.stop_message,
        tracebacks=list(uncaught.texts),
        errors=[*uncaught.others, *(finding.message for finding in keeper.findings)],
        changes=disk.seen if disk is not None else [],
        calls=calls,
        has_struck=disk.has_struck if disk is not None else False,
        files_open=sum(1 for _ in Path("/proc/self/fd").iterdir()),
        memory_mb=int(Path("/proc/self/statm").read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE") / 1e6,
    )


async def _answer(question: Mapping[str, Any], uncaught: _Uncaught) -> Any:
    from kompas_crawler.archive import Archive
    from kompas_crawler.archive.lock import NAME as LOCK_FILE
    from kompas_crawler.archive.lock import Owner
    from kompas_crawler.archive.storage import read, write_bytes
    from kompas_crawler.archive.verify import verify
    from tests.faults.failing_store import FailingStore
    from tests.faults.judging import comparable_rows

    match question:
        case {"verify": location}:
            archive = Archive(location)
            return [str(finding) for finding in verify(archive.storage, archive.index_path)]
        case {"rows": location}:
            return list(comparable_rows(Archive(location)).values())
        case {"end_owner": location}:
            storage = Archive(location).storage
            owner = Owner.parsed(read(storage, LOCK_FILE))
            if owner is not None:
                write_bytes(storage, LOCK_FILE, replace(owner, pid=NOBODY).encoded())
            return None
        case {"empty": _}:
            FailingStore.empty()
            return None
        case _:
            return asdict(await _crawl(question, uncaught))


def main() -> None:
    """Answer questions, one a line, until there are no more."""
    from scrapy.utils.reactor import install_reactor

    install_reactor("twisted.internet.asyncioreactor.AsyncioSelectorReactor")
    from scrapy.utils.defer import deferred_from_coro
    from twisted.internet.defer import Deferred
    from twisted.internet.task import react
    from twisted.python.log import PythonLoggingObserver

    replies = os.fdopen(os.dup(1), "w")
    os.dup2(2, 1)  # nothing but replies goes to the one who asks
    uncaught = _Uncaught()
    logging.getLogger().addHandler(uncaught)
    PythonLoggingObserver("twisted").start()

    async def serve() -> None:
        while line := await asyncio.to_thread(sys.stdin.readline):
            reply = await _answer(json.loads(line), uncaught)
            replies.write(json.dumps(reply, default=str) + "\n")
            replies.flush()

    def begin(_: object) -> Deferred[Any]:
        return deferred_from_coro(serve())

    react(begin)


if __name__ == "__main__":
    main()
