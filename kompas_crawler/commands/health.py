"""`scrapy health`: whether the crawl of an archive is well, as an exit code for monitors and containers."""

from __future__ import annotations

import argparse
import json
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path

from scrapy.commands import ScrapyCommand
from scrapy.exceptions import UsageError as CommandUsageError

from kompas_crawler.archive.storage import LocalStorage, storage_at
from kompas_crawler.errors import ArchiveError
from kompas_crawler.extensions import EXIT_COMPLETE, EXIT_GATE
from kompas_crawler.health import complaint, read_health

MAX_AGE_HOURS = 26.0
"""Fits a daily job that starts a little later than the day before; for an hourly one three hours tell sooner."""


class Command(ScrapyCommand):
    """Exit 0 when a run was complete lately, 1 when none was, or none is known of."""

    requires_project = True
    requires_crawler_process = False
    default_settings = {"LOG_ENABLED": False}  # noqa: RUF012 - Scrapy's own form of it

    def syntax(self) -> str:
        """Return the arguments, for the help."""
        return "[--max-age HOURS] [--json]"

    def short_desc(self) -> str:
        """Return the line in the list of commands."""
        return "Say whether a run was complete lately, for monitors"

    def long_desc(self) -> str:
        """Return the text of `scrapy health --help`."""
        return (
            "Read health.json, which every run writes at its end, and say whether a run was complete (exit code 0) "
            "within so many hours. Nothing else is read, no lock is taken. Examples: `scrapy health --max-age 3` "
            "behind an hourly job; `scrapy health --json` prints the whole file. Exit codes: 0 well, 1 not well or not "
            "known, 2 wrong usage."
        )

    def add_options(self, parser: argparse.ArgumentParser) -> None:
        """Add ours to Scrapy's."""
        super().add_options(parser)
        parser.add_argument(
            "--max-age", type=float, default=MAX_AGE_HOURS, metavar="HOURS", help="default: %(default)s"
        )
        parser.add_argument("--json", action="store_true", help="print health.json instead of a line")

    def run(self, args: list[str], opts: argparse.Namespace) -> None:
        """Read, print, and set the exit code."""
        if args:
            raise CommandUsageError(f"unexpected arguments: {' '.join(args)}; name the archive with -s KOMPAS_OUTPUT=…")
        assert self.settings is not None  # noqa: S101 - set by Scrapy before run()
        folder = self.settings["KOMPAS_HEALTH_DIR"]
        try:
            home = LocalStorage(Path(folder)) if folder else storage_at(self.settings["KOMPAS_OUTPUT"])
            said = read_health(home)
        except ArchiveError as error:
            print(f"not well: {error}", file=sys.stderr)
            self.exitcode = EXIT_GATE
            return
        trouble = complaint(said, now=datetime.now(UTC), max_age=timedelta(hours=opts.max_age))
        self.exitcode = EXIT_GATE if trouble else EXIT_COMPLETE
        if opts.json and said:
            print(json.dumps(said, indent=2, ensure_ascii=False, default=datetime.isoformat))
        else:
            print(f"not well: {trouble}" if trouble else "well")
