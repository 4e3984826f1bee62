"""What reading raw pages again costs, and what more workers gain: one process against several, and against a cluster.

    python -m benchmarks.reparsing --pages 20000 --saved FOLDER     # or: make bench-reparse
    python -m benchmarks.reparsing --pages 20000 --cluster          # also by three Dask workers, one of them killed

Pages are those of a folder with `index.jsonl`, or the replica's, again and again under invented addresses, in raw files
as a crawl leaves them. Each way reads all of them into an archive of its own; the tables must come out the same. The
clock says the truth only on a machine that does nothing else; beside it stands the processor time of the conductor, of
its workers, and of the conductor while no worker did anything (`alone`), from which the gain on quiet cores follows.
Needs /proc.
"""

from __future__ import annotations

import argparse
import json
import os
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import asdict, dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, Final

import pyarrow.parquet as pq
from isal import igzip

from benchmarks.parsing import Page, articles_of, saved_articles
from benchmarks.processes import PROJECT
from kompas_crawler.archive import RawWriter, WireExchange
from kompas_crawler.archive.raw import SIZE_LIMIT_BYTES
from kompas_crawler.archive.storage import storage_at
from kompas_crawler.reparse.units import raw_units
from kompas_crawler.site.addresses import parse_article_address

RUN: Final = "20250101T000000Z-pages1"
BEGUN_AT: Final = datetime(2025, 1, 1, tzinfo=UTC)
HEADERS: Final = [(b"Content-Type", b"text/html; charset=UTF-8"), (b"Content-Encoding", b"gzip")]
REPLICA_LAYOUT: Final = "e1"
REPLICA_PAGES: Final = 100
COMPARED: Final = ("articles", "revisions", "links")
SAMPLE_SECONDS: Final = 0.05
_TICKS: Final = os.sysconf("SC_CLK_TCK")


@dataclass(frozen=True, slots=True)
class Taken:
    """What one reparse took."""

    name: str
    seconds: float
    """By the clock."""
    conductor: float
    """Processor time of the process that was started, in seconds."""
    workers: float
    """Processor time of the processes that it started."""
    alone: float
    """Of the conductor's time, what passed while no worker did anything."""
    conductor_mb: float
    worker_mb: float
    """Peak of the largest worker; 0 without workers."""

    @property
    def cpu(self) -> float:
        """All processor time, in seconds."""
        return self.conductor + self.workers


def pages_of(saved: Path | None) -> list[Page]:
    """Return the articles of a folder of saved pages; without one, articles of the replica."""
    return saved_articles(saved) if saved is not None else articles_of(REPLICA_LAYOUT, REPLICA_PAGES)


def write_pages(folder: Path, pages: Sequence[Page], count: int, bytes_of_file: int) -> int:
    """Write so many pages into raw files below a folder, by turns, each under an address of its own. Returns bytes."""
    writer = RawWriter(storage_at(str(folder)), RUN, started_at=BEGUN_AT, about={}, size_limit_bytes=bytes_of_file)
    for number in range(count):
        page = renumbered(pages[number % len(pages)], number)
        exchange = WireExchange(
            url=page.url,
            status=200,
            headers=HEADERS,
            body=igzip.compress(page.html, 1),
            fetched_at=BEGUN_AT + timedelta(seconds=number),
        )
        writer.exchange(exchange)
    writer.close()
    return writer.size_bytes


def renumbered(page: Page, number: int) -> Page:
    """Return a page as another article of the same day: with another time in its id, wherever that stands."""
    address = parse_article_address(page.url)
    if address is None:
        raise ValueError(f"{page.url} is no address of an article")
    old = address.article_id.partition("-")[2]
    seconds = number % 86_400
    new = f"{seconds // 3600:02}{seconds // 60 % 60:02}{seconds % 60:02}{old[6:]}"
    return Page(page.url.replace(old, new), page.html.replace(old.encode(), new.encode()) + b"<!-- %d -->" % number)


@contextmanager
def archive_of(raw: Path) -> Iterator[Path]:
    """Give an empty archive that has the raw files."""
    with tempfile.TemporaryDirectory(prefix="reparse-", dir=raw.parent) as place:
        folder = Path(place)
        (folder / "raw").symlink_to(raw / "raw")
        yield folder


