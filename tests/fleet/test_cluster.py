"""The same on a Dask cluster that somebody started by hand, of which parts are lost on the way."""

from __future__ import annotations

import shutil
import socket
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from datetime import date
from pathlib import Path
from threading import Event, Thread

import pytest

from kompas_crawler.replica import Replica
from tests.crawl.conftest import ROOT, environment_of
from tests.faults.test_kills import comparable
from tests.fleet.conftest import begin, end, keys_of, kill, truth_of
from tests.reparse.conftest import write_raw

pytest.importorskip("distributed", reason="a cluster needs the extra fleet")

pytestmark = [pytest.mark.slow, pytest.mark.xdist_group("cluster")]

Start = Callable[..., subprocess.Popen[str]]


def free_port() -> int:
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        return int(one.getsockname()[1])


@contextmanager
def part(*arguments: str, ready: str) -> Iterator[subprocess.Popen[str]]:
    """A scheduler or a worker as its command line starts it, once it has said a word; ended at the end."""
    process = subprocess.Popen(
        [sys.executable, "-m", "dask", *arguments],
        cwd=ROOT,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        text=True,
    )
    is_ready = Event()

    def read() -> None:
        assert process.stderr is not None
        for line in process.stderr:
            if ready in line:
                is_ready.set()

    with process:
        reading = Thread(target=read)
        reading.start()
        try:
            assert is_ready.wait(60)
            yield process
        finally:
            process.kill()
            reading.join()


@contextmanager
def scheduler(port: int) -> Iterator[subprocess.Popen[str]]:
    arguments = ("scheduler", "--host", "127.0.0.1", "--port", str(port), "--no-dashboard", "--no-show")
    with part(*arguments, ready="Scheduler at") as process:
        yield process


@contextmanager
def worker(port: int) -> Iterator[subprocess.Popen[str]]:
    arguments = ("worker", f"tcp://127.0.0.1:{port}", "--nthreads", "1", "--no-nanny", "--no-dashboard")
    with part(*arguments, "--memory-limit", "0", ready="Registered to") as process:
        yield process


TWO_DAYS = {"since": "2021-04-18", "until": "2021-04-19"}


def test_the_unit_of_a_worker_that_is_killed_is_done_by_another(site: Replica, tmp_path: Path) -> None:
    port, output = free_port(), tmp_path / "output"
    with scheduler(port), worker(port) as victim, worker(port):
        before = len(site.log())
        filling = begin(site, output, "--scheduler", f"tcp://127.0.0.1:{port}", **TWO_DAYS, DOWNLOAD_DELAY=0.1)
        while not any("/read/" in one["path"] for one in site.log(before)):
            assert filling.poll() is None
        kill(victim.pid)
        done = end(filling, output)
    assert done.exit_code == 0, done.stderr
    assert keys_of(done) == truth_of(site, **TWO_DAYS)
    assert all(row["is_complete"] for row in done.rows("coverage"))


def test_a_scheduler_that_is_lost_is_waited_for(site: Replica, tmp_path: Path) -> None:
    port, output = free_port(), tmp_path / "output"
    with ExitStack() as first:
        lost = first.enter_context(scheduler(port))
        hand = first.enter_context(worker(port))
        before = len(site.log())
        filling = begin(site, output, "--scheduler", f"tcp://127.0.0.1:{port}", **TWO_DAYS, DOWNLOAD_DELAY=0.1)
        while not any("/read/" in one["path"] for one in site.log(before)):
            assert filling.poll() is None
        kill(lost.pid)
        kill(hand.pid)
    with scheduler(port), worker(port):
        done = end(filling, output)
    assert done.exit_code == 0, done.stderr
    assert keys_of(done) == truth_of(site, **TWO_DAYS)


def pages_of(site: Replica, day: date) -> list[tuple[str, int, bytes]]:
    """The articles of a day as the replica serves them: address, status, HTML."""
    found = []
    for record in site.truth(day):
        host, _, path = record["url"].removeprefix("https://").partition("/")
        found.append((f"{record['url']}?page=all", 200, site.get(host, f"/{path}?page=all")))
    return found


def test_a_reparse_on_a_cluster_equals_that_of_one_process(site: Replica, tmp_path: Path) -> None:
    pages = pages_of(site, date(2021, 4, 19))
    outputs = []
    port = free_port()
    # Written once: the offsets of two writings differ, by the names that the records are given.
    for number in range(3):
        write_raw(tmp_path / "raw", f"20210420T050000Z-r{number}", pages[number::3])
    with scheduler(port), worker(port), worker(port):
        for name, arguments in {
            "one": ("--workers", "1"),
            "cluster": ("--scheduler", f"tcp://127.0.0.1:{port}"),
        }.items():
            output = tmp_path / name
            shutil.copytree(tmp_path / "raw", output)
            done = subprocess.run(
                [sys.executable, "-m", "scrapy", "reparse", *arguments],
                cwd=ROOT,
                env=environment_of(output, None),
                stdin=subprocess.DEVNULL,
                capture_output=True,
                text=True,
                timeout=240,
                check=False,
            )
            assert done.returncode == 0, done.stderr
            outputs.append(comparable(output))
    assert outputs[0] == outputs[1]
    assert len(outputs[0]) == len(pages)
