"""How days and sections stand, from archives with walks, holes and days that nobody looked at."""

from __future__ import annotations

import io
from collections.abc import Iterator
from datetime import UTC, date, datetime
from pathlib import Path

import pytest
from rich.console import Console

from kompas_crawler.archive import Archive
from kompas_crawler.errors import SelectionRefused
from kompas_crawler.items import Outcome
from kompas_crawler.standing.calendar import Calendar, State, read_calendar, read_missing
from kompas_crawler.standing.calendar_page import print_calendar
from kompas_crawler.standing.gaps import gaps_of
from tests.archive.made import VERSION, article, key_of, seen, visit, walk

DAY, NEXT, LAST = date(2021, 4, 14), date(2021, 4, 15), date(2021, 4, 17)


@pytest.fixture
def archive(tmp_path: Path) -> Iterator[Archive]:
    """14 April: one article held, one failed; 15: walked, no news; 16: nothing; 17: walked before it was over."""
    archive = Archive(str(tmp_path / "output"))
    with archive.stage("r1", software_version=VERSION) as staging:
        staging.observe(seen(article(1)))
        staging.visit(visit(1))
        staging.visit(visit(2, outcome=Outcome.FAILED, reason="http_500"))
        staging.walk(walk())
        staging.walk(walk(day=NEXT, listed=0))
        early = datetime(2021, 4, 17, 3, tzinfo=UTC)
        staging.walk(walk(day=LAST, listed=0, started_at=early, walked_at=early))
    archive.commit()
    yield archive
    archive.close()


def calendar_of(archive: Archive, **window: object) -> Calendar:
    found = read_calendar(archive, **window)  # type: ignore[arg-type]
    assert found is not None
    return found


def shown(calendar: Calendar, width: int, encoding: str = "utf-8") -> list[str]:
    stream = io.TextIOWrapper(io.BytesIO(), encoding=encoding)
    print_calendar(calendar, Console(file=stream, width=width))
    stream.seek(0)
    return stream.read().splitlines()


def test_each_day_stands_as_its_walks_and_articles_say(archive: Archive) -> None:
    states = [cell.state for cell in calendar_of(archive).cells]
    assert states == [State.MISSING, State.NO_NEWS, State.NO_CRAWL, State.OPEN]


def test_a_window_beyond_what_was_walked_was_not_crawled(archive: Archive) -> None:
    calendar = calendar_of(archive, since="2021-04-13", until="2021-04-14")
    assert [cell.state for cell in calendar.cells] == [State.NO_CRAWL, State.MISSING]


def test_a_section_that_was_never_walked_is_no_crawl_when_it_is_asked_for(archive: Archive) -> None:
    calendar = calendar_of(archive, sections=["bola", "global"])
    assert {cell.state for cell in calendar.cells if cell.section == "bola"} == {State.NO_CRAWL}


def test_an_unknown_section_is_refused(archive: Archive) -> None:
    with pytest.raises(SelectionRefused, match="did you mean 'global'"):
        read_calendar(archive, sections=["globl"])


def test_an_empty_archive_has_no_calendar(tmp_path: Path) -> None:
    archive = Archive(str(tmp_path))
    archive.stage("r1", software_version=VERSION).close()
    with archive.stage("r1", software_version=VERSION) as staging:
        staging.visit(visit(1, outcome=Outcome.EXCLUDED, reason="robots", listed_on=None, discovered_by=()))
    archive.commit()
    assert read_calendar(archive) is None


def test_an_article_of_long_ago_opens_no_gap_of_years(archive: Archive) -> None:
    old = datetime(2009, 1, 2, 5, tzinfo=UTC)
    with archive.stage("r2", software_version=VERSION) as staging:
        staging.observe(seen(article(7, article_id=key_of(7, date(2009, 1, 2)), published_at=old)))
    archive.commit()
    assert calendar_of(archive).since == DAY


def test_what_is_missing_has_reason_and_address(archive: Archive) -> None:
    (missing,) = read_missing(archive)
    assert (missing.day, missing.section, missing.article_id) == (DAY, "global", key_of(2))
    assert (missing.reason, missing.url) == ("failed: http_500", visit(2).url)


def test_without_an_index_what_is_missing_has_no_address(archive: Archive) -> None:
    archive.close()
    archive.index_path.unlink()
    assert [missing.url for missing in read_missing(archive)] == [None]


def test_gaps_are_spans_of_days_that_stand_alike(archive: Archive) -> None:
    gaps = gaps_of(calendar_of(archive))
    assert (gaps.days, gaps.complete, gaps.missing, gaps.open, gaps.no_crawl) == (4, 1, 1, 1, 1)
    assert [(gap.since.day, gap.until.day, str(gap.state)) for gap in gaps.spans] == [
        (17, 17, "open"),
        (16, 16, "no_crawl"),
        (14, 14, "missing"),
    ]


def test_a_day_of_which_one_kept_section_was_not_walked_is_not_complete(archive: Archive) -> None:
    with archive.stage("r2", software_version=VERSION) as staging:
        staging.walk(walk(run_id="r2", day=date(2021, 4, 18), site="tren", listed=0, walked_at=NOW, started_at=NOW))
    archive.commit()
    gaps = gaps_of(calendar_of(archive))
    assert gaps.complete == 0


NOW = datetime(2021, 5, 1, tzinfo=UTC)


def test_every_state_has_a_sign_that_reads_without_colour(archive: Archive) -> None:
    (line,) = [line for line in shown(calendar_of(archive), 80) if line.startswith("global ")]
    assert line.split()[1] == "✗○·◐"


def test_signs_are_plain_where_the_output_knows_no_others(archive: Archive) -> None:
    (line,) = [line for line in shown(calendar_of(archive), 80, "ascii") if line.startswith("global ")]
    assert line.split()[1] == "x0./"


def test_a_long_window_is_shown_by_month(archive: Archive) -> None:
    lines = shown(calendar_of(archive, since="2021-01-01", until="2021-12-31"), 100)
    (line,) = [line for line in lines if line.startswith("global ") and "/" not in line]
    assert line.split()[1:] == ["·", "·", "·", "3%", *"·" * 8]


@pytest.mark.parametrize("width", [65, 80, 120, 200])
@pytest.mark.parametrize("until", ["2021-04-30", "2021-06-30", "2024-12-31"])
def test_no_line_of_the_calendar_is_wider_than_the_terminal(archive: Archive, width: int, until: str) -> None:
    lines = shown(calendar_of(archive, since="2021-03-03", until=until), width)
    assert any(line.startswith("global ") for line in lines)
    assert max(map(len, lines)) <= width
