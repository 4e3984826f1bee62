"""Lines that only point to another article: "Baca juga: …", "(Baca: …)", a lone headline that is a link.

Such a line is known by what stands around its links, not by their class: 2–10 % of `a.inner-link-baca-juga` stand
inside real sentences, and some lines lack the class. So a line is read with every link's text replaced by one mark
(`LINK`), and a link line is one whose remaining words are a closed set. It knows nothing of HTML.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Final
from urllib.parse import urljoin, urlsplit

from kompas_crawler.site.addresses import clean_url, is_site_host, parse_article_address

LINK: Final = "\ufdd0"
"""Stands for one link in a masked line: a code point that no text may hold."""


@dataclass(frozen=True, slots=True)
class Anchor:
    """One link as the page has it."""

    text: str
    """Its text, white space collapsed."""
    url: str
    """Absolute address without tracking parameters; canonical when it is an article of the site."""
    article_id: str | None
    """Key of the target when it is an article of the site, else null."""
    is_cross_link: bool
    """It leads to an article or other page of the site, or the editors' tool marked it as a cross link."""


def make_anchor(text: str, href: str, classes: str | None, base_url: str) -> Anchor | None:
    """The link of an `<a>`; None when it is no link to a page: a tag's, `mailto:`, a script, a broken address.

    Automatic tag links are text: the site sets them around any word that is one of its tags.

    >>> make_anchor("Judul", "/read/2021/04/14/205938370/a?utm_source=x", None, "https://bola.kompas.com/").url
    'https://bola.kompas.com/read/2021/04/14/205938370/a'
    >>> make_anchor("mobil", "https://www.kompas.com/tag/mobil", "inner-link-tag", "https://www.kompas.com/") is None
    True
    """
    marks = classes.split() if classes else []
    if _TAG_MARK in marks:
        return None
    try:
        absolute = href if href.startswith(("https://", "http://")) else urljoin(base_url, href.strip())
    except ValueError:
        return None
    address = parse_article_address(absolute)
    if address is not None:
        return Anchor(text, address.url, address.article_id, is_cross_link=True)
    try:
        parts = urlsplit(absolute)
        host = parts.hostname
    except ValueError:
        return None
    if parts.scheme not in ("http", "https") or not host:
        return None
    is_on_site = is_site_host(host)
    if is_on_site and parts.path.startswith("/tag/"):
        return None
    # `jeo.kompas.com/some-story` is a page to read, `www.kompas.com/tren` a section.
    is_page = is_on_site and parts.path.rstrip("/").count("/") >= (2 if host.startswith("www.") else 1)
    return Anchor(text, clean_url(absolute), None, is_cross_link=is_page or _CROSS_LINK_MARK in marks)


_TAG_MARK: Final = "inner-link-tag"
_CROSS_LINK_MARK: Final = "inner-link-baca-juga"

_LINK_RUN: Final = rf"(?:[^\w{LINK}]*(?:(?:dan|serta|atau|and|or)\b[^\w{LINK}]*)?{LINK})+"
_STRONG_LEAD: Final = (
    r"(?:baca|simak|lihat|tonton|cek|dengar(?:kan)?)\s*(?:juga|pula|lagi)|baca\s+selengkapnya"
    r"|baca\s+(?:berita|artikel)\s+(?:lainnya|terkait|selengkapnya|menarik\s+lainnya)"
    r"|(?:berita|artikel)\s+(?:terkait|lain|lainnya)|read\s+(?:also|more)|also\s+read|see\s+also|watch\s+also"
    r"|related\s+(?:articles?|stor(?:y|ies)|news)"
)
_COLON: Final = r"\s*[:：]\s*"

