"""Back-fills by a fleet as a user starts them: `scrapy backfill` in a process of its own, against a replica."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import suppress
from datetime import date
from pathlib import Path
from threading import Event, Thread
from time import monotonic
from typing import Self

import pytest

from kompas_crawler.replica import Replica, running
from tests.crawl.conftest import ROOT, Finished, environment_of

SINCE, UNTIL = "2021-04-16", "2021-04-19"
Backfill = Callable[..., Finished]


@pytest.fixture(scope="session")
def site() -> Iterator[Replica]:
    """A small replica that stands at a fixed day."""
    with running("--seed", "7", "--today", "2021-04-20T23:59", "--articles-per-day", "8") as server:
        yield server


@pytest.fixture
def calm_site(site: Replica) -> Iterator[Replica]:
    """The same, whose troubles end with the test."""
    yield site
    site.calm()


def command(*arguments: str, since: str = SINCE, until: str = UNTIL, **settings: object) -> list[str]:
    """The command line of a back-fill."""
    words = [sys.executable, "-m", "scrapy", "backfill", "--since", since, "--until", until, *arguments]
    return words + [word for name, value in settings.items() for word in ("-s", f"{name}={value}")]


def begin(site: Replica, output: Path, *arguments: str, **options: object) -> subprocess.Popen[str]:
    """Start a back-fill and do not wait for it."""
    return subprocess.Popen(
        command(*arguments, **options),  # type: ignore[arg-type]
        cwd=ROOT,
        env=environment_of(output, site.url),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def end(process: subprocess.Popen[str], output: Path) -> Finished:
    """Wait for a back-fill."""
    stdout, stderr = process.communicate(timeout=280)
    return Finished(process.returncode, stdout, stderr, output)


def backfill(site: Replica, output: Path, *arguments: str, **options: object) -> Finished:
    """Do a back-fill."""
    return end(begin(site, output, *arguments, **options), output)


def crawls_of(process: subprocess.Popen[str]) -> list[int]:
    """The processes that a back-fill has below it now, each a crawl."""
    threads = Path(f"/proc/{process.pid}/task")
    with suppress(OSError):  # it ends just now
        return [int(word) for one in threads.iterdir() for word in (one / "children").read_text().split()]
    return []


def kill(pid: int) -> None:
    """Kill a process as a machine does that loses its power."""
    with suppress(ProcessLookupError):
        os.kill(pid, signal.SIGKILL)


class Lag:
    """How long the machine lets a process wait that wants to go on: where others use it, requests arrive in bursts."""

    STEP = 0.01

    def __init__(self) -> None:
        self.seconds = 0.0
        self._ended = Event()
        self._thread = Thread(target=self._measure)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._ended.set()
        self._thread.join()

    def _measure(self) -> None:
        begun = monotonic()
        while not self._ended.wait(self.STEP):
            now = monotonic()
            self.seconds = max(self.seconds, now - begun - self.STEP)
            begun = now


def keys_of(done: Finished) -> list[str]:
    """The articles that an archive holds."""
    return sorted(row["article_id"] for row in done.rows())


def truth_of(site: Replica, since: str, until: str) -> list[str]:
    """The articles that the site has."""
    records = site.truth(date.fromisoformat(since), date.fromisoformat(until), brief=True)
    return sorted(record["article_id"] for record in records)
