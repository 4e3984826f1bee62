"""All numbers of the report, read from an archive in one go.

Knows which parts there are. Refuses to know how they are shown.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from kompas_crawler.archive.selection import Window
from kompas_crawler.archive.storage import Storage
from kompas_crawler.report.articles import Articles, articles_of
from kompas_crawler.report.edits import Edits, edits_of
from kompas_crawler.report.holdings import Holdings, holdings_of
from kompas_crawler.report.linkage import Linkage, linkage_of
from kompas_crawler.report.operation import Operation, operation_of
from kompas_crawler.report.reading import Source


@dataclass(frozen=True, slots=True)
class Facts:
    """What there is to say about an archive."""

    location: str
    """Where it is, as it was named."""
    window: Window
    """The WIB days that articles, coverage, edits and links are of; runs and requests are of all times."""
    made_at: datetime
    """When this was read, aware."""
    holdings: Holdings
    articles: Articles
    edits: Edits
    linkage: Linkage
    operation: Operation


def facts_of(storage: Storage, *, window: Window, made_at: datetime) -> Facts:
    """Return everything that the report says about an archive. Memory is needed for some ten thousand rows at a time.

    Raises `ArchiveNotFound`, and `SchemaMismatch` for files of another version of the contract.
    """
    source = Source(storage, window)
    source.require()
    return Facts(
        location=storage.location,
        window=window,
        made_at=made_at,
        holdings=holdings_of(source),
        articles=articles_of(source),
        edits=edits_of(source),
        linkage=linkage_of(source),
        operation=operation_of(source),
    )
