"""When an article was published and when it was updated."""

from __future__ import annotations

from datetime import UTC, date, datetime

import pytest

from kompas_crawler.items import Flag, PublishedSource

# Its id says 20:59:38 WIB.
URL = "https://nasional.kompas.com/read/2021/04/14/20593831/perahu-sekolah-berlayar"
PUBLISHED = datetime(2021, 4, 14, 13, 59, 38, tzinfo=UTC)
# 99 is no hour.
TIMELESS = "https://nasional.kompas.com/read/2021/04/14/99593831/perahu-sekolah-berlayar"
META = "<meta property='article:published_time' content='{}'>"
JSON_LD = '<script type="application/ld+json">{{"@type": "NewsArticle", "datePublished": "{}"}}</script>'
TIME = "<div class='read__time'>{}</div>"


def test_publication_is_read_from_the_id_to_the_second(parse_page) -> None:
    article = parse_page(url=URL).article
    assert (article.published_at, article.published_source) == (PUBLISHED, PublishedSource.ID)
    assert article.published_on == date(2021, 4, 14)
    assert article.published_text == "Kompas.com - 14/04/2021, 20:59 WIB"


def test_an_article_of_the_first_hours_belongs_to_its_wib_day(parse_page) -> None:
    url = "https://nasional.kompas.com/read/2021/04/14/00150031/a"
    article = parse_page(url=url, time=TIME.format("Kompas.com - 14/04/2021, 00:15 WIB")).article
    assert article.published_at == datetime(2021, 4, 13, 17, 15, tzinfo=UTC)
    assert article.published_on == date(2021, 4, 14)


def test_an_update_is_precise_where_a_stamp_names_its_minute(parse_page) -> None:
    head = META.format("2022-11-06T13:28:56+00:00")
    time = TIME.format("Kompas.com - Diperbarui 06/11/2022, 20:28 WIB")
    article = parse_page(url=URL, head=head, time=time).article
    assert article.published_at == PUBLISHED
    assert article.updated_at == datetime(2022, 11, 6, 13, 28, 56, tzinfo=UTC)
    assert article.updated_text == "Kompas.com - Diperbarui 06/11/2022, 20:28 WIB"
    assert article.published_text is None
    assert Flag.UPDATED in article.flags
    assert Flag.DATES_DISAGREE not in article.flags


def test_an_update_without_a_stamp_is_read_to_the_minute(parse_page) -> None:
    time = TIME.format("Kompas.com, Diperbarui 18/04/2021, 10:03 WIB")
    assert parse_page(url=URL, time=time).article.updated_at == datetime(2021, 4, 18, 3, 3, tzinfo=UTC)


def test_an_update_in_the_minute_of_publication_is_no_time_of_its_own(parse_page) -> None:
    time = TIME.format("Kompas.com - Diperbarui 14/04/2021, 20:59 WIB")
    article = parse_page(url=URL, head=META.format("2021-04-14T13:59:38+00:00"), time=time).article
    assert article.updated_at is None
    assert article.updated_text == "Kompas.com - Diperbarui 14/04/2021, 20:59 WIB"


@pytest.mark.parametrize(
    ("head", "time", "flagged"),
    [
        (META.format("2021-04-14T13:59:38+00:00"), "Kompas.com - 14/04/2021, 20:59 WIB", False),
        (META.format("2021-04-14T20:59:38+07:00"), "Kompas.com - 14/04/2021, 21:00 WIB", False),
        (META.format("2021-04-14T15:10:00+00:00"), "Kompas.com - 14/04/2021, 20:59 WIB", True),
        (JSON_LD.format("2021-04-15T01:00:00+07:00"), "Kompas.com - 14/04/2021, 20:59 WIB", True),
        ("", "Kompas.com - 15/04/2021, 08:00 WIB", True),
        ("", "14/04/2021", False),
        ("", "15/04/2021", True),
    ],
)
def test_a_page_that_names_another_time_of_publication_is_flagged(parse_page, head, time, flagged) -> None:
    article = parse_page(url=URL, head=head, time=TIME.format(time)).article
    assert (Flag.DATES_DISAGREE in article.flags) is flagged
    assert article.published_at == PUBLISHED


@pytest.mark.parametrize(
    ("head", "time", "at", "source"),
    [
        (
            JSON_LD.format("2021-04-14T08:30:15+07:00") + META.format("2021-04-14T01:30:16+00:00"),
            "Kompas.com - 14/04/2021, 08:30 WIB",
            datetime(2021, 4, 14, 1, 30, 15, tzinfo=UTC),
            PublishedSource.JSON_LD,
        ),
        (
            META.format("2021-04-14T01:30:16+00:00"),
            "Kompas.com - 14/04/2021, 08:30 WIB",
            datetime(2021, 4, 14, 1, 30, 16, tzinfo=UTC),
            PublishedSource.META,
        ),
        ("", "Kompas.com - 14/04/2021, 08:30 WIB", datetime(2021, 4, 14, 1, 30, tzinfo=UTC), PublishedSource.PAGE),
        ("", "", datetime(2021, 4, 13, 17, tzinfo=UTC), PublishedSource.ID),
        # Every stamp is the update's: only the day of the address is known.
        (
            META.format("2022-11-06T13:28:56+00:00"),
            "Kompas.com - Diperbarui 06/11/2022, 20:28 WIB",
            datetime(2021, 4, 13, 17, tzinfo=UTC),
            PublishedSource.ID,
        ),
    ],
)
def test_an_id_without_a_clock_time_leaves_it_to_the_page(parse_page, head, time, at, source) -> None:
    article = parse_page(url=TIMELESS, head=head, time=TIME.format(time)).article
    assert (article.published_at, article.published_source) == (at, source)
    assert article.published_on == date(2021, 4, 14)
    assert Flag.ID_WITHOUT_TIME in article.flags


def test_a_page_without_a_printed_time_is_flagged(parse_page) -> None:
    article = parse_page(time="").article
    assert article.published_text is None
    assert Flag.NO_PAGE_DATE in article.flags
