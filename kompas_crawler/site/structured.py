"""What a page says about its article for machines: meta elements, canonical link, JSON-LD and the data layer.

It hands over what stands there, cleaned of white space only. Which of several statements is believed is decided by
its readers; that JSON-LD names the editor as author, for one, is not known here.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import Any, Final

from selectolax.lexbor import LexborHTMLParser, LexborNode

from kompas_crawler.site.listings import folded

_HEAD_QUERY: Final = 'meta, link[rel], title, script[type="application/ld+json"]'
_NEWS_TYPES: Final = frozenset(
    ("NewsArticle", "Article", "ReportageNewsArticle", "OpinionNewsArticle", "BlogPosting", "LiveBlogPosting")
)
# A block may hold raw line breaks within strings, which strict JSON forbids.
_JSON: Final = json.JSONDecoder(strict=False)
_DATA_LAYER: Final = b"dataLayer"
_DATA_LAYER_START: Final = re.compile(rb"dataLayer\s*\.\s*push\s*\(")
_DATA_LAYER_BYTES: Final = 8_000
# Flat pairs of strings or numbers; on updated pages the time is an object: `"content_PublishedDate": {"0": "…"}`.
_DATA_LAYER_PAIR: Final = re.compile(
    r"""["'](content_\w+)["']\s*:\s*(?:\{\s*["']0["']\s*:\s*)?(?:"((?:[^"\\]|\\.)*)"|'((?:[^'\\]|\\.)*)'|(\d+))"""
)


class Structured:
    """The machine-readable statements of one page. JSON-LD and data layer are read when they are asked for."""

    __slots__ = ("_blocks", "_data_layer", "_metas", "_news_articles", "_raw", "canonical", "document_title")

    def __init__(self, tree: LexborHTMLParser) -> None:
        self._raw = tree.raw_html
        self._metas: dict[str, str] = {}
        self._blocks: list[str] = []
        self._news_articles: list[dict[str, Any]] | None = None
        self._data_layer: dict[str, str] | None = None
        self.canonical: str | None = None
        """Target of `link[rel=canonical]` as printed."""
        self.document_title: str | None = None
        """Text of `<title>`."""
        self._read(tree.head.css(_HEAD_QUERY) if tree.head is not None else [])
        if self.canonical is None and "og:url" not in self._metas:
            # A stray element can end the head early: everything after it is then in the body.
            self._blocks.clear()
            self._read(tree.css(_HEAD_QUERY))

    def _read(self, nodes: list[LexborNode]) -> None:
        for node in nodes:
            attributes = node.attributes
            if node.tag == "meta":
                name = attributes.get("name") or attributes.get("property")
                content = attributes.get("content")
                if name and content and not content.isspace():
                    self._metas.setdefault(name.lower(), content)
            elif node.tag == "link":
                if self.canonical is None and (attributes.get("rel") or "").lower() == "canonical":
                    self.canonical = folded(attributes.get("href"))
            elif node.tag == "title":
                # An `<svg>` has titles too, but those are not in the head.
                self.document_title = self.document_title or folded(node.text())
            else:
                self._blocks.append(node.text())

    def meta(self, *names: str) -> str | None:
        """Content of the first of these meta elements (by name or property) that is there and not empty."""
        for name in names:
            if (content := self._metas.get(name.lower())) is not None:
                return folded(content)
        return None

    def content(self, name: str) -> str | None:
        """One of the site's own `content_…` statements, from its meta element or else from the data layer."""
        return self.meta(name) or self.data_layer.get(name)

    @property
    def data_layer(self) -> dict[str, str]:
        """The `content_…` statements of `dataLayer.push({…})`, empty ones left out."""
        if self._data_layer is None:
            self._data_layer = dict(_data_layer_pairs(self._raw or b""))
        return self._data_layer

    @property
    def news_articles(self) -> list[dict[str, Any]]:
        """The `NewsArticle` objects of all JSON-LD blocks, in page order. Blocks that are not JSON are left out."""
        if self._news_articles is None:
            self._news_articles = [
                item
                for block in self._blocks
                if "Article" in block or "Posting" in block
                for item in _articles_in(block)
            ]
        return self._news_articles

    def json_ld(self, name: str) -> str | None:
        """The first string under this name in a `NewsArticle` object."""
        for item in self.news_articles:
            value = item.get(name)
            if isinstance(value, str) and (text := folded(value)):
                return text
        return None

    def is_typed(self, name: str) -> bool:
        """Whether a `NewsArticle` object also calls itself by this JSON-LD type."""
        return any(name in _types(item) for item in self.news_articles)


def _data_layer_pairs(raw: bytes) -> Iterator[tuple[str, str]]:
    # `find` is several times faster than a search for the pattern, and this runs over the whole page.
    start, position = None, raw.find(_DATA_LAYER)
    while start is None and position >= 0:
        start = _DATA_LAYER_START.match(raw, position)
        position = raw.find(_DATA_LAYER, position + 1)
    if start is None:
        return
    text = raw[start.end() : start.end() + _DATA_LAYER_BYTES].decode("utf-8", "replace").partition("</script")[0]
    for name, double, single, number in _DATA_LAYER_PAIR.findall(text):
        value = folded(number or _unescaped(double or single))
        if value:
            yield name, value


def _unescaped(text: str) -> str:
    if "\\" not in text:
        return text
    try:
        return str(_JSON.decode(f'"{text}"'))
    except ValueError:
        return text


def _articles_in(block: str) -> Iterator[dict[str, Any]]:
    try:
        top = _JSON.decode(block)
    except (ValueError, RecursionError):
        return
    waiting = [top]
    while waiting:
        value = waiting.pop(0)
        if isinstance(value, list):
            waiting.extend(value)
        elif isinstance(value, dict):
            if not _NEWS_TYPES.isdisjoint(_types(value)):
                yield value
            waiting.extend(value[key] for key in ("@graph", "mainEntity") if key in value)


def _types(item: dict[str, Any]) -> list[str]:
    types = item.get("@type")
    return [name for name in (types if isinstance(types, list) else [types]) if isinstance(name, str)]
