"""What people and programs are shown of a reparse: how it goes, what it came to, what a new parser changes."""

from __future__ import annotations

import logging
import time
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from rich.console import Console
from rich.table import Table
from rich.text import Text

from kompas_crawler.items import Outcome
from kompas_crawler.progress import StatusLine, clock
from kompas_crawler.reparse.conductor import Result

logger = logging.getLogger(__name__)

_LOG_SECONDS: Final = 30.0
_MEANINGS: Final[Mapping[Outcome, str]] = {
    Outcome.KEPT_NEW: "give a row that the archive did not hold",
    Outcome.KEPT_CHANGED: "give another row than before",
    Outcome.UNCHANGED: "give what is held",
    Outcome.GONE: "show that the article was gone",
    Outcome.BLOCKED: "are refusals of the site",
    Outcome.FAILED: "are no usable answers",
    Outcome.UNPARSED: "fit no layout that is known",
    Outcome.EXCLUDED: "give what is withheld in quarantine",
}
_PASSED_OVER: Final[Mapping[str, str]] = {
    "foreign_host": "of other sites",
    "not_an_article": "of the site, and no article (lists, sitemaps, robots.txt, other pages)",
    "not_chosen": "of other days, sections or layouts",
    "not_modified": "that only say that nothing had changed",
    "redirect": "that lead to another address of the same article",
    "repeated": "of articles that the run had read already",
    "revisit": "that refer to the content of another record, which is not there",
    "damaged": "that are damaged",
    "torn": "that are torn at the end of a file",
}


class Watch:
    """Says where a reparse stands: a line that updates on a terminal, a log line now and then elsewhere."""

    def __init__(self, line: StatusLine) -> None:
        self._line = line
        self._begun = time.monotonic()
        self._said = self._begun
        self.seconds = 0.0

    def __call__(self, result: Result, left: int) -> None:
        """Show how things stand, with so many units left."""
        self.seconds = time.monotonic() - self._begun
        rate = result.pages / self.seconds if self.seconds else 0.0
        text = (
            f"{clock(self.seconds)}  {result.pages:,} pages ({rate:.0f}/s)  {result.units:,} units done, {left:,} left"
        )
        if self._line.is_usable:
            self._line.show(text)
        elif time.monotonic() - self._said >= _LOG_SECONDS:
            self._said = time.monotonic()
            logger.info("%s", text)

    def end(self) -> None:
        """Leave the terminal as it was."""
        self.seconds = time.monotonic() - self._begun
        if self._line.is_usable:
            self._line.clear()


@dataclass(frozen=True, slots=True, kw_only=True)
class Summary:
    """What a reparse came to, or, with `--diff`, would come to."""

    run_id: str | None
    """The run; null when nothing was written."""
    records: int
    """Answers in all files."""
    passed_over: dict[str, int]
    """How many of them are no page of an article that was read, by the reason."""
    pages: int
    """The others."""
    readings: dict[str, int]
    """How many readings of articles ended in which outcome."""
    lost: int
    """Readings that gave a row when they were fetched and give none now."""
    differences: dict[str, Any]
    """`rows` that change, and in `columns` for each column `rows` and `examples` (`article_id`, `old`, `new`)."""
    resolved: dict[str, int]
    """How many articles that were withheld of a run are published now, by run."""
    problems: tuple[str, ...]
    """Why the exit code is 1; empty when it is 0."""


def summary_of(result: Result) -> Summary:
    """Return what a reparse came to, for programs."""
    return Summary(
        run_id=result.run_id if result.writes else None,
        records=result.records,
        passed_over=dict(result.passed_over),
        pages=result.pages,
        readings={str(outcome): count for outcome, count in result.readings.items()},
        lost=result.lost,
        differences=result.differences.as_json(),
        resolved=dict(result.resolved),
        problems=result.problems,
    )


def show(result: Result, seconds: float, location: str, console: Console) -> None:
    """Print what a reparse came to, for people."""
    run = f"run {result.run_id}" if result.writes else "nothing was written"
    console.print(Text.assemble(("Reparse ", "bold"), location), Text(run, style="dim"))
    console.print(_records(result))
    if result.differences.columns:
        console.print(_differences(result))
    elif not result.writes:
        console.print("No row would change.")
    rate = result.pages / seconds if seconds else 0.0
    console.print(f"{result.pages:,} pages in {clock(seconds)} ({rate:,.0f} a second)")
    if result.commit is not None:
        console.print(str(result.commit))
    for run_id, count in sorted(result.resolved.items()):
        console.print(f"{count:,} articles that were withheld of run {run_id} are read rightly now and left quarantine")
    for problem in result.problems:
        console.print(Text(f"✗ {problem}", style="bold red"))
    if result.writes and not result.problems:
        console.print(Text("✓ The books balance: every record is accounted for.", style="green"))


def _records(result: Result) -> Table:
    table = Table(box=None, pad_edge=False)
    table.add_column("count", justify="right")
    table.add_column("readings of articles that")
    for outcome, meaning in _MEANINGS.items():
        if count := result.readings[outcome]:
            table.add_row(f"{count:,}", meaning)
    table.add_section()
    for word, count in result.passed_over.most_common():
        table.add_row(f"{count:,}", f"records passed over {_PASSED_OVER[word]}", style="dim")
    table.add_row(f"{result.records:,}", "records together")
    return table


def _differences(result: Result) -> Table:
    found = result.differences
    title = f"{found.rows:,} rows {'change' if result.writes else 'would change'}"
    table = Table(title=title, title_justify="left", show_lines=True)
    table.add_column("column", no_wrap=True)
    table.add_column("rows", justify="right")
    table.add_column("article", no_wrap=True)
    table.add_column("old", overflow="fold")
    table.add_column("new", overflow="fold")
    for column, count in found.columns.most_common():
        examples = found.examples[column]
        table.add_row(
            column,
            f"{count:,}",
            *("\n".join(cell) for cell in zip(*((one.article_id, one.old, one.new) for one in examples), strict=True)),
        )
    return table
