"""The calendar of an archive as people read it in a terminal: days or months across, sections down, sums below.

Every state has a sign of its own, so that nothing depends on colours. Decides nothing: states are in `calendar`.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from itertools import groupby, pairwise
from typing import Final

from rich.console import Console
from rich.table import Table
from rich.text import Text

from kompas_crawler.archive.months import Month
from kompas_crawler.console import counted, plain_table
from kompas_crawler.standing.calendar import Calendar, Cell, Missing, State
from kompas_crawler.standing.gaps import gaps_of

DAYS_SHOWN: Final = 92
"""A longer window is shown by month."""
STYLES: Final = {
    State.COMPLETE: "green",
    State.NO_NEWS: "cyan",
    State.MISSING: "bold red",
    State.OPEN: "yellow",
    State.NO_CRAWL: "dim",
}
SIGNS: Final = {State.COMPLETE: "●", State.NO_NEWS: "○", State.MISSING: "✗", State.OPEN: "◐", State.NO_CRAWL: "·"}
ASCII_SIGNS: Final = {State.COMPLETE: "#", State.NO_NEWS: "0", State.MISSING: "x", State.OPEN: "/", State.NO_CRAWL: "."}
"""For outputs that have no other characters."""
SAYS: Final = {
    State.COMPLETE: "complete",
    State.NO_NEWS: "complete, no news",
    State.MISSING: "missing",
    State.OPEN: "open",
    State.NO_CRAWL: "no crawl",
}
_GAP: Final = 2
_MONTH_CELL: Final = 5


@dataclass(frozen=True, slots=True)
class Column:
    """One column of the calendar: a heading and the days below it."""

    heading: str
    """As wide as the column: one character for a day, more for a month."""
    tens: str
    """What stands above the heading of a day; empty for a month."""
    group: str
    """What is written once above columns that share it."""
    days: frozenset[date]


def print_calendar(calendar: Calendar, console: Console) -> None:
    """Print a calendar as wide as the terminal allows, one block below the other, with its sums and a legend.

    The sums stand beside the calendar where there is room, else below it.
    """
    by_month = len(calendar.days) > DAYS_SHOWN
    signs = ASCII_SIGNS if console.options.ascii_only else SIGNS
    label = max(len(section) for section in calendar.sections)
    columns = _months(calendar) if by_month else _days(calendar)
    blocks = list(_blocks(columns, console.width - label - _GAP))
    lines = [_lines(calendar, block, label, signs) for block in blocks]
    sums = _sums(calendar)
    if len(blocks) == 1 and _longest(lines[0]) + _GAP + len(sums[0]) <= console.width:
        lines = [_beside(lines[0], sums)]
    else:
        names = ["section", *calendar.sections, "together"]
        lines.append([Text(f"{name:<{label + _GAP}}{counts}") for name, counts in zip(names, sums, strict=True)])
    for block_lines in lines:
        for line in block_lines:
            line.rstrip()
            console.print(line, soft_wrap=True)
        console.print()
    for line in _legend(signs, by_month=by_month):
        console.print(line)
    gaps = gaps_of(calendar)
    console.print(f"{gaps.complete:,} of {counted(gaps.days, 'day')} complete in every section shown that was walked")


def _beside(lines: Sequence[Text], sums: Sequence[str]) -> list[Text]:
    """Return the lines of a block with the sums to their right, and one line more for those of all sections."""
    margin = _longest(lines) + _GAP
    rows = [*lines, Text("together")]
    for row, counts in zip(reversed(rows), reversed(sums), strict=False):  # what is left over above are headings
        row.pad_right(margin - row.cell_len)
        row.append(counts)
    return rows


def _longest(lines: Sequence[Text]) -> int:
    return max(line.cell_len for line in lines)


def _lines(calendar: Calendar, block: Sequence[Column], label: int, signs: Mapping[State, str]) -> list[Text]:
    """Return the heading of a block, then a line for each section."""
    is_by_day = len(block[0].heading) == 1
    cells: defaultdict[str, dict[date, State]] = defaultdict(dict)
    for cell in calendar.cells:
        cells[cell.section][cell.day] = cell.state
    lines = list(_heading(block, label))
    for section in calendar.sections:
        line = Text(f"{section:<{label}}{'':{_GAP}}")
        for column, following in zip(block, [*block[1:], None], strict=True):
            states = [cells[section][day] for day in sorted(column.days)]
            line.append(Text(signs[states[0]], STYLES[states[0]]) if is_by_day else _share(states, signs))
            line.append(" " * (is_by_day and following is not None and following.group != column.group))
        lines.append(line)
    return lines


def _sums(calendar: Calendar) -> list[str]:
    """Return a heading, then the sums of each section, then those of all together; all lines are equally long."""
    by_section: defaultdict[str, list[Cell]] = defaultdict(list)
    for cell in calendar.cells:
        by_section[cell.section].append(cell)
    rows = [_counts(by_section[section]) for section in calendar.sections] + [_counts(calendar.cells)]
    table = [("complete", "listed", "held", "missing", "excluded", "unlisted"), *rows]
    widths = [max(len(row[column]) for row in table) for column in range(len(table[0]))]
    return ["  ".join(f"{text:>{width}}" for text, width in zip(row, widths, strict=True)) for row in table]


def _counts(cells: Sequence[Cell]) -> tuple[str, ...]:
    complete = sum(cell.state.is_complete for cell in cells)
    names = ("listed", "held", "failed", "excluded", "unlisted")
    return (f"{complete:,}/{len(cells):,}", *(f"{sum(getattr(cell, name) for cell in cells):,}" for name in names))


def missing_table(missing: Sequence[Missing]) -> Table:
    """Return the table of missing articles."""
    table = plain_table("day", "section", "article", "reason", "address", numbers=("day", "article"))
    for one in missing:
        table.add_row(f"{one.day}", one.section, one.article_id, one.reason, one.url or "not known")
    return table


def _days(calendar: Calendar) -> list[Column]:
    return [
        Column(f"{day.day % 10}", f"{day.day // 10 or ' '}", f"{day:%Y-%m}", frozenset({day})) for day in calendar.days
    ]


def _months(calendar: Calendar) -> list[Column]:
    months = groupby(calendar.days, key=Month.of_day)
    return [Column(f"{month.month:>{_MONTH_CELL}}", "", f"{month.year}", frozenset(days)) for month, days in months]


def _blocks(columns: Sequence[Column], width: int) -> Iterator[list[Column]]:
    """Yield the columns in blocks that fit a width; groups (months, years) stay together where one of them fits."""
    block: list[Column] = []
    for _, group in groupby(columns, key=lambda column: column.group):
        some = list(group)
        if block and _width([*block, *some]) > width:
            yield block
            block = []
        for column in some:
            if block and _width([*block, column]) > width:
                yield block
                block = []
            block.append(column)
    if block:
        yield block


def _width(block: Sequence[Column]) -> int:
    borders = sum(one.group != other.group for one, other in pairwise(block))
    return sum(len(column.heading) for column in block) + (borders if len(block[0].heading) == 1 else 0)


def _heading(block: Sequence[Column], label: int) -> Iterator[Text]:
    """Yield the lines above a block: the groups, then tens and ones of the days, or the numbers of the months."""
    is_by_day = len(block[0].heading) == 1
    groups, tens, ones = "", "", ""
    for group, some in groupby(block, key=lambda column: column.group):
        headings = [column.heading for column in some]
        width = sum(map(len, headings))
        title = group if is_by_day else f"{group:>{_MONTH_CELL}}"
        groups += f"{title if width >= len(title) else '':<{width}}" + " " * is_by_day
        ones += "".join(headings) + " " * is_by_day
        tens += "".join(column.tens for column in block if column.group == group) + " " * is_by_day
    for line in (groups, tens, ones) if is_by_day else (groups, ones):
        yield Text(f"{'':{label + _GAP}}{line}".rstrip(), style="dim")


def _share(states: Sequence[State], signs: Mapping[State, str]) -> Text:
    """Return a month in one cell: its sign where all days stand alike, else the share of complete days."""
    kinds = {State.COMPLETE if state.is_complete else state for state in states}
    if len(kinds) == 1:
        (kind,) = kinds
        return Text(f"{signs[kind]:>{_MONTH_CELL}}", STYLES[kind])
    complete = sum(state.is_complete for state in states)
    style = STYLES[State.MISSING if State.MISSING in kinds else State.OPEN]
    return Text(f"{min(99, round(100 * complete / len(states))):>{_MONTH_CELL - 1}}%", style)


def _legend(signs: Mapping[State, str], *, by_month: bool) -> Iterator[Text]:
    shown = [state for state in State if not (by_month and state is State.NO_NEWS)]
    said = Text("   ").join(Text.assemble((signs[state], STYLES[state]), f" {SAYS[state]}") for state in shown)
    yield said.append("   n% of the days complete") if by_month else said
    yield Text("open: the day is not over, or its list was not read to the end since it was", style="dim")
