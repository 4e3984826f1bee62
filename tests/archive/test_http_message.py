"""HTTP messages as our crawler and other tools store them."""

from __future__ import annotations

import gzip
import zlib

import pyarrow as pa
import pytest

from kompas_crawler.archive import http_message
from kompas_crawler.archive.http_message import TooLargeBody, UnreadableBody, dechunked, decoded, parse_response
from kompas_crawler.errors import ArchiveError


def packed(content: bytes) -> bytes:
    return gzip.compress(content, mtime=0)


PAGE = b"<html>" + b"harga cabai naik " * 500
BROTLI = pa.compress(PAGE, "brotli", asbytes=True)
ZSTD = pa.compress(PAGE, "zstd", asbytes=True)


def bare_deflate(content: bytes) -> bytes:
    squeezing = zlib.compressobj(wbits=-15)
    return squeezing.compress(content) + squeezing.flush()


@pytest.mark.parametrize(
    ("coding", "body"),
    [
        (None, PAGE),
        ("identity", PAGE),
        ("gzip", packed(PAGE)),
        ("x-gzip", packed(PAGE)),
        ("GZip", packed(PAGE[:50]) + packed(PAGE[50:])),
        ("deflate", zlib.compress(PAGE)),
        ("deflate", bare_deflate(PAGE)),
        ("br", BROTLI),
        ("zstd", ZSTD),
        ("gzip, zstd", pa.compress(packed(PAGE), "zstd", asbytes=True)),
        ("gzip", PAGE),
        ("br", PAGE),
        ("zstd", PAGE),
        ("deflate", PAGE),
    ],
    ids=(
        "none", "identity", "gzip", "x-gzip", "two members", "deflate", "bare deflate", "br", "zstd", "gzip in zstd",
        "undone gzip", "undone br", "undone zstd", "undone deflate",
    ),
)  # fmt: skip
def test_every_content_coding_is_undone_also_where_a_tool_has_done_so_before(coding: str | None, body: bytes) -> None:
    assert decoded(body, coding) == PAGE


@pytest.mark.parametrize(
    ("coding", "body"),
    [("gzip", packed(PAGE)[:-9]), ("br", BROTLI[:-9]), ("zstd", ZSTD[:-9]), ("lzma", PAGE)],
    ids=["gzip", "br", "zstd", "lzma"],
)
def test_a_body_that_cannot_be_unpacked_is_refused(coding: str, body: bytes) -> None:
    with pytest.raises(UnreadableBody):
        decoded(body, coding)


@pytest.mark.parametrize("coding", ["gzip", "br"])
def test_a_bomb_is_refused(coding: str) -> None:
    with pytest.raises(TooLargeBody, match="more than 1000"):
        decoded(packed(PAGE) if coding == "gzip" else BROTLI, coding, most=1000)


def test_chunks_are_joined() -> None:
    block = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n4\r\nhalo\r\n2;n=v\r\n D\r\n0\r\nX: y\r\n\r\n"
    assert parse_response(block).body == b"halo D"


@pytest.mark.parametrize("body", [b"<html>", b"{}\n", b"", b"5\r\nabcdeXX"])
def test_a_body_that_has_no_chunks_any_more_is_left_alone(body: bytes) -> None:
    assert dechunked(body) == body


def test_chunks_that_break_off_give_what_is_there() -> None:
    assert dechunked(b"3\r\nabc\r\n9\r\nde") == b"abcde"


@pytest.mark.parametrize("end", [b"\r\n", b"\n"])
def test_head_and_body_are_taken_apart(end: bytes) -> None:
    block = end.join([b"HTTP/1.0 404 Not Found", b"Server: nginx", b" beta", b"X-A: 1", b"x-a: 2", b"", b"a\n\nb"])
    answer = parse_response(block)
    assert (answer.status, answer.header("server"), answer.header("X-A"), answer.body) == (
        404,
        "nginx beta",
        "1, 2",
        b"a\n\nb",
    )


@pytest.mark.parametrize("block", [b"HTTP/2 204\r\n\r\n", b"HTTP/1.1 204 No Content\r\n", b"HTTP/1.1 204 \r\n\r\n"])
def test_an_answer_may_have_no_headers_and_no_body(block: bytes) -> None:
    assert parse_response(block) == http_message.HttpResponse(204, (), b"")


def test_a_request_is_no_answer() -> None:
    with pytest.raises(ArchiveError):
        parse_response(b"GET / HTTP/1.1\r\n\r\n")
