"""Whether articles deviate from what is usual by more than chance allows, and by enough to matter.

Each measure is judged in each section, then in all sections together that gave no finding by themselves, so that a
change of the whole site is noticed in an hour with two articles a section. One run may raise a false alarm with a
probability of at most `ALPHA`, shared evenly: half by the measures over all sections, half by the measures in single
sections (Bonferroni). A run that is looked at more than once shares it among its looks (`alpha_of_look`). An unlikely
count is a finding only if the share also rose by the measure's `least_rise`.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Final, NamedTuple, Protocol

from kompas_crawler.quality.baseline import Usual
from kompas_crawler.quality.chance import tail
from kompas_crawler.quality.counts import Cell, Counts
from kompas_crawler.quality.measures import EXTENT_FEWEST, EXTENT_RISE, EXTENTS, MEASURES

ALPHA: Final = 0.01
"""Probability of a false alarm in a run, at most. Counts being whole, and rises bounded, it is far lower in fact."""
DOUBT: Final = 0.5
"""The same from which on a batch is left waiting for the next one instead of being published."""
RARE: Final = 2
"""Measures of which two articles can be a finding are of what hardly ever occurs."""
EVERYWHERE: Final = "all sections"


class Standard(Protocol):
    """What counts are judged by: a baseline, as a rule."""

    def usual(self, cell: Cell) -> Usual | None:
        """Return what is usual in a cell; null when nothing tells."""


class _Rule(NamedTuple):
    says: str
    least_rise: float
    fewest: int


_RULES: Final = {measure.name: _Rule(measure.says, measure.least_rise, measure.fewest) for measure in MEASURES} | {
    extent.name: _Rule(extent.says, EXTENT_RISE, EXTENT_FEWEST) for extent in EXTENTS
}


@dataclass(frozen=True, slots=True, kw_only=True)
class QualityFinding:
    """One measure that deviates in one section, or in all of them together."""

    measure: str
    """Name of the column or flag."""
    section: str
    """Slug, or `all sections`."""
    sections: tuple[str, ...]
    """Sections in which it occurs."""
    articles: int
    amiss: int
    usual: float
    """Share that is usual."""
    chance: float
    """How likely so many are by chance."""

    @property
    def share(self) -> float:
        """Share of the articles with which it is amiss."""
        return self.amiss / self.articles

    def __str__(self) -> str:
        return (
            f"{self.measure} in {self.section}: {self.amiss} of {self.articles} articles {_RULES[self.measure].says} "
            f"({self.share:.0%}, usual {self.usual:.1%})"
        )


@dataclass(frozen=True, slots=True)
class Verdict:
    """What the gate thinks of some articles."""

    findings: tuple[QualityFinding, ...] = ()
    is_doubtful: bool = False
    """No finding, but a deviation of which more articles would tell."""

    @property
    def sections(self) -> frozenset[str]:
        """Sections whose articles are not to be published."""
        return frozenset(section for finding in self.findings for section in finding.sections)


class _Deviation(NamedTuple):
    finding: QualityFinding
    is_enough: bool
    """The rise and the number of articles are enough to matter."""


def alpha_of_look(look: int) -> float:
    """Return what the first, second, … look at a run may spend of `ALPHA`; all of them together never spend more.

    >>> [round(alpha_of_look(look), 6) for look in (1, 2, 10)]
    [0.005, 0.001667, 9.1e-05]
    """
    return ALPHA / (look * (look + 1))


def judge(counts: Counts, baseline: Standard, alpha: float = ALPHA) -> Verdict:
    """Return what deviates in the sums of a batch or a run; `alpha` is the probability of a false alarm, at most."""
    alone = [found for name in _RULES for found in _in_sections(name, counts, baseline)]
    found = _findings(alone, alpha / 2)
    spoken_for = {(finding.measure, section) for finding in found for section in finding.sections}
    together = [one for name in _RULES if (one := _together(name, counts, baseline, spoken_for)) is not None]
    found += _findings(together, alpha / 2)
    found = [replace(one, sections=_with_single_ones(one, alone, spoken_for)) for one in found]
    doubts = [*_findings(alone, DOUBT / 2), *_findings(together, DOUBT / 2)]
    return Verdict(tuple(found), is_doubtful=not found and bool(doubts))


def _with_single_ones(
    finding: QualityFinding, alone: Iterable[_Deviation], spoken_for: set[tuple[str, str]]
) -> tuple[str, ...]:
    """Return the sections of a finding, and those in which a single article shows the same.

    Of what hardly ever occurs, one article in a section is no accident in an hour in which others show it.
    """
    if _RULES[finding.measure].fewest > RARE:
        return finding.sections
    same = (one.finding for one in alone if one.finding.measure == finding.measure and one.finding.amiss)
    more = {one.section for one in same if (one.measure, one.section) not in spoken_for}
    return tuple(sorted(more.union(finding.sections)))


def _findings(deviations: Iterable[_Deviation], alpha: float) -> list[QualityFinding]:
    judged = list(deviations)
    return [one.finding for one in judged if one.is_enough and one.finding.chance < alpha / len(judged)]


def _in_sections(name: str, counts: Counts, baseline: Standard) -> Iterable[_Deviation]:
    for section in counts.sections(name):
        cell = Cell(name, section)
        usual = baseline.usual(cell)
        if usual is not None:
            yield _deviation(name, section, counts.articles[cell], counts.amiss[cell], usual, (section,))


def _together(name: str, counts: Counts, baseline: Standard, spoken_for: set[tuple[str, str]]) -> _Deviation | None:
    """Return how a measure deviates in all sections together, but for those of which it is said already.

    The usual share is that of the sections in proportion to their articles here. Sums over sections of different
    shares vary less than over equal ones, so this errs on the side of silence.
    """
    cells = [Cell(name, section) for section in counts.sections(name) if (name, section) not in spoken_for]
    known = [(cell, usual) for cell in cells if (usual := baseline.usual(cell)) is not None]
    articles = sum(counts.articles[cell] for cell, _ in known)
    if not articles:
        return None
    share = sum(counts.articles[cell] * usual.share for cell, usual in known) / articles
    weight = sum(counts.articles[cell] * usual.weight for cell, usual in known) / articles
    amiss = sum(counts.amiss[cell] for cell, _ in known)
    sections = tuple(cell.section for cell, _ in known if counts.amiss[cell])
    return _deviation(name, EVERYWHERE, articles, amiss, Usual(share, weight), sections)


def _deviation(
    name: str, section: str, articles: int, amiss: int, usual: Usual, sections: tuple[str, ...]
) -> _Deviation:
    rule = _RULES[name]
    finding = QualityFinding(
        measure=name,
        section=section,
        sections=sections,
        articles=articles,
        amiss=amiss,
        usual=usual.share,
        chance=tail(amiss, articles, share=usual.share, weight=usual.weight),
    )
    is_enough = amiss >= rule.fewest and amiss / articles - usual.share >= rule.least_rise
    return _Deviation(finding, is_enough)
