"""HTTP messages as they stand in a WARC record: laid out for writing, taken apart for reading.

Knows status lines, headers, chunks and content codings, also as other tools store them: with the headers of the wire
over a body that they have unpacked already. Refuses to know records and pages.
"""

from __future__ import annotations

import re
import zlib
from collections.abc import Iterable
from dataclasses import dataclass
from http import HTTPStatus
from typing import Final

import pyarrow as pa
from isal import isal_zlib

from kompas_crawler.archive.warc import NOT_DEFLATE
from kompas_crawler.errors import ArchiveError

Headers = tuple[tuple[str, str], ...]
"""Names as sent and values, in order."""

MOST_BYTES: Final = 64 * 1024 * 1024
"""A body that unpacks to more is no page."""

_CHUNK_SIZE: Final = re.compile(rb"([0-9A-Fa-f]{1,8})[ \t]*(?:;[^\r\n]*)?\r?\n")
_STATUS_LINE: Final = re.compile(rb"HTTP/\d(?:\.\d)?[ \t]+(\d{3})(?:[ \t][^\r\n]*)?\r?\n")
_END_OF_HEAD: Final = re.compile(rb"\r?\n\r?\n")
_MAGIC: Final = {"gzip": b"\x1f\x8b", "zstd": b"\x28\xb5\x2f\xfd"}
_BY_ARROW: Final = {"br": "brotli", "zstd": "zstd"}


class UnreadableBody(ArchiveError):
    """A body that cannot be unpacked by the coding that its headers name, or unpacks to too much."""


class TooLargeBody(UnreadableBody):
    """A body that unpacks to too much."""

    def __init__(self, most: int) -> None:
        super().__init__(f"the body unpacks to more than {most} bytes")


@dataclass(frozen=True, slots=True)
class HttpResponse:
    """An HTTP response."""

    status: int
    headers: Headers
    body: bytes
    """Without chunks, and still in its content coding."""

    def header(self, name: str) -> str | None:
        """Return the values of a header, joined by a comma; null when there is none."""
        return header(self.headers, name)


def header(headers: Headers, name: str) -> str | None:
    """Return the values of a header, joined by a comma; null when there is none.

    >>> header((("Vary", "Accept"), ("VARY", "Cookie")), "vary")
    'Accept, Cookie'
    """
    return ", ".join(value for one, value in headers if one.lower() == name.lower()) or None


def status_head(status: int, headers: Iterable[tuple[bytes, bytes]]) -> bytes:
    r"""Return status line and headers of a response, with the empty line behind them.

    >>> status_head(404, [(b"Server", b"nginx")])
    b'HTTP/1.1 404 Not Found\r\nServer: nginx\r\n\r\n'
    """
    phrase = HTTPStatus(status).phrase if status in HTTPStatus.__members__.values() else ""
    return b"".join((f"HTTP/1.1 {status} {phrase}\r\n".encode(), *_lines(headers), b"\r\n"))


def request_head(method: str, target: str, headers: Iterable[tuple[bytes, bytes]]) -> bytes:
    """Return request line and headers of a request, with the empty line behind them. `target` is path and query."""
    return b"".join((f"{method} {target} HTTP/1.1\r\n".encode(), *_lines(headers), b"\r\n"))


def parse_response(block: bytes) -> HttpResponse:
    """Return the response that a record holds. Raises `ArchiveError` when it holds something else."""
    status = _STATUS_LINE.match(block)
    if status is None:
        raise ArchiveError(f"no HTTP response: it begins with {block[:30]!r}")
    end = _END_OF_HEAD.search(block, status.end() - 2)
    head, body = (block[: end.start()], block[end.end() :]) if end else (block, b"")
    headers = _parsed_headers(head[status.end() :])
    if (header(headers, "Transfer-Encoding") or "").lower().endswith("chunked"):
        body = dechunked(body)
    return HttpResponse(int(status[1]), headers, body)


