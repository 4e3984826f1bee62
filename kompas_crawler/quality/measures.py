"""What is measured of every article, and which share of articles lacks it on ordinary days.

A measure looks at one row and says whether something is amiss with it, or that it has no say there. Missing parts are
normal: each measure names the share that is usual where nothing better is known. The floors are from 25,288 pages saved
2020 to 2023 (missing writers 6 to 11 %, empty bodies 8 of 15,298, updated pages 1.4 %) and 127 others, rounded up; the
one of headlines is that of invented news, whose texts were not written for them (3 % on real pages).
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Final

from kompas_crawler.items import ContentType, Flag

Row = Mapping[str, Any]

UNPARSED: Final = "unparsed"
"""The one measure that no row tells: pages that became none. It is counted by their visits."""

_LACKING: Final[Mapping[str, frozenset[str]]] = {
    "tags": frozenset({"b1", "b2"}),
    "editors": frozenset({"c"}),
}
"""Layouts of the years in which no page showed a column."""
_FEWEST_WORDS: Final = 40
_LONGEST_PARAGRAPH: Final = 150
_FEWEST_SHARED: Final = 0.3
_WORD: Final = re.compile(r"\w{4,}")
_LEAKS: Final = (
    "dapatkan update berita pilihan",
    "simak breaking news",
    "baca berita tanpa iklan",
    "kompas cyber media",
)
_LINK_LINE: Final = re.compile(r"\bbaca juga ?:")


@dataclass(frozen=True, slots=True, kw_only=True)
class Measure:
    """One thing that may be amiss with an article."""

    name: str
    says: str
    """What is counted, after "of N articles": `without writers`."""
    columns: tuple[str, ...]
    """Columns that it reads."""
    is_amiss: Callable[[Row], bool | None]
    """Whether it is amiss with a row; null where it has no say."""
    floor: float | None
    """Share that is usual where the archive holds too little to tell; null when only the section itself can tell."""
    least_rise: float
    """A share that rose by less is no finding, however unlikely."""
    fewest: int = 3
    """Fewer articles are no finding."""


@dataclass(frozen=True, slots=True)
class Extent:
    """A number that is told from the baseline of a section: how often it lies outside of nine tenths of that."""

    name: str
    says: str
    of: Callable[[Row], float | None]
    is_low: bool
    """Whether low numbers are amiss, else high ones."""


def _is_plain(row: Row) -> bool:
    """Whether a row is an ordinary article: paid texts and opinion are signed otherwise, or by nobody."""
    return row["content_type"] == ContentType.STANDARD and not row["is_sponsored"]


def _missing(column: str) -> Callable[[Row], bool | None]:
    return lambda row: not row[column]


def _missing_in_plain(column: str) -> Callable[[Row], bool | None]:
    lacking = _LACKING.get(column, frozenset())
    return lambda row: not row[column] if _is_plain(row) and row["layout"] not in lacking else None


def _flagged(flag: Flag) -> Callable[[Row], bool | None]:
    return lambda row: flag in row["flags"]


def _has_fallback_credit(row: Row) -> bool | None:
    """Of opinion pieces of 2020 and 2021 the writer was only ever told to machines."""
    return Flag.FALLBACK_CREDIT in row["flags"] if row["content_type"] != ContentType.OPINION else None


def _in_text(amiss: Callable[[Row], bool]) -> Callable[[Row], bool | None]:
    """What can only be said of a text that is there."""
    return lambda row: amiss(row) if row["paragraph_count"] and _is_plain(row) else None


def shared_words(title: str, body: str) -> float:
    """Return the share of a headline's words, of four letters or more, that stand in the text; 1 when it has none.

    >>> shared_words("Banjir di Kota Lama Surut", "BANJIR di kota itu belum surut.")
    0.75
    """
    words, text = set(_WORD.findall(title.casefold())), body.casefold()
    return sum(_stands_in(text, word) for word in words) / len(words) if words else 1.0


def _stands_in(text: str, word: str) -> bool:
    """Return whether a word stands in a text, and not within a longer one: sooner than by taking the text to words.

    >>> _stands_in("kebanjiran, lalu banjir2", "banjir"), _stands_in("kebanjiran: banjir", "banjir")
    (False, True)
    """
    start = text.find(word)
    while start >= 0:
        end = start + len(word)
        if not (_is_of_word(text[start - 1 : start]) or _is_of_word(text[end : end + 1])):
            return True
        start = text.find(word, start + 1)
    return False


def _is_of_word(character: str) -> bool:
    return character.isalnum() or character == "_"


def _leaks(body: str) -> bool:
    """Return whether a text holds what readers are called upon to do."""
    text = body.lower()  # some substrings are found sooner than one pattern of all, and any case of it
    return any(leak in text for leak in _LEAKS) or ("baca juga" in text and _LINK_LINE.search(text) is not None)


def _words_of_paragraph(row: Row) -> float | None:
    return row["word_count"] / row["paragraph_count"] if row["paragraph_count"] else None


def _column(name: str, says: str, floor: float | None, *, is_plain: bool = True) -> Measure:
    amiss = _missing_in_plain(name) if is_plain else _missing(name)
    columns = ("content_type", "is_sponsored", "layout", name)
    return Measure(name=name, says=says, columns=columns, is_amiss=amiss, floor=floor, least_rise=0.25)


def _flag(flag: Flag, says: str, floor: float | None, *, least_rise: float = 0.1, fewest: int = 2) -> Measure:
    return Measure(
        name=flag, says=says, columns=("flags",), is_amiss=_flagged(flag), floor=floor, least_rise=least_rise,
        fewest=fewest,
    )  # fmt: skip


_TEXT: Final = ("body", "content_type", "is_sponsored", "paragraph_count", "title", "word_count")

MEASURES: Final = (
    Measure(name=UNPARSED, says="in no layout that is known", columns=(), is_amiss=lambda _: False, floor=0.005,
            least_rise=0.1, fewest=2),
    _flag(Flag.EMPTY_BODY, "without a text", 0.005),
    _flag(Flag.FALLBACK_TITLE, "with a headline that stood elsewhere", 0.005),
    _flag(Flag.FALLBACK_BODY, "with a text that stood elsewhere", 0.005),
    Measure(name=Flag.FALLBACK_CREDIT, says="with credits that only machines are told of",
            columns=("content_type", "flags"), is_amiss=_has_fallback_credit,
            floor=0.01, least_rise=0.1, fewest=2),
    Measure(name="published_text", says="without a printed time", columns=("published_text", "updated_text"),
            is_amiss=lambda row: not (row["published_text"] or row["updated_text"]), floor=0.005, least_rise=0.1,
            fewest=2),
    _flag(Flag.DATES_DISAGREE, "with dates that disagree", 0.02),
    _flag(Flag.ID_WITHOUT_TIME, "with an id that holds no time", 0.02),
    _flag(Flag.REENCODED, "with broken characters", 0.01),
    _flag(Flag.UPDATED, "that show the time of an update only", 0.05, least_rise=0.3, fewest=4),
    _flag(Flag.ADULT, "marked 18+", 0.03, least_rise=0.4, fewest=5),
    _flag(Flag.PARTS_MISSING, "with parts that could not be read", None, least_rise=0.3, fewest=4),
    _flag(Flag.SECTION_MISMATCH, "whose section and id disagree", None, least_rise=0.3, fewest=4),
    _flag(Flag.UNKNOWN_SECTION, "of a section that no table knows", None, least_rise=0.3, fewest=4),
    _column("authors", "without writers", 0.2),
    _column("editors", "without editors", 0.15),
    _column("tags", "without tags", 0.15),
    _column("breadcrumbs", "without a section path", 0.1),
    _column("description", "without a description", 0.1, is_plain=False),
    _column("image_url", "without a picture", 0.15),
    _column("image_caption", "without a caption", 0.25),
    _column("image_credit", "without a credit of the picture", 0.25),
    _column("dateline", "without a dateline", None),
    _column("section_code", "without a section code in the id", 0.1, is_plain=False),
    Measure(name="paragraph_count", says="with a text of fewer than 40 words", columns=_TEXT,
            is_amiss=_in_text(lambda row: row["word_count"] < _FEWEST_WORDS), floor=0.05, least_rise=0.25),
    Measure(name="word_count", says="with more than 150 words a paragraph", columns=_TEXT,
            is_amiss=_in_text(lambda row: row["word_count"] > _LONGEST_PARAGRAPH * row["paragraph_count"]),
            floor=0.05, least_rise=0.25),
    Measure(name="body", says="with calls or link lines in the text", columns=_TEXT,
            is_amiss=_in_text(lambda row: _leaks(row["body"])), floor=0.02, least_rise=0.1),
    Measure(name="title", says="with a text that shares few words with the headline", columns=_TEXT,
            is_amiss=_in_text(lambda row: shared_words(row["title"], row["body"]) < _FEWEST_SHARED), floor=0.55,
            least_rise=0.25),
)  # fmt: skip
"""Everything that is measured, with a fixed floor or against the section's own past."""

