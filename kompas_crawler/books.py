"""The books of one run: every address that was met, by which routes, and the one outcome it ended in.

Addresses are met (listed, linked, given), decided once, and written out as `Visit` records. Written entries shrink to
one small integer each, so that the books of a long run stay in memory. The books never fetch and never judge.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, date, datetime

from kompas_crawler.archive import RawPointer
from kompas_crawler.items import Outcome, PageKind, Route, Visit

_ROUTES = tuple(Route)
_ROUTE_BITS = {route: 1 << n for n, route in enumerate(_ROUTES)}
_OUTCOMES = tuple(Outcome)
_OUTCOME_CODES = {outcome: n for n, outcome in enumerate(_OUTCOMES)}
_ARTICLE_BIT = 1 << len(_ROUTES)
_OUTCOME_SHIFT = len(_ROUTES) + 1
_FAILURES = frozenset({Outcome.FAILED, Outcome.BLOCKED, Outcome.UNPARSED})
_LINKED = frozenset({Route.BACA_JUGA, Route.TERKINI, Route.TERKAIT})
"""Routes by which an address is met where the run did not look for it."""
_READ = frozenset({Outcome.KEPT_NEW, Outcome.KEPT_CHANGED, Outcome.UNCHANGED})
"""Outcomes of an article whose page was read."""
_LISTED_ARTICLE = _ROUTE_BITS[Route.INDEX] | _ARTICLE_BIT


@dataclass(slots=True)
class _Entry:
    """What is known of an address until it is written."""

    url: str
    page_kind: PageKind
    article_id: str | None
    section: str | None
    listed_on: date | None
    routes: list[Route]
    answer: Answer

    @property
    def bits(self) -> int:
        """The part of the entry that is remembered once it is written."""
        return sum(_ROUTE_BITS[route] for route in self.routes) | (_ARTICLE_BIT if self.article_id else 0)


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """What came back for a request, as far as the books are concerned."""

    status: int | None = None
    size_bytes: int | None = None
    seconds: float | None = None
    raw: RawPointer | None = None
    """Where it is kept; null when it is not."""


_NO_ANSWER = Answer()


@dataclass(frozen=True, slots=True, kw_only=True)
class Balance:
    """The sums of a run."""

    met: int
    """Distinct addresses met."""
    outcomes: dict[Outcome, int]
    """How many ended in which outcome."""
    listed: int
    """Distinct articles that the index listed."""
    listed_outcomes: dict[Outcome, int]
    """How many of those ended in which outcome."""
    off: tuple[str, ...]
    """Addresses that were decided never or twice, with what happened; empty when the books balance."""

    @property
    def is_even(self) -> bool:
        """Every address met ended in exactly one outcome, and the sums agree."""
        sums_agree = self.met == sum(self.outcomes.values()) and self.listed == sum(self.listed_outcomes.values())
        return sums_agree and not self.off


@dataclass(slots=True)
class Books:
    """The ledger of one run.

    `write` receives a `Visit` for each address once it is decided. It may receive a second one for the same address:
    when a decided address is met again by another route (the same outcome, the new route), or when one that was
    excluded for where a link stood is listed or given after all (the new outcome). One that is asked for is written as
    pending before. The archive folds them into one row: the last outcome, all routes.
    """

    run_id: str
    write: Callable[[Visit], None]
    met_again: Callable[[Visit], None] = field(default=lambda _: None)
    """Called after a decided address was met by a further route, with the record of that."""
    now: Callable[[], datetime] = field(default=lambda: datetime.now(UTC))
    _open: dict[str, _Entry] = field(default_factory=dict)
    _closed: dict[str, int] = field(default_factory=dict)
    _outcomes: Counter[Outcome] = field(default_factory=Counter)
    _failures: Counter[str] = field(default_factory=Counter)
    _off: list[str] = field(default_factory=list)

    def __contains__(self, key: str) -> bool:
        """Return whether the address was met in this run."""
        return key in self._open or key in self._closed

    def meet(
        self,
        key: str,
        url: str,
        route: Route | None,
        *,
        page_kind: PageKind = PageKind.ARTICLE,
        article_id: str | None = None,
        section: str | None = None,
        listed_on: date | None = None,
    ) -> bool:
        """Note that an address was met by a route; return whether it is new to this run.

        `key` is the article id of an article, else the address. A null `route` is for pages that the run asks for of
        its own accord (index pages, robots.txt).
        """
        entry = self._open.get(key)
        if entry is not None:
            if route and route not in entry.routes:
                entry.routes.append(route)
            entry.listed_on = entry.listed_on or listed_on
            return False
        entry = _Entry(url, page_kind, article_id, section, listed_on, [route] if route else [], _NO_ANSWER)
        if key in self._closed:
            return self._meet_again(key, entry)
        self._open[key] = entry
        return True

    def _meet_again(self, key: str, entry: _Entry) -> bool:
        """Note a further route of a decided address; return whether it is to be decided anew."""
        state = self._closed[key]
        new_bits = entry.bits & ~state
        if not new_bits:
            return False
        outcome = _OUTCOMES[state >> _OUTCOME_SHIFT]
        if outcome is Outcome.EXCLUDED and not _LINKED.issuperset(entry.routes):
            entry.routes = [*_routes_of(state), *entry.routes]
            del self._closed[key]
            self._outcomes[outcome] -= 1
            self._open[key] = entry
            return True
        self._closed[key] = state | new_bits
        self.met_again(self._write(entry, outcome, None))
        return False

    def is_excluded(self, key: str) -> bool:
        """Return whether an address was met and decided against, for what led to it and not for what it holds."""
        return key in self._closed and _OUTCOMES[self._closed[key] >> _OUTCOME_SHIFT] is Outcome.EXCLUDED

    def expect(self, key: str) -> None:
        """Write that an address that was met is asked for, so that the next run takes it up if this one is killed."""
        if key in self._open:
            self._write(self._open[key], Outcome.PENDING, None)

    def answered(self, key: str, answer: Answer) -> None:
        """Note what came back for an address that is still undecided; written with its outcome."""
        if key in self._open:
            self._open[key].answer = answer

    def routes(self, key: str) -> tuple[Route, ...]:
        """Return the routes by which an address was met so far, in order of discovery while it is undecided."""
        if key in self._open:
            return tuple(self._open[key].routes)
        return tuple(_routes_of(self._closed.get(key, 0)))

    def decide(self, key: str, outcome: Outcome, reason: str | None = None, *, at: datetime | None = None) -> None:
        """Write the outcome of an address that was met. A second decision is noted as off, and not written.

        `at` is when the site was seen to say so, by default now: the same instant as in what the archive is told of the
        article, so that its rows can be made again from the books and the raw pages.
        """
        entry = self._open.pop(key, None)
        if entry is None:
            before = _OUTCOMES[self._closed[key] >> _OUTCOME_SHIFT] if key in self._closed else "never met"
            self._off.append(f"{key}: decided as {outcome}, but was {before}")
            return
        self._closed[key] = _OUTCOME_CODES[outcome] << _OUTCOME_SHIFT | entry.bits
        self._outcomes[outcome] += 1
        if outcome in _FAILURES:
            self._failures[f"{outcome}: {reason or 'unknown'}"] += 1
        self._write(entry, outcome, reason, at)

    def withdraw(self, keys: Iterable[str]) -> None:
        """Count articles that were decided as kept as excluded: the gate withholds them, and has written that."""
        for key in keys:
            state = self._closed.get(key)
            if state is not None and (outcome := _OUTCOMES[state >> _OUTCOME_SHIFT]) in _READ:
                self._outcomes[outcome] -= 1
                self._outcomes[Outcome.EXCLUDED] += 1
                routes = state & ((1 << _OUTCOME_SHIFT) - 1)
                self._closed[key] = _OUTCOME_CODES[Outcome.EXCLUDED] << _OUTCOME_SHIFT | routes

    def close(self, reason: str) -> None:
        """Decide every address that is still open as failed, with the reason the run ended early."""
        for key in list(self._open):
            self.decide(key, Outcome.FAILED, reason)

    def is_open(self, key: str) -> bool:
        """Return whether an address was met and is not decided yet."""
        return key in self._open

    def open_keys(self) -> tuple[str, ...]:
        """Return the addresses that were met and not yet decided."""
        return tuple(self._open)

    def counts(self) -> dict[Outcome, int]:
        """Return how many addresses ended in which outcome so far."""
        return {outcome: count for outcome, count in self._outcomes.items() if count}

    def failures(self) -> dict[str, int]:
        """Return how many addresses came to nothing, by `outcome: reason`, the most frequent first."""
        return dict(self._failures.most_common())

    def balance(self) -> Balance:
        """Return the sums so far, counted anew from every address, with everything that does not add up."""
        recount: Counter[Outcome] = Counter()
        listed: Counter[Outcome] = Counter()
        for state in self._closed.values():
            outcome = _OUTCOMES[state >> _OUTCOME_SHIFT]
            recount[outcome] += 1
            if state & _LISTED_ARTICLE == _LISTED_ARTICLE:
                listed[outcome] += 1
        open_listed = sum(entry.bits & _LISTED_ARTICLE == _LISTED_ARTICLE for entry in self._open.values())
        return Balance(
            met=len(self._open) + len(self._closed),
            outcomes=self.counts(),
            listed=sum(listed.values()) + open_listed,
            listed_outcomes=dict(listed),
            off=(
                *self._off,
                *(f"{key}: never decided" for key in self._open),
                *(
                    f"{kind}: {n} noted, {recount[kind]} found"
                    for kind, n in self._outcomes.items()
                    if n != recount[kind]
                ),
            ),
        )

    def _write(self, entry: _Entry, outcome: Outcome, reason: str | None, at: datetime | None = None) -> Visit:
        raw = entry.answer.raw
        visit = Visit(
            run_id=self.run_id,
            url=entry.url,
            page_kind=entry.page_kind,
            article_id=entry.article_id,
            outcome=outcome,
            reason=reason,
            status=entry.answer.status,
            size_bytes=entry.answer.size_bytes,
            seconds=entry.answer.seconds,
            discovered_by=tuple(entry.routes),
            listed_on=entry.listed_on,
            section=entry.section,
            visited_at=at or self.now(),
            raw_file=raw.raw_file if raw else None,
            raw_offset=raw.raw_offset if raw else None,
        )
        self.write(visit)
        return visit


def _routes_of(state: int) -> Iterator[Route]:
    return (route for route in _ROUTES if state & _ROUTE_BITS[route])
