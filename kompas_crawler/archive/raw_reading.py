"""Raw pages, read back: one answer by its file and offset, or all answers of a file, ours or anybody's.

Knows which records hold an answer, and how a record that refers to an earlier one gets its content from there. Refuses
to know what the pages say. Files of other tools (wget, Common Crawl, the Wayback Machine, browsers) are read as well:
with chunks, every content coding, compressed by record, as a whole, or not at all.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import IO, Final

from kompas_crawler.archive import warc
from kompas_crawler.archive.http_message import Headers, HttpResponse, decoded, header, parse_response
from kompas_crawler.archive.raw import RawPointer
from kompas_crawler.archive.storage import Storage, refusals
from kompas_crawler.archive.warc import DamagedRecord, Record
from kompas_crawler.errors import ArchiveError

_PAGES: Final = frozenset({"response", "revisit", "resource", "conversion"})
_MOST_REFERENCES: Final = 8
"""A record that is reached by more of them is none of ours."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Exchange:
    """An answer of the site, as it came over the wire."""

    url: str
    """The address that was asked for."""
    status: int
    headers: Headers
    """As sent, in order."""
    wire_body: bytes
    """Without chunks, in its content coding. Of a revisit the payload that it refers to, once that is resolved."""
    content_coding: str | None
    """The coding of `wire_body`, e.g. `gzip`; null when it has none."""
    fetched_at: datetime
    """When the answer was there, aware UTC."""
    kind: str
    """`response`; `revisit`: the payload is that of an earlier record; `conversion`: as a browser made it."""
    raw_offset: int | None
    """Where the record begins in its file; null in a file that is compressed as a whole."""
    refers_to: RawPointer | None = None
    """The earlier record whose payload it is, or from which a browser made it; null when none is named."""

    @property
    def body(self) -> bytes:
        """The content without any coding. Raises `UnreadableBody`."""
        return decoded(self.wire_body, self.content_coding)

    @property
    def is_rendered(self) -> bool:
        """The page is as a browser made it."""
        return self.kind == "conversion"

    def header(self, name: str) -> str | None:
        """Return the values of a header, joined by a comma; null when there is none."""
        return header(self.headers, name)


def read_exchange(storage: Storage, raw_file: str, raw_offset: int) -> Exchange:
    """Return the answer that a row points to, with its payload, also where that lies in an earlier record.

    Raises `ArchiveError` when it is not there.
    """
    exchange = _exchange_at(storage, raw_file, raw_offset)
    source = exchange
    for _ in range(_MOST_REFERENCES):
        if source.kind != "revisit" or source.refers_to is None:
            break
        source = _exchange_at(storage, *source.refers_to)
    return _with_payload(exchange, source)


def exchanges(stream: IO[bytes], *, storage: Storage | None = None) -> Iterator[Exchange]:
    """Yield the answers in a WARC file, in order: of ours (with the `storage` that it lies in) or of any other tool.

    With `storage`, revisits get the payload that they refer to; else theirs is empty. Records that hold no answer are
    passed over. Raises `TornTail` behind the last whole record of a file that has more, `ArchiveError` for no WARC.
    """
    for record in warc.read(stream):
        exchange = exchange_of(record)
        if exchange is None:
            continue
        if storage is not None and exchange.kind == "revisit" and exchange.refers_to is not None:
            exchange = _with_payload(exchange, read_exchange(storage, *exchange.refers_to))
        yield exchange


def whole_bytes(stream: IO[bytes]) -> int:
    """Return how many bytes at the beginning of a file of ours are whole records."""
    try:
        for _ in warc.read(stream):
            pass
    except DamagedRecord as damage:
        return damage.offset
    return stream.seek(0, 2)


def _exchange_at(storage: Storage, raw_file: str, raw_offset: int) -> Exchange:
    where = f"{raw_file} at byte {raw_offset} in {storage.location}"
    with refusals(f"cannot read {where}"):
        try:
            stream = storage.open(raw_file)
        except FileNotFoundError as error:
            raise ArchiveError(f"{where}: there is no such file") from error
        with stream:
            record = next(warc.read(stream, raw_offset), None)
    exchange = exchange_of(record) if record is not None else None
    if exchange is None:
        raise ArchiveError(f"{where}: no answer of the site is kept there")
    return exchange


def _with_payload(exchange: Exchange, source: Exchange) -> Exchange:
    if source is exchange:
        return exchange
    return replace(exchange, wire_body=source.wire_body, content_coding=source.content_coding)


def exchange_of(record: Record) -> Exchange | None:
    """Return the answer that a record holds, null when it holds none. Raises `ArchiveError` for what cannot be read."""
    if not is_page(record):
        return None
    kind = record.kind
    type_ = record.headers.get("content-type", "")
    if type_.startswith("application/http"):
        if not record.block:  # a revisit of other tools, or more than any page is
            return None
        answer = parse_response(record.block)
    elif kind in ("resource", "conversion"):
        answer = HttpResponse(200, (("Content-Type", type_),), record.block)
    else:
        return None
    return Exchange(
        url=_url(record),
        status=answer.status,
        headers=answer.headers,
        wire_body=answer.body,
        content_coding=answer.header("Content-Encoding"),
        fetched_at=instant_of_record(record),
        kind=kind,
        raw_offset=record.offset,
        refers_to=reference_of_record(record),
    )


def is_page(record: Record) -> bool:
    """Return whether a record holds what an address gave, or refers to that."""
    return record.kind in _PAGES and _url(record).startswith(("http://", "https://"))


def instant_of_record(record: Record) -> datetime:
    """Return the date of a record: `2021-04-14T05:00:00Z`, perhaps with a fraction; other tools write fewer parts."""
    text = record.headers.get("warc-date", "")
    try:
        at = datetime.fromisoformat(text)
    except ValueError as error:
        raise ArchiveError(f"the record at byte {record.offset} has no usable date: {text!r}") from error
    return at.astimezone(UTC) if at.tzinfo is not None else at.replace(tzinfo=UTC)


def reference_of_record(record: Record) -> RawPointer | None:
    """Return the place of the record that another one names, null when it names none."""
    name = record.headers.get("warc-refers-to-filename")
    offset = record.headers.get("warc-refers-to-file-offset", "")
    return RawPointer(name, int(offset)) if name and offset.isdecimal() else None


def _url(record: Record) -> str:
    return record.headers.get("warc-target-uri", "").strip("<>")
