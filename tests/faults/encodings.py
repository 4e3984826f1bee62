"""Faults of content codings and character sets: a good page that is packed or written wrongly, and bombs."""

from __future__ import annotations

import codecs
import gzip
import zlib
from collections.abc import Callable

from tests.faults import pages
from tests.faults.answers import (
    CHUNKED,
    MB,
    PACKERS,
    bomb,
    chunk,
    fixed,
    flipped,
    good,
    head,
    message,
    packed,
    page,
    page_of,
    raw,
    raw_deflate,
    scrambled,
)
from tests.faults.batches import Batch
from tests.faults.rows import KEPT, Answer, Fault

_BROKEN = "failed: broken_encoding"
_NO_ARTICLE = "unparsed: not_an_article"
_DAMAGED = {"gzip": _BROKEN, "deflate": _BROKEN, "br": _BROKEN, "zstd": "failed: truncated"}
_TOO_LARGE = "failed: too_large"


def _coding(name: str, answer: Answer, expected: str) -> Fault:
    return Fault(name=name, group="content coding", answer=answer, expected=expected)


def _charset(name: str, answer: Answer, expected: str = KEPT, further: str = "") -> Fault:
    return Fault(name=name, group="character set", answer=answer, expected=expected, further=further)


def _of_each_coding() -> tuple[Fault, ...]:
    faults = []
    for coding, pack in PACKERS.items():
        faults += [
            _coding(f"{coding}, sound", packed(pack, coding), KEPT),
            _coding(f"{coding}, cut short", packed(_shortened(pack), coding), _BROKEN),
            _coding(f"{coding}, damaged in the middle", packed(_damaged(pack), coding), _DAMAGED[coding]),
            _coding(f"{coding} announced, plain sent", packed(bytes, coding), KEPT),
            _coding(f"{coding} sent, not announced", raw(lambda x, pack=pack: message(pack(page_of(x)))),
                    _NO_ARTICLE),
            _coding(f"{coding}, empty", packed(lambda _: b"", coding), "failed: empty_body"),
        ]  # fmt: skip
    return tuple(faults)


def _shortened(pack: Callable[[bytes], bytes]) -> Callable[[bytes], bytes]:
    return lambda data: pack(data)[:-40]


def _damaged(pack: Callable[[bytes], bytes]) -> Callable[[bytes], bytes]:
    return lambda data: flipped(pack(data))


def _wrong_sum(data: bytes) -> bytes:
    whole = gzip.compress(data)
    return whole[:-8] + bytes(byte ^ 0xFF for byte in whole[-8:-4]) + whole[-4:]


CODINGS = Batch(
    name="codings",
    faults=(
        *_of_each_coding(),
        _coding("gzip with a wrong sum", packed(_wrong_sum, "gzip"), _BROKEN),
        _coding("gzip with noise behind it", packed(lambda b: gzip.compress(b) + b"\xff" * 99, "gzip"), KEPT),
        _coding("gzip in two members", packed(lambda b: gzip.compress(b[:700]) + gzip.compress(b[700:]), "gzip"), KEPT),
        _coding("gzip as x-gzip", packed(gzip.compress, "x-gzip"), KEPT),
        _coding("gzip in capitals", packed(gzip.compress, "GZIP"), KEPT),
        _coding("deflate without its head", packed(raw_deflate, "deflate"), KEPT),
        _coding("packed twice, announced twice", packed(lambda b: gzip.compress(gzip.compress(b)), "gzip, gzip"), KEPT),
        _coding("packed twice, announced once", packed(lambda b: gzip.compress(gzip.compress(b)), "gzip"),
                _NO_ARTICLE),
        _coding("gzip announced, deflate sent", packed(zlib.compress, "gzip"), _NO_ARTICLE),
        _coding("br announced, gzip sent", packed(gzip.compress, "br"), _BROKEN),
        _coding("a coding that nobody knows", packed(scrambled, "perahu"), _BROKEN),
        _coding("a character set as the coding", packed(bytes, "utf-8"), KEPT),
        _coding("identity announced", packed(bytes, "identity"), KEPT),
        _coding("a coding without a name", packed(bytes, ""), KEPT),
    ),
)  # fmt: skip


def _bomb(coding: str) -> Answer:
    return raw(lambda _: message(bomb(coding, 200), f"Content-Encoding: {coding}"))


