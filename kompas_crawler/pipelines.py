"""Item pipelines: what a page said becomes a checked, normalised, single row of the archive.

Order: validate → normalise → de-duplicate → archive. Every drop has a statistic and an outcome in the books.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Self

from scrapy.crawler import Crawler
from scrapy.exceptions import DropItem
from scrapy.statscollectors import StatsCollector

from kompas_crawler.archive import Observation
from kompas_crawler.contract import invalid_field, normalised
from kompas_crawler.exporters import ParquetItemExporter
from kompas_crawler.extensions import RunKeeper, run_keeper
from kompas_crawler.items import Outcome


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
            key, outcome = item.article.article_id, judgement.outcome
            self._run.books.decide(key, outcome, judgement.change_kind, at=item.fetched_at)
        return item
