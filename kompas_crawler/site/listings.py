"""From what a list prints to `Listing` records, whatever kind of list it is: index page, front or sitemap.

It knows which printed address is an article of the site, when that article was published, and that a list may name an
article twice. It refuses to know any markup: the readers of HTML, JSON and XML hand it the raw strings of each item.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime, time
from urllib.parse import urljoin, urlsplit

from kompas_crawler.items import Listing, PublishedSource
from kompas_crawler.site.addresses import ArticleAddress, is_site_host, parse_article_address
from kompas_crawler.site.dates import WIB, parse_printed_time


@dataclass(frozen=True, slots=True)
class Excluded:
    """One item of a list that is no article of the site, with the reason."""

    url: str
    """The address as an absolute one; as printed when it cannot be made absolute."""
    reason: str
    """`foreign_host` (kompas.id, kompas.tv, an advertiser) or `not_an_article` (jeo., video., a gallery)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ListPage:
    """What one page of a list says."""

    entries: tuple[Listing, ...]
    """The articles listed, in page order, each once."""
    excluded: tuple[Excluded, ...]
    """The other items of the list, in page order."""
    last_page: int | None
    """Number of the last page as the pager announces it (known to be too low at times); None when it does not."""
    next_url: str | None
    """Address of the next page as the pager names it; None at the end, and where there is no pager."""
    layout: str
    """Markup the list wears: `list_2016`, `list_2017`, `list_2024`, or `front_…` of the same years."""

    @property
    def is_empty(self) -> bool:
        """The list shows no item at all, not even one that is excluded: the walk is past its end."""
        return not self.entries and not self.excluded


@dataclass(frozen=True, slots=True, kw_only=True)
class Item:
    """One item of a list as printed: raw strings, white space folded, None where the list prints nothing."""

    url: str
    """Address as printed, perhaps relative."""
    title: str | None = None
    label: str | None = None
    published_text: str | None = None
    description: str | None = None
    image_url: str | None = None


def folded(text: str | None) -> str | None:
    r"""The text with every run of white space (nbsp too) as one space; None when nothing is left.

    >>> folded("  Banjir\n\t di\xa0 Kota "), folded(" \n"), folded(None)
    ('Banjir di Kota', None, None)
    """
    return " ".join(text.split()) or None if text else None


def absolute(base: str, href: str | None) -> str | None:
    """A printed address made absolute against the page's; None when there is none or it is no http(s) address.

    >>> absolute("https://indeks.kompas.com/?page=2", "//www.kompas.com/tren")
    'https://www.kompas.com/tren'
    >>> absolute("https://indeks.kompas.com/", "javascript:void(0)") is None
    True
    """
    href = href.strip() if href else ""
    if not href or href.startswith("#"):
        return None
    try:
        # Joining costs more than all else here, and most lists print absolute addresses.
        url = href if href.startswith(("https://", "http://")) else urljoin(base, href)
        parts = urlsplit(url)
        return url if parts.scheme in ("http", "https") and parts.hostname else None
    except ValueError:
        return None


def article_at(base: str, href: str | None) -> ArticleAddress | None:
    """The article that a printed address names, absolute or relative to the page's; None when it names none.

    >>> article_at("https://www.kompas.com/tren", "/tren/read/2021/04/14/205938365/a").article_id
    '20210414-205938365'
    """
    href = href.strip() if href else ""
    return parse_article_address(href if href.startswith(("https://", "http://")) else absolute(base, href) or "")


def collect(items: Iterable[Item], base: str) -> tuple[tuple[Listing, ...], tuple[Excluded, ...]]:
    """The listed articles and the excluded items, in the order of the items, each once.

    `position` counts both kinds, so it is the place in the list as a reader sees it. When an article is named twice,
    the first mention stands.
    """
    entries: dict[str, Listing] = {}
    excluded: dict[str, Excluded] = {}
    for item in items:
        address = article_at(base, item.url)
        if address is None:
            url = absolute(base, item.url) or item.url
            excluded.setdefault(url, Excluded(url, "foreign_host" if is_foreign(url) else "not_an_article"))
        elif address.article_id not in entries:
            entries[address.article_id] = _listing(item, address, base, len(entries) + len(excluded) + 1)
    return tuple(entries.values()), tuple(excluded.values())


def is_foreign(url: str) -> bool:
    """Whether an address leads to a host outside kompas.com; False for one that names no host.

    >>> is_foreign("https://www.kompas.id/baca/1"), is_foreign("https://jeo.kompas.com/x"), is_foreign("x")
    (True, False, False)
    """
    try:
        host = urlsplit(url).hostname
    except ValueError:
        return False
    return host is not None and not is_site_host(host)


def _listing(item: Item, address: ArticleAddress, base: str, position: int) -> Listing:
    published_at, source = _published(address, item.published_text)
    return Listing(
        article_id=address.article_id,
        url=address.url,
        section=address.section,
        title=item.title,
        published_at=published_at,
        published_on=address.published_on,
        published_source=source,
        published_text=item.published_text,
        label=item.label,
        description=item.description,
        image_url=absolute(base, item.image_url),
        position=position,
    )


def _published(address: ArticleAddress, text: str | None) -> tuple[datetime, PublishedSource]:
    """The instant in the id; else the listed time; else 00:00 WIB of the address's day.

    A listed time on another day than the address names is that of an update, which is never passed off as publication.
    """
    if address.published_at is not None:
        return address.published_at, PublishedSource.ID
    printed = parse_printed_time(text) if text else None
    if printed is not None and printed.has_time and not printed.is_update and printed.on == address.published_on:
        return printed.at, PublishedSource.LIST
    midnight = datetime.combine(address.published_on, time(), tzinfo=WIB)
    return midnight.astimezone(UTC), PublishedSource.LIST
