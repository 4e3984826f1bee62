"""The site: whether its robots.txt can be read, and whether it lets this crawl in. One request, as polite as the crawl.

Asks only what a crawl would ask first: with contact and permission or of a replica, under the crawl's own name, not in
quiet hours, and not while a run is asking the site itself.
"""

from __future__ import annotations

import socket
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from email.message import Message
from http.client import HTTPMessage
from typing import IO, Final
from urllib.error import HTTPError, URLError
from urllib.parse import urlsplit
from urllib.request import HTTPRedirectHandler, ProxyHandler, Request, build_opener

from protego import Protego
from scrapy.http import Response

from kompas_crawler.doctor.findings import Finding, fault, fine
from kompas_crawler.pace import http_date
from kompas_crawler.permission import PRODUCT, Identity
from kompas_crawler.resolver import is_public
from kompas_crawler.robots import robots_text
from kompas_crawler.site.addresses import is_site_host
from kompas_crawler.site.robots import text_and_data_mining_reservation

HOST: Final = "www.kompas.com"
ROBOTS: Final = f"https://{HOST}/robots.txt"
TIMEOUT_SECONDS: Final = 20
MAX_BYTES: Final = 1024 * 1024
ASKED_FOR: Final = f"https://{HOST}/tren/read/2021/04/14/205938370/judul"
"""An address of the form of an article's, to ask the rules about."""


@dataclass(frozen=True, slots=True)
class Reading:
    """What came back."""

    status: int
    body: bytes
    dated_at: datetime | None
    """What the server's clock showed, aware UTC; null when it did not say."""


class _WithinTheSite(HTTPRedirectHandler):
    """Follows no redirect to elsewhere."""

    def redirect_request(
        self, req: Request, fp: IO[bytes], code: int, msg: str, headers: HTTPMessage, newurl: str
    ) -> Request | None:
        if not is_site_host(urlsplit(newurl).hostname or ""):
            raise HTTPError(newurl, code, f"it leads out of the site, to {newurl}", headers, fp)
        return super().redirect_request(req, fp, code, msg, headers, newurl)


def read_robots(identity: Identity) -> Reading:
    """Ask for robots.txt of the site, or of the replica that stands for it. Raises `OSError` where that fails."""
    headers = {"User-Agent": identity.user_agent, "Accept": "text/plain,*/*;q=0.8"}
    if identity.replica:
        request = Request(f"{identity.replica}/robots.txt", headers=headers | {"Host": HOST})  # noqa: S310 - http only
        opener = build_opener(ProxyHandler({}), _WithinTheSite)
    else:
        _require_public(HOST)
        request = Request(ROBOTS, headers=headers)
        opener = build_opener(_WithinTheSite)
    try:
        with opener.open(request, timeout=TIMEOUT_SECONDS) as answer:
            return _reading(answer.status, answer.headers, answer.read(MAX_BYTES))
    except HTTPError as error:
        with error:
            return _reading(error.code, error.headers, error.read(MAX_BYTES) if error.fp else b"")


def of_robots(reading: Reading, *, has_permission: bool) -> Iterator[Finding]:
    """Yield what a robots.txt means for a crawl."""
    text = robots_text(Response(ROBOTS, status=reading.status, body=reading.body))
    if text is None:
        message = f"{ROBOTS} answered {reading.status} and no rules: nothing would be fetched from that host"
        remedy = "wait, and try again; for 401, 403 or a challenge look at it in a browser, and ask the owner"
        yield fault("robots", message, remedy)
        return
    if (passage := text_and_data_mining_reservation(text)) and not has_permission:
        message = f"it reserves text and data mining, and no permission is recorded: “{passage}”"
        yield fault("robots", message, "ask for permission, and record it as KOMPAS_PERMISSION")
        return
    rules = Protego.parse(text)
    if not rules.can_fetch(ASKED_FOR, PRODUCT):
        yield fault("robots", f"it forbids articles to {PRODUCT}", "ask the owner; robots.txt is obeyed")
        return
    delay = rules.crawl_delay(PRODUCT)
    said = [f"{ROBOTS} answered {reading.status}", "articles are allowed"]
    said += [f"Crawl-delay {delay:g} s"] if delay else []
    said += ["mining is reserved, a permission is recorded"] if passage else []
    yield fine("robots", ", ".join(said))


def unreachable(error: Exception) -> Finding:
    """Return that robots.txt could not be read."""
    reason = error.reason if isinstance(error, URLError) else error
    message = f"{ROBOTS} cannot be read: {reason}"
    return fault("robots", message, "look at the network, its proxy and DNS; or leave this out with --offline")


def left_out(reason: str) -> Finding:
    """Return that nothing was asked for."""
    return fine("robots", f"not asked for: {reason}")


def _reading(status: int, headers: Message, body: bytes) -> Reading:
    stamp = headers.get("Date")
    return Reading(status, body, http_date(stamp) if stamp else None)


def _require_public(host: str) -> None:
    """Raise `OSError` when a name leads to no public address, where a crawl would not ask either."""
    addresses = {str(info[4][0]) for info in socket.getaddrinfo(host, 443, type=socket.SOCK_STREAM)}
    if private := sorted(address for address in addresses if not is_public(address)):
        raise OSError(f"{host} leads to {', '.join(private)}, which is no public address")
