"""`scrapy demo`: the real crawler against the bundled replica of the site, then a look into the archive.

Three days are filled; a day later, when the site has changed some articles and removed others, those are looked at
again, as a crawl by cron does. The news are invented but always the same: seed and clock of replica and crawls are
fixed, so that a second demonstration, on whatever day, meets the same site and fetches no article again. Knows no
crawling: replica and crawl are processes of their own, as they are for anybody who starts them by hand.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
from datetime import date
from pathlib import Path

from scrapy.commands import ScrapyCommand
from scrapy.exceptions import UsageError as CommandUsageError

from kompas_crawler.archive.storage import storage_at
from kompas_crawler.commands.report import write_report
from kompas_crawler.errors import ExtraNotInstalled, UsageError
from kompas_crawler.replica import Replica, running

SEED = 20241011
SITE_TIME = "2024-10-11T00:30"
"""The clock of replica and crawl at first, WIB."""
LATER_HOURS = 23
"""After so long, still on the same day, held articles are looked at again."""
TROUBLES = {"edits": {"rate": 0.2}, "deletions": {"rate": 0.02}}
"""Every fifth article is changed within a week, most of them within a day; some are removed."""
SINCE, UNTIL = date(2024, 10, 8), date(2024, 10, 10)
"""The days that are crawled. All of them are over, so that they can be complete."""

READING = """\
import pyarrow.parquet as pq
articles = pq.read_table({folder!r}, columns=["published_on", "section", "title", "word_count"])
print(articles.num_rows, "articles from", len(set(articles["section"].to_pylist())), "sections, newest last:")
for article in articles.slice(articles.num_rows - 5).to_pylist():
    print(*article.values(), sep="  ")
"""
"""Five lines that a researcher might write; what is shown is what is run."""


class Command(ScrapyCommand):
    """Crawl the replica into the archive and read it; the exit code is the crawl's."""

    requires_project = True
    requires_crawler_process = False
    default_settings = {"LOG_ENABLED": False}  # noqa: RUF012 - Scrapy's own form of it

    def short_desc(self) -> str:
        """Return the line of `scrapy --help`."""
        return "Crawl the bundled replica of the site and show what was kept"

    def long_desc(self) -> str:
        """Return the text of `scrapy demo --help`."""
        return (
            "Start the bundled replica of the site, whose news are invented, crawl three days of it into the archive, "
            "look again a day later at what may have changed, read the archive as a script would, and write the "
            "report. A second time only lists are asked for: everything they name is held. "
            "Nothing touches Kompas.com. Examples: `scrapy demo`; `scrapy demo -s KOMPAS_OUTPUT=/tmp/kompas-demo`. "
            "Exit codes: those of crawl."
        )

    def run(self, args: list[str], opts: argparse.Namespace) -> None:  # noqa: ARG002 - Scrapy's own signature
        """Start the replica, crawl it twice, read the archive, write the report."""
        if args:
            raise CommandUsageError("the demonstration takes no arguments")
        assert self.settings is not None  # noqa: S101 - set by Scrapy before run()
        output: str = self.settings["KOMPAS_OUTPUT"]
        try:
            folder = articles_folder(output)
        except UsageError as error:
            print(error, file=sys.stderr)
            self.exitcode = 2
            return
        with running("--seed", str(SEED), "--today", SITE_TIME, "--troubles", json.dumps(TROUBLES)) as replica:
            print(f"A replica of the site answers at {replica.url}; its news are invented.\n", flush=True)
            self.exitcode = crawl(replica, output, SITE_TIME, f"since={SINCE}", f"until={UNTIL}")
            if self.exitcode == 0:
                now = replica.advance(hours=LATER_HOURS)
                print(f"\n{LATER_HOURS} hours later on the replica's clock, some articles have changed.\n", flush=True)
                self.exitcode = crawl(replica, output, now, "routes=index", "follow=none")
        if self.exitcode == 0:
            self.exitcode = read(folder)
            report(output)


def articles_folder(output: str) -> str:
    """Return the folder of the articles under `output`, as a script would name it.

    >>> articles_folder("output")
    'output/articles'
    >>> articles_folder("s3://bucket/archive")
    Traceback (most recent call last):
    ...
    kompas_crawler.errors.UsageError: KOMPAS_OUTPUT='s3://bucket/archive' is no folder; the demonstration needs one
    """
    if "://" in output:
        raise UsageError(f"KOMPAS_OUTPUT={output!r} is no folder; the demonstration needs one")
    return (Path(output) / "articles").as_posix()


def crawl(replica: Replica, output: str, clock: str, *arguments: str) -> int:
    """Run `scrapy crawl kompas` with `-a` arguments, at the replica's time; return its exit code."""
    given = {"KOMPAS_REPLICA": replica.url, "KOMPAS_OUTPUT": output, "KOMPAS_CLOCK": clock}
    settings = (word for name, value in given.items() for word in ("-s", f"{name}={value}"))
    words = (word for argument in arguments for word in ("-a", argument))
    command = [sys.executable, "-m", "scrapy", "crawl", "kompas", *words, *settings]
    return subprocess.run(command, stdin=subprocess.DEVNULL, check=False).returncode  # noqa: S603


def report(output: str) -> None:
    """Write the report and say where it is; without the packages that it needs, say which."""
    try:
        print(f"\nOpen {write_report(storage_at(output))} in a browser: what is held, what is missing, what changed.")
    except ExtraNotInstalled as error:
        print(f"\n{error}")


def read(folder: str) -> int:
    """Show a script that reads the articles, then what it prints; return its exit code."""
    script = READING.format(folder=folder)
    print("\nThe archive is plain Parquet. This Python:\n")
    print("".join(f"    {line}\n" for line in script.splitlines()))
    print("prints:\n", flush=True)
    return subprocess.run([sys.executable, "-c", script], stdin=subprocess.DEVNULL, check=False).returncode  # noqa: S603
