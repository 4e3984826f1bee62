"""Whether an article that the archive holds is due to be looked at again. Pure: what is known and the time in."""

from __future__ import annotations

from datetime import datetime, timedelta

from kompas_crawler.archive import Known

INCOMPLETE_AFTER = timedelta(days=1)
"""An article whose parts were not all read is tried again after this time, …"""
INCOMPLETE_UNTIL = timedelta(days=31)
"""… until it is this old: parts that are still missing then are not coming."""


def is_due(known: Known, now: datetime) -> bool:
    """Return whether a held article should be fetched again although nothing says that it changed."""
    if known.is_gone or known.is_complete:
        return False
    is_young = now - known.published_at < INCOMPLETE_UNTIL
    return is_young and now - known.fetched_at >= INCOMPLETE_AFTER
