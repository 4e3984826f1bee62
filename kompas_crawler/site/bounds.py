"""What no page of the site is: so deeply nested, or with so many attributes in one tag, that parsing it takes for ever.

The HTML standard makes a parser look up the whole stack of open elements for each block, and at all attributes of a tag
for each further one. So the time grows with the square: a page of 5 MB holds a parser for an hour. Browsers stop at a
depth of 512. Everything else about a page may be odd; it is read as it is.
"""

from __future__ import annotations

import re
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


def excess(page: bytes | str) -> str | None:
    """Why a page is not to be parsed, `too_deep` or `too_many_attributes`; None when it may be.

    >>> excess(b"<div>" * 100_000), excess(b"<p " + b"a " * 100_000 + b">"), excess(b"<br>" * 100_000)
    ('too_deep', 'too_many_attributes', None)
    """
    html = page.encode("utf-8", "replace") if isinstance(page, str) else page
    pieces = html.split(b"<")
    if len(pieces) > _FEW_TAGS and _depth(html) > MOST_DEPTH:
        return "too_deep"
    # Between two tags stands text, or the first of them is a long one: only what is long is looked at.
    is_wide = any(_attributes(piece) > MOST_ATTRIBUTES for piece in pieces if len(piece) > 2 * MOST_ATTRIBUTES)
    return "too_many_attributes" if is_wide else None


def _depth(html: bytes) -> int:
    deepest = depth = 0
    for closing, name in _TAG.findall(html):
        if closing:
            depth = max(0, depth - 1)
        elif name.lower() not in _VOID:
            depth += 1
            deepest = max(deepest, depth)
    return deepest


def _attributes(piece: bytes) -> int:
    """Count the attributes of the tag that a piece begins with."""
    return len(_VALUE.sub(b"", piece).partition(b">")[0].split())
