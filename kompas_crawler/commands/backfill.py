"""`scrapy backfill`: fill a window of days by several crawls at once, on this machine or on a cluster, at one rate."""

from __future__ import annotations

import argparse
import logging
import os
import socket
import sys
from collections.abc import Callable, Mapping
from functools import partial
from pathlib import Path
from typing import ClassVar, Final

from scrapy.commands import ScrapyCommand
from scrapy.settings import BaseSettings
from scrapy.utils.conf import arglist_to_dict

from kompas_crawler.archive import Archive
from kompas_crawler.clock import read_clock
from kompas_crawler.commands.archives import add_json_option, add_window_options, with_archive
from kompas_crawler.commands.fleets import add_fleet_options, runner_of
from kompas_crawler.console import console, print_json
from kompas_crawler.errors import SilenceLasts, UsageError
from kompas_crawler.extensions import EXIT_GATE
from kompas_crawler.fleet.backfill import Backfill, Order, Result
from kompas_crawler.fleet.dask_runner import SchedulerLost, scheduler_address
from kompas_crawler.fleet.lane_server import LaneServer
from kompas_crawler.fleet.runners import WorkerDied, in_threads
from kompas_crawler.fleet.showing import Summary, Watch, show, summary_of
from kompas_crawler.lane import Timetable
from kompas_crawler.plan import read_arguments
from kompas_crawler.progress import StatusLine
from kompas_crawler.spiders.kompas import KompasSpider, read_task

ARGUMENTS: Final = ("follow", "depth", "content", "render")
"""Arguments of the spider that a back-fill passes on."""
_GROUNDS: Final = ("KOMPAS_CONTACT", "KOMPAS_PERMISSION", "KOMPAS_REPLICA")
_OWN: Final = frozenset(
    {"KOMPAS_OUTPUT", "KOMPAS_COMMIT", "KOMPAS_RUN_ID", "KOMPAS_LANE", "KOMPAS_HEALTH_DIR", "LOG_FILE"}
)
"""Settings that are the back-fill's, and not those of its units."""


class Command(ScrapyCommand):
    """Fill days by a fleet; exit codes are those of a crawl."""

    requires_project = True
    requires_crawler_process = False
    json_records: ClassVar = {"backfill": Summary}

    def syntax(self) -> str:
        """Return what follows the name of the command."""
        return "--since DAY --until DAY [options]"

    def short_desc(self) -> str:
        """Return the line in the list of commands."""
        return "Fill a window of days by several crawls that share one rate"

    def long_desc(self) -> str:
        """Return the text of `scrapy backfill --help`."""
        return (
            "Crawl each day of a window in a process of its own, several at a time, on this machine or on a Dask "
            "cluster. All of them together keep the one rate of the site; a Retry-After that meets one silences all, a "
            "block that meets one stops all. The units stage, this command commits. What was interrupted goes on where "
            "it was when it is started again with the same arguments. "
            "Examples: `scrapy backfill --since 2021-04-01 --until 2021-04-30`; `scrapy backfill --since 2021-04-01 "
            "--until 2021-04-30 --sections global,nasional --workers 4`; `scrapy backfill --since 2021-01-01 --until "
            "2021-12-31 --scheduler tcp://10.0.0.5:8786 -s KOMPAS_OUTPUT=s3://bucket/kompas`. Exit codes: 0 complete, "
            "1 finished but something is wrong, 2 wrong usage or no permission, 3 blocked by the site, 4 storage "
            "trouble, 5 another run holds the lock."
        )

    def add_options(self, parser: argparse.ArgumentParser) -> None:
        """Add ours to Scrapy's."""
        super().add_options(parser)
        add_window_options(parser)
        add_fleet_options(parser)
        parser.add_argument(
            "-a",
            dest="spargs",
            action="append",
            default=[],
            metavar="NAME=VALUE",
            help=f"argument of the spider: {', '.join(ARGUMENTS)}",
        )
        add_json_option(parser)

    def run(self, args: list[str], opts: argparse.Namespace) -> None:
        """Check the arguments, do it, show what came of it, set the exit code."""
        with_archive(self, args, partial(self._fill, opts=opts), may_be_new=True)

    def _fill(self, archive: Archive, *, opts: argparse.Namespace) -> None:
        assert self.settings is not None  # noqa: S101 - set by Scrapy before run()
        logging.getLogger("distributed").setLevel(logging.WARNING)
        settings = self.settings.copy()
        KompasSpider.update_settings(settings)
        order, runner = read_order(opts, settings), runner_of(opts, in_threads)
        host = address_towards(opts.scheduler)
        watch = Watch(StatusLine())
        # Where workers of other machines are, a path means the same on all of them or the archive is not shared.
        shared = Archive(archive.location if "://" in archive.location else str(Path(archive.location).absolute()))
        backfill = Backfill(shared, order, runner, lane_maker(order, settings, host), watch=watch)
        try:
            result = backfill.perform()
        except (WorkerDied, SchedulerLost, SilenceLasts) as error:
            self.exitcode = EXIT_GATE
            print(error, file=sys.stderr)
            return
        finally:
            watch.end()
            shared.close()
        self.exitcode = result.exit_code
        _print(result, watch, archive, in_json=opts.json)


