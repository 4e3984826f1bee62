"""Faults of what a page says: sizes and depths that no reader has seen, pages that are no article, wrong articles."""

from __future__ import annotations

import json
from collections.abc import Callable

from tests.faults import pages
from tests.faults.answers import MB, Text, error, fixed, good, message, page, page_of, raw
from tests.faults.batches import Batch
from tests.faults.rows import KEPT, Answer, Fault

_LAYOUT = "unparsed: unknown_layout"
_DEEP = "unparsed: too_deep"
_NO_ARTICLE = "unparsed: not_an_article"


def _content(name: str, answer: Answer, expected: str = KEPT, further: str = "") -> Fault:
    return Fault(name=name, group="page", answer=answer, expected=expected, further=further)


def _made(make: Callable[[], dict[str, str]]) -> Answer:
    """Send the article with additions that are made when they are asked for: they may be large."""
    return page(lambda url: pages.article(url, **make()))


def _json_ld(text: str) -> str:
    return f'{pages.UTF_8}<script type="application/ld+json">{text}</script>'


LARGE = Batch(
    name="large pages",
    settings={"CONCURRENT_REQUESTS": 1},
    most_mb=1_500,
    faults=(
        _content("a million nested elements before the text", _made(lambda: {"top": "<div>" * 1_000_000}), _DEEP),
        _content("a million nested elements within the text", _made(lambda: {"inside": "<b>" * 1_000_000}), _DEEP),
        _content("a million nested elements behind the text", _made(lambda: {"end": "<i>" * 1_000_000}), _DEEP),
        _content("a hundred thousand nested lists", _made(lambda: {"inside": "<ul><li>" * 100_000}), _DEEP),
        _content("ten thousand nested tables", _made(lambda: {"top": "<table><tr><td>" * 10_000}), _DEEP),
        _content("a million tags that were never opened", _made(lambda: {"inside": "</span>" * 1_000_000})),
        _content("a million empty elements", _made(lambda: {"inside": "<br>" * 1_000_000})),
        _content("an attribute of 5 MB", _made(lambda: {"top": f'<div title="{"x" * 5 * MB}"></div>'})),
        _content("a hundred thousand attributes", _made(
            lambda: {"top": "<div " + " ".join(f"a{n}=1" for n in range(100_000)) + "></div>"}),
                 "unparsed: too_many_attributes"),
        _content("a class of a million names", _made(lambda: {"top": f'<div class="{"read__x " * 600_000}"></div>'})),
        _content("a comment of 5 MB", _made(lambda: {"inside": f"<!-- {'x' * 5 * MB} -->"})),
        _content("a headline of a megabyte", page(lambda url: pages.article(url, title="kata " * 200_000))),
        _content("a paragraph of 5 MB", _made(lambda: {"inside": f"<p>{'kata ' * MB}</p>"}), KEPT,
                 ("kata " * MB).strip()),
        _content("twenty thousand paragraphs", _made(lambda: {"inside": "<p>kata</p>" * 20_000}), KEPT,
                 "\n\n".join(["kata"] * 20_000)),
        _content("five thousand links to other articles", _made(lambda: {"inside": "".join(
            pages.baca_juga(f"https://www.kompas.com/global/read/2011/01/01/{n:06}70/x") for n in range(5_000))})),
        _content("JSON-LD nested a hundred thousand deep", _made(
            lambda: {"head": _json_ld('{"@type":"NewsArticle","a":' + "[" * 100_000)})),
        _content("JSON-LD with a number of a million digits", _made(
            lambda: {"head": _json_ld('{"@type":"NewsArticle","a":' + "9" * 1_000_000 + "}")})),
        _content("a script of 5 MB", _made(lambda: {"head": f"{pages.UTF_8}<script>{'x();' * MB}</script>"})),
        _content("a million entities", _made(lambda: {"inside": f"<p>{'&amp;' * 1_000_000}</p>"}), KEPT,
                 "&" * 1_000_000),
    ),
)  # fmt: skip