# Every lead begins so: most lines without a link are settled by this alone.
_MAY_LEAD: Final = re.compile(
    r"[\W_]*(?:baca|simak|lihat|tonton|cek|dengar|berita|artikel|read|also|see|watch|related)", re.IGNORECASE
)
_LEAD_ONLY: Final = re.compile(rf"[\W_]*(?:(?:{_STRONG_LEAD})\s*[:：]?|baca\s*[:：])[\W_]*$", re.IGNORECASE)
_STARTS: Final = re.compile(rf"[^\w{LINK}]*(?:{_STRONG_LEAD}){_COLON}(?P<run>{_LINK_RUN})?", re.IGNORECASE)
_STARTS_WEAKLY: Final = re.compile(
    rf"[^\w{LINK}]*(?:baca|simak|lihat|tonton|read|(?:berita\s+)?(?:video|foto|infografi[ks])|berita|artikel)"
    rf"{_COLON}(?P<run>{_LINK_RUN})",
    re.IGNORECASE,
)
_INSIDE: Final = re.compile(
    r"[(\[]?(?:(?:Baca|BACA|Simak|SIMAK|Lihat|LIHAT)\s+(?:[Jj]uga|JUGA|[Pp]ula|PULA)|(?:Read|READ)\s+(?:[Aa]lso|ALSO))"
    rf"{_COLON}{_LINK_RUN}"
)
_IN_BRACKETS: Final = re.compile(
    rf"[(\[]\s*(?P<verb>baca|simak|lihat|tonton|read)(?:\s+(?:juga|pula|selengkapnya|also))?\s*[:：]?{_LINK_RUN}[^\w{LINK}]*?[)\]]",
    re.IGNORECASE,
)
_LINK_IN_BRACKETS: Final = re.compile(rf"[(\[]\s*{LINK}\W*?[)\]]")
_IN_BRACKETS_UNLINKED: Final = re.compile(r"\W*\(\s*baca(?:\s+juga)?\s*:[^()]*\)\W*$", re.IGNORECASE)
_LINKS_ONLY: Final = re.compile(rf"[^\w{LINK}]*(?:{LINK}[^\w{LINK}]*)+$")

