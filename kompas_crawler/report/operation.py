"""How the archive was made: the last runs with their books and gates, and how the site was asked.

Knows runs and visits. Refuses to know what was read.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final

import pyarrow as pa
import pyarrow.compute as pc

from kompas_crawler.items import Outcome
from kompas_crawler.report.reading import Source, Tally

RUNS_SHOWN: Final = 20
DAYS_SHOWN: Final = 14
"""Requests are shown by the hour for so many days before the last one."""


@dataclass(frozen=True, slots=True)
class Run:
    """One run."""

    run_id: str
    started_at: datetime
    seconds: float | None
    """Null when it was killed."""
    arguments: Mapping[str, str]
    exit_code: int | None
    finish_reason: str | None
    requests: int
    size_bytes: int
    outcomes: Mapping[Outcome, int]
    problems: tuple[str, ...]

    @property
    def met(self) -> int:
        """Addresses in its books: each ended in one outcome."""
        return sum(self.outcomes.values())


@dataclass(frozen=True, slots=True)
class Operation:
    """How the archive was made."""

    runs: int
    last: tuple[Run, ...]
    """Newest first."""
    failed: int
    """Of all runs, those that did not end with exit code 0."""
    hours: Mapping[datetime, int]
    """Addresses answered by hour of the last `DAYS_SHOWN` days; hours without any are left out."""
    busiest: tuple[datetime, int] | None
    """The hour with most answers, of all times."""
    statuses: Mapping[str, int]
    """Addresses by the HTTP status of their last answer; `none` where none came."""
    seconds: float | None
    """Median time of an answer."""


def operation_of(source: Source) -> Operation:
    """Return the runs of an archive and its requests, of whatever days they were about."""
    columns = ("run_id", "started_at", "finished_at", "arguments", "exit_code", "finish_reason", "requests")
    rows = source.rows("runs", (*columns, "size_bytes", "problems", *map(str, Outcome)))
    rows.sort(key=lambda row: row["started_at"], reverse=True)
    hours, statuses, seconds = _requests(source)
    latest = max(hours, default=None)
    recent = {} if latest is None else {at: n for at, n in hours.items() if latest - at < timedelta(days=DAYS_SHOWN)}
    return Operation(
        runs=len(rows),
        last=tuple(_run(row) for row in rows[:RUNS_SHOWN]),
        failed=sum(row["exit_code"] != 0 for row in rows),
        hours=dict(sorted(recent.items())),
        busiest=max(hours.items(), key=lambda pair: pair[1], default=None),
        statuses=statuses,
        seconds=seconds,
    )


def _requests(source: Source) -> tuple[dict[datetime, int], Counter[str], float | None]:
    """Return answers by hour and by status, and the median seconds of one."""
    hours, statuses = Tally("hour"), Tally("status")
    waits: list[pa.Array] = []
    for chunk in source.chunks("visits", ("visited_at", "status", "seconds", "outcome")):
        asked = pc.or_(pc.is_valid(chunk["status"]), pc.is_valid(chunk["seconds"]))
        unanswered = pc.is_in(chunk["outcome"], pa.array([Outcome.FAILED, Outcome.BLOCKED], pa.string()))
        rows = chunk.filter(pc.or_(asked, unanswered))
        statuses.add(rows)
        rows = rows.filter(pc.is_valid(rows["status"]))
        hours.add(pa.table({"hour": pc.floor_temporal(rows["visited_at"], unit="hour")}))
        waits += [part.drop_null().cast(pa.float32()) for part in rows["seconds"].chunks]
    by_status = Counter(
        {"none" if row["status"] is None else str(row["status"]): row["count"] for row in statuses.rows()}
    )
    seconds = pa.chunked_array(waits, pa.float32())
    median = pc.quantile(seconds, 0.5)[0].as_py() if len(seconds) else None
    return {row["hour"]: row["count"] for row in hours.rows()}, by_status, median


def _run(row: Mapping[str, Any]) -> Run:
    finished = row["finished_at"]
    return Run(
        run_id=row["run_id"],
        started_at=row["started_at"],
        seconds=None if finished is None else (finished - row["started_at"]).total_seconds(),
        arguments=json.loads(row["arguments"]),
        exit_code=row["exit_code"],
        finish_reason=row["finish_reason"],
        requests=row["requests"],
        size_bytes=row["size_bytes"],
        outcomes={outcome: row[outcome] for outcome in Outcome if row[outcome]},
        problems=tuple(row["problems"]),
    )