_BUSY = (
    "<!DOCTYPE html><html><head><title>Kompas.com</title></head><body><h1>Mohon maaf, server sedang sibuk</h1>"
    "<p>Silakan coba beberapa saat lagi.</p></body></html>"
)
WALL = (
    "<!DOCTYPE html><html><head><title>Just a moment...</title></head><body><div id='cf-challenge' "
    "class='cf-browser-verification'></div></body></html>"
)
_CAPTCHA = (
    "<!DOCTYPE html><html><head><title>Kompas</title></head><body><form><div class='g-recaptcha'></div></form></body>"
    "</html>"
)
_NOT_FOUND = (
    "<!DOCTYPE html><html><head><title>404 - Halaman tidak ditemukan</title></head><body>"
    "<h1>Halaman tidak ditemukan</h1></body></html>"
)
_MAINTENANCE = (
    "<!DOCTYPE html><html><head><title>Situs sedang dalam pemeliharaan</title></head><body><p>Kembali nanti.</p>"
    "</body></html>"
)
_SHELL = "<!DOCTYPE html><html><head><title>Kompas.com</title></head><body><div id='app'></div></body></html>"


def _renamed(url: str) -> str:
    """Return the article in classes that nobody knows."""
    return pages.article(url).replace("read__", "artikel__")


def _of_another(url: str) -> str:
    """Return the page of another article than the one that was asked for."""
    return pages.article(url.replace("/2021/04/14/", "/2020/12/31/"))


def _listing(_: str) -> str:
    return pages.index(f"https://bola.kompas.com/read/2011/01/01/1{n:05}08/x" for n in range(15))


def _plain(text: Text | str) -> Answer:
    return page(text if callable(text) else lambda _: text)


WRONG_PAGES = Batch(
    name="wrong pages",
    faults=(
        _content("nothing at all", fixed(b""), "failed: empty_body"),
        _content("white space only", fixed(b" \r\n\t" * 500), "failed: empty_body"),
        _content("202 without a page", fixed(b"", status="202 Accepted"), "blocked: empty_body"),
        _content("a page that says the server is busy", _plain(_BUSY), "failed: soft_error"),
        _content("maintenance with status 200", _plain(_MAINTENANCE), "failed: soft_error"),
        _content("not found with status 200", _plain(_NOT_FOUND), "unparsed: error_page"),
        _content("a browser check with status 200", _plain(WALL), "blocked: challenge"),
        _content("a captcha with status 200", _plain(_CAPTCHA), "blocked: challenge"),
        _content("a challenge told by a header alone", good("cf-mitigated: challenge"), "blocked: challenge"),
        _content("a shell that a script fills", _plain(_SHELL), _NO_ARTICLE),
        _content("markup that changed", _plain(_renamed), _LAYOUT),
        _content("the text's container is gone", _plain(lambda u: pages.article(u).replace("read__content", "x")),
                 _LAYOUT),
        _content("the headline is gone", page(lambda u: pages.article(u, title="")), _LAYOUT),
        _content("a list in place of the article", _plain(_listing), _NO_ARTICLE),
        _content("another article in its place", _plain(_of_another), "unparsed: other_article"),
        _content("the id now belongs to another article", _plain(
            lambda u: pages.article(u.replace("judul-berita", "harga-kopi-naik")))),
        _content("an image", fixed(b"\x89PNG\r\n\x1a\n" + bytes(900), content_type="image/png"), "failed: not_html"),
        _content("an image that says it is a page", fixed(b"\x89PNG\r\n\x1a\n" + bytes(900)), _NO_ARTICLE),
        _content("a PDF", fixed(b"%PDF-1.7 " + bytes(900), content_type="application/pdf"), "failed: not_html"),
        _content("JSON", fixed(json.dumps({"error": 1}).encode(), content_type="application/json"), "failed: not_html"),
        _content("plain text", fixed(b"ok", content_type="text/plain"), "failed: not_html"),
        _content("XML", fixed(b"<?xml version='1.0'?><a/>", content_type="text/xml"), "failed: not_html"),
        _content("the article as plain text", good(content_type="text/plain"), "failed: not_html"),
        _content("a page that ends in its middle", raw(lambda x: message(page_of(x)[:-500])), "failed: truncated"),
        _content("a comment that never ends", page(lambda u: pages.article(u, top="<!-- ")), _LAYOUT),
        _content("a script that never ends", page(lambda u: pages.article(u, top="<script>")), _LAYOUT),
        _content("two pages, one behind the other", raw(lambda x: message(page_of(x) * 2))),
        _content("a date of the page in the future", page(
            lambda u: pages.article(u).replace("14/04/2021", "1/1/2999"))),
        _content("a date of the page that does not exist", page(
            lambda u: pages.article(u).replace("14/04/2021", "99/99/2021, 77:88 WIB"))),
        _content("JSON-LD that is none", page(lambda u: pages.article(u, head=_json_ld('{"@type":"NewsArticle",')))),
        _content("markup in the headline", page(
            lambda u: pages.article(u, title="&lt;script&gt;alert(1)&lt;/script&gt;"))),
        _content("a formula in the headline", page(lambda u: pages.article(u, title="=HYPERLINK(1)"))),
        _content("a base that points elsewhere", page(
            lambda u: pages.article(u, head=pages.UTF_8 + '<base href="http://evil.test/">'))),
        Fault(name="one article under a hundred slugs", group="page", answer=good(), expected=KEPT,
              slugs=[f"judul-{n}" for n in range(100)]),
        Fault(name="slugs with dots, dashes, entities and emoji", group="page", answer=good(), expected=KEPT,
              slugs=["-a.b--c-", "a%20b", "J.K.Rowling", "x" * 300]),
    ),
)  # fmt: skip


