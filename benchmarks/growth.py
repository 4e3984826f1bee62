"""How what a run costs grows with the archive: at 10 thousand, 100 thousand and 1 million articles, and beyond.

    python -m benchmarks.growth                                # or: make bench-archive; some 20 minutes
    python -m benchmarks.growth --sizes 1000 --repeats 1       # a look; nothing is written down
    python -m benchmarks.growth --page                         # only writes tables and curve anew from the figures

Figures go to `benchmarks/growth.json`, from there into the tables of README and `docs/performance.md` and the curve
beside them. Beyond the largest archive they are extrapolated: from the last two sizes, as a power of the size.
"""

from __future__ import annotations

import argparse
import json
import math
import shutil
import sys
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any, Final

from benchmarks.archive import BEGIN, COMMIT, COUNT, LOAD, LOOK_UP, MEASUREMENTS, REBUILD, STATUS, measure
from benchmarks.crawls import CONTENDERS, FEW, OURS, crawl
from benchmarks.marked import between_marks, table
from benchmarks.pageserver import serving
from benchmarks.performance import about
from benchmarks.performance_page import conditions
from benchmarks.processes import PROJECT, Spread

FIGURES: Final = PROJECT / "benchmarks" / "growth.json"
PICTURE: Final = PROJECT / "docs" / "images" / "growth.svg"
PAGES: Final = (PROJECT / "README.md", PROJECT / "docs" / "performance.md")
MARK: Final = "growth: written by python -m benchmarks.growth --page"
SIZES: Final = (10_000, 100_000, 1_000_000)
BEYOND: Final = 5_000_000
CRAWLED: Final = 1_000
PAGE: Final = "a page of a crawl, CPU"
DISK: Final = "bytes an article"
SHOWN: Final[Mapping[str, str]] = {
    BEGIN: "begin a run",
    COMMIT: "commit",
    LOOK_UP: "1,000 look-ups",
    PAGE: "crawl 1,000 pages, CPU",
    LOAD: "load a month",
    COUNT: "SQL over all",
    STATUS: "status",
}
"""The columns of the table, in seconds."""

Measured = dict[str, dict[str, Any]]


def measure_size(folder: Path, size: int, repeats: int) -> Measured:
    """Measure everything with an archive of one size, which grows by what is committed."""
    found: Measured = {}
    for name in [one for one in MEASUREMENTS if one != REBUILD]:
        seconds, peak_mb = measure(name, folder, size, repeats)
        found[name] = {"seconds": asdict(Spread.of(seconds)), "peak_mb": peak_mb}
        print(f"{size:>9,}  {name:<30} {found[name]['seconds']['median']:9.3f} s {peak_mb:5.0f} MB", file=sys.stderr)
    found[DISK] = bytes_of(folder, size)
    found[PAGE] = _crawled(folder)
    return found


