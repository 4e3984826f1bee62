"""Crawls as a user starts them: `scrapy crawl kompas` in a process of its own, against a replica.

That process is forked from one that has imported everything (`starter`), which saves two thirds of a small crawl's
time. Tests that strike at a crawl while it runs, or watch its very beginning, start theirs anew (`command_of`).
"""

from __future__ import annotations

import atexit
import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pyarrow.parquet as pq
import pytest

from kompas_crawler.replica import Replica, running
from tests.crawl.starter import Starter

ROOT = Path(__file__).resolve().parents[2]


@dataclass(frozen=True)
class Finished:
    """A crawl that has ended."""

    exit_code: int
    stdout: str
    stderr: str
    output: Path

    def rows(self, table: str = "articles") -> list[dict[str, Any]]:
        """Every row of a table of the archive."""
        whole = self.output / f"{table}.parquet"
        files = [whole] if whole.is_file() else sorted((self.output / table).rglob("*.parquet"))
        return [row for file in files for row in pq.ParquetFile(file).read().to_pylist()]

    def visits(self) -> dict[str, dict[str, Any]]:
        """The visits of all runs by article id, or by address where it is no article; the last run's wins."""
        rows = sorted(self.rows("visits"), key=lambda row: row["visited_at"])
        return {row["article_id"] or row["url"]: row for row in rows}


Crawl = Callable[..., Finished]


def environment_of(output: Path, replica: str | None) -> dict[str, str]:
    """The environment of a crawl: nothing of ours but what is given."""
    given = {"KOMPAS_OUTPUT": str(output)} | ({"KOMPAS_REPLICA": replica} if replica else {})
    return {name: value for name, value in os.environ.items() if not name.startswith("KOMPAS_")} | given


def command_of(*arguments: str, **settings: str) -> list[str]:
    """The command line of a crawl with `-a` arguments and `-s` settings."""
    command = [sys.executable, "-m", "scrapy", "crawl", "kompas"]
    command += [word for argument in arguments for word in ("-a", argument)]
    return command + [word for name, value in settings.items() for word in ("-s", f"{name}={value}")]


@cache
def starter() -> Starter:
    """The starter of this test process."""
    started = Starter()
    atexit.register(started.close)
    return started


def crawler_into(folder: Path) -> Crawl:
    """Return a function that crawls into `folder` (or another `output`) and waits for the end."""

    def run(replica: str | None, *arguments: str, output: Path | None = None, **settings: str) -> Finished:
        output = output or folder
        with TemporaryDirectory() as said:
            command = command_of(*arguments, **settings)[3:]
            exit_code = starter().run(command, environment_of(output, replica), Path(said), timeout=240)
            stdout, stderr = (Path(said, name).read_text(encoding="utf-8") for name in ("stdout", "stderr"))
        return Finished(exit_code, stdout, stderr, output)

    return run


def crawl_anew(output: Path, replica: str | None, *arguments: str, **settings: str) -> Finished:
    """Crawl in a process that is started from nothing."""
    done = subprocess.run(
        command_of(*arguments, **settings),
        cwd=ROOT,
        env=environment_of(output, replica),
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=240,
        check=False,
    )
    return Finished(done.returncode, done.stdout, done.stderr, output)


@pytest.fixture
def crawl(tmp_path: Path) -> Crawl:
    """Crawls into an archive of the test."""
    return crawler_into(tmp_path / "output")


@pytest.fixture(scope="module")
def module_crawl(tmp_path_factory: pytest.TempPathFactory) -> Crawl:
    """Crawls into an archive that the tests of a module share."""
    return crawler_into(tmp_path_factory.mktemp("archive") / "output")


@pytest.fixture(scope="module")
def replica() -> Iterator[Replica]:
    """A small replica that stands at a fixed day, shared by the tests of a module."""
    with running("--seed", "7", "--today", "2021-04-20T23:59", "--articles-per-day", "40") as server:
        yield server