def reparse(name: str, archive: Path, *arguments: str) -> Taken:
    """Read all raw files of an archive again, and return what it took. Raises `RuntimeError` when it fails."""
    command = [sys.executable, "-m", "scrapy", "reparse", *arguments, "-s", f"KOMPAS_OUTPUT={archive}"]
    begun = time.monotonic()
    with tempfile.TemporaryFile() as said:
        process = subprocess.Popen(
            command,
            cwd=PROJECT,
            env={**os.environ, "PYTHONPATH": str(PROJECT)},
            stdin=subprocess.DEVNULL,
            stdout=said,
            stderr=said,
        )
        watch = _Watch(process.pid)
        while process.poll() is None:
            watch.look()
            time.sleep(SAMPLE_SECONDS)
        if process.returncode != 0:
            said.seek(0)
            raise RuntimeError(f"{' '.join(command)} ended with {process.returncode}: {said.read()[-2000:].decode()}")
    return Taken(
        name=name,
        seconds=time.monotonic() - begun,
        conductor=watch.conductor,
        workers=sum(watch.workers.values()),
        alone=watch.alone,
        conductor_mb=watch.conductor_mb,
        worker_mb=max(watch.worker_mb.values(), default=0.0),
    )


class _Watch:
    """What a process and its children have taken so far, as /proc shows it."""

    def __init__(self, pid: int) -> None:
        self._pid = pid
        self.conductor = 0.0
        self.alone = 0.0
        self.conductor_mb = 0.0
        self.workers: dict[int, float] = {}
        self.worker_mb: dict[int, float] = {}

    def look(self) -> None:
        """Take a sample; nothing when the process ends just now."""
        with suppress(OSError):
            below = list(_below(self._pid))
            done = sum(self.workers.values())
            for child in below:
                with suppress(OSError):
                    self.workers[child], self.worker_mb[child] = _cpu(child), _peak_mb(child)
            now = _cpu(self._pid)
            if sum(self.workers.values()) == done:
                self.alone += now - self.conductor
            self.conductor, self.conductor_mb = now, _peak_mb(self._pid)


def _below(pid: int) -> Iterator[int]:
    """Yield the processes that a process has started, and those that these have."""
    for thread in Path(f"/proc/{pid}/task").iterdir():
        for child in map(int, (thread / "children").read_text().split()):
            yield child
            with suppress(OSError):
                yield from _below(child)


def _cpu(pid: int) -> float:
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / _TICKS


def _peak_mb(pid: int) -> float:
    for line in Path(f"/proc/{pid}/status").read_text().splitlines():
        if line.startswith("VmHWM:"):
            return int(line.split()[1]) / 1024
    raise OSError(f"process {pid} has ended")


def differing(one: Path, other: Path) -> list[str]:
    """Return the files of articles, revisions and links that two archives do not hold alike."""
    files = sorted(
        {
            path.relative_to(root)
            for root in (one, other)
            for table in COMPARED
            for path in (root / table).rglob("*.parquet")
        }
    )
    return [str(path) for path in files if not _are_equal(one / path, other / path)]


def _are_equal(one: Path, other: Path) -> bool:
    return one.is_file() and other.is_file() and _rows(one) == _rows(other)


def _rows(path: Path) -> list[dict[str, Any]]:
    # As values: two files may number the words of a dictionary otherwise.
    rows: list[dict[str, Any]] = pq.read_table(path).to_pylist()
    return rows


def rows_of(archive: Path) -> int:
    """Return how many articles an archive holds."""
    return sum(pq.read_metadata(path).num_rows for path in (archive / "articles").rglob("*.parquet"))


# --- A cluster --------------------------------------------------------------------------------------------------------


@contextmanager
def cluster(workers: int) -> Iterator[tuple[str, list[subprocess.Popen[bytes]]]]:
    """Start a Dask scheduler and workers by their command lines; give its address and them."""
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        port = one.getsockname()[1]
    address = f"tcp://127.0.0.1:{port}"
    with ExitStack() as stack:

        def start(*arguments: str) -> subprocess.Popen[bytes]:
            process = subprocess.Popen(
                [sys.executable, "-m", "dask", *arguments, "--no-dashboard"],
                cwd=PROJECT,
                env={**os.environ, "PYTHONPATH": str(PROJECT)},
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL,
            )
            stack.callback(process.wait)
            stack.callback(process.kill)
            return process

        start("scheduler", "--host", "127.0.0.1", "--port", str(port), "--no-show")
        hands = [
            start("worker", address, "--nthreads", "1", "--no-nanny", "--memory-limit", "0") for _ in range(workers)
        ]
        yield address, hands


