"""What a crawl costs for a page: this project's beside Scrapy's bare engine and a typical project, in one run.

    python -m benchmarks.crawls                       # 200 and 2,200 pages, three times each; some five minutes
    python -m benchmarks.crawls --pages 500 --repeats 1

Every crawl is a process of its own on one core, the server of the pages on another. The processor time of a page is
that of the longer crawl less that of the shorter one, divided by the pages between them: start-up, which is shown
apart, is not in it.
"""

from __future__ import annotations

import argparse
import statistics
import sys
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from rich.console import Console
from rich.table import Table

from benchmarks.pageserver import HOST, article_path, served, serving
from benchmarks.processes import PROJECT, Cost, Spread, cost_of

OTHERS = Path(__file__).resolve().parent / "contenders"
FEW = 200
QUIET = ("-s", "LOG_LEVEL=ERROR")


@dataclass(frozen=True, slots=True)
class Figures:
    """What a contender costs."""

    name: str
    cpu_per_1000: Spread
    """Seconds of processor time for 1,000 pages."""
    pages_per_second: float
    """By the clock; median."""
    start_seconds: float
    """Processor time of a crawl of no page; median."""
    peak_mb: float
    """Of the longer crawl, the most."""


@dataclass(frozen=True, slots=True)
class Contender:
    """One way to crawl."""

    name: str
    command: tuple[str, ...]
    is_ours: bool = False


STOCK = "Scrapy's engine, empty callback"
TYPICAL = "typical project (parsel, JSON lines)"
OURS = "kompas-crawler"
FOLLOWING = ("crawl", "kompas", "-a", "follow=baca_juga,terkini")
CONTENDERS = (
    Contender(STOCK, ("runspider", str(OTHERS / "stock.py"))),
    Contender(TYPICAL, ("runspider", str(OTHERS / "typical.py"))),
    Contender(OURS, FOLLOWING, is_ours=True),
    Contender(f"{OURS}, without raw pages", (*FOLLOWING, "-s", "KOMPAS_RAW=off"), is_ours=True),
    Contender(f"{OURS}, no links followed", ("crawl", "kompas", "-a", "follow=none"), is_ours=True),
)


def crawl(contender: Contender, server: str, pages: int, folder: Path, *, first: int = 0) -> Cost:
    """Crawl so many pages with a contender, from the `first` on, into a folder: empty, or with an archive in it.

    Raises `RuntimeError` when it did not get them.
    """
    addresses = folder / "addresses.txt"
    place = f"https://{HOST}" if contender.is_ours else server
    addresses.write_text("".join(f"{place}{article_path(number)}\n" for number in range(first, first + pages)))
    command = [sys.executable, "-m", "scrapy", *contender.command, "-a", f"addresses={addresses}", *QUIET]
    if contender.is_ours:
        command += ["-s", f"KOMPAS_OUTPUT={folder / 'archive'}", "-s", f"KOMPAS_REPLICA={server}"]
    elif contender.name == TYPICAL:
        command += ["-o", str(folder / "articles.jsonl")]
    before = served(server)
    # Elsewhere there is no scrapy.cfg: the others run with Scrapy's own settings.
    cost = cost_of(command, PROJECT if contender.is_ours else folder)
    if (count := served(server) - before) != pages:
        raise RuntimeError(f"{contender.name} fetched {count} pages instead of {pages}")
    return cost


def compare(server: str, pages: int, repeats: int) -> list[Figures]:
    """Measure all contenders, turn by turn, so that a change of the machine's load meets all of them."""
    costs: dict[str, list[tuple[Cost, Cost]]] = {contender.name: [] for contender in CONTENDERS}
    for _ in range(repeats):
        for contender in CONTENDERS:
            pair = []
            for count in (FEW, FEW + pages):
                with tempfile.TemporaryDirectory() as folder:
                    pair.append(crawl(contender, server, count, Path(folder)))
            costs[contender.name].append((pair[0], pair[1]))
    return [figures(name, found, pages) for name, found in costs.items()]


def figures(name: str, costs: Sequence[tuple[Cost, Cost]], pages: int) -> Figures:
    """Return the figures of a contender's pairs of crawls, the shorter one first."""
    slopes = [(more.cpu_seconds - few.cpu_seconds) / pages * 1_000 for few, more in costs]
    rates = [pages / _seconds_by_the_clock(few, more) for few, more in costs]
    starts = [few.cpu_seconds - slope * FEW / 1_000 for (few, _), slope in zip(costs, slopes, strict=True)]
    return Figures(
        name=name,
        cpu_per_1000=Spread.of(slopes),
        pages_per_second=statistics.median(rates),
        start_seconds=statistics.median(starts),
        peak_mb=max(more.peak_mb for _, more in costs),
    )


def _seconds_by_the_clock(few: Cost, more: Cost) -> float:
    """Return how much longer the longer crawl took: on its one core no less than it took of that.

    Where others use the machine the shorter one may have waited longer than the longer one.
    """
    return max(more.wall_seconds - few.wall_seconds, more.cpu_seconds - few.cpu_seconds)


def peaks(server: str, sizes: Sequence[int]) -> dict[int, float]:
    """Return the peak memory in MB of a crawl of so many pages, everything on."""
    ours = next(contender for contender in CONTENDERS if contender.name == OURS)
    found = {}
    for size in sizes:
        with tempfile.TemporaryDirectory() as folder:
            found[size] = crawl(ours, server, size, Path(folder)).peak_mb
    return found


def table(found: Sequence[Figures]) -> Table:
    """Return the figures for people; ratios are to the first contender."""
    shown = Table(title="What a crawl costs for a page")
    for heading in ("", "CPU s / 1,000 pages", "least – most", "ratio", "pages/s", "start, CPU s", "peak MB"):
        shown.add_column(heading, justify="left" if not heading else "right")
    for one in found:
        cpu = one.cpu_per_1000
        shown.add_row(
            one.name,
            f"{cpu.median:.2f}",
            f"{cpu.least:.2f} – {cpu.most:.2f}",
            f"{cpu.median / found[0].cpu_per_1000.median:.2f}",
            f"{one.pages_per_second:.0f}",
            f"{one.start_seconds:.1f}",
            f"{one.peak_mb:.0f}",
        )
    return shown


def main() -> None:
    """Measure, and print the table."""
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("--pages", type=int, default=2_000, help="pages between the shorter and the longer crawl")
    options.add_argument("--repeats", type=int, default=3)
    chosen = options.parse_args()
    with serving() as server:
        found = compare(server, chosen.pages, chosen.repeats)
    Console().print(table(found))


if __name__ == "__main__":
    main()
