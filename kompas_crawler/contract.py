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


def invalid_field(article: Article) -> str | None:
    """Return the first field that breaks the data contract, or null when all hold."""
    checks = {
        "article_id": bool(_ARTICLE_ID.fullmatch(article.article_id)),
        "url": article.url.startswith("https://") and "?" not in article.url,
        "title": bool(article.title.strip()),
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
    """Return the article with composed Unicode (NFC), times in UTC and the WIB day that belongs to them.

    A time such as `14/04/2021, 20:59 WIB` is kept as printed in `published_text`; what is stored as `published_at` is
    the instant in UTC, and `published_on` is always its day in WIB, never the UTC day.
    """
    published_at = article.published_at.astimezone(UTC)
    return replace(
        article,
        title=_nfc(article.title),
        description=_nfc(article.description) if article.description else None,
        body=_nfc(article.body),
        authors=tuple(map(_nfc, article.authors)),
        editors=tuple(map(_nfc, article.editors)),
        tags=tuple(map(_nfc, article.tags)),
        published_at=published_at,
        published_on=wib_day(published_at),
        updated_at=article.updated_at.astimezone(UTC) if article.updated_at else None,
        flags=tuple(sorted(set(article.flags))),
    )


def _nfc(text: str) -> str:
    return unicodedata.normalize("NFC", text)
