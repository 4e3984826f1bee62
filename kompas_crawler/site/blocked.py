"""Whether an answer is a page at all: refusals, challenges, errors dressed as pages, empty and cut bodies.

It knows the marks of the usual bot walls and of error pages and reads only the ends of a body; it does not know what a
page says (`parse_article` and the list parsers do) nor what follows for the crawl. A page with the site's own head is
never called blocked for a word in its text. 404, 410 and 5xx without a challenge are no blocks and are answered None.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Final


class BlockReason(StrEnum):
    """Why an answer is no page."""

    EMPTY_BODY = "empty_body"
    """A success without content: a failure, never "no news"."""
    FORBIDDEN = "forbidden"
    """401, 403 or 451."""
    RATE_LIMITED = "rate_limited"
    """429: slower, as `Retry-After` says."""
    CHALLENGE = "challenge"
    """A bot wall asks for a proof, with any status."""
    SOFT_ERROR = "soft_error"
    """An error, maintenance or "busy" page with a status of success."""
    NOT_HTML = "not_html"
    """The content type is not HTML."""
    TRUNCATED = "truncated"
    """The document was opened and never closed: the body was cut."""


@dataclass(frozen=True, slots=True)
class Diagnosis:
    """What is wrong with an answer."""

    reason: BlockReason
    is_refusal: bool
    """The site refuses us: stop asking. Otherwise the answer is unusable and may be asked for again."""
    evidence: str
    """The mark that told, e.g. `cf-mitigated: challenge` or a title."""


_HEAD_BYTES: Final = 16_384
_TAIL_BYTES: Final = 4_096
_SMALL_BYTES: Final = 8_192
_WALL_BYTES: Final = 131_072

_FORBIDDEN: Final = frozenset({401, 403, 451})
_HTML_TYPES: Final = frozenset({"text/html", "application/xhtml+xml"})

_CHALLENGE_HEADERS: Final = {
    "cf-mitigated": re.compile(r"challenge", re.IGNORECASE),
    "x-amzn-waf-action": re.compile(r"challenge|captcha|block", re.IGNORECASE),
    "x-px-block": re.compile(r"."),
    "x-sucuri-block": re.compile(r"."),
}
# Only what a wall's own page holds. `/cdn-cgi/challenge-platform/`, `_Incapsula_Resource` and `x-datadome` also come
# with pages that are let through, so these need the small page of the wall around them.
_WALL_MARKS: Final = re.compile(
    rb"_cf_chl_opt|cf-chl-|cf-browser-verification|id=[\"']?(?:challenge-form|challenge-running|cf-error-details|px-captcha)"
    rb"|captcha-delivery\.com|_Incapsula_Resource|Incapsula incident ID"
    rb"|awsWafCookieDomainList|gokuProps|AwsWafIntegration"
    rb"|errors\.edgesuite\.net|Sucuri WebSite Firewall|ddos-guard|/_sec/(?:verify|cp_challenge)|sec-if-cpt-container"
    rb"|class=[\"'](?:g-recaptcha|h-captcha|cf-turnstile)",
    re.IGNORECASE,
)
_WALL_TITLE: Final = re.compile(
    r"just a moment|attention required!?|access (?:to this page has been )?denied|akses ditolak|one moment,? please"
    r"|checking your browser|verify(?:ing)? (?:that )?you are (?:a )?human|are you (?:a )?(?:robot|human)\b|robot check"
    r"|human verification|verifikasi (?:bahwa )?anda (?:adalah )?manusia|pardon our interruption|ddos-guard"
    r"|(?:security|bot) (?:check|verification|challenge)\W*$|captcha\W*$|request (?:blocked|rejected)"
    r"|you have been blocked|sucuri website firewall|403 forbidden|forbidden\W*$",
    re.IGNORECASE,
)
_SITE_IS_DOWN: Final = (
    "(?:situs|server|sistem|halaman|layanan|website)(?: kami| ini)?(?: sedang)?(?: dalam)?"
    " (?:sibuk|gangguan|perbaikan|pemeliharaan)"
)
_ERROR_TITLE: Final = re.compile(
    r"(?:error )?50[0-9]\b|(?:internal )?server error|bad gateway|gateway time-?out"
    r"|service (?:temporarily )?unavailable|(?:database |php )?error\W*$"
    r"|(?:site|website|system|server)?\s*(?:is )?(?:currently )?(?:(?:under|down for) )?maintenance"
    r"|(?:web ?server|server|site|website) (?:is )?(?:too )?(?:busy|unavailable|overloaded)|temporarily (?:un|out )"
    rf"|{_SITE_IS_DOWN}|(?:sedang )?dalam (?:perbaikan|pemeliharaan)",
    re.IGNORECASE,
)
_ERROR_TEXT: Final = re.compile(
    rb"an? (?:php )?error was encountered|error establishing a database connection|backend fetch failed"
    rb"|upstream connect error|guru meditation|bad gateway|gateway time-?out|service (?:temporarily )?unavailable"
    rb"|internal server error|\bserver (?:is )?(?:too )?busy|(?:under|down for|scheduled) maintenance"
    rb"|too many (?:connections|requests)|terlalu banyak permintaan|coba (?:lagi )?beberapa saat lagi|^\s*busy\W*$"
    rb"|" + _SITE_IS_DOWN.encode(),
    re.IGNORECASE,
)
# The head of a page of the site, or the blocks of its lists and articles in a fragment.
_SITE_MARKS: Final = re.compile(
    rb"property=[\"']?og:|rel=[\"']?canonical|read__(?:title|content|time)|article__|articleItem|kcm-|<urlset|<sitemapindex",
    re.IGNORECASE,
)
_TITLE: Final = re.compile(rb"<title[^>]*>\s*([^<]{0,200})", re.IGNORECASE)
_OPENED: Final = re.compile(rb"<!doctype\s+html|<html[\s>]", re.IGNORECASE)
_CLOSED: Final = re.compile(rb"</html\s*>", re.IGNORECASE)


def diagnose(status: int, headers: Mapping[str, str], body: bytes, *, expects_html: bool = True) -> Diagnosis | None:
    """What is wrong with an answer that should be a page of the site; None when nothing of it shows.

    `body` is decompressed; header names in any case. `expects_html=False` is for sitemaps and robots.txt: then the
    content type and the end of the document are not looked at. Costs microseconds: only the ends of a body are read.

    >>> diagnose(202, {}, b"").reason
    <BlockReason.EMPTY_BODY: 'empty_body'>
    >>> diagnose(200, {"Content-Type": "text/html"}, b"<title>Just a moment...</title>").is_refusal
    True
    >>> diagnose(200, {"Content-Type": "text/html"}, b"<html><h1>Kota tua</h1></html>") is None
    True
    """
    named = {name.lower(): value for name, value in headers.items()}
    head = body[:_HEAD_BYTES]
    challenge = _challenge(named, head, len(body))
    if challenge is not None:
        return Diagnosis(BlockReason.CHALLENGE, is_refusal=True, evidence=challenge)
    if status in _FORBIDDEN:
        return Diagnosis(BlockReason.FORBIDDEN, is_refusal=True, evidence=f"status {status}")
    if status == 429:
        return Diagnosis(BlockReason.RATE_LIMITED, is_refusal=False, evidence="status 429")
    if not 200 <= status < 300:
        return None
    if not head.strip():
        return Diagnosis(BlockReason.EMPTY_BODY, is_refusal=status == 202, evidence=f"status {status}, empty body")
    return _unusable(named, head, body, expects_html=expects_html)


def _challenge(headers: Mapping[str, str], head: bytes, size: int) -> str | None:
    for name, pattern in _CHALLENGE_HEADERS.items():
        if name in headers and pattern.search(headers[name]):
            return f"{name}: {headers[name]}"
    if size > _WALL_BYTES or _SITE_MARKS.search(head):
        return None
    title = _title(head)
    if _WALL_TITLE.match(title):
        return f"title: {title}"
    mark = _WALL_MARKS.search(head)
    return f"body: {mark[0].decode('ascii', 'replace')}" if mark else None


def _unusable(headers: Mapping[str, str], head: bytes, body: bytes, *, expects_html: bool) -> Diagnosis | None:
    content_type = headers.get("content-type", "").partition(";")[0].strip().lower()
    if expects_html and content_type and content_type not in _HTML_TYPES:
        return Diagnosis(BlockReason.NOT_HTML, is_refusal=False, evidence=f"content-type: {content_type}")
    error = _soft_error(head, len(body))
    if error is not None:
        return Diagnosis(BlockReason.SOFT_ERROR, is_refusal=False, evidence=error)
    if expects_html and _is_cut(head, body):
        return Diagnosis(BlockReason.TRUNCATED, is_refusal=False, evidence=f"no </html> in {len(body)} bytes")
    return None


def _soft_error(head: bytes, size: int) -> str | None:
    if size > _WALL_BYTES or _SITE_MARKS.search(head):
        return None
    title = _title(head)
    if _ERROR_TITLE.match(title):
        return f"title: {title}"
    text = _ERROR_TEXT.search(head) if size <= _SMALL_BYTES else None
    return f"body: {text[0].decode('utf-8', 'replace')}" if text else None


def _is_cut(head: bytes, body: bytes) -> bool:
    if not _OPENED.search(head) or _CLOSED.search(body[-_TAIL_BYTES:]):
        return False
    # Scripts and comments may follow the end of a whole document.
    return _CLOSED.search(body) is None


def _title(head: bytes) -> str:
    match = _TITLE.search(head)
    return " ".join(match[1].decode("utf-8", "replace").split()) if match else ""
