"""robots.txt of the imitated site, in the forms met and the forms one must be ready for."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

_RULES = """User-Agent: *
Disallow: /search/?q=
Disallow: /komentar/*
Disallow: /copy/*
Disallow: *?jxrecoid=*
Disallow: *?utm_source=*
Disallow: *?source=*
"""
_BOTS = "\nUser-agent: GPTBot\nDisallow: /\n\nUser-agent: CCBot\nDisallow: /\n"
_SITEMAP = "\nSitemap: https://www.kompas.com/sitemap.xml"
_RESERVATION = """# PT. Kompas Cyber Media reserves all rights to text and data mining (TDM) of this site.
# Automated mining, scraping, or the making of archived or cached data sets needs the prior written permission of
# PT. Kompas Cyber Media. This robots.txt is no such permission. See https://inside.kompas.com/term-of-use
"""


FORMS = ("plain", "reservation", "crawl_delay", "disallow", "joiner", "missing", "broken", "empty")


def robots_txt(form: str, delay: float = 2) -> tuple[int, str]:
    """Status and text of robots.txt in a form.; `FORMS` names them.

    Raises:
        ValueError: there is no such form.
    """
    match form:
        case "plain":
            return 200, _RULES + _BOTS + _SITEMAP
        case "reservation":
            return 200, _RESERVATION + _RULES + _BOTS + _SITEMAP
        case "crawl_delay":
            return 200, _RULES + f"Crawl-delay: {delay:g}\n" + _BOTS + _SITEMAP
        case "disallow":
            return 200, "User-agent: *\nDisallow: /\n"
        case "joiner":
            return 200, _RULES + _BOTS.replace("User-agent: CCBot", "\u200dUser-agent: CCBot") + _SITEMAP
        case "missing":
            return 404, "Not Found"
        case "broken":
            return 503, "Service Unavailable"
        case "empty":
            return 200, ""
    raise ValueError(f"robots.form {form!r} is unknown")


def robots_for(host: str, parameters: Mapping[str, Any] | None) -> tuple[int, str]:
    """robots.txt of `host` while the trouble `robots` has `parameters` (null: it is off)."""
    if parameters is None or (parameters["host"] and parameters["host"] != host):
        return robots_txt("plain")
    return robots_txt(parameters["form"], float(parameters["delay"]))
