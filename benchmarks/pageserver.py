"""A server of article pages that costs little: what it takes is not to be measured, only what its clients take.

It answers the address of every article of its set with one page, made out to that address and compressed as the site
does it; `/robots.txt` with one that allows everything, the rest with 404. The page is one of the replica's with the
weight of a real one; its links to articles name others of the set, so that a crawler that follows them meets what it
knows.
"""

from __future__ import annotations

import asyncio
import base64
import random
import re
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, date, datetime, timedelta
from urllib.parse import urlsplit
from urllib.request import urlopen

from isal import igzip

from kompas_crawler.replica import running

FIRST_DAY = date(2021, 4, 14)
ARTICLES_OF_DAY = 1_000
NOISE_BYTES = 28_000
"""A real page is some 40 KB when compressed."""
WORDS_OF_PARAGRAPH = 30
VOCABULARY = [f"kata{number}" for number in range(20_000)]
TIMES = (b"\x03", b"\x04", b"\x05")
"""Stand in the template where it prints when its article was published."""
SLUG = "judul-berita-untuk-mengukur-waktu"
HOST = "nasional.kompas.com"

_MARK = "Page server at "
_REQUEST = re.compile(
    rb"GET (?:https?://[^/ ]+)?/(robots\.txt|__served|read/(\d{4}/\d\d/\d\d)/(\d+))[^\r\n]*\r\n.*?\r\n\r\n", re.S
)
_PARAGRAPH = re.compile(rb"<p>([^<>]{40,})</p>")
_ARTICLE_LINK = re.compile(rb"https://[a-z.]+kompas\.com/(?:[a-z]+/)?read/\d{4}/\d\d/\d\d/\d+/[a-z0-9-]+")
_HEADLINE = re.compile(rb"<h1[^>]*>([^<]+)</h1>")
_ROBOTS = b"User-agent: *\nDisallow: /search/\n"


