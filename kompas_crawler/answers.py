"""What an answer for an address of the site is: a page, the article that was asked for, or the reason why it is none.

The one path from status, headers and bytes to what they mean, for a crawl and for raw pages that are read again. Knows
what follows from them for one address. Refuses to know Scrapy, the network, and what is asked for next
(`article_reading`).
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace

from kompas_crawler.errors import NotAnArticle, PageError, UnknownLayout
from kompas_crawler.items import Flag, Outcome, ParsedArticle
from kompas_crawler.site import parse_article
from kompas_crawler.site.addresses import parse_article_address
from kompas_crawler.site.blocked import diagnose

_CHARSET = re.compile(r""";\s*charset\s*=\s*["']?\s*([A-Za-z0-9_.:-]{2,40})""", re.IGNORECASE)

GONE_STATUSES = frozenset({404, 410})

SHELLS = frozenset({UnknownLayout.reason, NotAnArticle.reason})
"""Reasons of a page in which nothing of an article was found, nor of anything else."""


@dataclass(frozen=True, slots=True)
class Received:
    """What came back for a request."""

    url: str
    """The address that answered: behind redirects the last one."""
    status: int
    headers: Mapping[str, str]
    """Names in any case."""
    body: bytes
    """Decompressed."""

    @property
    def charset(self) -> str | None:
        """The character set that the headers name; null when they name none.

        >>> Received("https://www.kompas.com/", 200, {"content-type": 'text/html; Charset="UTF-8"'}, b"").charset
        'UTF-8'
        """
        content_type = next((value for name, value in self.headers.items() if name.lower() == "content-type"), "")
        match = _CHARSET.search(content_type)
        return match[1] if match else None


@dataclass(frozen=True, slots=True)
class Trouble:
    """Why an address gave no content, and the outcome that follows from it."""

    outcome: Outcome
    reason: str
    """Short and machine-readable; stored in `visits`."""
    status: int | None = None
    message: str | None = None
    """What the parser says of the page, for people; null where there is nothing to add to the reason."""


@dataclass(frozen=True, slots=True)
class Arrival:
    """What a page of an article was: an article, or why it is none."""

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


def arrival_of(received: Received, article_id: str) -> Arrival:
    """Return what an answer is: the article with that key, or a trouble.

    >>> arrival_of(Received("https://www.kompas.com/", 404, {}, b""), "20210414-205938370").trouble.reason
    'http_404'
    """
    trouble = trouble_of_answer(received) or trouble_of_landing(received, article_id)
    if trouble is not None:
        return Arrival(None, trouble)
    try:
        return Arrival(parse_article(received.body, received.url, received.charset), None)
    except PageError as error:
        return Arrival(None, Trouble(Outcome.UNPARSED, error.reason, message=f"{received.url}: {error}"))


def better_by_browser(plain: Arrival, rendered: Arrival) -> Arrival:
    """Return what a browser showed of a page, marked as rendered; where that gave no text, the page as it came."""
    parsed = rendered.parsed
    if parsed is None or not rendered.has_text:
        return plain
    return Arrival(replace(parsed, article=replace(parsed.article, rendered=True)), None)


def trouble_of_answer(received: Received, *, expects_html: bool = True) -> Trouble | None:
    """Return why an answer is no content, or null when it is."""
    status = received.status
    if status in GONE_STATUSES:
        return Trouble(Outcome.GONE, f"http_{status}", status)
    diagnosis = diagnose(status, received.headers, received.body, expects_html=expects_html)
    if diagnosis is not None:
        outcome = Outcome.BLOCKED if diagnosis.is_refusal else Outcome.FAILED
        return Trouble(outcome, diagnosis.reason, status)
    if status != 200:
        return Trouble(Outcome.FAILED, f"http_{status}", status)
    return None


def trouble_of_landing(received: Received, article_id: str) -> Trouble | None:
    """Return that an article's address led to another page, or null when it led to the article."""
    landed = parse_article_address(received.url)
    if landed is not None and landed.article_id == article_id:
        return None
    return Trouble(Outcome.GONE, "redirected", received.status)
