"""Sitemaps: the index of sitemaps, a section's web sitemap and its Google News sitemap.

It knows the sitemap protocol and the `news:` and `image:` extensions in whatever namespace they come, and treats every
file as hostile: no document type, no entities, nothing from outside, a bound on what a compressed one may unpack to.
`lastmod` is the time of the last change and is never taken for the time of publication.
"""

from __future__ import annotations

import zlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from html import unescape
from typing import Any, Final

from lxml import etree  # type: ignore[import-untyped]

from kompas_crawler.errors import NotAListPage
from kompas_crawler.items import Listing
from kompas_crawler.site.addresses import parse_article_address
from kompas_crawler.site.dates import parse_machine_time
from kompas_crawler.site.listings import Excluded, Item, absolute, collect, folded, is_foreign

_GZIP_MAGIC: Final = b"\x1f\x8b"
_GZIP_WBITS: Final = 31
# The sitemap protocol's own bound on an uncompressed file.
_MAX_BYTES: Final = 50 * 1024 * 1024
_PARSER_OPTIONS: Final = {
    "resolve_entities": False,
    "load_dtd": False,
    "no_network": True,
    "huge_tree": False,
    "remove_comments": True,
    "remove_pis": True,
}


@dataclass(frozen=True, slots=True)
class SitemapRef:
    """One sitemap that a sitemap index names."""

    url: str
    """Absolute address."""
    lastmod: datetime | None
    """When it last changed, aware UTC (a bare day is 00:00 WIB); None when not said or not readable."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Sitemap:
    """What one sitemap file says. A file is an index (`sitemaps`) or a list of pages (`entries` and `excluded`)."""

    sitemaps: tuple[SitemapRef, ...] = ()
    """The sitemaps it names, in file order, each once."""
    entries: tuple[Listing, ...] = ()
    """The articles it lists, in file order, each once."""
    excluded: tuple[Excluded, ...] = ()
    """The other addresses it lists: of other hosts, or no articles."""
    changed_at: Mapping[str, datetime] = field(default_factory=dict)
    """When listed articles last changed, by key, aware UTC; without those of which it is not said or not readable."""


def parse_sitemap(xml: bytes, url: str) -> Sitemap:
    """The sitemaps or the articles that a sitemap file names; the file may be gzipped.

    `published_text` of an entry is its `news:publication_date`, `image_url` its first `image:loc`. An index's sitemaps
    on other hosts are in `excluded`.

    Raises:
        NotAListPage: no well-formed XML (`malformed_xml`), another document (`not_a_list`), a document type
            (`unsafe_xml`), or more than 50 MiB unpacked (`too_large`).
    """
    root = _root(_unpacked(xml, url), url)
    kind = _name(root)
    if kind == "sitemapindex":
        return _index(root, url)
    if kind == "urlset":
        entries, excluded = collect(_items(root), url)
        return Sitemap(entries=entries, excluded=excluded, changed_at=_changes(root))
    raise NotAListPage(f"expected a urlset or a sitemapindex, found {kind!r}: {url}")


def _unpacked(body: bytes, url: str) -> bytes:
    if not body.startswith(_GZIP_MAGIC):
        return body
    unpacker = zlib.decompressobj(_GZIP_WBITS)
    try:
        unpacked = unpacker.decompress(body, _MAX_BYTES)
    except zlib.error as error:
        raise NotAListPage(f"broken gzip ({error}): {url}", reason="malformed_xml") from error
    if unpacker.unconsumed_tail:
        raise NotAListPage(f"a sitemap of more than {_MAX_BYTES} bytes: {url}", reason="too_large")
    if not unpacker.eof:
        raise NotAListPage(f"the gzip breaks off after {len(unpacked)} bytes of text: {url}", reason="malformed_xml")
    return unpacked


def _root(xml: bytes, url: str) -> Any:
    try:
        root = etree.fromstring(xml.lstrip(), etree.XMLParser(**_PARSER_OPTIONS))
    except (etree.XMLSyntaxError, ValueError) as error:
        message = f"expected a sitemap, found no well-formed XML ({error}): {url}"
        raise NotAListPage(message, reason="malformed_xml") from error
    if root.getroottree().docinfo.doctype:
        raise NotAListPage(f"a sitemap has no document type, this one does: {url}", reason="unsafe_xml")
    return root


def _index(root: Any, url: str) -> Sitemap:
    sitemaps: dict[str, SitemapRef] = {}
    excluded: dict[str, Excluded] = {}
    for node in root.iterchildren("{*}sitemap"):
        location = absolute(url, _text(node, "loc"))
        if location is None:
            continue
        if is_foreign(location):
            excluded.setdefault(location, Excluded(location, "foreign_host"))
        else:
            sitemaps.setdefault(location, SitemapRef(location, _instant(_text(node, "lastmod"))))
    return Sitemap(sitemaps=tuple(sitemaps.values()), excluded=tuple(excluded.values()))


def _items(root: Any) -> Iterator[Item]:
    for node in root.iterchildren("{*}url"):
        location = _text(node, "loc")
        if location is None:
            continue
        title = _text(node, "news/title")
        yield Item(
            url=location,
            # Titles come with their entities escaped twice, or inside CDATA.
            title=folded(unescape(title)) if title else None,
            published_text=_text(node, "news/publication_date"),
            image_url=_text(node, "image/loc"),
        )


def _changes(root: Any) -> dict[str, datetime]:
    changes = {}
    for node in root.iterchildren("{*}url"):
        address = parse_article_address(_text(node, "loc") or "")
        changed_at = _instant(_text(node, "lastmod"))
        if address is not None and changed_at is not None:
            changes[address.article_id] = changed_at
    return changes


def _text(node: Any, path: str) -> str | None:
    """Text at a path of local names, in any namespace; None when it is not there or empty."""
    found = node.find("/".join(f"{{*}}{name}" for name in path.split("/")))
    return folded("".join(found.itertext())) if found is not None else None


def _name(node: Any) -> str:
    return str(etree.QName(node).localname)


def _instant(text: str | None) -> datetime | None:
    """A W3C date or time as aware UTC, in WIB where it names no zone."""
    return parse_machine_time(text) or parse_machine_time(f"{text} 00:00") if text else None