def dechunked(body: bytes) -> bytes:
    r"""Return a body put together from its chunks; as it is where it has none, as after a tool that did the same.

    What is cut short gives what is there.

    >>> dechunked(b"3\r\nabc\r\n4;x\r\ndefg\r\n0\r\n\r\n"), dechunked(b"<html>")
    (b'abcdefg', b'<html>')
    """
    pieces, at = [], 0
    while size := _CHUNK_SIZE.match(body, at):
        start, length = size.end(), int(size[1], 16)
        if not length:
            break
        pieces.append(body[start : start + length])
        at = start + length
        if body[at : at + 2] == b"\r\n":
            at += 2
        elif at < len(body):
            return body
    return b"".join(pieces) if size or (pieces and at >= len(body)) else body


def decoded(body: bytes, coding: str | None, *, most: int | None = None) -> bytes:
    """Return a body without its content coding (`gzip`, `br`, `gzip, br`, null).

    Raises `TooLargeBody` for one of more than `most` bytes, or `MOST_BYTES`, `UnreadableBody` for a damaged one or an
    unknown coding.
    """
    limit = most or MOST_BYTES
    codings = [one.strip().lower().removeprefix("x-") for one in (coding or "").split(",")]
    for one in reversed(codings):
        if body and one not in ("", "identity", "none", "utf-8"):
            body = _without(one, body, limit)
    return body


def _without(coding: str, body: bytes, limit: int) -> bytes:
    magic = _MAGIC.get(coding)
    if magic is not None and not body.startswith(magic):
        return body  # the tool that stored it has unpacked it
    try:
        if coding in ("gzip", "deflate"):
            return _inflated(body, coding, limit)
        if coding in _BY_ARROW:
            return _unpacked(body, _BY_ARROW[coding], limit)
    except (NOT_DEFLATE, OSError, EOFError) as error:
        if coding != "gzip" and body.lstrip()[:1] == b"<":
            return body
        raise UnreadableBody(f"the body is no {coding}: {error}") from error
    raise UnreadableBody(f"the content coding {coding!r} is not known")


def _inflated(body: bytes, coding: str, limit: int) -> bytes:
    is_bare = coding == "deflate" and not _has_zlib_header(body)
    bits = -zlib.MAX_WBITS if is_bare else 32 + zlib.MAX_WBITS
    pieces, left = [], limit
    while body:
        unpacking = isal_zlib.decompressobj(bits)
        pieces.append(unpacking.decompress(body, left))
        left -= len(pieces[-1])
        if unpacking.unconsumed_tail:
            raise TooLargeBody(limit)
        if not unpacking.eof:
            raise EOFError("it is cut short")
        body = unpacking.unused_data if unpacking.unused_data.startswith(_MAGIC["gzip"]) else b""
    return b"".join(pieces)


def _has_zlib_header(body: bytes) -> bool:
    return len(body) > 1 and body[0] & 0x0F == 8 and (body[0] << 8 | body[1]) % 31 == 0


def _unpacked(body: bytes, codec: str, limit: int) -> bytes:
    with pa.CompressedInputStream(pa.BufferReader(body), codec) as stream:
        content: bytes = stream.read(limit + 1)
    if len(content) > limit:
        raise TooLargeBody(limit)
    return content


def _lines(headers: Iterable[tuple[bytes, bytes]]) -> Iterable[bytes]:
    return (b"%b: %b\r\n" % pair for pair in headers)


def _parsed_headers(head: bytes) -> Headers:
    headers: list[tuple[str, str]] = []
    for line in head.splitlines():
        if line[:1] in (b" ", b"\t") and headers:
            name, value = headers[-1]
            headers[-1] = name, f"{value} {line.strip().decode('latin-1')}"
        elif b":" in line:
            name, _, value = line.decode("latin-1").partition(":")
            headers.append((name.strip(), value.strip()))
    return tuple(headers)
