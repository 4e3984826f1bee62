"""`scrapy why`: the whole story of one article."""

from __future__ import annotations

import argparse
import sys
import tempfile
import webbrowser
from pathlib import Path
from typing import ClassVar

from scrapy.commands import ScrapyCommand
from scrapy.exceptions import UsageError as CommandUsageError

from kompas_crawler.archive import Archive
from kompas_crawler.archive.raw_reading import Exchange, read_exchange
from kompas_crawler.commands.archives import EXIT_CODES, add_json_option, with_archive
from kompas_crawler.console import console, print_json
from kompas_crawler.errors import UsageError
from kompas_crawler.extensions import EXIT_GATE, EXIT_USAGE
from kompas_crawler.story import Story, key_of, read_story
from kompas_crawler.storytelling import render, render_unknown

# Before everything else, so that it holds for the page's own head too: nothing is loaded, no script runs.
ALONE = (
    b'<!DOCTYPE html><meta http-equiv="Content-Security-Policy" '
    b"content=\"default-src 'none'; style-src 'unsafe-inline'; form-action 'none'\">"
)


class Command(ScrapyCommand):
    """Tell what every table of the archive says of an article."""

    requires_project = True
    requires_crawler_process = False
    json_records: ClassVar = {"why": Story}

    def syntax(self) -> str:
        """Return how the command is written."""
        return "[options] <article_id or address>"

    def short_desc(self) -> str:
        """Return the line in the list of commands."""
        return "Tell the whole story of one article: found, fetched, parsed, changed, missing and why"

    def long_desc(self) -> str:
        """Return the text of `scrapy why --help`."""
        return (
            "Tell everything that the archive knows of an article: by which routes it was found, what became of it in "
            "every run, its layout and flags, each revision with what it changed, its raw page, and, when it is not "
            "held, why. An article that no run ever met exits 1, with what is known of its day. Examples: "
            "`scrapy why 20210414-205938370`; `scrapy why --json ADDRESS`; `scrapy why --open ADDRESS`; "
            f"`scrapy why -s KOMPAS_OUTPUT=/srv/kompas 20210414-205938370`. {EXIT_CODES}"
        )

    def add_options(self, parser: argparse.ArgumentParser) -> None:
        """Add our options to Scrapy's."""
        super().add_options(parser)
        add_json_option(parser)
        parser.add_argument(
            "--open", action="store_true", help="show the raw page in the web browser, alone: nothing else is loaded"
        )

    def run(self, args: list[str], opts: argparse.Namespace) -> None:
        """Read the story and tell it."""
        if len(args) != 1:
            raise CommandUsageError("give one article: scrapy why 20210414-205938370, or its address")
        try:
            article_id = key_of(args[0])
        except UsageError as error:
            print(error, file=sys.stderr)
            self.exitcode = EXIT_USAGE
            return
        with_archive(self, [], lambda archive: self._tell(archive, read_story(archive.storage, article_id), opts))

    def _tell(self, archive: Archive, story: Story, opts: argparse.Namespace) -> None:
        self.exitcode = 0 if story.is_known else EXIT_GATE
        if opts.json:
            print_json(story, "why")
        else:
            console().print(render(story) if story.is_known else render_unknown(story))
        if opts.open and story.is_known:
            self._open(archive, story)

    def _open(self, archive: Archive, story: Story) -> None:
        row = story.article
        if row is None or row["raw_file"] is None:
            print("There is no raw page to show: none is kept of this article.", file=sys.stderr)
            self.exitcode = EXIT_GATE
            return
        path = write_page(read_exchange(archive.storage, row["raw_file"], row["raw_offset"]), story.article_id)
        print(f"The raw page, as it was fetched: {path}", file=sys.stderr)
        if not webbrowser.open(path.as_uri()):
            print("No web browser could be started: open the file yourself.", file=sys.stderr)
            self.exitcode = EXIT_GATE


def write_page(exchange: Exchange, name: str) -> Path:
    """Write a raw page to a temporary file in which nothing else is loaded; return its path."""
    with tempfile.NamedTemporaryFile(prefix=f"{name}-", suffix=".html", delete=False) as file:
        file.write(ALONE + b'<meta charset="utf-8">' + exchange.body)
    return Path(file.name)
