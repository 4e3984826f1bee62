"""How well articles are read: ours beside trafilatura, newspaper4k and news-please, on the same pages, from one run.

    python -m benchmarks.quality                                # ours only
    python -m benchmarks.quality --peers .venv-peers/bin/python # all of them beside each other
    python -m benchmarks.quality --raise-floors                 # write better figures down as the new floors

Two sets of pages: the cases of `tests/cases`, against their expectations, and, where saved real pages lie in
`../shared/pages`, those against what lxml and a browser say of them (`benchmarks.reference`). Exit code 1 when a figure
of ours is below its floor in `benchmarks/quality_floors.json`. docs/quality-of-parsing.md says what the figures mean.
"""

from __future__ import annotations

import argparse
import json
import math
import subprocess
import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.table import Table

from benchmarks import reference
from benchmarks.scores import NAMED, Score, score
from kompas_crawler.cases import PAGE, read_cases, read_page, record_of
from kompas_crawler.errors import PageError
from kompas_crawler.site.dates import WIB

ROOT = Path(__file__).resolve().parents[1]
CASES = ROOT / "tests" / "cases"
SAVED = ROOT.parent / "shared" / "pages"
FLOORS = Path(__file__).with_name("quality_floors.json")
PLACES = 4
"""Floors are written down to so many decimals, rounded down."""

Record = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Sample:
    """A page and what is known of it."""

    page: str
    url: str
    path: Path
    wanted: Record


def comparable(record: Mapping[str, Any]) -> Record:
    """Return a record with its times to the minute too, in WIB: what a page prints, and what the peers give."""
    minutes = {
        minute: datetime.fromisoformat(record[name]).astimezone(WIB).replace(second=0, microsecond=0).isoformat()
        for name, minute in (("published_at", "published_minute"), ("updated_at", "updated_minute"))
        if record.get(name)
    }
    return dict(record) | minutes


def from_cases() -> Iterator[Sample]:
    """Yield the cases that are articles, with what a person says of them."""
    for case in read_cases(CASES):
        if case.raises is None and case.is_reviewed:
            wanted = comparable(case.expected())
            scored = {name: value for name, value in wanted.items() if name in KNOWN}
            yield Sample(case.slug, case.url, case.folder / PAGE, scored)


KNOWN = frozenset(
    {
        *("article_id", "section", "section_code", "breadcrumbs", "content_type", "title", "description", "dateline"),
        *("body", "authors", "editors", "tags", "links", "part_urls", "page_count", "flags", "layout"),
        *("published_at", "published_minute", "published_on", "published_text", "updated_at", "updated_minute"),
        *("image_url", "image_caption", "image_credit"),
    }
)
"""Fields of a case that are scored; the others are counts of these, or marks of the parser."""


def from_saved_pages(folder: Path = SAVED) -> Iterator[Sample]:
    """Yield the complete articles among the saved real pages, with what lxml and the browser say of them."""
    lines = (folder / "index.jsonl").read_text(encoding="utf-8").splitlines()
    with reference.opened() as layouter:
        for entry in map(json.loads, filter(None, lines)):
            if not entry["kind"].startswith("article") or not str(entry["complete"]).startswith("complete"):
                continue
            path, url = folder / entry["file"], entry["url"].split(" ")[0]
            html = read_page(path)
            yield Sample(path.name, url, path, reference.fields(html, url) | {"body": layouter.paragraphs(html)})


def ours(samples: list[Sample]) -> dict[str, Record]:
    """Return what this project's parser makes of every page; a page that it refuses has no reading."""
    readings = {}
    for sample in samples:
        try:
            readings[sample.page] = comparable(record_of(read_page(sample.path), sample.url))
        except PageError as error:
            print(f"ours refused {sample.page}: {error}", file=sys.stderr)
    return readings


def of_peers(python: str, samples: list[Sample]) -> dict[str, Any]:
    """Return what the peers make of every page, in their own environment."""
    asked = [{"page": sample.page, "url": sample.url, "path": str(sample.path)} for sample in samples]
    program = Path(__file__).with_name("peers.py")
    answer = subprocess.run(
        [python, "-W", "ignore", str(program)], input=json.dumps(asked), capture_output=True, text=True, check=False
    )
    if answer.returncode:
        raise SystemExit(f"the peers did not answer:\n{answer.stderr[-2000:]}")
    found: dict[str, Any] = json.loads(answer.stdout)
    return found


