"""What people and programs are shown of a back-fill: how it goes, and what it came to."""

from __future__ import annotations

import logging
import time
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from rich.console import Console
from rich.table import Table
from rich.text import Text

from kompas_crawler.console import counted, size
from kompas_crawler.fleet.backfill import Result
from kompas_crawler.items import Outcome
from kompas_crawler.progress import StatusLine, clock
from kompas_crawler.summary import MEANINGS

logger = logging.getLogger(__name__)

_LOG_SECONDS: Final = 30.0


class Watch:
    """Says where a back-fill stands: a line that updates on a terminal, a log line now and then elsewhere."""

    def __init__(self, line: StatusLine) -> None:
        self._line = line
        self._begun = time.monotonic()
        self._said = self._begun
        self.seconds = 0.0

    def __call__(self, result: Result, left: int) -> None:
        """Show how things stand, with so many units left."""
        self.seconds = time.monotonic() - self._begun
        text = f"{clock(self.seconds)}  {counted(result.units_done, 'unit')} done, {left:,} left, "
        text += counted(result.requests, "request")
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
    """What a back-fill came to."""

    run_id: str
    """The run of the whole; the names of its units' runs begin with it."""
    days: int
    """Days of the window."""
    units_done: int
    """Crawls that came to an end: one for each day, and those of articles that only links named."""
    units_resumed: int
    """Of those, the ones that an earlier start had done."""
    requests: int
    """Departures of all of them."""
    size_bytes: int
    """Bytes received."""
    outcomes: Mapping[str, int]
    """How many addresses ended in which outcome, summed over the units."""
    stopped: str | None
    """Why the fleet stopped early, in a word; null when it did not."""
    problems: tuple[str, ...]
    """What is wrong; empty when the exit code is 0."""
    exit_code: int


def summary_of(result: Result) -> Summary:
    """Return what programs are told."""
    return Summary(
        run_id=result.run_id,
        days=result.days,
        units_done=result.units_done,
        units_resumed=result.units_resumed,
        requests=result.requests,
        size_bytes=result.size_bytes,
        outcomes=dict(result.outcomes),
        stopped=result.stopped.reason if result.stopped is not None else None,
        problems=tuple(result.problems),
        exit_code=result.exit_code,
    )


def show(result: Result, seconds: float, location: str, out: Console) -> None:
    """Print what people are told."""
    resumed = f" ({result.units_resumed:,} by an earlier start)" if result.units_resumed else ""
    out.print(Text(f"{counted(result.days, 'day')}, {counted(result.units_done, 'unit')} done{resumed}", style="bold"))
    table = Table(box=None, pad_edge=False)
    table.add_column("addresses", justify="right")
    table.add_column("that are")
    for outcome, meaning in MEANINGS.items():
        if result.outcomes[outcome]:
            table.add_row(f"{result.outcomes[Outcome(outcome)]:,}", meaning)
    out.print(table)
    received = f"{counted(result.requests, 'request')}, {size(result.size_bytes)} in {clock(seconds)}"
    out.print(f"{received}; archive: {location}")
    for problem in result.problems:
        out.print(Text(f"✗ {problem}", style="bold red"))
    if not result.problems:
        out.print(Text("✓ Every unit is done, its books balance and its lists were read to their end.", style="green"))
