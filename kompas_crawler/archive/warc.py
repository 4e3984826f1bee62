"""WARC records: how one is laid out, compressed and read back. The format alone (WARC 1.1, ISO 28500:2017).

Knows record headers, and gzip members with one record each, so that a file and an offset lead to a record. Reads what
other tools write too: plain files, whole files in one gzip stream, WARC 0.18 to 1.1. Refuses to know HTTP, the archive
and what records are for.

A body that came over the wire compressed is stored as it is, between headers that are deflated: compressing it again
would cost more than parsing the page, for one percent of its size. That is plain gzip for every reader.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import IO, Any, Final, cast

from isal import isal_zlib

from kompas_crawler.errors import ArchiveError

VERSION: Final = b"WARC/1.1"
GZIP_MAGIC: Final = b"\x1f\x8b"
RECORD_MAGIC: Final = b"WARC/"

NOT_DEFLATE: Final = cast("type[Exception]", isal_zlib.IsalError)
"""Raised by isal for what it cannot inflate; its type hints take the class for an instance."""

_GZIP_HEADER: Final = b"\x1f\x8b\x08\x00\x00\x00\x00\x00\x00\x03"
"""Deflate, no name, no time, written on Unix."""
_END: Final = b"\r\n\r\n"
_STORED_BYTES: Final = 0xFFFF
"""A stored block of deflate holds no more."""
_LEVEL: Final = 1
"""Of ISA-L's deflate: a fifth larger than zlib's level 6, at a tenth of its time."""
_RAW_DEFLATE: Final = -15
_GZIP: Final = 31
_CHUNK_BYTES: Final = 256 * 1024
_MOST_AT_ONCE: Final = 4 * 1024 * 1024
"""So many bytes are decompressed at a time: a few of a bomb give gigabytes."""
_MOST_DIGITS: Final = 18
"""Of a Content-Length: Python reads no number of thousands of digits, and no file is so long."""
_LONGEST_LINE: Final = 64 * 1024
_LARGEST_BLOCK: Final = 256 * 1024 * 1024
"""What no page is; a record of other tools that is larger (a video) is passed over without its content."""


class DamagedRecord(ArchiveError):
    """What stands at byte `offset` of a file is no WARC record, or not all of one."""

    def __init__(self, offset: int, problem: str) -> None:
        super().__init__(f"the WARC record at byte {offset} cannot be read: {problem}")
        self.offset = offset


class TornTail(DamagedRecord):
    """The last record of a file is not whole: its writer died, or still writes."""

    def __init__(self, offset: int) -> None:
        super().__init__(offset, "the file ends within it")


@dataclass(frozen=True, slots=True)
class Record:
    """One record of a WARC file."""

    headers: Mapping[str, str]
    """Its own headers by their lower-case names."""
    block: bytes
    """Its content; empty where it is larger than any page."""
    offset: int | None
    """Where it begins in the file; null inside a gzip stream that holds several records."""

    @property
    def kind(self) -> str:
        """`response`, `revisit`, `metadata`, …"""
        return self.headers.get("warc-type", "")


def encode(headers: Sequence[tuple[str, str]], head: bytes, body: bytes = b"", *, is_compressed: bool = False) -> bytes:
    """Return a record as one gzip member. Its block is `head` and `body`; its length is added to the headers.

    With `is_compressed` the body is stored as it is.
    """
    lines = "".join(f"{name}: {value}\r\n" for name, value in headers)
    lines += f"Content-Length: {len(head) + len(body)}\r\n\r\n"
    opening = VERSION + b"\r\n" + lines.encode() + head
    checksum = isal_zlib.crc32(_END, isal_zlib.crc32(body, isal_zlib.crc32(opening)))
    trailer = struct.pack("<II", checksum, (len(opening) + len(body) + len(_END)) & 0xFFFFFFFF)
    squeezing = isal_zlib.compressobj(_LEVEL, isal_zlib.DEFLATED, _RAW_DEFLATE)
    if not is_compressed:
        content = (squeezing.compress(opening), squeezing.compress(body), squeezing.compress(_END), squeezing.flush())
        return b"".join((_GZIP_HEADER, *content, trailer))
    start = squeezing.compress(opening) + squeezing.flush(isal_zlib.Z_SYNC_FLUSH)
    return b"".join((_GZIP_HEADER, start, *_stored(body), *_stored(_END, is_last=True), trailer))


def _stored(content: bytes, *, is_last: bool = False) -> Iterator[bytes]:
    """Yield content as blocks of deflate that are not compressed (RFC 1951, 3.2.4)."""
    for start in range(0, len(content), _STORED_BYTES):
        piece = content[start : start + _STORED_BYTES]
        yield struct.pack("<BHH", is_last and start + _STORED_BYTES >= len(content), len(piece), len(piece) ^ 0xFFFF)
        yield piece


def read(stream: IO[bytes], offset: int = 0) -> Iterator[Record]:
    """Yield the records of a file from an offset on, at which a record begins.

    Raises `TornTail` after the last whole record when another one has only begun, `DamagedRecord` for what is no WARC.
    """
    source = _Source(stream, offset)
    while source.skip_empty_lines():
        place, is_alone = source.place, source.is_at_opening
        try:
            headers = _headers(source, place)
            size = _size(headers, place)
            block = source.take(size) if size <= _LARGEST_BLOCK else source.skip(size)
        except EOFError:
            raise TornTail(place) from None
        yield Record(headers, block, place if is_alone else None)


def _headers(source: _Source, place: int) -> dict[str, str]:
    version = source.line()
    if not version.startswith(RECORD_MAGIC):
        raise DamagedRecord(place, f"it begins with {version[:20]!r}")
    headers: dict[str, str] = {}
    name = ""
    while line := source.line().decode("utf-8", "replace"):
        if line[0] in " \t" and name:  # a folded line, as WARC 1.0 allows
            headers[name] += " " + line.strip()
            continue
        name, _, value = line.partition(":")
        name = name.strip().lower()
        headers[name] = value.strip()
    return headers


def _size(headers: Mapping[str, str], place: int) -> int:
    text = headers.get("content-length", "")
    if not (text.isascii() and text.isdecimal() and len(text) <= _MOST_DIGITS):
        raise DamagedRecord(place, f"its Content-Length is {text[:20]!r}")
    return int(text)


class _Source:
    """The bytes of a file, decompressed where they are compressed, as a stream that knows its places in the file."""

    def __init__(self, stream: IO[bytes], offset: int) -> None:
        stream.seek(offset)
        self._stream = stream
        self._raw = stream.read(_CHUNK_BYTES)
        self._raw_end = offset + len(self._raw)
        self._is_gzip = self._raw.startswith(GZIP_MAGIC)
        self._member: Any = None
        """The decompressor of the gzip member that was begun; null between two."""
        self._plain = b""
        self._at = 0
        """Where in those bytes the reader is."""
        self._plain_start = 0
        """Where in the whole of the decompressed bytes they begin."""
        self._opened: tuple[int, int] = (0, offset)
        self._openings: list[tuple[int, int]] = []
        """Of the gzip members that begin ahead of the reader: their places in the decompressed bytes and the file."""

    @property
    def place(self) -> int:
        """Where in the file the record that begins here does; in a member of several records, where the member does."""
        while self._openings and self._openings[0][0] <= self._plain_start + self._at:
            self._opened = self._openings.pop(0)
        if self._is_gzip:
            return self._opened[1]
        return self._opened[1] + self._plain_start + self._at

    @property
    def is_at_opening(self) -> bool:
        """Whether reading the file from this place would begin with what is next here."""
        return not self._is_gzip or self._opened[0] == self._plain_start + self._at

    def skip_empty_lines(self) -> bool:
        """Pass over what separates records. Returns whether a record follows; raises `TornTail` for a torn one."""
        try:
            while self._at < len(self._plain) or self._more():
                if self._plain[self._at] not in b"\r\n":
                    return True
                self._at += 1
        except EOFError:
            raise TornTail(self._openings[-1][1] if self._openings else self._opened[1]) from None
        return False

    def line(self) -> bytes:
        """Return the next line without its end. Raises `EOFError` when it has none."""
        searched = self._at
        while (end := self._plain.find(b"\n", searched)) < 0:
            searched = len(self._plain) - self._at
            if searched > _LONGEST_LINE:
                raise DamagedRecord(self.place, "a line of its headers does not end")
            self._require_more()
        line = self._plain[self._at : end]
        self._at = end + 1
        return line.removesuffix(b"\r")

    def take(self, size: int) -> bytes:
        """Return the next bytes. Raises `EOFError` when there are not so many."""
        pieces = []
        while True:
            piece = self._plain[self._at : self._at + size]
            self._at += len(piece)
            size -= len(piece)
            pieces.append(piece)
            if not size:
                return b"".join(pieces)
            self._require_more()

    def skip(self, size: int) -> bytes:
        """Pass over the next bytes; return none of them."""
        while size:
            size -= len(self.take(min(size, _CHUNK_BYTES)))
        return b""

    def _require_more(self) -> None:
        if not self._more():
            raise EOFError

    def _more(self) -> bool:
        """Have more bytes to read. Returns False at the end of the file; raises `EOFError` within a gzip member."""
        fresh = self._next_plain()
        if not fresh:
            return False
        self._plain_start += self._at
        self._plain = self._plain[self._at :] + fresh
        self._at = 0
        return True

    def _next_plain(self) -> bytes:
        while self._raw or self._fill():
            if not self._is_gzip:
                fresh, self._raw = self._raw, b""
                return fresh
            if fresh := self._inflated():
                return fresh
        if self._member is None:
            return b""
        pending: bytes = self._member.decompress(b"", _MOST_AT_ONCE)
        if pending:  # did not fit before
            return pending
        raise EOFError

    def _fill(self) -> bool:
        self._raw = self._stream.read(_CHUNK_BYTES)
        self._raw_end += len(self._raw)
        return bool(self._raw)

    def _inflated(self) -> bytes:
        """Return what the bytes at hand give; perhaps nothing yet."""
        begins_at = self._raw_end - len(self._raw)
        if self._member is None:
            self._member = isal_zlib.decompressobj(_GZIP)
            self._openings.append((self._plain_start + len(self._plain), begins_at))
        try:
            fresh: bytes = self._member.decompress(self._raw, _MOST_AT_ONCE)
        except NOT_DEFLATE as error:
            raise DamagedRecord(self._openings[-1][1] if self._openings else self._opened[1], str(error)) from error
        self._raw = self._member.unused_data if self._member.eof else self._member.unconsumed_tail
        if self._member.eof:
            self._member = None
        return fresh
