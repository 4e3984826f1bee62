"""The shape of a page that fits no layout: where its headline, times, text and credits seem to stand.

A summary for the person who writes the next layout: places named as selectors, sizes instead of text. It guesses by
what a reader sees (headings, printed times, running paragraphs, labels of credits) and by no class that is known;
nothing is parsed by it.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from itertools import islice
from typing import Final

from selectolax.lexbor import LexborHTMLParser, LexborNode, SelectolaxError

from kompas_crawler.site.bounds import excess
from kompas_crawler.site.dates import parse_printed_time

_SHOWN: Final = 4
"""So many places of a kind are named, the likeliest first."""
_ANCESTORS: Final = 3
_CLASSES: Final = 4
_RUNNING_TEXT: Final = 60
"""Characters from which a block counts as running text."""
_LONGEST_STAMP: Final = 90
_LONGEST_CREDIT: Final = 120
_CREDIT: Final = re.compile(r"\s*(?:penulis|editor|writer|author|reporter|oleh|tim redaksi)\b", re.IGNORECASE)
_BLOCKS: Final = "p, li, span, div, blockquote, td"
_SMALL: Final = "time, span, div, p, h6, td, small"
_STATED: Final = {
    "og:title": 'meta[property="og:title"]',
    "og:url": 'meta[property="og:url"]',
    "article:published_time": 'meta[property="article:published_time"]',
    "content_PublishedDate": 'meta[name="content_PublishedDate"]',
    "content_author": 'meta[name="content_author"]',
    "canonical": 'link[rel="canonical"]',
    "json_ld": 'script[type="application/ld+json"]',
}


@dataclass(frozen=True, slots=True)
class Place:
    """One place of a page."""

    selector: str
    """The element and what it stands in, e.g. `div.read__article > div.nx-content`."""
    count: int
    """Elements found there: headings, stamps, blocks of text, labels."""
    size_chars: int
    """Characters of their text together."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Shape:
    """What a page is made of; every tuple holds the likeliest place first and is empty where none was found."""

    headlines: tuple[Place, ...]
    """`h1` and `h2` elements."""
    times: tuple[Place, ...]
    """Elements that hold little but a printed time."""
    bodies: tuple[Place, ...]
    """Parents of running text."""
    credits: tuple[Place, ...]
    """Short elements that begin with a label such as `Penulis`."""
    stated: tuple[str, ...]
    """What the page says for machines: `og:title`, `json_ld`, …"""

    def __str__(self) -> str:
        places = {"headline": self.headlines, "time": self.times, "text": self.bodies, "credits": self.credits}
        shown = (f"{name} in {some[0].selector}" for name, some in places.items() if some)
        return "; ".join(shown) or "no headline, time or running text"


def shape_of(page: bytes) -> Shape:
    """Return the shape of a page, whatever its markup; an empty one for bytes that are no HTML that can be parsed.

    >>> page = b"<div class=nx><h1 class='nx-t'>Banjir</h1><i>x</i><p class=d>14/04/2021, 20:59 WIB</p></div>"
    >>> shape = shape_of(page)
    >>> shape.headlines[0].selector, shape.times[0].selector, shape.bodies
    ('div.nx > h1.nx-t', 'div.nx > p.d', ())
    """
    nothing = Shape(headlines=(), times=(), bodies=(), credits=(), stated=())
    if excess(page) is not None:
        return nothing
    try:
        tree = LexborHTMLParser(page.decode("utf-8", "replace"), scripting=True)
    except (SelectolaxError, ValueError):
        return nothing
    for noise in tree.css("script:not([type='application/ld+json']), style"):
        noise.decompose()
    return Shape(
        headlines=_places(tree.css("h1, h2")),
        times=_places(_stamps(tree)),
        bodies=_bodies(tree),
        credits=_places(_credits(tree)),
        stated=tuple(name for name, selector in _STATED.items() if tree.css_first(selector) is not None),
    )


def _stamps(tree: LexborHTMLParser) -> list[LexborNode]:
    return _innermost(tree, lambda text: len(text) <= _LONGEST_STAMP and parse_printed_time(text) is not None)


def _credits(tree: LexborHTMLParser) -> list[LexborNode]:
    return _innermost(tree, lambda text: len(text) <= _LONGEST_CREDIT and _CREDIT.match(text) is not None)


def _innermost(tree: LexborHTMLParser, fits: Callable[[str], bool]) -> list[LexborNode]:
    """The small elements whose text fits, without those that only wrap another such."""
    found = [node for node in tree.css(_SMALL) if (text := " ".join(node.text().split())) and fits(text)]
    wrapping = {ancestor.mem_id for node in found for ancestor in _ancestors(node)}
    return [node for node in found if node.mem_id not in wrapping]


def _ancestors(node: LexborNode) -> Iterator[LexborNode]:
    step = node.parent
    while step is not None:
        yield step
        step = step.parent


def _places(nodes: Iterable[LexborNode]) -> tuple[Place, ...]:
    """The places of some elements: those higher in the markup's own order of ranks (h1 before h2) first."""
    counts: Counter[str] = Counter()
    sizes: Counter[str] = Counter()
    ranks: dict[str, tuple[str, int]] = {}
    for order, node in enumerate(nodes):
        size = len(" ".join(node.text().split()))
        if not size:
            continue
        selector = _selector(node)
        counts[selector] += 1
        sizes[selector] += size
        ranks.setdefault(selector, (node.tag or "" if node.tag in ("h1", "h2") else "", order))
    return tuple(Place(name, counts[name], sizes[name]) for name in sorted(counts, key=ranks.__getitem__)[:_SHOWN])


def _bodies(tree: LexborHTMLParser) -> tuple[Place, ...]:
    """The parents that hold most running text of their own children."""
    parents: dict[int, LexborNode] = {}
    counts: Counter[int] = Counter()
    sizes: Counter[int] = Counter()
    for node in tree.css(_BLOCKS):
        parent, size = node.parent, len(" ".join(node.text(deep=node.tag in ("p", "li")).split()))
        if parent is not None and size >= _RUNNING_TEXT:
            parents.setdefault(parent.mem_id, parent)
            counts[parent.mem_id] += 1
            sizes[parent.mem_id] += size
    best = sorted(sizes, key=sizes.__getitem__, reverse=True)[:_SHOWN]
    return tuple(Place(_selector(parents[one]), counts[one], sizes[one]) for one in best)


def _selector(node: LexborNode) -> str:
    steps = [node, *islice(_ancestors(node), _ANCESTORS - 1)]
    return " > ".join(_name(step) for step in reversed(steps) if step.tag not in (None, "body", "html", "-undef"))


def _name(node: LexborNode) -> str:
    attributes = node.attributes
    identity = f"#{attributes['id']}" if attributes.get("id") else ""
    classes = "".join(f".{name}" for name in (attributes.get("class") or "").split()[:_CLASSES])
    return f"{node.tag}{identity}{classes}"
