"""`scrapy status`: what the archive holds, its last runs, what is due, its gaps, and what was left behind."""

from __future__ import annotations

import argparse
from typing import ClassVar

from scrapy.commands import ScrapyCommand

from kompas_crawler.archive import Archive
from kompas_crawler.clock import read_clock
from kompas_crawler.commands.archives import EXIT_CODES, add_json_option, with_archive
from kompas_crawler.console import console, print_json
from kompas_crawler.spiders.kompas import read_task
from kompas_crawler.standing.status import Status, status_of
from kompas_crawler.standing.status_page import print_status


class Command(ScrapyCommand):
    """Print how the archive stands; nothing is changed, no lock is taken."""

    requires_project = True
    requires_crawler_process = False
    json_records: ClassVar = {"status": Status}

    def short_desc(self) -> str:
        """Return the line in the list of commands."""
        return "Show what the archive holds, its last runs, what is due, and its gaps"

    def long_desc(self) -> str:
        """Return the text of `scrapy status --help`."""
        return (
            "Show what is held (articles, days, revisions, links, bytes by table), the last runs and how they ended, "
            "what is due now, the days that are not complete, what a killed run left in staging, who holds the lock, "
            "and how much room the disk has. Reads metadata and the index only, so it is quick whatever is held, also "
            "while a crawl runs. Examples: `scrapy status`; `scrapy status -s KOMPAS_OUTPUT=/srv/kompas`; "
            f"`scrapy status --json | jq .gaps`. {EXIT_CODES}"
        )

    def add_options(self, parser: argparse.ArgumentParser) -> None:
        """Add `--json`."""
        super().add_options(parser)
        add_json_option(parser)

    def run(self, args: list[str], opts: argparse.Namespace) -> None:
        """Print the status."""
        with_archive(self, args, lambda archive: self._print(archive, as_json=opts.json))

    def _print(self, archive: Archive, *, as_json: bool) -> None:
        status = self._status(archive)
        if as_json:
            print_json(status, "status")
        else:
            print_status(status, console())

    def _status(self, archive: Archive) -> Status:
        assert self.settings is not None  # noqa: S101 - set by Scrapy before run()
        now = read_clock(self.settings["KOMPAS_CLOCK"], replica=self.settings["KOMPAS_REPLICA"]).now()
        schedule = read_task({}, self.settings).schedule
        return status_of(archive, now=now, revisits=schedule.revisits, resweeps=schedule.resweeps)
