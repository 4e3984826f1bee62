"""When an article was published and when it was updated.

An updated page ("Diperbarui") shows the time of the update in every place, printed and for machines: the first
publication survives in the id of the address. So the id is believed first, and no update is ever taken for a
publication. Reading a single time is the business of `dates`.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Final

from kompas_crawler.items import Flag, PublishedSource
from kompas_crawler.site.article_page import ArticlePage, text_of
from kompas_crawler.site.dates import WIB, PrintedTime, parse_machine_time, parse_printed_time, wib_day

_SAME: Final = timedelta(minutes=1)


@dataclass(frozen=True, slots=True)
class Times:
    """When an article was published and updated, see the columns of the same names."""

    published_at: datetime
    published_on: date
    published_source: PublishedSource
    published_text: str | None
    updated_at: datetime | None
    updated_text: str | None
    flags: frozenset[Flag]


def read_times(page: ArticlePage) -> Times:
    """The times of an article. On an updated page every stamp is the update's: only the id tells publication."""
    printed = next(_printed(page), None)
    stamps = tuple(_stamps(page))
    is_update = printed is not None and printed.is_update
    published_at, source = _published(page, () if is_update else stamps, None if is_update else printed)
    flags = set()
    if printed is None:
        flags.add(Flag.NO_PAGE_DATE)
    if page.requested.published_at is None:
        flags.add(Flag.ID_WITHOUT_TIME)
    if is_update:
        flags.add(Flag.UPDATED)
    elif _disagree(page, published_at, stamps, printed):
        flags.add(Flag.DATES_DISAGREE)
    return Times(
        published_at=published_at,
        published_on=wib_day(published_at),
        published_source=source,
        published_text=printed.text if printed and not is_update else None,
        updated_at=_updated(printed, stamps, published_at) if printed and is_update else None,
        updated_text=printed.text if printed and is_update else None,
        flags=frozenset(flags),
    )


def _printed(page: ArticlePage) -> Iterator[PrintedTime]:
    for selector in page.layout.time:
        for node in page.landmarks.all(selector):
            if (printed := parse_printed_time(text_of(node))) is not None:
                yield printed


def _stamps(page: ArticlePage) -> Iterator[tuple[PublishedSource, datetime]]:
    """The page's stamps for machines, the most trusted first."""
    said = page.structured
    for source, text in (
        (PublishedSource.JSON_LD, said.json_ld("datePublished")),
        (PublishedSource.META, said.meta("article:published_time")),
        (PublishedSource.META, said.meta("content_PublishedDate")),
    ):
        if text and (at := parse_machine_time(text)) is not None:
            yield source, at


def _published(
    page: ArticlePage, stamps: tuple[tuple[PublishedSource, datetime], ...], printed: PrintedTime | None
) -> tuple[datetime, PublishedSource]:
    """The time of publication: the id's, else the first stamp on the day of the address, else that day's start."""
    if page.requested.published_at is not None:
        return page.requested.published_at, PublishedSource.ID
    day = page.requested.published_on
    for source, at in stamps:
        if wib_day(at) == day:
            return at, source
    if printed is not None and printed.on == day:
        return printed.at, PublishedSource.PAGE
    return datetime.combine(day, time(), WIB).astimezone(UTC), PublishedSource.ID


def _disagree(
    page: ArticlePage,
    published_at: datetime,
    stamps: tuple[tuple[PublishedSource, datetime], ...],
    printed: PrintedTime | None,
) -> bool:
    if page.requested.published_at is None:
        days = [wib_day(at) for _, at in stamps] + ([printed.on] if printed else [])
        return any(day != page.requested.published_on for day in days)
    if any(abs(at - published_at) > _SAME for _, at in stamps):
        return True
    if printed is None:
        return False
    return abs(printed.at - published_at) > _SAME if printed.has_time else printed.on != wib_day(published_at)


def _updated(
    printed: PrintedTime, stamps: tuple[tuple[PublishedSource, datetime], ...], published_at: datetime
) -> datetime | None:
    """The update that is printed, to the second where a stamp names its minute; None when it is the publication."""
    precise = (at for _, at in stamps if timedelta() <= at - printed.at < _SAME)
    updated_at = next(precise, printed.at) if printed.has_time else printed.at
    return None if timedelta() <= published_at - printed.at < _SAME and updated_at <= published_at else updated_at
