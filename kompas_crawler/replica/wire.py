"""Sends answers over HTTP with Twisted, whole or spoilt: slow, cut, of a wrong length, as a bomb.

Knows nothing about what the answers say.
"""

from __future__ import annotations

import gzip
import zlib
from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime, parsedate_to_datetime
from functools import lru_cache
from hashlib import md5
from typing import Any

from kompas_crawler.replica.answers import Answer, redirect
from kompas_crawler.replica.twistedtypes import HttpRequest, reactor

_CHALLENGE = (
    b"<!DOCTYPE html><html><head><title>Just a moment...</title></head><body><h1>Checking your browser before accessing"
    b' kompas.com</h1><div id="cf-challenge" class="cf-browser-verification"></div><noscript>Please enable JavaScript'
    b" and cookies to continue</noscript></body></html>"
)
_BUSY = (
    b"<!DOCTYPE html><html><head><title>Kompas.com</title></head><body><h1>Mohon maaf, server sedang sibuk</h1>"
    b"<p>Silakan coba beberapa saat lagi.</p></body></html>"
)


def send(request: HttpRequest, answer: Answer) -> None:
    """Send a whole answer: compressed if the client takes gzip, 304 if it has it already."""
    _set_headers(request, answer)
    tag = '"' + md5(answer.body, usedforsecurity=False).hexdigest() + '"'
    if answer.status == 200 and answer.modified:
        request.setHeader(b"ETag", tag.encode())
        request.setHeader(b"Last-Modified", _http_date(answer.modified).encode())
        if _has_it(request, tag, answer.modified):
            request.setResponseCode(304)
            request.finish()
            return
    body = answer.body
    if body and _takes_gzip(request):
        body = gzip.compress(body, 1)
        request.setHeader(b"Content-Encoding", b"gzip")
        request.setHeader(b"Vary", b"Accept-Encoding")
    # Articles go out in chunks, as the pages of the real site do; the rest names its length.
    if answer.modified is None:
        request.setHeader(b"Content-Length", str(len(body)).encode())
    if request.method != b"HEAD":
        request.write(body[: len(body) // 2])
        request.write(body[len(body) // 2 :])
    request.finish()


def spoil(request: HttpRequest, answer: Answer, name: str, parameters: Mapping[str, Any]) -> None:
    """Send `answer` as the trouble `name` leaves it."""
    _SPOILERS[name](request, answer, parameters)


def _set_headers(request: HttpRequest, answer: Answer) -> None:
    request.setResponseCode(answer.status)
    request.setHeader(b"Content-Type", answer.content_type.encode())
    for name, value in answer.headers.items():
        request.setHeader(name.encode(), value.encode())


def _has_it(request: HttpRequest, tag: str, modified: datetime) -> bool:
    known = request.getHeader(b"if-none-match")
    if known is not None:
        return tag in known.decode("latin-1")
    since = request.getHeader(b"if-modified-since")
    if since is None:
        return False
    try:
        return parsedate_to_datetime(since.decode("latin-1")) >= modified
    except (ValueError, TypeError):
        return False


def _takes_gzip(request: HttpRequest) -> bool:
    return b"gzip" in (request.getHeader(b"accept-encoding") or b"")


def _http_date(at: datetime) -> str:
    return format_datetime(at.astimezone(UTC), usegmt=True)


def _close(request: HttpRequest) -> None:
    # What was written is sent; then the connection ends in the middle of the message.
    request.channel.loseConnection()


def _status(request: HttpRequest, _: Answer, parameters: Mapping[str, Any]) -> None:
    wait = parameters["retry_after"]
    if wait == "date":
        wait = _http_date(datetime.now(UTC) + timedelta(seconds=2))
    headers = {} if wait is None else {"Retry-After": str(wait)}
    code = int(parameters["code"])
    body = f"<!DOCTYPE html><html><head><title>{code}</title></head><body><h1>{code}</h1></body></html>".encode()
    send(request, Answer(status=code, body=body, headers=headers))


def _challenge(request: HttpRequest, _: Answer, parameters: Mapping[str, Any]) -> None:
    send(request, Answer(status=int(parameters["code"]), body=_CHALLENGE, headers={"cf-mitigated": "challenge"}))


def _empty(request: HttpRequest, _: Answer, parameters: Mapping[str, Any]) -> None:
    send(request, Answer(status=int(parameters["code"])))


def _busy(request: HttpRequest, _: Answer, __: Mapping[str, Any]) -> None:
    send(request, Answer(body=_BUSY))


def _redirect(request: HttpRequest, _: Answer, parameters: Mapping[str, Any]) -> None:
    host = (request.getHeader(b"host") or b"www.kompas.com").decode("latin-1")
    here = f"https://{host}{request.uri.decode('latin-1')}"
    section = request.uri.decode("latin-1").split("/read/")[0] if host.startswith("www.") else ""
    to = str(parameters["to"]).replace("{self}", here).replace("{front}", f"https://{host}{section or '/'}")
    send(request, redirect(to, int(parameters["code"])))


def _slow_body(request: HttpRequest, answer: Answer, parameters: Mapping[str, Any]) -> None:
    _set_headers(request, answer)
    request.setHeader(b"Content-Length", str(len(answer.body)).encode())
    step = max(1, int(parameters["bytes_per_second"]) // 10)
    gone: list[object] = []
    request.notifyFinish().addErrback(gone.append)

    def go_on(at: int) -> None:
        if gone:
            return
        request.write(answer.body[at : at + step])
        if at + step < len(answer.body):
            reactor.callLater(0.1, go_on, at + step)
        else:
            request.finish()

    go_on(0)


def _hang(request: HttpRequest, _: Answer, __: Mapping[str, Any]) -> None:
    # Nobody hears of it when the client gives up.
    request.notifyFinish().addErrback(lambda _: None)


def _reset(request: HttpRequest, _: Answer, __: Mapping[str, Any]) -> None:
    request.channel.transport.abortConnection()


def _cut_body(request: HttpRequest, answer: Answer, _: Mapping[str, Any]) -> None:
    _set_headers(request, answer)
    request.setHeader(b"Content-Length", str(len(answer.body)).encode())
    request.write(answer.body[: len(answer.body) // 2])
    _close(request)


def _cut_chunked(request: HttpRequest, answer: Answer, _: Mapping[str, Any]) -> None:
    _set_headers(request, answer)
    request.write(answer.body[: len(answer.body) // 2])
    _close(request)


def _cut_plain(request: HttpRequest, answer: Answer, _: Mapping[str, Any]) -> None:
    _set_headers(request, answer)
    # An HTTP/1.0 answer has neither chunks nor, here, a length: its end is the end of the connection.
    request.clientproto = b"HTTP/1.0"
    request.write(answer.body[: len(answer.body) // 2])
    _close(request)


def _wrong_length(request: HttpRequest, answer: Answer, parameters: Mapping[str, Any]) -> None:
    _set_headers(request, answer)
    announced = max(1, len(answer.body) - int(parameters["missing"]))
    request.setHeader(b"Content-Length", str(announced).encode())
    request.write(answer.body)
    _close(request)


@lru_cache(maxsize=4)
def _bomb(size_mb: int) -> bytes:
    packer = zlib.compressobj(9, zlib.DEFLATED, 31)
    head = packer.compress(b"<!DOCTYPE html><html><head><title>Kompas.com</title></head><body>")
    return head + b"".join(packer.compress(b" " * 1_048_576) for _ in range(size_mb)) + packer.flush()


def _gzip_bomb(request: HttpRequest, answer: Answer, parameters: Mapping[str, Any]) -> None:
    _set_headers(request, answer)
    body = _bomb(int(parameters["size_mb"]))
    request.setHeader(b"Content-Encoding", b"gzip")
    request.setHeader(b"Content-Length", str(len(body)).encode())
    request.write(body)
    request.finish()


def _broken_gzip(request: HttpRequest, answer: Answer, _: Mapping[str, Any]) -> None:
    _set_headers(request, answer)
    whole = gzip.compress(answer.body, 6)
    third = len(whole) // 3
    body = whole[:third] + bytes(byte ^ 0x5A for byte in whole[third : 2 * third]) + whole[2 * third :]
    request.setHeader(b"Content-Encoding", b"gzip")
    request.setHeader(b"Content-Length", str(len(body)).encode())
    request.write(body)
    request.finish()


_SPOILERS: Mapping[str, Callable[[HttpRequest, Answer, Mapping[str, Any]], None]] = {
    "status": _status, "challenge": _challenge, "empty": _empty, "busy": _busy, "redirect": _redirect,
    "slow_body": _slow_body, "hang": _hang, "reset": _reset, "cut_body": _cut_body, "cut_chunked": _cut_chunked,
    "cut_plain": _cut_plain, "wrong_length": _wrong_length, "gzip_bomb": _gzip_bomb, "broken_gzip": _broken_gzip,
}  # fmt: skip
