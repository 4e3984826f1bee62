"""The calendar of an archive: how each WIB day and section stands, and the ids that are missing with their reasons.

Knows what a row of coverage, or the lack of one, means to a reader. Refuses to know how a calendar is drawn.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import StrEnum
from typing import Any, Final

from kompas_crawler.archive import Archive, selection
from kompas_crawler.archive.reading import load_coverage
from kompas_crawler.archive.selection import Day
from kompas_crawler.site.sections import SECTIONS

COUNTS: Final = ("listed", "held", "failed", "excluded", "unlisted", "walked_at")
COLUMNS: Final = ("day", "section", *COUNTS, "is_complete")
"""What is read of coverage."""


class State(StrEnum):
    """How one day of one section stands."""

    COMPLETE = "complete"
    """The list was read to its end after the day was over, and nothing that it named is missing without good reason."""
    NO_NEWS = "no_news"
    """The same, and the list named nothing."""
    MISSING = "missing"
    """Articles that the list named are not held: failed, blocked, not parsed, or not yet asked for."""
    OPEN = "open"
    """Nothing known is missing, but the list was not read to its end since the day was over."""
    NO_CRAWL = "no_crawl"
    """The list was never read to its end, and nothing of it is held."""

    @property
    def is_complete(self) -> bool:
        """Whether nothing is left to do."""
        return self in (State.COMPLETE, State.NO_NEWS)


@dataclass(frozen=True, slots=True, kw_only=True)
class Cell:
    """One day of one section."""

    day: date
    """WIB day."""
    section: str
    """Slug of the section."""
    state: State
    """`complete`, `no_news`, `missing`, `open` or `no_crawl`."""
    listed: int = 0
    """Articles that the index ever listed for the day."""
    held: int = 0
    """Of those, held."""
    failed: int = 0
    """Of those, not held and wanted."""
    excluded: int = 0
    """Of those, not held by decision, or gone."""
    unlisted: int = 0
    """Articles of the day known by other routes that the index never listed."""
    walked_at: datetime | None = None
    """End of the last walk to the end of a list that covers the section; null when there was none."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Missing:
    """One article that the index listed and that is not held."""

    day: date
    """WIB day whose index listed it."""
    section: str
    """Slug of the section."""
    article_id: str
    """Key of the article."""
    reason: str
    """Outcome of its last visit, or `outcome: reason`; `pending` when it was never decided."""
    url: str | None
    """Its address; null when the index of the archive does not know it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Calendar:
    """Every day and section of a window, in order of the days, then of the sections."""

    since: date
    """First WIB day."""
    until: date
    """Last WIB day."""
    sections: tuple[str, ...]
    """Slugs of all sections of the calendar, sorted."""
    cells: tuple[Cell, ...]
    """One for each day and section."""

    @property
    def days(self) -> tuple[date, ...]:
        """Every day of the window, oldest first."""
        return tuple(days_between(self.since, self.until))


def read_calendar(
    archive: Archive,
    *,
    since: Day | None = None,
    until: Day | None = None,
    sections: Iterable[str] | None = None,
) -> Calendar | None:
    """Return the calendar of a window; without ends, from the first to the last day that was walked.

    An archive of which no day was ever walked has the days of its articles instead: a single old one that a link led
    to would otherwise open a gap of years.
    Sections are those asked for, else those of which the archive knows anything in the window. None when nothing at
    all is known. Raises `SelectionRefused` for days and sections that cannot be, `ArchiveNotFound` without an archive.
    """
    chosen = list(sections) if sections is not None else None
    window = selection.window(since, until)
    rows = load_coverage(archive.location, since=since, until=until, sections=chosen, columns=COLUMNS)
    by_place = {(row["day"], row["section"]): row for row in rows.to_arrow().to_pylist()}
    known = [day for (day, _), row in by_place.items() if row["walked_at"] is not None] or [day for day, _ in by_place]
    first, last = window.since or min(known, default=None), window.until or max(known, default=None)
    if first is None or last is None:
        return None
    names = tuple(sorted(chosen if chosen is not None else {section for _, section in by_place}))
    cells = (_cell(day, name, by_place) for day in days_between(first, last) for name in names)
    return Calendar(since=first, until=last, sections=names, cells=tuple(cells))


def read_missing(
    archive: Archive,
    *,
    since: Day | None = None,
    until: Day | None = None,
    sections: Iterable[str] | None = None,
) -> tuple[Missing, ...]:
    """Return every article of a window that the index listed and that is not held, in order of days and sections.

    Raises as `read_calendar`.
    """
    columns = ["day", "section", "missing", "missing_reasons"]
    relation = load_coverage(archive.location, since=since, until=until, sections=sections, columns=columns)
    rows = [row for row in relation.to_arrow().to_pylist() if row["missing"]]
    with archive.agenda_as_it_is() as agenda:
        urls = agenda.urls(key for row in rows for key in row["missing"]) if agenda is not None else {}
    return tuple(
        Missing(day=row["day"], section=row["section"], article_id=key, reason=reason, url=urls.get(key))
        for row in rows
        for key, reason in zip(row["missing"], row["missing_reasons"], strict=True)
    )


def days_between(first: date, last: date) -> Iterator[date]:
    """Yield every day from the first to the last, both included."""
    return (first + timedelta(days=number) for number in range((last - first).days + 1))


def state_of(states: Iterable[State]) -> State:
    """Return how several cells stand as one.

    >>> str(state_of([State.COMPLETE, State.NO_NEWS])), str(state_of([State.COMPLETE, State.NO_CRAWL]))
    ('complete', 'open')
    """
    found = set(states)
    if found <= {State.NO_CRAWL}:
        return State.NO_CRAWL
    if State.MISSING in found:
        return State.MISSING
    if found <= {State.COMPLETE, State.NO_NEWS}:
        return State.COMPLETE if State.COMPLETE in found else State.NO_NEWS
    return State.OPEN


def _cell(day: date, section: str, rows: Mapping[tuple[date, str], Mapping[str, Any]]) -> Cell:
    row = rows.get((day, section))
    if row is None:
        return Cell(day=day, section=section, state=_state_without_row(day, section, rows))
    if row["is_complete"]:
        state = State.COMPLETE if row["listed"] else State.NO_NEWS
    else:
        state = State.MISSING if row["failed"] else State.OPEN
    return Cell(day=day, section=section, state=state, **{name: row[name] for name in COUNTS})


def _state_without_row(day: date, section: str, rows: Mapping[tuple[date, str], Mapping[str, Any]]) -> State:
    """Return how a day stands of whose section coverage says nothing.

    A walk along the list of all sections leaves a row for each one that is known. One that only ever showed in
    addresses has rows where it had articles; where that list was walked without meeting it, it had no news.
    """
    if section in SECTIONS:
        return State.NO_CRAWL
    others = [rows.get((day, name)) for name in SECTIONS]
    if not all(row is not None and row["walked_at"] is not None for row in others):
        return State.NO_CRAWL
    return State.NO_NEWS if any(row["is_complete"] for row in others if row is not None) else State.OPEN
