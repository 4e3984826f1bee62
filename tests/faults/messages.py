"""Faults of the connection and of HTTP's own framing: what a broken server, proxy or line makes of a good article."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from itertools import repeat

from tests.faults.answers import (
    CHUNKED,
    MB,
    chunk,
    chunked,
    cut_in_the_middle,
    good,
    head,
    message,
    page_of,
    raw,
    streamed,
)
from tests.faults.batches import Batch
from tests.faults.misbehaving import Exchange
from tests.faults.rows import KEPT, Answer, Fault

GROUP = "network"


def _then_reset(made: Callable[[Exchange], bytes]) -> Answer:
    async def answer(exchange: Exchange) -> None:
        await exchange.send(made(exchange))
        exchange.reset()

    return answer


def _then_hang(made: Callable[[Exchange], bytes]) -> Answer:
    async def answer(exchange: Exchange) -> None:
        await exchange.send(made(exchange))
        await exchange.hang()

    return answer


def _cut(exchange: Exchange) -> bytes:
    return cut_in_the_middle(exchange, page_of(exchange))


def _with_head(*lines: str, status: str = "200 OK") -> Answer:
    """Send the article behind a head that announces nothing but these lines."""
    return raw(lambda exchange: head(*lines, status=status) + page_of(exchange))


def _chunked_as(body: Callable[[bytes], bytes]) -> Answer:
    return raw(lambda exchange: head(CHUNKED) + body(page_of(exchange)))


def _with_first_line(line: bytes) -> Answer:
    return raw(lambda exchange: line + message(page_of(exchange)).partition(b"\r\n")[2])


def _length(change: Callable[[int], object]) -> Answer:
    """Announce another length than the body's; the connection ends with the body."""
    return raw(lambda x: head(f"Content-Length: {change(len(page_of(x)))}") + page_of(x))


def _interim(status: str, times: int) -> Answer:
    return raw(lambda exchange: f"HTTP/1.1 {status}\r\n\r\n".encode() * times + message(page_of(exchange)))


def _fault(name: str, answer: Answer, expected: str) -> Fault:
    return Fault(name=name, group=GROUP, answer=answer, expected=expected)


_LOST = "failed: broken_answer"
_CUT = "failed: cut_short"
_TRUNCATED = "failed: truncated"

