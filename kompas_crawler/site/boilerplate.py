"""What inside an article's container is not body text: elements by their markup, lines by their words.

Two closed lists, each entry under one named rule, from the saved pages of 2015–2026. They are narrow on purpose: a
line is boilerplate by a whole phrase of the site, never by a word such as "Kompas.com", and an element by an exact
class, never by a part of one (`[class*=video]` and `[class*=ads]` take away real text). Lines that point to another
article need their links to be known and are judged in `link_lines`.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from enum import StrEnum
from functools import lru_cache
from typing import Final


class Rule(StrEnum):
    """Why a piece of an article's container is no body text. A closed list."""

    MACHINERY = "machinery"
    """Scripts, styles, frames, forms and drawings: nothing there is text of the page."""
    HIDDEN = "hidden"
    """What the page itself keeps from its readers (`hidden`, `display:none`)."""
    ADVERTISEMENT = "advertisement"
    """Advertising slots and the marks of the site's own layout scripts."""
    CAPTION = "caption"
    """Photos, infographics and videos inside the body: caption and credit."""
    EMBED = "embed"
    """Fallback text of a post embedded from a social network."""
    WIDGET = "widget"
    """Pager, tags, credits, sharing, comments, walls and other parts of the page around the text."""
    LINK_BOX = "link_box"
    """A box of links to other articles; its links are kept as Baca juga."""
    LINK_LINE = "link_line"
    """A line that only points to another article ("Baca juga: …"); its links are kept as Baca juga."""
    CALL = "call"
    """Calls and promotions: Telegram, WhatsApp, Google News, application, Kompas.com+, appeals, copyright."""
    PAGER = "pager"
    """Teasers of the next part ("Halaman selanjutnya")."""
    TOPIC = "topic"
    """Topic links and tags written as a line ("Topik pilihan: …", "Tag: …")."""
    SYNDICATION = "syndication"
    """Notice that the text appeared elsewhere ("Artikel ini telah tayang di …")."""
    SOURCE = "source"
    """Sources and writers' credits written as a line ("Sumber: KOMPAS.com (Penulis: … | Editor: …)")."""
    BYLINE = "byline"
    """Writer named in a line above the text ("Oleh: …")."""
    PROFILE = "profile"
    """Profile of a columnist ("*Penulis adalah …")."""


_MACHINERY_TAGS: Final = (
    "script style link meta noscript iframe object embed template svg canvas audio video"
    " form input button select textarea map dialog"
)
_TAG_RULES: Final[dict[str, Rule]] = dict.fromkeys(_MACHINERY_TAGS.split(), Rule.MACHINERY) | {
    "figure": Rule.CAPTION,
    "figcaption": Rule.CAPTION,
    "aside": Rule.WIDGET,
    "nav": Rule.WIDGET,
    "twitter-widget": Rule.EMBED,
}

# Exact class names; `\S*` only after a prefix that the site uses for one component.
_CLASSES: Final[dict[Rule, str]] = {
    Rule.ADVERTISEMENT: (
        r"ads-on-body|ads-partner-wrap|ads-banner\S*|advertisement|adsbygoogle|native-wrap|kid-wrap|kompasidRec\S*"
        r"|liftdown_v2_tanda|fb-quote|avcircle|restricted-holder-bottom"
    ),
    Rule.CAPTION: (
        r"photo|photo-infographic|photo__\S+|photo-caption|read__photo\S*|infographic|infografik|infografis|video|wSpec|pb_10"
        r"|caption|image-caption|img-caption|wp-caption|wp-caption-text|media-action-overlay"
    ),
    Rule.EMBED: (
        r"twitter-tweet|twitter-video|twitter-timeline|instagram-media|tiktok-embed|fb-post|fb-video"
        r"|fb-xfbml-parse-ignore|text-post-media|bluesky-embed|reddit-card|reddit-embed-bq|imgur-embed-pub"
    ),
    Rule.WIDGET: (
        r"gate-kgplus\S*|read__paging|paging|paging__\S+|kcm-read-paging|pickwords|tagsCloud-tag|tag__article\S*"
        r"|read__tagging|read__credit\S*|read__byline|credit|credit-\S+|creditModal|opinion__\S+|komentar-bar|share__\S+"
    ),
    Rule.LINK_BOX: (
        r"inject-baca-juga\S*|read__bacajuga|kcm-read-terkait|articleRelated\S*|article__related\S*|inner__sidebar"
    ),
}
_CLASS: Final = re.compile(
    r"(?:^|\s)(?:" + "|".join(f"(?P<{rule.name}>{names})" for rule, names in _CLASSES.items()) + r")(?=\s|$)"
)
_DISPLAY_NONE: Final = re.compile(r"\bdisplay\s*:\s*none\b", re.IGNORECASE)
_ID: Final = re.compile(r"div-gpt\S*|google_ads\S*|kid-wrap|fb-root|creditModal")


