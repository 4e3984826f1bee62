"""What is amiss with the rows of a reparse, counted where they are made; and what follows from the sums.

A crawl is judged by what is usual, since nobody knows what its pages said before. Here mostly somebody does: the row
that the same fetch gave when it was read last. So the sums of the new rows stand against those of the old rows of the
same pages. Rows of pages of which nothing is held stand against the past of the archive near their month, where it has
one; fixed floors count only for pages that a gate has withheld before. Pure.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final, Self

from kompas_crawler.archive.months import Month
from kompas_crawler.quality import Baseline, Counts, QualityFinding, count, judge
from kompas_crawler.quality.baseline import ENOUGH, Usual
from kompas_crawler.quality.counts import Cell
from kompas_crawler.quality.judging import ALPHA

Row = Mapping[str, Any]

MUCH: Final = 2
"""A text has shrunk, or grown, by much when it is so many times shorter or longer than before."""
_SHRUNK: Final = "words_low"
_GROWN: Final = "words_high"


@dataclass(slots=True)
class Measured:
    """Sums of what is amiss."""

    before: Counts = field(default_factory=Counts)
    """Of the rows that the same fetches gave before."""
    after: Counts = field(default_factory=Counts)
    """Of the rows that took their place."""
    fresh: defaultdict[Month, Counts] = field(default_factory=lambda: defaultdict(Counts))
    """Of rows of pages of which nothing is held, by the month of their key."""
    retold: defaultdict[Month, Counts] = field(default_factory=lambda: defaultdict(Counts))
    """Of rows of pages that had been withheld, by the month of their key."""

    def compare(self, before: Sequence[Row], after: Sequence[Row]) -> None:
        """Count rows and those that take their place, in the same order."""
        self.before += count(before, {})
        self.after += count(after, {})
        for old, new in zip(before, after, strict=True):
            was, now = old["word_count"], new["word_count"]
            for name, is_amiss in ((_SHRUNK, now * MUCH < was), (_GROWN, now > was * MUCH and was > 0)):
                self.before.note(name, new["section"], is_amiss=False)
                self.after.note(name, new["section"], is_amiss=is_amiss)

    def __iadd__(self, other: Measured) -> Self:
        self.before += other.before
        self.after += other.after
        for mine, others in ((self.fresh, other.fresh), (self.retold, other.retold)):
            for month, counts in others.items():
                mine[month] += counts
        return self

    def as_json(self) -> dict[str, Any]:
        """Return the sums as they are remembered."""
        return {
            "before": _told(self.before),
            "after": _told(self.after),
            "fresh": {str(month.number): _told(counts) for month, counts in self.fresh.items()},
            "retold": {str(month.number): _told(counts) for month, counts in self.retold.items()},
        }

    @classmethod
    def from_json(cls, told: Mapping[str, Any]) -> Self:
        """Return the sums that were remembered. Raises `KeyError`, `TypeError`, `ValueError` for anything else."""
        found = cls(_counts(told["before"]), _counts(told["after"]))
        for name, counts_of in (("fresh", found.fresh), ("retold", found.retold)):
            for month, counts in told[name].items():
                counts_of[Month.of_number(int(month))] = _counts(counts)
        return found


@dataclass(frozen=True, slots=True)
class Deviation:
    """A finding, and of which rows it is."""

    finding: QualityFinding
    month: Month | None
    """Of rows of which nothing was held; null for those that took the place of others."""


@dataclass(frozen=True, slots=True)
class _Before:
    """What is usual: what the same pages gave before."""

    counts: Counts

    def usual(self, cell: Cell) -> Usual | None:
        """Return the share that it was."""
        articles, amiss = self.counts.articles[cell], self.counts.amiss[cell]
        return Usual((amiss + 0.5) / (articles + 1), articles + 1) if articles else None


@dataclass(frozen=True, slots=True)
class _OwnPast:
    """What is usual by an archive's own rows, without floors."""

    baseline: Baseline

    def usual(self, cell: Cell) -> Usual | None:
        """Return the share, null where too few rows tell."""
        return self.baseline.usual(cell) if self.baseline.counts.articles[cell] >= ENOUGH else None


def deviations(measured: Measured, baseline_near: Callable[[Month], Baseline]) -> Iterator[Deviation]:
    """Yield what deviates; a false alarm has the probability of one in a crawl (`judging.ALPHA`)."""
    judgements = 1 + len(measured.fresh) + len(measured.retold)
    alpha = ALPHA / judgements
    for finding in judge(measured.after, _Before(measured.before), alpha).findings:
        yield Deviation(finding, None)
    for month, counts in sorted(measured.fresh.items()):
        yield from _of_month(month, judge(counts, _OwnPast(baseline_near(month)), alpha).findings)
    for month, counts in sorted(measured.retold.items()):
        yield from _of_month(month, judge(counts, baseline_near(month), alpha).findings)


def _of_month(month: Month, findings: Iterable[QualityFinding]) -> Iterator[Deviation]:
    return (Deviation(finding, month) for finding in findings)


def _told(counts: Counts) -> list[tuple[str, str, int, int]]:
    return [
        (cell.measure, cell.section, articles, counts.amiss[cell]) for cell, articles in sorted(counts.articles.items())
    ]


def _counts(told: Iterable[Sequence[Any]]) -> Counts:
    counts = Counts()
    for measure, section, articles, amiss in told:
        counts.articles[Cell(measure, section)] = int(articles)
        if amiss:
            counts.amiss[Cell(measure, section)] = int(amiss)
    return counts
