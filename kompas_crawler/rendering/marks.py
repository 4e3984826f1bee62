"""The mark on a request that sends it to the browser. It knows nothing of browsers."""

from __future__ import annotations

from enum import StrEnum

from scrapy import Request

MARK = "kompas_rendered"
"""Where a request's `meta` holds how far its page is to grow."""


class Growth(StrEnum):
    """How far a page is to grow before it is read."""

    SETTLED = "settled"
    """Until its scripts have put the text in and ask for nothing more."""
    STREAM = "stream"
    """As far as its "more" button or scrolling brings anything new."""


def rendered(request: Request, growth: Growth) -> Request:
    """Return the request for the same page, as a browser shows it.

    It is not tried again as a whole: each request of the page is, and a browser that fails is started again.

    >>> growth_of(rendered(Request("https://www.kompas.com/"), Growth.STREAM))
    <Growth.STREAM: 'stream'>
    >>> growth_of(Request("https://www.kompas.com/")) is None
    True
    """
    return request.replace(meta={**request.meta, MARK: growth.value, "dont_retry": True}, dont_filter=True)


def growth_of(request: Request) -> Growth | None:
    """Return how far a request's page is to grow; null for one that is not for the browser."""
    mark = request.meta.get(MARK)
    return Growth(mark) if mark is not None else None


def is_rendered(request: Request) -> bool:
    """Return whether a request is for the browser."""
    return MARK in request.meta