def element_rule(tag: str, attributes: Mapping[str, str | None]) -> Rule | None:
    """The rule that takes an element with all its text out of the body; None when it stays.

    >>> element_rule("div", {"class": "photo", "id": "5f38"}), element_rule("div", {"class": "photography"})
    (<Rule.CAPTION: 'caption'>, None)
    """
    rule = _TAG_RULES.get(tag)
    if rule is not None or not attributes:
        return rule
    if (classes := attributes.get("class")) and (rule := _rule_of_classes(classes)) is not None:
        return rule
    if (element_id := attributes.get("id")) and _ID.fullmatch(element_id):
        return Rule.ADVERTISEMENT
    if "data-modal-target" in attributes:
        return Rule.WIDGET
    if "hidden" in attributes or ((style := attributes.get("style")) and _DISPLAY_NONE.search(style)):
        return Rule.HIDDEN
    return Rule.EMBED if "data-instgrm-permalink" in attributes else None


@lru_cache(maxsize=1024)
def _rule_of_classes(classes: str) -> Rule | None:
    match = _CLASS.search(classes)
    return Rule[match.lastgroup or ""] if match else None


_POST_ADDRESS: Final = re.compile(
    r"https?://(?:www\.|mobile\.)?(?:(?:twitter|x)\.com/\w+/status/|instagram\.com/(?:p|reel)/|tiktok\.com/@[\w.]+/video/)"
)


def is_post(quote: str, last_href: str) -> bool:
    """Whether a `<blockquote>` without its class is an embedded post: it names an account and ends with the post.

    >>> is_post("Banjir surut. — TMC (@TMCPolda) March 7, 2021", "https://twitter.com/TMCPolda/status/13?ref_src=x")
    True
    """
    return "@" in quote and _POST_ADDRESS.match(last_href) is not None


def holds_article_by_accident(rule: Rule, texts: list[str]) -> bool:
    """Whether a removed element has swallowed the article, as one whose closing tag is missing does.

    Takes the texts of the `<p>` inside it. A caption or an advertising slot has no two paragraphs of running text, a
    post no four.

    >>> holds_article_by_accident(Rule.CAPTION, ["Petugas memeriksa kendaraan."])
    False
    """
    fewest = MAY_SWALLOW.get(rule)
    return fewest is not None and sum(len(text.split()) >= _RUNNING_TEXT_WORDS for text in texts) >= fewest


_RUNNING_TEXT_WORDS: Final = 8
MAY_SWALLOW: Final = {Rule.ADVERTISEMENT: 2, Rule.CAPTION: 2, Rule.HIDDEN: 2, Rule.EMBED: 4}
"""How many paragraphs of running text show that an element under one of these rules has swallowed the article."""

