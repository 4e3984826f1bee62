"""Lines of the text that name the people behind it: bylines, columnists' profiles, credits below the last paragraph.

Told by their words and by where they stand: the same words in a sentence of the article, or in a list of facts about a
book or a film, are body text. Who is credited by the page itself is read elsewhere.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Final

_BYLINE: Final = re.compile(r"\W*(?:Oleh|OLEH)\b\s*(?P<colon>:?)\s*[A-Z](?!.*KOMPAS\.com)")
_BYLINE_WORDS: Final = 25


def is_byline(text: str) -> bool:
    """Whether a line near the top only names the writer: `Oleh: Nama | Jabatan`, `Oleh Nama dan Nama`.

    >>> is_byline("Oleh: Rina Wijaya dan Budi Santoso"), is_byline("Oleh karena itu, warga mengungsi.")
    (True, False)
    """
    match = _BYLINE.match(text)
    if match is None or len(text.split()) > _BYLINE_WORDS:
        return False
    return bool(match["colon"]) or text[-1].isalnum()


_QUOTES: Final = frozenset("\"'“”‘’«»")
_PROFILE: Final = re.compile(
    r"(?P<mark>[\W_]*)(?:(?:para )?penulis (?:adalah|merupakan|kini|saat ini)\b|tentang penulis\b"
    r"|(?P<english>the (?:author|writer)s? (?:is|are)\b))",
    re.IGNORECASE,
)
_PROFILE_WORDS: Final = 80
_OCCUPATIONS: Final = (
    "dosen guru pengajar akademisi peneliti pengamat pemerhati praktisi kolumnis penulis mahasiswa alumnus direktur"
    " ketua anggota sekretaris wartawan jurnalis konsultan advokat pegiat aktivis pakar lecturer professor researcher"
    " columnist"
)
_MARKED_PROFILE: Final = re.compile(
    r"\(?\*+\)?\s*(?:(?:[A-Z][\w.’'-]*,?\s+){1,8}(?:(?:adalah|merupakan|is an?)\s+)?)?"
    rf"(?i:{_OCCUPATIONS.replace(' ', '|')})\b"
)


def is_profile(text: str, *, is_last: bool) -> bool:
    """Whether a line is a columnist's profile: set off by an asterisk or bracket, or the last line of the text.

    >>> is_profile("*) Penulis adalah pengamat penerbangan", is_last=False)
    True
    >>> is_profile("Penulis adalah orang yang menulis.", is_last=False)
    False
    >>> is_profile('"Penulis adalah pekerja," kata Dewi.', is_last=True)
    False
    """
    match = _PROFILE.match(text)
    if match is None and not (is_last and _MARKED_PROFILE.match(text)):
        return False
    if len(text.split()) > _PROFILE_WORDS:
        return False
    if match is None:
        return True
    mark = match["mark"].strip()
    if not _QUOTES.isdisjoint(mark):
        return False
    return bool(mark) or (is_last and match["english"] is None)


_CREDIT: Final = re.compile(
    r"\W*(?:penulis|reporter|kontributor|pewarta|writer|(?P<editor>editor))\s*[:|]\s*\w", re.IGNORECASE
)
_FACT: Final = re.compile(r"\W*\w+(?:\s\w+){0,3}\s*:\s*\w")
_CREDIT_WORDS: Final = 10


def count_credits_below(paragraphs: Sequence[str]) -> int:
    """How many of the last paragraphs are credits: `Penulis: Nama`, `Editor: Nama`.

    An editor has to be among them, and no other list of facts above: the data of a book name its writer too.

    >>> count_credits_below(["Banjir surut.", "Penulis: Rina Wijaya", "Editor: Budi"])
    2
    >>> count_credits_below(["Judul: Laut Bercerita", "Penulis: Leila", "Editor: Endah"])
    0
    """
    count, has_editor = 0, False
    for text in reversed(paragraphs):
        match = _CREDIT.match(text) if len(text.split()) <= _CREDIT_WORDS else None
        if match is None:
            is_fact = len(text.split()) <= _CREDIT_WORDS and _FACT.match(text) is not None
            return 0 if is_fact or not has_editor else count
        count, has_editor = count + 1, has_editor or match["editor"] is not None
    return count if has_editor else 0