@contextmanager
def killing(victim: subprocess.Popen[bytes], archive: Path, units: int) -> Iterator[None]:
    """Kill a process when so many units of a reparse are noted as done."""
    script = (
        "import os, signal, sys, time, pathlib\n"
        "folder, units, victim = pathlib.Path(sys.argv[1]), int(sys.argv[2]), int(sys.argv[3])\n"
        "while sum(1 for _ in folder.rglob('*.json')) <= units: time.sleep(0.1)\n"
        "os.kill(victim, signal.SIGKILL)\n"
    )
    watching = subprocess.Popen([sys.executable, "-c", script, str(archive / "reparse"), str(units), str(victim.pid)])
    try:
        yield
    finally:
        watching.kill()
        watching.wait()
        if victim.poll() != -signal.SIGKILL:
            raise RuntimeError("the worker that was to be killed lived on")


# --- All of it --------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Measured:
    """What several ways to read the same pages took."""

    pages: int
    megabytes: float
    ways: list[Taken]
    differing: list[str]
    """Files in which a way differs from one worker."""

    @property
    def gain(self) -> float:
        """How many times as fast as one worker the second way was, by the clock."""
        return self.ways[0].seconds / self.ways[1].seconds

    @property
    def gain_on_quiet_cores(self) -> float:
        """What that would be by the processor time alone: two cores at work but for what the conductor does alone."""
        one, two = self.ways[0], self.ways[1]
        return one.cpu / ((two.cpu - two.alone) / 2 + two.alone)


def measure(
    pages: Sequence[Page],
    count: int,
    folder: Path,
    *,
    workers: int = 2,
    on_cluster: bool = False,
    bytes_of_file: int = SIZE_LIMIT_BYTES,
) -> Measured:
    """Read so many pages with one worker, with several, and if asked on a cluster that loses one of three."""
    with tempfile.TemporaryDirectory(prefix="reparsing-", dir=folder) as place, ExitStack() as stack:
        raw = Path(place) / "pages"
        size = write_pages(raw, pages, count, bytes_of_file)
        one = stack.enter_context(archive_of(raw))
        ways = [reparse("1 worker", one, "--workers", "1")]
        if rows_of(one) != count:
            raise RuntimeError(f"{rows_of(one)} rows came of {count} pages")
        several = stack.enter_context(archive_of(raw))
        ways.append(reparse(f"{workers} workers", several, "--workers", str(workers)))
        different = differing(one, several)
        if on_cluster:
            third = stack.enter_context(archive_of(raw))
            address, hands = stack.enter_context(cluster(3))
            with killing(hands[0], third, max(1, len(raw_units(storage_at(str(raw)))) // 2)):
                ways.append(reparse("cluster, 1 of 3 killed", third, "--scheduler", address))
            different += differing(one, third)
        return Measured(count, size / 1e6, ways, different)


def show(measured: Measured) -> None:
    """Print it."""
    print(f"{measured.pages:,} pages, {measured.megabytes:,.0f} MB of raw files")
    print(f"{'':24}{'s':>8}{'pages/s':>9}{'CPU s':>8}{'conductor':>11}{'alone':>8}{'MB':>6}{'worker MB':>11}")
    for one in measured.ways:
        print(
            f"{one.name:24}{one.seconds:8.1f}{measured.pages / one.seconds:9.0f}{one.cpu:8.1f}{one.conductor:11.1f}"
            f"{one.alone:8.1f}{one.conductor_mb:6.0f}{one.worker_mb:11.0f}"
        )
    first, second = measured.ways[:2]
    print(f"by the clock {measured.gain:.2f} × one worker; on quiet cores {measured.gain_on_quiet_cores:.2f} ×")
    print(f"done by the conductor alone: {second.alone / first.cpu:.1%} of what one worker takes")
    print("rows: " + (f"DIFFERENT in {', '.join(measured.differing)}" if measured.differing else "equal"))


def main(arguments: Sequence[str] | None = None) -> int:
    """Measure and print. Returns 1 when the rows are not equal."""
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("--pages", type=int, default=20_000)
    options.add_argument("--workers", type=int, default=2)
    options.add_argument("--saved", type=Path, help="a folder of saved pages with index.jsonl (default: the replica's)")
    options.add_argument("--cluster", action="store_true", help="also by three Dask workers, of which one is killed")
    options.add_argument("--folder", type=Path, help="where to work: 60 KB a page (default: a temporary folder)")
    options.add_argument("--json", type=Path, help="write the figures down, too")
    chosen = options.parse_args(arguments)
    pages = pages_of(chosen.saved)
    folder = chosen.folder or Path(tempfile.gettempdir())
    measured = measure(pages, chosen.pages, folder, workers=chosen.workers, on_cluster=chosen.cluster)
    show(measured)
    if chosen.json:
        chosen.json.write_text(json.dumps(asdict(measured) | {"gain": measured.gain}, indent=1) + "\n")
    return 1 if measured.differing else 0


if __name__ == "__main__":
    sys.exit(main())
