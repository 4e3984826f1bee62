"""What one article page says, as one record: the fields, the text, the links and the parts put together.

`parse_article` takes bytes and the address they came for and asks the modules beside this one. It fetches nothing and
knows no time but the page's.
"""

from __future__ import annotations

from selectolax.lexbor import LexborNode

from kompas_crawler.errors import UnknownLayout
from kompas_crawler.items import Article, Flag, ParsedArticle
from kompas_crawler.site.article_page import ArticlePage, open_page
from kompas_crawler.site.body import Body, extract_body
from kompas_crawler.site.credits import read_credits
from kompas_crawler.site.datelines import parse_dateline
from kompas_crawler.site.fields import (
    is_adult,
    read_breadcrumbs,
    read_kind,
    read_picture,
    read_tags,
    read_title,
)
from kompas_crawler.site.layouts import BODIES
from kompas_crawler.site.listings import folded
from kompas_crawler.site.parts import read_paging
from kompas_crawler.site.sections import codes_agree
from kompas_crawler.site.times import read_times
from kompas_crawler.site.widgets import read_links

_FIRST_PARAGRAPHS = 4


def parse_article(html: bytes, url: str, charset: str | None = None) -> ParsedArticle:
    """What an article's page says, in the terms of `items.ParsedArticle`.

    `html` is the body of the answer, decompressed. `url` is the address it came for, in any form an article's address
    may have: http, AMP, with a query. The key, the section and the time of publication are read from it, so a page
    that shows another article is refused. `charset` is the character set that the answer's head names, if it names one.

    Raises:
        NotAnArticleAddress: `url` names no article of the site.
        BlockedPage: the page is a challenge, a refusal or empty.
        NotAnArticle: the page is a list, an error text or another article.
        UnknownLayout: the page holds an article, but in no layout that is known.
    """
    page = open_page(html, url, charset)
    title, is_fallback_title = read_title(page)
    if title is None:
        raise UnknownLayout(f"{url} has the marks of layout {page.layout.name}, but no headline")
    container, body, is_fallback_body = _read_body(page)
    people, times, paging = read_credits(page), read_times(page), read_paging(page)
    picture, breadcrumbs = read_picture(page, container), read_breadcrumbs(page)
    kind, is_sponsored = read_kind(page, breadcrumbs=breadcrumbs, authors=people.authors)
    address, is_whole = page.address, paging.part is None or paging.page_count == 1
    odd = {
        Flag.NO_AUTHOR: not people.authors,
        Flag.NO_BREADCRUMB: not breadcrumbs,
        Flag.EMPTY_BODY: not body.paragraphs,
        Flag.FALLBACK_TITLE: is_fallback_title,
        Flag.FALLBACK_BODY: is_fallback_body,
        Flag.FALLBACK_CREDIT: people.is_fallback,
        Flag.SECTION_MISMATCH: not codes_agree(address.section, address.section_code),
        Flag.UNKNOWN_SECTION: not address.is_known_section,
        Flag.PARTS_MISSING: not is_whole,
        Flag.ADULT: is_adult(page),
        Flag.REENCODED: page.is_reencoded,
    }
    article = Article(
        article_id=address.article_id,
        url=address.url,
        section=address.section,
        section_code=address.section_code,
        breadcrumbs=breadcrumbs,
        content_type=kind,
        title=title,
        description=folded(page.structured.meta("description", "og:description")),
        dateline=parse_dateline(body.paragraphs[:_FIRST_PARAGRAPHS]),
        body=body.text,
        word_count=sum(len(paragraph.split()) for paragraph in body.paragraphs),
        paragraph_count=len(body.paragraphs),
        authors=people.authors,
        editors=people.editors,
        tags=read_tags(page),
        published_at=times.published_at,
        published_on=times.published_on,
        published_source=times.published_source,
        published_text=times.published_text,
        updated_at=times.updated_at,
        updated_text=times.updated_text,
        image_url=picture.url,
        image_caption=picture.caption,
        image_credit=picture.credit,
        page_count=paging.page_count,
        pages_fetched=paging.page_count if paging.part is None else 1,
        is_complete=is_whole,
        is_adult=odd[Flag.ADULT],
        is_sponsored=is_sponsored,
        flags=tuple(sorted(times.flags | {flag for flag, is_so in odd.items() if is_so})),
        layout=page.layout.name,
        parser_version=page.layout.parser_version,
    )
    return ParsedArticle(
        article=article, links=read_links(page, container, body.links), part=paging.part, part_urls=paging.part_urls
    )


def _read_body(page: ArticlePage) -> tuple[LexborNode, Body, bool]:
    """The first container that holds text, its body, and whether it is another than the layout's own."""
    own = page.layout.body
    first: tuple[LexborNode, Body, bool] | None = None
    for selector in dict.fromkeys((*own, *BODIES)):
        # A browser that scrolls on has further articles below the first.
        for node in page.landmarks.all(selector)[:1]:
            found = node, extract_body(node, page.url), selector not in own
            if found[1].paragraphs:
                return found
            first = first or found
    if first is None:
        raise UnknownLayout(f"{page.url} has the marks of layout {page.layout.name}, but no container for the text")
    return first
