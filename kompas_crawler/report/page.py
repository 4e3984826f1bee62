"""The page: facts and figures put into one HTML file, in both languages, safe to open whatever a headline holds.

Knows templates, style and the policy that forbids the browser everything else. Every text is escaped by the template;
drawings come bare (`svg`). There is no script: the switch of languages is a pair of radio buttons and style.
"""

from __future__ import annotations

import base64
import hashlib
import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from html import escape
from importlib.resources import files
from typing import Any, Final

from kompas_crawler.errors import ExtraNotInstalled
from kompas_crawler.report import vocabulary, words
from kompas_crawler.report.edits import Headline
from kompas_crawler.report.facts import Facts
from kompas_crawler.report.holdings import DayState, Hole
from kompas_crawler.report.words import Language
from kompas_crawler.worddiff import Words, are_alike, diff_words

HOLES_SHOWN: Final = 100
KEYS_SHOWN: Final = 1_000
"""Days and sections with missing articles, and keys of these, that are named; the others are counted."""


def render(facts: Facts, language: Language) -> str:
    """Return the report as HTML; it opens in `language` and holds both.

    Raises `ExtraNotInstalled` without the packages of the extra `report`.
    """
    try:
        import altair  # noqa: F401 - asked for here, so that it is missed before anything is drawn
        import vl_convert  # noqa: F401
        from jinja2 import Environment, PackageLoader, StrictUndefined
    except ImportError as error:
        raise ExtraNotInstalled(
            f"the report needs {error.name}, which is not installed: run `pip install 'kompas-crawler[report]'`"
        ) from error
    from kompas_crawler.report.figures import figures_of

    style = _without_blank_lines(files(__package__).joinpath("templates", "report.css").read_text("utf-8"))

    environment = Environment(
        loader=PackageLoader("kompas_crawler.report"),
        autoescape=True,
        undefined=StrictUndefined,
        finalize=_shown,
    )
    environment.globals |= {
        "t": words.text,
        "number": words.number,
        "large": words.large,
        "counted": words.counted,
        "share": words.share,
        "day": words.day,
        "moment": words.moment,
        "duration": words.duration,
        "stretch": stretch,
        "pieces": pieces,
        "vocabulary": vocabulary,
        "DayState": DayState,
    }
    shown_holes, named = _holes_shown(facts.holdings.holes)
    page = environment.get_template("report.html").render(
        facts=facts,
        figures=figures_of(facts),
        language=language,
        style=style,
        policy=f"default-src 'none'; style-src 'sha256-{_digest(style)}'; base-uri 'none'; form-action 'none'",
        holes=shown_holes,
        keys_named=named,
    )
    return _without_blank_lines(page)


@dataclass(frozen=True, slots=True)
class _Both:
    """Words as the page holds them: in both languages, of which one is seen."""

    words: words.Words

    def __html__(self) -> str:
        """Return markup for the template, which asks for it where it would escape anything else."""
        indonesian, english = escape(self.words.id), escape(self.words.en)
        if self.words.is_same:
            return indonesian
        return f'<span class="in-id" lang="id">{indonesian}</span><span class="in-en" lang="en">{english}</span>'


def _shown(value: Any) -> Any:
    """Return what stands for a value in the page."""
    return _Both(value) if isinstance(value, words.Words) else value


def stretch(first_and_last: tuple[date, date]) -> words.Words:
    """Return a run of days as words: one day, or from the first to the last."""
    first, last = first_and_last
    if first == last:
        return words.day(first)
    return words.text("{first} – {last}", "{first} – {last}", first=words.day(first), last=words.day(last))


def pieces(headline: Headline) -> tuple[Words, Words]:
    """Return a headline before and after its change as runs of words, marked `=` where both agree.

    One that was written anew wears no marks: nearly every word would have one.
    """
    if not are_alike(headline.before, headline.after):
        return (("=", headline.before),), (("=", headline.after),)
    runs = diff_words(headline.before, headline.after)
    return tuple(run for run in runs if run[0] != "+"), tuple(run for run in runs if run[0] != "-")


def _holes_shown(holes: Sequence[Hole]) -> tuple[list[Hole], int]:
    """Return the newest holes, and how many keys of missing articles they name at most in all."""
    shown: list[Hole] = []
    room = KEYS_SHOWN
    for hole in holes[:HOLES_SHOWN]:
        if len(hole.articles) > room:
            break
        shown.append(hole)
        room -= len(hole.articles)
    return shown, KEYS_SHOWN - room


def _without_blank_lines(text: str) -> str:
    """Return a text without the empty lines that statements of a template leave; twice is the same as once."""
    return re.sub(r"\n\s*\n", "\n", text).strip() + "\n"


def _digest(text: str) -> str:
    return base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()
