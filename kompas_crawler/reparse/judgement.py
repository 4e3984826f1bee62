"""The judgement of a reparse: what deviates in its rows, and which of these rows are withheld for it.

Knows the staged rows of the run. Refuses to know what is usual (`measured`), and how records are withheld
(`archive.quarantine`).
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from datetime import UTC, datetime
from typing import Any

from kompas_crawler.archive import Decision, staging
from kompas_crawler.archive.months import Month
from kompas_crawler.archive.quarantine import decide, decisions
from kompas_crawler.archive.storage import Storage
from kompas_crawler.quality import Baseline
from kompas_crawler.reparse.measured import Deviation, Measured, deviations


def judged(
    storage: Storage, run_id: str, measured: Measured, baseline_near: Callable[[Month], Baseline]
) -> Decision | None:
    """Return what is withheld of a run, durably decided; null when nothing is.

    A decision that was made already, by a start of the same run that died, stands. Raises `ArchiveError`.
    """
    made = decisions(storage, run_id)
    if made:
        return made[0]
    found = list(deviations(measured, baseline_near))
    if not found:
        return None
    keys, fetches = set(), []
    for row in _staged(storage, run_id):
        if any(_concerns(one, row["article_id"], row["section"]) for one in found):
            keys.add(row["article_id"])
            fetches.append(row["fetched_at"])
    now = datetime.now(UTC)
    decision = Decision(
        run_id=run_id,
        number=1,
        decided_at=now.isoformat(timespec="seconds"),
        since=min(fetches, default=now).astimezone(UTC).isoformat(),
        findings=_told(found),
        cells=tuple(sorted({(one.finding.measure, name) for one in found for name in one.finding.sections})),
        withheld=tuple(sorted(keys)),
        unparsed=(),
    )
    decide(storage, decision)
    return decision


def _concerns(deviation: Deviation, article_id: str, section: str) -> bool:
    is_of_month = deviation.month is None or Month.of_key(article_id) == deviation.month
    return is_of_month and section in deviation.finding.sections


def _staged(storage: Storage, run_id: str) -> Iterator[dict[str, Any]]:
    columns = ("article_id", "section", "fetched_at")
    for batch in staging.batches(storage):
        if batch.run_id == run_id and batch.kind == "articles":
            for table in staging.read_batch(storage, batch, columns=columns):
                yield from table.to_pylist()


def _told(found: Sequence[Deviation]) -> tuple[str, ...]:
    """Return the findings for people, with the month of those that are of one."""
    return tuple(
        str(one.finding) if one.month is None else f"{one.month.year:04}-{one.month.month:02}: {one.finding}"
        for one in found
    )
