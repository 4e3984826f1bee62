"""What an answer for an article's address held: the article, or why it is none.

It reads one page with the parser of the site and asks for nothing.
"""

from __future__ import annotations

import logging
from dataclasses import dataclass

from scrapy.http import Response

from kompas_crawler.errors import NotAnArticle, PageError, UnknownLayout
from kompas_crawler.items import Flag, Outcome, ParsedArticle
from kompas_crawler.site import parse_article
from kompas_crawler.spiders.troubles import Trouble, trouble_of_answer, trouble_of_landing

logger = logging.getLogger(__name__)

SHELLS = frozenset({UnknownLayout.reason, NotAnArticle.reason})
"""Reasons of a page in which nothing of an article was found, nor of anything else."""


@dataclass(frozen=True, slots=True)
class Arrival:
    """What a page of an article was without a browser: an article, or why it is none."""

    parsed: ParsedArticle | None
    trouble: Trouble | None

    @property
    def has_text(self) -> bool:
        """Whether the article's own place for the text holds some: what stands elsewhere may be a list beside it."""
        article = self.parsed.article if self.parsed is not None else None
        return article is not None and bool(article.body) and Flag.FALLBACK_BODY not in article.flags

    @property
    def lacks_text(self) -> bool:
        """Whether a script might still put the text in."""
        if self.parsed is not None:
            return not self.has_text
        return self.trouble is not None and self.trouble.reason in SHELLS


def arrival_of(response: Response, key: str) -> Arrival:
    """Return what a response is: the article `key`, or a trouble."""
    trouble = trouble_of_answer(response) or trouble_of_landing(response, key)
    if trouble is not None:
        return Arrival(None, trouble)
    try:
        return Arrival(parse_article(response.body, response.url), None)
    except PageError as error:
        logger.warning("%s: %s", response.url, error)
        return Arrival(None, Trouble(Outcome.UNPARSED, error.reason))
