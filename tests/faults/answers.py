"""The parts that troubles are made of: whole messages, heads, chunks, packed bodies, redirects.

Each function returns an answer, which sends something when a request comes. What is troublesome about it is said where
it is used.
"""

from __future__ import annotations

import gzip
import zlib
from collections.abc import Callable, Iterator
from functools import lru_cache

import pyarrow as pa

from tests.faults import pages
from tests.faults.misbehaving import Exchange
from tests.faults.rows import Answer

HTML = "text/html; charset=UTF-8"
MB = 1_048_576

Text = Callable[[str], str]
"""Makes a page for an address."""


def head(*lines: str, status: str = "200 OK", content_type: str | None = HTML) -> bytes:
    """Return a message's head. The connection ends with the message."""
    typed = [f"Content-Type: {content_type}"] if content_type is not None else []
    return "\r\n".join([f"HTTP/1.1 {status}", *typed, "Connection: close", *lines, "\r\n"]).encode("latin-1")


def message(body: bytes, *lines: str, status: str = "200 OK", content_type: str | None = HTML) -> bytes:
    """Return a whole message with its length."""
    return head(*lines, f"Content-Length: {len(body)}", status=status, content_type=content_type) + body


def chunk(data: bytes) -> bytes:
    """Return one chunk of a chunked body."""
    return b"%x\r\n%b\r\n" % (len(data), data)


def chunked(body: bytes, end: bytes = b"0\r\n\r\n") -> bytes:
    """Return a body in two chunks."""
    middle = len(body) // 2
    return chunk(body[:middle]) + chunk(body[middle:]) + end


CHUNKED = "Transfer-Encoding: chunked"


def page_of(exchange: Exchange) -> bytes:
    """Return the article's page as it should be."""
    return pages.article(exchange.url).encode()


def raw(made: Callable[[Exchange], bytes]) -> Answer:
    """Send what is made of the request, byte for byte."""

    async def answer(exchange: Exchange) -> None:
        await exchange.send(made(exchange))

    return answer


def good(*lines: str, status: str = "200 OK", content_type: str | None = HTML) -> Answer:
    """Send the article with further header lines."""
    return raw(lambda exchange: message(page_of(exchange), *lines, status=status, content_type=content_type))


def fixed(body: bytes, *lines: str, status: str = "200 OK", content_type: str | None = HTML) -> Answer:
    """Send a body that is the same for every address."""
    return raw(lambda exchange: message(body, *lines, status=status, content_type=content_type))


def page(text: Text, *, encoding: str = "utf-8", content_type: str | None = HTML) -> Answer:
    """Send a page that is made for the address."""
    return raw(lambda exchange: message(text(exchange.url).encode(encoding), content_type=content_type))


def packed(pack: Callable[[bytes], bytes], coding: str) -> Answer:
    """Send the article packed, under the name of a coding."""
    return raw(lambda exchange: message(pack(page_of(exchange)), f"Content-Encoding: {coding}"))


def streamed(first: bytes, pieces: Callable[[], Iterator[bytes]]) -> Answer:
    """Send a head, then piece after piece as long as they are taken."""

    async def answer(exchange: Exchange) -> None:
        await exchange.send(first)
        for piece in pieces():
            await exchange.send(piece)

    return answer


def redirect(to: Callable[[Exchange], str], *lines: str, status: str = "302 Found", body: bytes = b"") -> Answer:
    """Redirect to an address, which is put there as it is."""
    return raw(lambda exchange: message(body, f"Location: {to(exchange)}", *lines, status=status))


def error(status: str, *lines: str) -> Answer:
    """Send an error page."""
    text = f"<!DOCTYPE html><html><head><title>{status}</title></head><body><h1>{status}</h1></body></html>"
    return fixed(text.encode(), *lines, status=status)


def cut_in_the_middle(exchange: Exchange, body: bytes) -> bytes:
    """Return a body that ends somewhere between its first and its last tenth: in its text, that is."""
    return body[: exchange.chance.randrange(len(body) // 10, len(body) * 9 // 10)]


def flipped(data: bytes) -> bytes:
    """Return data with a damaged middle."""
    third = len(data) // 3
    return data[:third] + scrambled(data[third : 2 * third]) + data[2 * third :]


def scrambled(data: bytes) -> bytes:
    """Return data in a form that nobody can read."""
    return bytes(byte ^ 0x5A for byte in data)


def raw_deflate(data: bytes) -> bytes:
    """Return data as some servers understand `deflate`: without the header and sum of zlib."""
    packer = zlib.compressobj(6, zlib.DEFLATED, -zlib.MAX_WBITS)
    return packer.compress(data) + packer.flush()


_BY_ARROW = {"br": "brotli", "zstd": "zstd"}

PACKERS: dict[str, Callable[[bytes], bytes]] = {
    "gzip": gzip.compress,
    "deflate": zlib.compress,
    "br": lambda data: pa.compress(data, codec="brotli", asbytes=True),
    "zstd": lambda data: pa.compress(data, codec="zstd", asbytes=True),
}


@lru_cache(maxsize=8)
def bomb(coding: str, size_mb: int) -> bytes:
    """Return a page that unpacks to so many megabytes; made without holding them."""
    opening, filling = b"<!DOCTYPE html><html><head><title>Kompas.com</title></head><body>", b" " * MB
    if coding in _BY_ARROW:
        sink = pa.BufferOutputStream()
        with pa.CompressedOutputStream(sink, _BY_ARROW[coding]) as stream:
            stream.write(opening)
            for _ in range(size_mb):
                stream.write(filling)
        packed: bytes = sink.getvalue().to_pybytes()
        return packed
    packer = zlib.compressobj(9, zlib.DEFLATED, 31 if coding == "gzip" else 15)
    pieces = [packer.compress(opening), *(packer.compress(filling) for _ in range(size_mb))]
    return b"".join([*pieces, packer.flush()])
