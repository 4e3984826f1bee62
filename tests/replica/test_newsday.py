"""Which articles a day of the replica has."""

from __future__ import annotations

from datetime import date, datetime, timedelta

import pytest

from kompas_crawler.replica.newsday import LAST_DAY, WIB, Newsroom

DAYS = [date(2008, 1, 1), date(2015, 11, 4), date(2016, 12, 31), date(2020, 2, 29), date(2021, 4, 14), LAST_DAY]


@pytest.mark.parametrize("size", [1, 60, 240, 1050])
@pytest.mark.parametrize("day", DAYS)
def test_an_id_is_given_once_a_day_and_leads_back_to_its_article(day: date, size: int) -> None:
    newsroom = Newsroom(3, size)
    stubs = newsroom.day(day)
    assert stubs
    assert len({stub.article_no for stub in stubs}) == len(stubs)
    assert all(newsroom.find(day, stub.article_no) is stub for stub in stubs)


def test_articles_come_out_in_order_and_within_their_day() -> None:
    stubs = Newsroom(1).day(date(2021, 4, 14))
    times = [stub.published for stub in stubs]
    assert times == sorted(times)
    assert {at.date() for at in times} == {date(2021, 4, 14)}
    assert any(at.hour < 7 for at in times)


@pytest.mark.parametrize(
    "article_no", ["25000017", "10600017", "1", "", "abcdefgh", "２２００００１７", "235959997", "000000000"]
)
def test_an_id_that_was_never_given_leads_nowhere(article_no: str) -> None:
    assert Newsroom(1).find(date(2021, 4, 14), article_no) is None


def test_weekends_have_fewer_articles_than_weekdays() -> None:
    newsroom = Newsroom(1)
    weekday, weekend = newsroom.size(date(2021, 4, 14)), newsroom.size(date(2021, 4, 17))
    assert 220 <= weekday <= 260
    assert 128 <= weekend <= 152


def test_days_beyond_the_site_s_time_have_none() -> None:
    newsroom = Newsroom(1)
    assert newsroom.day(date(2007, 12, 31)) == newsroom.day(date(2031, 1, 1)) == []


def test_a_month_covers_twenty_sections_and_the_odd_forms_of_addresses() -> None:
    newsroom = Newsroom(1)
    stubs = [stub for back in range(30) for stub in newsroom.day(date(2021, 4, 30) - timedelta(days=back))]
    slugs = [stub.slug for stub in stubs]
    assert len({stub.section for stub in stubs}) >= 20
    assert len({stub.home for stub in stubs}) >= 30
    assert any(slug.startswith("-") for slug in slugs)
    assert any(slug.endswith("-") for slug in slugs)
    assert any("--" in slug for slug in slugs)
    assert any("." in slug for slug in slugs)
    assert max(map(len, slugs)) <= 80
    assert {len(stub.article_no) for stub in stubs} == {8, 9}


def test_addresses_before_2017_are_words_with_dots() -> None:
    stubs = Newsroom(1).day(date(2015, 11, 4))
    assert all(" " not in stub.slug and stub.slug[0].isalnum() for stub in stubs)
    assert any(stub.slug.count(".") > 3 and stub.slug != stub.slug.lower() for stub in stubs)


def test_related_articles_are_of_the_same_section_and_older() -> None:
    newsroom = Newsroom(1)
    for stub in newsroom.day(date(2021, 4, 14)):
        assert all(other.rubric is stub.rubric and other.day < stub.day for other in newsroom.related(stub, 5))


def test_the_latest_come_newest_first_and_only_up_to_now() -> None:
    newsroom = Newsroom(1)
    now = datetime(2021, 4, 14, 0, 30, tzinfo=WIB)
    stream = newsroom.backwards(now)
    latest = [next(stream).published for _ in range(300)]
    assert latest == sorted(latest, reverse=True)
    assert latest[0] <= now < latest[0] + timedelta(hours=2)
