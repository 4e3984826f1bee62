"""Which units are done, so that what was killed goes on where it was. Files in the archive.

`<folder>/<run_id>/plan.json` says what was begun, `<folder>/<run_id>/<number>.json` what one unit came to; that file
appears when everything the unit staged is durable. All of it goes when the run has its record. Knows neither what the
units do nor what they report.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from hashlib import blake2b
from typing import Any, Final, Self, TypeVar

from kompas_crawler.archive.staging import check_run_id
from kompas_crawler.archive.storage import Storage, read, write_bytes
from kompas_crawler.errors import ArchiveError

Report = TypeVar("Report")

_PLAN: Final = "plan.json"


@dataclass(frozen=True, slots=True)
class Progress:
    """The progress of one run that is made of units."""

    storage: Storage
    folder: str
    """`reparse` or `backfill`."""
    run_id: str
    started_at: datetime
    """Aware."""
    is_resumed: bool

    @classmethod
    def begin(cls, storage: Storage, folder: str, identity: str, run_id: str, started_at: datetime) -> Self:
        """Return the progress of a run of that identity that was interrupted; else of a new one, as it is noted.

        `identity` is what two starts of the same work have in common.

        What others have left behind that were never ended is removed: what they staged is in the archive, or will be.
        """
        found = None
        for path in storage.files(folder):
            if path.endswith(f"/{_PLAN}"):
                plan = _json(storage, path)
                if plan.get("identity") == identity and found is None:
                    run, at = str(plan["run_id"]), datetime.fromisoformat(plan["started_at"])
                    found = cls(storage, folder, check_run_id(run), at, is_resumed=True)
        progress = found or cls(storage, folder, run_id, started_at, is_resumed=False)
        for path in storage.files(folder):
            if not path.startswith(f"{folder}/{progress.run_id}/"):
                storage.delete(path)
        if found is None:
            plan = {"identity": identity, "run_id": run_id, "started_at": started_at.isoformat()}
            write_bytes(storage, f"{folder}/{run_id}/{_PLAN}", json.dumps(plan, indent=1).encode())
        return progress

    def done(self, unit: str, parse: Callable[[Mapping[str, Any]], Report]) -> Report | None:
        """Return what a unit came to, as `parse` makes it of what was noted; null when it is not done."""
        path = self._file(unit)
        content = read(self.storage, path)
        if content is None:
            return None
        try:
            return parse(json.loads(content))
        except (ValueError, KeyError, TypeError) as error:
            raise _damaged(self.storage, path) from error

    def note(self, unit: str, report: Mapping[str, Any]) -> None:
        """Note that a unit is done. What it staged must be durable."""
        write_bytes(self.storage, self._file(unit), json.dumps(report).encode())

    def end(self) -> None:
        """Forget everything: the run has its record."""
        for path in self.storage.files(f"{self.folder}/{self.run_id}"):
            self.storage.delete(path)

    def _file(self, unit: str) -> str:
        return f"{self.folder}/{self.run_id}/{blake2b(unit.encode(), digest_size=12).hexdigest()}.json"


def _json(storage: Storage, path: str) -> dict[str, str]:
    try:
        found = json.loads(read(storage, path) or b"")
    except ValueError as error:
        raise _damaged(storage, path) from error
    if not isinstance(found, dict):
        raise _damaged(storage, path)
    return found


def _damaged(storage: Storage, path: str) -> ArchiveError:
    return ArchiveError(f"{path} in {storage.location} is damaged: remove it, and start again")
