"""What the fuzzers begin with: the pages of `tests/cases`, and a few of everything else that is read."""

from __future__ import annotations

import gzip
import json
from collections.abc import Sequence
from functools import cache
from pathlib import Path

from kompas_crawler.archive import warc

CASES = Path(__file__).resolve().parents[1] / "cases"
ARTICLE = "https://nasional.kompas.com/read/2021/04/14/20593837/banjir-surut"
LIST = "https://indeks.kompas.com/?site=all&date=2021-04-14&page=2"
DATES = (
    b"Kompas.com - Diperbarui 10/09/2022, 14:13 WIB",
    b"2021-04-14T20:59:38+07:00",
    b"Rabu, 4 November 2015 | 21:04 WIB",
    b"November 1, 2020, 08.42 PM",
    b"Wed, 14 Apr 2021 13:59:38 GMT",
    b"120",
)
ADDRESSES = (
    ARTICLE.encode(),
    LIST.encode(),
    b"https://amp.kompas.com/nasional/read/2021/04/14/205938370/a?page=all#x",
    b"http://kompas.com@evil.example/read/2021/04/14/205938370/a",
    b"https://xn--kmpas-jua.com/read/2021/04/14/1/a",
)
ARGUMENTS = (
    b"since=2021-04-01&until=2021-04-14&sections=global,nasional&follow=none",
    b"limit=20&depth=2&content=metadata&render=fallback&routes=index",
)
SETTINGS = (b"22:00-05:30", b"23,47,119,744", b"1,7,31")


@cache
def pages(*, lists: bool) -> tuple[bytes, ...]:
    found = []
    for path in sorted(CASES.glob("*/page.html.gz")):
        url = json.loads((path.parent / "case.json").read_text())["url"]
        if ("/read/" not in url) == lists:
            found.append(gzip.decompress(path.read_bytes()))
    return tuple(sorted(found, key=len)[:60])


def lists() -> Sequence[bytes]:
    fixtures = Path(__file__).resolve().parents[1] / "site" / "fixtures" / "lists"
    return [path.read_bytes() for path in sorted(fixtures.glob("*.html"))] or pages(lists=True) or pages(lists=False)


_SITEMAP = (
    b'<?xml version="1.0" encoding="UTF-8"?><urlset xmlns="http://www.sitemaps.org/schemas/sitemap/0.9" '
    b'xmlns:news="http://www.google.com/schemas/sitemap-news/0.9"><url><loc>' + ARTICLE.encode() + b"</loc>"
    b"<lastmod>2021-04-14T20:59:38+07:00</lastmod><news:news><news:publication_date>2021-04-14T20:59:38+07:00"
    b"</news:publication_date><news:title>Banjir &amp;amp; Surut</news:title></news:news></url></urlset>"
)
SITEMAPS = (
    _SITEMAP,
    gzip.compress(_SITEMAP, mtime=0),
    b"<sitemapindex><sitemap><loc>https://www.kompas.com/sitemap-news.xml</loc></sitemap></sitemapindex>",
    b'<!DOCTYPE urlset [<!ENTITY a SYSTEM "file:///etc/passwd">]><urlset><url><loc>&a;</loc></url></urlset>',
)
ROBOTS = (
    b"User-agent: *\nDisallow: /search\nCrawl-delay: 2\n"
    b"# Text and data mining is reserved: prior written permission is required.\n"
)
ANSWER = b"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhalo!\r\n0\r\n\r\n"


def warc_files() -> Sequence[bytes]:
    about = [("WARC-Type", "response"), ("WARC-Target-URI", ARTICLE), ("WARC-Date", "2021-04-20T05:00:00Z"),
             ("WARC-Record-ID", "<urn:uuid:0>"), ("Content-Type", "application/http; msgtype=response")]  # fmt: skip
    plain = (
        b"WARC/1.0\r\nWARC-Type: response\r\nWARC-Target-URI: https://www.kompas.com/\r\n"
        b"WARC-Date: 2021-04-20T05:00:00Z\r\nContent-Type: application/http; msgtype=response\r\n"
        b"Content-Length: %d\r\n\r\n%b\r\n\r\n" % (len(ANSWER), ANSWER)
    )
    ours = warc.encode(about, b"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\n\r\n", b"<html></html>")
    return [plain, plain * 2, ours, ours * 2, gzip.compress(plain * 2, mtime=0)]


def refusals() -> Sequence[bytes]:
    """Pages that refuse, the first byte of each standing for the status, and some that do not."""
    return (b"\xc8<html><title>Just a moment...</title>", b"\x00{}", *pages(lists=False)[:3])


def http_answers() -> Sequence[bytes]:
    """Blocks of WARC records, and a body in gzip."""
    return (ANSWER, b"\x00" + gzip.compress(b"halo " * 50, mtime=0), b"HTTP/0.9\r\n\r\n")