BOMBS = Batch(
    name="bombs",
    settings={"CONCURRENT_REQUESTS": 1},
    most_mb=400,
    faults=(
        *(_coding(f"{coding} bomb of 200 MB", _bomb(coding), _TOO_LARGE) for coding in PACKERS),
        _coding("bomb within a bomb", raw(lambda _: message(gzip.compress(bomb("gzip", 200)),
                                                            "Content-Encoding: gzip, gzip")), _TOO_LARGE),
        _coding("bomb in chunks", raw(lambda _: head(CHUNKED, "Content-Encoding: gzip") + chunk(bomb("gzip", 200))
                                      + b"0\r\n\r\n"), _TOO_LARGE),
        _coding("a hundred codings", packed(gzip.compress, ", ".join(["gzip"] * 100)), KEPT),
        _coding("7 MB packed", packed(lambda b: gzip.compress(b.replace(b"</body>", b" " * 7 * MB + b"</body>")),
                                      "gzip"), KEPT),
        _coding("9 MB packed", packed(lambda b: gzip.compress(b.replace(b"</body>", b" " * 9 * MB + b"</body>")),
                                      "gzip"), _TOO_LARGE),
    ),
)  # fmt: skip


def _declared(charset: str) -> Callable[[str], str]:
    return lambda url: pages.article(url, head=f'<meta charset="{charset}">')


def _with_bytes(inserted: bytes) -> Answer:
    """Send the article with bytes in a paragraph of its own behind the text."""
    return raw(lambda x: message(page_of(x).replace(b"</div></div>", b"<p>" + inserted + b"</p></div></div>")))


def _undeclared(url: str) -> str:
    return pages.article(url, head="")


CHARSETS = Batch(
    name="character sets",
    faults=(
        _charset("none named anywhere", page(_undeclared, content_type="text/html")),
        _charset("the head names the wrong one", page(pages.article, content_type="text/html; charset=ISO-8859-1")),
        _charset("the page names the wrong one", page(_declared("iso-8859-1"))),
        _charset("an unknown one", page(_declared("x-perahu"), content_type="text/html; charset=x-perahu")),
        _charset("two that disagree", page(pages.article, content_type="text/html; charset=UTF-8; charset=UTF-16")),
        _charset("Content-Type twice", good("Content-Type: text/html; charset=utf-16")),
        _charset("an empty one", page(pages.article, content_type="text/html; charset=")),
        _charset("no Content-Type", page(pages.article, content_type=None)),
        _charset("windows-1252, as the page says", page(_declared("windows-1252"), encoding="cp1252",
                                                      content_type="text/html")),
        _charset("windows-1252, as the head says", page(_undeclared, encoding="cp1252",
                                                      content_type="text/html; charset=windows-1252")),
        _charset("UTF-16 with a byte order mark", page(_undeclared, encoding="utf-16", content_type="text/html")),
        _charset("UTF-16, as the head says", page(_undeclared, encoding="utf-16-le",
                                                content_type="text/html; charset=utf-16le")),
        _charset("UTF-8 with a byte order mark", raw(lambda x: message(codecs.BOM_UTF8 + page_of(x)))),
        _charset("the page says UTF-16 and is UTF-8", page(_declared("utf-16"))),
        _charset("the page says UTF-7", page(_declared("utf-7"))),
        _charset("the page names a codec of Python", page(_declared("unicode_escape"))),
        _charset("the page names a codec that unpacks", page(_declared("zlib_codec"))),
        _charset("the page names `undefined`", page(_declared("undefined"))),
        _charset("broken UTF-8 in the text", _with_bytes(b"Kaf\xe9 \xff\xfe\xc3("), KEPT,
                 "Kaf\ufffd \ufffd\ufffd\ufffd("),
        _charset("overlong UTF-8 in the text", _with_bytes(b"A\xc0\xafB"), KEPT, "A\ufffd\ufffdB"),
        _charset("surrogates in UTF-8", _with_bytes(b"A\xed\xa0\xbdB"), KEPT, "A\ufffd\ufffd\ufffdB"),
        _charset("UTF-8 cut within a character", _with_bytes(b"A\xe2\x80"), KEPT, "A\ufffd"),
        _charset("zero bytes between all letters of the head", raw(
            lambda x: message(page_of(x).replace(b"<head>", b"<head>\x00\x00\x00"))), KEPT),
        _charset("zero bytes in the text", raw(
            lambda x: message(page_of(x).replace(b"Nakhoda", b"Nak\x00hoda"))), KEPT),
        _charset("a body of zero bytes", fixed(bytes(5_000)), "unparsed: not_an_article"),
        _charset("control characters in the text", _with_bytes(b"A\x1b[2J\x07B"), KEPT, "A[2JB"),
        _charset("entities of no character", _with_bytes(b"A&#0;&#x110000;&#xD800;&#99999999999;B"),
                 KEPT, "A\ufffd\ufffd\ufffd\ufffdB"),
        _charset("a headline written backwards", raw(lambda x: message(
            pages.article(x.url, title=pages.TITLE + "\u202e").encode())), KEPT),
    ),
)  # fmt: skip
