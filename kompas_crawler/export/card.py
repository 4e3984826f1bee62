"""The data card of an export: what it is, when it was crawled, what it lacks, how to read it, and how to cite it."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

import pyarrow as pa

from kompas_crawler.archive.relation import type_name
from kompas_crawler.console import counted, size
from kompas_crawler.export.facts import CELL_LIMIT, Facts, Grounds
from kompas_crawler.export.forms import Form
from kompas_crawler.standing.calendar import Calendar, Cell, Missing
from kompas_crawler.standing.gaps import Gaps, gaps_of
from kompas_crawler.standing.status import span_of

SPANS_SHOWN: Final = 100
STATES: Final = {
    "missing": "listed articles are not held",
    "open": "not read to the end since the day was over, or not in every section",
    "no_crawl": "never crawled: nothing is known of these days",
}

_ABOUT: Final = """\
Articles of the news site Kompas.com, one row each, with the text as it was read last. Only text of the article is in
`body`: no captions, no advertisements, no "Baca juga" lines. `published_on` is the day in Jakarta (WIB, UTC+7);
instants, which end in `_at`, are UTC. Group by `published_on`, never by the date of `published_at`.
"""
_CSV: Final = """\
CSV, UTF-8 with a byte order mark, commas, every cell in quotes, lines ended by CR LF; text may hold line breaks.

- **A cell that a spreadsheet would take for a formula** (it begins with `=`, `+`, `-`, `@`, a tab or a line break) has
  an apostrophe in front, and so has one that begins with an apostrophe. To have the text as it was, take one leading
  apostrophe off: `df[c] = df[c].str.removeprefix("'")` in pandas, `sub("^'", "", x)` in R.
- **Lists** (authors, tags, …) are joined by ` | `; a bar or backslash inside an element has a backslash in front. An
  empty list is an empty cell. Null is an empty cell too; lists are never null.
- **Excel**: opens it with a double click where the list separator of the system is a comma. Where that is a semicolon,
  as on Indonesian systems: Data → From Text/CSV.
