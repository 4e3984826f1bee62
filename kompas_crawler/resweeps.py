"""Which days are due to be walked again because they are some days old. Pure: walks and the time in, days out.

Articles come late, and some are taken back: a day is walked once more when its age passes each mark. What is due
follows from the walks that the archive holds, so that nights without a run are made up for.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

from kompas_crawler.archive.coverage import end_of_day
from kompas_crawler.errors import UsageError
from kompas_crawler.items import Walk
from kompas_crawler.site.dates import WIB, wib_day

CURRENT_WITHIN = timedelta(days=1)
"""A walk that began within this time of the day's end was made to keep current, and not to fill in the past."""


@dataclass(frozen=True, slots=True)
class Resweeps:
    """When days are walked again."""

    marks: tuple[int, ...] = (1, 7, 31)
    """Ages in days, rising. A day is 1 day old when the next one begins (WIB)."""
    reach: int = 38
    """Older days are never walked on our own accord."""

    def due(self, walks: Sequence[Walk], site: str, now: datetime) -> tuple[date, ...]:
        """Return the days before today that are due for a walk along the list of `site`, newest first.

        Due is a day whose walks that reached the end all began before it passed its latest mark. A day without any is
        due too when it is not older than the first one that was walked to keep current: runs since then left it out.
        """
        today = wib_day(now)
        first = self._first_current(walks, site, today)
        begun = latest_starts(walk for walk in walks if walk.site == site)
        return tuple(
            day
            for day in (today - timedelta(days=age) for age in range(1, self.reach + 1))
            if (day in begun or (first is not None and day >= first)) and self._is_due(day, begun.get(day), today)
        )

    def _is_due(self, day: date, begun: datetime | None, today: date) -> bool:
        passed = [mark for mark in self.marks if mark <= (today - day).days]
        if not passed:
            return False
        return begun is None or begun < _midnight(day + timedelta(days=passed[-1]))

    def _first_current(self, walks: Sequence[Walk], site: str, today: date) -> date | None:
        since = today - timedelta(days=self.reach)
        days = (
            walk.day
            for walk in walks
            if walk.site == site and walk.day >= since and walk.started_at < end_of_day(walk.day) + CURRENT_WITHIN
        )
        return min(days, default=None)


def latest_starts(walks: Iterable[Walk]) -> dict[date, datetime]:
    """Return when the last walk that reached the end of its day's list began, by day."""
    begun: dict[date, datetime] = {}
    for walk in walks:
        if walk.is_finished:
            begun[walk.day] = max(begun.get(walk.day, walk.started_at), walk.started_at)
    return begun


def read_resweeps(marks: str, reach: int) -> Resweeps:
    """Return the plan that the settings ask for. Raises `UsageError` for marks that are no rising whole days.

    >>> read_resweeps("1, 7", 38).marks, read_resweeps("", 38).marks
    ((1, 7), ())
    """
    try:
        days = tuple(int(word) for word in marks.split(",") if word.strip())
    except ValueError:
        days = (0,)
    if any(day < 1 for day in days) or list(days) != sorted(set(days)):
        message = f"KOMPAS_RESWEEP_DAYS={marks!r} is not usable; give rising whole days of age, e.g. 1,7,31"
        raise UsageError(message)
    return Resweeps(days, reach)


def _midnight(day: date) -> datetime:
    return datetime.combine(day, time(), WIB)