def _status(status: str, expected: str, *lines: str) -> Fault:
    name = f"{status}{' and ' + lines[0] if lines else ''}"
    return Fault(name=name, group="status", answer=error(status, *lines), expected=expected)


STATUSES = Batch(
    name="statuses",
    faults=(
        _status("400 Bad Request", "failed: http_400"),
        _status("401 Unauthorized", "blocked: forbidden", 'WWW-Authenticate: Basic realm="x"'),
        _status("402 Payment Required", "failed: http_402"),
        _status("403 Forbidden", "blocked: challenge"),
        _status("404 Not Found", "gone: http_404"),
        _status("405 Method Not Allowed", "failed: http_405"),
        _status("407 Proxy Authentication Required", "failed: http_407"),
        _status("408 Request Timeout", "failed: http_408"),
        _status("410 Gone", "gone: http_410"),
        _status("414 URI Too Long", "failed: http_414"),
        _status("418 I'm a teapot", "failed: http_418"),
        _status("421 Misdirected Request", "failed: http_421"),
        _status("426 Upgrade Required", "failed: http_426"),
        _status("429 Too Many Requests", "failed: rate_limited"),
        _status("431 Request Header Fields Too Large", "failed: http_431"),
        _status("451 Unavailable For Legal Reasons", "blocked: forbidden"),
        _status("500 Internal Server Error", "failed: http_500"),
        _status("501 Not Implemented", "failed: http_501"),
        _status("502 Bad Gateway", "failed: http_502"),
        _status("503 Service Unavailable", "failed: http_503"),
        _status("504 Gateway Timeout", "failed: http_504"),
        _status("508 Loop Detected", "failed: http_508"),
        _status("522 Origin Unreachable", "failed: http_522"),
        _status("599 Whatever", "failed: http_599"),
        _status("999 Request Denied", "failed: http_999"),
        _status("299 Nobody Knows", "failed: http_299"),
        _status("300 Multiple Choices", "failed: http_300"),
        _status("305 Use Proxy", "failed: http_305"),
        _status("429 Too Many Requests", "failed: rate_limited", "Retry-After: nanti saja"),
        _status("429 Too Many Requests", "failed: rate_limited", "Retry-After: -100000"),
        _status("503 Service Unavailable", "failed: http_503", "Retry-After: Fri, 31 Dec 1999 23:59:59 GMT"),
        _status("503 Service Unavailable", "failed: http_503", "Retry-After: Mon, 99 Foo 2021 99:99:99 GMT"),
        _status("503 Service Unavailable", "failed: http_503", "Retry-After: 1e5"),
        _status("429 Too Many Requests", "failed: rate_limited", "Retry-After: "),
        Fault(name="a browser check with status 403", group="status", answer=fixed(WALL.encode(),
              status="403 Forbidden"), expected="blocked: challenge"),
        Fault(name="a browser check with status 503", group="status", answer=fixed(WALL.encode(),
              status="503 Service Unavailable"), expected="blocked: challenge"),
        Fault(name="404 with a good article", group="status", answer=good(status="404 Not Found"),
              expected="gone: http_404"),
        Fault(name="500 with a good article", group="status", answer=good(status="500 Internal Server Error"),
              expected="failed: http_500"),
    ),
)  # fmt: skip
