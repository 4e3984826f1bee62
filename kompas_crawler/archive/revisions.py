"""Revisions: how the history of one article grows with what is seen of its page. Pure.

Knows histories and events; columns other than those that it decides upon it carries as an opaque `source`. Refuses to
know Arrow, files and months.

Rules
- A reading that says something else (`fingerprint`) ends the current revision and begins the next. One that says the
  same, or is only a poorer reading of the same page, is a sighting: it moves `last_seen_at` and nothing else, so a row
  always is what the one page said that its `fetched_at` and raw record name.
- A removal ends the current revision with kind `gone`; its text stays current as a new revision with `gone_at`.
  When the page answers again, that one ends with kind `back`.
- A page that flaps between texts (A–B–A–B–…) does not grow without end: of superseded revisions that say the same, the
  first and the latest are kept. One between them is dropped, and the revision before it is taken to have lasted until
  its end. So `as_of` has no gaps, is exact at the first time a text was shown and at its latest, and in between names
  a text that the page was showing by turns.
- A reading from before the last thing known (another crawler was slower) cannot become current. If its text is not
  held yet it is added to the superseded ones, valid until the next thing known; revisions are numbered as recorded.
- A page that is read again from its raw record (`Reading.digest`), with another result than before, says something of
  the parser and nothing of the site. Then the whole history is told anew from everything that is known of it, with
  the new result in the place of the old: the revision of that fetch keeps its times, and no new one begins. Numbers
  stay as they were as long as the same fetches begin revisions; else they are given anew, in order of time.

What was valid at an instant is, of the revisions with `fetched_at` ≤ instant < `replaced_at`, the one that ended
first, and of several such the one fetched last (`valid_at`).

Folding the same events again changes nothing. An interrupted commit may have written the superseded revisions and not
the current one: the current one then is missing, or older than the end of a superseded one. The fold takes up from
there.
"""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from operator import attrgetter

