"""A window of the archive to one file: all rows in one pass, then the data card, then both appear under their names."""

from __future__ import annotations

import hashlib
import os
import tempfile
import zipfile
from collections.abc import Iterator, Sequence
from dataclasses import astuple, dataclass, fields
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from typing import Final

import pyarrow as pa

from kompas_crawler.archive import Archive
from kompas_crawler.archive.durable import flush_folder
from kompas_crawler.archive.reading import load
from kompas_crawler.archive.relation import Relation
from kompas_crawler.archive.schema import ARTICLES, stamped
from kompas_crawler.archive.storage import refusals
from kompas_crawler.errors import UsageError
from kompas_crawler.export.card import Card
from kompas_crawler.export.facts import NEEDED, Facts, grounds_of
from kompas_crawler.export.forms import Form, write_csv, write_rows
from kompas_crawler.permission import PRODUCT
from kompas_crawler.standing.calendar import Cell, Missing, read_calendar, read_missing
from kompas_crawler.standing.gaps import gaps_of

SUFFIXES: Final = {f".{form}": form for form in Form}
CARD_SUFFIX: Final = ".card.md"
"""The card of `april.csv` is `april.csv.card.md`; that of a zip lies in it."""
ROWS_IN_ZIP: Final = "articles.csv"
CARD_IN_ZIP: Final = "DATA_CARD.md"
COVERAGE_IN_ZIP: Final = "coverage.csv"
MISSING_IN_ZIP: Final = "missing.csv"


