"""The body of an article: paragraphs and links of its container, as a reader sees them.

`blocks` lays the container out in lines, `boilerplate` and `link_lines` say which of them are no body text; here the
lines become paragraphs. Everything that is taken out is reported with the name of its rule, so each word of the
container is in a paragraph or accounted for. Which element of a page is the container is known elsewhere.
"""

from __future__ import annotations

import re
from bisect import bisect_left, bisect_right
from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from itertools import accumulate, chain, zip_longest
from typing import Final, NamedTuple

from selectolax.lexbor import LexborNode

from kompas_crawler.items import Link, LinkKind
from kompas_crawler.site.blocks import LINK_END, LINK_START, Block, Dropped, Line, read_blocks
from kompas_crawler.site.boilerplate import Rule, call_start, line_rule
from kompas_crawler.site.bylines import count_credits_below, is_byline, is_profile
from kompas_crawler.site.link_lines import LINK, Anchor, judge, link_text, make_anchor


@dataclass(frozen=True, slots=True)
class Removed:
    """Text of the container that is no body text."""

    rule: Rule
    """Why it was taken out."""
    text: str
    """White space collapsed, never empty."""


@dataclass(frozen=True, slots=True)
class Body:
    """What the container of an article holds."""

    paragraphs: tuple[str, ...]
    """In page order, none empty, white space collapsed. Empty when the article has no text."""
    links: tuple[Link, ...]
    """Baca juga and inline links, each kind numbered 1, 2, … in page order."""
    taken_out: tuple[Removed | Dropped, ...]
    """Everything that was taken out, elements with or without text."""

    @property
    def removed(self) -> tuple[Removed, ...]:
        """The texts that were taken out. They are read from the tree here, since a crawl never asks for them."""
        return tuple(Removed(piece.rule, text) for piece in self.taken_out if (text := piece.text))

    @property
    def text(self) -> str:
        """The paragraphs, parted by one blank line."""
        return "\n\n".join(self.paragraphs)


def extract_body(container: LexborNode, url: str) -> Body:
    """The paragraphs and links of an article's container; everything else that it holds is in `removed`.

    `url` is the address of the page, for relative links. The tree is read only, never changed, and walked without
    recursion.
    """
    assembly = _Assembly(url)
    for piece in read_blocks(container):
        if isinstance(piece, Dropped):
            assembly.drop(piece)
        else:
            assembly.add(piece)
    return assembly.finish()


_LINKED: Final = re.compile(f"{LINK_START}([^{LINK_END}]*){LINK_END}")
_INVISIBLE: Final = "\u200b\u200c\u200d\u2060\ufeff\u200e\u200f "
_SENTENCE_END: Final = re.compile(r"[.!?:;…][\"'”’)\]]*$")
_CLOSING: Final = frozenset(".,;:!?)]”’")
_AFTER_SYNDICATION: Final = re.compile(r"\W*(?:penulis|editor)\s*:|\W*klik untuk baca\b", re.IGNORECASE)
_TOP_PARAGRAPHS: Final = 2
_HAS_WORD: Final = re.compile(r"\w")


class _Text(NamedTuple):
    """A line with white space collapsed."""

    plain: str
    masked: str
    """The line with each link's text replaced by one mark."""
    anchors: list[Anchor]
    """The links, in the order of their marks."""

    def starts(self) -> list[int]:
        """Where in the plain text each link begins."""
        return [mark + shift for mark, shift in zip(self._marks(), self._shifts(), strict=False)]

    def to_plain(self, positions: Iterable[int]) -> list[int]:
        """Where in the plain text some positions of the masked text are."""
        marks, shifts = self._marks(), self._shifts()
        return [position + shifts[bisect_left(marks, position)] for position in positions]

    def _marks(self) -> list[int]:
        return [match.start() for match in re.finditer(LINK, self.masked)]

    def _shifts(self) -> list[int]:
        """How far the plain text is ahead of the masked one before each mark, and after the last."""
        return list(accumulate((len(anchor.text) - 1 for anchor in self.anchors), initial=0))


class _Cut(NamedTuple):
    """A span of the plain text that is no body text."""

    start: int
    end: int
    rule: Rule


