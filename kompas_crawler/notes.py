"""What a run notes for the next ones, in the index: validators, chores, robots.txt, and what sitemaps said.

It gathers notes and hands them to the archive when what they speak of is committed. It judges nothing.
"""

from __future__ import annotations

from collections.abc import Callable, Collection
from datetime import datetime, timedelta
from typing import Final

from kompas_crawler.archive import Archive
from kompas_crawler.archive.agenda import RobotsFile, Validators
from kompas_crawler.archive.announcements import Announcements, Look, Told
from kompas_crawler.items import Outcome, Visit

SILENCE: Final = "silence"
"""Name of the chore that is done when the silence ends that a `Retry-After` asked for."""

LOOKED: Final = frozenset({Outcome.UNCHANGED, Outcome.KEPT_CHANGED, Outcome.GONE})
"""Outcomes of a look at a held article that show whether it changed."""

LONGEST_SILENCE: Final = timedelta(days=7)
"""A silence that is remembered from run to run lasts no longer."""


class Notes:
    """Notes of one run, and those of earlier ones. `now` tells the time of the crawl, aware."""

    def __init__(self, archive: Archive, now: Callable[[], datetime]) -> None:
        self._archive = archive
        self._now = now
        self._announcements: Announcements | None = None
        self._validators: dict[str, Validators] = {}
        self._chores: dict[str, datetime] = {}
        self._robots: dict[str, RobotsFile] = {}
        self._told: dict[str, tuple[str, Told]] = {}
        self._unadvised: dict[str, datetime] = {}
        self._looks: list[Look] = []

    # --- The site's files and headers --------------------------------------------------------------------------------

    def validators(self, article_id: str, validators: Validators) -> None:
        """Keep what the server gave with the page of an article, once that is committed."""
        self._validators[article_id] = validators

    def chore(self, name: str) -> None:
        """Keep that a chore was done just now, once what it gave is committed."""
        self._chores[name] = self._now()

    def done_at(self, chore: str) -> datetime | None:
        """Return when an earlier run did a chore last; null when that is not known."""
        agenda = self._archive.agenda()
        return agenda.done_at(chore) if agenda is not None else None

    def robots(self, host: str, status: int | None, text: str) -> None:
        """Keep what a host's robots.txt said."""
        self._robots[host] = RobotsFile(self._now(), status, text)

    def silence(self, seconds: float) -> None:
        """Keep for how long the site asked for silence from now: a run that begins before asks for nothing.

        No longer than `LONGEST_SILENCE`: a server that says years, or what no calendar holds, is asked once a week.
        """
        until = self._now() + timedelta(seconds=min(seconds, LONGEST_SILENCE.total_seconds()))
        self._chores[SILENCE] = max(until, self._chores.get(SILENCE, until))

    def silent_until(self) -> datetime | None:
        """Return when the silence ends that an earlier run was asked for; null when it is over."""
        until = self.done_at(SILENCE)
        return until if until is not None and until > self._now() else None

    # --- What sitemaps say -------------------------------------------------------------------------------------------

    @property
    def announcements(self) -> Announcements | None:
        """What sitemaps said and looks found in earlier runs; null while there is no archive."""
        if self._announcements is None and (agenda := self._archive.agenda()) is not None:
            self._announcements = agenda.announcements
        return self._announcements

    def tell(self, article_id: str, sitemap: str, told: Told) -> None:
        """Keep what a sitemap (by its address) says of an article."""
        self._told[article_id] = (sitemap, told)

    def told(self, article_id: str) -> Told | None:
        """Return what a sitemap said of an article last, in this run or an earlier one; null when none did."""
        if article_id in self._told:
            return self._told[article_id][1]
        return self.announcements.told(article_id) if self.announcements is not None else None

    def expect_look(self, article_id: str, seen_at: datetime) -> None:
        """Keep what a look at an article finds that no sitemap advised; it was seen last at `seen_at`."""
        self._unadvised[article_id] = seen_at

    def outcome(self, visit: Visit) -> None:
        """Note how an address ended."""
        if visit.article_id in self._unadvised and visit.outcome in LOOKED:
            seen_at = self._unadvised.pop(visit.article_id)
            is_changed = visit.outcome is not Outcome.UNCHANGED
            self._looks.append(Look(visit.article_id, seen_at, visit.visited_at, is_changed))

    def forget(self, article_ids: Collection[str]) -> None:
        """Drop what was noted of articles whose reading is not published: they show nothing, and are read again."""
        self._validators = {key: one for key, one in self._validators.items() if key not in article_ids}
        self._looks = [look for look in self._looks if look.article_id not in article_ids]

    # --- Kept --------------------------------------------------------------------------------------------------------

    def keep(self, is_committed: Callable[[str], bool]) -> None:
        """Hand over what was noted; validators only of articles (by key) whose reading is committed."""
        agenda = self._archive.agenda()
        if agenda is None:
            return
        committed = {key: one for key, one in self._validators.items() if is_committed(key)}
        agenda.note(committed, self._chores, self._robots)
        agenda.announcements.note(self._told, self._looks, self._now())
        self._validators = {key: one for key, one in self._validators.items() if key not in committed}
        self._chores, self._robots, self._told, self._looks = {}, {}, {}, []