from kompas_crawler.archive.fingerprint import Fingerprint
from kompas_crawler.items import ChangeKind


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """A page was read."""

    at: datetime
    source: Hashable
    """Whatever leads to the columns that are not decided here."""
    fingerprint: Fingerprint
    routes: frozenset[str] = frozenset()
    digest: bytes | None = None
    """Of everything that the reading gave, when it is of a raw record that was read again; null for a first one."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Seen:
    """A page was seen to be the same, without a text."""

    at: datetime
    routes: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True, kw_only=True)
class Gone:
    """A page was found to be removed."""

    at: datetime


Event = Reading | Seen | Gone


@dataclass(frozen=True, slots=True, kw_only=True)
class Revision:
    """One revision of an article: the columns that the fold decides upon."""

    source: Hashable
    fingerprint: Fingerprint
    number: int
    first_seen_at: datetime
    fetched_at: datetime
    last_seen_at: datetime
    gone_at: datetime | None = None
    routes: frozenset[str] = frozenset()
    replaced_at: datetime | None = None
    """Null for the current one."""
    change_kind: ChangeKind | None = None
    """What ended it; null for the current one."""
    digest: bytes | None = field(default=None, compare=False)
    """As of a reading; needed where the events hold one that has it."""

    @property
    def known_until(self) -> datetime:
        """The latest instant at which this was known to be what the page shows."""
        return self.last_seen_at if self.gone_at is None else max(self.last_seen_at, self.gone_at)

    def says_the_same_as(self, other: Revision) -> bool:
        """Return whether both show the same to a reader."""
        return self.fingerprint.change_to(other.fingerprint) is None and (self.gone_at is None) == (
            other.gone_at is None
        )

    def covers(self, reading: Reading) -> bool:
        """Return whether a reading adds nothing to this revision."""
        held, seen = self.fingerprint, reading.fingerprint
        return held.change_to(seen) is None or held.is_better_than(seen)


@dataclass(frozen=True, slots=True)
class History:
    """All revisions of one article."""

    current: Revision | None = None
    superseded: tuple[Revision, ...] = ()
    """By number."""

    @property
    def all(self) -> tuple[Revision, ...]:
        """All revisions, the current one last."""
        return (*self.superseded, *([self.current] if self.current else []))

    @property
    def in_order(self) -> list[Revision]:
        """All revisions in the order in which they were valid."""
        return sorted(self.superseded, key=lambda one: (one.fetched_at, _end(one))) + list(
            self.all[len(self.superseded) :]
        )

    def valid_at(self, instant: datetime) -> Revision | None:
        """Return the revision that was valid at an instant; None when the article was not known."""
        ongoing = [
            revision
            for revision in self.all
            if revision.fetched_at <= instant and (revision.replaced_at is None or instant < revision.replaced_at)
        ]
        return min(ongoing, key=_innermost, default=None)


def fold(history: History, events: Iterable[Event]) -> History:
    """Return the history after events, given in any order. Sightings of an article that is not held say nothing."""
    ordered = sorted(events, key=attrgetter("at"))
    taken_up = _taken_up(history)
    if any(isinstance(event, Reading) and _is_contradicted(taken_up, event) for event in ordered):
        return _told_anew(history, ordered)
    return _folded(_Folding(taken_up), ordered)


def _folded(folding: _Folding, events: Iterable[Event]) -> History:
    for event in events:
        folding.apply(event)
    return folding.result()


def _is_contradicted(history: History, reading: Reading) -> bool:
    """Return whether a raw record, read again, tells something else of its fetch than the history does."""
    if reading.digest is None:
        return False
    told = [revision.digest for revision in history.all if revision.fetched_at == reading.at]
    if told or history.current is None:
        return any(digest != reading.digest for digest in told)
    earlier = (revision for revision in history.all if revision.fetched_at <= reading.at)
    return reading.at <= history.current.known_until and not any(revision.covers(reading) for revision in earlier)


def _told_anew(history: History, events: Sequence[Event]) -> History:
    """Return the history as everything that is known of it tells it, raw records that were read again as they are."""
    readings: dict[datetime, Reading] = {}
    others: list[Event] = []
    for one in history.all:
        readings[one.fetched_at] = Reading(
            at=one.fetched_at, source=one.source, fingerprint=one.fingerprint, routes=one.routes, digest=one.digest
        )
        others.append(Seen(at=one.last_seen_at, routes=one.routes if one is history.current else frozenset()))
        others += [Gone(at=one.gone_at)] if one.gone_at is not None else []
        others += [Seen(at=_end(one))] if one.change_kind is ChangeKind.BACK else []
    for event in events:
        if not isinstance(event, Reading):
            others.append(event)
        elif event.digest is not None or event.at not in readings:
            earlier = readings.get(event.at, event)
            readings[event.at] = replace(event, routes=event.routes | earlier.routes)
    # Of what happened at one instant a text comes first: the rest was seen of it.
    retold = sorted([*readings.values(), *others], key=attrgetter("at"))
    folding = _Folding(History())
    folding.first_seen_at = min((one.first_seen_at for one in history.all), default=None)
    return _numbered_as(history, _folded(folding, retold))


def _numbered_as(before: History, after: History) -> History:
    """Return a history with the numbers it had, if it begins with the same fetches; else as it is."""
    held, told = before.in_order, after.in_order
    if [one.fetched_at for one in told[: len(held)]] != [one.fetched_at for one in held]:
        return after
    numbers = [one.number for one in held]
    numbers += range(max(numbers, default=0) + 1, max(numbers, default=0) + 1 + len(told) - len(held))
    renamed = [replace(one, number=number) for one, number in zip(told, numbers, strict=True)]
    return History(renamed[-1] if renamed else None, tuple(sorted(renamed[:-1], key=attrgetter("number"))))


def _innermost(revision: Revision) -> tuple[float, float]:
    ended = revision.replaced_at.timestamp() if revision.replaced_at else float("inf")
    return ended, -revision.fetched_at.timestamp()


def _taken_up(history: History) -> History:
    """Return the history as it stands when a commit may have been interrupted between its two files.

    Then a superseded revision ended at an instant that the current one knows nothing of; else none can have.
    """
    if not history.superseded:
        return history
    latest = max(history.superseded, key=lambda revision: (_end(revision), revision.number))
    if history.current is not None and _end(latest) <= history.current.known_until:
        return history
    return History(
        replace(latest, replaced_at=None, change_kind=None),
        tuple(revision for revision in history.superseded if revision is not latest),
    )


class _Folding:
    """A history while events are applied to it."""

    def __init__(self, history: History) -> None:
        self.current = history.current
        self.superseded = list(history.superseded)
        self.routes = self.current.routes if self.current else frozenset()
        self.first_seen_at = self.current.first_seen_at if self.current else None

    def result(self) -> History:
        """Return the history; the current revision has the routes and the first sight of the whole article."""
        if self.current is None:
            return History(None, tuple(self.superseded))
        first = self.first_seen_at or self.current.first_seen_at
        current = replace(self.current, routes=self.routes, first_seen_at=first)
        return History(current, tuple(sorted(self.superseded, key=attrgetter("number"))))

    def apply(self, event: Event) -> None:
        """Apply one event, not earlier than those before it."""
        if isinstance(event, Reading):
            self.routes |= event.routes
            self.first_seen_at = min(self.first_seen_at or event.at, event.at)
        if self.current is None:
            if isinstance(event, Reading):
                self.current = self._begun(event)
            return
        if isinstance(event, Seen):
            self.routes |= event.routes
        if event.at <= self.current.known_until:
            self._apply_late(event, self.current)
        elif isinstance(event, Gone):
            self._remove(event, self.current)
        elif isinstance(event, Seen) or self._adds_nothing(event, self.current):
            self._see(event, self.current)
        else:
            self._replace(event, self.current)

    def _adds_nothing(self, reading: Reading, current: Revision) -> bool:
        """Return whether a reading is only a sighting. A full one of a page that was gone brings the page back."""
        return current.fingerprint.is_better_than(reading.fingerprint) or (
            current.gone_at is None and current.covers(reading)
        )

    def _begun(self, reading: Reading) -> Revision:
        return Revision(
            source=reading.source,
            fingerprint=reading.fingerprint,
            digest=reading.digest,
            number=self._next_number(),
            first_seen_at=self.first_seen_at or reading.at,
            fetched_at=reading.at,
            last_seen_at=reading.at,
            routes=self.routes,
        )

    def _next_number(self) -> int:
        numbers = [revision.number for revision in self.superseded]
        return 1 + max([self.current.number if self.current else 0, *numbers])

    def _replace(self, reading: Reading, current: Revision) -> None:
        if current.fingerprint.is_bare and not reading.fingerprint.is_bare and current.gone_at is None:
            # The page is read for the first time: nobody edited it, and what the lists said stands in it.
            self.current = replace(self._begun(reading), number=current.number)
            return
        kind = current.fingerprint.change_to(reading.fingerprint) or ChangeKind.BACK
        following = self._begun(reading)
        self._supersede(current, reading.at, kind)
        self.current = following

    def _see(self, event: Event, current: Revision) -> None:
        if current.gone_at is None:
            self.current = replace(current, last_seen_at=event.at)
            return
        following = replace(current, gone_at=None, last_seen_at=event.at, number=self._next_number())
        self._supersede(current, event.at, ChangeKind.BACK)
        self.current = following

    def _remove(self, event: Gone, current: Revision) -> None:
        if current.gone_at is None:
            following = replace(current, gone_at=event.at, number=self._next_number())
            self._supersede(current, event.at, ChangeKind.GONE)
            self.current = following

    def _supersede(self, current: Revision, at: datetime, kind: ChangeKind) -> None:
        self.superseded.append(replace(current, routes=self.routes, replaced_at=at, change_kind=kind))
        alike = [revision for revision in self.superseded if revision.says_the_same_as(current)]
        for between in alike[1:-1]:
            self._drop(between)

    def _drop(self, revision: Revision) -> None:
        """Drop a superseded revision and let the one before it last until its end."""
        self.superseded.remove(revision)
        index, before = max(
            ((index, one) for index, one in enumerate(self.superseded) if one.number < revision.number),
            key=lambda pair: pair[1].number,
        )
        self.superseded[index] = replace(before, replaced_at=max(_end(before), _end(revision)))

    def _apply_late(self, event: Event, current: Revision) -> None:
        if not isinstance(event, Reading):
            return
        revisions: Sequence[Revision] = [*self.superseded, current]
        if any(revision.covers(event) for revision in revisions):
            return
        known = {instant for one in revisions for instant in (one.fetched_at, one.known_until) if instant > event.at}
        until = min(known, default=event.at)
        following = History(current, tuple(self.superseded)).valid_at(until) or current
        kind = event.fingerprint.change_to(following.fingerprint) or ChangeKind.COSMETIC
        self.superseded.append(replace(self._begun(event), replaced_at=until, change_kind=kind))


def _end(revision: Revision) -> datetime:
    if revision.replaced_at is None:
        raise ValueError(f"revision {revision.number} is current and has no end")
    return revision.replaced_at
