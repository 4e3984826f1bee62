"""Prepared files: new versions of the archive's files that lie apart until they are put in their place.

Knows how files look to who has rewritten some of them, while nobody else sees that, and how they are published. Whoever
prepares needs no lock and may be lost, or come too late: what is not published is removed by the next commit.
"""

from __future__ import annotations

import uuid
from collections.abc import Callable, Iterable
from typing import IO, Final

from kompas_crawler.archive.storage import Storage

FOLDER: Final = "prepared"
_ORDER: Final = ("revisions", "articles", "links")
"""Of publication: nothing superseded is ever missing."""


class Prepared:
    """The files of an archive as one part of a commit leaves them."""

    def __init__(self, storage: Storage) -> None:
        self.folder = f"{FOLDER}/{uuid.uuid4().hex}"
        self._storage = storage
        self._removed: set[str] = set()
        self.written: set[str] = set()

    @property
    def location(self) -> str:
        """The archive's."""
        return self._storage.location

    def open(self, path: str) -> IO[bytes]:
        """Return a file as it was prepared, else as it is."""
        if path in self._removed:
            raise FileNotFoundError(path)
        return self._storage.open(self._place(path) if path in self.written else path)

    def write(self, path: str, produce: Callable[[IO[bytes]], None]) -> None:
        """Prepare a file."""
        self._storage.write(self._place(path), produce)
        self._removed.discard(path)
        self.written.add(path)

    def delete(self, path: str) -> None:
        """Note that a file goes."""
        if path in self.written:
            self._storage.delete(self._place(path))
            self.written.discard(path)
        self._removed.add(path)

    @property
    def changes(self) -> tuple[tuple[str, bool], ...]:
        """What is to be published: each path, and whether there is a file for it; null changes are among them."""
        return tuple(sorted([*((path, True) for path in self.written), *((path, False) for path in self._removed)]))

    def _place(self, path: str) -> str:
        return f"{self.folder}/{path}"


def publish(storage: Storage, folder: str, changes: Iterable[tuple[str, bool]]) -> None:
    """Put what was prepared in a folder into its place. The caller holds the lock."""
    for path, is_there in sorted(changes, key=lambda change: _ORDER.index(change[0].partition("/")[0])):
        if is_there:
            storage.move(f"{folder}/{path}", path)
        else:
            storage.delete(path)


def discard(storage: Storage) -> int:
    """Remove everything that was prepared and not published. Returns how many files."""
    paths = storage.files(FOLDER)
    for path in paths:
        storage.delete(path)
    return len(paths)
