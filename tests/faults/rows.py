"""What a line of the fault suite is: one kind of trouble, what must come of it, and what did.

Knows nothing of how a trouble is made (`answers`, `pages`) or judged (`batches`, `scenes`).
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from tests.faults.misbehaving import Exchange

Answer = Callable[[Exchange], Awaitable[None]]
"""Answers one request in whatever way."""

KEPT = "kept_new"
"""The article was stored, with exactly the text that its page shows."""

RIGHT = "right"
"""What the bare spider is noted for when it stored the article, or nothing where nothing was to be stored."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Fault:
    """One kind of trouble with the address of one article."""

    name: str
    group: str
    answer: Answer
    expected: str
    """`outcome` or `outcome: reason` in the books. What went beyond it (a row, a request) shows in what was got."""
    host: str = "nasional"
    """The label before `kompas.com`."""
    further: str = ""
    """A paragraph that the archive must hold behind the article's own text."""
    slugs: Sequence[str] = ("judul-berita",)
    """Each makes an address of the article that is given to the crawl."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Result:
    """What became of one kind of trouble."""

    fault: str
    group: str
    tries: int
    expected: str
    got: str
    """What happened, and how often where not every try came to the same."""
    bare: str | None = None
    """What Scrapy's bare spider made of it; null where it was not tried or the question does not arise."""

    @property
    def is_miss(self) -> bool:
        return self.got != self.expected


class Part(Protocol):
    """A part of the suite that is played as one."""

    @property
    def name(self) -> str:
        """What it is about."""

    def play(self, folder: Path, *, tries: int, seed: int, beside_bare: bool) -> list[Result]:
        """Try every kind of trouble so often, with files in `folder`."""


def told(counts: dict[str, int]) -> str:
    """Return several outcomes as one text: alone where all are the same, else each with its count.

    >>> told({"kept_new": 3}), told({"kept_new": 2, "failed: timeout": 1})
    ('kept_new', 'kept_new (2), failed: timeout (1)')
    """
    if len(counts) == 1:
        return next(iter(counts))
    return ", ".join(f"{text} ({count})" for text, count in counts.items())
