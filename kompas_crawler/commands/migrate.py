"""`scrapy migrate`: bring an archive to the schema version of this software."""

from __future__ import annotations

import argparse

from scrapy.commands import ScrapyCommand

from kompas_crawler.archive import Archive
from kompas_crawler.archive.schema import SCHEMA_VERSION
from kompas_crawler.commands.archives import EXIT_CODES, with_archive


class Command(ScrapyCommand):
    """Rewrite the files of an older schema version."""

    requires_project = True
    requires_crawler_process = False

    def short_desc(self) -> str:
        """Return the line in the list of commands."""
        return "Bring the archive to the schema version of this software"

    def long_desc(self) -> str:
        """Return the text of `scrapy migrate --help`."""
        return (
            f"Rewrite every file of an older schema version under version {SCHEMA_VERSION}, one after the other. When "
            "it is interrupted, start it again: files that are new already are left alone. Examples: `scrapy migrate`; "
            f"`scrapy migrate -s KOMPAS_OUTPUT=/srv/kompas`. {EXIT_CODES}"
        )

    def run(self, args: list[str], opts: argparse.Namespace) -> None:  # noqa: ARG002 - Scrapy's signature
        """Migrate and say which files were written."""
        with_archive(self, args, _migrate)


def _migrate(archive: Archive) -> None:
    written = archive.migrate()
    for path in written:
        print(path)
    print(f"Migrate: {len(written)} files rewritten, all have schema version {SCHEMA_VERSION}")
