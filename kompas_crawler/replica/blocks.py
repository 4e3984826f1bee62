"""The body of an article as its author wrote it: blocks of text and what stands between them.

A block knows its words and links, and so what a reader would count as body text; how it looks in HTML is the
business of `bodymarkup`. This is where the truth about a body comes from.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Style = Literal["plain", "em", "strong", "tag", "link", "article_link"]
Look = Literal["whole", "nested", "second_strong", "hollow", "classless", "boxed", "english"]


@dataclass(frozen=True, slots=True)
class Span:
    """A run of words inside a sentence."""

    text: str
    style: Style = "plain"
    href: str | None = None


Line = tuple[Span, ...]
"""One line of running text."""


def words(line: Line) -> str:
    """The line as a reader sees it.

    >>> words((Span("Bank "), Span("Dunia", "link", "https://example.org"), Span(".")))
    'Bank Dunia.'
    """
    return "".join(span.text for span in line)


@dataclass(frozen=True, slots=True)
class Paragraph:
    """Running text in one `<p>`; `shape` says how it is set."""

    line: Line
    shape: Literal["normal", "bold", "heading", "loose", "quote"] = "normal"


@dataclass(frozen=True, slots=True)
class Lead:
    """The first paragraph with its dateline (`SOLO, KOMPAS.com - …`)."""

    city: str | None
    dash: str
    line: Line

    @property
    def dateline(self) -> str:
        """The dateline as printed, e.g. `SOLO, KOMPAS.com`."""
        return f"{self.city}, KOMPAS.com" if self.city else "KOMPAS.com"


@dataclass(frozen=True, slots=True)
class Broken:
    """Two lines in one `<p>`: parted by an empty line (`double`), or by a single break, which is only a space."""

    first: Line
    second: Line
    double: bool


@dataclass(frozen=True, slots=True)
class Listed:
    """A bulleted or numbered list."""

    lines: tuple[Line, ...]
    numbered: bool


@dataclass(frozen=True, slots=True)
class Table:
    """A table of short cells."""

    rows: tuple[tuple[str, ...], ...]


@dataclass(frozen=True, slots=True)
class BacaJuga:
    """A "Baca juga" line; `look` names the variant of its markup. The hollow one has lost its link."""

    title: str
    href: str
    article_id: str | None
    look: Look


@dataclass(frozen=True, slots=True)
class Photo:
    """A picture inside the body."""

    caption: str
    credit: str
    src: str


@dataclass(frozen=True, slots=True)
class Embed:
    """Something of another site, with the text it shows when its script does not run."""

    kind: Literal["tweet", "instagram", "youtube"]
    text: str
    name: str


@dataclass(frozen=True, slots=True)
class Filler:
    """What is neither text nor link: advertisement slots and empty paragraphs."""

    kind: Literal["ad", "empty", "strong", "survey"]


Block = Paragraph | Lead | Broken | Listed | Table | BacaJuga | Photo | Embed | Filler


def reading(block: Block) -> tuple[str, ...]:
    """The paragraphs that a block adds to the body text; empty for what is no text of the article.

    >>> reading(Table((("Kota", "Harga"), ("Solo", "500"))))
    ('Kota Harga', 'Solo 500')
    >>> reading(Lead("SOLO", "-", (Span("Panen dimulai."),)))
    ('SOLO, KOMPAS.com - Panen dimulai.',)
    """
    match block:
        case Paragraph(line=line):
            return (words(line),)
        case Lead(dash=dash, line=line):
            return (f"{block.dateline} {dash} {words(line)}",)
        case Broken(first=first, second=second, double=True):
            return words(first), words(second)
        case Broken(first=first, second=second):
            return (f"{words(first)} {words(second)}",)
        case Listed(lines=lines):
            return tuple(words(line) for line in lines)
        case Table(rows=rows):
            return tuple(" ".join(row) for row in rows)
        case _:
            return ()


def lines_of(block: Block) -> tuple[Line, ...]:
    """The lines of running text in a block, in order."""
    match block:
        case Paragraph(line=line) | Lead(line=line):
            return (line,)
        case Broken(first=first, second=second):
            return first, second
        case Listed(lines=lines):
            return lines
        case _:
            return ()