def article_path(number: int) -> str:
    """Return the path of an article of the set."""
    day = FIRST_DAY + timedelta(days=number // ARTICLES_OF_DAY)
    seconds = number % ARTICLES_OF_DAY * (86_400 // ARTICLES_OF_DAY)
    clock = f"{seconds // 3600:02}{seconds // 60 % 60:02}{seconds % 60:02}"
    return f"/read/{day:%Y/%m/%d}/{clock}11/{SLUG}"


@contextmanager
def serving() -> Iterator[str]:
    """A page server as a process of its own, on the last core; yields `http://127.0.0.1:PORT`."""
    command = [sys.executable, "-m", "benchmarks.pageserver"]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        try:
            line = process.stdout.readline() if process.stdout else ""
            if not line.startswith(_MARK):
                raise RuntimeError(f"the page server wrote {line!r} instead of its address")
            yield line.removeprefix(_MARK).strip()
        finally:
            process.terminate()
            process.wait(timeout=30)


def served(server: str) -> int:
    """Return how many articles a page server has served."""
    with urlopen(f"{server}/__served", timeout=30) as answer:
        return int(answer.read())


def template() -> tuple[bytes, bytes, bytes]:
    """Return a page of the replica, its own path and its own key: what has to be replaced for another address."""
    day = FIRST_DAY
    with running("--full", "--layouts", "e1", "--today", f"{day + timedelta(days=7)}") as replica:
        stub = next(one for one in replica.truth(day, brief=True) if urlsplit(one["url"]).hostname == HOST)
        path = urlsplit(stub["url"]).path
        page = replica.get(HOST, f"{path}?page=all")
    # What the replica repeats to reach the size of a real page compresses to a fifth of it.
    noise = base64.b64encode(random.Random(1).randbytes(NOISE_BYTES))
    page = page.replace(b"</head>", b"<script>var state = '%b';</script></head>" % noise, 1)
    return page, path.encode(), path.split("/")[5].encode()


def times_printed(day: bytes, site_id: bytes) -> tuple[bytes, bytes, bytes]:
    """Return when the article of an address was published, in the three forms in which a page prints it.

    >>> times_printed(b"2021/04/14", b"06063311")
    (b'2021-04-14 06:06:33', b'2021-04-13T23:06:33+00:00', b'14/04/2021, 06:06 WIB')
    """
    at = datetime.strptime(f"{(day + site_id[:6]).decode()}+0700", "%Y/%m/%d%H%M%S%z")
    forms = (f"{at:%Y-%m-%d %H:%M:%S}", at.astimezone(UTC).isoformat(), f"{at:%d/%m/%Y, %H:%M} WIB")
    first, second, third = (form.encode() for form in forms)
    return first, second, third


class Pages:
    """Pages by address."""

    def __init__(self) -> None:
        self.served = 0
        page, path, site_id = template()
        others: dict[bytes, bytes] = {}

        def other(match: re.Match[bytes]) -> bytes:
            if path in match[0]:
                return b"\x00"
            return others.setdefault(match[0], f"https://{HOST}{article_path(len(others) + 1)}".encode())

        self._day = FIRST_DAY.strftime("%Y/%m/%d").encode()
        page = _ARTICLE_LINK.sub(other, page)
        for mark, form in zip(TIMES, times_printed(self._day, site_id), strict=True):
            page = page.replace(form, mark)
        headline = _HEADLINE.search(page)
        # A text that shares no word with its headline is held back as what a broken parser would give.
        self._headline = headline[1] + b". " if headline else b""
        self._template = _PARAGRAPH.sub(b"<p>\x02</p>", page.replace(site_id, b"\x01"))
        rng = random.Random(2)
        self._paragraphs = [" ".join(rng.choices(VOCABULARY, k=WORDS_OF_PARAGRAPH)).encode() for _ in range(5_000)]

    def answer(self, day: bytes, site_id: bytes) -> bytes:
        """Return the whole answer, head and all, for one article."""
        self.served += 1
        address = b"https://%b/read/%b/%b/%b" % (HOST.encode(), day, site_id, SLUG.encode())
        page = self._template.replace(b"\x00", address).replace(b"\x01", site_id)
        for mark, form in zip(TIMES, times_printed(day, site_id), strict=True):
            page = page.replace(mark, form)
        # Articles that say the same would be near-duplicates of each other, all of them.
        head, *rest = page.split(b"\x02")
        texts = random.Random(site_id + day).choices(self._paragraphs, k=len(rest))
        texts[0] = self._headline + texts[0]
        body = igzip.compress(head + b"".join(text + piece for text, piece in zip(texts, rest, strict=True)), 1)
        return _head(b"text/html; charset=UTF-8", len(body), b"Content-Encoding: gzip\r\n") + body


def _head(content_type: bytes, length: int, more: bytes = b"") -> bytes:
    return b"HTTP/1.1 200 OK\r\nContent-Type: %b\r\nContent-Length: %d\r\n%b\r\n" % (content_type, length, more)


class Connection(asyncio.Protocol):
    """Answers the requests of one connection in turn."""

    def __init__(self, pages: Pages) -> None:
        self._pages = pages
        self._waiting = b""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport

    def data_received(self, data: bytes) -> None:
        self._waiting += data
        while (match := _REQUEST.match(self._waiting)) is not None:
            self._waiting = self._waiting[match.end() :]
            if match[1] == b"robots.txt":
                self._transport.write(_head(b"text/plain", len(_ROBOTS)) + _ROBOTS)
            elif match[1] == b"__served":
                count = b"%d" % self._pages.served
                self._transport.write(_head(b"text/plain", len(count)) + count)
            else:
                self._transport.write(self._pages.answer(match[2], match[3]))
        if b"\r\n\r\n" in self._waiting:
            self._waiting = b""
            self._transport.write(b"HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n")


async def serve() -> None:
    """Serve until the process is ended, or standard input closes."""
    pages, loop = Pages(), asyncio.get_running_loop()
    server = await loop.create_server(lambda: Connection(pages), "127.0.0.1", 0)
    print(f"{_MARK}http://127.0.0.1:{server.sockets[0].getsockname()[1]}", flush=True)
    await loop.run_in_executor(None, sys.stdin.read)


if __name__ == "__main__":
    asyncio.run(serve())