@dataclass(frozen=True, slots=True, kw_only=True)
class Window:
    """What is asked for; null stands for all."""

    since: str | None = None
    """First WIB day of publication, `YYYY-MM-DD`."""
    until: str | None = None
    """Last one."""
    sections: Sequence[str] | None = None
    """Slugs of sections."""
    columns: Sequence[str] | None = None
    """Names of columns of `articles`."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Exported:
    """What was written."""

    file: str
    """The file."""
    card: str | None
    """Its data card; null for a zip, which holds it."""
    rows: int
    """Articles in it."""
    size_bytes: int
    """Size of the file."""
    sha256: str
    """Of the file."""
    days: int | None
    """WIB days of the window; null where nothing is known of what the site listed."""
    days_complete: int | None
    """Of those, complete; null likewise."""


def form_of(path: Path, named: str | None) -> Form:
    """Return the form that was named, else the one that the name of the file ends with.

    >>> str(form_of(Path("april.csv"), None)), str(form_of(Path("april.txt"), "jsonl"))
    ('csv', 'jsonl')
    >>> form_of(Path("april.txt"), None)
    Traceback (most recent call last):
    ...
    kompas_crawler.errors.UsageError: april.txt names no form; add --format csv, jsonl, parquet or zip
    """
    form = Form(named) if named is not None else SUFFIXES.get(path.suffix.lower())
    if form is None:
        raise UsageError(f"{path} names no form; add --format csv, jsonl, parquet or zip")
    return form


def export(archive: Archive, window: Window, path: Path, form: Form, *, force: bool = False) -> Exported:
    """Write a window of the articles to a file, with its data card; return what was written.

    Raises `UsageError` where the file is there already and not to be overwritten (`force`), or where there is nothing
    to write; `ArchiveError` where the disk refuses. Neither file is ever there half written, nor the rows without
    their card.
    """
    card_path = None if form is Form.ZIP else path.with_name(path.name + CARD_SUFFIX)
    targets = [one for one in (card_path, path) if one is not None]
    _require_room(targets, force=force)
    with refusals(f"cannot write {path}"), tempfile.TemporaryDirectory(prefix=".export-", dir=path.parent) as folder:
        rows_file, card_file = Path(folder, ROWS_IN_ZIP), Path(folder, CARD_IN_ZIP)
        facts = _write_rows(archive, window, rows_file, form)
        name = ROWS_IN_ZIP if form is Form.ZIP else path.name
        card = _card(archive, window, facts, form, rows_file, name)
        card_file.write_text(card.text(), encoding="utf-8")
        finished = _zipped(Path(folder, "zip"), rows_file, card_file, card) if form is Form.ZIP else rows_file
        size_bytes, digest = finished.stat().st_size, _digest(finished)
        _require_room(targets, force=force)
        for source, target in ((card_file, card_path), (finished, path)):
            if target is not None:
                _put(source, target)
    gaps = gaps_of(card.calendar) if card.calendar is not None else None
    return Exported(
        file=str(path),
        card=str(card_path) if card_path is not None else None,
        rows=facts.rows,
        size_bytes=size_bytes,
        sha256=digest,
        days=gaps.days if gaps is not None else None,
        days_complete=gaps.complete if gaps is not None else None,
    )


def _require_room(targets: Sequence[Path], *, force: bool) -> None:
    for target in targets:
        if not target.parent.is_dir():
            raise UsageError(f"{target.parent} is no folder: make it first")
        if target.is_dir():
            raise UsageError(f"{target} is a folder: name a file")
        if target.exists() and not force:
            raise UsageError(f"{target} is there already: name another file, or add --force")


def _relation(archive: Archive, window: Window, columns: Sequence[str] | None) -> Relation:
    return load(archive.location, since=window.since, until=window.until, sections=window.sections, columns=columns)


def _write_rows(archive: Archive, window: Window, path: Path, form: Form) -> Facts:
    """Write the rows, all of them in one pass, and return what they are; nothing else is read of the articles.

    Raises `UsageError` when there are none.
    """
    asked = _relation(archive, window, window.columns)
    facts = Facts()

    def passing() -> Iterator[pa.RecordBatch]:
        for batch in _relation(archive, window, list(dict.fromkeys([*asked.columns, *NEEDED]))):
            facts.add(batch)
            yield batch.select(asked.columns).cast(schema)

    schema = _schema(asked)
    with path.open("xb") as sink:
        write_rows(sink, form, schema, passing())
    if not facts.rows:
        raise UsageError(f"{archive.location} holds no article of that window ({asked.selection}); see scrapy coverage")
    return facts


def _schema(asked: Relation) -> pa.Schema:
    """Return the schema of what was asked for, stamped as every file of the archive."""
    bare = pa.schema(list(asked.schema), metadata=ARTICLES.metadata)
    return stamped(bare, run_id="export", software_version=version(PRODUCT))


def _card(archive: Archive, window: Window, facts: Facts, form: Form, rows_file: Path, name: str) -> Card:
    days = {"since": window.since or facts.first_day, "until": window.until or facts.last_day}
    asked = _relation(archive, window, window.columns)
    return Card(
        file=name,
        form=form,
        size_bytes=rows_file.stat().st_size,
        sha256=_digest(rows_file),
        selection=asked.selection,
        schema=asked.schema,
        facts=facts,
        grounds=grounds_of(archive.storage, facts.runs),
        calendar=read_calendar(archive, **days, sections=window.sections),
        missing=read_missing(archive, **days, sections=window.sections),
        made_at=datetime.now(UTC),
        software=version(PRODUCT),
    )


def _zipped(path: Path, rows_file: Path, card_file: Path, card: Card) -> Path:
    """Make the zip of rows, card and coverage; return its path."""
    cells = card.calendar.cells if card.calendar is not None else ()
    with zipfile.ZipFile(path, "x", zipfile.ZIP_DEFLATED) as zipped:
        zipped.write(card_file, CARD_IN_ZIP)
        zipped.write(rows_file, ROWS_IN_ZIP)
        for name, kind, records in ((COVERAGE_IN_ZIP, Cell, cells), (MISSING_IN_ZIP, Missing, card.missing)):
            with zipped.open(name, "w") as sink:
                write_csv(sink, [field.name for field in fields(kind)], map(astuple, records))
    return path


def _put(source: Path, target: Path) -> None:
    """Give a finished file its name; it is on the disk before it has it."""
    with source.open("rb") as file:
        os.fsync(file.fileno())
    source.replace(target)
    flush_folder(target.parent)


def _digest(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
