"""An article's page, opened: its address, its tree, its layout; or the reason why it is no article.

It decides whether the bytes that came for an article's address are that article, in a known layout. What the article
says is read elsewhere.
"""

from __future__ import annotations

import codecs
import re
from dataclasses import dataclass
from typing import Final

from selectolax.lexbor import LexborHTMLParser, LexborNode, SelectolaxError

from kompas_crawler.errors import BlockedPage, NotAnArticle, NotAnArticleAddress, UnknownLayout
from kompas_crawler.site.addresses import ArticleAddress, parse_article_address
from kompas_crawler.site.blocked import BlockReason, diagnose
from kompas_crawler.site.bounds import excess
from kompas_crawler.site.layouts import Landmarks, Layout
from kompas_crawler.site.listings import article_at, folded
from kompas_crawler.site.structured import Structured

# Whole titles only: headlines speak of a "Fiat 500" and of persons who are "tidak ditemukan".
_ERROR_TITLE: Final = re.compile(
    r"\W*(?:(?:error|galat)\W+)?(?:40[0-9]|410|50[0-9])\b(?:\W+\w+){0,3}\W*(?:kompas\.com)?\W*"
    r"|\W*(?:maaf\W+)?(?:halaman|artikel|berita|konten|page)\s(?:\w+\s){0,4}?"
    r"(?:tidak\s(?:di)?temukan|tidak\stersedia|not\sfound)"
    r"\W*(?:kompas\.com)?\W*",
    re.IGNORECASE,
)
_CHARSET: Final = re.compile(rb"""<meta[^>]{0,200}?charset\s*=\s*["']?\s*([A-Za-z0-9_.:-]{2,40})""", re.IGNORECASE)
_CHARSET_BYTES: Final = 4_096
_BYTE_ORDER_MARKS: Final = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
_BREAKING: Final = frozenset(("br", "p", "div", "li", "td"))
_RUNNING_TEXT: Final = 80
_FEWEST_PARAGRAPHS: Final = 2


@dataclass(frozen=True, slots=True)
class ArticlePage:
    """One page that is an article in a known layout."""

    url: str
    """The address it was asked for by."""
    requested: ArticleAddress
    address: ArticleAddress
    """The one of `link[rel=canonical]`, else the requested one. The slug of `og:url` may be an older one."""
    layout: Layout
    landmarks: Landmarks
    structured: Structured
    body_classes: frozenset[str]
    """Classes of `<body>`."""
    is_reencoded: bool
    """The bytes were not valid in the page's character set."""


def open_page(html: bytes, url: str, charset: str | None = None) -> ArticlePage:
    """The article's page that came for an address of any form (http, AMP, with a query).

    `charset` is the character set that the answer's head names, None where it names none.

    Raises:
        NotAnArticleAddress: `url` names no article of the site.
        BlockedPage: the page is a challenge, a refusal or empty.
        NotAnArticle: the page is a list, an error text or another article.
        UnknownLayout: the page holds an article, but in no layout that is known.
    """
    requested = parse_article_address(url)
    if requested is None:
        raise NotAnArticleAddress(f"expected https://….kompas.com/…read/YYYY/MM/DD/<id>/…, got {url!r}")
    valid, is_reencoded = _as_utf8(html, charset)
    if (reason := excess(valid)) is not None:
        raise NotAnArticle(f"{url} shows no page that a parser can take: {reason}", reason=reason)
    try:
        # With scripting, `<noscript>` is text and cannot end the head early.
        tree = LexborHTMLParser(valid, scripting=True)
    except (SelectolaxError, ValueError) as error:
        raise NotAnArticle(f"{url}: no HTML that can be parsed: {error}", reason="not_html") from error
    landmarks, structured = Landmarks(tree), Structured(tree)
    layout = landmarks.layout()
    if layout is None:
        raise _refusal(html, url, requested, tree, structured)
    own = _own_addresses(structured, url)
    if own and all(address.article_id != requested.article_id for address in own):
        raise NotAnArticle(f"{url} shows another article, {own[0].url}: redirected or removed", reason="other_article")
    canonical = article_at(url, structured.canonical)
    return ArticlePage(
        url=url,
        requested=requested,
        address=canonical if canonical and canonical.article_id == requested.article_id else requested,
        layout=layout,
        landmarks=landmarks,
        structured=structured,
        body_classes=frozenset((tree.body.attributes.get("class") or "").split()) if tree.body else frozenset(),
        is_reencoded=is_reencoded,
    )


