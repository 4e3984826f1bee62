"""The `?page=` parts of an article: which one a page shows, where the others are, and how they become one again.

It reads the article's own pager only; the pager below Terkini Lainnya leads to the index and is none of its business.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Final

from kompas_crawler.items import Article, Flag, ParsedArticle
from kompas_crawler.site.addresses import parse_article_address, part_url
from kompas_crawler.site.article_page import ArticlePage
from kompas_crawler.site.listings import absolute
from kompas_crawler.site.widgets import renumbered

_PAGER: Final = (".read__paging", ".paging--article")
_MOST_PARTS: Final = 200
_OF_THE_WHOLE: Final = frozenset((Flag.EMPTY_BODY, Flag.PARTS_MISSING))


@dataclass(frozen=True, slots=True)
class Paging:
    """Where a page stands among the parts of its article."""

    part: int | None
    """The part it shows; None when it shows the whole article."""
    page_count: int
    """Parts that the site names."""
    part_urls: tuple[str, ...]
    """Addresses of the other parts, in order; empty when the page shows everything."""


def read_paging(page: ArticlePage) -> Paging:
    """The paging of an article's page: by the active item of its pager, else by the address asked for."""
    active, named = _pager(page)
    requested = page.requested.part
    page_count = max(named, active or 1, requested or 1)
    part = active if active is not None else requested
    if part is None:
        return Paging(None, page_count, ())
    others = (part_url(page.address.url, number) for number in range(1, page_count + 1) if number != part)
    return Paging(part, page_count, tuple(others))


def _pager(page: ArticlePage) -> tuple[int | None, int]:
    """The number of the active item, if it has one, and the highest number that pager or meta elements name."""
    stated = page.structured.content("content_total_pages")
    highest = int(stated) if stated and stated.isdecimal() and len(stated) < 4 else 1
    active = None
    for pager in page.landmarks.all(*_PAGER):
        for anchor in pager.css(".paging__link"):
            label = anchor.text().strip()
            if not label.isdecimal() or len(label) > 3 or not _is_own(anchor.attributes.get("href"), page):
                continue
            number = int(label)
            highest = max(highest, number)
            if "paging__link--active" in (anchor.attributes.get("class") or "").split():
                active = active or number or None
    return active, min(max(highest, 1), _MOST_PARTS)


def _is_own(href: str | None, page: ArticlePage) -> bool:
    """Whether a pager's link stays on the article; the active item may have none."""
    link = absolute(page.url, href)
    if link is None:
        return True
    address = parse_article_address(link)
    return address is not None and address.article_id == page.requested.article_id


def merge_parts(parts: Sequence[ParsedArticle]) -> ParsedArticle:
    """One article from parts of it, given in any order.

    A page that shows the whole article stands alone. The same part twice counts once, also when a server that ignores
    `?page=2` serves the text of part 1 again. Title, times and everything else but text and links are those of the
    first part. Where a part is missing, `is_complete` is false, with the flag `parts_missing`, and `part_urls` names
    what is missing.

    Raises:
        ValueError: no part, or parts of different articles.
    """
    if len({one.article.article_id for one in parts}) != 1:
        raise ValueError("expected one or more parts of one article")
    whole = next((one for one in parts if one.part is None), None)
    if whole is not None:
        return whole
    kept = _distinct(parts)
    first = kept[min(kept)]
    page_count = max(one.article.page_count for one in parts)
    missing = [number for number in range(1, page_count + 1) if number not in kept]
    links = [link for one in kept.values() for link in one.links]
    return ParsedArticle(
        article=_joined([one.article for one in kept.values()], page_count=page_count, is_complete=not missing),
        links=renumbered(links),
        part=None if not missing else min(kept),
        part_urls=tuple(part_url(first.article.url, number) for number in missing),
    )


def _distinct(parts: Sequence[ParsedArticle]) -> dict[int, ParsedArticle]:
    """The parts by number, in order, without those that repeat a number or the text of an earlier part."""
    kept: dict[int, ParsedArticle] = {}
    bodies: set[str] = set()
    for one in sorted(parts, key=lambda one: one.part or 0):
        body = one.article.body
        if one.part is None or one.part in kept or (body and body in bodies):
            continue
        kept[one.part] = one
        bodies.add(body)
    return kept


def _joined(articles: list[Article], *, page_count: int, is_complete: bool) -> Article:
    """The first article with the text of all and the counts and flags that follow from it."""
    first = articles[0]
    body = "\n\n".join(article.body for article in articles if article.body)
    flags = set(first.flags) - _OF_THE_WHOLE
    if not body:
        flags.add(Flag.EMPTY_BODY)
    if not is_complete:
        flags.add(Flag.PARTS_MISSING)
    return replace(
        first,
        body=body,
        word_count=sum(article.word_count for article in articles),
        paragraph_count=sum(article.paragraph_count for article in articles),
        page_count=page_count,
        pages_fetched=len(articles),
        is_complete=is_complete,
        flags=tuple(sorted(flags)),
        rendered=any(article.rendered for article in articles),
    )
