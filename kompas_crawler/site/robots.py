"""What a robots.txt says beside its rules: a reservation of rights over text and data mining.

It cleans the text for a parser of the rules and finds the passage that reserves the rights; it neither reads the rules
themselves (Scrapy's robots parser does) nor decides what follows from a reservation. Kompas.com opens its robots.txt
with one since 2026; the wordings known here are the usual ones of publishers, English and Indonesian.
"""

from __future__ import annotations

import codecs
import re
from typing import Final

# Zero-width joiners stood before four `User-agent` lines of June 2024: those groups then belong to nobody.
_INVISIBLE: Final = re.compile("[\u00ad\u180e\u200b-\u200f\u202a-\u202e\u2060-\u2064\ufeff\x00]")
_RULE: Final = re.compile(
    r"\s*(?:user-?agent|disallow|allow|sitemap|crawl-?delay|host|noindex|request-rate|visit-time|clean-param)\s*:", re.I
)
_DECORATION: Final = re.compile(r"^[\s#*=/_~-]+|[\s#*=/_~-]+$")

_MINING: Final = re.compile(
    r"\btext[ -]?(?:and|&|dan|/)[ -]?data[ -]?mining\b|\btdm\b|\b(?:data|text)[ -]mining\b|\b2019/790\b"
    r"|\bmin(?:e|ing)(?: of)? (?:text|data|content)\b"
    r"|\bpenambangan (?:teks|data)\b|\bpenambangan teks dan data\b",
    re.IGNORECASE,
)
_COLLECTING: Final = re.compile(
    r"\brobots?\b|\bspiders?\b|\bAI\b"
    r"|\b(?:web[ -]?)?scrap(?:e|es|ed|ing|er|ers)\b|\bcrawl(?:ing|er|ers)?\b|\bharvest(?:ing)?\b"
    r"|\bautomated\b|\bautomatic\b|\bmachine learning\b|\bartificial intelligence\b|\btrain(?:ing)?\b|\bdata ?sets?\b"
    r"|\bpengambilan\b|\bpengumpulan\b|\bmengambil\b|\bmengumpulkan\b|\botomatis\b"
    r"|\bkecerdasan (?:buatan|artifisial)\b",
    re.IGNORECASE,
)
_CONSENT: Final = r"(?:permission|consent|authori[sz]ation|approval|licen[cs]e)"
_PERMISSION: Final = re.compile(
    rf"\b(?:prior|written|express|explicit)(?: and \w+)?,? (?:\w+ ){{0,2}}{_CONSENT}\b"
    rf"|\b(?:requires?|needs?|subject to|ask for) (?:\w+ ){{0,4}}{_CONSENT}\b"
    rf"|\b{_CONSENT}\b.{{0,60}}\b(?:required|requested|obtained|needed|in writing)\b"
    rf"|\bwithout (?:\w+ ){{0,4}}{_CONSENT}\b"
    r"|\b(?:izin|ijin|persetujuan|perizinan) (?:\w+ )?tertulis\b|\btertulis dari\b"
    r"|\b(?:tanpa|seizin|memerlukan|membutuhkan|wajib) (?:\w+ ){0,3}(?:izin|ijin|persetujuan)\b",
    re.IGNORECASE,
)
_RESERVED: Final = re.compile(
    r"\breserv(?:e|es|ed|ation|ations)\b|\bopt(?:s|ed|ing)?[ -]?out\b|\bprohibit(?:ed|s)?\b|\bforbid(?:s|den)?\b"
    r"|\bnot (?:\w+ )?(?:permitted|allowed|authori[sz]ed|granted)\b|\bno\b|\bmay not\b"
    r"|\bdilarang\b|\bmelarang\b|\bdilindungi\b"
    r"|\btidak (?:\w+ )?(?:diperbolehkan|diperkenankan|diizinkan|dibolehkan)\b",
    re.IGNORECASE,
)
_NOT_RESERVED: Final = re.compile(r"\btdm-reservation\s*[:=]\s*0\b", re.IGNORECASE)


def clean_robots(body: bytes) -> str:
    r"""Text of a robots.txt without byte order mark and invisible characters, with `\n` between its lines.

    Bytes that are no UTF-8 become U+FFFD. Never raises.

    >>> clean_robots("\ufeffUser-agent: *\r\n\u200dDisallow: /search\r".encode())
    'User-agent: *\nDisallow: /search\n'
    """
    encoding = "utf-16" if body.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)) else "utf-8"
    text = _INVISIBLE.sub("", body.decode(encoding, errors="replace"))
    return text.replace("\r\n", "\n").replace("\r", "\n")


def text_and_data_mining_reservation(text: str) -> str | None:
    """The passage of a robots.txt that reserves rights over mining or scraping; None when there is none.

    A passage is a run of comment lines (or of lines that are no rule), joined by spaces. It reserves rights when it
    names text and data mining together with a reservation, a prohibition or a permission to be asked for, or another
    automated collection together with such a permission. A mere comment on a crawler ("# AI scrapers") does not.

    >>> text_and_data_mining_reservation("# Text and data mining needs prior\\n# written permission.\\nUser-agent: *")
    'Text and data mining needs prior written permission.'
    >>> text_and_data_mining_reservation("# Block scrapers\\nUser-agent: BadBot\\nDisallow: /") is None
    True
    """
    return next((passage for passage in _passages(text) if _reserves(passage)), None)


def _reserves(passage: str) -> bool:
    passage = _NOT_RESERVED.sub("", passage)
    asks = _PERMISSION.search(passage) is not None
    if _MINING.search(passage):
        return asks or _RESERVED.search(passage) is not None
    return asks and _COLLECTING.search(passage) is not None


def _passages(text: str) -> list[str]:
    passages: list[list[str]] = [[]]
    for line in _INVISIBLE.sub("", text).splitlines():
        rule, _, comment = line.partition("#")
        is_rule = _RULE.match(rule) is not None
        if is_rule:
            passages.append([])
        prose = _DECORATION.sub("", comment if is_rule or not rule.strip() else line)
        if prose:
            passages[-1].append(" ".join(prose.split()))
    return [" ".join(lines) for lines in passages if lines]
