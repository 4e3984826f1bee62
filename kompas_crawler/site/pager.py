"""What the pager under a list says: the address of the next page and the number of the last.

It knows the pagers of every age: links with `data-ci-pagination-page` or a number in the address, `--next`, `--last`,
and the "Load More" button. It refuses to invent a page that the pager does not name.
"""

from __future__ import annotations

import re
from typing import Final, NamedTuple

from selectolax.lexbor import LexborHTMLParser, LexborNode

from kompas_crawler.site.addresses import clean_url, refusal
from kompas_crawler.site.listings import absolute, folded

_LINKS: Final = ".paging__wrap a, ul.paginasi a, .kcm-channel-paging a, .pagination a"
_NEXT: Final = "a.paging__link--next, a[rel~=next], head link[rel~=next]"
_LAST: Final = "a.paging__link--last"
_ARROW: Final = re.compile(r"›|»|next|berikut|selanjutnya", re.IGNORECASE)
_IN_QUERY: Final = re.compile(r"(?:^|[&;])p(?:age)?=([0-9]{1,6})(?:&|$)")
_IN_PATH: Final = re.compile(r"/([0-9]{1,6})/?$")
_NUMBER: Final = re.compile(r"[0-9]{1,6}")


class Pager(NamedTuple):
    """What a pager says."""

    next_url: str | None
    """Address of the next page, absolute and without tracking; None when the pager names none that may be requested."""
    last_page: int | None
    """Number of the last page: of the link "Last", or, where nothing follows, the highest number named."""


NO_PAGER: Final = Pager(None, None)


def read_pager(tree: LexborHTMLParser, url: str) -> Pager:
    """The pager of a list page that was fetched from `url`."""
    links = tree.css(_LINKS)
    numbers = {number: link for link in reversed(links) if (number := _number(link, url)) is not None}
    next_url = _next_url(tree, numbers, url)
    has_arrow = any(_ARROW.search(folded(link.text()) or "") for link in links)
    return Pager(next_url, _last_page(tree, numbers, url, is_end=next_url is None and not has_arrow))


def _next_url(tree: LexborHTMLParser, numbers: dict[int, LexborNode], url: str) -> str | None:
    button = tree.css_first("#btn-load-more[data-url][data-page]")
    if button is not None:
        return _requestable(f"{button.attributes['data-url']}/{button.attributes['data-page']}", url)
    for link in tree.css(_NEXT):
        found = _requestable(link.attributes.get("href"), url)
        if found is not None:
            return found
    following = numbers.get(_current_page(tree, url) + 1)
    return _requestable(following.attributes.get("href"), url) if following is not None else None


def _last_page(tree: LexborHTMLParser, numbers: dict[int, LexborNode], url: str, *, is_end: bool) -> int | None:
    announced = tree.css_first(_LAST)
    if announced is not None:
        return _number(announced, url)
    return max(numbers) if is_end and numbers else None


def _current_page(tree: LexborHTMLParser, url: str) -> int:
    active = tree.css_first(".paging__link--active, .paginasi .active a, .kcm-channel-paging a.active")
    number = _number(active, url) if active is not None else None
    return number or _number_in(url) or 1


def _number(link: LexborNode, base: str) -> int | None:
    """The page a link of the pager leads to, by its attribute, its text or its address; None for an idle arrow."""
    named = link.attributes.get("data-ci-pagination-page") or folded(link.text()) or ""
    if _NUMBER.fullmatch(named):
        return int(named) or None  # pages are counted from 1
    return _number_in(absolute(base, link.attributes.get("href")) or "")


def _number_in(url: str) -> int | None:
    place, _, query = url.partition("#")[0].partition("?")
    found = _IN_QUERY.search(query) or _IN_PATH.search(place)
    return int(found[1]) or None if found else None


def _requestable(href: str | None, base: str) -> str | None:
    url = absolute(base, href)
    if url is None:
        return None
    url = clean_url(url)
    return url if refusal(url) is None else None
