"""What a re-design does to a page, as the trouble `layout_change` wants it."""

from __future__ import annotations

import re

_BODY = re.compile(
    r'(<div class="(?:read__content|kcm-read-text)"[^>]*>|<span class=\'kcmread1114\'>|<div class=\'div-read\'>).*?'
    r'(?=\n<!-- e: |<hr class="orange"/>|<div class="ads-partner-wrap)',
    re.DOTALL,
)
_CLOCK = re.compile(r'(<div class="(?:read__time|msmall grey mb2|kcm-date msmall grey)">).*?(</div>)', re.DOTALL)
_STAMPS = re.compile(
    r'<meta (?:name="content_PublishedDate"|property="article:published_time")[^>]*>'
    r'|"date(?:Published|Modified)":"[^"]*",?'
)
_NAMES = re.compile(
    r"\b(?:read__title|read__time|read__content|read__credit|kcm-read-top|kcm-read-text|kcm-date|credit-title-name"
    r"|baca-content|div-read|kcmread1114)\b"
)
_CREDIT = re.compile(
    r'id="(?:penulis|editor|creditModal)"|\bcredit-(?:title|author)[a-zA-Z-]*|\bread__credit__item\b'
    r"|\bkcm-read-copy\b|\bpenulis-editor\b"
)


FORMS = ("renamed", "emptied", "dates", "byline")


def changed(html: str, form: str) -> str:
    """`html` after a re-design of the given form.

    >>> changed('<div class="read__time">Kompas.com - 14/04/2021, 20:59 WIB</div>', "dates")
    '<div class="read__time">2 jam yang lalu</div>'
    """
    match form:
        case "renamed":
            return _NAMES.sub(lambda m: "nx-" + m[0].replace("_", "-"), html)
        case "emptied":
            return _BODY.sub(r"\1</div>", html)
        case "dates":
            return _STAMPS.sub("", _CLOCK.sub(r"\g<1>2 jam yang lalu\2", html))
        case "byline":
            return _CREDIT.sub("nx-byline", html)
    raise ValueError(f"layout_change.form is one of {', '.join(FORMS)}, not {form!r}")
