"""The raw archive: every answer as it came over the wire, appended to WARC files that rows point into.

Knows what becomes a record, which records refer to earlier ones, and when a file is full. Refuses to know how records
are laid out (`warc`), how files become durable (`appending`) and how all is read back (`raw_reading`).

`raw/<year>/<month>/<run_id>-<number>.warc.gz`, the month being that in which the run began. Each file begins with a
`warcinfo` record; the first one of a run also says on what ground it was made. An exchange is a `response` record and
the `request` that led to it. A payload that is known already is not written again: a `revisit` record names the place
of the first one, also by the two headers that Heritrix uses for that, file and offset.
"""

from __future__ import annotations

import base64
import hashlib
import uuid
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Final, NamedTuple, Protocol
from urllib.parse import urlsplit

from kompas_crawler.archive import warc
from kompas_crawler.archive.appending import Appender, appender
from kompas_crawler.archive.http_message import request_head, status_head
from kompas_crawler.archive.storage import Storage

FOLDER: Final = "raw"
NOT_MODIFIED: Final = 304
SIZE_LIMIT_BYTES: Final = 1_000_000_000
"""A file is followed by the next one when it has so many: the size that the WARC guidelines recommend."""

KEPT_FOR: Final = timedelta(days=40)
"""A record refers to nothing that is older than this: pages are looked at again up to 31 days after publication."""

_PROFILE: Final = "http://netpreserve.org/warc/1.1/revisit/"
_IDENTITY: Final = frozenset({b"", b"identity", b"none"})

RawHeaders = Iterable[tuple[bytes, bytes]]


class RawPointer(NamedTuple):
    """Where a record is: what the columns of the same names hold."""

    raw_file: str
    raw_offset: int


@dataclass(frozen=True, slots=True, kw_only=True)
class WireExchange:
    """One request and what came back for it, as both were on the wire."""

    url: str
    method: str = "GET"
    request_headers: RawHeaders = ()
    status: int
    headers: RawHeaders
    body: bytes
    """Without chunks, and still in its content coding."""
    fetched_at: datetime
    """When the answer was there, aware."""
    address: str | None = None
    """The IP address that answered."""


@dataclass(frozen=True, slots=True)
class Payload:
    """A payload that was written."""

    url: str
    digest: bytes
    """SHA-1 of the body as it came over the wire."""
    fetched_at: datetime
    pointer: RawPointer


class Payloads(Protocol):
    """What is known of payloads that were written earlier."""

    def of_digest(self, digest: bytes, since: datetime) -> Payload | None:
        """Return the record that holds a payload, if it is not older than an instant."""

    def of_url(self, url: str, since: datetime) -> Payload | None:
        """Return the record that holds what an address gave last, if it is not older than an instant."""


@dataclass(slots=True)
class RecentPayloads:
    """The payloads that were written last, in memory, and through them what was written before them.

    What is noted here may not be durable yet: it is good for this run only.
    """

    before: Callable[[], Payloads | None] = field(default=lambda: None)
    """Returns what knows them; null while there is no archive."""
    most: int = 20_000
    _by_digest: dict[bytes, Payload] = field(default_factory=dict)
    _by_url: dict[str, Payload] = field(default_factory=dict)

    def of_digest(self, digest: bytes, since: datetime) -> Payload | None:
        """Return the record that holds a payload, if it is not older than an instant."""
        if (payload := self._by_digest.get(digest)) is not None:
            return payload
        before = self.before()
        return before.of_digest(digest, since) if before is not None else None

    def of_url(self, url: str, since: datetime) -> Payload | None:
        """Return the record that holds what an address gave last, if it is not older than an instant."""
        if (payload := self._by_url.get(url)) is not None:
            return payload
        before = self.before()
        return before.of_url(url, since) if before is not None else None

    def add(self, payload: Payload) -> None:
        """Note a record; those that were noted first make room for it."""
        self._by_digest[payload.digest] = payload
        self._by_url[payload.url] = payload
        if len(self._by_digest) > self.most:
            del self._by_digest[next(iter(self._by_digest))]
        if len(self._by_url) > self.most:
            del self._by_url[next(iter(self._by_url))]

    def drain(self) -> list[Payload]:
        """Return what was noted, the last of each address, and forget it."""
        noted = list(self._by_url.values())
        self._by_digest, self._by_url = {}, {}
        return noted


