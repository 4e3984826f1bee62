"""`scrapy savepage`: make a case of a page."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from scrapy.commands import ScrapyCommand
from scrapy.exceptions import UsageError as CommandUsageError
from scrapy.settings import SETTINGS_PRIORITIES

import kompas_crawler
from kompas_crawler.cases import EXPECTED, PAGE, slug_for, write_case
from kompas_crawler.errors import ArchiveError, CaseRefused, UsageError
from kompas_crawler.extensions import EXIT_STORAGE, EXIT_USAGE
from kompas_crawler.saving import NotFetched, SavedPage, from_archive, from_file, from_site
from kompas_crawler.site.addresses import parse_article_address

CASES = Path(kompas_crawler.__file__).parents[1] / "tests" / "cases"
UNSAID = "what is remarkable about this page, in one line"

NEXT = """\
{folder} is a case now, and its tests fail until a person has gone through it:
  1. Its text is the site's own and must not be committed: put invented words in place of every text, name, tag, caption
     and id in {page}, and leave the markup as it is. Unpack it with gunzip, pack it again with gzip -9n.
  2. Correct {expected}: every field as a reader of the page sees it, whatever the parser made of it.
     A page that is no article gets "raises" with the name of the error in case.json, and no expected.json.
  3. Say in case.json what the page shows, and set "reviewed": true in expected.json.
  4. python -m pytest tests/test_cases.py -k {slug}
What fails then is the parser's mistake. CONTRIBUTING.md goes on from there."""


class Command(ScrapyCommand):
    """Write a page down as a case whose expectation nobody has read yet."""

    requires_project = True
    requires_crawler_process = False

    def syntax(self) -> str:
        """Return how the command is written."""
        return "[options] <address or file>"

    def short_desc(self) -> str:
        """Return the line in the list of commands."""
        return "Make a case of a page, for the tests of the parser"

    def long_desc(self) -> str:
        """Return the text of `scrapy savepage --help`."""
        return (
            "Make a case of a page: the page itself, the address it came for, and what the parser makes of it today, "
            "which fails the tests until a person has read it. A file may be gzipped; its address is given with --url, "
            "or stands in the index.jsonl beside it, as with the samples of a quarantined run. The page at an address "
            "is taken from the raw pages of the archive; where they do not hold it, or with --fresh, it is fetched as "
            "a crawl would: with permission, by robots.txt, at its pace. Examples: `scrapy savepage page.html --url "
            "ADDRESS`; `scrapy savepage output/quarantine/RUN/samples/20210414-205938370.html.gz`; `scrapy savepage "
            "ADDRESS --name e1-two-tables`. Exit codes: 0 done, 1 no case came of it, 2 wrong usage or no permission, "
            "3 blocked by the site, 4 storage trouble."
        )

    def add_options(self, parser: argparse.ArgumentParser) -> None:
        """Add our options to Scrapy's."""
        super().add_options(parser)
        parser.add_argument("--url", metavar="ADDRESS", help="the address that the page in the file came for")
        parser.add_argument("--name", metavar="SLUG", help="name of the case (default: layout, section and headline)")
        parser.add_argument("--shows", metavar="TEXT", help="what is remarkable about the page, in one line")
        parser.add_argument("--fresh", action="store_true", help="fetch the page though the archive holds it")
        parser.add_argument("--cases", metavar="DIR", help="folder of the cases (default: tests/cases of the checkout)")

    def run(self, args: list[str], opts: argparse.Namespace) -> None:
        """Get the page, write the case, say what is to be done with it."""
        if len(args) != 1:
            raise CommandUsageError("give one page: scrapy savepage FILE --url ADDRESS, or scrapy savepage ADDRESS")
        try:
            self._save(self._page(args[0], opts), opts)
        except UsageError as error:
            self._fail(EXIT_USAGE, error)
        except CaseRefused as error:
            self._fail(EXIT_USAGE, error)
        except ArchiveError as error:
            self._fail(EXIT_STORAGE, error)
        except NotFetched as error:
            self._fail(error.exit_code, error)

    def _page(self, source: str, opts: argparse.Namespace) -> SavedPage:
        address = parse_article_address(source)
        if address is None:
            return from_file(Path(source), opts.url)
        assert self.settings is not None  # noqa: S101 - set by Scrapy before run()
        kept = None if opts.fresh else from_archive(self.settings["KOMPAS_OUTPUT"], address)
        if kept is not None:
            return kept
        given = SETTINGS_PRIORITIES["cmdline"]
        chosen = {name: str(self.settings[name]) for name in self.settings if self.settings.getpriority(name) == given}
        return from_site(source, address, chosen)

    def _save(self, page: SavedPage, opts: argparse.Namespace) -> None:
        if parse_article_address(page.url) is None:
            raise UsageError(f"{page.url!r} is no address of an article")
        root = Path(opts.cases) if opts.cases else CASES
        if not root.is_dir():
            raise UsageError(f"there is no folder {root}: name that of the cases with --cases")
        slug = opts.name or slug_for(page.html, page.url)
        case = write_case(root, slug, page.html, page.url, opts.shows or page.shows or UNSAID)
        names = {"page": case.folder / PAGE, "expected": case.folder / EXPECTED, "folder": case.folder, "slug": slug}
        print(NEXT.format(**names))

    def _fail(self, exit_code: int, error: Exception) -> None:
        self.exitcode = exit_code
        print(error, file=sys.stderr)