# "Berita selengkapnya bisa dibaca di sini": every word outside the links is one of these, and one is a verb of reading.
_READING_WORDS: Final = (
    "baca bacalah dibaca membaca simak disimak menyimak lihat dilihat ikuti diikuti klik selengkapnya lengkapnya"
    " read see here"
)
_OTHER_POINTING_WORDS: Final = (
    "juga pula berita beritanya artikel informasi info ulasan ulasannya kabar kisah kisahnya cerita laporan tulisan"
    " lengkap untuk lebih lanjut jelasnya di sini ini pada dalam tautan link laman berikut bisa dapat kamu anda dan"
    " atau serta melalui lewat terkait perkembangan perkembangannya topik liputan khusus menarik lain lainnya terbaru"
    " terkini the also more story full on about"
)
_READING: Final = frozenset(_READING_WORDS.split())
_POINTING: Final = _READING.union(_OTHER_POINTING_WORDS.split())
_WORD: Final = re.compile(r"[^\W\d_]+")
_MOST_POINTING_WORDS: Final = 12
_MOST_UNLINKED_WORDS: Final = 40
# A rest this long is a sentence of the body that lost its line break, a shorter one the end of a headline.
_SENTENCE_WORDS: Final = 6
# A link around a whole sentence, its full stop too: headlines have none.
_SENTENCE: Final = re.compile(r"(?:\S+\s+){7,}\S*[^.\s]\.[\"'”’)]*$")
_LEAD_IN_LINK: Final = re.compile(rf"[\W_]*(?:{_STRONG_LEAD}|juga|baca){_COLON}", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Verdict:
    """What of a masked line points elsewhere."""

    cuts: tuple[tuple[int, int], ...] = ()
    """Spans of the masked line that are no body text, in order."""
    awaits_link: bool = False
    """The line is a lead without its link ("Baca juga:"): the next line may be the link."""


BODY: Final = Verdict()
"""Nothing of the line points elsewhere."""


def link_text(text: str) -> str:
    """The text of a link without a lead that stands inside it; empty when it is nothing but a lead.

    >>> link_text("Baca juga: Harga Cabai Naik"), link_text("Baca juga:")
    ('Harga Cabai Naik', '')
    """
    match = _LEAD_IN_LINK.match(text)
    return text[match.end() :] if match else text


def judge(masked: str, anchors: Sequence[Anchor], *, is_heading: bool, is_awaited: bool, continues: bool) -> Verdict:
    """What of a line points to another article.

    `anchors` are the links in the order of their marks. `is_awaited`: the line before was a lead without its link.
    `continues`: the line goes on a sentence of the line before it (a single `<br>` between them). A heading that is
    one link stays: it is the headline of a round-up.

    >>> target = make_anchor("Judul", "https://www.kompas.com/tren/read/2021/04/14/205938365/a", None, "")
    >>> judge(f"Baca juga: {LINK}", [target], is_heading=False, is_awaited=False, continues=False).cuts
    ((0, 12),)
    >>> judge(f"Baca juga {LINK} dari warga.", [target], is_heading=False, is_awaited=False, continues=False).cuts
    ()
    """
    if not anchors:
        return _judge_unlinked(masked)
    whole = Verdict(((0, len(masked)),))
    is_cross = all(anchor.is_cross_link for anchor in anchors)
    if _LINKS_ONLY.match(masked):
        is_led = any(_LEAD_IN_LINK.match(anchor.text) or _is_phrase(anchor.text) for anchor in anchors)
        is_sentence = any(_SENTENCE.match(anchor.text) for anchor in anchors)
        is_lone = is_cross and not (is_heading or continues or is_sentence)
        return whole if is_awaited or is_led or is_lone else BODY
    start = _STARTS.match(masked) or (_STARTS_WEAKLY.match(masked) if is_cross else None)
    if start is not None:
        return _judge_led(masked, start, whole)
    if is_cross and _only_points(masked, anchors):
        return whole
    # Few lines hold a colon or a bracket, and the patterns cost more than to look for one.
    spans = [match.span() for match in _INSIDE.finditer(masked)] if ":" in masked or "：" in masked else []
    if "(" in masked or "[" in masked:
        spans += [match.span() for match in _IN_BRACKETS.finditer(masked) if _leads_on(match, anchors)]
        spans += [
            match.span()
            for match in _LINK_IN_BRACKETS.finditer(masked)
            if _is_phrase(anchors[masked.count(LINK, 0, match.start())].text)
        ]
    return Verdict(_union(spans)) if spans else BODY


def _leads_on(bracket: re.Match[str], anchors: Sequence[Anchor]) -> bool:
    """Whether a bracket sends to another article: "(baca: …)" always, "(lihat …)" only if its links are cross links."""
    if bracket["verb"].lower() in ("baca", "read"):
        return True
    first = bracket.string.count(LINK, 0, bracket.start())
    return all(anchor.is_cross_link for anchor in anchors[first : first + bracket[0].count(LINK)])


def _union(spans: Iterable[tuple[int, int]]) -> tuple[tuple[int, int], ...]:
    merged: list[tuple[int, int]] = []
    for start, end in sorted(spans):
        if merged and start < merged[-1][1]:
            merged[-1] = (merged[-1][0], max(end, merged[-1][1]))
        else:
            merged.append((start, end))
    return tuple(merged)


def _judge_unlinked(masked: str) -> Verdict:
    if not _MAY_LEAD.match(masked):
        return BODY
    whole = Verdict(((0, len(masked)),))
    if _LEAD_ONLY.match(masked):
        return Verdict(whole.cuts, awaits_link=True)
    is_short = len(masked.split()) <= _MOST_UNLINKED_WORDS
    return whole if is_short and (_STARTS.match(masked) or _IN_BRACKETS_UNLINKED.match(masked)) else BODY


def _judge_led(masked: str, start: re.Match[str], whole: Verdict) -> Verdict:
    rest = masked[start.end() :]
    words = len(_WORD.findall(rest))
    if start["run"] is None:
        return whole if words <= _MOST_UNLINKED_WORDS else BODY
    return whole if words < _SENTENCE_WORDS else Verdict(((0, start.end()),))


def _is_phrase(text: str) -> bool:
    """Whether the text of a link is no headline but a request to read on, as in `Baca selengkapnya`."""
    words = _WORD.findall(text.lower())
    return "selengkapnya" in words and _POINTING.issuperset(words)


def _only_points(masked: str, anchors: Sequence[Anchor]) -> bool:
    first = _WORD.search(masked)
    if first is not None and first[0].lower() not in _POINTING:
        return False
    words = [word.lower() for word in _WORD.findall(masked)]
    linked = " ".join(anchor.text for anchor in anchors).lower().split()
    has_verb = not (_READING.isdisjoint(words) and _READING.isdisjoint(linked))
    return has_verb and len(words) <= _MOST_POINTING_WORDS and _POINTING.issuperset(words)
