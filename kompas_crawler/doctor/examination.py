"""The examination: every check of the doctor in order, each told what the ones before it found."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from contextlib import closing
from dataclasses import dataclass
from datetime import UTC, datetime
from http.client import HTTPException

from scrapy.settings import BaseSettings

from kompas_crawler.archive import Archive
from kompas_crawler.archive.storage import Storage
from kompas_crawler.doctor import archive as archives
from kompas_crawler.doctor import settings as given
from kompas_crawler.doctor import site, surroundings
from kompas_crawler.doctor.findings import Finding, Level, fault
from kompas_crawler.errors import ArchiveError, UsageError
from kompas_crawler.permission import read_identity
from kompas_crawler.quiet_hours import parse_quiet_hours
from kompas_crawler.standing.status import Holder, last_runs, lock_holder


@dataclass(frozen=True, slots=True, kw_only=True)
class Examination:
    """What the doctor found."""

    archive: str
    """What KOMPAS_OUTPUT names."""
    faults: int
    """Number of findings that stop a crawl."""
    warnings: int
    """Number of findings that do not, and should be looked at."""
    findings: tuple[Finding, ...]
    """Everything that was looked at, in order."""


@dataclass(frozen=True, slots=True)
class _Archive:
    """What the archive told."""

    findings: tuple[Finding, ...]
    holder: Holder | None = None
    """Who holds its lock."""
    last_run_at: datetime | None = None
    """When the last run on record ended."""


def examine(
    settings: BaseSettings, environment: Mapping[str, str], *, is_offline: bool, least_free_bytes: float
) -> Examination:
    """Return what was found; `least_free_bytes` is what has to be free on the disk."""
    now = datetime.now(UTC)
    output = str(settings["KOMPAS_OUTPUT"] or "")
    permission = tuple(given.of_permission(settings))
    may_ask = all(finding.level is not Level.FAULT for finding in permission)
    held = _archive(output, settings, now, least_free_bytes)
    reason = "with --offline" if is_offline else _why_not_asked(settings, held.holder, may_ask=may_ask)
    asked, site_at = ([site.left_out(reason)], None) if reason is not None else _ask(settings)
    findings = (
        *surroundings.of_python(),
        *surroundings.of_versions(),
        *given.of_settings(settings, environment),
        *permission,
        *asked,
        *held.findings,
        *surroundings.of_clock(now, last_run_at=held.last_run_at, site_at=site_at),
        *surroundings.of_browser(settings["KOMPAS_BROWSER"]),
        *surroundings.of_cron(environment, output),
    )
    counts = Counter(finding.level for finding in findings)
    return Examination(archive=output, faults=counts[Level.FAULT], warnings=counts[Level.WARNING], findings=findings)


def _archive(output: str, settings: BaseSettings, now: datetime, least_free_bytes: float) -> _Archive:
    if not output:
        return _Archive((fault("archive", "KOMPAS_OUTPUT is empty", "name one, e.g. -s KOMPAS_OUTPUT=output"),))
    findings: list[Finding] = []
    try:
        with closing(Archive(output)) as archive:
            findings += archives.of_writing(archive.storage)
            findings += archives.of_disk(archive.storage, least_free_bytes)
            findings += archives.of_kind(archive.storage, settings["KOMPAS_REPLICA"])
            holder = lock_holder(archive.storage)
            findings += archives.of_lock(holder, now)
            findings += archives.of_index(archive)
            findings += archives.of_leftovers(archive.storage, holder)
            # The clock of a replica's runs may be any (KOMPAS_CLOCK).
            last_run_at = None if settings["KOMPAS_REPLICA"] else _last_run_at(archive.storage)
    except ArchiveError as error:
        findings.append(fault("archive", str(error), "do as it says; `scrapy verify` says more"))
        return _Archive(tuple(findings))
    return _Archive(tuple(findings), holder, last_run_at)


def _last_run_at(storage: Storage) -> datetime | None:
    runs = last_runs(storage, 1)
    return runs[0].finished_at or runs[0].started_at if runs else None


def _why_not_asked(settings: BaseSettings, holder: Holder | None, *, may_ask: bool) -> str | None:
    """Return why the site is not asked for its robots.txt; null when it is."""
    if not may_ask:
        return "contact or permission are missing"
    if holder is not None and not holder.is_dead:
        return f"{holder.run_id} is under way and has the site to itself"
    try:
        quiet = parse_quiet_hours(settings["KOMPAS_QUIET_HOURS"])
    except UsageError:
        return "KOMPAS_QUIET_HOURS cannot be used"
    return f"quiet hours ({quiet})" if quiet is not None and quiet.until(datetime.now(UTC)) else None


def _ask(settings: BaseSettings) -> tuple[list[Finding], datetime | None]:
    """Return what robots.txt means, and what the live site's clock showed; null where that is not known."""
    identity = read_identity(
        contact=settings["KOMPAS_CONTACT"],
        permission=settings["KOMPAS_PERMISSION"],
        replica=settings["KOMPAS_REPLICA"],
    )
    try:
        reading = site.read_robots(identity)
    except (OSError, HTTPException) as error:
        return [site.unreachable(error)], None
    found = list(site.of_robots(reading, has_permission=bool(identity.permission)))
    return found, None if identity.replica else reading.dated_at
