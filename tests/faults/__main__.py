"""Plays the fault suite and prints one table: what was sent how often, what had to happen, what did.

    python -m tests.faults                                # everything once
    python -m tests.faults --tries 5 --seed 7             # each kind five times, cut at other places
    python -m tests.faults --only redirects --beside-bare # one part, beside Scrapy's bare spider
    python -m tests.faults --beside-bare --write docs/reliability.md

Exit code 1 when anything came to something else than it had to.
"""

from __future__ import annotations

import argparse
import json
import re
import sys
import tempfile
from collections import Counter
from collections.abc import Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict
from pathlib import Path
from time import monotonic

from rich.console import Console
from rich.table import Table

from tests.faults.catalogue import PARTS
from tests.faults.rows import RIGHT, Part, Result

WHOLE = "the whole crawl"
_MARKS = ("<!-- faults: begin -->", "<!-- faults: end -->")


def play(parts: Sequence[Part], *, tries: int, seed: int, beside_bare: bool, at_once: int) -> list[Result]:
    """Play parts, some of them at the same time, and return their results in order."""
    with tempfile.TemporaryDirectory(prefix="faults-") as folder, ThreadPoolExecutor(at_once) as pool:
        places = (Path(folder) / str(number) for number in range(len(parts)))
        playing = [
            pool.submit(part.play, place, tries=tries, seed=seed, beside_bare=beside_bare)
            for part, place in zip(parts, places, strict=True)
        ]
        return [result for one in playing for result in one.result()]


def table(results: Iterable[Result], *, beside_bare: bool) -> Table:
    """Return the results for people."""
    shown = Table(title="Faults")
    for heading in ("", "fault", "tries", "expected", "got", *(["bare Scrapy"] if beside_bare else [])):
        shown.add_column(heading, justify="right" if heading == "tries" else "left", overflow="fold")
    for one in results:
        cells = ["[red]miss[/]" if one.is_miss else "ok", one.fault, str(one.tries), one.expected, one.got]
        shown.add_row(*cells, *([one.bare or ""] if beside_bare else []))
    return shown


def kinds(results: Iterable[Result]) -> list[Result]:
    """Return the results that are each of one kind of trouble, not of a crawl as a whole."""
    return [one for one in results if one.group != WHOLE]


def summary(results: Sequence[Result], seconds: float) -> str:
    """Return the sums in one line."""
    missed = sum(one.is_miss for one in results)
    tries = sum(one.tries for one in kinds(results))
    checks = len(results) - len(kinds(results))
    return (
        f"{len(kinds(results))} kinds, {tries} tries, {checks} checks of whole crawls, {missed} missed; {seconds:.0f} s"
    )


def markdown(results: Sequence[Result]) -> str:
    """Return the figures by group, ours beside the bare spider's, and what that one did wrong."""
    lines = [
        "| group | kinds | ours as it must be | tried with bare Scrapy | bare as it must be |",
        "|---|--:|--:|--:|--:|",
    ]
    for group in dict.fromkeys(one.group for one in results):
        mine = [one for one in results if one.group == group]
        compared = [one for one in mine if one.bare is not None]
        right = [one for one in compared if one.bare == RIGHT]
        cells = (len(mine), sum(not one.is_miss for one in mine), len(compared) or "–", len(right) if compared else "–")
        lines.append(f"| {group} | " + " | ".join(map(str, cells)) + " |")
    wrong = Counter(re.sub(r"stored (?:https?|file)\S+", "followed and stored what it led to", one.bare)
                    for one in results if one.bare not in (None, RIGHT))  # fmt: skip
    lines += ["", "What the bare spider did wrong, by kinds of trouble:", ""]
    lines += [f"- {count} × {what}" for what, count in wrong.most_common()]
    return "\n".join(lines)


def write(path: Path, text: str) -> None:
    """Put a text between the marks of a page. Raises `ValueError` where it has none."""
    page = path.read_text(encoding="utf-8")
    begin, end = (page.find(mark) for mark in _MARKS)
    if begin < 0 or end < begin:
        raise ValueError(f"{path} has no place for the figures: {' … '.join(_MARKS)}")
    path.write_text(f"{page[: begin + len(_MARKS[0])]}\n{text}\n{page[end:]}", encoding="utf-8")


def main() -> int:
    """Play what is chosen, print it, and return the exit code."""
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("--tries", type=int, default=1, help="how often each kind is tried")
    options.add_argument("--seed", type=int, default=1, help="chooses where things are cut")
    options.add_argument("--only", help="parts whose name holds this")
    options.add_argument("--at-once", type=int, default=2, help="parts that are played at the same time")
    options.add_argument("--beside-bare", action="store_true", help="hold Scrapy's bare spider beside it")
    options.add_argument("--json", action="store_true", help="print JSON in place of the table")
    options.add_argument("--write", type=Path, help="put the figures by group into this page")
    chosen = options.parse_args()
    parts = [part for part in PARTS if chosen.only is None or chosen.only in part.name]
    started_at = monotonic()
    results = play(parts, tries=chosen.tries, seed=chosen.seed, beside_bare=chosen.beside_bare, at_once=chosen.at_once)
    said = summary(results, monotonic() - started_at)
    if chosen.json:
        rows = [{**asdict(one), "is_miss": one.is_miss} for one in results]
        print(json.dumps({"summary": said, "results": rows}, indent=2))
    else:
        console = Console(width=None if sys.stdout.isatty() else 160)
        console.print(table(results, beside_bare=chosen.beside_bare))
        console.print(said)
    if chosen.write:
        write(chosen.write, f"{said}\n\n{markdown(results)}")
    return int(any(one.is_miss for one in results))


if __name__ == "__main__":
    raise SystemExit(main())
