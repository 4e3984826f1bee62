"""Starts crawls from a process that has imported everything: each in a process of its own, a second sooner.

Run as a module. Reads one crawl a line from standard input (JSON: command, environment, files for its output), starts
it by a fork, and answers with its process id, then with its exit code. What a crawl reads from its environment is read
after the fork: nothing that reads it, and no reactor, is imported before.
"""

from __future__ import annotations

import json
import math
import os
import signal
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from contextlib import suppress
from importlib import import_module
from pathlib import Path
from select import select
from typing import IO, Any, Final

ROOT: Final = Path(__file__).resolve().parents[2]
IMPORTED: Final = (
    "pandas",  # by pyarrow, where it is installed
    "scrapy.cmdline",
    "scrapy.core.downloader.handlers.http11",
    "scrapy.core.engine",
    "scrapy.core.scheduler",
    "scrapy.downloadermiddlewares.cookies",
    "scrapy.downloadermiddlewares.defaultheaders",
    "scrapy.downloadermiddlewares.httpcache",
    "scrapy.downloadermiddlewares.redirect",
    "scrapy.downloadermiddlewares.robotstxt",
    "scrapy.extensions.corestats",
    "scrapy.extensions.memusage",
    "scrapy.extensions.remote_control",
    "scrapy.extensions.telnet",
    "scrapy.shell",
    "scrapy.spidermiddlewares.referer",
    "kompas_crawler.commands.crawl",
    "kompas_crawler.extensions",
    "kompas_crawler.pipelines",
    "kompas_crawler.rendering.middleware",
    "kompas_crawler.repeats",
    "kompas_crawler.resolver",
    "kompas_crawler.robots",
    "kompas_crawler.spiders.kompas",
    "kompas_crawler.transport",
)
_GLANCE_SECONDS: Final = 0.002
_CPUCLOCK_SCHED: Final = 2
"""Of Linux: with the number of a process, it names the clock of that process, as clock_getcpuclockid(3) does."""
UNTOUCHED: Final = ("kompas_crawler.settings", "twisted.internet.reactor")


class Starter:
    """A running starter. One crawl at a time."""

    def __init__(self) -> None:
        self._process = subprocess.Popen(
            [sys.executable, "-m", "tests.crawl.starter"],
            cwd=ROOT,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            bufsize=1,
        )

    def run(self, command: Sequence[str], environment: Mapping[str, str], folder: Path, timeout: float) -> int:
        """Run `scrapy` with `command`; return its exit code. What it says goes to `stdout` and `stderr` in `folder`."""
        process_id = self._start(command, environment, folder)
        if not self._has_ended_within(timeout):
            os.kill(process_id, signal.SIGKILL)
            raise TimeoutError(f"scrapy {' '.join(command)} took more than {timeout} s")
        return self._exit_code()

    def kill_at(
        self, processor_seconds: float, command: Sequence[str], environment: Mapping[str, str], folder: Path
    ) -> bool:
        """Run `scrapy` and kill it when it has worked so long; return whether it was still at work.

        What counts is its own processor time: on a busy machine it is met at the same work, only later.
        """
        process_id = self._start(command, environment, folder)
        while not self._has_ended_within(_GLANCE_SECONDS):
            if _processor_seconds(process_id) >= processor_seconds:
                with suppress(ProcessLookupError):
                    os.kill(process_id, signal.SIGKILL)
                break
        return self._exit_code() == -signal.SIGKILL

    def _start(self, command: Sequence[str], environment: Mapping[str, str], folder: Path) -> int:
        order = {"command": list(command), "environment": dict(environment), "folder": str(folder)}
        print(json.dumps(order), file=self._stream(self._process.stdin))
        return int(self._stream(self._process.stdout).readline())

    def _has_ended_within(self, seconds: float) -> bool:
        return bool(select([self._process.stdout], [], [], seconds)[0])

    def _exit_code(self) -> int:
        return int(self._stream(self._process.stdout).readline())

    @staticmethod
    def _stream(stream: IO[str] | None) -> IO[str]:
        assert stream is not None
        return stream

    def close(self) -> None:
        """End the starter."""
        self._stream(self._process.stdin).close()
        self._process.wait(timeout=10)
        self._stream(self._process.stdout).close()


def _processor_seconds(process_id: int) -> float:
    """Return what a process has used so far; of one that has ended, more than any number."""
    try:
        return time.clock_gettime((~process_id << 3) | _CPUCLOCK_SCHED)
    except OSError:
        return math.inf


def serve() -> None:
    """Start what is asked for, line by line."""
    for name in IMPORTED:
        import_module(name)
    assert not [name for name in UNTOUCHED if name in sys.modules]
    for line in sys.stdin:
        process_id = os.fork()
        if not process_id:
            os._exit(crawl(json.loads(line)))
        print(process_id, flush=True)
        print(os.waitstatus_to_exitcode(os.waitpid(process_id, 0)[1]), flush=True)


def crawl(order: dict[str, Any]) -> int:
    """Be the process that `python -m scrapy` would be; return the exit code."""
    folder = Path(order["folder"])
    for descriptor, path in ((0, Path(os.devnull)), (1, folder / "stdout"), (2, folder / "stderr")):
        opened = os.open(path, os.O_RDWR | os.O_CREAT | os.O_TRUNC)
        os.dup2(opened, descriptor)
        os.close(opened)
    os.environ.clear()
    os.environ.update(order["environment"])
    sys.argv = ["scrapy", *order["command"]]
    try:
        import_module("scrapy.cmdline").execute()
    except SystemExit as end:
        return end.code if isinstance(end.code, int) else 0 if end.code is None else 1
    finally:
        sys.stdout.flush()
        sys.stderr.flush()
    return 0


if __name__ == "__main__":
    serve()
