"""Raw files that one replica filled, and `scrapy reparse` as a user starts it."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest

from kompas_crawler.archive import RawPointer, RawWriter, WireExchange
from kompas_crawler.archive.storage import storage_at
from kompas_crawler.replica import Replica, running
from tests.crawl.conftest import ROOT, Finished, environment_of

DAY = date(2021, 4, 19)
NOON = datetime(2021, 4, 20, 5, tzinfo=UTC)

Reparse = Callable[..., Finished]


@pytest.fixture(scope="session")
def site() -> Iterator[Replica]:
    """A small replica that stands at a fixed day."""
    with running("--seed", "7", "--today", "2021-04-20T23:59", "--articles-per-day", "12") as server:
        yield server


@dataclass(frozen=True)
class Page:
    """A page as the replica served it."""

    url: str
    body: bytes


@pytest.fixture(scope="session")
def pages(site: Replica) -> list[Page]:
    """The whole articles of one day."""
    found = []
    for record in site.truth(DAY):
        host, _, path = record["url"].removeprefix("https://").partition("/")
        found.append(Page(f"{record['url']}?page=all", site.get(host, f"/{path}?page=all")))
    return found


def write_raw(
    output: Path, run_id: str, answers: Sequence[tuple[str, int, bytes]], at: datetime = NOON, **more: int
) -> list[RawPointer]:
    """Write answers (address, status, HTML) into the raw files of a run, a second apart."""
    writer = RawWriter(storage_at(str(output)), run_id, started_at=at, about={}, **more)
    pointers = [
        writer.exchange(
            WireExchange(
                url=url,
                status=status,
                headers=[(b"Content-Type", b"text/html; charset=UTF-8")],
                body=body,
                fetched_at=at + timedelta(seconds=number),
            )
        )
        for number, (url, status, body) in enumerate(answers)
    ]
    writer.close()
    return pointers


@pytest.fixture
def reparse(tmp_path: Path) -> Reparse:
    """Reparses into an archive of the test, and waits for the end."""

    def run(*arguments: str, output: Path | None = None, prelude: str = "") -> Finished:
        folder = output or tmp_path / "output"
        start = f"{prelude}\nfrom scrapy.cmdline import execute\nexecute()" if prelude else None
        command = [sys.executable, *(("-c", start) if start else ("-m", "scrapy")), "reparse", *arguments]
        done = subprocess.run(
            command,
            cwd=ROOT,
            env=environment_of(folder, None),
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=240,
            check=False,
        )
        return Finished(done.returncode, done.stdout, done.stderr, folder)

    return run
