"""What a crawl tells the archive about articles: a page was read, was seen unchanged, or was removed."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from kompas_crawler.items import Article, Link, Route


@dataclass(frozen=True, slots=True, kw_only=True)
class Observation:
    """The page of an article was fetched and read."""

    article: Article
    links: tuple[Link, ...] = ()
    fetched_at: datetime
    """Aware."""
    discovered_by: tuple[Route, ...]
    """The routes by which the run found it."""
    raw_file: str | None = None
    """The WARC file that holds the response; null when none is kept."""
    raw_offset: int | None = None
    """Offset of the record in it, in bytes."""
    run_id: str | None = None
    """The run that fetched it; null for the run that stages it."""
    is_reread: bool = False
    """A raw record was read again: what it gives stands in the place of what the same fetch gave before."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Sighting:
    """The page of a held article was seen to be the same without a new text (304)."""

    article_id: str
    seen_at: datetime
    """Aware."""
    discovered_by: tuple[Route, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Removal:
    """The page of a held article was found to be gone (404, 410, a redirect to something else)."""

    article_id: str
    seen_at: datetime
    """Aware."""
    status: int | None
    """HTTP status; null for a redirect that was not followed."""
    reason: str | None = None
    """Short machine-readable reason, as in the visit."""
