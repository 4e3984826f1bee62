"""`scrapy coverage`: the calendar of days and sections, and the ids that are missing."""

from __future__ import annotations

import argparse
import csv
import sys
from collections.abc import Iterable, Sequence
from dataclasses import astuple, dataclass, fields
from datetime import date, datetime
from typing import Any, ClassVar

from scrapy.commands import ScrapyCommand

from kompas_crawler.archive import Archive
from kompas_crawler.commands.archives import EXIT_CODES, add_json_option, add_window_options, with_archive
from kompas_crawler.console import Record, console, counted, print_json
from kompas_crawler.standing.calendar import Cell, Missing, read_calendar, read_missing
from kompas_crawler.standing.calendar_page import missing_table, print_calendar


@dataclass(frozen=True, slots=True, kw_only=True)
class MissingArticles:
    """The articles that are missing in a window."""

    archive: str
    """Where the archive is."""
    missing: tuple[Missing, ...]
    """Every listed article that is not held, in order of days and sections."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Coverage:
    """How the days and sections of a window stand."""

    archive: str
    """Where the archive is."""
    since: date | None
    """First WIB day; null when nothing is known."""
    until: date | None
    """Last WIB day; null when nothing is known."""
    cells: tuple[Cell, ...]
    """One for each day and section, in this order."""


class Command(ScrapyCommand):
    """Print what the index listed, what is held and what is missing, by day and section."""

    requires_project = True
    requires_crawler_process = False
    json_records: ClassVar = {"coverage": Coverage, "missing": MissingArticles}

    def short_desc(self) -> str:
        """Return the line in the list of commands."""
        return "Show by day and section what is complete and what is missing"

    def long_desc(self) -> str:
        """Return the text of `scrapy coverage --help`."""
        return (
            "Show a calendar of days and sections with a sign for each: complete, complete without news, articles "
            "missing, not read to the end since the day was over, no crawl; windows of more than 92 days by month. "
            "--missing lists the ids of listed articles that are not held, each with the reason and its address where "
            "it is known. Examples: `scrapy coverage`; `scrapy coverage --since 2021-04-01 --until 2021-04-30 "
            "--sections global,nasional`; `scrapy coverage --since 2021-04-01 --missing`; `scrapy coverage --csv > "
            f"coverage.csv`; `scrapy coverage --missing --json -s KOMPAS_OUTPUT=/srv/kompas`. {EXIT_CODES}"
        )

    def add_options(self, parser: argparse.ArgumentParser) -> None:
        """Add the window and the forms of the answer."""
        super().add_options(parser)
        add_window_options(parser)
        parser.add_argument("--missing", action="store_true", help="list the ids that are missing")
        forms = parser.add_mutually_exclusive_group()
        add_json_option(forms)
        forms.add_argument("--csv", action="store_true", help="print a table with commas instead")

    def run(self, args: list[str], opts: argparse.Namespace) -> None:
        """Print the calendar, or the missing ids."""
        with_archive(self, args, lambda archive: (_print_missing if opts.missing else _print_calendar)(archive, opts))


def _print_calendar(archive: Archive, opts: argparse.Namespace) -> None:
    calendar = read_calendar(archive, since=opts.since, until=opts.until, sections=opts.sections)
    cells = calendar.cells if calendar is not None else ()
    if opts.json:
        since, until = (calendar.since, calendar.until) if calendar is not None else (None, None)
        print_json(Coverage(archive=archive.location, since=since, until=until, cells=cells), "coverage")
    elif opts.csv:
        _print_csv(Cell, cells)
    elif calendar is None or not calendar.sections:
        print("Coverage: nothing is known of these days; scrapy crawl kompas -a since=… -a until=… fills them")
    else:
        print_calendar(calendar, console())


def _print_missing(archive: Archive, opts: argparse.Namespace) -> None:
    missing = read_missing(archive, since=opts.since, until=opts.until, sections=opts.sections)
    if opts.json:
        print_json(MissingArticles(archive=archive.location, missing=missing), "missing")
    elif opts.csv:
        _print_csv(Missing, missing)
    else:
        if missing:
            console().print(missing_table(missing), soft_wrap=True)
        print(f"Coverage: {counted(len(missing), 'listed article')} not held")


def _print_csv(kind: type[Record], rows: Iterable[Record]) -> None:
    """Print records as CSV: a head of field names, then a line for each."""
    table = csv.writer(sys.stdout, lineterminator="\n")
    table.writerow(field.name for field in fields(kind))
    table.writerows(_cells(astuple(row)) for row in rows)


def _cells(values: Sequence[Any]) -> list[Any]:
    return [value.isoformat() if isinstance(value, date | datetime) else value for value in values]