class RawWriter:
    """The raw files of one run. No file is made before there is something to write."""

    def __init__(
        self,
        storage: Storage,
        run_id: str,
        *,
        started_at: datetime,
        about: Mapping[str, str],
        payloads: RecentPayloads | None = None,
        size_limit_bytes: int = SIZE_LIMIT_BYTES,
        now: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        """`about` is what the `warcinfo` record of each file says: software, operator and the like."""
        self._storage = storage
        self._run_id = run_id
        self._started_at = started_at
        self._about = about
        self._payloads = payloads if payloads is not None else RecentPayloads()
        self._limit = size_limit_bytes
        self._now = now
        self._file: Appender | None = None
        self._number = 0
        self.size_bytes = 0
        """Of everything written so far."""

    def exchange(self, wire: WireExchange) -> RawPointer:
        """Write an answer and its request. Returns where the answer is. Raises `ArchiveError`."""
        headers = list(wire.headers)
        head = status_head(wire.status, headers)
        digest = hashlib.sha1(wire.body, usedforsecurity=False).digest()
        record_id = _new_id()
        common = [("WARC-Target-URI", wire.url), ("WARC-Date", _stamp(wire.fetched_at))]
        if wire.address:
            common.append(("WARC-IP-Address", wire.address))
        about = [*common, ("WARC-Record-ID", record_id), ("Content-Type", "application/http; msgtype=response")]
        known, profile = self._known(wire, digest)
        if wire.body:
            about.append(("WARC-Payload-Digest", _printed(digest)))
        if known is not None:
            answer = warc.encode([("WARC-Type", "revisit"), *about, *_reference(known, profile)], head)
        else:
            is_compressed = _is_compressed(headers)
            answer = warc.encode([("WARC-Type", "response"), *about], head, wire.body, is_compressed=is_compressed)
        pointer = self._append(answer + _request(wire, [*common, ("WARC-Concurrent-To", record_id)]))
        if known is None and wire.body and wire.status < NOT_MODIFIED:
            self._payloads.add(Payload(wire.url, digest, wire.fetched_at, pointer))
        return pointer

    def rendering(
        self, url: str, page: bytes, rendered_at: datetime, source: RawPointer, *, encoding: str = "utf-8"
    ) -> RawPointer:
        """Write a page as a browser made it. `source` is the answer that it was made from."""
        headers = [
            ("WARC-Type", "conversion"),
            ("WARC-Target-URI", url),
            ("WARC-Date", _stamp(rendered_at)),
            ("WARC-Record-ID", _new_id()),
            ("WARC-Payload-Digest", _printed(hashlib.sha1(page, usedforsecurity=False).digest())),
            ("Content-Type", f"text/html; charset={encoding}"),
            *_place(source),
        ]
        return self._append(warc.encode(headers, b"", page))

    def note(self, uri: str, text: str, noted_at: datetime) -> RawPointer:
        """Write a text that belongs to the run as a `metadata` record: a robots.txt, say, under its address."""
        headers = [
            ("WARC-Type", "metadata"),
            ("WARC-Target-URI", uri),
            ("WARC-Date", _stamp(noted_at)),
            ("WARC-Record-ID", _new_id()),
            ("Content-Type", "text/plain; charset=utf-8"),
        ]
        return self._append(warc.encode(headers, b"", text.encode()))

    def flush(self) -> None:
        """Make everything durable. Raises `ArchiveError`."""
        if self._file is not None:
            self._file.flush()

    def close(self) -> None:
        """Make everything durable, and end the file. A closed writer may be used again: it begins the next one."""
        if self._file is not None:
            self._file.close()
            self._file = None

    def _known(self, wire: WireExchange, digest: bytes) -> tuple[Payload | None, str]:
        since = wire.fetched_at - KEPT_FOR
        if wire.status == NOT_MODIFIED:
            return self._payloads.of_url(wire.url, since), "server-not-modified"
        return (self._payloads.of_digest(digest, since) if wire.body else None), "identical-payload-digest"

    def _append(self, records: bytes) -> RawPointer:
        file = self._open_file()
        pointer = RawPointer(file.path, file.size)
        file.append(records)
        self.size_bytes += len(records)
        return pointer

    def _open_file(self) -> Appender:
        if self._file is not None and (self._file.is_full or self._file.size >= self._limit):
            self.close()
        if self._file is None:
            self._number += 1
            name = f"{self._run_id}-{self._number:05}.warc.gz"
            self._file = appender(self._storage, f"{FOLDER}/{self._started_at:%Y/%m}/{name}")
            self._file.append(self._warcinfo(name))
        return self._file

    def _warcinfo(self, name: str) -> bytes:
        fields = {
            **self._about,
            "format": "WARC File Format 1.1",
            "conformsTo": "https://iipc.github.io/warc-specifications/specifications/warc-format/warc-1.1/",
            "isPartOf": self._run_id,
        }
        headers = [
            ("WARC-Type", "warcinfo"),
            ("WARC-Date", _stamp(self._now())),
            ("WARC-Filename", name),
            ("WARC-Record-ID", _new_id()),
            ("Content-Type", "application/warc-fields"),
        ]
        return warc.encode(headers, "".join(f"{key}: {_one_line(value)}\r\n" for key, value in fields.items()).encode())


def _request(wire: WireExchange, common: list[tuple[str, str]]) -> bytes:
    parts = urlsplit(wire.url)
    target = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
    headers = [
        ("WARC-Type", "request"),
        *common,
        ("WARC-Record-ID", _new_id()),
        ("Content-Type", "application/http; msgtype=request"),
    ]
    return warc.encode(headers, request_head(wire.method, target, wire.request_headers))


def _reference(known: Payload, profile: str) -> list[tuple[str, str]]:
    return [
        ("WARC-Profile", _PROFILE + profile),
        ("WARC-Refers-To-Target-URI", known.url),
        ("WARC-Refers-To-Date", _stamp(known.fetched_at)),
        *_place(known.pointer),
    ]


def _place(pointer: RawPointer) -> list[tuple[str, str]]:
    return [("WARC-Refers-To-Filename", pointer.raw_file), ("WARC-Refers-To-File-Offset", str(pointer.raw_offset))]


def _is_compressed(headers: Iterable[tuple[bytes, bytes]]) -> bool:
    return any(name.lower() == b"content-encoding" and value.lower() not in _IDENTITY for name, value in headers)


def _new_id() -> str:
    return f"<urn:uuid:{uuid.uuid4()}>"


def _stamp(at: datetime) -> str:
    return at.astimezone(UTC).isoformat(timespec="microseconds").replace("+00:00", "Z")


def _printed(digest: bytes) -> str:
    return f"sha1:{base64.b32encode(digest).decode()}"


def _one_line(text: str) -> str:
    return " ".join(text.split())
