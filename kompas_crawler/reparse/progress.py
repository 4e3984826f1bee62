"""What of a reparse is done, so that one that was killed goes on where it was. Files in the archive.

`reparse/<run_id>/plan.json` says what was begun, `reparse/<run_id>/<number>.json` what one unit came to; that file
appears when everything the unit staged is durable. All of it goes when the run has its record.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from hashlib import blake2b
from typing import Final, Self

from kompas_crawler.archive.staging import check_run_id
from kompas_crawler.archive.storage import Storage, read, write_bytes
from kompas_crawler.errors import ArchiveError
from kompas_crawler.reparse.task import Report
from kompas_crawler.reparse.units import Unit
from kompas_crawler.site.layouts import LAYOUTS

FOLDER: Final = "reparse"
_PLAN: Final = "plan.json"


def identity_of(units: Sequence[Unit], arguments: dict[str, str], software_version: str) -> str:
    """Return what two starts of one reparse have in common: the same work by the same parser."""
    parsers = {layout.name: layout.parser_version for layout in LAYOUTS}
    content = json.dumps([[repr(unit) for unit in units], arguments, software_version, parsers], sort_keys=True)
    return blake2b(content.encode(), digest_size=16).hexdigest()


@dataclass(frozen=True, slots=True)
class Progress:
    """The progress of one reparse."""

    storage: Storage
    run_id: str
    started_at: datetime
    """Aware."""
    is_resumed: bool

    @classmethod
    def begin(cls, storage: Storage, identity: str, run_id: str, started_at: datetime) -> Self:
        """Return the progress of a reparse of that identity that was interrupted; else of a new one, as it is noted.

        What others have left behind that were never ended is removed: what they staged is in the archive, or will be.
        """
        found = None
        for path in storage.files(FOLDER):
            if path.endswith(f"/{_PLAN}"):
                plan = _json(storage, path)
                if plan.get("identity") == identity and found is None:
                    run, at = str(plan["run_id"]), datetime.fromisoformat(plan["started_at"])
                    found = cls(storage, check_run_id(run), at, is_resumed=True)
        progress = found or cls(storage, run_id, started_at, is_resumed=False)
        for path in storage.files(FOLDER):
            if not path.startswith(f"{FOLDER}/{progress.run_id}/"):
                storage.delete(path)
        if found is None:
            plan = {"identity": identity, "run_id": run_id, "started_at": started_at.isoformat()}
            write_bytes(storage, f"{FOLDER}/{run_id}/{_PLAN}", json.dumps(plan, indent=1).encode())
        return progress

    def done(self, unit: str) -> Report | None:
        """Return what a unit came to; null when it is not done."""
        path = self._file(unit)
        content = read(self.storage, path)
        if content is None:
            return None
        try:
            return Report.from_json(json.loads(content))
        except (ValueError, KeyError, TypeError) as error:
            raise _damaged(self.storage, path) from error

    def note(self, unit: str, report: Report) -> None:
        """Note that a unit is done. What it staged must be durable."""
        write_bytes(self.storage, self._file(unit), json.dumps(report.as_json()).encode())

    def end(self) -> None:
        """Forget everything: the run has its record."""
        for path in self.storage.files(f"{FOLDER}/{self.run_id}"):
            self.storage.delete(path)

    def _file(self, unit: str) -> str:
        return f"{FOLDER}/{self.run_id}/{blake2b(unit.encode(), digest_size=12).hexdigest()}.json"


def _json(storage: Storage, path: str) -> dict[str, str]:
    try:
        found = json.loads(read(storage, path) or b"")
    except ValueError as error:
        raise _damaged(storage, path) from error
    if not isinstance(found, dict):
        raise _damaged(storage, path)
    return found


def _damaged(storage: Storage, path: str) -> ArchiveError:
    return ArchiveError(f"{path} in {storage.location} is damaged: remove it, and start the reparse again")
