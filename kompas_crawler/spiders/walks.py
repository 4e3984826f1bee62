"""The state of one walk along the index of one day: which page comes next, and when the end is reached.

Pure: no requests, no clock. The pager of the site is not believed: it is known to announce too low a last page, or
none. What ends a walk is a page without items, or two pages in a row with nothing new.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta

from kompas_crawler.archive.coverage import end_of_day
from kompas_crawler.items import Walk
from kompas_crawler.site.sections import ALL_SITES, sections_of_site_slug, site_slug_of

PAGE_CAP = 666
"""The site serves no page after this one (SITE_FACTS 2)."""

STALE_PAGES = 2
"""So many pages in a row with nothing new end a pass; a single repeated page is normal on a busy day."""

INTERRUPTED = "interrupted"
"""Reason of a walk that was under way when its run ended."""

EMPTIED = "emptied"
"""Reason of a walk along a list that shows nothing, though articles of it are held."""

TAKEN_UP_WITHIN = timedelta(days=7)
"""A walk that broke off longer ago begins anew: too much may have moved on the list."""


@dataclass(slots=True)
class IndexWalk:
    """A walk in progress. `turn_page` is told what each page listed and says whether there is a next one.

    A day that is not over is walked again and again, from its first page, until a pass finds nothing new: what comes
    out meanwhile pushes articles across the page borders.
    """

    day: date
    site: str
    started_at: datetime
    """Aware UTC; of a walk that was taken up, when the first run began it."""
    grows: bool = False
    """The day was not over when the walk began."""
    joins: bool = False
    """What is `held` is not new: behind two pages of it, an earlier walk has read the list to its end."""
    held: Mapping[str, str] = field(default_factory=dict)
    """Articles that earlier walks of the day listed and the archive holds, with their addresses."""
    was_taken_up: bool = False
    """The walk goes on where one of an earlier run broke off."""
    page: int = 0
    """The last page that was read in this pass."""
    pages: int = 0
    """Pages that were read, those before the walk broke off included."""
    cap: int = PAGE_CAP
    seen: set[str] = field(default_factory=set)
    """Every article that was listed."""
    _found: bool = False
    _stale: int = 0
    _doubted: bool = False

    @property
    def next_page(self) -> int:
        """Number of the page to ask for."""
        return self.page + 1

    def turn_page(self, article_ids: Iterable[str], *, is_empty: bool) -> bool:
        """Note a page's articles; return whether the walk goes on, to `next_page`.

        An empty first page of a whole day that is over is asked for once more before it is believed.

        >>> walk = IndexWalk(date(2021, 4, 14), "all", datetime(2021, 4, 15))
        >>> walk.turn_page(["a", "b"], is_empty=False), walk.turn_page(["b"], is_empty=False)
        (True, True)
        >>> walk.turn_page(["a", "b"], is_empty=False)
        False
        """
        if is_empty and self._is_doubtful():
            self._doubted = True
            return True
        self.pages += 1
        self.page += 1
        new = set(article_ids) - self.seen
        self.seen |= new
        if self.joins:
            new -= self.held.keys()
        self._found = self._found or bool(new)
        self._stale = 0 if new else self._stale + 1
        if self.page >= self.cap:
            return False
        return (not is_empty and self._stale < STALE_PAGES) or self._pass_again()

    def _is_doubtful(self) -> bool:
        return not self._doubted and not self.grows and self.page == 0 and self.site == ALL_SITES

    def _pass_again(self) -> bool:
        """Begin another pass when the day still grows and this pass found something; return whether it does."""
        again = self.grows and self._found
        if again:
            self.page, self._found, self._stale = 0, False, 0
        return again

    @property
    def hit_cap(self) -> bool:
        """Whether the walk ended at the site's page cap, with articles still coming."""
        return self.page >= self.cap and self._stale == 0

    def missing(self) -> tuple[str, ...]:
        """Return what earlier walks listed and this one, at its end, did not; nothing when it did not read everything.

        They may be gone.
        """
        read_everything = not self.joins and not self.grows and not self.was_taken_up and not self.hit_cap
        return tuple(key for key in self.held if key not in self.seen) if read_everything and self.seen else ()

    def record(self, run_id: str, walked_at: datetime, reason: str | None = None) -> Walk:
        """Return the record of this walk as it stands; `reason` says why it is not at its end, null when it is."""
        reason = reason or self._reason_not_finished()
        return Walk(
            run_id=run_id,
            day=self.day,
            site=self.site,
            pages=self.pages,
            listed=len(self.seen),
            is_finished=reason is None,
            reason=reason,
            started_at=self.started_at,
            walked_at=walked_at,
        )

    def _reason_not_finished(self) -> str | None:
        if self.hit_cap:
            return "page_cap"
        # A list that once had articles and shows none is no day without news.
        return EMPTIED if self.held and not self.seen and not self.was_taken_up else None


def begin_walk(
    day: date, site: str, earlier: Sequence[Walk], *, now: datetime, thorough: bool, cap: int = PAGE_CAP
) -> IndexWalk:
    """Return the walk that is due after the `earlier` ones of that day, in order of their end.

    A walk that broke off when the day was over is taken up at its page. Unless it is to be `thorough`, a walk after one
    that reached the end joins it: it reads no further than what is held.
    """
    grows = now < end_of_day(day)
    last = next((walk for walk in reversed(earlier) if walk.day == day and walk.site == site), None)
    if last is None:
        return IndexWalk(day, site, now, grows=grows, cap=cap)
    was_over = last.started_at >= end_of_day(day)
    if not last.is_finished and was_over and _can_be_taken_up(last, now, cap):
        return IndexWalk(day, site, last.started_at, was_taken_up=True, page=last.pages, pages=last.pages, cap=cap)
    joins = last.is_finished and (grows or was_over) and not thorough
    return IndexWalk(day, site, now, grows=grows, joins=joins, cap=cap)


def _can_be_taken_up(walk: Walk, now: datetime, cap: int) -> bool:
    return 0 < walk.pages < cap and now - walk.walked_at <= TAKEN_UP_WITHIN


def narrower_sites(site: str) -> tuple[str, ...]:
    """Return the narrowest `site=` slugs that together list what a wider one does, as far as there are any.

    >>> narrower_sites("news")
    ('global', 'megapolitan', 'nasional', 'regional')
    >>> narrower_sites("global"), "news" in narrower_sites("all")
    ((), False)
    """
    slugs = {site_slug_of(section) for section in sections_of_site_slug(site)}
    return tuple(sorted(slugs - {site, ALL_SITES}))