def _print(result: Result, watch: Watch, archive: Archive, *, in_json: bool) -> None:
    if in_json:
        print_json(summary_of(result), "backfill")
    else:
        show(result, watch.seconds, archive.location, console())


def read_order(opts: argparse.Namespace, settings: BaseSettings) -> Order:
    """Return what is asked for. Raises `UsageError` for unusable values."""
    if not opts.since or not opts.until:
        raise UsageError("a back-fill needs a window: give --since DAY and --until DAY, e.g. --since 2021-04-01")
    try:
        given = arglist_to_dict(opts.spargs)
    except ValueError:
        raise UsageError(f"-a takes NAME=VALUE, found {' '.join(opts.spargs)!r}") from None
    if unknown := sorted(set(given) - set(ARGUMENTS)):
        raise UsageError(f"a back-fill passes on {', '.join(ARGUMENTS)}, and not {unknown[0]!r}")
    if opts.sections:
        given["sections"] = ",".join(opts.sections)
    arguments = {**given, "since": opts.since, "until": opts.until}
    read_task(arguments, settings)
    clock = read_clock(settings["KOMPAS_CLOCK"], replica=settings["KOMPAS_REPLICA"])
    return Order(
        plan=read_arguments(arguments, today=clock.today()),
        arguments=given,
        settings=_settings_of_units(settings),
        grounds={name.lower(): str(settings[name]) for name in _GROUNDS if settings[name]},
        commit_seconds=settings.getfloat("KOMPAS_COMMIT_SECONDS"),
        now=clock.now,
    )


def _settings_of_units(settings: BaseSettings) -> Mapping[str, str]:
    """Return the settings that the user gave, on the command line or in the environment."""
    given = {name for name in settings if settings.getpriority(name) == _BY_COMMAND_LINE}
    given |= {name for name in os.environ if name.startswith("KOMPAS_") and name in settings}
    return {name: str(settings[name]) for name in sorted(given - _OWN) if settings[name] is not None}


_BY_COMMAND_LINE: Final = 40
"""Scrapy's priority of what `-s` gives."""


def lane_maker(order: Order, settings: BaseSettings, host: str) -> Callable[[Callable[[str], bytes]], LaneServer]:
    """Return what makes the fleet's lane, which listens at `host`. Raises `UsageError` for unusable settings."""
    timetable, limit = Timetable.from_settings(settings, order.now), settings.getint("KOMPAS_BLOCK_LIMIT")
    window = (order.plan.since, order.plan.until)
    return lambda brief: LaneServer(timetable, block_limit=limit, window=window, brief=brief, host=host)


def address_towards(scheduler: str | None) -> str:
    """Return the address of this machine at which the workers of a scheduler find it; its own where there is none.

    Raises `UsageError` when the scheduler cannot be reached.
    """
    if scheduler is None:
        return "127.0.0.1"
    try:
        with socket.create_connection(scheduler_address(scheduler), timeout=10) as connection:
            return str(connection.getsockname()[0])
    except OSError as error:
        raise UsageError(f"scheduler {scheduler} cannot be reached ({error}): start it with `dask scheduler`") from None