@dataclass(slots=True)
class _Assembly:
    """Turns blocks into paragraphs, remembering what the line before leads to expect."""

    url: str
    paragraphs: list[str] = field(default_factory=list)
    taken_out: list[Removed | Dropped] = field(default_factory=list)
    links: dict[LinkKind, list[Anchor]] = field(default_factory=lambda: {LinkKind.BACA_JUGA: [], LinkKind.INLINE: []})
    awaited: Rule | None = None
    """A lead ("Baca juga:") or a notice ("… telah tayang di …") whose link may stand in the next line."""

    def drop(self, dropped: Dropped) -> None:
        if dropped.rule is Rule.LINK_BOX:
            for node in dropped.node.css("a[href]"):
                attributes = node.attributes
                if "href" not in attributes:  # a link of a drawing has `xlink:href`, which the query finds too
                    continue
                anchor = make_anchor(collapse(node.text()), attributes["href"] or "", None, self.url)
                if anchor is not None and anchor.text:
                    self.links[LinkKind.BACA_JUGA].append(anchor)
        self.taken_out.append(dropped)

    def add(self, block: Block) -> None:
        kept: list[str] = []
        for line in block.lines:
            text = _read(line, self.url)
            cuts = self._cuts(text, block, kept)
            body = self._apply(text, cuts) if cuts else self._keep(text)
            if body:
                kept.append(body)
        if kept:
            self.paragraphs.append(" ".join(kept))

    def finish(self) -> Body:
        for _ in range(count_credits_below(self.paragraphs)):
            self._remove(Rule.SOURCE, self.paragraphs.pop())
        while self.paragraphs and is_profile(self.paragraphs[-1], is_last=True):
            self._remove(Rule.PROFILE, self.paragraphs.pop())
        links = tuple(
            Link(kind=kind, position=position, text=anchor.text, url=anchor.url, article_id=anchor.article_id)
            for kind, anchors in self.links.items()
            for position, anchor in enumerate(anchors, 1)
        )
        return Body(tuple(self.paragraphs), links, tuple(self.taken_out))

    def _cuts(self, text: _Text, block: Block, kept: list[str]) -> list[_Cut]:
        """What of a line is no body text; sets what the next line may be."""
        awaited, self.awaited = self.awaited, None
        is_top = len(self.paragraphs) < _TOP_PARAGRAPHS and not kept
        rule = block.rule or _whole_line_rule(text, awaited, is_top=is_top)
        if rule is not None:
            self.awaited = rule if rule is Rule.SYNDICATION else None
            return [_Cut(0, len(text.plain), rule)]
        is_awaited = awaited is Rule.LINK_LINE
        verdict = judge(
            text.masked,
            text.anchors,
            is_heading=block.is_heading,
            is_awaited=is_awaited,
            continues=bool(kept) and not _SENTENCE_END.search(kept[-1]),
        )
        if verdict.awaits_link or (is_awaited and verdict.cuts):
            self.awaited = Rule.LINK_LINE
        call = call_start(text.plain)
        if not verdict.cuts and call is None:
            return []
        end = len(text.plain) if call is None else call
        borders = [min(border, end) for border in text.to_plain(chain.from_iterable(verdict.cuts))]
        spans = zip(borders[::2], borders[1::2], strict=True)
        cuts = [_Cut(start, stop, Rule.LINK_LINE) for start, stop in spans if start < stop]
        return cuts if call is None else [*cuts, _Cut(call, len(text.plain), Rule.CALL)]

    def _keep(self, text: _Text) -> str:
        self.links[LinkKind.INLINE] += text.anchors
        return text.plain

    def _apply(self, text: _Text, cuts: list[_Cut]) -> str:
        """The rest of a line without its cuts; its links and the removed text are noted."""
        cut_starts = [cut.start for cut in cuts]
        for start, anchor in zip(text.starts(), text.anchors, strict=True):
            cut = cuts[bisect_right(cut_starts, start) - 1]
            rule = cut.rule if cut.start <= start < cut.end else None
            if rule is None:
                self.links[LinkKind.INLINE].append(anchor)
            elif rule is Rule.LINK_LINE and (headline := link_text(anchor.text)):
                self.links[LinkKind.BACA_JUGA].append(replace(anchor, text=headline))
        rest, position = "", 0
        for cut in cuts:
            rest = _join(rest, text.plain[position : cut.start])
            self._remove(cut.rule, collapse(text.plain[cut.start : cut.end]))
            position = cut.end
        rest = _join(rest, text.plain[position:])
        if _HAS_WORD.search(rest):
            return rest
        self._remove(cuts[-1].rule, rest)
        return ""

    def _remove(self, rule: Rule, text: str) -> None:
        if text:
            self.taken_out.append(Removed(rule, text))


def _whole_line_rule(text: _Text, awaited: Rule | None, *, is_top: bool) -> Rule | None:
    """The rule that takes a whole line out by its words; None when links or a part of it have to be judged."""
    rule = line_rule(text.plain)
    if rule is None and awaited is Rule.SYNDICATION:
        is_link_only = not text.masked.strip(f"{LINK} .\"'“”")
        if is_link_only or _AFTER_SYNDICATION.match(text.plain):
            rule = Rule.SYNDICATION
    if rule is None and is_top and is_byline(text.plain):
        rule = Rule.BYLINE
    if rule is None and is_profile(text.plain, is_last=False):
        rule = Rule.PROFILE
    return rule


def collapse(text: str) -> str:
    """The text with every run of white space as one space and nothing invisible around it.

    >>> collapse("  Rp\\xa0 5\\n juta\\u200b ")
    'Rp 5 juta'
    """
    return " ".join(text.split()).strip(_INVISIBLE)


def _join(left: str, right: str) -> str:
    left, right = left.rstrip(), right.strip()
    return left + right if not left or not right or right[0] in _CLOSING else f"{left} {right}"


def _read(line: Line, base_url: str) -> _Text:
    """A line with its links: blank links and links to tags are plain text, the pieces of a divided link are one."""
    if not line.tags:
        plain = collapse(line.raw)
        return _Text(plain, plain, [])
    parts = [""]
    anchors: list[Anchor] = []
    position = 0
    for tag, match in zip(line.tags, _LINKED.finditer(line.raw), strict=True):
        between, inner = line.raw[position : match.start()], match[1]
        position = match.end()
        text = collapse(inner)
        anchor = make_anchor(text, tag.href, tag.classes, base_url) if text else None
        if anchor is None:
            parts[-1] += between + inner
            continue
        gap = between + (" " if inner[0].isspace() else "")
        after = " " if inner[-1].isspace() else ""
        if anchors and anchors[-1].url == anchor.url and not (parts[-1] + gap).strip():
            space = " " if parts[-1] + gap else ""
            anchors[-1] = replace(anchor, text=f"{anchors[-1].text}{space}{text}")
            parts[-1] = after
        else:
            parts[-1] += gap
            parts.append(after)
            anchors.append(anchor)
    parts[-1] += line.raw[position:]
    masked = collapse(LINK.join(parts))
    plain = "".join(
        chain.from_iterable(zip_longest(masked.split(LINK), (anchor.text for anchor in anchors), fillvalue=""))
    )
    return _Text(plain, masked, anchors)
