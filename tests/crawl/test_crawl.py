"""The whole way: a crawl of the replica, to Parquet, looked at by the readers that people use."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

import duckdb
import pandas as pd
import polars as pl
import pyarrow.parquet as pq
import pytest

from kompas_crawler.archive.schema import ARTICLES
from kompas_crawler.replica import Replica
from tests.crawl.conftest import Crawl, Finished

pytestmark = pytest.mark.xdist_group("crawl")

DAYS = (date(2021, 4, 18), date(2021, 4, 19))
WINDOW = ("since=2021-04-18", "until=2021-04-19")


@pytest.fixture(scope="module")
def first(replica: Replica, module_crawl: Crawl) -> Finished:
    """A crawl of two days."""
    return module_crawl(replica.url, *WINDOW)


@pytest.fixture(scope="module")
def second(first: Finished, replica: Replica, module_crawl: Crawl) -> Finished:
    """The same crawl once more, into the same archive."""
    return module_crawl(replica.url, *WINDOW)


@pytest.fixture(scope="module")
def truth(replica: Replica) -> dict[str, dict[str, Any]]:
    return {article["article_id"]: article for article in replica.truth(*DAYS)}


@pytest.fixture(scope="module")
def rows(first: Finished) -> dict[str, dict[str, Any]]:
    return {row["article_id"]: row for row in first.rows()}


def test_a_complete_crawl_exits_with_0(first: Finished):
    assert first.exit_code == 0, first.stderr


def test_every_article_of_the_days_is_one_row(first: Finished, truth: dict[str, dict[str, Any]]):
    assert sorted(row["article_id"] for row in first.rows()) == sorted(truth)


@pytest.mark.parametrize("column", ["section", "title", "authors", "editors", "tags", "dateline", "page_count"])
def test_a_column_is_as_the_site_means_it(
    column: str, rows: dict[str, dict[str, Any]], truth: dict[str, dict[str, Any]]
):
    assert {key: row[column] for key, row in rows.items()} == {key: truth[key][column] for key in rows}


def test_the_time_of_publication_is_that_of_the_site(rows: dict[str, dict[str, Any]], truth: dict[str, dict[str, Any]]):
    stored = {key: row["published_at"] for key, row in rows.items()}
    assert stored == {key: datetime.fromisoformat(truth[key]["published_at"]) for key in rows}


def test_all_parts_of_an_article_stand_in_one_body(rows: dict[str, dict[str, Any]], truth: dict[str, dict[str, Any]]):
    bodies = {key: "\n\n".join(truth[key]["body"]) for key in rows}
    assert {key: row["body"] for key, row in rows.items()} == bodies


def test_articles_of_several_parts_are_among_them(rows: dict[str, dict[str, Any]]):
    assert max(row["page_count"] for row in rows.values()) > 1
    assert all(row["is_complete"] for row in rows.values())


def test_the_summary_says_how_many_were_listed_held_and_missed(first: Finished, truth: dict[str, dict[str, Any]]):
    assert f"{len(truth)} listed, {len(truth)} held, 0 missed" in first.stdout


def test_the_second_run_asks_for_no_article_again(second: Finished, replica: Replica):
    assert second.exit_code == 0
    asked = [entry["path"] for entry in replica.log() if "/read/" in entry["path"]]
    assert len(asked) == len(set(asked))


def test_the_second_run_finds_everything_held(second: Finished, truth: dict[str, dict[str, Any]]):
    outcomes = [visit["outcome"] for key, visit in second.visits().items() if key in truth]
    assert set(outcomes) == {"known"}
    assert len(second.rows()) == len(truth)


def test_every_address_is_in_the_books_of_the_run_once(first: Finished):
    visits = first.rows("visits")
    assert len({(visit["run_id"], visit["url"]) for visit in visits}) == len(visits)


def test_every_row_says_by_which_routes_it_was_found(rows: dict[str, dict[str, Any]]):
    assert all("index" in row["discovered_by"] for row in rows.values())


def test_the_run_is_on_record_with_its_arguments(first: Finished):
    run = first.rows("runs")[0]
    assert (run["exit_code"], run["finish_reason"]) == (0, "finished")
    assert '"since": "2021-04-18"' in run["arguments"]


def test_the_days_are_complete(first: Finished):
    days = {(row["day"], row["is_complete"]) for row in first.rows("coverage") if row["day"] in DAYS}
    assert days == {(day, True) for day in DAYS}


def test_pandas_reads_the_folder(first: Finished, truth: dict[str, dict[str, Any]]):
    frame = pd.read_parquet(first.output / "articles")
    assert set(frame["article_id"]) == set(truth)


def test_polars_reads_the_folder(first: Finished, truth: dict[str, dict[str, Any]]):
    frame = pl.scan_parquet(first.output / "articles", hive_partitioning=True).collect()
    assert frame["published_at"].dtype == pl.Datetime("us", "UTC")
    assert set(frame["article_id"]) == set(truth)


def test_duckdb_reads_the_folder(first: Finished, truth: dict[str, dict[str, Any]]):
    files = str(first.output / "articles" / "**" / "*.parquet")
    found = duckdb.sql(f"SELECT article_id FROM read_parquet('{files}', hive_partitioning = true)").fetchall()
    assert {article_id for (article_id,) in found} == set(truth)


def test_every_column_has_the_type_of_the_contract(first: Finished):
    file = next((first.output / "articles").rglob("*.parquet"))
    assert pq.read_schema(file).remove_metadata().equals(ARTICLES.remove_metadata())


def test_only_the_chosen_sections_are_kept(crawl: Crawl, replica: Replica):
    done = crawl(replica.url, *WINDOW, "sections=tekno,global")
    wanted = {a["article_id"] for a in replica.truth(*DAYS, brief=True) if a["section"] in {"tekno", "global"}}
    assert {row["article_id"] for row in done.rows()} == wanted


def test_a_limit_bounds_the_articles_that_are_fetched(crawl: Crawl, replica: Replica):
    assert len(crawl(replica.url, *WINDOW, "limit=5").rows()) == 5


def test_what_a_limit_leaves_out_is_missing_in_coverage(crawl: Crawl, replica: Replica):
    done = crawl(replica.url, "since=2021-04-18", "until=2021-04-18", "limit=5")
    day = [row for row in done.rows("coverage") if row["day"] == DAYS[0]]
    assert sum(len(row["missing"]) for row in day) == len(replica.truth(DAYS[0], brief=True)) - 5
    assert not all(row["is_complete"] for row in day)


def test_links_lead_to_articles_of_the_window_that_the_chosen_lists_do_not_show(crawl: Crawl, replica: Replica):
    listed_only = crawl(replica.url, *WINDOW, "limit=1", "follow=none")
    followed = crawl(replica.url, *WINDOW, "follow=terkini,baca_juga,terkait", output=listed_only.output)
    routes = {route for row in followed.rows("visits") for route in row["discovered_by"]}
    assert {"index", "terkini", "baca_juga"} <= routes


def test_without_following_only_the_index_leads_to_articles(crawl: Crawl, replica: Replica):
    done = crawl(replica.url, *WINDOW, "follow=none")
    assert {route for row in done.rows("visits") for route in row["discovered_by"]} == {"index"}


def test_an_article_that_the_site_removed_ends_as_gone(crawl: Crawl, replica: Replica):
    replica.trouble(status={"code": 404, "rate": 1, "match": "/global/read/"})
    try:
        done = crawl(replica.url, *WINDOW, "sections=global")
    finally:
        replica.calm()
    assert {visit["outcome"] for visit in done.rows("visits") if visit["page_kind"] == "article"} <= {
        "gone",
        "excluded",
    }


def test_a_site_that_keeps_failing_fails_the_run(crawl: Crawl, replica: Replica):
    replica.trouble(status={"code": 500, "rate": 1, "match": "/global/read/"})
    try:
        done = crawl(replica.url, *WINDOW, "sections=global", RETRY_TIMES="1")
    finally:
        replica.calm()
    assert done.exit_code == 1
    assert "failed or stayed unparsed" in done.stdout


@pytest.mark.parametrize(
    ("argument", "allowed"),
    [("since=14/04/2021", "YYYY-MM-DD"), ("sections=sport", "allowed"), ("colour=red", "takes")],
)
def test_a_wrong_argument_is_refused_before_anything_is_asked(
    argument: str, allowed: str, crawl: Crawl, replica: Replica
):
    before = len(replica.log())
    done = crawl(replica.url, argument)
    assert (done.exit_code, len(replica.log()) - before, done.output.exists()) == (2, 0, False)
    assert allowed in done.stderr


def test_the_live_site_is_not_asked_without_permission(crawl: Crawl):
    done = crawl(None, *WINDOW)
    assert done.exit_code == 2
    assert "KOMPAS_CONTACT" in done.stderr
    assert not done.output.exists()


def test_a_further_route_leaves_the_reason_of_an_exclusion(first: Finished):
    excluded = [visit for visit in first.rows("visits") if visit["outcome"] == "excluded"]
    assert excluded
    assert all(visit["reason"] for visit in excluded)


def test_a_further_route_leaves_the_answer_of_a_page_that_was_read(first: Finished):
    kept = [visit for visit in first.rows("visits") if visit["outcome"] == "kept_new"]
    assert all(visit["status"] == 200 and visit["size_bytes"] for visit in kept)


def test_where_the_whole_article_is_not_served_its_parts_are_put_together(
    crawl: Crawl, replica: Replica, truth: dict[str, dict[str, Any]]
):
    replica.trouble(status={"code": 404, "rate": 1, "match": "page=all"})
    try:
        done = crawl(replica.url, *WINDOW, "follow=none")
    finally:
        replica.calm()
    assert {row["article_id"]: row["body"] for row in done.rows()} == {
        key: "\n\n".join(article["body"]) for key, article in truth.items()
    }


def test_an_article_whose_parts_are_not_all_served_is_kept_and_marked(
    crawl: Crawl, replica: Replica, truth: dict[str, dict[str, Any]]
):
    replica.trouble(status={"code": 404, "rate": 1, "match": r"\?page=(all|2)"})
    try:
        done = crawl(replica.url, *WINDOW, "follow=none")
    finally:
        replica.calm()
    incomplete = {row["article_id"] for row in done.rows() if not row["is_complete"]}
    assert incomplete == {key for key, article in truth.items() if article["page_count"] > 1}
    assert {row["pages_fetched"] for row in done.rows() if not row["is_complete"]} >= {1}


def test_invented_and_real_articles_do_not_come_to_lie_in_one_archive(first: Finished, module_crawl: Crawl):
    ground = {"KOMPAS_CONTACT": "mailto:someone@university.example", "KOMPAS_PERMISSION": "letter of 2 March 2026"}
    done = module_crawl(None, *WINDOW, **ground)
    assert done.exit_code == 2
    assert "holds articles of a replica" in done.stderr
