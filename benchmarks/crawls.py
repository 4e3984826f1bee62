"""What a crawl costs for a page: this project's beside Scrapy's bare engine and a typical project, in one run.

    python -m benchmarks.crawls                       # 500 and 2,500 pages, three times each; some five minutes
    python -m benchmarks.crawls --pages 2000 --repeats 5 --json crawls.json

Every crawl is a process of its own on one core, the server of the pages on another. The processor time of a page is
that of the longer crawl less that of the shorter one, divided by the pages between them: start-up, which is shown
apart, is not in it.
"""

from __future__ import annotations

import argparse
import json
import os
import statistics
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

from rich.console import Console
from rich.table import Table

from benchmarks.pageserver import HOST, article_path, served, serving

OTHERS = Path(__file__).resolve().parent / "contenders"
PROJECT = Path(__file__).resolve().parent.parent
FEW = 500
QUIET = ("-s", "LOG_LEVEL=ERROR")


@dataclass(frozen=True, slots=True)
class Cost:
    """What one process took."""

    cpu_seconds: float
    wall_seconds: float
    peak_mb: float


@dataclass(frozen=True, slots=True)
class Figures:
    """What a contender costs; medians."""

    name: str
    cpu_per_1000: float
    """Seconds of processor time for 1,000 pages."""
    spread: float
    """Half the distance between the least and the most, as a share of the median."""
    pages_per_second: float
    start_seconds: float
    """Processor time of a crawl of no page."""
    peak_mb: float


@dataclass(frozen=True, slots=True)
class Contender:
    """One way to crawl."""

    name: str
    command: tuple[str, ...]
    is_ours: bool = False


CONTENDERS = (
    Contender("Scrapy's engine, empty callback", ("runspider", str(OTHERS / "stock.py"))),
    Contender("typical project (parsel)", ("runspider", str(OTHERS / "typical.py"))),
    Contender("kompas-crawler", ("crawl", "kompas", "-a", "follow=baca_juga,terkini"), is_ours=True),
    Contender("kompas-crawler, no links followed", ("crawl", "kompas", "-a", "follow=none"), is_ours=True),
)


def measure(contender: Contender, server: str, pages: int, folder: Path) -> Cost:
    """Crawl so many pages with a contender, into an empty folder. Raises `RuntimeError` when it did not get them."""
    addresses = folder / "addresses.txt"
    place = f"https://{HOST}" if contender.is_ours else server
    addresses.write_text("".join(f"{place}{article_path(number)}\n" for number in range(pages)))
    command = [sys.executable, "-m", "scrapy", *contender.command, "-a", f"addresses={addresses}", *QUIET]
    if contender.is_ours:
        command += ["-s", f"KOMPAS_OUTPUT={folder / 'archive'}", "-s", f"KOMPAS_REPLICA={server}"]
    elif "typical" in contender.name:
        command += ["-o", str(folder / "articles.jsonl")]
    before = served(server)
    # Elsewhere there is no scrapy.cfg: the others run with Scrapy's own settings.
    cost = _cost_of(command, PROJECT if contender.is_ours else folder)
    if (count := served(server) - before) != pages:
        raise RuntimeError(f"{contender.name} fetched {count} pages instead of {pages}")
    return cost


def _cost_of(command: Sequence[str], folder: Path) -> Cost:
    """Run a command on the first core to its end; what it took, children included."""
    started_at = os.times().elapsed
    process = subprocess.Popen(command, cwd=folder, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, preexec_fn=_pin)
    errors = process.stderr.read() if process.stderr else b""
    _, status, usage = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode != 0:
        raise RuntimeError(f"{' '.join(command)} ended with {process.returncode}: {errors[-2000:].decode()}")
    return Cost(usage.ru_utime + usage.ru_stime, os.times().elapsed - started_at, usage.ru_maxrss / 1024)


def _pin() -> None:
    if hasattr(os, "sched_setaffinity") and len(os.sched_getaffinity(0)) > 1:
        os.sched_setaffinity(0, {min(os.sched_getaffinity(0))})


def compare(server: str, pages: int, repeats: int) -> list[Figures]:
    """Measure all contenders, turn by turn, so that a change of the machine's load meets all of them."""
    costs: dict[str, list[tuple[Cost, Cost]]] = {contender.name: [] for contender in CONTENDERS}
    for _ in range(repeats):
        for contender in CONTENDERS:
            pair = []
            for count in (FEW, FEW + pages):
                with tempfile.TemporaryDirectory() as folder:
                    pair.append(measure(contender, server, count, Path(folder)))
            costs[contender.name].append((pair[0], pair[1]))
    return [figures(name, found, pages) for name, found in costs.items()]


def figures(name: str, costs: Sequence[tuple[Cost, Cost]], pages: int) -> Figures:
    """Return the medians of a contender's pairs of crawls, the shorter one first."""
    slopes = [(more.cpu_seconds - few.cpu_seconds) / pages * 1_000 for few, more in costs]
    rates = [pages / (more.wall_seconds - few.wall_seconds) for few, more in costs]
    starts = [few.cpu_seconds - slope * FEW / 1_000 for (few, _), slope in zip(costs, slopes, strict=True)]
    middle = statistics.median(slopes)
    return Figures(
        name=name,
        cpu_per_1000=middle,
        spread=(max(slopes) - min(slopes)) / 2 / middle,
        pages_per_second=statistics.median(rates),
        start_seconds=statistics.median(starts),
        peak_mb=max(more.peak_mb for _, more in costs),
    )


def table(found: Sequence[Figures]) -> Table:
    """Return the figures for people; ratios are to the first contender."""
    shown = Table(title="What a crawl costs for a page")
    for heading in ("", "CPU s / 1,000 pages", "± %", "ratio", "pages/s", "start, CPU s", "peak MB"):
        shown.add_column(heading, justify="left" if not heading else "right")
    for one in found:
        cells = (one.cpu_per_1000, one.spread * 100, one.cpu_per_1000 / found[0].cpu_per_1000, one.pages_per_second)
        shown.add_row(
            one.name,
            *(f"{cell:.{digits}f}" for cell, digits in zip(cells, (2, 0, 2, 0), strict=True)),
            f"{one.start_seconds:.1f}",
            f"{one.peak_mb:.0f}",
        )
    return shown


def main() -> None:
    """Measure, and print the table."""
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("--pages", type=int, default=2_000, help="pages between the shorter and the longer crawl")
    options.add_argument("--repeats", type=int, default=3)
    options.add_argument("--json", type=Path, help="write the figures to this file too")
    chosen = options.parse_args()
    with serving() as server:
        found = compare(server, chosen.pages, chosen.repeats)
    Console().print(table(found))
    if chosen.json:
        chosen.json.write_text(json.dumps([asdict(one) for one in found], indent=2) + "\n")


if __name__ == "__main__":
    main()
