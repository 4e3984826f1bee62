"""Captures: the pages of articles that a unit of work holds, each with its time, its place and the run that fetched it.

Knows WARC files of ours and of other tools, and saved pages. Refuses to know what the pages say. Whatever is no page of
an article is counted under a word that says why, so that the sums can be checked.
"""

from __future__ import annotations

import gzip
import re
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import IO, Any, Final
from urllib.parse import urljoin

from kompas_crawler.answers import Received
from kompas_crawler.archive import warc
from kompas_crawler.archive.http_message import UnreadableBody
from kompas_crawler.archive.raw_reading import Exchange, exchange_of, read_exchange
from kompas_crawler.archive.storage import Storage, refusals
from kompas_crawler.article_reading import Fetch
from kompas_crawler.errors import ArchiveError
from kompas_crawler.reparse.units import Kind, Unit, folder_entries
from kompas_crawler.site.addresses import ArticleAddress, parse_article_address
from kompas_crawler.site.listings import is_foreign

NOT_MODIFIED: Final = 304
_REDIRECTS: Final = frozenset({301, 302, 303, 307, 308})
_MEMBER: Final = b"\x1f\x8b\x08"
_PLAIN: Final = re.compile(rb"(?:^|\r\n\r\n)(WARC/\d\.\d+\r?\n)")
_WINDOW: Final = 1024 * 1024


@dataclass(frozen=True, slots=True)
class Capture:
    """One answer for an address of an article."""

    address: ArticleAddress
    received: Received | None
    """Null when its body cannot be unpacked."""
    fetch: Fetch
    """Where the record is only for raw files of the archive."""
    run_id: str | None
    """The run that fetched it; null when that was another tool."""
    is_rendered: bool = False
    leads_to: str | None = None
    """Of a redirect: the key of the article it leads to, empty when it leads to something else; else null."""
    place: tuple[str, str, int] | None = None
    """Kind of unit, path and offset, by which the record can be found alone."""


def captures(unit: Unit, storage: Storage) -> Iterator[Capture | str]:
    """Yield every record of a unit: as a capture, or as the word under which it is counted."""
    if unit.kind is Kind.FOLDER:
        yield from _saved(unit)
    elif unit.kind is Kind.LOOSE:
        for kind, path, offset in unit.places:
            for exchange in _piece(Unit(Kind(kind), path, offset, offset + 1), storage):
                yield exchange if isinstance(exchange, str) else _capture(exchange, Unit(Kind(kind), path))
    else:
        for exchange in _piece(unit, storage):
            yield exchange if isinstance(exchange, str) else _capture(exchange, unit)


def run_of(path: str) -> str:
    """Return the run that wrote a raw file.

    >>> run_of("raw/2026/11/20261122T050000Z-a1b2c3-00001.warc.gz")
    '20261122T050000Z-a1b2c3'
    """
    return path.rpartition("/")[2].partition(".warc")[0].rpartition("-")[0]


def _capture(exchange: Exchange, unit: Unit) -> Capture | str:
    address = parse_article_address(exchange.url)
    if address is None:
        return "foreign_host" if is_foreign(exchange.url) else "not_an_article"
    if exchange.status == NOT_MODIFIED:
        return "not_modified"
    if exchange.kind == "revisit" and unit.kind is Kind.WARC:
        return "revisit"
    is_raw, offset = unit.kind is Kind.RAW, exchange.raw_offset
    return Capture(
        address=address,
        received=_received(exchange),
        fetch=Fetch(exchange.fetched_at, unit.path if is_raw else None, offset if is_raw else None),
        run_id=run_of(unit.path) if is_raw else None,
        is_rendered=exchange.is_rendered,
        leads_to=_target(exchange),
        place=(unit.kind, unit.path, offset) if offset is not None else None,
    )


def _received(exchange: Exchange) -> Received | None:
    headers = dict(exchange.headers)
    try:
        return Received(exchange.url, exchange.status, headers, exchange.body)
    except UnreadableBody:
        return None


def _target(exchange: Exchange) -> str | None:
    if exchange.status not in _REDIRECTS:
        return None
    target = parse_article_address(urljoin(exchange.url, exchange.header("Location") or ""))
    return target.article_id if target is not None else ""


