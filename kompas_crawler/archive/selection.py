"""What a reader asks of the archive: days, sections, columns, an instant; checked before any file is opened.

Turns the loose forms that people type into exact ones, and refuses the rest with the value, what is allowed and what
to do instead. Refuses to know files.
"""

from __future__ import annotations

import difflib
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta

from kompas_crawler.archive.months import WIB, Month
from kompas_crawler.errors import SelectionRefused

Day = date | datetime | str
"""A WIB day: a date, a string like `2021-04-01`, or a datetime (an aware one names the WIB day it falls on)."""
Instant = date | datetime | str
"""An instant: an aware datetime, its ISO form as a string, or a day, which stands for its end (WIB)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Window:
    """WIB days, both ends inclusive; null leaves an end open."""

    since: date | None
    until: date | None

    def may_hold(self, month: Month) -> bool:
        """Return whether any day of the window is in the month.

        >>> window = Window(since=date(2021, 4, 30), until=None)
        >>> window.may_hold(Month(2021, 4)), window.may_hold(Month(2021, 3))
        (True, False)
        """
        is_late_enough = self.since is None or month >= Month.of_day(self.since)
        is_early_enough = self.until is None or month <= Month.of_day(self.until)
        return is_late_enough and is_early_enough

    def __str__(self) -> str:
        if self.since is None and self.until is None:
            return "all days"
        return f"{self.since or 'the first day'} to {self.until or 'the last day'}"


def window(since: Day | None, until: Day | None) -> Window:
    """Return the checked window. Raises `SelectionRefused` for what is no day, and for an end before the start.

    >>> str(window("2021-04-01", datetime(2021, 4, 30, 20, tzinfo=UTC)))
    '2021-04-01 to 2021-05-01'
    >>> window("2021-04-02", "2021-04-01")
    Traceback (most recent call last):
    ...
    kompas_crawler.errors.SelectionRefused: since=2021-04-02 is after until=2021-04-01: exchange them
    """
    first, last = _day("since", since), _day("until", until)
    if first is not None and last is not None and first > last:
        raise SelectionRefused(f"since={first} is after until={last}: exchange them")
    return Window(since=first, until=last)


def instant(as_of: Instant | None) -> datetime | None:
    """Return the instant that `as_of` names, in UTC.

    Raises `SelectionRefused` for a naive datetime, whose zone could only be guessed.

    >>> instant("2021-04-14").isoformat()
    '2021-04-14T17:00:00+00:00'
    >>> instant("2021-04-14T09:00+07:00").isoformat()
    '2021-04-14T02:00:00+00:00'
    """
    if as_of is None:
        return None
    if isinstance(as_of, str):
        as_of = _parsed("as_of", as_of)
    if isinstance(as_of, datetime):
        if as_of.tzinfo is None:
            raise SelectionRefused(
                f"as_of={as_of.isoformat()} has no time zone: give an aware datetime "
                "(datetime(..., tzinfo=timezone.utc)), or a date for the end of that WIB day"
            )
        return as_of.astimezone(UTC)
    if isinstance(as_of, date):
        return datetime.combine(as_of + timedelta(days=1), time(), WIB).astimezone(UTC)
    raise SelectionRefused(f"as_of={as_of!r} is no instant: give an aware datetime, or a date for the end of that day")


def names(argument: str, asked: Iterable[str] | None, allowed: Iterable[str]) -> list[str] | None:
    """Return the names asked for, each once, in order; None when nothing was asked for.

    Raises `SelectionRefused` for a name that is not allowed (with the one that was perhaps meant), an empty list, and
    a bare string, which would be taken letter by letter.

    >>> names("columns", ["titel"], ["title", "url"])
    Traceback (most recent call last):
    ...
    kompas_crawler.errors.SelectionRefused: columns=['titel']: unknown, did you mean 'title'? Allowed: title, url
    """
    if asked is None:
        return None
    if isinstance(asked, str):
        raise SelectionRefused(f"{argument}={asked!r} is one string: give a list, {argument}=[{asked!r}]")
    chosen, known = list(dict.fromkeys(asked)), list(allowed)
    if not chosen:
        raise SelectionRefused(f"{argument}=[] selects nothing: name at least one, or leave {argument} out for all")
    if unknown := [name for name in chosen if name not in known]:
        near = difflib.get_close_matches(str(unknown[0]), known, n=1)
        hint = f", did you mean {near[0]!r}?" if near else "."
        raise SelectionRefused(f"{argument}={unknown}: unknown{hint} Allowed: {', '.join(known)}")
    return chosen


def _day(argument: str, value: Day | None) -> date | None:
    if isinstance(value, str):
        value = _parsed(argument, value)
    if isinstance(value, datetime):
        return (value.astimezone(WIB) if value.tzinfo else value).date()
    if value is None or isinstance(value, date):
        return value
    raise SelectionRefused(f"{argument}={value!r} is no day: give a date, a datetime or a string like '2021-04-01'")


def _parsed(argument: str, text: str) -> date | datetime:
    """Return the day or instant of an ISO string."""
    try:
        return date.fromisoformat(text) if len(text) == len("2021-04-01") else datetime.fromisoformat(text)
    except ValueError as error:
        raise SelectionRefused(f"{argument}={text!r} is no day: write it like '2021-04-01'") from error
