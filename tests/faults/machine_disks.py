"""Troubles of the disk: full, broken, read-only, out of inodes or handles, at each of the changes that a crawl makes.

First an undisturbed crawl tells which kinds of changes there are; then each kind is refused in turn, at the first
change, the last, or one that the seed chooses. A disk that is full stays full; anything else strikes once.
"""

from __future__ import annotations

import errno
import os
import random
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from tests.faults.ground import Ground, ground, told_ending
from tests.faults.rows import Result, told

GROUP = "disk"
EXPECTED = "exit 4, then whole"
ONCE = (errno.EIO, errno.EROFS, errno.EDQUOT, errno.EACCES, errno.EMFILE, errno.ENFILE, errno.ESTALE, errno.ENOTCONN)
"""Numbers that are tried on changes of any kind: broken, read-only, quota, rights, handles, network file systems."""
OF_MONITORS = ("health.json", "health.prom")
"""Written last, for monitors: what refuses them does not spoil the run."""
OF_NO_WEIGHT = ("index.sqlite-seal",)
"""Notes that spare work: without them it is done again."""


@dataclass(frozen=True, slots=True)
class Disks:
    """The part of the suite about disks."""

    name: str = "disks that fail at each change"

    def play(self, folder: Path, *, tries: int, seed: int, beside_bare: bool = False) -> list[Result]:
        """Try every kind of change so often."""
        chance = random.Random(seed)
        with ground(folder) as place:
            changes = place.crawl(place.archive(), disk={}).changes
            return [
                *(_full(place, kind, changes, tries, chance) for kind in sorted(set(changes)) if _needs_room(kind)),
                *(_once(place, number, changes, tries, chance) for number in ONCE),
            ]


def _needs_room(kind: str) -> bool:
    return kind.partition(" ")[0] in ("open", "mkdir", "fsync", "write", "pwrite", "rename")


def _full(place: Ground, kind: str, changes: list[str], tries: int, chance: random.Random) -> Result:
    count = _before_monitors(changes)[kind] or Counter(changes)[kind]
    got = Counter(_try(place, kind, at, errno.ENOSPC, stays=True) for at in _chosen(count, tries, chance))
    expected = "exit 0, then whole" if kind.endswith((*OF_MONITORS, *OF_NO_WEIGHT)) else EXPECTED
    return Result(fault=f"disk full from this change on: {kind}", group=GROUP, tries=got.total(),
                  expected=expected, got=told(got))  # fmt: skip


def _once(place: Ground, number: int, changes: list[str], tries: int, chance: random.Random) -> Result:
    found = _before_monitors(changes)
    kinds = chance.sample(sorted(found), min(len(found), tries + 1))
    got = Counter(_try(place, kind, chance.randrange(found[kind]), number, stays=False) for kind in kinds)
    return Result(fault=f"a change refused once: {os.strerror(number)}", group=GROUP, tries=got.total(),
                  expected=EXPECTED, got=told(got))  # fmt: skip


def _before_monitors(changes: list[str]) -> Counter[str]:
    """Return how often each kind comes before the first file for monitors is written."""
    first = next((n for n, kind in enumerate(changes) if kind.endswith(OF_MONITORS)), len(changes))
    # The file for monitors is written beside the tables first, and then renamed.
    return Counter(kind for kind in changes[: max(0, first - 3)] if not kind.endswith(OF_NO_WEIGHT))


def _chosen(count: int, tries: int, chance: random.Random) -> Iterator[int]:
    """Yield the first, then others that are chosen by the seed."""
    yield 0
    yield from chance.sample(range(1, count), min(tries, count) - 1) if count > 1 else ()


def _try(place: Ground, kind: str, at: int, number: int, *, stays: bool) -> str:
    output = place.archive()
    ending = place.crawl(output, disk={"kind": kind, "at": at, "number": number, "stays": stays})
    said = told_ending(ending) if ending.has_struck else f"{told_ending(ending)}, not struck"
    return f"{said}, {place.after(output)}"
