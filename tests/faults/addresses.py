"""Faults of addresses: redirects and links that lead to other hosts, into the private network, or nowhere."""

from __future__ import annotations

from collections.abc import Callable

from tests.faults import pages
from tests.faults.answers import good, head, message, page_of, raw, redirect
from tests.faults.batches import Batch, target
from tests.faults.misbehaving import Exchange
from tests.faults.rows import KEPT, Answer, Fault

Address = Callable[[Exchange], str]

_PORT = ":{port}"
_HOSTS = {
    "127.0.0.1": "127.0.0.1:{port}",
    "127.0.0.1 in IPv6": "[::ffff:127.0.0.1]:{port}",
    "the loopback of IPv6": "[::1]:{port}",
    "127.0.0.1 as one decimal number": "2130706433:{port}",
    "127.0.0.1 in octal": "0177.0.0.1:{port}",
    "127.0.0.1 in hexadecimal": "0x7f.0.0.1:{port}",
    "127.0.0.1 shortened": "127.1:{port}",
    "0.0.0.0": "0.0.0.0:{port}",
    "localhost": "localhost:{port}",
    "a name below localhost": "kompas.com.localhost:{port}",
    "the metadata service of clouds": "169.254.169.254",
    "a private network, 10/8": "10.0.0.1",
    "a private network, 192.168/16": "192.168.1.1",
    "a private network of IPv6": "[fd00::1]",
    "a machine's name without a dot": "intranet",
    "a name that begins like the site's": "kompas.com.evil.test",
    "a name that ends like the site's": "fake-kompas.com",
    "a name in punycode": "xn--kmpas-jua.com",
    "a name with a letter that looks alike": "k\u043empas.com",
    "the site's name before an @": "www.kompas.com@evil.test",
    "the site's name and password before an @": "www.kompas.com:80@127.0.0.1:{port}",
    "an @ behind the site's name": "evil.test@www.kompas.com",
    "a backslash behind the site's name": "evil.test\\.kompas.com",
    "a name that ends with a dot": "nasional.kompas.com.",
    "another port of the site": "nasional.kompas.com:8443",
    "port 22 of the site": "nasional.kompas.com:22",
    "a port that is none": "nasional.kompas.com:99999",
    "a name with a space": "nasional kompas.com",
    "a name with an escape": "nasional%2ekompas.com",
    "the accounts of the site": "account.kompas.com",
}
"""Hosts by what they are; `{port}` is that of the trap."""

_REDIRECTED = {
    "127.0.0.1 shortened": "offsite",
    "127.0.0.1 in hexadecimal": "offsite",
    "127.0.0.1 in octal": "offsite",
    "a name that begins like the site's": "offsite",
    "a name that ends like the site's": "offsite",
    "a name in punycode": "offsite",
    "a name with a letter that looks alike": "offsite",
    "the site's name before an @": "userinfo",
    "the site's name and password before an @": "userinfo",
    "an @ behind the site's name": "userinfo",
    "a backslash behind the site's name": "offsite",
    "a name that ends with a dot": "offsite",
    "another port of the site": "port",
    "port 22 of the site": "port",
    "a name with a space": "malformed",
    "a name with an escape": "offsite",
    "the accounts of the site": "disallowed_host",
}
"""Why a redirect there is not followed, where it is not for `private_address`."""

_NO_REDIRECT = frozenset({"a name with a letter that looks alike", "a port that is none"})
"""A header cannot hold the one; Scrapy builds no request of the other, which is a case of its own."""

_OTHER_SCHEMES = {
    "file": "file:///etc/passwd",
    "ftp": "ftp://nasional.kompas.com/read/x",
    "data": "data:text/html,<h1>Kompas</h1>",
    "javascript": "javascript:alert(1)",
    "gopher": "gopher://127.0.0.1:{port}/1",
    "a scheme that nobody knows": "kompas://read/1",
    "s3": "s3://kompas/read",
    "file in capitals": "FILE:///etc/passwd",
}


def _at(host: str) -> Address:
    """Return what makes the address of the fault's target on a host."""
    return lambda x: f"{x.scheme}://{_filled(x, host)}{target(x)}"


def _filled(exchange: Exchange, text: str) -> str:
    return text.replace("{port}", exchange.trap.rpartition(":")[2])


def _plain(text: str) -> Address:
    return lambda x: _filled(x, text)


def _to_trap(host: str) -> Address:
    """As `_at`, over http where the trap listens."""
    return lambda x: ("http" if _PORT in host else x.scheme) + f"://{_filled(x, host)}{target(x)}"


def _redirect(name: str, answer: Answer, expected: str) -> Fault:
    return Fault(name=f"redirect: {name}", group="redirect", answer=answer, expected=expected)


def _chain(length: int) -> Answer:
    """Redirect so often, each time to the same article with a longer slug, then send it."""

    async def answer(exchange: Exchange) -> None:
        is_there = exchange.url.endswith("+" * length)
        await (good() if is_there else redirect(lambda x: f"{x.url}+"))(exchange)

    return answer


def _between_two(exchange: Exchange) -> str:
    return exchange.url + ("a" if exchange.url.endswith("b") else "b")


_LOOP = "failed: redirect_loop"

