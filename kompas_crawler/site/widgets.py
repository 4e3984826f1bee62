"""The lists of other articles that stand around the text: Terkini, Berita Terkait and the related box of 2016.

Only what a reader sees and what belongs to the article counts: hidden copies, "Terpopuler", "Now Trending",
"Mungkin Anda melewatkan ini", advertising and the footer are no links of the article. Links within the text are read
by `body`.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from itertools import chain
from typing import Final, NamedTuple

from selectolax.lexbor import LexborNode

from kompas_crawler.items import Link, LinkKind
from kompas_crawler.site.addresses import ArticleAddress, parse_article_address
from kompas_crawler.site.article_page import ArticlePage, is_bare_text, text_of
from kompas_crawler.site.listings import article_at

_LATEST_HEADING: Final = re.compile(r"(?:berita\s+|artikel\s+)?(?:terkini|terbaru|latest)\b", re.IGNORECASE)
_RELATED_HEADING: Final = re.compile(r"(?:berita|artikel)?\s*terkait\b|related\b", re.IGNORECASE)
_LONGEST_HEADING: Final = 60
_HEADING_DEPTH: Final = 3
_HIDDEN: Final = re.compile(r"display\s*:\s*none", re.IGNORECASE)
_HEADINGS: Final = ".article__title, .articleTitle, h1, h2, h3, h4"


class Target(NamedTuple):
    """An article of the site that a list names."""

    text: str
    address: ArticleAddress


def read_links(page: ArticlePage, body: LexborNode, body_links: tuple[Link, ...]) -> tuple[Link, ...]:
    """All links of an article, each kind numbered from 1 in page order, no target twice within a kind.

    The links of the body first, then Terkini and Terkait. A list never yields a link of the article to itself.
    """
    own = page.requested.article_id
    boxes = _links(LinkKind.BACA_JUGA, (_targets(node, page.url) for node in _related_boxes(page, body)), own)
    of_text = [link for link in body_links if link.article_id != own or link.kind is LinkKind.INLINE]
    lists = list(_lists(page, body))
    return (
        *renumbered([*boxes, *of_text]),
        *_links(LinkKind.TERKINI, (_targets(node, page.url) for node, kind in lists if kind is LinkKind.TERKINI), own),
        *_links(LinkKind.TERKAIT, (_targets(node, page.url) for node, kind in lists if kind is LinkKind.TERKAIT), own),
    )


def _links(kind: LinkKind, lists: Iterable[list[Target]], own: str) -> list[Link]:
    """The links of one kind, numbered, without those to the article itself."""
    targets: dict[str, Target] = {}
    for target in chain.from_iterable(lists):
        if target.address.article_id != own:
            targets.setdefault(target.address.article_id, target)
    return [
        Link(kind=kind, position=position, text=target.text, url=target.address.url, article_id=article_id)
        for position, (article_id, target) in enumerate(targets.items(), 1)
    ]


def renumbered(links: Iterable[Link]) -> tuple[Link, ...]:
    """The links with positions 1, 2, … within each kind, the kinds in their fixed order, no target twice in a kind."""
    kept: dict[tuple[LinkKind, str], Link] = {}
    for link in links:
        kept.setdefault((link.kind, link.article_id or link.url), link)
    counts: dict[LinkKind, int] = {}
    result = []
    for link in sorted(kept.values(), key=lambda link: _ORDER[link.kind]):
        counts[link.kind] = position = counts.get(link.kind, 0) + 1
        result.append(
            link
            if link.position == position
            else Link(kind=link.kind, position=position, text=link.text, url=link.url, article_id=link.article_id)
        )
    return tuple(result)


_ORDER: Final = {
    kind: order for order, kind in enumerate((LinkKind.BACA_JUGA, LinkKind.INLINE, LinkKind.TERKINI, LinkKind.TERKAIT))
}


def _related_boxes(page: ArticlePage, body: LexborNode) -> list[LexborNode]:
    """The boxes "Terkait" and "Baca juga" beside and below the text of 2015–16."""
    found = page.landmarks.all(".kcm-read-terkait") + page.landmarks.all(".berita-terkait-content")
    return [node for node in found if not _is_hidden(node) and not _has_ancestor(node, body)]


def _lists(page: ArticlePage, body: LexborNode) -> Iterator[tuple[LexborNode, LinkKind]]:
    """The lists around the text that belong to the article, with their kind."""
    landmarks = page.landmarks
    for node in landmarks.all(".latest") + landmarks.all(".articleList"):
        kind = _kind_by_heading(node)
        if kind is not None and not _is_hidden(node) and not _has_ancestor(node, body):
            yield node, kind
    # "Berita Terkait"; the box "Artikel Terkait" of 2021–23, which overlaps it, stands in where there is none.
    for selector in (".related__inline", ".aTerkait"):
        shown = [node for node in landmarks.all(selector) if not _is_hidden(node) and not _has_ancestor(node, body)]
        if shown:
            yield from ((node, LinkKind.TERKAIT) for node in shown)
            return


def _kind_by_heading(node: LexborNode) -> LinkKind | None:
    """Which list it is by the heading before it; None for the site's other lists, which look the same."""
    heading = _heading_before(node)
    if heading is None:
        # Without any heading the widget below the text is still told by its tracking class.
        return LinkKind.TERKINI if "ga--latest" in (node.attributes.get("class") or "").split() else None
    if _LATEST_HEADING.match(heading):
        return LinkKind.TERKINI
    return LinkKind.TERKAIT if _RELATED_HEADING.match(heading) else None


