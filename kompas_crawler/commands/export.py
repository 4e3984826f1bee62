"""`scrapy export`: a window of the archive as one file for a colleague, with its data card."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import ClassVar

from scrapy.commands import ScrapyCommand
from scrapy.exceptions import UsageError as CommandUsageError

from kompas_crawler.archive import Archive
from kompas_crawler.commands.archives import EXIT_CODES, add_json_option, add_window_options, with_archive, words
from kompas_crawler.console import counted, print_json, size
from kompas_crawler.export.forms import Form
from kompas_crawler.export.window import Exported, Window, export, form_of


class Command(ScrapyCommand):
    """Write a window of the articles to one file."""

    requires_project = True
    requires_crawler_process = False
    json_records: ClassVar = {"export": Exported}

    def short_desc(self) -> str:
        """Return the line in the list of commands."""
        return "Write a window of the archive to one file with its data card"

    def long_desc(self) -> str:
        """Return the text of `scrapy export --help`."""
        return (
            "Write the articles of a window to one CSV, JSON Lines, Parquet or zip file, in order of publication, with "
            "a data card beside it (in a zip: inside, with the coverage): what it is, when it was crawled, what it "
            "lacks, columns, permission, how to cite it. CSV opens in Excel, and no text in it acts as a formula. "
            "Nothing is overwritten without --force, and no file appears before it is whole. Examples: `scrapy export "
            "--since 2021-04-01 --until 2021-04-30 -o april.zip`; `scrapy export --sections global --columns "
            "article_id,published_on,title,body -o global.csv`; `scrapy export --since 2021-04-14 --until 2021-04-14 "
            f"-o day.parquet -s KOMPAS_OUTPUT=/srv/kompas`. {EXIT_CODES}"
        )

    def add_options(self, parser: argparse.ArgumentParser) -> None:
        """Add the window, the columns, the form and the file."""
        super().add_options(parser)
        add_window_options(parser)
        parser.add_argument(
            "--columns", metavar="LIST", type=words, help="columns of articles, by commas (default: all)"
        )
        parser.add_argument(
            "--format", choices=[*Form], metavar="FORM", help="csv, jsonl, parquet or zip (default: as FILE ends)"
        )
        parser.add_argument("-o", "--output", metavar="FILE", type=Path, help="the file to write; needed")
        parser.add_argument("--force", action="store_true", help="overwrite files that are there")
        add_json_option(parser)

    def run(self, args: list[str], opts: argparse.Namespace) -> None:
        """Write the file and say what is in it."""
        if opts.output is None:
            raise CommandUsageError("name the file: -o april.csv", print_help=False)
        with_archive(self, args, lambda archive: _export(archive, opts))


def _export(archive: Archive, opts: argparse.Namespace) -> None:
    window = Window(since=opts.since, until=opts.until, sections=opts.sections, columns=opts.columns)
    done = export(archive, window, opts.output, form_of(opts.output, opts.format), force=opts.force)
    if opts.json:
        print_json(done, "export")
        return
    print(f"Export: {counted(done.rows, 'article')} in {done.file}, {size(done.size_bytes)}")
    if done.days is not None and done.days_complete is not None:
        print(f"  {done.days_complete:,} of {counted(done.days, 'day')} are complete")
    print(f"  data card: {done.card or f'in {done.file}'}")