def bytes_of(folder: Path, size: int) -> dict[str, int]:
    """Return what an article takes on disk, by table, those that take less than a byte left out.

    The measured commits added some thousand articles to `size`.
    """
    taken: dict[str, int] = {}
    for path in folder.rglob("*"):
        if path.is_file():
            name = path.relative_to(folder).parts[0].partition(".")[0]
            taken[name] = taken.get(name, 0) + path.stat().st_size
    return {name: count // size for name, count in sorted(taken.items()) if count >= size}


def _crawled(archive: Path) -> dict[str, Any]:
    """Measure what a thousand pages of a crawl into the archive cost, start-up not counted."""
    ours = next(contender for contender in CONTENDERS if contender.name == OURS)
    with serving() as server, tempfile.TemporaryDirectory() as place:
        folder = Path(place)
        (folder / "archive").symlink_to(archive.absolute())
        few = crawl(ours, server, FEW, folder)
        more = crawl(ours, server, FEW + CRAWLED, folder, first=FEW)
    seconds = (more.cpu_seconds - few.cpu_seconds) / CRAWLED * 1_000
    return {"seconds": asdict(Spread.of([seconds])), "peak_mb": max(few.peak_mb, more.peak_mb)}


def beyond(sizes: Mapping[int, Measured], name: str) -> float:
    """Return the seconds at `BEYOND`, as the power of the size that leads from the last size but one to the last.

    What does not grow stays as it is.

    >>> of = lambda seconds: {"x": {"seconds": {"median": seconds}}}
    >>> beyond({50_000: of(1.0), 500_000: of(10.0)}, "x")
    100.0
    >>> beyond({50_000: of(2.0), 500_000: of(1.0)}, "x")
    1.0
    """
    (size, first), (largest, last) = sorted(sizes.items())[-2:]
    before, after = (float(one[name]["seconds"]["median"]) for one in (first, last))
    power = max(0.0, math.log(after / before) / math.log(largest / size))
    return round(after * (BEYOND / largest) ** power, 6)


def tables(figures: Mapping[str, Any]) -> str:
    """Return the table as Markdown."""
    sizes = {int(size): measured for size, measured in figures["sizes"].items()}
    rows = [
        (
            f"{size:,}",
            *(_seconds(measured[name]["seconds"]["median"]) for name in SHOWN),
            f"{max(measured[name]['peak_mb'] for name in (BEGIN, COMMIT, LOOK_UP)):.0f} MB",
        )
        for size, measured in sorted(sizes.items())
    ]
    if len(sizes) > 1:
        rows.append((f"{BEYOND:,}, extrapolated", *(_seconds(beyond(sizes, name)) for name in SHOWN), ""))
    disk = ", ".join(f"{name} {count:,}" for name, count in sizes[max(sizes)][DISK].items())
    shown = table(("articles", *SHOWN.values(), "peak memory"), rows)
    return f"{shown}\n\nBytes an article takes on disk, its raw page apart: {disk}. {conditions(figures['about'])}"


def _seconds(value: float) -> str:
    return f"{value * 1_000:.0f} ms" if value < 1 else f"{value:.1f} s"


def picture(figures: Mapping[str, Any]) -> str:
    """Return the curves as SVG: seconds over articles, both logarithmic."""
    import vl_convert

    points = [
        {"articles": int(size), "seconds": measured[name]["seconds"]["median"], "what": SHOWN[name]}
        for size, measured in figures["sizes"].items()
        for name in SHOWN
    ]
    sizes = sorted({point["articles"] for point in points})
    spec = {
        "$schema": "https://vega.github.io/schema/vega-lite/v5.json",
        "width": 560,
        "height": 320,
        "background": "white",
        "data": {"values": points},
        "mark": {"type": "line", "point": True},
        "encoding": {
            "x": {
                "field": "articles",
                "type": "quantitative",
                "scale": {"type": "log"},
                "axis": {"title": "articles in the archive", "format": ",d", "values": sizes},
            },
            "y": {
                "field": "seconds",
                "type": "quantitative",
                "scale": {"type": "log"},
                "axis": {"title": "seconds", "format": "~g", "tickCount": 6},
            },
            "color": {"field": "what", "type": "nominal", "title": None, "sort": list(SHOWN.values())},
        },
    }
    svg: str = vl_convert.vegalite_to_svg(spec, allowed_base_urls=[])
    return svg


def write_pages(figures: Mapping[str, Any]) -> None:
    """Put the table into README and the documentation, and draw the curves."""
    for page in PAGES:
        page.write_text(between_marks(page.read_text(), MARK, tables(figures)))
    PICTURE.write_text(picture(figures) + "\n")


def main(arguments: Sequence[str] | None = None) -> None:
    """Measure, write the figures down, print the table."""
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("--sizes", type=int, nargs="+", help=f"numbers of articles (default: {SIZES})")
    options.add_argument("--repeats", type=int, default=5)
    options.add_argument("--folder", type=Path, help="where archives are kept for the next time (default: nowhere)")
    options.add_argument("--page", action="store_true", help="measure nothing; write tables and curve anew")
    chosen = options.parse_args(arguments)
    if chosen.page:
        write_pages(json.loads(FIGURES.read_text()))
        return
    with tempfile.TemporaryDirectory() as place:
        kept = chosen.folder or Path(place) / "made"
        sizes = {}
        for size in chosen.sizes or SIZES:
            if not (kept / str(size)).is_dir():
                measure(REBUILD, kept / str(size), size, 1)
            measured = Path(place) / str(size)
            shutil.copytree(kept / str(size), measured)
            sizes[str(size)] = measure_size(measured, size, chosen.repeats)
            shutil.rmtree(measured)
    figures = {"about": about(), "sizes": sizes}
    if chosen.sizes is None:
        FIGURES.write_text(json.dumps(figures, indent=1) + "\n")
        write_pages(figures)
    print(tables(figures))


if __name__ == "__main__":
    main()
