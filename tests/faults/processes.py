"""A crawl as a process of its own, started under a strain, struck while it is at work, and told by how it ended."""

from __future__ import annotations

import os
import signal
import subprocess
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO, Any, Protocol

from kompas_crawler.replica import Replica
from tests.crawl.conftest import ROOT, command_of, environment_of
from tests.faults.ground import SETTINGS, WINDOW, Ground

LONGEST_SECONDS = 300
AT_WORK = {"DOWNLOAD_DELAY": "0.1", "KOMPAS_COMMIT_SECONDS": "0.3"}
"""Slow enough to be met at work, with commits going on."""


class HasSite(Protocol):
    """Whatever crawls a site."""

    @property
    def site(self) -> Replica:
        """The site."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Start:
    """How a crawl is started; by default as the other tests do."""

    environment: Mapping[str, str | None] = field(default_factory=dict)
    """Added to the usual one; null takes a variable away."""
    settings: Mapping[str, str] = field(default_factory=dict)
    before: Callable[[], None] | None = None
    """Called in the new process before it becomes the crawl."""
    stdin: int | IO[Any] = subprocess.DEVNULL
    stdout: int | IO[Any] = subprocess.DEVNULL
    folder: Path = ROOT
    arguments: Sequence[str] = WINDOW
    within: Sequence[str] = ()
    """A command that runs the crawl, given to it as further words."""
    has_session: bool = False
    """Whether it has a session of its own, without a terminal."""


class Crawling:
    """A crawl that was started. What it logs goes to a file beside its archive."""

    def __init__(self, place: HasSite, output: Path, start: Start = Start(), *, stderr: int | None = None) -> None:
        self.output = output
        self._before = set(_raw_files(output))
        self._log = output.parent / f"log-{time.monotonic_ns()}.txt"
        environment = environment_of(output, place.site.url) | {"PYTHONPATH": str(ROOT)}
        for name, value in start.environment.items():
            environment.pop(name, None) if value is None else environment.update({name: value})
        settings = {name: str(value) for name, value in {**SETTINGS, **start.settings}.items()}
        command = [*start.within, *command_of(*start.arguments, **settings)]
        with self._log.open("wb") as log:
            self.process = subprocess.Popen(
                command, cwd=start.folder, env=environment, preexec_fn=start.before, stdin=start.stdin,
                stdout=start.stdout, stderr=log if stderr is None else stderr, start_new_session=start.has_session,
            )  # fmt: skip

    def is_at_work(self) -> bool:
        """Wait until it has begun to write pages; return whether it still runs then."""
        end = time.monotonic() + LONGEST_SECONDS
        while not self.has_ended_within(0.01) and time.monotonic() < end:
            if set(_raw_files(self.output)) - self._before:
                return True
        return False

    def has_ended_within(self, seconds: float) -> bool:
        """Give it so long; return whether it came to its end."""
        try:
            self.process.wait(timeout=seconds)
        except subprocess.TimeoutExpired:
            return False
        return True

    def send(self, number: int) -> None:
        """Send a signal."""
        self.process.send_signal(number)

    def told(self) -> str:
        """Wait for the end and return how it was. A crawl that does not end is killed, and said to hang."""
        try:
            code = self.process.wait(timeout=LONGEST_SECONDS)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
            return "hung"
        ended = f"exit {code}" if code >= 0 else f"killed by {signal.Signals(-code).name}"
        return ended + (", a traceback" if "Traceback (most recent call last)" in self.log() else "")

    def log(self) -> str:
        """What it logged."""
        return self._log.read_text(errors="replace")


def _raw_files(output: Path) -> Iterator[Path]:
    return (output / "raw").rglob("*.warc.gz")


def struck(place: Ground, strike: Callable[[Crawling], None], start: Start = Start(settings=AT_WORK)) -> str:
    """Start a crawl over the archive of the first day, strike it at work, and return how it and the archive fared."""
    output = place.archive()
    crawling = Crawling(place, output, start)
    if not crawling.is_at_work():
        return f"{crawling.told()} before it was struck: {crawling.log()[-300:]}"
    strike(crawling)
    return f"{crawling.told()}, {place.after(output)}"


def strained(place: Ground, start: Start, *, output: Path | None = None) -> str:
    """Crawl under a strain that must not matter, and return how that went."""
    output = output or place.archive()
    crawling = Crawling(place, output, start)
    return f"{crawling.told()}, {place.now(output)}"


def failed(place: Ground, start: Start) -> str:
    """Crawl under a strain that may end the crawl, and return how it and the archive fared."""
    output = place.archive()
    return f"{Crawling(place, output, start).told()}, {place.after(output)}"


@contextmanager
def broken_pipe() -> Iterator[int]:
    """Yield the writing end of a pipe that nobody reads."""
    reading, writing = os.pipe()
    os.close(reading)
    try:
        yield writing
    finally:
        os.close(writing)