MESSAGES = Batch(
    name="messages",
    faults=(
        _fault("reset before the first byte", _then_reset(lambda _: b""), _LOST),
        _fault("closed before the first byte", raw(lambda _: b""), _LOST),
        _fault("closed within the status line", raw(lambda _: b"HTTP/1.1 20"), _LOST),
        _fault("reset after the status line", _then_reset(lambda _: b"HTTP/1.1 200 OK\r\n"), _LOST),
        _fault("closed within the headers", raw(lambda _: head()[:-6]), _LOST),
        _fault("reset after the headers", _then_reset(lambda _: head("Content-Length: 900")), _CUT),
        _fault("reset in the body", _then_reset(lambda x: head("Content-Length: 90000") + page_of(x)), _CUT),
        _fault("reset in a chunked body", _then_reset(lambda x: head(CHUNKED) + chunk(page_of(x))), _CUT),
        _fault("cut body, length announced", raw(lambda x: head(f"Content-Length: {len(page_of(x))}") + _cut(x)), _CUT),
        _fault("cut body, chunked", raw(lambda x: head(CHUNKED) + chunk(_cut(x))), _CUT),
        _fault("cut within a chunk", raw(lambda x: head(CHUNKED) + chunk(page_of(x))[:-50]), _CUT),
        _fault("cut body without a length", raw(lambda x: head() + _cut(x)), _TRUNCATED),
        _fault(
            "cut body without a length, HTTP/1.0",
            raw(lambda x: head().replace(b"HTTP/1.1", b"HTTP/1.0") + _cut(x)),
            _TRUNCATED,
        ),
        _fault("whole body without a length", _with_head(), KEPT),
        _fault("length announced too long", _length(lambda n: n + 10), _CUT),
        _fault("length announced too short", _length(lambda n: n - 200), _TRUNCATED),
        _fault("length negative", _length(lambda n: -n), _LOST),
        _fault("length no number", _length(lambda n: f"{n} bytes"), _LOST),
        _fault("length of forty digits", _length(lambda _: "9" * 40), "failed: too_large"),
        _fault(
            "two lengths that agree",
            raw(lambda x: head(*[f"Content-Length: {len(page_of(x))}"] * 2) + page_of(x)),
            KEPT,
        ),
        _fault(
            "two lengths that disagree",
            raw(lambda x: head("Content-Length: 10", f"Content-Length: {len(page_of(x))}") + page_of(x)),
            _LOST,
        ),
        _fault("a length and chunks", raw(lambda x: head("Content-Length: 10", CHUNKED) + chunked(page_of(x))), KEPT),
        _fault("transfer coding unknown", _with_head("Transfer-Encoding: perahu"), _LOST),
        _fault("chunk size no number", _chunked_as(lambda b: b"zz\r\n" + b + b"\r\n0\r\n\r\n"), _CUT),
        _fault("chunk size negative", _chunked_as(lambda b: b"-5\r\n" + b + b"\r\n0\r\n\r\n"), _CUT),
        _fault("chunk size overflows 64 bits", _chunked_as(lambda b: b"f" * 17 + b"\r\n" + b), _CUT),
        _fault("chunk longer than its size", _chunked_as(lambda b: b"5\r\n" + b + b"\r\n0\r\n\r\n"), _CUT),
        _fault("chunks without an end", _chunked_as(lambda b: chunked(b, end=b"")), _CUT),
        _fault(
            "chunk extension of a megabyte",
            _chunked_as(lambda b: b"%x;a=%b\r\n%b\r\n0\r\n\r\n" % (len(b), b"x" * MB, b)),
            _CUT,
        ),
        _fault("trailers after the last chunk", _chunked_as(lambda b: chunked(b, b"0\r\nX-Sum: 1\r\n\r\n")), KEPT),
        _fault("a hundred times 100 Continue", _interim("100 Continue", 100), KEPT),
        _fault("a hundred times 103 Early Hints", _interim("103 Early Hints", 100), KEPT),
        _fault("101 Switching Protocols", good(status="101 Switching Protocols"), _LOST),
        _fault("HTTP/0.9: a body and no head", raw(page_of), _LOST),
        _fault("status line of another protocol", _with_first_line(b"SSH-2.0-OpenSSH_9.6\r\n"), _LOST),
        _fault("status no number", _with_first_line(b"HTTP/1.1 OK 200\r\n"), _LOST),
        _fault("status negative", _with_first_line(b"HTTP/1.1 -200 OK\r\n"), "failed: http_-200"),
        _fault("status of five digits", _with_first_line(b"HTTP/1.1 20000 OK\r\n"), "failed: http_20000"),
        _fault("version of the future", _with_first_line(b"HTTP/9.9 200 OK\r\n"), KEPT),
        _fault("noise in place of an answer", raw(lambda x: x.chance.randbytes(4_000)), _LOST),
        _fault("header without a colon", good("ini bukan header"), KEPT),
        _fault("header without a name", good(": kosong"), _LOST),
        _fault("header continued on the next line", good("X-Long: one\r\n two"), KEPT),
        _fault("header with zero bytes", good("X-Zero: a\x00b"), KEPT),
        _fault("header outside ASCII", good("X-City: Kafé"), KEPT),
        _fault("header of a megabyte", good("X-Huge: " + "x" * MB), _LOST),
        _fault("header name of a megabyte", good("X" * MB + ": 1"), _LOST),
        _fault("twenty thousand headers", good(*[f"X-{n}: {n}" for n in range(20_000)]), _LOST),
        _fault("line ends without carriage return", raw(lambda x: message(page_of(x)).replace(b"\r\n", b"\n")), KEPT),
        _fault("204 with an article", good(status="204 No Content"), "failed: empty_body"),
        _fault("205 with an article", good(status="205 Reset Content"), "failed: http_205"),
        _fault("206 that nobody asked for", good("Content-Range: bytes 0-9/99", status="206 Partial Content"),
               "failed: http_206"),
        _fault("304 that nobody asked for", raw(lambda _: head(status="304 Not Modified")), "failed: http_304"),
        _fault("cookies of other hosts", good("Set-Cookie: a=1; Domain=.google.com", "Set-Cookie: b=2; Domain=.com"),
               KEPT),
        _fault("a thousand cookies", good(*[f"Set-Cookie: c{n}={n}" for n in range(1_000)]), KEPT),
        _fault("Date that is none", good("Date: kemarin"), KEPT),
        _fault("Last-Modified that is none", good("Last-Modified: -1", "ETag: \"a\x01b\""), KEPT),
        _fault("Last-Modified in the year 9999", good("Last-Modified: Fri, 31 Dec 9999 23:59:59 GMT"), KEPT),
        _fault("ETag of ten kilobytes", good("ETag: \"" + "e" * 10_000 + "\""), KEPT),
        _fault("Retry-After with a good page", good("Retry-After: 100000"), KEPT),
    ),
)  # fmt: skip


