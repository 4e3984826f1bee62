"""`scrapy reparse`: make the rows again from raw pages, with the parser as it is now."""

from __future__ import annotations

import argparse
import sys
from functools import partial
from typing import ClassVar

from scrapy.commands import ScrapyCommand

from kompas_crawler.archive import Archive
from kompas_crawler.commands.archives import add_json_option, add_window_options, with_archive
from kompas_crawler.commands.fleets import add_fleet_options, runner_of
from kompas_crawler.console import console, print_json
from kompas_crawler.errors import UsageError
from kompas_crawler.extensions import EXIT_GATE, EXIT_STORAGE
from kompas_crawler.fleet.dask_runner import SchedulerLost
from kompas_crawler.fleet.runners import Processes, UnitsFailed, WorkerDied, in_processes, in_this_process
from kompas_crawler.footing import settle
from kompas_crawler.plan import read_day, read_sections
from kompas_crawler.progress import StatusLine
from kompas_crawler.reparse.conductor import Order, Reparse, Result
from kompas_crawler.reparse.showing import Summary, Watch, show, summary_of
from kompas_crawler.reparse.task import UNPARSED, Choice
from kompas_crawler.site.layouts import LAYOUTS

PRELOADED = ("kompas_crawler.reparse.work",)
"""What workers import."""
_OPTION = "--{} "


class Command(ScrapyCommand):
    """Read raw pages again; exit 0 done, 1 something is wrong, 2 wrong usage, 4 storage trouble, 5 locked."""

    requires_project = True
    requires_crawler_process = False
    json_records: ClassVar = {"reparse": Summary}

    def syntax(self) -> str:
        """Return what follows the name of the command."""
        return "[options] [FILE|FOLDER ...]"

    def short_desc(self) -> str:
        """Return the line in the list of commands."""
        return "Make the rows again from raw pages, ours or other people's"

    def long_desc(self) -> str:
        """Return the text of `scrapy reparse --help`."""
        return (
            "Read raw pages with the parser as it is now and put right what comes out otherwise; nothing is fetched. "
            "Without files all raw files of the archive; else WARC files (ours, wget's, Common Crawl's, the Wayback "
            "Machine's) and folders of pages with index.jsonl. A reparse that was killed goes on where it was. "
            "Examples: `scrapy reparse --diff`; `scrapy reparse --since 2021-04-01 --layout e1`; `scrapy reparse "
            "pages.warc.gz`; `scrapy reparse --scheduler tcp://10.0.0.5:8786`. Exit codes: 0 done, 1 rows "
            "were lost or the books do not balance, 2 wrong usage, 4 storage trouble, 5 another run holds the lock."
        )

    def add_options(self, parser: argparse.ArgumentParser) -> None:
        """Add ours to Scrapy's."""
        super().add_options(parser)
        add_window_options(parser)
        parser.add_argument(
            "--layout", metavar="NAMES", help=f"layouts, parted by commas: {', '.join(_layouts())} (as read or as held)"
        )
        add_fleet_options(parser)
        parser.add_argument("--diff", action="store_true", help="only show what would change; write nothing")
        add_json_option(parser)

    def run(self, args: list[str], opts: argparse.Namespace) -> None:
        """Check the arguments, do it, show what came of it, set the exit code."""
        with_archive(self, [], partial(self._reparse, files=args, opts=opts), may_be_new=bool(args))

    def _reparse(self, archive: Archive, *, files: list[str], opts: argparse.Namespace) -> None:
        order, runner = read_order(files, opts), runner_of(opts, partial(in_processes, preloaded=PRELOADED))
        assert self.settings is not None  # noqa: S101 - set by Scrapy before run()
        settle()
        watch = Watch(StatusLine())
        reparse = Reparse(
            archive,
            order,
            runner,
            tolerance=self.settings.getfloat("KOMPAS_FAILURE_TOLERANCE"),
            is_shared=runner is not in_this_process,
            watch=watch,
        )
        try:
            result = reparse.perform()
        except (UnitsFailed, WorkerDied, SchedulerLost) as error:
            is_storage = isinstance(error, UnitsFailed) and error.is_storage
            self.exitcode = EXIT_STORAGE if is_storage else EXIT_GATE
            print(error, file=sys.stderr)
            return
        finally:
            watch.end()
            if isinstance(runner, Processes):
                runner.close()
        self.exitcode = EXIT_GATE if result.problems else 0
        _print(result, watch, archive, in_json=opts.json)


def _print(result: Result, watch: Watch, archive: Archive, *, in_json: bool) -> None:
    if in_json:
        print_json(summary_of(result), "reparse")
    else:
        show(result, watch.seconds, archive.location, console())


def read_order(files: list[str], opts: argparse.Namespace) -> Order:
    """Return what is asked for. Raises `UsageError` for unusable values."""
    since = read_day("since", opts.since, _OPTION) if opts.since else None
    until = read_day("until", opts.until, _OPTION) if opts.until else None
    if since and until and since > until:
        raise UsageError(f"since={since} is after until={until}; give the earlier day as --since")
    _, sections = read_sections(",".join(opts.sections) if opts.sections else None)
    choice = Choice(since=since, until=until, sections=sections, layouts=_read_layouts(opts.layout))
    given = {"since": opts.since, "until": opts.until, "sections": ",".join(opts.sections or ()), "layout": opts.layout}
    arguments = {"command": "reparse", **given, "files": " ".join(files)}
    arguments = {name: value for name, value in arguments.items() if value}
    return Order(choice, tuple(files), arguments, writes=not opts.diff)


def _layouts() -> list[str]:
    return [*(layout.name for layout in LAYOUTS), UNPARSED]


def _read_layouts(text: str | None) -> frozenset[str] | None:
    if text is None:
        return None
    names = frozenset(name.strip() for name in text.split(","))
    if unknown := sorted(names.difference(_layouts())):
        raise UsageError(f"layout={text!r} names {unknown[0]!r}; allowed: {', '.join(_layouts())}")
    return names
