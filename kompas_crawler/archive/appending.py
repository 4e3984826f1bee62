"""Files that grow at their end: on a disk record by record, in an object store put whole.

Knows when what was appended is durable, and how the end of a file that lost its writer is mended. Refuses to know what
the files hold.

On a disk a file is complete after every record but the one being written. While its writer lives the kernel holds a
lock on it (`flock`), and a note in `raw/.open/` names it, so that the next run need not look at all files to find those
whose writer died. An object store knows no appending: there a file holds what became durable at once, and the next one
begins behind it.
"""

from __future__ import annotations

import errno
import fcntl
import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import PurePosixPath
from typing import IO, Final, Protocol

from kompas_crawler.archive.durable import flush_folder, make_folders
from kompas_crawler.archive.storage import LocalStorage, Storage, refusals, write_bytes

OPEN_FILES: Final = "raw/.open"
"""Folder of the notes: one for each file that is being written, named like it, holding its path."""

MOST_OF_AN_OBJECT: Final = 16 * 1024 * 1024
"""An object is made whole in memory before it is put."""


class Appender(Protocol):
    """A file that is being written."""

    path: str
    size: int
    """Bytes appended so far: where the next ones will begin."""

    @property
    def is_full(self) -> bool:
        """Whether no more should be appended, whatever the size: the next bytes belong into another file."""

    def append(self, content: bytes) -> None:
        """Add bytes, all or none of them. They are durable after the next `flush`."""

    def flush(self) -> None:
        """Make everything durable. Raises `ArchiveError`."""

    def close(self) -> None:
        """Flush, and append no more."""


def appender(storage: Storage, path: str) -> Appender:
    """Return a new, empty file. Raises `ArchiveError` when there is one of that name."""
    return _FileAppender(storage, path) if isinstance(storage, LocalStorage) else _ObjectAppender(storage, path)


class _FileAppender:
    """A file on a disk."""

    is_full = False

    def __init__(self, storage: LocalStorage, path: str) -> None:
        self.path = path
        self.size = 0
        self._storage = storage
        self._note = note_of(path)
        self._is_durable = True
        with self._refusals():
            make_folders((storage.root / path).parent)
            write_bytes(storage, self._note, path.encode())
            self._descriptor = os.open(storage.root / path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_APPEND, 0o666)
            fcntl.flock(self._descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
            flush_folder((storage.root / path).parent)

    def append(self, content: bytes) -> None:
        """Write at the end; what a full disk took of it is taken back."""
        self._is_durable = False
        with self._refusals():
            try:
                rest = memoryview(content)
                while rest:
                    rest = rest[os.write(self._descriptor, rest) :]
            except OSError:
                os.ftruncate(self._descriptor, self.size)
                raise
        self.size += len(content)

    def flush(self) -> None:
        """Flush to the platter. A file that somebody took away takes bytes that nobody finds again."""
        with self._refusals():
            if not self._is_durable:
                os.fsync(self._descriptor)
            if not self._is_in_its_place():
                raise FileNotFoundError(errno.ENOENT, "it was removed while it was being written")
        self._is_durable = True

    def _is_in_its_place(self) -> bool:
        """Look anew each time: what other files say of this one is written after it, also when it did not grow."""
        try:
            there = (self._storage.root / self.path).stat()
        except FileNotFoundError:
            return False
        return os.path.samestat(there, os.fstat(self._descriptor))

    def close(self) -> None:
        """Flush, let go, and remove the note."""
        self.flush()
        os.close(self._descriptor)
        self._storage.delete(self._note)

    @contextmanager
    def _refusals(self) -> Iterator[None]:
        with refusals(f"cannot write {self.path} in {self._storage.location}"):
            yield


class _ObjectAppender:
    """What becomes one object."""

    def __init__(self, storage: Storage, path: str) -> None:
        self.path = path
        self.size = 0
        self._storage = storage
        self._pieces: list[bytes] = []
        self._is_put = False

    @property
    def is_full(self) -> bool:
        """An object that was put is never put again: that would send all of it anew each time."""
        return self._is_put or self.size >= MOST_OF_AN_OBJECT

    def append(self, content: bytes) -> None:
        """Keep in memory."""
        self._pieces.append(content)
        self.size += len(content)

    def flush(self) -> None:
        """Put the object."""
        if self._pieces:
            write_bytes(self._storage, self.path, b"".join(self._pieces))
            self._pieces, self._is_put = [], True

    def close(self) -> None:
        """Put the object, if that was not done."""
        self.flush()


@dataclass(frozen=True, slots=True)
class Mended:
    """A file whose writer had died, and what was done about it."""

    path: str
    kept_bytes: int
    lost_bytes: int
    """Of the record that was being written; 0 when the file ended behind a whole one."""

    def __str__(self) -> str:
        if not self.lost_bytes:
            return f"{self.path}: its writer died between two records; nothing of it is lost"
        return f"{self.path}: its writer died within a record; {self.lost_bytes} bytes of that were cut off"


def mend(storage: Storage, whole_bytes: Callable[[IO[bytes]], int]) -> list[Mended]:
    """Cut off what is torn at the end of each file that lost its writer. Returns those files.

    `whole_bytes` returns how many bytes at the beginning of a file are whole records. Files that are being written are
    left alone, and so is an object store, in which nothing can be torn.
    """
    if not isinstance(storage, LocalStorage):
        return []
    found = (_mend(storage, note, whole_bytes) for note in storage.files(OPEN_FILES))
    return [one for one in found if one is not None]


def note_of(path: str) -> str:
    """Return the path of the note about a file that is being written.

    >>> note_of("raw/2021/04/r1-00001.warc.gz")
    'raw/.open/r1-00001.warc.gz.open'
    """
    return f"{OPEN_FILES}/{PurePosixPath(path).name}.open"


def _mend(storage: LocalStorage, note: str, whole_bytes: Callable[[IO[bytes]], int]) -> Mended | None:
    with refusals(f"cannot mend what {note} in {storage.location} names"):
        path = (storage.root / note).read_text()
        try:
            file = (storage.root / path).open("r+b")
        except FileNotFoundError:
            storage.delete(note)
            return None
        with file:
            try:
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                return None
            size = file.seek(0, os.SEEK_END)
            kept = whole_bytes(file)
            file.truncate(kept)
            os.fsync(file.fileno())
        if not kept:
            storage.delete(path)
        storage.delete(note)
    return Mended(path, kept, size - kept)
