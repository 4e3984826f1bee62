"""`scrapy rebuild-index`: make again what follows from the Parquet files of articles, visits and walks.

Scrapy names a command after its module, hence the dash, which no import statement can write and none needs to.
"""  # noqa: N999

from __future__ import annotations

import argparse
from contextlib import closing
from importlib.metadata import version

from scrapy.commands import ScrapyCommand

from kompas_crawler.archive import Archive
from kompas_crawler.archive.commit import COVERAGE_FILE, cover
from kompas_crawler.archive.index import Index
from kompas_crawler.archive.parquet import Stamp, read_table
from kompas_crawler.archive.schema import COVERAGE
from kompas_crawler.commands.archives import EXIT_CODES, with_archive

NAME = "rebuild-index"


class Command(ScrapyCommand):
    """Rebuild the index and the coverage table."""

    requires_project = True
    requires_crawler_process = False

    def short_desc(self) -> str:
        """Return the line in the list of commands."""
        return "Make the index and the coverage again from the Parquet files"

    def long_desc(self) -> str:
        """Return the text of `scrapy rebuild-index --help`."""
        return (
            "Make the SQLite index, the marks of near-duplicates and coverage.parquet again from the articles, visits "
            "and walks, which are the only truth. Needed only when a message or `scrapy verify` says so. Examples: "
            f"`scrapy rebuild-index`; `scrapy rebuild-index -s KOMPAS_OUTPUT=/srv/kompas`. {EXIT_CODES}"
        )

    def run(self, args: list[str], opts: argparse.Namespace) -> None:  # noqa: ARG002 - Scrapy's signature
        """Rebuild both and say how much there is."""
        with_archive(self, args, _rebuild)


def _rebuild(archive: Archive) -> None:
    archive.rebuild_index()
    with archive.lock(NAME), closing(Index(archive.index_path)) as index:
        held = read_table(archive.storage, COVERAGE_FILE, COVERAGE)["day"].to_pylist()
        days = index.days() | set(held)
        cover(archive.storage, index, days, Stamp(NAME, version("kompas-crawler")))
        (articles,) = index.connection.execute("SELECT count(*) FROM articles").fetchone()
    print(f"Rebuild: {articles} articles in {archive.index_path}, coverage of {len(days)} days")
