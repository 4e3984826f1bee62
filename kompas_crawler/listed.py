"""What a list says of an article: as all that is kept of it (`content=metadata`), or as a hint that it changed.

Pure. A row that comes from lists only has the flag `metadata_only`, the layout `list`, no body and no part read; it is
never complete, and the page of the article fills it later without counting as an edit.
"""

from __future__ import annotations

from kompas_crawler.archive import Known
from kompas_crawler.archive.fingerprint import title_digest
from kompas_crawler.items import Article, Flag, Listing, ParsedArticle
from kompas_crawler.revisits import LIST_LAYOUT
from kompas_crawler.site.addresses import parse_article_address

LIST_PARSER_VERSION = 1
"""Version of how a list entry becomes a row."""


def article_of_listing(listing: Listing) -> ParsedArticle | None:
    """Return the row that a list entry makes; null when the list prints no headline."""
    address = parse_article_address(listing.url)
    if listing.title is None or address is None:
        return None
    article = Article(
        article_id=listing.article_id,
        url=listing.url,
        section=listing.section,
        section_code=address.section_code,
        title=listing.title,
        description=listing.description,
        published_at=listing.published_at,
        published_on=listing.published_on,
        published_source=listing.published_source,
        published_text=listing.published_text,
        image_url=listing.image_url,
        page_count=1,
        pages_fetched=0,
        is_complete=False,
        flags=(Flag.METADATA_ONLY,),
        layout=LIST_LAYOUT,
        parser_version=LIST_PARSER_VERSION,
    )
    return ParsedArticle(article=article)


def says_otherwise(listing: Listing, known: Known) -> bool:
    """Return whether a list prints another headline than the archive holds."""
    return listing.title is not None and title_digest(listing.title) != known.fingerprint.title
