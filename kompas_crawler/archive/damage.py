"""Whether the file of the index can still be trusted. Knows SQLite's own check; refuses to know the tables."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path


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
