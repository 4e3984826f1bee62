"""The state of one walk along the index of one day, and when it has reached the end. Pure: no requests, no clock."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date, datetime

from kompas_crawler.items import Walk

PAGE_CAP = 666
"""The site serves no page after this one (SITE_FACTS 2)."""

STALE_PAGES = 2
"""So many pages in a row with nothing new end a walk; a single repeated page is normal on a busy day."""


@dataclass(slots=True)
class IndexWalk:
    """A walk in progress. `turn_page` is told what each page listed and says whether there is a next one."""

    day: date
    site: str
    started_at: datetime
    pages: int = 0
    seen: set[str] = field(default_factory=set)
    _stale: int = 0

    def turn_page(self, article_ids: Iterable[str], *, is_empty: bool) -> bool:
        """Note a page's articles; return whether the walk goes on to the next page.

        The announced last page is not asked: it is known to be too low at times.

        >>> walk = IndexWalk(date(2021, 4, 14), "all", datetime(2021, 4, 15))
        >>> walk.turn_page(["a", "b"], is_empty=False), walk.turn_page(["b"], is_empty=False)
        (True, True)
        >>> walk.turn_page(["a", "b"], is_empty=False)
        False
        """
        self.pages += 1
        before = len(self.seen)
        self.seen.update(article_ids)
        self._stale = 0 if len(self.seen) > before else self._stale + 1
        return not is_empty and self._stale < STALE_PAGES and self.pages < PAGE_CAP

    @property
    def hit_cap(self) -> bool:
        """Whether the walk ended at the site's page cap, with articles still coming."""
        return self.pages >= PAGE_CAP and self._stale == 0

    def ended(self, run_id: str, walked_at: datetime, reason: str | None = None) -> Walk:
        """Return the record of this walk; `reason` says why it broke off, null when it reached the end."""
        reason = reason or ("page_cap" if self.hit_cap else None)
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
