"""Durable changes of a local disk: folders and renames that outlive a power cut, and who left a file behind.

Knows `fsync` and processes. Refuses to know what the files are.
"""

from __future__ import annotations

import os
import socket
from pathlib import Path


def make_folders(folder: Path) -> None:
    """Make a folder with its parents, and flush each parent so that the new entry outlives a power cut."""
    missing = [folder, *folder.parents]
    missing = missing[: next(index for index, path in enumerate(missing) if path.is_dir())]
    for path in reversed(missing):
        path.mkdir(exist_ok=True)
        flush_folder(path.parent)


def rename_into_place(unfinished: Path, target: Path) -> None:
    """Rename into place. A committer may remove the emptied folder at the same moment: then it is made again."""
    while True:
        make_folders(target.parent)
        try:
            unfinished.replace(target)
            flush_folder(target.parent)
        except FileNotFoundError:
            if unfinished.exists() or target.exists():
                continue
            raise
        return


def flush_folder(folder: Path) -> None:
    """Flush the entries of a folder to the disk."""
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def was_left_behind(path: Path) -> bool:
    """Return whether the process that wrote an unfinished file is gone. Of other machines' files: False."""
    host, _, rest = path.name.rpartition(".")[0].rpartition(".")
    return host == socket.gethostname() and rest.isdigit() and not is_running(int(rest))


def is_running(pid: int) -> bool:
    """Return whether a process of this number runs on this machine."""
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True
