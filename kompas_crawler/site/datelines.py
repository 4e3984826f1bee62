"""The dateline: the city printed before "KOMPAS.com -" in the first paragraph.

It knows the forms in which editors have printed it. The dateline stays in the paragraph; this only reads it.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Final

_DASH: Final = "[-\u2010-\u2015\u2212]"
# `KOMPAS.com`, `KOMPAs.com`, `OMPAS.com`, `KOMPAS.con`, `KOMPAS`, `KompasOtomotif`; never `Kompasiana`.
_OUTLET: Final = (
    r"(?:K?OMPASS?|KOMAPS)(?:\s?[.,]?\s?(?:C?O[MN]{1,2}|TV|ID)|OTOMOTIF|BOLA|TEKNO|HEALTH|PROPERTI|TRAVEL|FEMALE)?\b"
)
_DATELINE: Final = re.compile(
    rf"(?P<city>\w[^\"“”:;!?]{{1,58}}?)(?P<comma>\s?[,.;:/]\s?|\s?{_DASH}\s?)?(?(comma)|\s){_OUTLET}(?P<dash>\s*[.:,]?\s*{_DASH})?",
    re.IGNORECASE,
)
_BARE: Final = re.compile(_OUTLET, re.IGNORECASE)
_MOST_PARAGRAPHS: Final = 4
_MOST_WORDS: Final = 7
_MOST_WORDS_NOT_CAPITALS: Final = 3


def parse_dateline(first_paragraphs: Sequence[str]) -> str | None:
    """The city as printed, e.g. `WASHINGTON DC`; None for a bare `KOMPAS.com -` or none.

    Takes the paragraphs of a body in order, white space collapsed. Only the first few count: a verdict box, a heading
    or a byline may stand above the first paragraph.

    >>> parse_dateline(["WASHINGTON DC, KOMPAS.com - Presiden tiba."])
    'WASHINGTON DC'
    >>> parse_dateline(["KOMPAS.com - Harga cabai naik."]) is None
    True
    """
    for paragraph in first_paragraphs[:_MOST_PARAGRAPHS]:
        if _BARE.match(paragraph):
            return None
        match = _DATELINE.match(paragraph)
        if match is not None and _is_dateline(match):
            return match["city"].strip(" ,")
    return None


def _is_dateline(match: re.Match[str]) -> bool:
    """Capitals are a city; a few capitalised words ("Jakarta, KompasOtomotif –") only before a dash.

    Without a comma ("BANDUNG KOMPAS.com -") it needs the dash too: "MENURUT KOMPAS.com, …" is a sentence.
    """
    city, has_dash = match["city"], match["dash"] is not None
    words = city.replace(",", " ").split()
    if city.isupper():
        return len(words) <= _MOST_WORDS and (has_dash or match["comma"] is not None)
    return has_dash and len(words) <= _MOST_WORDS_NOT_CAPITALS and all(word[0].isupper() for word in words)
