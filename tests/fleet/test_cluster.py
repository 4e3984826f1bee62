"""The same on a Dask cluster that somebody started by hand, of which parts are lost on the way."""

from __future__ import annotations

import socket
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from threading import Event, Thread

import pytest

from kompas_crawler.replica import Replica
from tests.crawl.conftest import ROOT
from tests.fleet.conftest import begin, end, keys_of, kill, truth_of

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
