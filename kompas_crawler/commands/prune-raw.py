"""`scrapy prune-raw`: remove raw pages that are old or too many.

Scrapy names a command after its module, hence the dash, which no import statement can write and none needs to.
"""  # noqa: N999

from __future__ import annotations

import argparse
import re
from datetime import UTC, datetime, timedelta

from scrapy.commands import ScrapyCommand
from scrapy.exceptions import UsageError

from kompas_crawler.archive import Archive
from kompas_crawler.commands.archives import EXIT_CODES, with_archive

UNITS = {"": 1, "KB": 10**3, "MB": 10**6, "GB": 10**9, "TB": 10**12}
_SIZE = re.compile(r"(\d+(?:\.\d+)?)\s*([KMGT]B)?", re.IGNORECASE)


class Command(ScrapyCommand):
    """Remove whole raw files; the rows stay, and say that their raw page is gone."""

    requires_project = True
    requires_crawler_process = False

    def syntax(self) -> str:
        """Return what stands behind the name of the command."""
        return "--older-than DAYS | --max-size SIZE [--dry-run]"

    def short_desc(self) -> str:
        """Return the line in the list of commands."""
        return "Remove raw pages that are old, or the oldest of too many"

    def long_desc(self) -> str:
        """Return the text of `scrapy prune-raw --help`."""
        return (
            "Remove whole raw files, the oldest first. No article is removed: rows that were read from them get "
            "raw_file null and the flag raw_pruned, before the file goes. Examples: `scrapy prune-raw --older-than 365 "
            f"--dry-run`; `scrapy prune-raw --max-size 50GB`. {EXIT_CODES}"
        )

    def add_options(self, parser: argparse.ArgumentParser) -> None:
        """Add the options."""
        super().add_options(parser)
        parser.add_argument("--older-than", metavar="DAYS", type=float, help="files begun more than so many days ago")
        parser.add_argument("--max-size", metavar="SIZE", help="the oldest, until SIZE is left, e.g. 50GB or 800MB")
        parser.add_argument("--dry-run", action="store_true", help="say what would be removed, and change nothing")

    def run(self, args: list[str], opts: argparse.Namespace) -> None:
        """Remove, and say what."""
        if opts.older_than is None and opts.max_size is None:
            raise UsageError("say what is to go: --older-than DAYS or --max-size SIZE")
        if opts.older_than is not None and not 0 <= opts.older_than < 100_000:
            raise UsageError(f"--older-than {opts.older_than:g} is not usable; give a number of days from 0 up")
        most_bytes = size_of(opts.max_size) if opts.max_size is not None else None
        before = datetime.now(UTC) - timedelta(days=opts.older_than) if opts.older_than is not None else None

        def prune(archive: Archive) -> None:
            pruned = archive.prune_raw(before=before, most_bytes=most_bytes, dry_run=opts.dry_run)
            for file in pruned.files:
                print(file.path)
            print(f"Prune: {'would remove' if opts.dry_run else 'removed'} {pruned}")

        with_archive(self, args, prune)


def size_of(text: str) -> int:
    """Return a size in bytes. Raises Scrapy's `UsageError`.

    >>> size_of("1.5GB"), size_of("800")
    (1500000000, 800)
    """
    found = _SIZE.fullmatch(text.strip())
    if found is None:
        raise UsageError(f"{text!r} is no size; give bytes, or a number with KB, MB, GB or TB")
    return int(float(found[1]) * UNITS[(found[2] or "").upper()])
