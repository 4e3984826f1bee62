"""`scrapy verify`: check everything that the archive promises."""

from __future__ import annotations

import argparse
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from typing import ClassVar

from scrapy.commands import ScrapyCommand

from kompas_crawler.archive import Archive
from kompas_crawler.archive.verify import Finding, verify
from kompas_crawler.commands.archives import EXIT_CODES, add_json_option, with_archive
from kompas_crawler.console import print_json
from kompas_crawler.extensions import EXIT_GATE

SHOWN = 20
"""Findings of one check that are printed; the others are counted."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Verification:
    """What a verification found."""

    archive: str
    """Where the archive is."""
    is_sound: bool
    """Nothing is wrong."""
    counts: dict[str, int]
    """How many findings there are of each check that found any."""
    findings: tuple[Finding, ...]
    """Every finding."""


class Command(ScrapyCommand):
    """Print every finding with where it is and how to mend it."""

    requires_project = True
    requires_crawler_process = False
    json_records: ClassVar = {"verify": Verification}

    def short_desc(self) -> str:
        """Return the line in the list of commands."""
        return "Check types, keys, order, revisions, raw records, books, coverage and index of the archive"

    def long_desc(self) -> str:
        """Return the text of `scrapy verify --help`."""
        return (
            "Check everything that the archive promises, from the files alone, and print what is wrong, where, and how "
            "to mend it. Nothing is changed. It takes as long as rebuild-index and some more, and holds the lock so "
            "that no crawl commits meanwhile. Examples: `scrapy verify`; `scrapy verify -s KOMPAS_OUTPUT=/srv/kompas`; "
            f"`scrapy verify --json`. {EXIT_CODES}"
        )

    def add_options(self, parser: argparse.ArgumentParser) -> None:
        """Add `--json`."""
        super().add_options(parser)
        add_json_option(parser)

    def run(self, args: list[str], opts: argparse.Namespace) -> None:
        """Verify, print the findings, exit 1 when there are any."""
        with_archive(self, args, self._verify_for_programs if opts.json else self._verify)

    def _verify(self, archive: Archive) -> None:
        with archive.lock("verify"):
            counts = _print(verify(archive.storage, archive.index_path))
        self.exitcode = EXIT_GATE if counts else 0
        total = ", ".join(f"{count} of {check}" for check, count in counts.items())
        print(f"Verify: {archive.location}: {total or 'nothing is wrong'}")

    def _verify_for_programs(self, archive: Archive) -> None:
        with archive.lock("verify"):
            findings = tuple(verify(archive.storage, archive.index_path))
        self.exitcode = EXIT_GATE if findings else 0
        counts = dict(Counter(finding.check for finding in findings))
        print_json(
            Verification(archive=archive.location, is_sound=not findings, counts=counts, findings=findings), "verify"
        )


def _print(findings: Iterable[Finding]) -> Counter[str]:
    """Print findings, of each check the first ones. Returns how many there are of each."""
    counts: Counter[str] = Counter()
    for finding in findings:
        counts[finding.check] += 1
        if counts[finding.check] <= SHOWN:
            print(finding)
    for check, count in counts.items():
        if count > SHOWN:
            print(f"{check}: {count - SHOWN} more like these")
    return counts
