"""Coverage: what the index listed for a WIB day, what the archive holds of it, and what is missing and why.

Knows how evidence about one day becomes one row per section, and when a day may be called complete. Refuses to know
where the evidence is stored: no files, no SQLite, no clock. A day that was neither walked, listed nor held has no
row ("no crawl"); a section whose walk ended with nothing listed has a row of zeros ("no news").
"""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta, timezone
from typing import Final, NamedTuple

from kompas_crawler.items import Outcome, Walk
from kompas_crawler.site.sections import sections_of_site_slug, site_covers

_WIB: Final = timezone(timedelta(hours=7))
_Z_95: Final = 1.959963984540054
REASONS_OF_A_RUN: Final = frozenset({"other_section", "outside_window", "limit", "budget", "quarantined"})
"""Reasons to exclude that say what a run was asked for, or what a person has still to say, and nothing about the
article: the archive is to have it yet."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Evidence:
    """What is known about one article of a day."""

    article_id: str
    section: str
    """Slug of the section."""
    is_listed: bool
    """Some walk of the index listed it for this day."""
    is_known_otherwise: bool
    """A link, a sitemap, a front or the user named it."""
    is_held: bool
    """It has a row in `articles/`."""
    outcome: Outcome | None = None
    """The latest outcome of its address; null when it was never decided."""
    reason: str | None = None
    """The reason of that outcome."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CoverageRow:
    """One row of `coverage.parquet`; the fields are its columns (see `schema.COVERAGE`).

    Always `listed == held + failed + excluded` and `len(missing) == failed + excluded`.
    """

    day: date
    section: str
    listed: int
    held: int
    failed: int
    excluded: int
    missing: tuple[str, ...]
    missing_reasons: tuple[str, ...]
    unlisted: int
    estimated_total: float | None
    estimated_low: float | None
    estimated_high: float | None
    walked_at: datetime | None
    is_complete: bool


class Estimate(NamedTuple):
    """An estimated number of articles with its 95 % interval."""

    total: float
    low: float
    high: float


def coverage_of_day(day: date, articles: Iterable[Evidence], walks: Iterable[Walk]) -> list[CoverageRow]:
    """Return the rows of one WIB day, by section: one for each section that was walked, listed or held.

    `articles` holds one piece of evidence for each article of the day; `walks` are the walks of that day, those of
    other days are ignored.
    """
    finished = [walk for walk in walks if walk.day == day and walk.is_finished]
    by_section: defaultdict[str, list[Evidence]] = defaultdict(list)
    for article in articles:
        by_section[article.section].append(article)
    walked = {section for walk in finished for section in sections_of_site_slug(walk.site)}
    seen = {section for section, some in by_section.items() if any(one.is_listed or one.is_held for one in some)}
    return [_row(day, section, by_section[section], finished) for section in sorted(walked | seen)]


def chapman(first: int, second: int, both: int) -> Estimate | None:
    """Return Chapman's estimate of a population from two captures; None when nothing was caught in both.

    `first` and `second` are the sizes of the captures, `both` the size of their overlap. Every article must be as
    likely to be caught by one route whether or not the other has it; popular articles are linked more, so read
    the answer as a lower bound. The interval is the transformed logit interval of Sadinle (2009), which keeps its
    level where nearly everything is caught and never goes below the number seen.

    The turtles of the textbooks: ten marked, fifteen caught later, five of these marked; 28 in all, 95 % from 22 to 65.

    >>> estimate = chapman(10, 15, 5)
    >>> round(estimate.total, 2), round(estimate.low), round(estimate.high)
    (28.33, 22, 65)

    >>> chapman(10, 15, 0) is None
    True
    """
    if both == 0:
        return None
    total = (first + 1) * (second + 1) / (both + 1) - 1
    only_first, only_second = first - both + 0.5, second - both + 0.5
    overlap = both + 0.5
    deviation = math.sqrt(1 / overlap + 1 / only_first + 1 / only_second + overlap / (only_first * only_second))
    seen, unseen = first + second - both, only_first * only_second / overlap
    low, high = (seen - 0.5 + unseen * math.exp(sign * _Z_95 * deviation) for sign in (-1, 1))
    return Estimate(total, max(min(low, total), float(seen)), high)


def end_of_day(day: date) -> datetime:
    """Return the instant at which a WIB day is over.

    >>> end_of_day(date(2021, 4, 14)).isoformat()
    '2021-04-15T00:00:00+07:00'
    """
    return datetime.combine(day + timedelta(days=1), time(), _WIB)


def _row(day: date, section: str, articles: Sequence[Evidence], finished: Sequence[Walk]) -> CoverageRow:
    listed = [article for article in articles if article.is_listed]
    missing = sorted((article for article in listed if not article.is_held), key=lambda one: one.article_id)
    excluded = sum(_is_settled(article) for article in missing)
    failed = len(missing) - excluded
    covering = [walk for walk in finished if site_covers(walk.site, section)]
    estimate = _estimate(articles)
    # A walk that began before midnight and ended after it does not make a day complete: what was published meanwhile
    # stands on the first page, which had been read by then.
    walked_when_over = any(walk.started_at >= end_of_day(day) for walk in covering)
    return CoverageRow(
        day=day,
        section=section,
        listed=len(listed),
        held=len(listed) - len(missing),
        failed=failed,
        excluded=excluded,
        missing=tuple(article.article_id for article in missing),
        missing_reasons=tuple(_why_missing(article) for article in missing),
        unlisted=sum(not article.is_listed for article in articles if _is_article(article)),
        estimated_total=estimate.total if estimate else None,
        estimated_low=estimate.low if estimate else None,
        estimated_high=estimate.high if estimate else None,
        walked_at=max((walk.walked_at for walk in covering), default=None),
        is_complete=failed == 0 and walked_when_over,
    )


def _estimate(articles: Sequence[Evidence]) -> Estimate | None:
    """Return the estimate from two captures: what the index listed, and what any other route named."""
    real = [article for article in articles if _is_article(article)]
    listed = sum(article.is_listed for article in real)
    otherwise = sum(article.is_known_otherwise for article in real)
    both = sum(article.is_listed and article.is_known_otherwise for article in real)
    return chapman(listed, otherwise, both)


def _is_settled(article: Evidence) -> bool:
    """Return whether an article that is not held is rightly so: gone, or excluded for what it is."""
    if article.outcome is Outcome.EXCLUDED:
        return article.reason not in REASONS_OF_A_RUN
    return article.outcome is Outcome.GONE


def _is_article(article: Evidence) -> bool:
    """Return whether the address is, as far as known, an article that the archive could hold."""
    return article.is_held or not _is_settled(article)


def _why_missing(article: Evidence) -> str:
    """Return `outcome` or `outcome: reason`; `pending` for what was never decided."""
    outcome = article.outcome or Outcome.PENDING
    return f"{outcome}: {article.reason}" if article.reason else str(outcome)
