"""Section fronts and the stream of latest articles (Terkini) on them, with the JSON that "Load More" fetched.

It knows the stream in every markup since 2015 and leaves the rest of a front alone: headlines, Sorotan, Kolom, videos,
popular articles. What the stream names is found again by the index; a front only makes it known sooner.
"""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Final
from urllib.parse import urlsplit

from kompas_crawler.errors import NotAListPage
from kompas_crawler.site.list_markup import (
    ListMarkup,
    empty_list,
    parse_html,
    read_list,
    refuse_other_pages,
)
from kompas_crawler.site.listings import ListPage
from kompas_crawler.site.pager import NO_PAGER, Pager, read_pager

FRONT_2024: Final = ListMarkup(
    layout="front_2024",
    # The home page prints the same stream as tabs, `div.aimlLatest`.
    box=".articleList.-list, .aimlLatest",
    item=".articleItem, .wSpec-item",
    link="a.article-link[href]",
    title=".articleTitle, .wSpec-title",
    label=".articlePost-subtitle, .wSpec-subtitle",
    time=".articlePost-date, .wSpec-subtitle span",
    lead=".articleLead",
    image=".articleItem-img img, .wSpec-img img",
)
FRONT_2017: Final = ListMarkup(
    layout="front_2017",
    box=".latest.ga--latest",
    item=".article__list, .article__grid",
    link="a.article__link[href]",
    title=".article__title",
    label=".article__subtitle",
    time=".article__date",
    lead=".article__lead",
    image=".article__asset img",
)
FRONT_2016: Final = ListMarkup(
    layout="front_2016",
    box=".kcm-idx-channel",
    item="ul > li",
    link=".list-latest a[href]",
    title=".list-latest",
    label=".idx-channel-top span",
    time=".grey.small",
    lead=".list-latest-cont",
    image=".img-latest img",
)
_FRONTS: Final = (FRONT_2024, FRONT_2017, FRONT_2016)
# "Load More" answers with the items alone, without the box they are put into.
_FRAGMENTS: Final = tuple(replace(markup, box="body") for markup in _FRONTS)


def parse_front(html: bytes, url: str) -> ListPage:
    """The articles in the stream of latest articles of a section front, of the home page or of a tag page.

    `next_url` is the next page of the same stream, never the index that the pager of a front may lead to. `is_empty`
    where the stream is there and shows nothing.

    Raises:
        NotAListPage: the page has no such stream (`not_a_list`), is an article (`article_page`) or an error page
            (`error_page`), or its stream is in no known markup (`list_markup_changed`).
    """
    tree = parse_html(html)
    refuse_other_pages(tree)
    page = read_list(tree, _FRONTS, url, _own_pages_only(read_pager(tree, url), url))
    if page is None:
        raise NotAListPage(f"expected a section front, found no stream of latest articles: {url}")
    return page


def parse_more(body: bytes, url: str) -> ListPage:
    """The articles in one answer of the "Load More" button: JSON `{"result": "<html of items>"}`.

    An empty `result` (or null, or false) is an empty list: the end of the stream.

    Raises:
        NotAListPage: the body is no such JSON (`not_json`), or its items are in no known markup
            (`list_markup_changed`).
    """
    page = read_list(parse_html(_result(body, url)), _FRAGMENTS, url)
    return page or empty_list(FRONT_2017.layout, NO_PAGER)


def _result(body: bytes, url: str) -> str:
    try:
        answer = json.loads(body)
    except (ValueError, RecursionError) as error:
        raise NotAListPage(f"expected JSON with a result, found {body[:40]!r}: {url}", reason="not_json") from error
    result = answer.get("result", answer) if isinstance(answer, dict) else answer
    if result is None or result is False:
        return ""
    if not isinstance(result, str):
        raise NotAListPage(f"expected HTML in result, found {type(result).__name__}: {url}", reason="not_json")
    return result


def _own_pages_only(pager: Pager, url: str) -> Pager:
    """The pager, unless it leads to another host: fronts page on in the index, whose first page is not theirs."""
    if pager.next_url is None or urlsplit(pager.next_url).hostname == urlsplit(url).hostname:
        return pager
    return NO_PAGER
