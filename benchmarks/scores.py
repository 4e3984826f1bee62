"""How well a reading of pages agrees with a reference: exact fields, paragraphs, words. Pure arithmetic.

Knows no page, no parser and no file.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from rapidfuzz.distance import Levenshtein

NAMED = "writers are named"
"""Every writer is among the people that a reading names, whoever else is: it may have one list of all."""


@dataclass(slots=True)
class Score:
    """What was counted over a set of pages."""

    pages: int = 0
    asked: Counter[str] = field(default_factory=Counter)
    """By field: pages for which the reference knows the value."""
    exact: Counter[str] = field(default_factory=Counter)
    """By field: pages of those that say exactly the same."""
    paragraphs_found: int = 0
    paragraphs_wanted: int = 0
    paragraphs_shared: int = 0
    word_edits: int = 0
    words_wanted: int = 0
    bodies: int = 0
    """Pages whose text the reference knows."""
    empty: int = 0
    """Pages of those with text for which none was found."""

    def add(self, reference: Mapping[str, Any], reading: Mapping[str, Any] | None) -> None:
        """Count one page. A reading of None (the page was refused, or the reader broke) has nothing of it."""
        self.pages += 1
        said = reading or {}
        for name in reference.keys() - {"body"}:
            self.asked[name] += 1
            self.exact[name] += said.get(name) == reference[name]
        if "authors" in reference:
            self.asked[NAMED] += 1
            self.exact[NAMED] += set(reference["authors"]) <= {*said.get("authors", ()), *said.get("editors", ())}
        if "body" in reference:
            self._add_body(reference["body"], said.get("body") or [])

    def _add_body(self, wanted: Sequence[str], found: Sequence[str]) -> None:
        self.bodies += 1
        self.empty += bool(wanted) and not found
        self.paragraphs_wanted += len(wanted)
        self.paragraphs_found += len(found)
        self.paragraphs_shared += (Counter(wanted) & Counter(found)).total()
        words = " ".join(wanted).split()
        self.words_wanted += len(words)
        self.word_edits += Levenshtein.distance(words, " ".join(found).split())

    @property
    def figures(self) -> dict[str, float]:
        """Every figure by name, the best is 1; the word error rate is turned round (`words` = 1 - rate)."""
        text = {
            "paragraph precision": _share(self.paragraphs_shared, self.paragraphs_found or self.paragraphs_wanted),
            "paragraph recall": _share(self.paragraphs_shared, self.paragraphs_wanted),
            "paragraph F1": _share(2 * self.paragraphs_shared, self.paragraphs_found + self.paragraphs_wanted),
            "words": 1 - self.word_error_rate,
            "not empty": 1 - self.empty / self.bodies if self.bodies else 1.0,
        }
        fields = {name: _share(self.exact[name], self.asked[name]) for name in sorted(self.asked)}
        return (text if self.bodies else {}) | fields

    @property
    def word_error_rate(self) -> float:
        """Word edits (substitutions, insertions, deletions) per word of the reference."""
        return self.word_edits / self.words_wanted if self.words_wanted else 0.0


def score(references: Iterable[tuple[str, Mapping[str, Any]]], readings: Mapping[str, Mapping[str, Any]]) -> Score:
    """Return the score of readings, by page, against the references of the same pages."""
    total = Score()
    for page, reference in references:
        total.add(reference, readings.get(page))
    return total


def _share(part: float, whole: float) -> float:
    return part / whole if whole else 1.0