def show(name: str, samples: list[Sample], scores: Mapping[str, Score], offered: Mapping[str, set[str]]) -> None:
    """Print one set's table: ours and the peers beside each other."""
    table = Table(title=f"{name}: {len(samples)} pages", title_justify="left")
    table.add_column("share")
    for reader in scores:
        table.add_column(reader, justify="right")
    mine = next(iter(scores.values()))
    for figure in mine.figures:
        if figure == "words":
            rates = [f"{one.word_error_rate:.4f}" for one in scores.values()]
            table.add_row("word error rate (less is better)", *rates)
            continue
        asked = f" ({mine.asked[figure]})" if mine.asked[figure] not in (0, len(samples)) else ""
        cells = [f"{one.figures[figure]:.4f}" if has(figure, offered.get(who)) else "–" for who, one in scores.items()]
        table.add_row(figure + asked, *cells)
    Console(width=140 if len(scores) > 1 else None).print(table)


def has(figure: str, offered: set[str] | None) -> bool:
    """Whether a reader offers a field at all; figures of the text are everybody's."""
    if figure == NAMED:
        figure = "authors"
    return offered is None or figure in offered or figure not in KNOWN


def figures_of(total: Score) -> dict[str, float]:
    """Return the figures of a score, rounded down, as floors hold them."""
    return {name: math.floor(value * 10**PLACES) / 10**PLACES for name, value in total.figures.items()}


def read_floors() -> dict[str, dict[str, float]]:
    """Return the committed floors, by set and figure."""
    floors: dict[str, dict[str, float]] = json.loads(FLOORS.read_text(encoding="utf-8")) if FLOORS.exists() else {}
    return floors


def raised(floors: Mapping[str, float], figures: Mapping[str, float]) -> dict[str, float]:
    """Return the floors with every figure that is better than its floor; none is ever lowered or dropped.

    >>> raised({"title": 0.98, "body": 1.0}, {"title": 0.99, "body": 0.9, "tags": 0.5})
    {'body': 1.0, 'tags': 0.5, 'title': 0.99}
    """
    return {name: max(floors.get(name, 0.0), figures.get(name, 0.0)) for name in sorted({*floors, *figures})}


def below(floors: Mapping[str, float], figures: Mapping[str, float]) -> dict[str, tuple[float, float]]:
    """Return the floor and the figure of everything that fell below its floor, or is not measured any more.

    >>> below({"title": 0.98, "tags": 0.5}, {"title": 0.97, "tags": 0.6})
    {'title': (0.98, 0.97)}
    """
    return {name: (floor, figures.get(name, 0.0)) for name, floor in floors.items() if figures.get(name, 0.0) < floor}


def sets(*, wants_saved: bool = True) -> Iterator[tuple[str, list[Sample]]]:
    """Yield the sets of pages that can be measured here; what cannot, and why, is said."""
    yield "cases", list(from_cases())
    if not wants_saved:
        return
    if not (SAVED / "index.jsonl").is_file():
        print(f"No saved real pages beside the checkout ({SAVED}): only the cases are measured.", file=sys.stderr)
    elif reference.find_browser() is None:
        print("No browser is installed, which lays out the saved pages: only the cases are measured.", file=sys.stderr)
    else:
        yield "pages", list(from_saved_pages())


def main(arguments: list[str] | None = None) -> int:
    """Measure, print, hold the figures against the floors."""
    parser = argparse.ArgumentParser(description="How well articles are read, beside the peers.")
    parser.add_argument("--peers", help="Python of the environment in which the peers are installed")
    parser.add_argument("--raise-floors", action="store_true", help="write better figures down as the new floors")
    options = parser.parse_args(arguments)
    floors, fallen = read_floors(), False
    for name, samples in sets():
        wanted = [(sample.page, sample.wanted) for sample in samples]
        mine = score(wanted, ours(samples))
        scores, offered = {"ours": mine}, {}
        for peer, answer in (of_peers(options.peers, samples) if options.peers else {}).items():
            reader = f"{peer} {answer['version']}"
            scores[reader] = score(wanted, answer["readings"])
            offered[reader] = {field for reading in answer["readings"].values() for field in reading}
            if answer["broken"]:
                print(f"{reader} broke on {answer['broken']} pages of {name}", file=sys.stderr)
        show(name, samples, scores, offered)
        figures = figures_of(mine)
        for figure, (floor, now) in below(floors.get(name, {}), figures).items():
            fallen = True
            print(f"{name}: {figure} fell to {now:.{PLACES}f}, its floor is {floor:.{PLACES}f}")
        better = raised(floors.get(name, {}), figures)
        if better != floors.get(name):
            if options.raise_floors:
                floors[name] = better
            else:
                risen = [figure for figure in better if better[figure] > floors.get(name, {}).get(figure, 0.0)]
                print(f"{name}: floors may be raised (--raise-floors): {', '.join(risen)}")
    if options.raise_floors:
        FLOORS.write_text(json.dumps(floors, indent=2, sort_keys=True) + "\n", encoding="utf-8")
    return int(fallen)


if __name__ == "__main__":
    raise SystemExit(main())
