"""`scrapy crawl`: Scrapy's own command, with arguments checked first and exit codes that cron can act upon."""

from __future__ import annotations

import argparse
import asyncio
import logging
import os
import signal
import sys
from contextlib import closing
from datetime import UTC, datetime
from types import FrameType

from scrapy.commands.crawl import Command as CrawlCommand
from scrapy.crawler import AsyncCrawlerProcess, Crawler
from scrapy.exceptions import UsageError as CommandUsageError

from kompas_crawler.archive import Archive
from kompas_crawler.console import console
from kompas_crawler.errors import ArchiveError, ArchiveLocked, UsageError
from kompas_crawler.extensions import EXIT_GATE, EXIT_LOCKED, EXIT_STORAGE, EXIT_USAGE, RunKeeper
from kompas_crawler.footing import settle
from kompas_crawler.health import refusal, report_health
from kompas_crawler.spiders.kompas import read_task
from kompas_crawler.summary import print_summary

logger = logging.getLogger(__name__)


class Command(CrawlCommand):
    """Run the spider; exit 0 complete, 1 a gate failed, 2 usage or permission, 3 blocked, 4 storage, 5 locked."""

    def long_desc(self) -> str:
        """Return the text of `scrapy crawl --help`."""
        return (
            "Run a spider of the project. Examples: `scrapy crawl kompas` keeps the archive current (today and "
            "yesterday); `scrapy crawl kompas -a since=2021-04-01 -a until=2021-04-30 -a sections=global,nasional "
            "-a follow=none -a limit=200` fills a window. Exit codes: 0 complete, 1 finished but a gate failed, "
            "2 wrong usage or no permission, 3 blocked by the site, 4 storage trouble, 5 another run holds the lock."
        )

    def run(self, args: list[str], opts: argparse.Namespace) -> None:
        """Check arguments and permission, crawl, and set the exit code."""
        if len(args) != 1:
            raise CommandUsageError("give the name of one spider: scrapy crawl kompas")
        try:
            assert self.crawler_process is not None  # noqa: S101 - set by Scrapy before run()
            read_task(opts.spargs, self.crawler_process.settings)
            crawler = self._create_crawler(args[0])
        except UsageError as error:
            self._fail(EXIT_USAGE, error)
            self._report(error)
            return
        except KeyError as error:
            raise CommandUsageError(f"{error.args[0]}; the spider is called kompas", print_help=False) from None
        if not isinstance(self.crawler_process, AsyncCrawlerProcess):
            raise CommandUsageError("the crawl needs Scrapy's default, the asyncio reactor", print_help=False)
        quieten(self.crawler_process.settings["LOG_LEVEL"])
        heed_hangup()
        task = self.crawler_process.crawl(crawler, **opts.spargs)
        settle()
        self.crawler_process.start()
        self._conclude(crawler, task)

    def _conclude(self, crawler: Crawler, task: asyncio.Future[None]) -> None:
        error = task.exception() if task.done() and not task.cancelled() else None
        if error is not None:
            self._fail(_exit_code_of(error), error)
            if not isinstance(error, (UsageError, ArchiveError, ArchiveLocked)):
                raise error
            return
        keeper = crawler.get_extension(RunKeeper)
        if keeper is None:  # switched off in the settings, or another spider's crawl
            self.exitcode = EXIT_GATE if self.crawler_process and self.crawler_process.bootstrap_failed else 0
            return
        self.exitcode = keeper.exit_code
        show_summary(keeper)

    def _fail(self, exit_code: int, error: BaseException) -> None:
        self.exitcode = exit_code
        print(f"{error}", file=sys.stderr)

    def _report(self, error: UsageError) -> None:
        """Tell monitors of a run that was refused before it could. An object store is not asked for that."""
        assert self.crawler_process is not None  # noqa: S101 - set by Scrapy before run()
        settings = self.crawler_process.settings
        output, folder = settings["KOMPAS_OUTPUT"], settings["KOMPAS_HEALTH_DIR"]
        if output and "://" not in output:
            with closing(Archive(output)) as archive:
                report_health(archive, refusal(EXIT_USAGE, "usage", error, now=datetime.now(UTC)), folder=folder)


def heed_hangup() -> None:
    """Let SIGHUP end the crawl as SIGTERM does, in good order. Under `nohup` it stays ignored."""
    if signal.getsignal(signal.SIGHUP) == signal.SIG_DFL:
        signal.signal(signal.SIGHUP, _hang_up)


def _hang_up(number: int, _: FrameType | None) -> None:
    signal.signal(number, signal.SIG_IGN)  # shell and kernel both send it, and a second SIGTERM would not wait
    signal.raise_signal(signal.SIGTERM)


def show_summary(keeper: RunKeeper) -> None:
    """Print the summary. Standard output that is closed, full or a pipe that nobody reads does not spoil a run."""
    if sys.stdout is None:
        return
    try:
        print_summary(keeper, console())
        sys.stdout.flush()
    except (OSError, SystemExit) as error:  # rich ends the process where nobody reads its pipe
        logger.warning("The summary could not be shown: %s", error)
        # What is still buffered would fail once more at the very end, and make the exit code 120.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def quieten(log_level: str) -> None:
    """Leave out what Scrapy says of its own set-up and of each page, unless more than the story is asked for.

    What is left out is not made either: Scrapy lets every message come to its handlers, which then drop it.
    """
    if log_level in ("DEBUG", "NOTSET"):
        return
    for name in ("scrapy.addons", "scrapy.core.engine", "scrapy.crawler", "scrapy.middleware", "scrapy.utils.log"):
        logging.getLogger(name).setLevel(logging.WARNING)
    logging.getLogger("scrapy.core.scraper").setLevel(logging.INFO)


def _exit_code_of(error: BaseException) -> int:
    match error:
        case UsageError():
            return EXIT_USAGE
        case ArchiveLocked():
            return EXIT_LOCKED
        case ArchiveError():
            return EXIT_STORAGE
        case _:
            return EXIT_GATE