EXTENTS: Final = (
    Extent("words_low", "with a text shorter than nearly all before", lambda row: row["word_count"], is_low=True),
    Extent("words_high", "with a text longer than nearly all before", lambda row: row["word_count"], is_low=False),
    Extent("paragraphs_low", "of fewer paragraphs than nearly all before", lambda row: row["paragraph_count"],
           is_low=True),
    Extent("paragraphs_high", "of more paragraphs than nearly all before", lambda row: row["paragraph_count"],
           is_low=False),
    Extent("long_paragraphs", "with longer paragraphs than nearly all before", _words_of_paragraph, is_low=False),
)  # fmt: skip
"""Numbers of an ordinary article's text, against those of its section."""
EXTENT_RISE: Final = 0.4
EXTENT_FEWEST: Final = 4

UNIVERSAL: Final = frozenset(
    {"article_id", "url", "section", "content_type", "published_at", "published_on", "published_source", "updated_at",
     "updated_text", "page_count", "pages_fetched", "is_complete", "is_adult", "is_sponsored", "flags", "layout",
     "parser_version", "rendered"}
)  # fmt: skip
"""Columns of a page that no row lacks, or whose lack a flag or another column tells."""

COLUMNS: Final = tuple(
    sorted({"article_id", "section", "layout"}.union(_TEXT, *(measure.columns for measure in MEASURES)))
)
"""Columns that have to be read for measuring."""