"""
_FORMS: Final = {
    Form.CSV: _CSV,
    Form.ZIP: f"`articles.csv` has the rows, `coverage.csv` days and sections, `missing.csv` what lacks.\n\n{_CSV}",
    Form.JSONL: "One JSON object a line, UTF-8. Days and instants are ISO 8601, lists are lists, bytes are hex.\n",
    Form.PARQUET: "Parquet with zstd. The schema holds the type and a description of every column.\n",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Card:
    """Everything that a data card is written from."""

    file: str
    """Name of the file with the rows."""
    form: Form
    size_bytes: int
    sha256: str
    """Of the file with the rows."""
    selection: str
    """What was asked for."""
    schema: pa.Schema
    facts: Facts
    grounds: Grounds
    calendar: Calendar | None
    """Coverage of the window; null where nothing is known."""
    missing: Sequence[Missing]
    made_at: datetime
    """Aware UTC."""
    software: str
    """Version of the software that made the export."""

    def text(self) -> str:
        """Return the card as Markdown."""
        return "\n".join(self._lines())

    @property
    def citation(self) -> str:
        """How to cite the export."""
        facts = self.facts
        kind = "Invented articles in the form of Kompas.com" if self.grounds.is_invented else "Articles of Kompas.com"
        days = span_of(facts.first_day, facts.last_day) if facts.first_day and facts.last_day else "no days"
        crawled = f"{facts.first_fetch:%Y-%m-%d} to {facts.last_fetch:%Y-%m-%d}" if facts.first_fetch else "never"
        return (
            f"{kind}, {days} (WIB). {counted(facts.rows, 'article')}, crawled {crawled} with kompas-crawler "
            f"{', '.join(self.grounds.software) or self.software}. Export of {self.made_at:%Y-%m-%d}, "
            f"SHA-256 {self.sha256[:16]}…"
        )

    def _lines(self) -> Iterator[str]:
        facts = self.facts
        yield "# Data card\n"
        if self.grounds.is_invented:
            yield "> **These articles are invented.** They come from the replica of the site, made for trying out.\n"
        yield _ABOUT
        yield "| | |\n|---|---|"
        yield f"| file | `{self.file}`, {size(self.size_bytes)} |"
        yield f"| SHA-256 | `{self.sha256}` |"
        yield f"| rows | {facts.rows:,} |"
        yield f"| asked for | {self.selection} |"
        yield f"| published | {facts.first_day} to {facts.last_day} (WIB) |"
        crawled = f"{facts.first_fetch:%Y-%m-%d %H:%M} to {facts.last_fetch:%Y-%m-%d %H:%M} UTC"
        yield f"| crawled | {crawled}, {counted(len(facts.runs), 'run')} |"
        versions = ", ".join(self.grounds.software) or "unknown"
        yield f"| software | crawled with kompas-crawler {versions}, exported with {self.software} |"
        yield f"| made | {self.made_at:%Y-%m-%d %H:%M} UTC |\n"
        yield from self._coverage()
        yield from self._permission()
        yield f"## How to cite\n\n{self.citation}\n"
        yield f"## How to read the file\n\n{_FORMS[self.form]}"
        if facts.long_bodies and self.form in (Form.CSV, Form.ZIP):
            long = counted(facts.long_bodies, "body")
            yield f"- **Too long for Excel**: {long} of more than {CELL_LIMIT:,} characters; Excel cuts them.\n"
        yield "## Columns\n"
        yield "| column | type | meaning |\n|---|---|---|"
        for one in self.schema:
            meaning = (one.metadata or {}).get(b"description", b"").decode().replace("|", "\\|")
            yield f"| `{one.name}` | {type_name(one)} | {meaning} |"
        yield ""

    def _permission(self) -> Iterator[str]:
        yield "## Permission\n"
        yield (
            "The texts belong to their authors and to PT. Kompas Cyber Media, which reserves text and data mining, "
            "data sets included. What you may do with them is between you and their owner; the permission below was "
            "given to those who crawled, and need not cover you. Do not pass the file on without asking.\n"
        )
        yield f"- Recorded permission: {'; '.join(self.grounds.permissions) or 'none'}"
        yield f"- Crawled by: {'; '.join(self.grounds.contacts) or 'unknown'}\n"

    def _coverage(self) -> Iterator[str]:
        yield "## Coverage and its holes\n"
        if self.calendar is None:
            yield "Nothing is known of what the site listed in these days: the articles were found in other ways.\n"
            return
        gaps = gaps_of(self.calendar)
        yield from _days(gaps)
        yield "| section | rows | listed | held | missing | excluded | days complete |\n|---|---|---|---|---|---|---|"
        by_section: defaultdict[str, list[Cell]] = defaultdict(list)
        for cell in self.calendar.cells:
            by_section[cell.section].append(cell)
        for section, cells in by_section.items():
            sums = (sum(getattr(cell, name) for cell in cells) for name in ("listed", "held", "failed", "excluded"))
            complete = sum(cell.state.is_complete for cell in cells)
            numbers = " | ".join(f"{number:,}" for number in (self.facts.sections[section], *sums))
            yield f"| {section} | {numbers} | {complete:,} of {len(cells):,} |"
        yield ""
        yield (
            "*Listed* is what the site's index named for the days, *held* what of that the archive has. Rows may be "
            "more: articles that only links or sitemaps named. A day is *complete* when its list was read to the end "
            "after it was over and nothing wanted is missing.\n"
        )
        if self.missing:
            reasons = Counter(one.reason for one in self.missing).most_common()
            said = ", ".join(f"{count:,} {reason}" for reason, count in reasons)
            yield f"Of the listed articles {len(self.missing):,} are not held: {said}.\n"


def _days(gaps: Gaps) -> Iterator[str]:
    yield f"**{gaps.complete:,} of {counted(gaps.days, 'day')} are complete** ({span_of(gaps.since, gaps.until)}).\n"
    for span in gaps.spans[:SPANS_SHOWN]:
        yield f"- {span_of(span.since, span.until)} ({counted(span.days, 'day')}): {STATES[span.state]}"
    if len(gaps.spans) > SPANS_SHOWN:
        yield f"- and {counted(len(gaps.spans) - SPANS_SHOWN, 'more span')}"
    if gaps.spans:
        yield ""
