"""What the site said about being crawled, kept beside a run: its robots.txt as read, and its refusals.

One file for each run, `evidence/<run_id>.json`, plain ASCII: whatever a page holds, a terminal shows it harmlessly.
Knows how it is written; judges nothing.
"""

from __future__ import annotations

import json
import re
from collections import deque
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime
from typing import Any, Final, Self

from kompas_crawler.archive.storage import Storage, write_bytes
from kompas_crawler.site.blocked import Diagnosis

FOLDER: Final = "evidence"

EXCERPT_CHARACTERS: Final = 500
"""So much of a refusal's body is kept."""
KEPT_REFUSALS: Final = 20
"""So many refusals are kept, the last ones: those that ended a run are among them."""

_TELLING: Final = re.compile(
    r"server|via|date|location|retry-after|content-(?:type|length|encoding)|www-authenticate|x-cache|x-served-by"
    r"|cf-.*|x-amzn-waf-.*|x-datadome|x-px-.*|x-sucuri-.*|x-iinfo|x-akamai-.*",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Refusal:
    """One answer by which the site refused the crawl."""

    url: str
    received_at: str
    """ISO 8601, UTC."""
    status: int
    reason: str
    """`forbidden`, `challenge` or `empty_body`."""
    mark: str
    """What told, e.g. `cf-mitigated: challenge`."""
    headers: dict[str, str]
    """Those that say who answered and why."""
    body_start: str

    @classmethod
    def of(cls, url: str, status: int, diagnosis: Diagnosis, headers: Mapping[str, str], body: bytes) -> Self:
        """Return what is worth keeping of a refusal."""
        return cls(
            url=url,
            received_at=_now(),
            status=status,
            reason=diagnosis.reason,
            mark=diagnosis.evidence,
            headers={name: value for name, value in headers.items() if _TELLING.fullmatch(name)},
            # Four bytes are the longest character of UTF-8.
            body_start=body[: 4 * EXCERPT_CHARACTERS].decode("utf-8", "replace")[:EXCERPT_CHARACTERS],
        )

    def __str__(self) -> str:
        return f"{self.url} answered {self.status} ({self.reason}: {self.mark.encode('unicode_escape').decode()})"


@dataclass(frozen=True, slots=True, kw_only=True)
class RobotsReading:
    """One time that one host's robots.txt was asked for."""

    host: str
    read_at: str
    """ISO 8601, UTC."""
    status: int | None
    """Null when there was no answer."""


@dataclass(slots=True)
class Evidence:
    """What the site said in the course of one run."""

    run_id: str
    _robots: dict[str | None, list[RobotsReading]] = field(default_factory=dict)
    _refusals: deque[Refusal] = field(default_factory=lambda: deque(maxlen=KEPT_REFUSALS))

    def read_robots(self, host: str, status: int | None, text: str | None, read_at: datetime | None = None) -> bool:
        """Note the text of a host's robots.txt, null when there was none to be had; return whether it is a new one.

        `read_at` is when an earlier run read it, null when this one did.
        """
        is_new = text not in self._robots
        at = _now() if read_at is None else read_at.isoformat(timespec="seconds")
        reading = RobotsReading(host=host, read_at=at, status=status)
        self._robots.setdefault(text, []).append(reading)
        return is_new

    def refused(self, refusal: Refusal) -> None:
        """Note a refusal."""
        self._refusals.append(refusal)

    def as_json(self) -> dict[str, Any]:
        """Return everything: each text of robots.txt once, with its readings in order, then the refusals."""
        return {
            "run_id": self.run_id,
            "robots": [
                {"text": text, "readings": [asdict(reading) for reading in readings]}
                for text, readings in self._robots.items()
            ],
            "refusals": [asdict(refusal) for refusal in self._refusals],
        }

    def save(self, storage: Storage) -> None:
        """Write the file of this run anew. Raises `ArchiveError`."""
        content = json.dumps(self.as_json(), indent=2, ensure_ascii=True)
        write_bytes(storage, f"{FOLDER}/{self.run_id}.json", content.encode() + b"\n")


def _now() -> str:
    return datetime.now(UTC).isoformat(timespec="seconds")
