"""A reader of the replica that knows nothing of the crawler: requests, links on a page, walks along the index."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date
from http.client import HTTPConnection, HTTPResponse
from urllib.parse import urlsplit

from kompas_crawler.replica import Replica

DAY = date(2021, 4, 14)
_ARTICLE = re.compile(r"""href=["'](https?://[^"']*/read/(?:xml/)?(\d{4})/(\d\d)/(\d\d)/(\d+)/[^"']*)""")


def keys_in(html: str) -> list[str]:
    """Keys of the articles linked above the footer, in order, without repeats."""
    found = _ARTICLE.findall(html.split('class="footer')[0])
    return list(dict.fromkeys(f"{year}{month}{day}-{no}" for _, year, month, day, no in found))


def walk(replica: Replica, day: date, site: str = "all") -> list[list[str]]:
    """Keys on each page of the index, up to the first page without any."""
    pages: list[list[str]] = []
    while not pages or pages[-1]:
        path = f"/?site={site}&date={day}&page={len(pages) + 1}"
        pages.append(keys_in(replica.get("indeks.kompas.com", path).decode()))
    return pages[:-1]


@contextmanager
def asking(
    replica: Replica, host: str, path: str, *, method: str = "GET", timeout: float = 20, **headers: str
) -> Iterator[HTTPResponse]:
    """The answer to one request on a connection of its own; `Accept_Encoding` stands for `Accept-Encoding`."""
    address = urlsplit(replica.url)
    connection = HTTPConnection(str(address.hostname), address.port, timeout=timeout)
    try:
        fields = {"Host": host, **{name.replace("_", "-"): value for name, value in headers.items()}}
        connection.request(method, path, headers=fields)
        with connection.getresponse() as answer:
            yield answer
    finally:
        connection.close()
