"""`scrapy report`: one HTML file that says what the archive holds, misses and has been through."""

from __future__ import annotations

import argparse
import os
import tempfile
from datetime import UTC, datetime
from pathlib import Path

from scrapy.commands import ScrapyCommand

from kompas_crawler.archive import Archive
from kompas_crawler.archive.selection import window
from kompas_crawler.archive.storage import Storage, write_bytes
from kompas_crawler.commands.archives import add_days_options, with_archive
from kompas_crawler.errors import ArchiveError
from kompas_crawler.report.facts import facts_of
from kompas_crawler.report.page import render
from kompas_crawler.report.words import Language

FILE = "report.html"
"""Where the report stands in an archive."""


class Command(ScrapyCommand):
    """Read the archive and write the report; exit 0 done, 2 wrong usage, 4 storage trouble."""

    requires_project = True
    requires_crawler_process = False

    def short_desc(self) -> str:
        """Return the line in the list of commands."""
        return "Write one HTML file that says what the archive holds and misses"

    def long_desc(self) -> str:
        """Return the text of `scrapy report --help`."""
        return (
            "Write one HTML file that opens from disk without a network: what the archive holds and where it has "
            "holes, articles by section over time, how soon they were kept, edits, fields and flags, links, the last "
            "runs, and how the site was asked. In Indonesian and English. Nothing is locked; a crawl may run "
            "meanwhile. Examples: `scrapy report`; `scrapy report --since 2021-04-01 --until 2021-04-30 "
            "--output-file april.html --language en`. Exit codes: 0 done, 2 wrong usage, 4 storage trouble."
        )

    def add_options(self, parser: argparse.ArgumentParser) -> None:
        """Add the options of the command to Scrapy's own."""
        super().add_options(parser)
        parser.add_argument(
            "--output-file", metavar="FILE", type=Path, help=f"where to write it (default: {FILE} in the archive)"
        )
        add_days_options(parser)
        parser.add_argument(
            "--language",
            choices=[str(language) for language in Language],
            default=str(Language.INDONESIAN),
            help="the language in which it opens; the page holds both (default: id)",
        )

    def run(self, args: list[str], opts: argparse.Namespace) -> None:
        """Write the report and say where it is."""

        def work(archive: Archive) -> None:
            location = write_report(
                archive.storage,
                opts.output_file,
                since=opts.since,
                until=opts.until,
                language=Language(opts.language),
            )
            print(f"Report: {location}")

        with_archive(self, args, work)


def write_report(
    storage: Storage,
    file: Path | None = None,
    *,
    since: str | None = None,
    until: str | None = None,
    language: Language = Language.INDONESIAN,
) -> str:
    """Write the report of an archive into it, or to `file`; return where it is.

    Raises `UsageError` for wrong days and a missing package, `ArchiveError` where an archive cannot be read or the file
    not be written.
    """
    facts = facts_of(storage, window=window(since, until), made_at=datetime.now(UTC))
    page = render(facts, language).encode()
    if file is None:
        write_bytes(storage, FILE, page)
        return f"{storage.location.rstrip('/')}/{FILE}"
    try:
        _replace(file, page)
    except OSError as error:
        raise ArchiveError(f"cannot write {file}: {error.strerror}; name another --output-file") from error
    return str(file)


def _replace(file: Path, content: bytes) -> None:
    """Make a file hold `content`, whole or not at all."""
    with tempfile.NamedTemporaryFile(dir=file.parent, prefix=f".{file.name}.", delete=False) as unfinished:
        path = Path(unfinished.name)
        try:
            unfinished.write(content)
            unfinished.close()
            umask = os.umask(0)
            os.umask(umask)
            path.chmod(0o666 & ~umask)
            path.replace(file)
        finally:
            path.unlink(missing_ok=True)
