"""The lists of the replica name what its truth holds."""

from __future__ import annotations

import re
from datetime import date

import pytest

from kompas_crawler.replica import Replica, running
from tests.replica.browsing import DAY, keys_in, walk


@pytest.mark.parametrize("offset", range(6))
def test_the_index_of_a_day_lists_each_of_its_articles_once_and_newest_first(replica: Replica, offset: int) -> None:
    day = date(2021, 4, 10 + offset)
    listed = [key for page in walk(replica, day) for key in page]
    assert listed == [record["key"] for record in reversed(replica.truth(day, brief=True))]


@pytest.mark.parametrize(("shape", "size"), [("2016", 10), ("2017", 15), ("2024", 20)])
def test_each_layout_of_the_index_has_its_own_page_size(shape: str, size: int) -> None:
    with running("--today", "2021-04-20", "--articles-per-day", "60", "--list-layouts", shape) as replica:
        pages = walk(replica, DAY)
    assert {len(page) for page in pages[:-1]} == {size}


def test_site_news_lists_the_four_news_sections_only(replica: Replica) -> None:
    listed = {key for page in walk(replica, DAY, "news") for key in page}
    news = {"nasional", "megapolitan", "regional", "global"}
    assert listed == {r["key"] for r in replica.truth(DAY, brief=True) if r["section"] in news}


@pytest.mark.parametrize(
    "path",
    [
        "/?site=all&date=2031-01-01&page=1",
        "/?site=all&date=2021-04-21",
        "/?site=nosuchsection&date=2021-04-14",
        "/?site=all&date=14/04/2021",
        "/?site=all&date=2021-04-14&page=99",
    ],
)
def test_an_index_page_with_nothing_to_list_is_still_a_page(replica: Replica, path: str) -> None:
    assert keys_in(replica.get("indeks.kompas.com", path).decode()) == []


def test_articles_of_the_current_day_come_out_as_the_clock_passes_their_minute() -> None:
    with running("--today", "2021-04-20T08:00", "--articles-per-day", "60") as replica:
        today = date(2021, 4, 20)
        before = [key for page in walk(replica, today) for key in page]
        replica.advance(hours=4)
        after = [key for page in walk(replica, today) for key in page]
    assert set(before) < set(after)
    assert all(key[9:13] <= "0800" for key in before)
    assert max(key[9:13] for key in after) > "1100"


@pytest.mark.parametrize(
    ("host", "path", "section"),
    [
        ("nasional.kompas.com", "/", "nasional"),
        ("www.kompas.com", "/global", "global"),
        ("tekno.kompas.com", "/", "tekno"),
    ],
)
def test_a_section_front_streams_its_latest_articles(replica: Replica, host: str, path: str, section: str) -> None:
    truth = replica.truth(date(2021, 4, 10), date(2021, 4, 20), brief=True)
    newest = [r["key"] for r in reversed(truth) if r["section"] == section and r["published_at"] < "2021-04-20T12:00"]
    stream = keys_in(replica.get(host, path).decode())
    assert stream[: len(newest)] == newest[: len(stream)]


def test_the_news_sitemap_names_the_section_s_articles_of_two_days(replica: Replica) -> None:
    places = replica.get("www.kompas.com", "/sitemap.xml").decode()
    assert "<loc>https://nasional.kompas.com/news/sitemap.xml</loc>" in places
    sitemap = replica.get("nasional.kompas.com", "/news/sitemap.xml").decode()
    truth = replica.truth(date(2021, 4, 18), date(2021, 4, 20), brief=True)
    recent = {r["url"] for r in truth if r["section"] == "nasional" and r["published_at"] >= "2021-04-18T12:00"}
    assert set(re.findall(r"<loc>([^<]*)</loc>", sitemap)) == recent


def test_a_tag_page_lists_articles_whose_headline_names_the_tag(replica: Replica) -> None:
    keys = keys_in(replica.get("www.kompas.com", "/tag/jakarta").decode())
    week = {r["key"]: r["url"] for r in replica.truth(date(2021, 4, 14), date(2021, 4, 20), brief=True)}
    assert keys
    assert all("jakarta" in week[key] for key in keys)
