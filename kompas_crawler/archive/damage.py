"""Whether the file of the index can still be trusted. Knows SQLite's own check; refuses to know the tables.

To read a large index as a whole takes seconds. So whoever has found it sound notes, when closing it, its size and its
time of change beside it: while both stay, nobody has touched it, and it is not read again.
"""

from __future__ import annotations

import sqlite3
from contextlib import closing, suppress
from pathlib import Path
from typing import Final

SEAL: Final = "-seal"
"""What the name of the note ends with, as SQLite's own files beside the index do (`-wal`, `-shm`)."""


def is_damaged(path: Path) -> bool:
    """Return whether SQLite finds the file damaged, or no database at all. No file is no damage.

    It is read as a whole: a damaged page would else show itself at some look-up in the middle of a crawl.
    """
    if not path.is_file():
        return False
    try:
        with closing(sqlite3.connect(path, timeout=30)) as connection:
            said: tuple[str] = connection.execute("PRAGMA quick_check(1)").fetchone()
            return said != ("ok",)
    except sqlite3.DatabaseError as error:
        return error.sqlite_errorcode & 0xFF in (sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB)


def seal(path: Path) -> None:
    """Note how a sound file looks now that it is closed. Without room for the note, it is only read again."""
    with suppress(OSError):
        _note(path).write_text(_looks(path))


def is_sealed(path: Path) -> bool:
    """Return whether nobody has touched the file since it was sealed, no file being as good."""
    try:
        return not path.exists() or (not _has_more(path) and _note(path).read_text() == _looks(path))
    except OSError:
        return False


def _note(path: Path) -> Path:
    return path.with_name(path.name + SEAL)


def _looks(path: Path) -> str:
    found = path.stat()
    return f"{found.st_size} {found.st_mtime_ns}"


def _has_more(path: Path) -> bool:
    """Whether SQLite would find changes beside the file: who made them died, or is at it."""
    log = path.with_name(path.name + "-wal")
    return log.exists() and log.stat().st_size > 0
