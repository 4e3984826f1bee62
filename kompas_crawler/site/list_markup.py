"""How the items of a list stand in HTML, and which parts of a page are no list at all.

It knows how to read the strings of an item by the selectors of its markup, and tells the list from the boxes around it
(Terpopuler, sidebars, footer) and from an article page that carries a list below its text. Which markups there are, and
what they mean, is said in `lists` and `fronts`.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Final
from urllib.parse import urlsplit

from selectolax.lexbor import LexborHTMLParser, LexborNode

from kompas_crawler.errors import NotAListPage
from kompas_crawler.site.addresses import INDEX_HOST, SITE_DOMAIN
from kompas_crawler.site.bounds import excess
from kompas_crawler.site.listings import Item, ListPage, absolute, article_at, collect, folded
from kompas_crawler.site.pager import NO_PAGER, Pager

# Every article page since 2014 has one of these; no list, front or error page has any.
_ARTICLE: Final = ".read__title, .read__content, .kcm-read, .kcm-read-top, .kcm-read-text, #articleContent"
_ERROR_TITLE: Final = re.compile(r"\b404\b|\bnot found\b|halaman[^|]*tidak[^|]*ditemukan", re.IGNORECASE)
# Class or id of a box that stands beside the list: "most ga--most", "trending--sidebar", "kcm-most", "oldArticle".
_SIDE_BOX: Final = re.compile(
    r"(?<![a-z])(?:most|trending|terpopuler|populerwidget|komentarwidget|sidebar|rightside|related|oldarticle|footer)|"
    r"\bcol-bs10-3\b|kcm-footer",
    re.IGNORECASE,
)
_SIDE_TAGS: Final = frozenset({"aside", "footer", "nav"})


@dataclass(frozen=True, slots=True, kw_only=True)
class ListMarkup:
    """The selectors of one age of list. Each but `box` is looked up inside what the one before it found."""

    layout: str
    """Name of the layout, e.g. `list_2017`."""
    box: str
    """The elements that hold the list's items and nothing else."""
    item: str
    link: str
    """The item's anchors; any anchor of the item is taken where none of these is there."""
    title: str
    label: str
    time: str
    lead: str
    image: str


def parse_html(html: bytes | str) -> LexborHTMLParser:
    """The tree a browser would build. Bytes are read as UTF-8, which Kompas always used; broken ones are replaced.

    Raises:
        NotAListPage: no parser can take the page (`too_deep`, `too_many_attributes`).
    """
    if (reason := excess(html)) is not None:
        raise NotAListPage(f"expected a list page, found one that no parser can take: {reason}", reason=reason)
    return LexborHTMLParser(html.decode("utf-8", "replace") if isinstance(html, bytes) else html)


def refuse_other_pages(tree: LexborHTMLParser) -> None:
    """Nothing, when the page may be a list.

    Raises:
        NotAListPage: the page is an article (whose Terkini widget looks like a list) or calls itself an error page.
    """
    if tree.css_first(_ARTICLE) is not None:
        raise NotAListPage("expected a list page, found an article page", reason="article_page")
    title = tree.css_first("title")
    if title is not None and _ERROR_TITLE.search(title.text()):
        raise NotAListPage("expected a list page, found an error page by its title", reason="error_page")


def read_list(
    tree: LexborHTMLParser, markups: Iterable[ListMarkup], url: str, pager: Pager = NO_PAGER
) -> ListPage | None:
    """The list of the first markup that shows an item; an empty list where only its box is there; None without a box.

    Raises:
        NotAListPage: a box holds links to articles but no item in a known markup, or titles but no links.
    """
    base = _base_of_items(url)
    empty: ListMarkup | None = None
    for markup in markups:
        boxes = [box for box in tree.css(markup.box) if not is_beside_list(box)]
        entries, excluded = collect(_items(boxes, markup, base), base)
        if entries or excluded:
            return ListPage(
                entries=entries,
                excluded=excluded,
                last_page=pager.last_page,
                next_url=pager.next_url,
                layout=markup.layout,
            )
        empty = empty or (markup if boxes else None)
    if empty is None:
        return None
    boxes = [box for box in tree.css(empty.box) if not is_beside_list(box)]
    if any(article_ids(box, base) or _has_titled_item(box, empty) for box in boxes):
        raise NotAListPage(
            f"{empty.box!r} holds articles, but no {empty.item!r} with a link: the markup of lists has changed: {url}",
            reason="list_markup_changed",
        )
    return empty_list(empty.layout, pager)