def _piece(unit: Unit, storage: Storage) -> Iterator[Exchange | str]:
    """Yield the answers whose records begin in a piece of a file, passing over what is damaged."""
    is_raw = unit.kind is Kind.RAW
    with (
        refusals(f"cannot read {unit.path}"),
        storage.open(unit.path) if is_raw else Path(unit.path).open("rb") as stream,
    ):
        start = first_record(stream, unit.start, unit.end) if unit.start else 0
        while start is not None:
            try:
                for record in warc.read(stream, start):
                    if unit.end is not None and record.offset is not None and record.offset >= unit.end:
                        return
                    yield from _answer(record, unit, storage)
                return
            except warc.TornTail:
                yield "torn"
                return
            except warc.DamagedRecord as damage:
                yield "damaged"
                start = first_record(stream, damage.offset + 1, unit.end)


def _answer(record: warc.Record, unit: Unit, storage: Storage) -> Iterator[Exchange | str]:
    """Yield the answer that a record holds, if it holds one; in a raw file with the payload that it may refer to."""
    try:
        exchange = exchange_of(record)
        if exchange is None:
            return
        if unit.kind is Kind.RAW and exchange.kind == "revisit" and exchange.raw_offset is not None:
            exchange = read_exchange(storage, unit.path, exchange.raw_offset)
    except ArchiveError:
        yield "damaged"
    else:
        yield exchange


def first_record(stream: IO[bytes], start: int, end: int | None) -> int | None:
    """Return where the first record at or behind a byte begins, if that is before `end`; else null.

    In a compressed file a record is a gzip member that unpacks to one: the bytes that open a member also occur within
    pages.
    """
    stream.seek(0)
    is_gzip = stream.read(2) == _MEMBER[:2]
    place = start
    while end is None or place < end:
        stream.seek(place)
        window = stream.read(_WINDOW)
        found = _in_gzip(stream, window, place) if is_gzip else _in_plain(window, place)
        if found is not None:
            return found if end is None or found < end else None
        if len(window) < _WINDOW:
            return None
        place += _WINDOW - 8  # what opens a record may lie across the border
    return None


def _in_gzip(stream: IO[bytes], window: bytes, place: int) -> int | None:
    at = window.find(_MEMBER)
    while at >= 0:
        if _opens_record(stream, place + at):
            return place + at
        at = window.find(_MEMBER, at + 1)
    return None


def _opens_record(stream: IO[bytes], place: int) -> bool:
    stream.seek(place)
    try:
        with gzip.GzipFile(fileobj=stream, mode="rb") as member:
            return member.read(5) == b"WARC/"
    except (OSError, EOFError, zlib.error):
        return False


def _in_plain(window: bytes, place: int) -> int | None:
    found = _PLAIN.search(window)
    return place + found.start(1) if found is not None else None


# --- Saved pages ------------------------------------------------------------------------------------------------------


def _saved(unit: Unit) -> Iterator[Capture | str]:
    folder = Path(unit.path)
    for entry in folder_entries(folder)[unit.start : unit.end]:
        url = entry["url"].partition(" ")[0]
        address = parse_article_address(url)
        if address is None:
            yield "foreign_host" if is_foreign(url) else "not_an_article"
            continue
        path = folder / entry["file"]
        with refusals(f"cannot read {path}, which {folder}/index.jsonl names"):
            content = path.read_bytes()
            saved_at = _saved_at(entry, path)
            body = gzip.decompress(content) if content[:2] == _MEMBER[:2] else content
        status = entry.get("status", 200)
        yield Capture(
            address=address,
            received=Received(url, status if isinstance(status, int) else 200, {}, body),
            fetch=Fetch(saved_at),
            run_id=None,
        )


def _saved_at(entry: dict[str, Any], path: Path) -> datetime:
    """Return when a page was fetched: `fetched_at` of the entry (ISO 8601), else when its file was written."""
    text = entry.get("fetched_at")
    if not isinstance(text, str):
        return datetime.fromtimestamp(path.stat().st_mtime, UTC)
    try:
        at = datetime.fromisoformat(text)
    except ValueError as error:
        raise ArchiveError(f"{path}: fetched_at {text!r} is no time; write ISO 8601 with an offset") from error
    return at.astimezone(UTC) if at.tzinfo is not None else at.replace(tzinfo=UTC)
