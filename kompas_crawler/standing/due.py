"""What is due now: what the next run without arguments would take up, by the rules that it goes by itself."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta

from kompas_crawler.archive.agenda import Agenda, Held
from kompas_crawler.archive.announcements import Told
from kompas_crawler.resweeps import Resweeps
from kompas_crawler.revisits import Revisits
from kompas_crawler.site.dates import wib_day
from kompas_crawler.site.sections import ALL_SITES
from kompas_crawler.trust import PERIOD, Trust, trust_of


@dataclass(frozen=True, slots=True, kw_only=True)
class CutOffDay:
    """A list of a day whose last walk did not reach the end."""

    day: date
    """WIB day."""
    site: str
    """The `site=` slug of the list, e.g. `all`."""
    reason: str | None
    """Why the walk ended, e.g. `interrupted`."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Due:
    """What is due at an instant."""

    revisits: int
    """Held articles to be looked at again."""
    resweeps: tuple[date, ...]
    """Older WIB days to be walked again along the list of all sections, newest first."""
    cut_off: tuple[CutOffDay, ...]
    """Lists whose last walk did not reach the end, oldest first. Those older than the catch-up are walked only by a
    run that names their day."""


def _told(agenda: Agenda, trust: Trust, held: Held) -> Told | None:
    """Return what a sitemap said of an article, where that is believed."""
    key = held.known.article_id
    return agenda.announcements.told(key) if trust.covers(key) else None


def due_at(agenda: Agenda, now: datetime, revisits: Revisits, resweeps: Resweeps) -> Due:
    """Return what is due at `now`, by the index and the rules that the settings make."""
    today = wib_day(now)
    held = agenda.held_since(wib_day(now - revisits.reach))
    trust = trust_of(agenda.announcements.judged(now - PERIOD), revisits.control)
    walks = agenda.walks(today - timedelta(days=resweeps.reach), today)
    return Due(
        revisits=sum(revisits.is_due(one.known, now, one.failed_at, _told(agenda, trust, one)) for one in held),
        resweeps=resweeps.due(walks, ALL_SITES, now),
        cut_off=tuple(CutOffDay(day=one.day, site=one.site, reason=one.reason) for one in agenda.cut_off()),
    )