def is_bare_text(node: LexborNode) -> bool:
    """Whether an element holds nothing but one text, or nothing: most do, and a query costs more than all else here."""
    child = node.first_child
    return child is None or (child.next is None and child.is_text_node)


def text_of(node: LexborNode) -> str:
    """Text of an element as a reader sees it: white space folded, a line break is a space."""
    if is_bare_text(node) or node.css_first("br, p, div, li") is None:
        return " ".join(node.text().split())
    parts = []
    for piece in node.traverse(include_text=True):
        if piece.is_text_node:
            parts.append(piece.text())
        elif piece.tag in _BREAKING:
            parts.append(" ")
    return " ".join("".join(parts).split())


def _as_utf8(html: bytes, charset: str | None) -> tuple[bytes | str, bool]:
    """The page as valid UTF-8 or text, and whether broken characters had to be replaced.

    What a byte order mark says; else UTF-8, which Kompas always used, unless that fails (or holds the zero bytes of
    UTF-16) and the answer's head or the page names another character set.
    """
    marked = next((name for mark, name in _BYTE_ORDER_MARKS if html.startswith(mark)), None)
    is_wide = charset is not None and charset.lower().startswith("utf-16") and b"\x00" in html[:_CHARSET_BYTES]
    if not marked and not is_wide:
        try:
            html.decode()
        except UnicodeDecodeError:
            match = _CHARSET.search(html[:_CHARSET_BYTES])
            charset = charset if _is_other(charset) else match[1].decode("ascii") if match else None
        else:
            return html, False
    try:
        return html.decode(marked or charset or "utf-8"), False
    except (LookupError, ValueError):
        return html.decode("utf-8", "replace"), True


def _is_other(charset: str | None) -> bool:
    """Whether a character set is named that is known and not UTF-8."""
    try:
        return charset is not None and codecs.lookup(charset).name != "utf-8"
    except (LookupError, ValueError):
        return False


def _own_addresses(structured: Structured, url: str) -> list[ArticleAddress]:
    """The article addresses that the page names as its own."""
    named = (structured.canonical, structured.meta("og:url"))
    return [address for link in named if (address := article_at(url, link)) is not None]


def _refusal(
    html: bytes, url: str, requested: ArticleAddress, tree: LexborHTMLParser, structured: Structured
) -> BlockedPage | NotAnArticle | UnknownLayout:
    """The error for a page in which no layout finds an article."""
    diagnosis = diagnose(200, {}, html)
    if diagnosis is not None and (diagnosis.is_refusal or diagnosis.reason is BlockReason.EMPTY_BODY):
        return BlockedPage(f"{url}: {diagnosis.reason}, told by {diagnosis.evidence}", reason=diagnosis.reason)
    if diagnosis is not None and diagnosis.reason is BlockReason.SOFT_ERROR:
        return NotAnArticle(f"{url} shows an error page: {diagnosis.evidence}", reason="error_page")
    own = _own_addresses(structured, url)
    if own and all(address.article_id != requested.article_id for address in own):
        return NotAnArticle(f"{url} shows another article, {own[0].url}", reason="other_article")
    if structured.document_title and _ERROR_TITLE.fullmatch(structured.document_title):
        return NotAnArticle(f"{url} shows an error page: {structured.document_title!r}", reason="error_page")
    is_named = bool(own) or bool(structured.news_articles)
    if is_named or _has_running_text(tree):
        return UnknownLayout(
            f"{url} holds an article with marks of no known layout: add its selectors to site/layouts.py, then reparse"
        )
    return NotAnArticle(f"{url} has the address of an article, but neither headline nor text of one")


def _has_running_text(tree: LexborHTMLParser) -> bool:
    """Whether a headline stands over paragraphs that share one parent."""
    if not any(folded(heading.text()) for heading in tree.css("h1, h2")):
        return False
    counts: dict[int, int] = {}
    for paragraph in tree.css("p"):
        parent = paragraph.parent
        if parent is not None and len(paragraph.text()) >= _RUNNING_TEXT:
            counts[parent.mem_id] = counts.get(parent.mem_id, 0) + 1
    return max(counts.values(), default=0) >= _FEWEST_PARAGRAPHS
