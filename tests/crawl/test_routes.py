"""The ways by which articles are found: sitemaps, fronts, given addresses; and what they say about each other."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, datetime
from pathlib import Path

import pytest

from kompas_crawler.replica import Replica, running
from tests.crawl.conftest import Crawl, Finished

DAYS = (date(2021, 4, 19), date(2021, 4, 20))
WINDOW = ("since=2021-04-19", "until=2021-04-20")
ALONE = "follow=none"


@pytest.fixture
def site(replica: Replica) -> Iterator[Replica]:
    """The shared replica, calm again afterwards."""
    yield replica
    replica.calm()


def keys(finished: Finished) -> set[str]:
    return {row["article_id"] for row in finished.rows()}


def true_keys(replica: Replica, *days: date) -> set[str]:
    return {record["key"] for record in replica.truth(*(days or DAYS), brief=True)}


def asked_since(replica: Replica, mark: int) -> list[str]:
    return [f"{entry['host']}{entry['path']}" for entry in replica.log(mark) if entry["path"] != "/robots.txt"]


def routes_of(finished: Finished) -> set[tuple[str, ...]]:
    return {tuple(row["discovered_by"]) for row in finished.rows()}


def test_sitemaps_alone_find_every_article_of_two_days(crawl: Crawl, replica: Replica):
    done = crawl(replica.url, *WINDOW, "routes=sitemap", ALONE)
    assert (done.exit_code, keys(done)) == (0, true_keys(replica)), done.stderr
    assert routes_of(done) == {("sitemap",)}


def test_only_the_sitemaps_of_the_chosen_sections_are_read(crawl: Crawl, replica: Replica):
    mark = len(replica.log())
    crawl(replica.url, *WINDOW, "routes=sitemap", "sections=global", "content=metadata")
    assert set(asked_since(replica, mark)) == {"www.kompas.com/sitemap.xml", "www.kompas.com/global/news/sitemap.xml"}


def test_fronts_find_articles_and_keep_those_of_the_window(crawl: Crawl, replica: Replica):
    done = crawl(replica.url, *WINDOW, "routes=front", ALONE)
    assert done.exit_code == 0, done.stderr
    assert keys(done) == true_keys(replica)
    assert routes_of(done) == {("front",)}


def test_a_stream_is_read_on_as_long_as_it_brings_something_new(crawl: Crawl):
    with running("--today", "2021-04-20T23:59", "--articles-per-day", "900", "--list-layouts", "2017") as busy:
        done = crawl(busy.url, *WINDOW, "routes=front", "sections=nasional", "content=metadata")
        wanted = {r["key"] for r in busy.truth(*DAYS, brief=True) if r["section"] == "nasional"}
        pages = [path for path in asked_since(busy, 0) if "/home/more/" in path]
    assert keys(done) == wanted
    assert pages == [f"nasional.kompas.com/home/more/{number}" for number in range(2, len(pages) + 2)]
    assert 2 <= len(pages) <= len(wanted) // 30 + 2


def test_every_row_names_all_the_routes_that_found_it(crawl: Crawl, replica: Replica):
    done = crawl(replica.url, *WINDOW, "routes=index,sitemap,front", ALONE)
    assert routes_of(done) == {("front", "index", "sitemap")}


def test_an_article_that_the_index_never_listed_is_found_and_counted_as_unlisted(crawl: Crawl, site: Replica):
    site.trouble(quiet_day={"day": "2021-04-19"})
    done = crawl(site.url, *WINDOW, "routes=index,sitemap", ALONE)
    silent = true_keys(site, DAYS[0])
    assert silent <= keys(done)
    assert sum(row["unlisted"] for row in done.rows("coverage") if row["day"] == DAYS[0]) == len(silent)


def test_two_routes_give_an_estimate_of_what_there_was(crawl: Crawl, replica: Replica):
    done = crawl(replica.url, *WINDOW, "routes=index,sitemap", ALONE)
    rows = [row for row in done.rows("coverage") if row["listed"] > 3]
    assert rows
    assert all(row["estimated_low"] <= row["listed"] <= row["estimated_high"] for row in rows)


# --- Given addresses --------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def old(replica: Replica) -> dict[str, str]:
    """Addresses of two articles from years before, by key."""
    return {record["key"]: record["url"] for record in replica.truth(date(2019, 3, 4), brief=True)[:2]}


@pytest.fixture(scope="module")
def given(module_crawl: Crawl, replica: Replica, old: dict[str, str], tmp_path_factory: pytest.TempPathFactory):
    first, second = old.values()
    file = tmp_path_factory.mktemp("given") / "addresses.txt"
    lines = [
        "# two articles, one of them twice",
        first,
        "",
        first.replace("https://", "http://") + "?utm_source=x#y",
        second,
        "https://www.kompas.com/tag/banjir",
        "https://www.kompas.tv/article/1",
    ]
    file.write_text("\n".join(lines), encoding="utf-8")
    return module_crawl(replica.url, f"addresses={file}", ALONE)


def test_given_articles_are_kept_whatever_the_window(given: Finished, old: dict[str, str]):
    assert (given.exit_code, keys(given)) == (0, set(old)), given.stderr


def test_given_articles_are_marked_as_given(given: Finished):
    assert routes_of(given) == {("given",)}


@pytest.mark.parametrize(
    ("url", "reason"),
    [("https://www.kompas.com/tag/banjir", "not_an_article"), ("https://www.kompas.tv/article/1", "foreign_host")],
)
def test_a_given_address_that_is_no_article_is_reported_as_excluded(given: Finished, url: str, reason: str):
    visit = given.visits()[url]
    assert (visit["outcome"], visit["reason"]) == ("excluded", reason)


def test_with_given_addresses_no_list_is_read(given: Finished):
    assert {visit["page_kind"] for visit in given.visits().values()} == {"article", "other", "robots"}


def test_a_file_of_addresses_that_cannot_be_used_is_refused_before_anything_is_asked(
    crawl: Crawl, replica: Replica, tmp_path: Path
):
    mark = len(replica.log())
    done = crawl(replica.url, f"addresses={tmp_path / 'nowhere.txt'}")
    assert (done.exit_code, len(replica.log()) - mark) == (2, 0)
    assert "nowhere.txt" in done.stderr
    assert "Traceback" not in done.stderr


# --- Lists alone ------------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def bare(module_crawl: Crawl, replica: Replica, tmp_path_factory: pytest.TempPathFactory) -> Finished:
    return module_crawl(replica.url, *WINDOW, "content=metadata", output=tmp_path_factory.mktemp("bare") / "output")


def test_what_lists_say_can_be_kept_without_asking_for_an_article(bare: Finished, replica: Replica):
    assert (bare.exit_code, keys(bare)) == (0, true_keys(replica)), bare.stderr
    assert {visit["page_kind"] for visit in bare.visits().values() if visit["status"]} == {"index", "robots"}


def test_a_row_from_lists_says_that_it_is_one(bare: Finished):
    rows = bare.rows()
    assert {tuple(row["flags"]) for row in rows} == {("metadata_only",)}
    assert {(row["body"], row["layout"], row["is_complete"], row["pages_fetched"]) for row in rows} == {
        ("", "list", False, 0)
    }


def test_a_row_from_lists_has_title_section_and_time_of_the_article(bare: Finished, replica: Replica):
    truth = {record["key"]: record for record in replica.truth(*DAYS, brief=True)}
    for row in bare.rows():
        true = truth[row["article_id"]]
        assert (row["title"], row["section"]) == (true["title"], true["section"])
        assert row["published_at"] == datetime.fromisoformat(true["published_at"])


def test_a_second_look_at_the_lists_changes_nothing(bare: Finished, crawl: Crawl, replica: Replica):
    before = {row["article_id"]: row["revision"] for row in bare.rows()}
    again = crawl(replica.url, *WINDOW, "content=metadata", output=bare.output)
    assert {row["article_id"]: row["revision"] for row in again.rows()} == before


def test_lists_alone_never_lead_to_a_page_also_where_an_article_is_no_longer_listed(
    bare: Finished, crawl: Crawl, site: Replica
):
    site.trouble(deletions={"rate": 0.5})
    mark = len(site.log())
    crawl(site.url, *WINDOW, "content=metadata", output=bare.output)
    assert not any("/read/" in path for path in asked_since(site, mark))


def test_a_full_crawl_fills_rows_from_lists_without_making_an_edit_of_it(
    bare: Finished, crawl: Crawl, replica: Replica
):
    full = crawl(replica.url, *WINDOW, ALONE, output=bare.output)
    rows = full.rows()
    assert full.exit_code == 0, full.stderr
    assert {row["revision"] for row in rows} == {1}
    assert not any("metadata_only" in row["flags"] for row in rows)
    assert full.rows("revisions") == []
