"""A disk that fails: the n-th change of one kind below a folder is refused with an error number of the kernel's.

Knows the calls by which Python changes a disk. They are met where they leave Python, by an audit hook and in place of
the functions of `os` that write, so that the code above is the one that runs in production, whichever it is. What a
file object buffers is written by C code that shows no call: its `fsync` stands for it. SQLite writes past Python
altogether; a small file system (`machine_disks`) is for that.
"""

from __future__ import annotations

import os
import re
import sys
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

NEEDING_NO_ROOM = frozenset({"remove", "rmdir", "truncate", "flock"})
"""What also works on a disk that is full."""

_WRITES = os.O_WRONLY | os.O_RDWR | os.O_CREAT
_OF_A_RUN = re.compile(r"[^/]*\d{8}T\d{6}.*")


@dataclass(slots=True)
class FailingDisk:
    """Refuses one change of a kind, or with `stays` that one and all that come after it."""

    root: Path
    kind: str | None = None
    """As `kind_of` names it; null: only count."""
    at: int = 0
    """Refuse the change of this number among those of the kind, from 0."""
    number: int = 0
    """Error number."""
    stays: bool = False
    seen: list[str] = field(default_factory=list)
    """The kinds of all changes so far."""
    has_struck: bool = False
    _count: Counter[str] = field(default_factory=Counter)

    def change(self, call: str, path: Any) -> None:
        """Note a change; raise `OSError` when it is the one to be refused."""
        kind = self._kind_of(call, path)
        if kind is None:
            return
        self.seen.append(kind)
        is_it = kind == self.kind and self._count[kind] == self.at
        self._count[kind] += 1
        if is_it or (self.has_struck and self.stays and call not in NEEDING_NO_ROOM):
            self.has_struck = True
            raise OSError(self.number, os.strerror(self.number), os.fspath(path) if not isinstance(path, int) else None)

    def _kind_of(self, call: str, path: Any) -> str | None:
        if isinstance(path, int):
            path = Path(f"/proc/self/fd/{path}").readlink()
        text = os.fsdecode(path)
        if not text.startswith(f"{self.root}/"):
            return None
        first, _, rest = text.removeprefix(f"{self.root}/").partition("/")
        place = f"{first}/.open" if rest.startswith(".open") else first
        return f"{call} {place}" if not _OF_A_RUN.fullmatch(first) else f"{call} another"


_disk: FailingDisk | None = None
"""The one that is in use: an audit hook cannot be taken away again, so one hook asks here."""
_is_hooked = False


def _heard(event: str, args: tuple[Any, ...]) -> None:
    disk = _disk
    if disk is None:
        return
    match event, args:
        case "open", (str() | bytes() as path, mode, flags) if _opens_for_writing(mode, flags):
            disk.change("open", path)
        case "os.mkdir", (path, *_):
            disk.change("mkdir", path)
        case "os.rename", (_, target, *_):
            disk.change("rename", target)
        case "os.remove", (path, *_):
            disk.change("remove", path)
        case "os.rmdir", (path, *_):
            disk.change("rmdir", path)
        case "os.truncate", (path, *_):
            disk.change("truncate", path)
        case "fcntl.flock", (int() as descriptor, _):
            disk.change("flock", descriptor)
        case _:
            pass


def _opens_for_writing(mode: str | None, flags: int) -> bool:
    return bool(flags & _WRITES) or any(letter in (mode or "") for letter in "wax+")


def _noting(call: str, function: Callable[..., Any]) -> Callable[..., Any]:
    def noted(descriptor: int, *args: Any) -> Any:
        if _disk is not None:
            _disk.change(call, descriptor)
        return function(descriptor, *args)

    return noted


@contextmanager
def failing(disk: FailingDisk) -> Iterator[FailingDisk]:
    """Put the disk in the place of the real one until the block ends. One at a time in a process."""
    global _disk, _is_hooked
    if not _is_hooked:
        sys.addaudithook(_heard)
        _is_hooked = True
    kept = {name: getattr(os, name) for name in ("fsync", "write", "pwrite")}
    for name, function in kept.items():
        setattr(os, name, _noting(name, function))
    _disk = disk
    try:
        yield disk
    finally:
        _disk = None
        for name, function in kept.items():
            setattr(os, name, function)
