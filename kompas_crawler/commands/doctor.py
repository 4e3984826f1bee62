"""`scrapy doctor`: what could keep a crawl from working here, each finding with its remedy."""

from __future__ import annotations

import argparse
import os
import sys
from typing import ClassVar

from rich.console import Console
from rich.table import Table
from rich.text import Text
from scrapy.commands import ScrapyCommand
from scrapy.exceptions import UsageError as CommandUsageError

from kompas_crawler.commands.archives import add_json_option
from kompas_crawler.console import console, counted, print_json
from kompas_crawler.doctor.examination import Examination, examine
from kompas_crawler.doctor.findings import Level
from kompas_crawler.extensions import EXIT_COMPLETE, EXIT_GATE

SIGNS = {Level.FINE: ("✓", "green"), Level.WARNING: ("!", "yellow"), Level.FAULT: ("✗", "bold red")}
GIGABYTE = 1e9


class Command(ScrapyCommand):
    """Look at everything that a crawl needs; exit 1 when something stops it."""

    requires_project = True
    requires_crawler_process = False
    json_records: ClassVar = {"doctor": Examination}

    def short_desc(self) -> str:
        """Return the line in the list of commands."""
        return "Look at settings, permission, robots.txt, clock, disk, lock and versions before a crawl"

    def long_desc(self) -> str:
        """Return the text of `scrapy doctor --help`."""
        return (
            "Look at everything that a crawl needs: settings (names that nothing reads, values that cannot be used), "
            "contact and permission, robots.txt, clock and zone, browser, disk space, the right to write, the lock, "
            "versions, the index, what a killed run left behind, and what a job of cron would lack. Each finding comes "
            "with its remedy. The site is asked for one robots.txt, under the crawl's own name, and only when a crawl "
            "might begin; --offline leaves that out. Examples: `scrapy doctor`; `scrapy doctor --offline`; "
            "`scrapy doctor --json -s KOMPAS_OUTPUT=/srv/kompas`; `env -i HOME=$HOME PATH=/usr/bin:/bin "
            "/srv/venv/bin/python -m kompas_crawler doctor` to see it as cron does. Exit codes: 0 a crawl can begin "
            "(there may be warnings), 1 something would stop it, 2 wrong usage."
        )

    def add_options(self, parser: argparse.ArgumentParser) -> None:
        """Add what to leave out, what to ask for, and `--json`."""
        super().add_options(parser)
        parser.add_argument("--offline", action="store_true", help="ask the site nothing")
        parser.add_argument(
            "--free-gb", type=float, default=1.0, metavar="GB", help="least room on the disk (default: %(default)s)"
        )
        add_json_option(parser)

    def run(self, args: list[str], opts: argparse.Namespace) -> None:
        """Look, print what was found, exit 1 when it would stop a crawl."""
        if args:
            raise CommandUsageError(f"unexpected arguments: {' '.join(args)}", print_help=False)
        assert self.settings is not None  # noqa: S101 - set by Scrapy before run()
        found = examine(self.settings, os.environ, is_offline=opts.offline, least_free_bytes=opts.free_gb * GIGABYTE)
        if opts.json:
            print_json(found, "doctor")
        else:
            _print(found, console())
        sys.stdout.flush()
        self.exitcode = EXIT_GATE if found.faults else EXIT_COMPLETE


def _print(found: Examination, to: Console) -> None:
    table = Table.grid(padding=(0, 1))
    for finding in found.findings:
        sign, style = SIGNS[finding.level]
        table.add_row(Text(sign, style), finding.check, Text(finding.message))
        if finding.remedy is not None:
            table.add_row("", "", Text(f"→ {finding.remedy}", "bold"))
    to.print(table)
    faults, warnings = counted(found.faults, "fault"), counted(found.warnings, "warning")
    if found.faults:
        to.print(Text(f"Doctor: {faults} would stop a crawl, {warnings}", "bold red"))
    else:
        to.print(Text(f"Doctor: a crawl can begin, {warnings}", "green"))
