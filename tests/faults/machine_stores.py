"""Troubles of an object store: calls that are refused, done and then refused, or late, at any point of a crawl."""

from __future__ import annotations

import random
from collections import Counter
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.faults.ground import BEFORE, WINDOW, Ground, ground, told_ending
from tests.faults.judging import WHOLE, differences
from tests.faults.rows import Result, told

GROUP = "object store"
PLACE = "failing://bucket/archive"
LATE_SECONDS = 0.02
KINDS = {
    "reset": "the connection is reset",
    "refused": "the connection is refused",
    "timeout": "no answer in time",
    "forbidden": "access denied",
    "busy": "reduce your request rate",
    "no bucket": "the bucket is not there",
    "unreachable": "the client's own error: no endpoint",
    "disconnected": "the client's own error: server disconnected",
    "done all the same": "done, and then the connection is reset",
}
LASTING = ("no bucket",)
"""What is not the matter of one call."""
STAYS = 10_000
"""So many calls in a row are as good as all."""


@dataclass(frozen=True, slots=True)
class Stores:
    """The part of the suite about object stores."""

    name: str = "object stores that fail at each call"

    def play(self, folder: Path, *, tries: int, seed: int, beside_bare: bool = False) -> list[Result]:
        """Refuse so many calls of a crawl, of each kind, and then all calls from one on."""
        chance = random.Random(seed)
        with ground(folder) as place:
            calls = _crawl(place)[1]
            once = [_refused(place, kind, calls, tries, chance, stays=kind in LASTING) for kind in KINDS]
            stays = _refused(place, "reset", calls, tries, chance, stays=True)
            got, _ = _crawl(place, {"at": -1, "seconds": LATE_SECONDS})
            late = Result(fault=f"every call takes {LATE_SECONDS:.2f} s longer", group=GROUP, tries=1,
                          expected="exit 0, whole", got=got)  # fmt: skip
            return [*once, stays, late]


def _refused(place: Ground, kind: str, calls: int, tries: int, chance: random.Random, *, stays: bool = False) -> Result:
    points = chance.sample(range(calls), min(tries * 2, calls))
    got = Counter(_then(place, {"at": at, "kind": kind, "times": STAYS if stays else 1}) for at in points)
    what = KINDS[kind] + (", from one call on" if stays else ", at one call")
    return Result(fault=f"{what}", group=GROUP, tries=len(points), expected="nothing lost, then whole", got=told(got))


def _crawl(place: Ground, failure: dict[str, Any] | None = None) -> tuple[str, int]:
    """Crawl into an empty store: the first day calmly, then both. Returns how it went, and the number of calls."""
    place.worker.empty_store()
    place.crawl(PLACE, BEFORE)
    ending = place.crawl(PLACE, WINDOW, store=failure)
    return f"{told_ending(ending)}, {_state(place)}", ending.calls


def _then(place: Ground, failure: dict[str, Any]) -> str:
    """Crawl with a failure, look whether anything is lost, crawl again and look whether everything is there."""
    place.worker.empty_store()
    place.crawl(PLACE, BEFORE)
    ending = place.crawl(PLACE, WINDOW, store=failure)
    if ending.exit_code not in (0, 4) or ending.tracebacks:
        return f"{told_ending(ending)}: {' '.join(ending.tracebacks)[-300:]}"
    place.worker.end_owner(PLACE)
    found = place.worker.rows(PLACE)
    lost = place.before.keys() - {row["article_id"] for row in found}
    again = place.crawl(PLACE, WINDOW)
    after = _state(place) if again.exit_code == 0 else f"exit {again.exit_code}: {again.message}"
    return f"{f'{len(lost)} lost' if lost else 'nothing lost'}, then {after}"


def _state(place: Ground) -> str:
    found = {row["article_id"]: row for row in place.worker.rows(PLACE)}
    # What came through the worker's pipe is text; the articles on the disk are brought into the same form.
    expected = {key: {name: _plain(value) for name, value in row.items()} for key, row in place.undisturbed.items()}
    wrong = differences({key: {n: _plain(v) for n, v in row.items()} for key, row in found.items()}, expected)
    wrong += place.worker.verify(PLACE)
    return ", ".join(wrong)[:300] or WHOLE


def _plain(value: Any) -> Any:
    return value if isinstance(value, int | list | None) else str(value)
