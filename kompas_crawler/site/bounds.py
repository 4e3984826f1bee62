"""What no page of the site is: so deeply nested, or with so many attributes in one tag, that parsing it takes for ever.

The HTML standard makes a parser look up the whole stack of open elements for each block, and at all attributes of a tag
for each further one. So the time grows with the square: a page of 5 MB holds a parser for an hour. Browsers stop at a
depth of 512. Everything else about a page may be odd; it is read as it is.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

MOST_DEPTH: Final = 2_000
"""Elements within elements; the real pages have some thirty. End tags that may be left out count as missing here."""
MOST_ATTRIBUTES: Final = 2_000
"""Attributes of one tag."""

# A page with fewer tags cannot nest them so deeply that it matters; the real ones have up to some 5,000.
_FEW_TAGS: Final = 8_000

_TAG: Final = re.compile(rb"<(/?)([a-zA-Z][a-zA-Z0-9]*)")
_VOID: Final = frozenset(b"area base br col embed hr img input link meta param source track wbr".split())
_VALUE: Final = re.compile(rb"\"[^\"]*\"|'[^']*'")
# A tag up to its end; a quotation mark without its fellow is a character like any other.
_TO_TAG_END: Final = re.compile(rb"(?:[^>\"']+|\"[^\"]*\"|'[^']*'|[\"'])*+")
_LONG_PIECE: Final = 2 * MOST_ATTRIBUTES


def excess(page: bytes | str) -> str | None:
    """Why a page is not to be parsed, `too_deep` or `too_many_attributes`; None when it may be.

    >>> excess(b"<div>" * 100_000), excess(b"<p " + b"a " * 100_000 + b">"), excess(b"<br>" * 100_000)
    ('too_deep', 'too_many_attributes', None)
    """
    html = page.encode("utf-8", "replace") if isinstance(page, str) else page
    if html.count(b"<") >= _FEW_TAGS and _depth(html) > MOST_DEPTH:
        return "too_deep"
    is_wide = any(_attributes(html, start, end) > MOST_ATTRIBUTES for start, end in _long_pieces(html))
    return "too_many_attributes" if is_wide else None


def _long_pieces(html: bytes) -> Iterator[tuple[int, int]]:
    """Borders of what stands between two `<`, where that is long: text, or a long tag and the text behind it."""
    before = -1
    while len(html) - before > _LONG_PIECE + 1:
        # Looking backwards from where the next one must stand at the latest passes over all between unseen.
        following = html.rfind(b"<", before + 1, before + _LONG_PIECE + 2)
        if following < 0:
            following = html.find(b"<", before + 1)
            following = len(html) if following < 0 else following
            yield before + 1, following
        before = following


def _depth(html: bytes) -> int:
    deepest = depth = 0
    for closing, name in _TAG.findall(html):
        if closing:
            depth = max(0, depth - 1)
        elif name.lower() not in _VOID:
            depth += 1
            deepest = max(deepest, depth)
    return deepest


def _attributes(html: bytes, start: int, end: int) -> int:
    """Count the attributes of the tag that a piece begins with."""
    tag = _TO_TAG_END.match(html, start, end)
    return len(_VALUE.sub(b"", tag[0]).split()) if tag else 0
