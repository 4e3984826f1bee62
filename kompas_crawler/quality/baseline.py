"""What is usual: the shares of an archive's own recent rows, and fixed floors where these are too few to tell."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final, NamedTuple

from kompas_crawler.quality.counts import Cell, Counts, Limit, count, limits_of
from kompas_crawler.quality.measures import EXTENTS, MEASURES, UNPARSED, Row

ENOUGH: Final = 30
"""Articles of a section from which it tells by itself what is usual there."""
CERTAINTY: Final = 100.0
"""Articles that the best baseline is worth: hours differ by more than chance between articles explains."""
FLOOR_WEIGHT: Final = 20.0
"""Articles that a floor is worth beside those of the archive."""

_FLOORS: Final = {measure.name: measure.floor for measure in MEASURES}


class Usual(NamedTuple):
    """What is usual in one cell."""

    share: float
    weight: float
    """How many articles the share is worth."""


@dataclass(frozen=True, slots=True)
class Baseline:
    """What is usual in an archive; an empty one knows the floors alone."""

    counts: Counts = field(default_factory=Counts)
    limits: Mapping[Cell, Limit] = field(default_factory=dict)
    accepted: frozenset[Cell] = frozenset()
    """Cells in which a person has said that what was found is usual now: no floor counts there."""

    def usual(self, cell: Cell) -> Usual | None:
        """Return what is usual in a cell; null when neither the section nor a floor tells."""
        held, amiss = self.counts.articles[cell], self.counts.amiss[cell]
        floor = _FLOORS.get(cell.measure)
        if cell in self.accepted:
            return Usual((amiss + 1) / (held + 2), min(held + 2, CERTAINTY)) if held else None
        if held >= ENOUGH and cell.measure != UNPARSED:
            # Jeffreys' prior, half an article each way, where there is no floor.
            share, weight = (0.5, 1.0) if floor is None else (floor, FLOOR_WEIGHT)
            return Usual((amiss + share * weight) / (held + weight), min(held + weight, CERTAINTY))
        return None if floor is None else Usual(floor, CERTAINTY)


def baseline_of(rows: Sequence[Row], *, since: Mapping[Cell, Iterable[Row]] | None = None) -> Baseline:
    """Return the baseline that rows of an archive make, with at least the columns `measures.COLUMNS`.

    `since` holds, for each cell in which a person accepted what was found, the rows from then on: these alone count.
    """
    limits = limits_of(rows, enough=ENOUGH)
    counts = count(rows, limits)
    accepted = since or {}
    for cell, recent in accepted.items():
        own = count((row for row in recent if row["section"] == cell.section), limits)
        counts.articles[cell], counts.amiss[cell] = own.articles[cell], own.amiss[cell]
    for extent in EXTENTS:
        for section in counts.sections(extent.name):
            cell = Cell(extent.name, section)
            if cell not in accepted:
                counts.articles[cell], counts.amiss[cell] = limits[cell].articles, limits[cell].amiss
    return Baseline(counts, limits, frozenset(accepted))
