"""What the commands that work on an archive share: which archive, which exit code. No command itself.

Scrapy takes every module here that defines a `ScrapyCommand` for a command of the module's name; so this one holds
functions only.
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from contextlib import closing

from scrapy.commands import ScrapyCommand
from scrapy.exceptions import UsageError as CommandUsageError

from kompas_crawler.archive import Archive
from kompas_crawler.archive.schema import TABLES
from kompas_crawler.archive.staging import FOLDER as STAGING
from kompas_crawler.errors import ArchiveError, ArchiveLocked, ArchiveNotFound, UsageError
from kompas_crawler.extensions import EXIT_LOCKED, EXIT_STORAGE, EXIT_USAGE

EXIT_CODES = "Exit codes: 0 done, 1 something is wrong, 2 wrong usage, 4 storage trouble, 5 another run holds the lock."


def with_archive(command: ScrapyCommand, args: list[str], work: Callable[[Archive], None]) -> None:
    """Call `work` with the archive that the setting KOMPAS_OUTPUT names; our errors become messages and exit codes.

    Raises Scrapy's `UsageError` when the command is given arguments.
    """
    if args:
        raise CommandUsageError(f"unexpected arguments: {' '.join(args)}; name the archive with -s KOMPAS_OUTPUT=…")
    try:
        with closing(Archive(_location(command))) as archive:
            _require(archive)
            work(archive)
    except UsageError as error:
        _fail(command, EXIT_USAGE, error)
    except ArchiveLocked as error:
        _fail(command, EXIT_LOCKED, error)
    except ArchiveError as error:
        _fail(command, EXIT_STORAGE, error)


def _location(command: ScrapyCommand) -> str:
    location = command.settings.get("KOMPAS_OUTPUT") if command.settings else None
    if not location:
        raise UsageError("KOMPAS_OUTPUT is empty: name the archive, e.g. -s KOMPAS_OUTPUT=output")
    return str(location)


def _require(archive: Archive) -> None:
    """Check that there is an archive, before a lock file makes one look as if there were."""
    if not any(archive.storage.files(folder) for folder in (STAGING, *TABLES)):
        raise ArchiveNotFound(
            f"there is no archive at {archive.location}: check KOMPAS_OUTPUT, or make one with `scrapy crawl kompas`"
        )


def _fail(command: ScrapyCommand, exit_code: int, error: Exception) -> None:
    command.exitcode = exit_code
    print(error, file=sys.stderr)
