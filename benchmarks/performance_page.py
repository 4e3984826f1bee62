"""The tables of `docs/performance.md`, made of the figures that `benchmarks.performance` wrote down.

Knows how figures become Markdown, which ratios are aimed at, and where in the page the tables stand. Measures nothing.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Final

from benchmarks.marked import between_marks, table
from benchmarks.processes import PROJECT

PAGE: Final = PROJECT / "docs" / "performance.md"
MARK: Final = "figures: written by python -m benchmarks.performance --page"

PARSE_TARGET: Final = 2.0
STOCK_TARGET: Final = 1.1
TYPICAL_TARGET: Final = 1 / 3.5
RAW_TARGET: Final = 0.15
REPARSE_TARGET: Final = 1.8
MEMORY_TARGET_MB: Final = 200.0

Figures = Mapping[str, Any]


def tables(figures: Figures) -> str:
    """Return everything that was measured, as Markdown."""
    parts = [conditions(figures["about"]), _targets(figures), _crawls(figures), _parses(figures)]
    if "peers" in figures:
        parts.append(_peers(figures["peers"]))
    parts += [_rest(figures), _archive(figures["archive"])]
    return "\n\n".join(parts)


def write_page(figures: Figures) -> None:
    """Put the tables into the page."""
    PAGE.write_text(with_tables(PAGE.read_text(), figures))


def with_tables(page: str, figures: Figures) -> str:
    """Return the page with these tables between its marks. Raises `ValueError` for a page without them."""
    return between_marks(page, MARK, tables(figures))


def targets(figures: Figures) -> list[tuple[str, str, float, bool]]:
    """Return what is aimed at, how the aim is written, what was measured, and whether it was reached."""
    cpu = {one["name"]: one["cpu_per_1000"]["median"] for one in figures["crawl"]}
    stock, typical, ours, without_raw, *_ = cpu.values()
    parses = [one["ratio"] for one in figures["parse"] if one["name"].startswith("article")]
    peak = max([*figures["memory"].values(), figures["crawl"][2]["peak_mb"]])
    raw = 1 - without_raw / ours
    speedup = figures["reparse"]["two_workers_speedup"]
    return [
        ("crawl, everything on, to Scrapy's bare engine", "≤ 1.1", ours / stock, ours / stock <= STOCK_TARGET),
        ("crawl, everything on, to a typical project", "≤ 0.29", ours / typical, ours / typical <= TYPICAL_TARGET),
        ("raw pages, share of a crawl", "≤ 0.15", raw, raw <= RAW_TARGET),
        ("parse of an article to a bare lexbor parse, worst layout", "≤ 2", max(parses), max(parses) <= PARSE_TARGET),
        ("reparse on two cores to one, by the clock", "≥ 1.8", speedup, speedup >= REPARSE_TARGET),
        ("peak memory of a crawl, MB", "≤ 200", peak, peak <= MEMORY_TARGET_MB),
    ]


def _targets(figures: Figures) -> str:
    rows = [(name, aim, f"{value:.2f}", "yes" if met else "**no**") for name, aim, value, met in targets(figures)]
    return _table("Aims", ("", "aim", "measured", "reached"), rows)


def conditions(about: Figures) -> str:
    """Return when, where and with what something was measured, as a sentence."""
    packages = ", ".join(f"{name} {number}" for name, number in about["packages"].items())
    return (
        f"Measured {about['measured_at'][:10]} with Python {about['python']} on {about['cores']} cores "
        f"(load {about['load']} when it began): {packages}."
    )


def _crawls(figures: Figures) -> str:
    first = figures["crawl"][0]["cpu_per_1000"]["median"]
    rows = [
        (
            one["name"],
            f"{one['cpu_per_1000']['median']:.2f}",
            _spread(one["cpu_per_1000"]),
            f"{one['cpu_per_1000']['median'] / first:.2f}",
            f"{one['pages_per_second']:.0f}",
            f"{one['start_seconds']:.1f}",
            f"{one['peak_mb']:.0f}",
        )
        for one in figures["crawl"]
    ]
    head = ("", "CPU s / 1,000 pages", "least – most", "ratio", "pages/s", "start, CPU s", "peak MB")
    crawled = _table("A crawl, page by page", head, rows)
    sizes = [(f"{int(size):,}", f"{peak:.0f}") for size, peak in figures["memory"].items()]
    if not sizes:
        return crawled
    return f"{crawled}\n\n" + _table("Memory of a crawl, everything on", ("pages", "peak MB"), sizes)


def _parses(figures: Figures) -> str:
    rows = [
        (
            one["name"],
            f"{one['kilobytes']:.0f}",
            f"{one['bare']['median']:.2f}",
            f"{one['ours']['median']:.2f}",
            _spread(one["ours"]),
            f"{one['ratio']:.1f}",
        )
        for one in figures["parse"]
    ]
    head = ("page", "KB", "bare lexbor, ms", "everything, ms", "least – most", "ratio")
    return _table("A parse", head, rows)


def _peers(peers: Mapping[str, float]) -> str:
    ours = next(iter(peers.values()))
    rows = [(name, f"{value:.1f}", f"{1_000 / value:.0f}", f"{value / ours:.0f}") for name, value in peers.items()]
    return _table("Beside other extractors", ("", "CPU ms / page", "pages per CPU second", "ratio"), rows)


def _rest(figures: Figures) -> str:
    again = figures["reparse"]
    cpu = again["cpu_per_1000"]
    rows = [
        (f"reparse of {again['pages']:,} pages, CPU s / 1,000", f"{cpu['median']:.2f}", _spread(cpu)),
        *((f"start: `{name}`, CPU s", f"{one['median']:.2f}", _spread(one)) for name, one in figures["start"].items()),
    ]
    return _table("Reading again, starting", ("", "median", "least – most"), rows)


def _archive(measured: Figures) -> str:
    rows = [
        (name, f"{one['seconds']['median']:.3f}", _spread(one["seconds"], 3), f"{one['peak_mb']:.0f}")
        for name, one in measured["measured"].items()
    ]
    title = f"An archive of {measured['articles']:,} articles, by the clock"
    return _table(title, ("", "seconds", "least – most", "peak MB"), rows)


def _spread(one: Mapping[str, float], digits: int = 2) -> str:
    return f"{one['least']:.{digits}f} – {one['most']:.{digits}f}"


def _table(title: str, head: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    return f"### {title}\n\n{table(head, rows)}"
