"""`scrapy commit`: fold what runs have staged into the tables."""

from __future__ import annotations

import argparse

from scrapy.commands import ScrapyCommand

from kompas_crawler.archive import Archive, Gate
from kompas_crawler.commands.archives import EXIT_CODES, with_archive
from kompas_crawler.extensions import EXIT_GATE
from kompas_crawler.gates import quality_finding


class Command(ScrapyCommand):
    """Commit the staged records of every run, also of those that died or crawled without committing."""

    requires_project = True
    requires_crawler_process = False

    def short_desc(self) -> str:
        """Return the line in the list of commands."""
        return "Fold what runs have staged into the archive"

    def long_desc(self) -> str:
        """Return the text of `scrapy commit --help`."""
        return (
            "Fold what runs have staged into the tables of the archive, also of runs that died. A crawl does this by "
            "itself; this is for the time between. Doing it twice changes nothing. What deviates from what is usual is "
            "withheld, as by a crawl, see `scrapy release`. Examples: `scrapy commit`; "
            f"`scrapy commit -s KOMPAS_OUTPUT=s3://bucket/kompas`. {EXIT_CODES}"
        )

    def run(self, args: list[str], opts: argparse.Namespace) -> None:  # noqa: ARG002 - Scrapy's signature
        """Commit and say what was done."""
        with_archive(self, args, self._commit)

    def _commit(self, archive: Archive) -> None:
        report = archive.commit(Gate(archive.storage))
        print(report)
        for decision in report.withheld:
            print(quality_finding(decision).message)
        if report.withheld:
            self.exitcode = EXIT_GATE