async def _nothing(exchange: Exchange) -> None:
    await exchange.hang()


def _drip(exchange: Exchange) -> Iterator[bytes]:
    return (bytes([byte]) for byte in page_of(exchange))


SLOW = Batch(
    name="waiting",
    # Each is tried twice; the fault is that nothing comes, so what is waited for is only this.
    settings={"DOWNLOAD_TIMEOUT": 4, "CONCURRENT_REQUESTS": 32, "CONCURRENT_REQUESTS_PER_DOMAIN": 32},
    faults=(
        _fault("no answer at all", _nothing, "failed: timeout"),
        _fault("silence within the headers", _then_hang(lambda _: head()[:-4]), "failed: timeout"),
        _fault("silence after the headers", _then_hang(lambda _: head("Content-Length: 900")), "failed: timeout"),
        _fault("silence in the body", _then_hang(lambda x: head("Content-Length: 90000") + _cut(x)), "failed: timeout"),
        _fault("silence between chunks", _then_hang(lambda x: head(CHUNKED) + chunk(_cut(x))), "failed: timeout"),
        _fault("a whole page, and the connection stays open", _then_hang(lambda x: message(page_of(x))), KEPT),
        _fault("no end: the length is not announced", _then_hang(lambda x: head() + page_of(x)), "failed: timeout"),
    ),
)

ENDLESS = Batch(
    name="without end",
    # What bounds these is how much comes, never how long it takes.
    settings={"CONCURRENT_REQUESTS": 1},
    bare_timeout=8,
    most_mb=500,
    faults=(
        _fault(
            "headers without end",
            streamed(b"HTTP/1.1 200 OK\r\n", lambda: repeat(b"X-More: yes\r\n" * 10_000)),
            _LOST,
        ),
        _fault("one header without end", streamed(b"HTTP/1.1 200 OK\r\nX: ", lambda: repeat(b"x" * MB)), _LOST),
        _fault(
            "100 Continue without end",
            streamed(b"", lambda: repeat(b"HTTP/1.1 100 Continue\r\n\r\n" * 10_000)),
            _LOST,
        ),
        _fault("body without end", streamed(head(), lambda: repeat(b"x" * MB)), "failed: too_large"),
        _fault("chunks without end", streamed(head(CHUNKED), lambda: repeat(chunk(b"x" * MB))), "failed: too_large"),
        _fault(
            "chunk extension without end", streamed(head(CHUNKED) + b"5;", lambda: repeat(b"x" * MB)), _CUT
        ),
        _fault("300 MB announced", streamed(head(f"Content-Length: {300 * MB}"), lambda: repeat(b"x" * MB, 300)),
               "failed: too_large"),
        _fault("300 MB of which nothing is announced", streamed(head(), lambda: repeat(b"x" * MB, 300)),
               "failed: too_large"),
    ),
)  # fmt: skip
