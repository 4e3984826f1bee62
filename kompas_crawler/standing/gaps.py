"""Gaps: the days of the kept range that are not complete, as spans.

A day is complete when every section that the archive keeps is. Kept is a section of which any list was ever walked to
its end; so an archive that holds only one section of some days has gaps there, which is what a reader must know.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date
from itertools import groupby

from kompas_crawler.standing.calendar import Calendar, State, state_of


@dataclass(frozen=True, slots=True, kw_only=True)
class Gap:
    """Days in a row that stand alike and are not complete."""

    since: date
    """First WIB day."""
    until: date
    """Last WIB day."""
    days: int
    """Number of days."""
    state: State
    """`missing`, `open` or `no_crawl`; `open` also where only some of the kept sections were crawled."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Gaps:
    """How complete the kept range is."""

    since: date
    """First WIB day that was walked."""
    until: date
    """Last one."""
    days: int
    """Number of days between, both included."""
    complete: int
    """Days on which every kept section is complete."""
    missing: int
    """Days on which listed articles are not held."""
    open: int
    """Days that were not read to their end since they were over, or not in every kept section."""
    no_crawl: int
    """Days of which nothing is known."""
    articles_missing: int
    """Listed articles that are not held and wanted."""
    spans: tuple[Gap, ...]
    """The days that are not complete, newest first."""


def gaps_of(calendar: Calendar) -> Gaps:
    """Return the gaps of a calendar."""
    states = dict(_days(calendar))
    counts = Counter(states.values())
    return Gaps(
        since=calendar.since,
        until=calendar.until,
        days=len(states),
        complete=counts[State.COMPLETE] + counts[State.NO_NEWS],
        missing=counts[State.MISSING],
        open=counts[State.OPEN],
        no_crawl=counts[State.NO_CRAWL],
        articles_missing=sum(cell.failed for cell in calendar.cells),
        spans=tuple(reversed(list(_spans(states.items())))),
    )


def _days(calendar: Calendar) -> Iterator[tuple[date, State]]:
    kept = {cell.section for cell in calendar.cells if cell.walked_at is not None} or set(calendar.sections)
    by_day: defaultdict[date, list[State]] = defaultdict(list)
    for cell in calendar.cells:
        if cell.section in kept:
            by_day[cell.day].append(cell.state)
    return ((day, state_of(by_day[day])) for day in calendar.days)


def _spans(states: Iterable[tuple[date, State]]) -> Iterator[Gap]:
    for state, some in groupby(states, key=lambda one: one[1]):
        days = [day for day, _ in some]
        if not state.is_complete:
            yield Gap(since=days[0], until=days[-1], days=len(days), state=state)