def _heading_before(node: LexborNode) -> str | None:
    """Short text of the nearest element before a list, at most a few levels up."""
    level: LexborNode | None = node
    for _ in range(_HEADING_DEPTH):
        if level is None or level.tag in ("body", "html"):
            return None
        sibling = level.prev
        while sibling is not None:
            if sibling.is_element_node and sibling.tag not in ("script", "style"):
                text = " ".join(sibling.text().split())
                if text:
                    return text if len(text) <= _LONGEST_HEADING else None
            sibling = sibling.prev
        level = level.parent
    return None


def _targets(box: LexborNode, url: str) -> list[Target]:
    """The articles of a list in page order, each once, with the text of the first of its links that has one."""
    found: dict[str, Target] = {}
    known: dict[str, ArticleAddress | None] = {}
    for anchor in box.css("a[href]"):
        href = anchor.attributes.get("href") or ""
        if href not in known:
            known[href] = article_at(url, href)
        address = known[href]
        if address is None:
            continue
        target = found.get(address.article_id)
        if target is None or not target.text:
            found[address.article_id] = Target(_title(anchor), address)
    if all(target.text for target in found.values()):
        return list(found.values())
    shown = _alternatives(box)
    return [target if target.text else target._replace(text=shown.get(key, "")) for key, target in found.items()]


def _title(anchor: LexborNode) -> str:
    """Headline within a link. From late 2024 one link holds picture, headline, section and date of an item."""
    text = " ".join(anchor.text().split())
    if not text or is_bare_text(anchor):
        return text
    return text_of(anchor.css_first(_HEADINGS) or anchor)


def _alternatives(box: LexborNode) -> dict[str, str]:
    """What stands for the headline where every link of an item is only a picture, by article."""
    found: dict[str, str] = {}
    for anchor in box.css("a[href]"):
        address = parse_article_address(anchor.attributes.get("href") or "")
        if address is None or address.article_id in found:
            continue
        image = anchor.css_first("img[alt]")
        text = anchor.attributes.get("title") or (image.attributes.get("alt") if image is not None else None)
        if text and text.strip():
            found[address.article_id] = " ".join(text.split())
    return found


def _is_hidden(node: LexborNode) -> bool:
    level: LexborNode | None = node
    while level is not None and level.tag != "body":
        attributes = level.attributes
        if "style" in attributes and _HIDDEN.search(attributes["style"] or ""):
            return True
        level = level.parent
    return False


def _has_ancestor(node: LexborNode, container: LexborNode) -> bool:
    parent = node.parent
    while parent is not None:
        if parent.mem_id == container.mem_id:
            return True
        parent = parent.parent
    return False
