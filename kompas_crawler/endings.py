"""What is told of a run at its end: the record in `runs/`, and what monitors read. Decides nothing about the run."""

from __future__ import annotations

from importlib.metadata import version
from typing import TYPE_CHECKING

from scrapy.settings import BaseSettings

from kompas_crawler.archive import RunRecord
from kompas_crawler.health import LastRun
from kompas_crawler.plan import Plan

if TYPE_CHECKING:
    from kompas_crawler.extensions import RunKeeper  # the keeper imports this module

GROUNDS = ("KOMPAS_CONTACT", "KOMPAS_PERMISSION", "KOMPAS_REPLICA")
"""Settings that say by whom and on what ground a run was made."""


def last_run(keeper: RunKeeper, reason: str) -> LastRun:
    """Return how a run ended, as monitors are told; also of one that never began."""
    return LastRun(
        run_id=keeper.run_id,
        started_at=keeper.started_at,
        finished_at=keeper.now(),
        exit_code=keeper.exit_code,
        finish_reason=reason,
        requests=keeper.lane.departures,
        size_bytes=keeper.lane.size_bytes,
        outcomes={str(outcome): count for outcome, count in keeper.books.counts().items()},
        failures=keeper.books.failures(),
        gates={finding.gate: finding.message for finding in keeper.findings},
        message=keeper.stop_message,
    )


def run_record(keeper: RunKeeper, plan: Plan, settings: BaseSettings, reason: str, exit_code: int) -> RunRecord:
    """Return the record of a run whose books are closed, with what it was asked to do, by whom and on what ground."""
    given = {name.lower(): str(value) for name in GROUNDS if (value := settings[name])}
    return RunRecord(
        run_id=keeper.run_id,
        started_at=keeper.started_at,
        finished_at=keeper.finished_at,
        software_version=version("kompas-crawler"),
        arguments={**plan.as_arguments(), **given},
        exit_code=exit_code,
        finish_reason=reason,
        requests=keeper.lane.departures,
        size_bytes=keeper.lane.size_bytes,
        outcomes=keeper.books.balance().outcomes,
        problems=tuple(finding.message for finding in keeper.findings),
    )
