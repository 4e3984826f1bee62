"""Cases: saved pages with the records they must give. How one is written down, read, and held against the parser.

A case is a folder: `page.html.gz` (the page), `case.json` (the address it came for and what it shows, or which error
it must raise) and `expected.json` (the record, and whether a person has read it against the page). Knows this form
and what the parser makes of a page. Refuses to know where pages come from and what is tested.
"""

from __future__ import annotations

import dataclasses
import gzip
import json
import re
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any, Final

from kompas_crawler.errors import CaseRefused, PageError
from kompas_crawler.items import Article, ParsedArticle
from kompas_crawler.site import parse_article
from kompas_crawler.site.addresses import parse_article_address

ARTICLE_FIELDS: Final = tuple(field.name for field in dataclasses.fields(Article))
FIELDS: Final = (*ARTICLE_FIELDS, "links", "part", "part_urls")
"""What a case expects of a page: every column that the page fills, its links, and which part it is."""

REVIEWED: Final = "reviewed"
"""Key of `expected.json` beside the fields: true once a person has read the record against the page."""

PAGE: Final = "page.html.gz"
CASE: Final = "case.json"
EXPECTED: Final = "expected.json"

_SLUG: Final = re.compile(r"[a-z0-9]+(?:-[a-z0-9]+)*")
_GZIP: Final = b"\x1f\x8b"
_LONGEST_SLUG: Final = 60


@dataclass(frozen=True, slots=True)
class Case:
    """One case, as its folder holds it."""

    folder: Path
    url: str
    """The address that the page came for, in the form in which it was asked for."""
    shows: str
    """What is remarkable about the page."""
    raises: str | None
    """Name of the error in `kompas_crawler.errors` that the page must raise; None for a page that is an article."""

    @property
    def slug(self) -> str:
        """Name of the case."""
        return self.folder.name

    def page(self) -> bytes:
        """Return the page."""
        return read_page(self.folder / PAGE)

    def expected(self) -> dict[str, Any]:
        """Return the expected record, and under `reviewed` whether a person has read it."""
        record: dict[str, Any] = json.loads((self.folder / EXPECTED).read_text(encoding="utf-8"))
        return record

    @property
    def is_reviewed(self) -> bool:
        """Whether a person has read the expectation against the page."""
        return self.raises is not None or self.expected().get(REVIEWED) is True


def read_case(folder: Path) -> Case:
    """Return the case in a folder."""
    said = json.loads((folder / CASE).read_text(encoding="utf-8"))
    return Case(folder, said["url"], said["shows"], said.get("raises"))


def read_cases(root: Path) -> list[Case]:
    """Return every case below a folder, by slug."""
    return [read_case(path.parent) for path in sorted(root.glob(f"*/{CASE}"))]


def read_page(path: Path) -> bytes:
    """Return the bytes of a saved page, decompressed when they are gzip."""
    saved = path.read_bytes()
    return gzip.decompress(saved) if saved.startswith(_GZIP) else saved


def record_of(html: bytes, url: str) -> dict[str, Any]:
    """Return what the parser makes of a page, as JSON gives it back; the body as a list of paragraphs.

    Raises `PageError` for a page that is no article in a known layout.
    """
    return as_record(parse_article(html, url))


def as_record(parsed: ParsedArticle) -> dict[str, Any]:
    """Return a parsed article as the plain values of `FIELDS`."""
    record = {name: _plain(getattr(parsed.article, name)) for name in ARTICLE_FIELDS}
    record["body"] = parsed.article.body.split("\n\n") if parsed.article.body else []
    return record | {name: _plain(getattr(parsed, name)) for name in FIELDS if name not in record}


def write_case(root: Path, slug: str, html: bytes, url: str, shows: str) -> Case:
    """Write a page down as a case whose expectation, what the parser makes of it today, nobody has read yet.

    The same page gives the same bytes. Of a page that gives no record every field is null, to be filled in by hand.
    Raises `CaseRefused` for a slug that is none or is taken.
    """
    if not _SLUG.fullmatch(slug):
        raise CaseRefused(f"{slug!r} names no case: small letters, digits and single dashes, e.g. e1-two-tables")
    folder = root / slug
    if folder.exists():
        raise CaseRefused(f"there is a case {folder} already: give another with --name")
    try:
        record = record_of(html, url)
    except PageError:
        record = dict.fromkeys(FIELDS)
    folder.mkdir(parents=True)
    (folder / PAGE).write_bytes(gzip.compress(html, 9, mtime=0))
    _write_json(folder / CASE, {"url": url, "shows": shows})
    _write_json(folder / EXPECTED, {REVIEWED: False} | record)
    return read_case(folder)


def slug_for(html: bytes, url: str) -> str:
    """Return a name for the case of a page: its layout (or `unparsed`), its section, the first words of its address."""
    try:
        layout = record_of(html, url)["layout"]
    except PageError:
        layout = "unparsed"
    address = parse_article_address(url)
    words = [address.section, *re.findall(r"[a-z0-9]+", address.slug.lower())] if address else []
    name = "-".join([layout, *words])
    return name if len(name) <= _LONGEST_SLUG else name[: name.rfind("-", 0, _LONGEST_SLUG + 1)]


def _write_json(path: Path, value: dict[str, Any]) -> None:
    path.write_text(json.dumps(value, ensure_ascii=False, indent=2) + "\n", encoding="utf-8")


def _plain(value: object) -> object:
    if isinstance(value, date):  # and `datetime`, which is one
        return value.isoformat()
    if isinstance(value, tuple):
        return [_plain(item) for item in value]
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        return {field.name: _plain(getattr(value, field.name)) for field in dataclasses.fields(value)}
    return value
