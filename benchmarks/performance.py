"""Everything that costs processor time, in one run: parse, crawl, reparse, commit, load, start-up, memory.

    python -m benchmarks.performance                   # or: make bench; some ten minutes on two quiet cores
    python -m benchmarks.performance --quick           # a look at whether all of it works, some five minutes
    python -m benchmarks.performance --long            # memory up to a crawl of 100,000 pages: 15 minutes more
    python -m benchmarks.performance --page            # only writes docs/performance.md anew from the figures

Figures go to `benchmarks/performance.json`, and from there into the tables of `docs/performance.md`: nobody types them.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import sys
import tempfile
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass, replace
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from typing import Any

from benchmarks import archive, crawls, parsing, reparsing
from benchmarks.pageserver import serving
from benchmarks.performance_page import tables, write_page
from benchmarks.processes import PROJECT, Spread, cost_of

FIGURES = PROJECT / "benchmarks" / "performance.json"
SCRAPY = (sys.executable, "-m", "scrapy")
COMMITTED_ARTICLES = 10_000


@dataclass(frozen=True, slots=True)
class Scale:
    """How much is measured."""

    crawled: int
    repeats: int
    parsed: int
    rounds: int
    memory: tuple[int, ...]
    reparsed: int
    archived: int


FULL = Scale(
    crawled=2_000, repeats=3, parsed=20, rounds=7, memory=(1_000, 10_000), reparsed=20_000, archived=COMMITTED_ARTICLES
)
LONG_MEMORY = (1_000, 10_000, 100_000)
QUICK = Scale(crawled=200, repeats=1, parsed=3, rounds=2, memory=(200,), reparsed=200, archived=1_000)
LEAST = Scale(crawled=20, repeats=1, parsed=1, rounds=1, memory=(), reparsed=20, archived=200)
"""For a test that everything still runs."""


def measure_parsing(scale: Scale, *, saved: Path | None, python_of_peers: str | None) -> dict[str, Any]:
    """Measure parses, and those of the peers where they are installed."""
    found = parsing.per_layout(pages=scale.parsed, rounds=scale.rounds, saved=saved)
    figures: dict[str, Any] = {"parse": [asdict(one) | {"ratio": one.ratio} for one in found]}
    if python_of_peers is not None:
        pages = parsing.articles_of("e1", scale.parsed)
        ours = parsing.compare("", pages, parsing.parse_article, scale.rounds).ours.median
        figures["peers"] = {f"kompas-crawler {version('kompas-crawler')}": ours} | parsing.peers(python_of_peers, pages)
    return figures


def measure_crawls(scale: Scale) -> dict[str, Any]:
    """Measure crawls beside the others, and the memory that ours takes as it grows."""
    with serving() as server:
        found = crawls.compare(server, scale.crawled, scale.repeats)
        return {
            "crawl": [asdict(one) for one in found],
            "memory": {str(size): peak for size, peak in crawls.peaks(server, scale.memory).items()},
        }


def measure_reparse(scale: Scale, *, saved: Path | None) -> dict[str, Any]:
    """Measure reading raw pages again, commit included, with one worker and with two."""
    pages = reparsing.pages_of(saved)
    found = [reparsing.measure(pages, scale.reparsed, Path(tempfile.gettempdir())) for _ in range(scale.repeats)]
    if different := sorted({path for one in found for path in one.differing}):
        raise RuntimeError(f"two workers make other rows than one: {', '.join(different)}")
    return {
        "reparse": {
            "pages": scale.reparsed,
            "cpu_per_1000": asdict(Spread.of([one.ways[0].cpu / scale.reparsed * 1_000 for one in found])),
            "two_workers_speedup": Spread.of([one.gain for one in found]).median,
            "peak_mb": max(way.conductor_mb for one in found for way in one.ways),
        }
    }


def measure_starts(scale: Scale) -> dict[str, Any]:
    """Measure how long commands take that do next to nothing, beside an archive that one crawl made."""
    with tempfile.TemporaryDirectory() as place, serving() as server:
        folder = Path(place)
        ours = next(contender for contender in crawls.CONTENDERS if contender.name == crawls.OURS)
        crawls.crawl(ours, server, scale.crawled, folder)
        starts = {
            "import kompas_crawler": (sys.executable, "-c", "import kompas_crawler"),
            "kompas_crawler.load": (sys.executable, "-c", "from kompas_crawler import load"),
            "scrapy list": (*SCRAPY, "list", *crawls.QUIET),
            "scrapy status": (*SCRAPY, "status", "-s", f"KOMPAS_OUTPUT={folder / 'archive'}", *crawls.QUIET),
        }
        return {
            "start": {
                name: asdict(Spread.of([cost_of(command, PROJECT).cpu_seconds for _ in range(scale.repeats)]))
                for name, command in starts.items()
            },
        }


def measure_archive(scale: Scale) -> dict[str, Any]:
    """Measure commit, look-up, load and SQL on an archive of ten thousand articles; by the clock."""
    with tempfile.TemporaryDirectory() as folder:
        found = {}
        for name in archive.MEASUREMENTS:
            repeats = 1 if name == archive.REBUILD else scale.repeats
            seconds, peak_mb = archive.measure(name, Path(folder), scale.archived, repeats)
            found[name] = {"seconds": asdict(Spread.of(seconds)), "peak_mb": peak_mb}
    return {"archive": {"articles": scale.archived, "measured": found}}


def about() -> dict[str, Any]:
    """Return where and when it was measured, and with what."""
    packages = ("kompas-crawler", "scrapy", "twisted", "selectolax", "pyarrow", "isal", "parsel")
    return {
        "measured_at": datetime.now(UTC).isoformat(timespec="minutes"),
        "python": platform.python_version(),
        "cores": len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count(),
        "load": round(os.getloadavg()[0], 1),
        "packages": {name: version(name) for name in packages},
    }


def measure(scale: Scale, *, saved: Path | None = None, python_of_peers: str | None = None) -> dict[str, Any]:
    """Measure everything, one thing after the other."""
    figures: dict[str, Any] = {"about": about(), "scale": asdict(scale)}
    stages: tuple[Callable[[], dict[str, Any]], ...] = (
        lambda: measure_parsing(scale, saved=saved, python_of_peers=python_of_peers),
        lambda: measure_crawls(scale),
        lambda: measure_reparse(scale, saved=saved),
        lambda: measure_starts(scale),
        lambda: measure_archive(scale),
    )
    for stage in stages:
        figures |= stage()
        print(", ".join(figures), file=sys.stderr, flush=True)
    return figures


def main(arguments: Sequence[str] | None = None) -> None:
    """Measure, write the figures down, print the tables."""
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("--quick", action="store_true", help="small numbers; the figures are not written down")
    options.add_argument("--long", action="store_true", help="measure the memory of a crawl of 100,000 pages too")
    options.add_argument("--memory", type=int, nargs="+", help="sizes of crawls whose memory is measured")
    options.add_argument("--pages", type=int, help=f"pages of the longer crawls (default: {FULL.crawled:,})")
    options.add_argument("--repeats", type=int, help=f"how often each is measured (default: {FULL.repeats})")
    options.add_argument("--saved", type=Path, help="a folder of saved pages with index.jsonl, parsed too")
    options.add_argument("--peers", metavar="PYTHON", help="Python of the environment in which the peers are")
    options.add_argument("--json", type=Path, help=f"where the figures go (default: {FIGURES.relative_to(PROJECT)})")
    options.add_argument("--page", action="store_true", help="measure nothing; write docs/performance.md anew")
    chosen = options.parse_args(arguments)
    if chosen.page:
        write_page(json.loads(FIGURES.read_text()))
        return
    scale = QUICK if chosen.quick else FULL
    pages = chosen.pages or scale.crawled
    scale = replace(
        scale,
        crawled=pages,
        reparsed=chosen.pages or scale.reparsed,
        repeats=chosen.repeats or scale.repeats,
        memory=tuple(chosen.memory or (LONG_MEMORY if chosen.long else scale.memory)),
    )
    figures = measure(scale, saved=chosen.saved, python_of_peers=chosen.peers)
    target = chosen.json or (None if chosen.quick else FIGURES)
    if target is not None:
        target.write_text(json.dumps(figures, indent=1) + "\n")
    if target == FIGURES:
        write_page(figures)
    print(tables(figures))


if __name__ == "__main__":
    main()
