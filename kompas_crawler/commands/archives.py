"""What the commands that work on an archive share: which archive, which exit code, which options. No command itself.

Scrapy takes every module here that defines a `ScrapyCommand` for a command of the module's name; so this one holds
functions only.
"""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Callable
from contextlib import closing

from scrapy.commands import ScrapyCommand
from scrapy.exceptions import UsageError as CommandUsageError

from kompas_crawler.archive import Archive
from kompas_crawler.archive.raw import FOLDER as RAW
from kompas_crawler.archive.schema import TABLES
from kompas_crawler.archive.staging import FOLDER as STAGING
from kompas_crawler.errors import ArchiveError, ArchiveLocked, ArchiveNotFound, UsageError
from kompas_crawler.extensions import EXIT_LOCKED, EXIT_STORAGE, EXIT_USAGE

EXIT_CODES = "Exit codes: 0 done, 1 something is wrong, 2 wrong usage, 4 storage trouble, 5 another run holds the lock."


def add_json_option(parser: argparse._ActionsContainer) -> None:
    """Add `--json`."""
    parser.add_argument("--json", action="store_true", help="print one JSON object for programs instead")


def add_days_options(parser: argparse.ArgumentParser) -> None:
    """Add `--since` and `--until`."""
    parser.add_argument("--since", metavar="DAY", help="first WIB day, YYYY-MM-DD (default: the first there is)")
    parser.add_argument("--until", metavar="DAY", help="last WIB day, YYYY-MM-DD (default: the last there is)")


def add_window_options(parser: argparse.ArgumentParser) -> None:
    """Add `--since`, `--until` and `--sections`."""
    add_days_options(parser)
    parser.add_argument("--sections", metavar="LIST", type=words, help="section slugs, by commas (default: all)")


def words(text: str) -> list[str]:
    """Return the words of a list with commas.

    >>> words("global, nasional")
    ['global', 'nasional']
    """
    return [word.strip() for word in text.split(",") if word.strip()]


def with_archive(
    command: ScrapyCommand, args: list[str], work: Callable[[Archive], None], *, may_be_new: bool = False
) -> None:
    """Call `work` with the archive that the setting KOMPAS_OUTPUT names; our errors become messages and exit codes.

    With `may_be_new` there need not be one yet. Raises Scrapy's `UsageError` when the command is given arguments.
    """
    if args:
        raise CommandUsageError(f"unexpected arguments: {' '.join(args)}; name the archive with -s KOMPAS_OUTPUT=…")
    try:
        with closing(Archive(_location(command))) as archive:
            if not may_be_new:
                _require(archive)
            work(archive)
            sys.stdout.flush()
    except UsageError as error:
        _fail(command, EXIT_USAGE, error)
    except ArchiveLocked as error:
        _fail(command, EXIT_LOCKED, error)
    except ArchiveError as error:
        _fail(command, EXIT_STORAGE, error)
    except BrokenPipeError:  # the reader, such as `head`, has seen enough
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def _location(command: ScrapyCommand) -> str:
    location = command.settings.get("KOMPAS_OUTPUT") if command.settings else None
    if not location:
        raise UsageError("KOMPAS_OUTPUT is empty: name the archive, e.g. -s KOMPAS_OUTPUT=output")
    return str(location)


def _require(archive: Archive) -> None:
    """Check that there is an archive, before a lock file makes one look as if there were."""
    if not any(archive.storage.files(folder) for folder in (STAGING, RAW, *TABLES)):
        raise ArchiveNotFound(
            f"there is no archive at {archive.location}: check KOMPAS_OUTPUT, or make one with `scrapy crawl kompas`"
        )


def _fail(command: ScrapyCommand, exit_code: int, error: Exception) -> None:
    command.exitcode = exit_code
    print(error, file=sys.stderr)
