"""Fingerprints: what two readings of one article are compared by, and how a difference is named.

Knows which columns make a change, which a change of kind `cosmetic`, and which none at all. Refuses to know where
readings are stored and what follows from a difference (`revisions`).

White space and Unicode form never make a change. Nor do the columns that say how a page was fetched or parsed
(address, printed forms of dates, crops and sizes of the picture, layout, flags, counts, routes, raw record, run):
they describe the reading, and stay with the text they were read with.
"""

from __future__ import annotations

import re
import struct
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from hashlib import blake2b
from typing import Any, Final, Self
from unicodedata import normalize

from kompas_crawler.archive.columns import article_columns
from kompas_crawler.items import Article, ChangeKind

BEGINNING_CHARACTERS: Final = 160
"""How much of a body must be equal for two of them to have the same beginning, white space folded."""
BODY_CHARACTERS: Final = 3 * BEGINNING_CHARACTERS
"""How much of a body a fingerprint looks at beside its `content_hash`."""

COMPARED_COLUMNS: Final[Mapping[ChangeKind, tuple[str, ...]]] = {
    ChangeKind.TITLE: ("title",),
    ChangeKind.CREDIT: ("authors", "editors"),
    ChangeKind.DATE: ("published_at", "updated_at"),
    ChangeKind.COSMETIC: (
        "section",
        "breadcrumbs",
        "content_type",
        "description",
        "dateline",
        "tags",
        "image_url",
        "image_caption",
        "image_credit",
        "is_complete",
        "is_adult",
        "is_sponsored",
    ),
}
"""The columns behind each kind of change. `body` stands in `content_hash`, together with the title."""

NEEDED_COLUMNS: Final = (
    "content_hash",
    "body",
    *(column for columns in COMPARED_COLUMNS.values() for column in columns),
)
"""What `fingerprint` must be given of a row; of the body the first `BODY_CHARACTERS` are enough."""

_PICTURE: Final = re.compile(r"/data/photo/(?!.*/data/photo/)[^?#]*")
_SIZE: Final = re.compile(r"-?\d+x\d+(?=\.\w+$)")
_META: Final = struct.Struct("8s8s8s8s8s??")


@dataclass(frozen=True, slots=True)
class Fingerprint:
    """Digests of one reading of an article."""

    content: bytes
    """Of title and body, 16 bytes: the column `content_hash`."""
    title: bytes
    credit: bytes
    date: bytes
    cosmetic: bytes
    """Of the columns of `COMPARED_COLUMNS`, 8 bytes each."""
    beginning: bytes
    """Of the beginning of the body."""
    is_complete: bool
    has_text: bool

    @property
    def is_bare(self) -> bool:
        """Whether nothing of the page was read: the row comes from lists. What the page says is no change of it."""
        return not self.has_text and not self.is_complete

    def change_to(self, seen: Fingerprint) -> ChangeKind | None:
        """Return how `seen` differs, the first kind that applies; None when it says the same."""
        if self.title != seen.title:
            return ChangeKind.TITLE
        if self.content != seen.content:
            return ChangeKind.BODY
        if self.credit != seen.credit:
            return ChangeKind.CREDIT
        if self.date != seen.date:
            return ChangeKind.DATE
        return ChangeKind.COSMETIC if self.cosmetic != seen.cosmetic else None

    def is_better_than(self, seen: Fingerprint) -> bool:
        """Return whether `seen` is only a poorer reading of the same page, that must not replace this one.

        So is a reading without text of an article that has some, and an incomplete one of an article that is held
        complete, when both begin alike: what is missing was not read, rather than taken away.
        """
        if self.has_text and not seen.has_text:
            return True
        return self.is_complete and not seen.is_complete and self.beginning == seen.beginning

    @property
    def meta(self) -> bytes:
        """Everything but the content, as bytes for the index."""
        return _META.pack(
            self.title, self.credit, self.date, self.cosmetic, self.beginning, self.is_complete, self.has_text
        )

    @classmethod
    def restored(cls, content: bytes, meta: bytes) -> Self:
        """Return the fingerprint that `content` and `meta` were taken from."""
        return cls(content, *_META.unpack(meta))


def folded(text: str) -> str:
    """Return `text` in Unicode form NFC with each run of white space as one space.

    >>> folded(" Banjir\\u00a0 surut\\n")
    'Banjir surut'
    """
    return " ".join(normalize("NFC", text).split())


def content_hash(title: str, body: str) -> bytes:
    """Return the 16 bytes by which title and body of an article are compared.

    >>> content_hash("Banjir", "Air  surut.") == content_hash("Banjir ", "Air\\n\\nsurut.")
    True
    """
    return blake2b(f"{folded(title)}\x00{folded(body)}".encode(errors="surrogatepass"), digest_size=16).digest()


def picture(image_url: str) -> str:
    """Return what names the picture in its address, whatever the host, crop, size or watermark.

    >>> picture("https://asset.kompas.com/crops/Q=/0x0:9x6/780x390/data/photo/2021/04/14/6076f0c9.jpg")
    '/data/photo/2021/04/14/6076f0c9.jpg'
    >>> picture("http://assets.kompas.com/data/photo/2016/05/04/1439122rps-780x390.jpg")
    '/data/photo/2016/05/04/1439122rps.jpg'
    """
    found = _PICTURE.search(image_url)
    path = found[0] if found else image_url.partition("://")[2].partition("?")[0]
    return _SIZE.sub("", path)


def fingerprint(row: Mapping[str, Any]) -> Fingerprint:
    """Return the fingerprint of a row that has at least `NEEDED_COLUMNS`."""
    beginning = folded(row["body"][:BODY_CHARACTERS])[:BEGINNING_CHARACTERS]
    compared = row if row["image_url"] is None else {**row, "image_url": picture(row["image_url"])}
    title, credit, date, cosmetic = (
        _digest([compared[column] for column in columns]) for columns in COMPARED_COLUMNS.values()
    )
    return Fingerprint(
        content=row["content_hash"],
        title=title,
        credit=credit,
        date=date,
        cosmetic=cosmetic,
        beginning=_digest([beginning]),
        is_complete=row["is_complete"],
        has_text=bool(beginning),
    )


def title_digest(title: str) -> bytes:
    """Return what `Fingerprint.title` is for a headline.

    >>> title_digest("Banjir  surut") == title_digest("Banjir surut")
    True
    """
    return _digest([title])


def fingerprint_of(article: Article) -> Fingerprint:
    """Return the fingerprint of an article as a page gave it."""
    (row,) = article_columns([article])
    return fingerprint(row | {"content_hash": content_hash(article.title, article.body)})


def _digest(values: list[Any]) -> bytes:
    canonical = "\x1e".join(_canonical(value) for value in values)
    return blake2b(canonical.encode(errors="surrogatepass"), digest_size=8).digest()


def _canonical(value: Any) -> str:
    if value is None:
        return "\x00"
    if isinstance(value, datetime):
        return str(int(value.timestamp() * 1_000_000))
    if isinstance(value, list | tuple):
        return "\x1f".join(folded(element) for element in value)
    return folded(str(value))