def empty_list(layout: str, pager: Pager) -> ListPage:
    """A list page that shows no item: the end of a walk."""
    return ListPage(entries=(), excluded=(), last_page=pager.last_page, next_url=pager.next_url, layout=layout)


def article_ids(node: LexborNode, base: str) -> set[str]:
    """Keys of the articles that a part of a page links to, boxes beside the list left out."""
    found = set()
    for anchor in node.css("a[href]"):
        address = article_at(base, anchor.attributes.get("href"))
        if address is not None and address.article_id not in found and not is_beside_list(anchor):
            found.add(address.article_id)
    return found


def is_beside_list(node: LexborNode) -> bool:
    """Whether an element stands in (or is) a sidebar, a box of popular articles, a footer or a menu."""
    current: LexborNode | None = node
    while current is not None and current.tag not in ("body", "html"):
        if current.tag in _SIDE_TAGS:
            return True
        attributes = current.attributes
        if _SIDE_BOX.search(f"{attributes.get('class') or ''} {attributes.get('id') or ''}"):
            return True
        current = current.parent
    return False


def _has_titled_item(box: LexborNode, markup: ListMarkup) -> bool:
    return any(_text(item, markup.title) for item in box.css(markup.item))


def _base_of_items(url: str) -> str:
    """What the addresses of items are relative to: the page, but `www.` for the index, whose host has no articles."""
    parts = urlsplit(url)
    return f"{parts.scheme}://www.{SITE_DOMAIN}/" if parts.hostname == INDEX_HOST else url


def _items(boxes: Iterable[LexborNode], markup: ListMarkup, base: str) -> Iterator[Item]:
    for box in boxes:
        for node in box.css(markup.item):
            anchor = _anchor(node, markup.link, base)
            if anchor is not None:
                yield _item(node, anchor, markup)


def _anchor(node: LexborNode, selector: str, base: str) -> LexborNode | None:
    """The item's link: the first that leads to an article, else the first that leads anywhere.

    None for an item without a link, such as a slot for advertisements. The link may also wrap the item.
    """
    anchors = node.css(selector) or node.css("a[href]")
    wrapper = node.parent
    if not anchors and wrapper is not None and wrapper.tag == "a":
        anchors = [wrapper]
    fallback = None
    for anchor in anchors:
        href = anchor.attributes.get("href")
        if article_at(base, href) is not None:
            return anchor
        if fallback is None and absolute(base, href) is not None:
            fallback = anchor
    return fallback


def _item(node: LexborNode, anchor: LexborNode, markup: ListMarkup) -> Item:
    image = node.css_first(markup.image)
    alt = image.attributes.get("alt") if image is not None else None
    return Item(
        url=anchor.attributes.get("href") or "",
        title=_text(node, markup.title) or folded(anchor.text()) or folded(alt),
        label=_label(node, markup.label),
        published_text=_time(node, markup.time),
        description=_text(node, markup.lead),
        image_url=_source(image),
    )


def _text(node: LexborNode, selector: str) -> str | None:
    found = node.css_first(selector)
    return folded(found.text()) if found is not None else None


def _label(node: LexborNode, selector: str) -> str | None:
    """The label's own text; in the stream of 2024 an age stands inside it: `NEWS<span> - 2 menit lalu</span>`."""
    found = node.css_first(selector)
    if found is None:
        return None
    return folded(found.text(deep=False)) or folded(found.text())


def _time(node: LexborNode, selector: str) -> str | None:
    printed = _text(node, selector)
    return printed.removeprefix("- ") if printed else None


def _source(image: LexborNode | None) -> str | None:
    """Address of a picture: `data-src` where it is loaded late (`src` is then a placeholder), else `src`."""
    if image is None:
        return None
    return image.attributes.get("data-src") or image.attributes.get("src")