REDIRECTS = Batch(
    name="redirects",
    faults=(
        *(
            _redirect(f"to {name}", redirect(_to_trap(host)),
                      f"gone: redirected_{_REDIRECTED.get(name, 'private_address')}")
            for name, host in _HOSTS.items() if name not in _NO_REDIRECT
        ),
        *(
            _redirect(f"to {name}:", redirect(_plain(to)), "failed: http_302")
            for name, to in _OTHER_SCHEMES.items()
            if name != "javascript"
        ),
        _redirect("to another host without a scheme", redirect(lambda x: f"//evil.test{target(x)}"),
                  "gone: redirected_offsite"),
        _redirect("with three slashes", redirect(lambda x: f"///evil.test{target(x)}"), "gone: redirected_offsite"),
        _redirect("to itself", redirect(lambda x: x.url), _LOOP),
        _redirect("back and forth", redirect(_between_two), _LOOP),
        _redirect("a chain of 4 to the article", _chain(4), KEPT),
        _redirect("a chain of 30 to the article", _chain(30), _LOOP),
        _redirect("to another article", redirect(_at("nasional.kompas.com")),
                  "gone: redirected, its link was followed"),
        _redirect("to the front", redirect(lambda x: f"{x.scheme}://nasional.kompas.com/"), "gone: http_404"),
        _redirect("to the search", redirect(lambda x: f"{x.scheme}://www.kompas.com/search/?q=1"),
                  "gone: redirected_disallowed_path"),
        _redirect("without Location", raw(lambda _: head(status="302 Found")), "failed: http_302"),
        _redirect("with an empty Location", redirect(lambda _: ""), _LOOP),
        _redirect("with a relative Location", redirect(lambda _: "../../../../../../../sasaran"), "gone: http_404"),
        _redirect("with a fragment only", redirect(lambda _: "#isi"), _LOOP),
        _redirect("with noise as Location", redirect(lambda x: x.chance.randbytes(60).hex()), _LOOP),
        _redirect("with a line end in Location", redirect(lambda x: f"{x.url}x\r\n http://evil.test/"), _LOOP),
        _redirect("with a Location of 10 KB", redirect(lambda x: x.url + "x" * 10_000), "failed: broken_answer"),
        _redirect("with two Locations", redirect(lambda x: f"http://evil.test{target(x)}", "Location: /"),
                  "gone: http_404"),
        _redirect("with an article as its body", raw(
            lambda x: message(page_of(x), f"Location: http://evil.test{target(x)}", status="301 Moved Permanently")),
            "gone: redirected_offsite"),
        _redirect("303", redirect(_at("evil.test"), status="303 See Other"), "gone: redirected_offsite"),
        _redirect("307", redirect(_at("evil.test"), status="307 Temporary Redirect"), "gone: redirected_offsite"),
        _redirect("308", redirect(_at("evil.test"), status="308 Permanent Redirect"), "gone: redirected_offsite"),
        _redirect("200 with Location", good("Location: http://evil.test/"), KEPT),
        _redirect("201 with Location", good("Location: http://evil.test/", status="201 Created"), "failed: http_201"),
        _redirect("a Refresh header to 127.0.0.1", raw(
            lambda x: message(page_of(x), f"Refresh: 0; url={x.trap}{target(x)}")), KEPT),
        _redirect("a meta refresh to 127.0.0.1", raw(lambda x: message(pages.article(
            x.url, head=f'{pages.UTF_8}<meta http-equiv="refresh" content="0; url={x.trap}{target(x)}">'
        ).encode())), KEPT),
        _redirect("a meta refresh to file:", raw(lambda x: message(pages.article(
            x.url, head=f'{pages.UTF_8}<meta http-equiv="refresh" content="0; url=file:///etc/passwd">'
        ).encode())), KEPT),
        _redirect("a canonical link to another host", raw(lambda x: message(
            page_of(x).replace(b"nasional.kompas.com", b"nasional.evil.test"))), KEPT),
    ),
)  # fmt: skip


def _link(name: str, to: Address) -> Fault:
    answer = raw(lambda x: message(pages.article(x.url, inside=pages.baca_juga(to(x))).encode()))
    return Fault(name=f"link: {name}", group="link", answer=answer, expected=KEPT)


_WRONG_PATHS = {
    "of a day that does not exist": "/read/2021/02/30/{id}/x",
    "of a month that does not exist": "/read/2021/13/01/{id}/x",
    "of the day 0000-00-00": "/read/0000/00/00/{id}/x",
    "of a day in the future": "/read/2031/04/15/{id}/x",
    "of a day before the site": "/read/1901/04/15/{id}/x",
    "with an id of a hundred digits": "/read/2021/04/15/" + "9" * 100 + "/x",
    "with an id in other digits": "/read/2021/04/15/\u0662\u0660\u0665\u0669\u0663\u0668\u0663\u0667\u0660/x",
    "that climbs out of its folder": "/read/2021/04/15/{id}/../../../../../../etc/passwd",
    "of a hundred kilobytes": "/read/2021/04/15/{id}/" + "x" * 100_000 + " /",
}


def _on_site(path: str) -> Address:
    return lambda x: f"{x.scheme}://nasional.kompas.com" + path.replace("{id}", target(x).split("/")[5])


LINKS = Batch(
    name="links",
    exit_code=0,
    faults=(
        *(_link(f"to {name}", _to_trap(host)) for name, host in _HOSTS.items()),
        *(_link(f"to {name}:", _plain(to)) for name, to in _OTHER_SCHEMES.items()),
        _link("to another host without a scheme", lambda x: f"//evil.test{target(x)}"),
        _link("with a line end before the host", lambda x: f"http://\nevil.test{target(x)}"),
        _link("with a line end in the scheme", lambda x: f"java\nscript://evil.test{target(x)}"),
        _link("with a zero byte", lambda x: f"http://evil.test\x00.kompas.com{target(x)}"),
        _link("with a broken IPv6 address", lambda x: f"http://[::1{target(x)}"),
        _link("that is empty", lambda _: ""),
        *(_link(name, _on_site(path)) for name, path in _WRONG_PATHS.items()),
    ),
)
