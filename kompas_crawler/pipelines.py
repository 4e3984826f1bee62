"""Item pipelines: what a page said becomes a checked, normalised, single row of the archive.

Order: validate → normalise → de-duplicate → archive. Every drop has a statistic and an outcome in the books.
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import replace
from datetime import UTC
from typing import Self

from scrapy.crawler import Crawler
from scrapy.exceptions import DropItem
from scrapy.statscollectors import StatsCollector

from kompas_crawler.archive import Observation
from kompas_crawler.exporters import ParquetItemExporter
from kompas_crawler.extensions import RunKeeper, run_keeper
from kompas_crawler.items import Article, Flag, Outcome
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


class _RunPipeline:
    """A pipeline that takes part in the run: has its keeper and its statistics."""

    def __init__(self, crawler: Crawler) -> None:
        self._crawler = crawler

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> Self:
        """Build the pipeline for a crawl."""
        return cls(crawler)

    @property
    def _run(self) -> RunKeeper:
        return run_keeper(self._crawler)

    @property
    def _stats(self) -> StatsCollector:
        return self._crawler.stats


class ValidatePipeline(_RunPipeline):
    """Drops what breaks the data contract: it is recorded as unparsed, with the field as the reason."""

    def process_item(self, item: Observation) -> Observation:
        """Return the item, or raise `DropItem` naming the field."""
        field = invalid_field(item.article)
        if field is None:
            return item
        self._stats.inc_value(f"kompas/invalid/{field}")
        self._run.books.decide(item.article.article_id, Outcome.UNPARSED, f"invalid_{field}")
        raise DropItem(f"{item.article.url}: field {field} breaks the data contract")


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


class NormalisePipeline(_RunPipeline):
    """Brings text and times into the one form in which they are stored."""

    def process_item(self, item: Observation) -> Observation:
        """Return the item with a normalised article."""
        return replace(item, article=normalised(item.article))


class DeduplicatePipeline(_RunPipeline):
    """Lets one reading of an article pass per run: the key is date and id, whatever the address was."""

    def __init__(self, crawler: Crawler) -> None:
        super().__init__(crawler)
        self._kept: set[str] = set()

    def process_item(self, item: Observation) -> Observation:
        """Return the item, or raise `DropItem` for an article that was already read in this run."""
        article_id = item.article.article_id
        if article_id in self._kept:
            self._stats.inc_value("kompas/duplicates_dropped")
            raise DropItem(f"{item.article.url} was already read in this run as {article_id}")
        self._kept.add(article_id)
        return item


class ArchivePipeline(_RunPipeline):
    """Hands each reading to the exporter, and its outcome (new, changed, unchanged) to the books."""

    def open_spider(self) -> None:
        """Nothing is opened here: the run's staging exists once the archive's lock is held."""
        self._exporter: ParquetItemExporter | None = None

    def process_item(self, item: Observation) -> Observation:
        """Stage the item; storage trouble ends the run."""
        if self._exporter is None:
            self._exporter = ParquetItemExporter(self._run.staging)
        with self._run.storage_guard():
            judgement = self._run.archive.judge(item.article)
            self._exporter.export_item(item)
            self._run.books.decide(item.article.article_id, judgement.outcome, judgement.change_kind)
        return item
