"""The data contract of one article: what must hold of it, and the one form in which its text and times are stored.

Pure, and the same for a crawl's pipelines and for raw pages that are read again. What a schema can express is checked
where records become columns (`archive.columns`).
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import replace
from datetime import UTC

from kompas_crawler.items import Article, Flag
from kompas_crawler.site.dates import wib_day

_ARTICLE_ID = re.compile(r"\d{8}-\d+")
# No page prints them, and a terminal obeys them. Line ends part paragraphs.
_CONTROLS = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]")


def invalid_field(article: Article) -> str | None:
    """Return the first field that breaks the data contract, or null when all hold."""
    checks = {
        "article_id": bool(_ARTICLE_ID.fullmatch(article.article_id)),
        "url": article.url.startswith("https://") and "?" not in article.url,
        "title": bool(_as_stored(article.title).strip()),
        "section": bool(article.section),
        "published_at": article.published_at.tzinfo is not None,
        "updated_at": article.updated_at is None or article.updated_at.tzinfo is not None,
        "pages_fetched": _fewest_pages(article) <= article.pages_fetched <= article.page_count,
        "is_complete": article.is_complete == (article.pages_fetched == article.page_count),
    }
    return next((field for field, holds in checks.items() if not holds), None)


def _fewest_pages(article: Article) -> int:
    return 0 if Flag.METADATA_ONLY in article.flags else 1


def normalised(article: Article) -> Article:
    """Return the article in composed Unicode (NFC) without control characters, times in UTC with their WIB day.

    A time such as `14/04/2021, 20:59 WIB` is kept as printed in `published_text`; what is stored as `published_at` is
    the instant in UTC, and `published_on` is always its day in WIB, never the UTC day.
    """
    published_at = article.published_at.astimezone(UTC)
    return replace(
        article,
        title=_as_stored(article.title),
        description=_as_stored(article.description) if article.description else None,
        body=_as_stored(article.body),
        authors=tuple(map(_as_stored, article.authors)),
        editors=tuple(map(_as_stored, article.editors)),
        tags=tuple(map(_as_stored, article.tags)),
        published_at=published_at,
        published_on=wib_day(published_at),
        updated_at=article.updated_at.astimezone(UTC) if article.updated_at else None,
        flags=tuple(sorted(set(article.flags))),
    )


def _as_stored(text: str) -> str:
    return unicodedata.normalize("NFC", _CONTROLS.sub("", text))