_SENTENCE_START: Final = r"""(?:^|(?<=[.!?] )|(?<=[.!?]["”’)] ))"""
# Phrases of the site's own templates: wherever one begins, the rest of the line is the call.
_CALL: Final = re.compile(
    "|".join(
        (
            r"dapatkan update berita pilihan dan breaking news",
            r"simak breaking news dan berita pilihan",
            r"mari bergabung di grup telegram \W*kompas",
            r"pilih saluran andalanmu akses berita",
            r"pastikan kamu sudah install aplikasi whatsapp",
            r"anda harus install aplikasi telegram",
            r"baca berita tanpa iklan\.? gabung kompas",
            r"kompas\.?com ?\+ baca berita tanpa iklan",
            rf"(?:{_SENTENCE_START}[^.!?]{{3,100}}, )?kompas\.com berkomitmen (?:untuk )?memberikan fakta jernih",
            r"ikuti terus update topik ini dan notifikasi",
            r"kirimkan apresiasi spesial untuk mendukung jurnalisme",
            r"(?:segera lengkapi data dirimu|tulis komentarmu|dapatkan smartphone) [^.]{0,40}#jernihberkomentar",
            r"terangi negeri dengan literasi",
            r"anda bisa menjadi kolumnis",
            r"kriteria \(salah satu\): akademisi",
            r"cara daftar baca di sini",
            r"dapatkan informasi,? (?:inspirasi )?dan insight (?:pilihan redaksi|di email)",
            r"copyright (?:© |\(c\) )?20\d\d ?[-–] ?20\d\d,? pt\.? kompas cyber media",
        )
    ),
    re.IGNORECASE,
)
# One of these is in every text that `_CALL` finds, and in few others: a plain search is many times cheaper than the
# pattern. "Kompas" would not do, since most articles begin with it.
_CALL_WORDS: Final = (
    "breaking news",
    "grup telegram",
    "tanpa iklan",
    "berkomitmen",
    "cyber media",
    "andalanmu",
    "install",
    "topik ini",
    "apresiasi",
    "#jernih",
    "insight",
    "literasi",
    "kolumnis",
    "kriteria (",
    "cara daftar",
)

