"""Index pages: the articles of a day and section as `indeks.kompas.com` lists them, in every markup since 2016.

It knows the three ages of the list, the marks of an index page that lists nothing (the end of a walk) and the marks of
pages that are no index at all. It does not know which page to ask for next beyond what the pager says, and never takes
a page without items for an empty list unless the page shows that it is an index. Section fronts are `fronts`.
"""

from __future__ import annotations

import re
from typing import Final

from selectolax.lexbor import LexborHTMLParser

from kompas_crawler.errors import NotAListPage
from kompas_crawler.site.list_markup import (
    ListMarkup,
    article_ids,
    empty_list,
    parse_html,
    read_list,
    refuse_other_pages,
)
from kompas_crawler.site.listings import Excluded, ListPage
from kompas_crawler.site.pager import read_pager

__all__ = ["Excluded", "ListPage", "parse_list"]

LIST_2024: Final = ListMarkup(
    layout="list_2024",
    box=".articleList",
    item=".articleItem",
    link="a.article-link[href]",
    title=".articleTitle",
    label=".articlePost-subtitle",
    time=".articlePost-date",
    lead=".articleLead",
    image=".articleItem-img img",
)
LIST_2017: Final = ListMarkup(
    layout="list_2017",
    box=".latest--indeks",
    item=".article__list, .article__grid",
    link="a.article__link[href]",
    title=".article__title",
    label=".article__subtitle",
    time=".article__date",
    lead=".article__lead",
    image=".article__asset img",
)
LIST_2016: Final = ListMarkup(
    layout="list_2016",
    box=".kcm-main-list",
    item="ul > li",
    link="h3 a[href]",
    title="h3",
    label=".orange",
    time=".grey.small",
    lead="p",
    image="img",
)

# Boxes that say in so many words that nothing was found, e.g. `div.searchContent.--emptyAlart` (2024–).
_NOTHING_FOUND: Final = "[class*=emptyAlart], [class*=emptyAlert]"
_FORM_2016: Final = "body.indexing, form select[name=tanggal], #berita.tabContent"
_FORM: Final = "form [name=date], form select[name=site], [class*=indeks]:not(a):not(li), [id*=indeks]:not(a):not(li)"
_INDEX_TITLE: Final = re.compile(r"\s*indeks\b", re.IGNORECASE)
# Every age printed at least ten items on a full page; what stands around the list in unknown boxes is less.
_ITEMS_OF_A_FULL_PAGE: Final = 10


def parse_list(html: bytes, url: str) -> ListPage:
    """The articles that an index page lists; `is_empty` where it is recognisably an index page and lists none.

    `url` is the address the page was fetched from: relative links and the pager are read against it. Boxes of popular
    articles, sidebars, menus and footers are left out. Items that are no articles of the site are in `excluded`.

    Raises:
        NotAListPage: the page is an article, a front, a challenge or an error page (`not_a_list`, `article_page`,
            `error_page`), or an index whose items stand in no known markup (`list_markup_changed`).
    """
    tree = parse_html(html)
    refuse_other_pages(tree)
    pager = read_pager(tree, url)
    page = read_list(tree, (LIST_2024, LIST_2017, LIST_2016), url, pager)
    if page is not None:
        return page
    layout = _layout_of_empty_index(tree)
    if layout is None:
        raise NotAListPage(f"expected an index page, found neither a list nor the form of the index: {url}")
    strays = 0 if tree.css_first(_NOTHING_FOUND) is not None else len(article_ids(tree.root, url)) if tree.root else 0
    if strays >= _ITEMS_OF_A_FULL_PAGE:
        raise NotAListPage(
            f"an index page with {strays} articles in no known markup: the markup of lists has changed: {url}",
            reason="list_markup_changed",
        )
    return empty_list(layout, pager)


def _layout_of_empty_index(tree: LexborHTMLParser) -> str | None:
    """Layout of a page that has the index around its list, but no list; None when it is no index page."""
    if tree.css_first(_FORM_2016) is not None:
        return LIST_2016.layout
    if tree.css_first(_NOTHING_FOUND) is not None:
        return LIST_2024.layout
    title = tree.css_first("title")
    if tree.css_first(_FORM) is not None or (title is not None and _INDEX_TITLE.match(title.text())):
        return LIST_2024.layout if tree.css_first(".sectionBox") is not None else LIST_2017.layout
    return None
