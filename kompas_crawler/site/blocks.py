"""How a container of HTML becomes lines on the screen: blocks, line breaks, blank lines, table rows.

It walks the tree once, in page order and without recursion, leaves out the elements that `boilerplate` names and says
so, and marks where links begin and end. What the lines mean is not its business.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import Enum, auto
from typing import Final, NamedTuple

from selectolax.lexbor import LexborNode

from kompas_crawler.site.boilerplate import MAY_SWALLOW, Rule, element_rule, holds_article_by_accident, is_post

LINK_START: Final = "\ufdd0"
"""Stands in a line where a link begins: a code point that no text may hold."""
LINK_END: Final = "\ufdd1"
"""Stands in a line where a link ends."""

_HEADINGS: Final = frozenset(("h1", "h2", "h3", "h4", "h5", "h6"))
_OTHER_BLOCKS: Final = (
    "address article aside blockquote body caption center dd details dialog dir div dl dt fieldset figcaption figure"
    " footer form header hgroup hr html legend li main menu nav ol p pre search section summary table tbody tfoot thead"
    " tr ul"
)
_CELLS: Final = frozenset(("td", "th"))
_BLOCKS: Final = _HEADINGS.union(_OTHER_BLOCKS.split(), _CELLS)
_EMPHASES: Final = frozenset(("em", "i", "small"))
_LONGEST_CAPTION: Final = 400
_CODE: Final = frozenset(("script", "style", "noscript", "iframe", "template"))
# A line of zero-width characters alone is blank.
_INVISIBLE: Final = "\u200b\u200c\u200d\u2060\ufeff\u00ad\u200e\u200f"
_SHORTEST_ACCIDENT: Final = 100


class Tag(NamedTuple):
    """An opening `<a>`."""

    href: str
    classes: str | None


class Line(NamedTuple):
    """Text up to a line break or the border of its block, white space as in the source."""

    raw: str
    """Each link stands between `LINK_START` and `LINK_END`."""
    tags: list[Tag]
    """The links, in the order of their marks."""


class Block(NamedTuple):
    """The lines between two borders: of a block, of a table row, or a blank line."""

    lines: list[Line]
    """Never empty, each with something to read."""
    is_heading: bool
    rule: Rule | None
    """Set for the caption of a bare image, and for loose text directly inside an element that should go but had
    swallowed the article."""


class Dropped(NamedTuple):
    """An element that is left out, with everything in it."""

    rule: Rule
    node: LexborNode

    @property
    def text(self) -> str:
        """Its text, white space collapsed; may be empty."""
        return _text(self.node)


def read_blocks(container: LexborNode) -> list[Block | Dropped]:
    """The blocks and the left-out elements of a container, in page order. The tree is not changed.

    A row of a table is one block, its cells parted by one space; a row of a single cell is laid out like any other
    block. An element that seems to have swallowed the article, for want of a closing tag, is not left out: only the
    loose text in it is, as a block with a `rule`. A short block in italics right below a bare `<img>` is its caption.
    """
    writer = _Writer()
    frame = _Frame(container, _Leave.NOTHING, False, False, False, None)
    stack: list[_Frame] = []
    node = container.first_child
    while node is not None or stack:
        if node is None:
            writer.leave(frame)
            node, frame = frame.node.next, stack.pop()
            continue
        tag = node.tag or ""
        if tag == "-text":
            writer.write(node.text_content or "", is_plain=not frame.in_emphasis)
        elif tag == "br":
            if frame.in_row:
                writer.write(" ")
            elif writer.is_second_break():
                writer.end_block(frame)
        elif not tag.startswith("-"):
            inner = _open(node, tag, frame, writer)
            if inner is not None:
                stack.append(frame)
                node, frame = node.first_child, inner
                continue
        node = node.next
    writer.end_block(frame)
    return writer.pieces


class _Leave(Enum):
    """What happens where an element ends."""

    NOTHING = auto()
    BLOCK = auto()
    SPACE = auto()
    LINK = auto()


class _Frame(NamedTuple):
    """An open element."""

    node: LexborNode
    leave: _Leave
    is_heading: bool
    in_row: bool
    in_emphasis: bool
    loose_rule: Rule | None


def _open(node: LexborNode, tag: str, outer: _Frame, writer: _Writer) -> _Frame | None:
    """Write down where an element begins; return its frame, None where nothing in it is to be read."""
    attributes = node.attributes
    rule = element_rule(tag, attributes)
    if rule is None:
        if tag == "blockquote" and _is_post(node):
            rule = Rule.EMBED
        elif tag == "img":
            writer.after_image = True
    is_block = tag in _BLOCKS
    if is_block:
        if outer.in_row:
            writer.write(" ")
        else:
            writer.end_block(outer)
    loose_rule = None if is_block else outer.loose_rule
    if rule is not None:
        if not _is_accident(rule, node, tag):
            writer.pieces.append(Dropped(rule, node))
            writer.write(" ")
            return None
        loose_rule = rule
    if node.first_child is None:
        return None
    leave = _Leave.NOTHING
    in_row = outer.in_row
    if is_block:
        leave = _Leave.SPACE if in_row else _Leave.BLOCK
        in_row = in_row or (tag == "tr" and _has_many_cells(node))
    elif tag == "a" and (href := attributes.get("href")) and writer.link is None:
        leave = _Leave.LINK
        writer.open_link(Tag(href, attributes.get("class")))
    in_emphasis = outer.in_emphasis or tag in _EMPHASES
    return _Frame(node, leave, outer.is_heading or tag in _HEADINGS, in_row, in_emphasis, loose_rule)


def _has_many_cells(row: LexborNode) -> bool:
    return sum(child.tag in _CELLS for child in row.iter()) > 1


def _is_accident(rule: Rule, node: LexborNode, tag: str) -> bool:
    if tag == "figure" and node.css_first("table") is not None:
        return True
    if rule not in MAY_SWALLOW or node.first_child is None or len(node.text()) < _SHORTEST_ACCIDENT:
        return False
    return holds_article_by_accident(rule, [paragraph.text() for paragraph in node.css("p")])


def _is_post(quote: LexborNode) -> bool:
    links = quote.css("a[href]")
    return bool(links) and is_post(quote.text(), links[-1].attributes.get("href") or "")


def _text(node: LexborNode) -> str:
    if node.first_child is None or node.tag in _CODE:
        return ""
    parts = (
        text.text_content or ""
        for text in node.traverse(include_text=True)
        if text.tag == "-text" and (text.parent is None or text.parent.tag not in _CODE)
    )
    return " ".join(" ".join(parts).split())


@dataclass(slots=True)
class _Writer:
    """Collects text into lines and lines into blocks."""

    pieces: list[Block | Dropped] = field(default_factory=list)
    lines: list[Line] = field(default_factory=list)
    parts: list[str] = field(default_factory=list)
    tags: list[Tag] = field(default_factory=list)
    link: Tag | None = None
    has_ink: bool = False
    after_break: bool = False
    after_image: bool = False
    may_be_caption: bool = False

    def write(self, text: str, *, is_plain: bool = True) -> None:
        if not text.isascii() and (LINK_START in text or LINK_END in text):
            text = text.replace(LINK_START, "").replace(LINK_END, "")
        self.parts.append(text)
        is_settled = self.has_ink and not self.may_be_caption and not self.after_image
        if is_settled or text.isspace() or not text.strip().strip(_INVISIBLE):
            return
        is_first = not self.has_ink and not self.lines
        self.may_be_caption = not is_plain and (self.after_image if is_first else self.may_be_caption)
        self.has_ink = True
        self.after_break = self.after_image = False

    def open_link(self, tag: Tag) -> None:
        self.link = tag
        self.tags.append(tag)
        self.parts.append(LINK_START)

    def close_link(self) -> None:
        self.link = None
        self.parts.append(LINK_END)

    def is_second_break(self) -> bool:
        """Ends the line at a `<br>`; whether this break follows another with nothing to read between them."""
        is_second = self.after_break and not self.has_ink
        self._end_line()
        self.after_break = True
        return is_second

    def leave(self, frame: _Frame) -> None:
        if frame.leave is _Leave.BLOCK:
            self.end_block(frame)
        elif frame.leave is _Leave.LINK:
            self.close_link()
        elif frame.leave is _Leave.SPACE:
            self.write(" ")

    def end_block(self, frame: _Frame) -> None:
        if self.parts:
            self._end_line()
        self.after_break = False
        if self.lines:
            lines, self.lines = self.lines, []
            is_caption = (
                self.may_be_caption
                and not frame.is_heading
                and sum(len(line.raw) for line in lines) <= _LONGEST_CAPTION
            )
            self.pieces.append(Block(lines, frame.is_heading, Rule.CAPTION if is_caption else frame.loose_rule))

    def _end_line(self) -> None:
        """A link that goes on across the end of a line is closed there and opened again."""
        link = self.link
        if link is not None:
            self.close_link()
        if self.has_ink:
            self.lines.append(Line("".join(self.parts), self.tags))
            self.tags, self.has_ink = [], False
        elif self.tags:
            self.tags = []
        self.parts = []
        if link is not None:
            self.open_link(link)