_INVITATION: Final = r"(?:ikuti|follow|cek|dapatkan|baca|simak|gabung|yuk)\b[^.]{0,120}"
_CHANNEL: Final = (
    r"(?:google (?:news|berita)|(?:channel|kanal|saluran|grup|group) (?:whatsapp|wa|telegram)|whatsapp channel)\b"
)
_PUBLISHED: Final = r"(?:di)?(?:terbit(?:kan)?|publikasikan|muat)"
_ALREADY: Final = r"(?:(?:telah|sudah|pernah|pertama kali|juga) )*"
# By rule: the most words that such a line has, and how it begins.
_LINE_STARTS: Final[dict[Rule, tuple[int, tuple[str, ...]]]] = {
    Rule.CALL: (
        80,
        (
            rf"{_INVITATION}\b(?:kompas(?:\.?com)?|kami)\b[^.]{{0,120}}{_CHANNEL}",
            rf"{_INVITATION}{_CHANNEL}[^.]{{0,40}}\bkompas\b",
            r"(?:unduh|download) (?:sekarang )?aplikasi kompas\.?com",
            r"(?:unduh|download) (?:sekarang\W*$|aplikasi\W*https?://kmp\.im/)",
            r"gabung(?: sekarang)? kompas\.?com ?(?:\+|plus)",
            r"nikmati kenyamanan (?:mem)?baca tanpa iklan",
            r"dukung keberlanjutan jurnalisme",
            r"berikan apresiasi sekarang",
            r"membership: https?://kmp\.im",
            r"(?:https?://)?(?:t\.me/kompas|(?:www\.)?whatsapp\.com/channel/0029VaFPbedBPzjZrk13HO3D|kmp\.im/)\S*$",
        ),
    ),
    Rule.PAGER: (
        30,
        (
            r"(?:(?:klik|buka|baca|simak|lanjut(?:kan)?|bersambung|ke|di) )*halaman (?:selanjut|berikut)nya\W*(?:$|:)",
            r"halaman\W*\d+(?:\W+\d+)+(?:\W+(?:show all|tampilkan semua|selanjutnya))?\W*$",
            r"(?:show all|next page)\W*$",
        ),
    ),
    Rule.TOPIC: (20, (r"topik (?:pilihan|terkait|populer) ?(?::|$)", r"tags? ?:")),
    Rule.SYNDICATION: (
        80,
        (
            rf"(?:sebagian )?(?:artikel|berita|tulisan) ini {_ALREADY}(?:di)?tayang(?:kan)?\b",
            rf"(?:artikel|berita|tulisan) ini {_ALREADY}{_PUBLISHED} (?:pertama kali )?(?:di|oleh|pada)\b",
            r"(?:artikel|berita|tulisan) ini (?:merupakan|adalah) (?:hasil )?kerja ?sama\b",
            r"this (?:article|story) (?:is|was|has been) (?:first |originally )?(?:re)?published (?:in|on|by|from)\b",
        ),
    ),
    Rule.SOURCE: (
        60,
        (
            r"(?:sumber|source) ?: ?\S",
            r"(?:penulis|reporter|kontributor)\b[^.]{2,200}\| ?editor\b",
            r"(?:kompas\.?com|tribun[\w.]*|antara) ?[/|][^()]{2,160}\)\W*$",
        ),
    ),
    Rule.EMBED: (
        40,
        (
            r"view this post on instagram\b",
            r"lihat (?:postingan|pos) ini di instagram\b",
            r"(?:a post shared by|(?:sebuah kiriman|postingan) dibagikan oleh) .*\(@[\w.]+\)",
            r"(?:https?://)?pic\.twitter\.com/\w+\W*$",
        ),
    ),
    Rule.ADVERTISEMENT: (8, (r"(?:advertisement|scroll to continue with content)\W*$",)),
}
_LINES: Final = tuple(
    (rule, re.compile("|".join(starts), re.IGNORECASE), most_words)
    for rule, (most_words, starts) in _LINE_STARTS.items()
)
# The first three letters of everything `_LINES` may match, lead punctuation aside: most lines are settled by them.
_BEGINNINGS: Final = (
    "adv ant art bac ber buk cek dap dow duk fol gab hal htt iku kli kmp kom kon lan lih mem nex nik pen pic pos rep"
    " scr seb sho sim sou sum t.m tag thi top tri tul und vie wha www yuk"
)
_FIRST_LETTERS: Final = frozenset((*_BEGINNINGS.split(), "a p", "di ", "ke "))
_LEAD: Final = re.compile(r"[\W_]*")
_QUOTES: Final = frozenset("\"'“”‘’«»")


def call_start(text: str) -> int | None:
    """Where in a line a call of the site begins; from there on nothing is body text. None without a call.

    >>> call_start('Sekian. Dapatkan update berita pilihan dan breaking news setiap hari.')
    8
    """
    lowered = text.lower()
    for word in _CALL_WORDS:
        if word in lowered:
            match = _CALL.search(text)
            return match.start() if match else None
    return None


def line_rule(text: str) -> Rule | None:
    """The rule that takes a whole line of text out of the body; None when it stays.

    >>> line_rule("Artikel ini telah tayang di Tribunnews.com dengan judul Contoh")
    <Rule.SYNDICATION: 'syndication'>
    >>> line_rule("Kompas.com menghubungi Dinas Pendidikan, Senin.") is None
    True
    """
    lead = _LEAD.match(text)
    start = lead.end() if lead else 0
    if text[start : start + 3].lower() not in _FIRST_LETTERS:
        return None
    words = len(text.split())
    # What somebody is quoted with is no call of the site: "Ikuti kami di Google News," kata dia.
    is_quoted = not _QUOTES.isdisjoint(text[:start])
    for rule, pattern, most_words in _LINES:
        if words <= most_words and not (is_quoted and rule is Rule.CALL) and pattern.match(text, start):
            return rule
    return None
