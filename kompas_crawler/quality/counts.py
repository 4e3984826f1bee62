"""Sums of what is amiss: of each measure and section, how many articles it speaks of and how many are amiss."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Final, NamedTuple

from kompas_crawler.items import ContentType
from kompas_crawler.quality.measures import EXTENTS, MEASURES, UNPARSED, Row

LIST_LAYOUT: Final = "list"
"""Layout of rows that no page was read for: nothing can be amiss with what was not asked for."""


class Cell(NamedTuple):
    """One measure in one section."""

    measure: str
    section: str


class Limit(NamedTuple):
    """Beyond which number an extent counts as amiss in a section, and how often it did so there."""

    at: float
    articles: int
    amiss: int


@dataclass(slots=True)
class Counts:
    """How many articles each cell speaks of, and in how many something is amiss."""

    articles: Counter[Cell] = field(default_factory=Counter)
    amiss: Counter[Cell] = field(default_factory=Counter)

    def note(self, measure: str, section: str, *, is_amiss: bool, times: int = 1) -> None:
        """Count articles of one kind."""
        cell = Cell(measure, section)
        self.articles[cell] += times
        if is_amiss:
            self.amiss[cell] += times

    def __add__(self, other: Counts) -> Counts:
        return Counts(self.articles + other.articles, self.amiss + other.amiss)

    def sections(self, measure: str) -> list[str]:
        """Return the sections in which a measure has a say, in order."""
        return sorted(cell.section for cell, count in self.articles.items() if cell.measure == measure and count)


def count(rows: Iterable[Row], limits: Mapping[Cell, Limit], unparsed: Iterable[str] = ()) -> Counts:
    """Return the sums of rows, and of pages that became none, given by their sections.

    `limits` says from where on an extent is amiss; extents of other sections are not counted.
    """
    counts = Counts()
    for row in measurable(rows):
        for measure in MEASURES:
            is_amiss = measure.is_amiss(row)
            if is_amiss is not None:
                counts.note(measure.name, row["section"], is_amiss=is_amiss)
        for name, value in _extents(row):
            limit = limits.get(Cell(name, row["section"]))
            if limit is not None:
                counts.note(name, row["section"], is_amiss=_IS_BEYOND[name](value, limit.at))
    for section in unparsed:
        counts.note(UNPARSED, section, is_amiss=True)
    return counts


def limits_of(rows: Iterable[Row], *, enough: int) -> dict[Cell, Limit]:
    """Return the outer twentieths of the extents in each section that has `enough` articles."""
    values: dict[Cell, list[float]] = {}
    for row in measurable(rows):
        for name, value in _extents(row):
            values.setdefault(Cell(name, row["section"]), []).append(value)
    return {
        cell: _limit(sorted(some), is_low=_IS_LOW[cell.measure]) for cell, some in values.items() if len(some) >= enough
    }


def measurable(rows: Iterable[Row]) -> Iterator[Row]:
    """Yield the rows of articles whose page was read."""
    return (row for row in rows if row["layout"] != LIST_LAYOUT)


def _extents(row: Row) -> Iterator[tuple[str, float]]:
    if row["paragraph_count"] and row["content_type"] == ContentType.STANDARD and not row["is_sponsored"]:
        for extent in EXTENTS:
            value = extent.of(row)
            if value is not None:
                yield extent.name, value


def _limit(values: list[float], *, is_low: bool) -> Limit:
    if is_low:
        at = values[len(values) // 20]
        return Limit(at, len(values), bisect_left(values, at))
    at = values[-1 - len(values) // 20]
    return Limit(at, len(values), len(values) - bisect_right(values, at))


_IS_LOW: Final = {extent.name: extent.is_low for extent in EXTENTS}
_IS_BEYOND: Final = {
    extent.name: (lambda value, at: value < at) if extent.is_low else (lambda value, at: value > at)
    for extent in EXTENTS
}
