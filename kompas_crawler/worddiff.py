"""What changed between two texts: paragraph by paragraph, and within a paragraph word by word. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher
from itertools import zip_longest
from typing import Final, Literal

Mark = Literal["=", "-", "+"]
Words = tuple[tuple[Mark, str], ...]
"""Runs of words: kept, taken out, put in."""

_ALIKE: Final = 0.4
"""Paragraphs that share less of their words are another paragraph, not a changed one."""


@dataclass(frozen=True, slots=True)
class ParagraphChange:
    """One paragraph that is not in both texts."""

    position: int
    """1, 2, … in the new text; of a paragraph that was taken out, where it stood before."""
    was: str | None
    """Null for a paragraph that is new."""
    now: str | None
    """Null for a paragraph that was taken out."""
    words: Words
    """What became of the words, as runs: `=` kept, `-` taken out, `+` put in."""


def diff_words(old: str, new: str) -> Words:
    """Return what became of the words of a text, as runs.

    >>> diff_words("Harga cabai naik tajam.", "Harga cabai turun.")
    (('=', 'Harga cabai'), ('-', 'naik tajam.'), ('+', 'turun.'))
    """
    was, now = old.split(), new.split()
    runs: list[tuple[Mark, str]] = []
    for tag, start, end, begin, stop in SequenceMatcher(None, was, now, autojunk=False).get_opcodes():
        if tag == "equal":
            runs.append(("=", " ".join(was[start:end])))
            continue
        if start < end:
            runs.append(("-", " ".join(was[start:end])))
        if begin < stop:
            runs.append(("+", " ".join(now[begin:stop])))
    return tuple(runs)


def diff_paragraphs(old: Sequence[str], new: Sequence[str]) -> list[ParagraphChange]:
    """Return the paragraphs that are not in both texts, in order.

    >>> [(one.position, one.was, one.now) for one in diff_paragraphs(["Satu.", "Dua."], ["Satu.", "Dua.", "Tiga."])]
    [(3, None, 'Tiga.')]
    """
    changes: list[ParagraphChange] = []
    for tag, start, end, begin, stop in SequenceMatcher(None, old, new, autojunk=False).get_opcodes():
        if tag != "equal":
            changes += _changes(old[start:end], new[begin:stop], start, begin)
    return changes


def _changes(was: Sequence[str], now: Sequence[str], start: int, begin: int) -> Iterator[ParagraphChange]:
    """Yield the changes of a passage: its paragraphs are paired in order while they are alike."""
    for offset, (old, new) in enumerate(zip_longest(was, now)):
        if old is not None and new is not None and are_alike(old, new):
            yield ParagraphChange(begin + offset + 1, old, new, diff_words(old, new))
            continue
        if old is not None:
            yield ParagraphChange(start + offset + 1, old, None, (("-", old),))
        if new is not None:
            yield ParagraphChange(begin + offset + 1, None, new, (("+", new),))


def are_alike(old: str, new: str) -> bool:
    """Return whether two paragraphs share enough of their words to be one that was changed."""
    return SequenceMatcher(None, old.split(), new.split(), autojunk=False).ratio() >= _ALIKE
