"""The columns of an article that one element of its page fills: headline, kind, path, tags, lead picture.

Each function reads one group of columns from an opened page and says with flags where it had to take a second choice.
Times are read in `times`, writers and editors in `credits`, links in `widgets`, the text in `body`.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final

from selectolax.lexbor import LexborNode

from kompas_crawler.items import ContentType
from kompas_crawler.site.article_page import ArticlePage, text_of
from kompas_crawler.site.listings import absolute
from kompas_crawler.site.sections import is_advertorial

# --- headline ---

_TITLE_TAIL: Final = re.compile(
    r"\s*(?:[-–—|]\s*Kompas\.com\b[\w\s.+]{0,30}|\bHalaman (?:all|[0-9]+))\s*$", re.IGNORECASE
)


def read_title(page: ArticlePage) -> tuple[str | None, bool]:
    """The headline as shown, and whether it had to be taken from another place; None when the page has none at all."""
    for node in page.landmarks.all(*page.layout.title):
        if title := text_of(node):
            return title, False
    said = page.structured
    for stated in (said.meta("og:title"), said.document_title, said.json_ld("headline"), said.meta("twitter:title")):
        if stated and (cleaned := clean_title(stated)):
            return cleaned, True
    return None, True


def clean_title(title: str) -> str:
    """A title without the site's name and the number of the part.

    >>> clean_title("Banjir di Kota Lama Halaman all - Kompas.com"), clean_title("Harga Cabai Turun - Kompas.com Money")
    ('Banjir di Kota Lama', 'Harga Cabai Turun')
    """
    while (shorter := _TITLE_TAIL.sub("", title)) != title:
        title = shorter
    return title.strip()


# --- kind ---

_KINDS: Final = {
    "standard": ContentType.STANDARD,
    "kolom": ContentType.OPINION,
    "opini": ContentType.OPINION,
    "opinion": ContentType.OPINION,
    "advertorial": ContentType.ADVERTORIAL,
    "brandzview": ContentType.BRAND,
    "brandview": ContentType.BRAND,
    "kilas": ContentType.KILAS,
    "cek fakta": ContentType.FACT_CHECK,
    "fact check": ContentType.FACT_CHECK,
    "hoaks": ContentType.FACT_CHECK,
    "foto": ContentType.PHOTO,
    "photo": ContentType.PHOTO,
    "galeri": ContentType.PHOTO,
    "galeri foto": ContentType.PHOTO,
    "video": ContentType.VIDEO,
    "live": ContentType.LIVE,
    "live report": ContentType.LIVE,
}
_SPONSORED: Final = frozenset((ContentType.ADVERTORIAL, ContentType.BRAND, ContentType.KILAS))
_NO_BADGES: Final = frozenset(("", "Advertisement", "Iklan"))
_FACT_CHECK_TEAM: Final = "tim cek fakta"


def read_kind(page: ArticlePage, *, breadcrumbs: tuple[str, ...], authors: tuple[str, ...]) -> tuple[ContentType, bool]:
    """What kind of piece it is, and whether a sponsor stands behind it.

    The page's label `content_type` is trusted where it names a kind. What else it holds are subjects ("Apartemen" on
    an ordinary article about housing), not kinds; only a badge that a reader sees above the headline, with an unknown
    name, makes the kind `other`.
    """
    label = (page.structured.content("content_type") or "").casefold()
    badges = [badge for node in page.landmarks.all(".kcm__header") if (badge := text_of(node)) not in _NO_BADGES]
    kind = _kind_of(label)
    if kind in (None, ContentType.STANDARD):
        kind = _kind_shown(page, badges, breadcrumbs, authors) or ContentType.STANDARD
    return kind, kind in _SPONSORED or bool(badges) or is_advertorial(page.requested.section)


def _kind_of(label: str) -> ContentType | None:
    """The kind that a label names, e.g. `Kilas` or `Kilas Badan`; None for anything else."""
    label = label.strip().casefold()
    return _KINDS.get(label) or _KINDS.get(label.partition(" ")[0] if label.startswith(("kilas ", "live ")) else "")


def _kind_shown(
    page: ArticlePage, badges: list[str], breadcrumbs: tuple[str, ...], authors: tuple[str, ...]
) -> ContentType | None:
    landmarks = page.landmarks
    if badges:
        return _kind_of(badges[0]) or _kind_of(badges[0].split()[0]) or ContentType.OTHER
    if landmarks.first(".hoax__artikel") or _FACT_CHECK_TEAM in (name.casefold() for name in authors):
        return ContentType.FACT_CHECK
    if landmarks.first(".opinion__header", ".opinion__author"):
        return ContentType.OPINION
    if page.structured.is_typed("LiveBlogPosting"):
        return ContentType.LIVE
    shown = [text_of(node) for node in landmarks.all(".read__subtitle")]
    for name in (*shown, *breadcrumbs[-1:]):
        if kind := _kind_of(name):
            return kind
    if is_advertorial(page.requested.section):
        return ContentType.KILAS if page.requested.section.startswith("kilas") else ContentType.ADVERTORIAL
    return None


def is_adult(page: ArticlePage) -> bool:
    """Whether the page is marked 18+."""
    return "-restricted" in page.body_classes or page.structured.content("content_sensi") == "1"


# --- path, tags ---

_HOME: Final = frozenset(("home", "kompas.com", "beranda"))


def read_breadcrumbs(page: ArticlePage) -> tuple[str, ...]:
    """The path above the headline, less the front page."""
    names = (text_of(node) for node in page.landmarks.all(*page.layout.breadcrumb))
    return tuple(name for name in names if name and name.casefold() not in _HOME)


_TAGS: Final = (".tag__article__wrap a", ".read__tagging .tag__article__link", ".read__tagging a")


def read_tags(page: ArticlePage) -> tuple[str, ...]:
    """Tags in the order shown. Only where none is shown the list for machines is split, not within "9,1 persen"."""
    shown = (text_of(node).lstrip("#").strip() for node in page.landmarks.all(*_TAGS))
    tags = [tag for tag in shown if tag]
    if not tags and (stated := page.structured.content("content_tags")):
        tags = [tag.strip() for tag in re.split(r",(?:\s+|(?=\D))", stated) if tag.strip()]
    return tuple(dict.fromkeys(tags))


# --- lead picture ---

_IN_BRACKETS: Final = re.compile(r"\(([^()]*(?:\([^()]*\)[^()]*)*)\)|\[([^\[\]]*)\]")
_NOT_CAPTION: Final = frozenset(("img", "script", "style", "noscript", "button", "svg"))
_NOT_CAPTION_CLASSES: Final = frozenset(("author", "photo__author", "photo__icon", "photo__wrap"))


@dataclass(frozen=True, slots=True)
class Picture:
    """The lead picture, see the columns `image_…`."""

    url: str | None = None
    caption: str | None = None
    credit: str | None = None


def read_picture(page: ArticlePage, body: LexborNode) -> Picture:
    """The first picture that is not part of the body; its address from `og:image` where the page loads it later."""
    shared = absolute(page.url, page.structured.meta("og:image"))
    block = next((node for node in page.landmarks.all(*page.layout.photo) if not _is_within(node, body)), None)
    if block is None:
        return Picture(url=shared)
    caption = block.css_first(".photo__caption") or block
    credit = block.css_first(".photo__author, .author")
    return Picture(
        url=_source(block, page.url) or shared,
        caption=_caption(caption) or None,
        credit=_credit(credit) if credit is not None else None,
    )


def _is_within(node: LexborNode, container: LexborNode) -> bool:
    parent = node.parent
    while parent is not None:
        if parent.mem_id == container.mem_id:
            return True
        parent = parent.parent
    return False


def _source(block: LexborNode, url: str) -> str | None:
    image = block.css_first("img")
    if image is None:
        return None
    for name in ("src", "data-src"):
        address = image.attributes.get(name) or ""
        # A page saved by a browser names a file beside it; a page that loads pictures late has `data:` in `src`.
        if address.startswith(("http://", "https://", "//", "/")):
            return absolute(url, address)
    return None


def _caption(block: LexborNode) -> str:
    parts = []
    for piece in block.iter(include_text=True):
        if piece.is_text_node:
            parts.append(piece.text())
        elif piece.tag not in _NOT_CAPTION and _NOT_CAPTION_CLASSES.isdisjoint(
            (piece.attributes.get("class") or "").split()
        ):
            parts.append(f" {text_of(piece)} " if piece.tag in ("p", "div", "br") else piece.text())
    return " ".join("".join(parts).split())


def _credit(node: LexborNode) -> str | None:
    """A picture's credit without the brackets around it.

    Source: `span.author` holds it bare, `.photo__author` in brackets.
    """
    text = text_of(node)
    match = _IN_BRACKETS.fullmatch(text)
    if match is not None:
        text = match[1] or match[2] or ""
    return text.strip() or None
