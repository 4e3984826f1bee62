"""Item exporter: observations of articles into the archive's staging area, in durable Parquet batches."""

from __future__ import annotations

from scrapy.exporters import BaseItemExporter

from kompas_crawler.archive import Observation, Staging


class ParquetItemExporter(BaseItemExporter):
    """Writes observations to a run's staging; the archive's commit folds them into the monthly partitions."""

    def __init__(self, staging: Staging) -> None:
        super().__init__()
        self._staging = staging

    def export_item(self, item: Observation) -> None:
        """Append one observation. It is durable after the next flush."""
        self._staging.observe(item)

    def finish_exporting(self) -> None:
        """Make everything durable."""
        self._staging.flush()
