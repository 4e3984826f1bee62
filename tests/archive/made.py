"""Records for the archive's tests: invented articles, and shorthand for a run that stages and commits them."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

from kompas_crawler.archive import Archive, CommitReport, Observation
from kompas_crawler.items import (
    Article,
    Link,
    LinkKind,
    Outcome,
    PageKind,
    PublishedSource,
    Route,
    Visit,
    Walk,
)

NOON = datetime(2021, 4, 14, 5, tzinfo=UTC)
"""12.00 WIB on 14 April 2021."""
VERSION = "0.1.0"


def minutes(count: float) -> datetime:
    return NOON + timedelta(minutes=count)


def key_of(number: int, day: date = date(2021, 4, 14)) -> str:
    return f"{day:%Y%m%d}-{100000 + number:06}170"


def article(number: int = 1, *, body: str = "Air mulai surut di desa itu.", **more: Any) -> Article:
    published_at = more.pop("published_at", NOON + timedelta(seconds=number))
    fields: dict[str, Any] = {
        "article_id": key_of(number),
        "url": f"https://www.kompas.com/global/read/2021/04/14/{key_of(number)[9:]}/banjir",
        "section": "global",
        "section_code": 70,
        "breadcrumbs": ("News", "Global"),
        "title": "Banjir Surut",
        "body": body,
        "word_count": len(body.split()),
        "paragraph_count": 1,
        "authors": ("Sari Wulandari",),
        "tags": ("banjir", "desa"),
        "published_at": published_at,
        "published_on": (published_at + timedelta(hours=7)).date(),
        "published_source": PublishedSource.ID,
        "layout": "e1",
        "parser_version": 1,
    }
    return Article(**fields | more)


def link(target: int = 9, *, kind: LinkKind = LinkKind.BACA_JUGA, position: int = 1, text: str = "Lihat juga") -> Link:
    url = f"https://www.kompas.com/global/read/2021/04/14/{key_of(target)[9:]}/lain"
    return Link(kind=kind, position=position, text=text, url=url, article_id=key_of(target))


def seen(article: Article, at: datetime = NOON, *routes: Route, links: Iterable[Link] = ()) -> Observation:
    return Observation(article=article, fetched_at=at, discovered_by=routes or (Route.INDEX,), links=tuple(links))


def visit(number: int = 1, *, run_id: str = "r1", outcome: Outcome = Outcome.KEPT_NEW, **more: Any) -> Visit:
    fields: dict[str, Any] = {
        "run_id": run_id,
        "url": f"https://www.kompas.com/global/read/2021/04/14/{key_of(number)[9:]}/banjir",
        "page_kind": PageKind.ARTICLE,
        "article_id": key_of(number),
        "outcome": outcome,
        "discovered_by": (Route.INDEX,),
        "listed_on": date(2021, 4, 14),
        "section": "global",
        "visited_at": NOON,
    }
    return Visit(**fields | more)


def walk(*, run_id: str = "r1", day: date = date(2021, 4, 14), **more: Any) -> Walk:
    fields: dict[str, Any] = {
        "run_id": run_id,
        "day": day,
        "site": "global",
        "pages": 2,
        "listed": 2,
        "is_finished": True,
        "reason": None,
        "started_at": datetime(2021, 4, 16, tzinfo=UTC),
        "walked_at": datetime(2021, 4, 16, 1, tzinfo=UTC),
    }
    return Walk(**fields | more)


def keep(archive: Archive, *observations: Observation, run_id: str = "r1") -> CommitReport:
    staging = archive.stage(run_id, software_version=VERSION)
    for observation in observations:
        staging.observe(observation)
    staging.close()
    return archive.commit()


def one_commit(location: Path) -> Archive:
    """Make a sound archive with one article, its visit and the walk that found it; it is closed."""
    archive = Archive(str(location))
    with archive.stage("r1", software_version=VERSION) as staging:
        staging.observe(seen(article(1)))
        staging.visit(visit(1))
        staging.walk(walk())
    archive.commit()
    archive.close()
    return archive
