"""Periods: days, weeks, months, quarters or years, whichever keep a chart of many days readable.

Knows the calendar. Refuses to know what happened on the days.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum
from typing import Final

from kompas_crawler.report.words import MONTHS, Language, Words

MOST: Final = 62
"""Columns that fit beside each other: two months of days, five years of months."""


class Unit(StrEnum):
    """The length of a period."""

    DAY = "day"
    WEEK = "week"
    MONTH = "month"
    QUARTER = "quarter"
    YEAR = "year"


_STARTS: Final[dict[Unit, Callable[[date], date]]] = {
    Unit.DAY: lambda day: day,
    Unit.WEEK: lambda day: day - timedelta(days=day.weekday()),
    Unit.MONTH: lambda day: day.replace(day=1),
    Unit.QUARTER: lambda day: day.replace(month=day.month - (day.month - 1) % 3, day=1),
    Unit.YEAR: lambda day: day.replace(month=1, day=1),
}


@dataclass(frozen=True, slots=True)
class Periods:
    """The periods that cover some days, in order; each is named by its first day."""

    unit: Unit
    starts: tuple[date, ...]

    def of(self, day: date) -> date:
        """Return the period that a day is in."""
        return _STARTS[self.unit](day)

    def label(self, start: date) -> Words:
        """Return the name of a period.

        >>> periods_between(date(2021, 1, 1), date(2022, 12, 31)).label(date(2021, 5, 1))
        Words(id='Mei 2021', en='May 2021')
        """
        if self.unit is Unit.YEAR:
            return Words(str(start.year), str(start.year))
        if self.unit is Unit.QUARTER:
            quarter = start.month // 3 + 1
            return Words(f"Triwulan {quarter} {start.year}", f"Q{quarter} {start.year}")
        id_, en = (MONTHS[language][start.month - 1] for language in (Language.INDONESIAN, Language.ENGLISH))
        if self.unit is Unit.MONTH:
            return Words(f"{id_} {start.year}", f"{en} {start.year}")
        return Words(f"{start.day} {id_} {start.year}", f"{start.day} {en} {start.year}")


def periods_between(first: date, last: date) -> Periods:
    """Return the periods from one day to another, both included, in the shortest unit that gives few enough.

    >>> periods_between(date(2021, 4, 1), date(2021, 4, 30)).unit
    <Unit.DAY: 'day'>
    >>> periods_between(date(2015, 1, 1), date(2026, 1, 1)).unit
    <Unit.QUARTER: 'quarter'>
    """
    days = [first + timedelta(days=count) for count in range((last - first).days + 1)]
    for unit in Unit:
        starts = tuple(dict.fromkeys(_STARTS[unit](day) for day in days))
        if len(starts) <= MOST:
            break
    return Periods(unit, starts)
