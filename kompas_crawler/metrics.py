"""The health of a crawl in Prometheus' text format: names, units and labels of every metric.

Knows Prometheus. Refuses to measure and to write files. The registry is one of its own: nothing of this process, and
nothing that other libraries count, is in it.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import TYPE_CHECKING, Final

from prometheus_client import CollectorRegistry, Gauge, generate_latest

if TYPE_CHECKING:
    from kompas_crawler.health import Health  # which imports this module to write itself

HELP: Final[Mapping[str, str]] = {
    "kompas_crawler_info": "1; the label version is that of the software",
    "kompas_last_run_timestamp_seconds": "End of the last run, also of one that failed or was refused",
    "kompas_last_run_duration_seconds": "Duration of the last run",
    "kompas_last_run_exit_code": "0 complete, 1 a gate failed, 2 usage or permission, 3 blocked, 4 storage, 5 locked",
    "kompas_last_run_requests": "Requests that the last run sent",
    "kompas_last_run_received_bytes": "Bytes that the last run received",
    "kompas_last_run_addresses": "Addresses of the last run by outcome",
    "kompas_last_run_failures": "Addresses of the last run that ended failed, blocked or unparsed, by reason",
    "kompas_last_run_gate_failed": "1 for each gate that the last run did not pass",
    "kompas_last_success_timestamp_seconds": "End of the last run that was complete (exit code 0)",
    "kompas_coverage_listed_articles": "Articles that the index listed for the last seven days that are over (WIB)",
    "kompas_coverage_held_articles": "Of those, articles that are held",
    "kompas_coverage_failed_articles": "Of those, articles that are missing without a good reason",
    "kompas_coverage_ratio": "held / (held + failed) of those days",
    "kompas_coverage_complete_days": "How many of those days are complete",
    "kompas_publication_lag_median_seconds": "From publication to fetch of what the last run added, median",
    "kompas_publication_lag_max_seconds": "The same, the longest",
    "kompas_disk_free_bytes": "Free space of the file system that holds the archive",
    "kompas_disk_size_bytes": "Size of that file system",
    "kompas_quarantined_runs": "Runs of which something was withheld from the tables and waits for a person",
    "kompas_lock_held": "1 while another process held the archive when this was written, else 0",
    "kompas_lock_since_timestamp_seconds": "Since when it was held",
}
"""Every metric. All are gauges with the label `archive`; one whose value is not known is absent."""


def exposition(health: Health) -> bytes:
    """Return the content of `health.prom`."""
    registry = CollectorRegistry()
    gauges: dict[str, Gauge] = {}
    for name, labels, value in _samples(health):
        labels = {"archive": health.archive, **labels}
        gauge = gauges.get(name) or Gauge(name, HELP[name], list(labels), registry=registry)
        gauges[name] = gauge
        gauge.labels(**labels).set(value)
    return generate_latest(registry)


def _samples(health: Health) -> Iterable[tuple[str, dict[str, str], float]]:
    """Yield name, labels and value of everything that is known."""
    run = health.last_run
    yield "kompas_crawler_info", {"version": health.software_version}, 1
    yield "kompas_last_run_timestamp_seconds", {}, _seconds(run.finished_at)
    yield "kompas_last_run_duration_seconds", {}, (run.finished_at - run.started_at).total_seconds()
    yield "kompas_last_run_exit_code", {}, run.exit_code
    yield "kompas_last_run_requests", {}, run.requests
    yield "kompas_last_run_received_bytes", {}, run.size_bytes
    for outcome, count in run.outcomes.items():
        yield "kompas_last_run_addresses", {"outcome": outcome}, count
    for kind, count in run.failures.items():
        outcome, _, reason = kind.partition(": ")
        yield "kompas_last_run_failures", {"outcome": outcome, "reason": reason}, count
    for gate in run.gates:
        yield "kompas_last_run_gate_failed", {"gate": gate}, 1
    if health.last_success_at:
        yield "kompas_last_success_timestamp_seconds", {}, _seconds(health.last_success_at)
    yield from _of_the_archive(health)


def _of_the_archive(health: Health) -> Iterable[tuple[str, dict[str, str], float]]:
    if coverage := health.coverage:
        yield "kompas_coverage_listed_articles", {}, coverage.listed
        yield "kompas_coverage_held_articles", {}, coverage.held
        yield "kompas_coverage_failed_articles", {}, coverage.failed
        yield "kompas_coverage_complete_days", {}, coverage.complete_days
        if coverage.share is not None:
            yield "kompas_coverage_ratio", {}, coverage.share
    if lag := health.lag:
        yield "kompas_publication_lag_median_seconds", {}, lag.median_seconds
        yield "kompas_publication_lag_max_seconds", {}, lag.max_seconds
    if disk := health.disk:
        yield "kompas_disk_free_bytes", {}, disk.free_bytes
        yield "kompas_disk_size_bytes", {}, disk.total_bytes
    if health.quarantined_runs is not None:
        yield "kompas_quarantined_runs", {}, health.quarantined_runs
    yield "kompas_lock_held", {}, int(health.lock is not None)
    if health.lock:
        yield "kompas_lock_since_timestamp_seconds", {}, _seconds(datetime.fromisoformat(health.lock.since))


def _seconds(instant: datetime) -> float:
    return round(instant.timestamp(), 3)
