"""Real file systems that are full, out of inodes or read-only: mounted for one crawl in a mount namespace of its own.

Only where the machine allows that (root, or unprivileged user namespaces); elsewhere `failing_disk` stands for them.
"""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Callable
from functools import cache
from pathlib import Path

from tests.faults.ground import Ground
from tests.faults.processes import Crawling, Start

_SCRIPT = """
held=$1 there=$2 left=$3 options=$4; shift 4
mount -t tmpfs -o "$options" tmpfs "$there" || exit 97
cp -a "$held"/. "$there" || exit 98
test -z "$READ_ONLY" || mount -o remount,ro "$there" || exit 99
"$@"
code=$?
cp -a "$there"/. "$left"
exit $code
"""
"""Runs what follows with a copy of the archive on a small disk, and puts what is left of it back where that was."""


@cache
def namespace() -> tuple[str, ...] | None:
    """Return the command that makes a mount namespace; None where the machine does not allow it."""
    for command in (("unshare", "-m"), ("unshare", "-rm")):
        if shutil.which("unshare") is None:
            return None
        done = subprocess.run([*command, "mount", "-t", "tmpfs", "tmpfs", "/mnt"], capture_output=True, check=False)
        if done.returncode == 0:
            return command
    return None


def can_mount() -> bool:
    """Return whether small disks can be had."""
    return namespace() is not None


def _on(options: Callable[[Path], str], *, is_read_only: bool = False) -> Callable[[Ground], str]:
    def play(place: Ground) -> str:
        held, there, left = place.archive(), place.place(), place.place()
        there.mkdir()
        left.mkdir()
        words = [*(namespace() or ()), "sh", "-c", _SCRIPT, "sh", str(held), str(there), str(left), options(held)]
        variables = {"KOMPAS_OUTPUT": str(there), "READ_ONLY": "yes" if is_read_only else ""}
        crawling = Crawling(place, left, Start(within=words, environment=variables))
        return f"{crawling.told()}, {place.after(left)}"

    return play


def _size(more_kb: int) -> Callable[[Path], str]:
    def options(held: Path) -> str:
        blocks = sum(-(-path.stat().st_size // 4096) for path in held.rglob("*") if path.is_file())
        return f"size={blocks * 4 + more_kb}k"

    return options


def _inodes(more: int) -> Callable[[Path], str]:
    return lambda held: f"nr_inodes={sum(1 for _ in held.rglob('*')) + 1 + more}"


SMALL_DISKS: tuple[tuple[str, str, Callable[[Ground], str]], ...] = (
    ("a file system with no block left", "exit 4, then whole", _on(_size(0))),
    ("a file system with 16 kB left", "exit 4, then whole", _on(_size(16))),
    ("a file system with 64 kB left", "exit 4, then whole", _on(_size(64))),
    ("a file system with no inode left", "exit 4, then whole", _on(_inodes(0))),
    ("a file system with 6 inodes left", "exit 4, then whole", _on(_inodes(6))),
    ("a file system that is read-only", "exit 4, then whole", _on(lambda _: "size=64m", is_read_only=True)),
)
"""Name, what must come of it, and how it is played."""
