"""`scrapy release`: publish what the quality gate withheld, after a look at it, or drop it."""

from __future__ import annotations

import argparse
from itertools import groupby

from scrapy.commands import ScrapyCommand
from scrapy.exceptions import UsageError as CommandUsageError

from kompas_crawler.archive import Archive
from kompas_crawler.archive.quarantine import decisions
from kompas_crawler.commands.archives import EXIT_CODES, with_archive


class Command(ScrapyCommand):
    """List what is in quarantine, publish a run of it, or drop it."""

    requires_project = True
    requires_crawler_process = False

    def syntax(self) -> str:
        """Return the arguments."""
        return "[options] [<run>]"

    def short_desc(self) -> str:
        """Return the line in the list of commands."""
        return "Publish, or drop, what the quality gate withheld of a run"

    def long_desc(self) -> str:
        """Return the text of `scrapy release --help`."""
        return (
            "A run whose pages are not as usual is withheld from the tables and waits in quarantine. Look at the pages "
            "in quarantine/<run>/samples; then publish it, by which what was found counts as usual from then on, or "
            "drop it with --discard: the raw pages stay for `scrapy reparse`, and later runs may ask for its articles "
            "again. Examples: `scrapy release --list`; `scrapy release 20261001T050000Z-a1b2c3`; "
            f"`scrapy release -s KOMPAS_OUTPUT=/srv/kompas --discard 20261001T050000Z-a1b2c3`. {EXIT_CODES}"
        )

    def add_options(self, parser: argparse.ArgumentParser) -> None:
        """Add the options of this command."""
        super().add_options(parser)
        what = parser.add_mutually_exclusive_group()
        what.add_argument("--list", action="store_true", dest="shows_list", help="say what is in quarantine, and why")
        what.add_argument("--discard", action="store_true", help="drop what was withheld instead of publishing it")

    def run(self, args: list[str], opts: argparse.Namespace) -> None:
        """Do what was asked for, and say what was done."""
        if opts.shows_list:
            with_archive(self, args, _list)
            return
        if len(args) != 1:
            raise CommandUsageError("name one run, as `scrapy release --list` shows it", print_help=False)
        with_archive(self, [], lambda archive: (_discard if opts.discard else _release)(archive, args[0]))


def _list(archive: Archive) -> None:
    waiting = decisions(archive.storage)
    if not waiting:
        print(f"Quarantine: nothing is withheld in {archive.location}")
    for run_id, made in groupby(waiting, key=lambda decision: decision.run_id):
        some = list(made)
        keys = {key for decision in some for key in decision.withheld}
        print(f"{run_id}: {len(keys)} articles, withheld {some[0].decided_at}")
        for finding in dict.fromkeys(finding for decision in some for finding in decision.findings):
            print(f"  {finding}")


def _release(archive: Archive, run_id: str) -> None:
    print(archive.release(run_id))
    print(f"Release: {run_id} is published; what was found in it counts as usual from now on")


def _discard(archive: Archive, run_id: str) -> None:
    dropped = {key for decision in archive.discard(run_id) for key in decision.withheld}
    print(f"Release: {len(dropped)} articles of {run_id} were dropped; the raw pages stay")
