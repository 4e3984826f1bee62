"""When an article that the archive holds is looked at again. Pure: what is known of it in, an instant out.

Most changes come within a day of publication (SITE_FACTS 8), so articles are looked at when they reach certain ages.
One that was found changed is looked at once more soon after; one that never changes only at the marks, which lie
further and further apart. Articles of which less is held than there was to read are tried again daily. What a sitemap
says, where its word is good (`trust`), takes the place of looks.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from kompas_crawler.archive import Known
from kompas_crawler.archive.announcements import Told
from kompas_crawler.errors import UsageError

INCOMPLETE_AFTER = timedelta(days=1)
"""An article whose parts were not all read is tried again after this time, …"""
INCOMPLETE_UNTIL = timedelta(days=31)
"""… until it is this old: parts that are still missing then are not coming."""
LIST_LAYOUT = "list"
"""Layout of rows that are known from lists only."""


@dataclass(frozen=True, slots=True)
class Revisits:
    """When articles are looked at again."""

    marks: tuple[timedelta, ...] = ()
    """Ages, rising: an article is due when it passes one after it was looked at last."""
    after_change: timedelta | None = None
    """One that was found changed is due again after this time; null for no such look."""
    after_failure: timedelta = timedelta(hours=6)
    """After a look that failed, the next one is not made before this time has passed."""
    after_hint: timedelta = timedelta(hours=6)
    """A list that prints another headline than is held is believed when the last look is this old: some lists always
    print another one."""
    after_word: timedelta = timedelta()
    """An article that a sitemap calls unchanged is not looked at before this time has passed: the next reading of the
    sitemap comes first."""

    control: float = 1.0
    """Share of the articles that are looked at without a sitemap's advice."""

    @property
    def reach(self) -> timedelta:
        """Articles older than this are never due but for a change that was just found."""
        return max((*self.marks, INCOMPLETE_UNTIL))

    def due_at(self, known: Known, failed_at: datetime | None = None, told: Told | None = None) -> datetime | None:
        """Return when a held article is to be looked at next, null for never.

        `failed_at` is when the last look was made if it gave nothing. `told` is what a sitemap said last, null where it
        said nothing or its word is not good. An article of which only the lists are known is due from its publication
        on.
        """
        if known.layout == LIST_LAYOUT:
            return known.published_at
        looked_at = known.last_seen_at if known.gone_at is None else max(known.last_seen_at, known.gone_at)
        candidates = self._blind(known, looked_at) if told is None else self._advised(known, looked_at, told)
        if not known.is_complete and not known.is_gone and looked_at - known.published_at < INCOMPLETE_UNTIL:
            candidates.append(looked_at + INCOMPLETE_AFTER)
        due = min(candidates, default=None)
        if due is not None and failed_at is not None and failed_at > looked_at:
            return max(due, failed_at + self.after_failure)
        return due

    def _blind(self, known: Known, looked_at: datetime) -> list[datetime]:
        """Return the times for looks at an article of which nothing is known but what earlier looks found."""
        due = [known.published_at + mark for mark in self.marks if known.published_at + mark > looked_at][:1]
        if self.after_change is not None and _is_unconfirmed(known):
            due.append(looked_at + self.after_change)
        return due

    def _advised(self, known: Known, looked_at: datetime, told: Told) -> list[datetime]:
        """Return the times for looks at an article on which a sitemap has spoken.

        At once when it tells of a change. Otherwise being called unchanged is as good as a look; one that was so when
        it had passed the first mark is looked at once more, at the last one.
        """
        if not self.marks:
            return []
        if told.tells_of_change(looked_at):
            return [told.read_at]
        if not told.calls_unchanged(looked_at):
            return [max(due, told.read_at + self.after_word) for due in self._blind(known, looked_at)]
        is_settled = told.read_at - known.published_at >= self.marks[0]
        marks = (known.published_at + mark for mark in (self.marks[-1:] if is_settled else self.marks))
        return [max(due, told.read_at + self.after_word) for due in marks if due > told.read_at][:1]

    def is_due(self, known: Known, now: datetime, failed_at: datetime | None = None, told: Told | None = None) -> bool:
        """Return whether a held article is to be looked at by now."""
        due = self.due_at(known, failed_at, told)
        return due is not None and due <= now


def _is_unconfirmed(known: Known) -> bool:
    """Return whether the last look at an article found it changed."""
    return known.revision > 1 and not known.is_gone and known.last_seen_at == known.fetched_at


def read_revisits(marks: str, after_change: float) -> Revisits:
    """Return the plan that the settings ask for: hours after publication parted by commas, hours after a change.

    Raises `UsageError` for marks that are no rising numbers, and for a negative time.

    >>> read_revisits("2, 24", 6).marks[-1]
    datetime.timedelta(days=1)
    >>> read_revisits("", 0) == Revisits()
    True
    """
    try:
        hours = [float(word) for word in marks.split(",") if word.strip()]
        is_usable = all(0 < hour < 100_000 for hour in hours) and hours == sorted(set(hours))
    except ValueError:
        hours, is_usable = [], False
    if not is_usable:
        message = f"KOMPAS_REVISIT_HOURS={marks!r} is not usable; give rising hours of age, e.g. 2,6,24,168,744"
        raise UsageError(message)
    if after_change < 0:
        raise UsageError(f"KOMPAS_REVISIT_AFTER_CHANGE_HOURS={after_change} is negative; give hours, 0 for never")
    changed = timedelta(hours=after_change) if after_change else None
    return Revisits(tuple(timedelta(hours=hour) for hour in hours), changed)
