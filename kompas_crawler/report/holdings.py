"""What an archive holds and misses: the state of every day and section, and the articles that are not there.

Knows what makes a day complete. Refuses to guess: a day that no walk covered is said to be one.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum
from typing import Any, Final

from kompas_crawler.archive.coverage import REASONS_OF_A_RUN
from kompas_crawler.report.periods import Periods, periods_between
from kompas_crawler.report.reading import Source
from kompas_crawler.site.sections import SECTIONS

_COLUMNS: Final = (
    "day",
    "section",
    "listed",
    "held",
    "failed",
    "excluded",
    "unlisted",
    "missing",
    "missing_reasons",
    "walked_at",
    "is_complete",
)
_SETTLED: Final = ("gone", "excluded")
"""First words of the reasons for which an article is rightly not held, but for those of one run only."""


class DayState(StrEnum):
    """What is known about a day, worst first."""

    UNWALKED = "unwalked"
    """No walk of the index covered it."""
    MISSING = "missing"
    """Articles that the site listed are not held."""
    PARTLY = "partly"
    """Not every section that this archive follows was walked."""
    OPEN = "open"
    """Walked before the day was over, or not to the end of the list."""
    COMPLETE = "complete"
    """Everything that the site listed is held, or rightly not."""


class CellState(StrEnum):
    """What is known about a section in a period."""

    UNWALKED = "unwalked"
    OPEN = "open"
    MISSING = "missing"
    COMPLETE = "complete"


@dataclass(frozen=True, slots=True)
class Hole:
    """The articles of one day and section that are missing."""

    day: date
    section: str
    listed: int
    missing: int
    articles: tuple[tuple[str, str], ...]
    """Key and reason of each."""


@dataclass(frozen=True, slots=True)
class Cell:
    """One section in one period."""

    held: int
    listed: int
    missing: int
    state: CellState


@dataclass(frozen=True, slots=True)
class Holdings:
    """The coverage of an archive."""

    days: Mapping[date, DayState]
    """Every day of the span, in order; empty when nothing was ever walked."""
    periods: Periods | None
    """How the span is cut for a chart; null without days."""
    sections: tuple[str, ...]
    """Sections of the map, those with most articles first."""
    cells: Mapping[tuple[date, str], Cell]
    """By period and section; nothing was walked where there is none."""
    holes: tuple[Hole, ...]
    """Newest first."""
    listed: int
    held: int
    excluded: int
    unlisted: int
    """Articles known by other routes that the index never listed."""
    reasons: Mapping[str, int]
    """Why articles are missing."""

    @property
    def missing(self) -> int:
        """How many articles the site listed that are not held and should be."""
        return sum(hole.missing for hole in self.holes)

    def count(self, state: DayState) -> int:
        """Return how many days are in a state."""
        return sum(one is state for one in self.days.values())

    def stretches(self, *states: DayState) -> list[tuple[date, date]]:
        """Return the first and last day of each run of days in these states, newest first."""
        runs: list[tuple[date, date]] = []
        for day, state in self.days.items():
            if state not in states:
                continue
            if runs and runs[-1][1] == day - timedelta(days=1):
                runs[-1] = (runs[-1][0], day)
            else:
                runs.append((day, day))
        return runs[::-1]


def holdings_of(source: Source) -> Holdings:
    """Return the coverage of an archive."""
    rows = [row for chunk in source.chunks("coverage", _COLUMNS) for row in chunk.to_pylist()]
    followed = {row["section"] for row in rows if row["walked_at"]} & set(SECTIONS)
    days = _days(rows, followed, source)
    periods = periods_between(min(days), max(days)) if days else None
    volume: Counter[str] = Counter()
    for row in rows:
        volume[row["section"]] += row["held"]
    holes = tuple(sorted(_holes(rows), key=lambda hole: (hole.day, hole.section), reverse=True))
    return Holdings(
        days=days,
        periods=periods,
        sections=tuple(sorted(volume, key=lambda section: (-volume[section], section))),
        cells=_cells(rows, periods, days) if periods else {},
        holes=holes,
        listed=sum(row["listed"] for row in rows),
        held=sum(row["held"] for row in rows),
        excluded=sum(row["excluded"] for row in rows),
        unlisted=sum(row["unlisted"] for row in rows),
        reasons=Counter(reason for hole in holes for _, reason in hole.articles),
    )


def _days(rows: Sequence[Mapping[str, Any]], followed: set[str], source: Source) -> dict[date, DayState]:
    """Return the state of every day from the first to the last that was walked or listed, or of the whole window."""
    of_day: dict[date, list[Mapping[str, Any]]] = {}
    for row in rows:
        if row["walked_at"] or row["listed"]:
            of_day.setdefault(row["day"], []).append(row)
    if not of_day:
        return {}
    first, last = source.window.since or min(of_day), source.window.until or max(of_day)
    span = (first + timedelta(days=count) for count in range((last - first).days + 1))
    return {day: _state_of_day(of_day.get(day, ()), followed) for day in span}


def _state_of_day(rows: Sequence[Mapping[str, Any]], followed: set[str]) -> DayState:
    walked = {row["section"] for row in rows if row["walked_at"]}
    if not walked:
        return DayState.UNWALKED
    if any(row["failed"] for row in rows):
        return DayState.MISSING
    if followed - walked:
        return DayState.PARTLY
    return DayState.COMPLETE if all(row["is_complete"] for row in rows) else DayState.OPEN


def _cells(
    rows: Sequence[Mapping[str, Any]], periods: Periods, days: Mapping[date, DayState]
) -> dict[tuple[date, str], Cell]:
    length = Counter(periods.of(day) for day in days)
    together: dict[tuple[date, str], list[Mapping[str, Any]]] = {}
    for row in rows:
        if row["walked_at"] or row["listed"]:
            together.setdefault((periods.of(row["day"]), row["section"]), []).append(row)
    return {place: _cell(some, place, length[place[0]]) for place, some in together.items()}


def _cell(rows: Sequence[Mapping[str, Any]], place: tuple[date, str], days: int) -> Cell:
    missing = sum(row["failed"] for row in rows)
    # A section without a page of its own in the table has rows only for the days on which it was listed.
    is_whole = all(row["is_complete"] for row in rows) and (len(rows) >= days or place[1] not in SECTIONS)
    walked = any(row["walked_at"] for row in rows)
    state = CellState.COMPLETE if is_whole else CellState.OPEN if walked else CellState.UNWALKED
    return Cell(
        held=sum(row["held"] for row in rows),
        listed=sum(row["listed"] for row in rows),
        missing=missing,
        state=CellState.MISSING if missing else state,
    )


def _holes(rows: Sequence[Mapping[str, Any]]) -> Iterator[Hole]:
    for row in rows:
        if row["failed"]:
            named = zip(row["missing"], row["missing_reasons"], strict=True)
            articles = tuple((key, reason) for key, reason in named if not _is_settled(reason))
            yield Hole(row["day"], row["section"], row["listed"], row["failed"], articles)


def _is_settled(reason: str) -> bool:
    outcome, _, why = reason.partition(": ")
    return outcome in _SETTLED and why not in REASONS_OF_A_RUN
