"""What makes a crawl one of a fleet: its lane, and how it sees the archive while another commits.

Knows the settings that say so. A crawl that commits later may also be started by hand; then it has a lane of its own.
"""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from datetime import datetime
from pathlib import Path
from typing import Final

from scrapy.crawler import Crawler
from scrapy.settings import BaseSettings

from kompas_crawler.archive import Archive
from kompas_crawler.archive.excerpt import excerpt, staged_articles, take_in
from kompas_crawler.errors import UsageError
from kompas_crawler.fleet.remote_lane import RemoteLane
from kompas_crawler.fleet.wire import LaneAddress
from kompas_crawler.lane import Lane
from kompas_crawler.plan import Plan

NOW: Final = "now"
LATER: Final = "later"


def commits_later(settings: BaseSettings) -> bool:
    """Return whether a run only stages. Raises `UsageError` for a setting that says neither."""
    if settings["KOMPAS_COMMIT"] not in (NOW, LATER):
        raise UsageError(f"KOMPAS_COMMIT={settings['KOMPAS_COMMIT']!r} is not usable; allowed: {NOW}, {LATER}")
    return bool(settings["KOMPAS_COMMIT"] == LATER)


def lane_of(crawler: Crawler, run_id: str, now: Callable[[], datetime], stop: Callable[[int, str, str], None]) -> Lane:
    """Return the lane of a run: that of its fleet, or one of its own. Raises `UsageError` for unusable settings."""
    address = crawler.settings["KOMPAS_LANE"]
    if address:
        return RemoteLane(crawler, LaneAddress.parse(address), run_id, now, stop)
    return Lane.from_crawler(crawler, now)


@contextmanager
def seen_by_unit(archive: Archive, plan: Plan, lane: Lane) -> Iterator[Archive]:
    """Give the archive as a run sees it that only stages, until the block ends.

    It knows what the last commit held of the days of the plan and, in a fleet, what earlier attempts at the same unit
    have staged since. Raises `ArchiveError`.
    """
    with tempfile.TemporaryDirectory(prefix="kompas-") as folder:
        path = Path(folder) / "excerpt.sqlite"
        if isinstance(lane, RemoteLane):
            staged = staged_articles(archive.storage, f"{lane.unit}-")
            path.write_bytes(lane.brief())
            take_in(path, staged)
        else:
            path.write_bytes(excerpt(archive.index_path, plan.since, plan.until))
        with closing(Archive(archive.location, excerpt=path)) as seen:
            yield seen
