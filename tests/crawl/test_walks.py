"""Walks along an index that lies, shifts, repeats itself, breaks off or says nothing."""

from __future__ import annotations

import re
import signal
import subprocess
from collections.abc import Iterator
from datetime import date
from pathlib import Path

import pytest

from kompas_crawler.replica import Replica, running
from kompas_crawler.site.sections import SECTIONS
from tests.crawl.conftest import ROOT, Crawl, Finished, command_of, environment_of

DAY = date(2021, 4, 14)
ONE_DAY = ("since=2021-04-14", "until=2021-04-14", "follow=none", "content=metadata")
"""Lists alone: what a walk finds does not depend on the pages of articles."""
TODAY = ("routes=index", "follow=none", "content=metadata")


@pytest.fixture(scope="module")
def busy() -> Iterator[Replica]:
    """Six pages a day."""
    with running("--seed", "7", "--today", "2021-04-20T12:00", "--articles-per-day", "90") as server:
        yield server


@pytest.fixture
def site(busy: Replica) -> Iterator[Replica]:
    yield busy
    busy.calm()
    busy.set_clock("2021-04-20T12:00")


def keys(finished: Finished) -> set[str]:
    return {row["article_id"] for row in finished.rows()}


def true_keys(replica: Replica, day: date = DAY) -> set[str]:
    return {record["key"] for record in replica.truth(day, brief=True)}


def pages_asked(replica: Replica, mark: int) -> list[str]:
    """The queries of the index since `mark`, in order."""
    return [entry["query"] for entry in replica.log(mark) if entry["host"].startswith("indeks") and entry["query"]]


def walks_of(finished: Finished) -> list[tuple[str, int, bool, str | None]]:
    rows = sorted(finished.rows("walks"), key=lambda row: row["walked_at"])
    return [(row["site"], row["pages"], row["is_finished"], row["reason"]) for row in rows]


@pytest.mark.parametrize(
    "trouble",
    [
        {"last_page_low": {"by": 4}},
        {"last_page_missing": True},
        {"repeated_page": {"page": 2}},
        {"doubled_item": {"rate": 1.0}},
        {"status": {"code": 503, "match": "indeks", "times": 1}},
        {"empty": {"code": 200, "match": "indeks.*page=", "times": 1}},
        {"busy": {"match": "indeks.*page=", "times": 1}},
        {"cut_plain": {"match": "indeks.*page=", "times": 1}},
        {"broken_gzip": {"match": "indeks.*page=", "times": 1}},
    ],
    ids=[
        "announces too few pages",
        "announces none",
        "repeats a page",
        "doubles an item",
        "fails once a page",
        "answers nothing once a page",
        "is busy once a page",
        "cuts each page once",
        "breaks each page once",
    ],
)
def test_everything_listed_is_found_though_the_index(trouble: dict[str, object], crawl: Crawl, site: Replica):
    site.trouble(**trouble)
    done = crawl(site.url, *ONE_DAY)
    assert (done.exit_code, keys(done)) == (0, true_keys(site)), done.stderr


@pytest.mark.parametrize("shape", ["2016", "2017", "2024"])
def test_pages_of_ten_fifteen_and_twenty_items_are_walked_alike(shape: str, crawl: Crawl):
    with running("--today", "2021-04-20", "--articles-per-day", "90", "--list-layouts", shape) as site:
        done = crawl(site.url, *ONE_DAY)
        assert (done.exit_code, keys(done)) == (0, true_keys(site)), done.stderr


def test_items_that_shift_while_one_walks_the_current_day_are_all_found(crawl: Crawl, site: Replica):
    now = site.set_clock("2021-04-20T20:30")
    site.trouble(shifting={"every": 2})
    done = crawl(site.url, *TODAY, KOMPAS_CLOCK=now)
    assert done.exit_code == 0, done.stderr
    assert true_keys(site, date(2021, 4, 20)) <= keys(done)


def test_a_walk_that_broke_off_is_taken_up_at_its_page(crawl: Crawl, site: Replica):
    site.trouble(status={"code": 500, "match": "page=4"})
    first = crawl(site.url, *ONE_DAY, RETRY_TIMES="0")
    assert first.exit_code == 1
    assert walks_of(first) == [("all", 3, False, "http_500")]
    assert not any(row["is_complete"] for row in first.rows("coverage"))
    site.calm()
    mark = len(site.log())
    second = crawl(site.url, *ONE_DAY)
    assert pages_asked(site, mark)[0].endswith("page=4")
    assert (second.exit_code, keys(second)) == (0, true_keys(site)), second.stderr
    assert all(row["is_complete"] for row in second.rows("coverage"))


def test_an_article_that_could_not_be_had_is_asked_for_when_a_walk_is_taken_up_behind_it(crawl: Crawl, site: Replica):
    first_listed = max(true_keys(site)).partition("-")[2]
    window = (*ONE_DAY[:3],)
    site.trouble(status={"code": 500, "match": f"page=4|{first_listed}"})
    broken = crawl(site.url, *window, RETRY_TIMES="0")
    assert broken.exit_code == 1
    site.calm()
    assert keys(crawl(site.url, *window)) == true_keys(site)


def kill_when_committed(process: subprocess.Popen[str], articles: int) -> None:
    """Follow the log of a crawl until so many new articles are committed, and kill it."""
    assert process.stderr is not None
    with process:
        for line in process.stderr:
            articles -= int(match[1]) if (match := re.search(r"Commit: (\d+) new", line)) else 0
            if articles <= 0:
                break
        process.kill()
    assert process.returncode == -signal.SIGKILL


def test_what_a_killed_run_had_asked_for_is_taken_up_by_the_next(crawl: Crawl, site: Replica, tmp_path: Path):
    hanging = min(true_keys(site, date(2021, 4, 20)))
    site.trouble(hang={"match": hanging.partition("-")[2]})
    output = tmp_path / "output"
    arguments = ("routes=index", "follow=none")
    command = command_of(*arguments, KOMPAS_CLOCK="2021-04-20T12:00", KOMPAS_COMMIT_SECONDS="1")
    process = subprocess.Popen(
        command,
        cwd=ROOT,
        env=environment_of(output, site.url),
        stdin=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        text=True,
    )
    wanted = true_keys(site, date(2021, 4, 19)) | true_keys(site, date(2021, 4, 20))
    kill_when_committed(process, len(wanted) - 1)
    killed = Finished(0, "", "", output)
    assert hanging not in keys(killed)
    site.calm()
    done = crawl(site.url, *arguments, KOMPAS_CLOCK="2021-04-20T12:30")
    assert done.exit_code == 0, done.stderr
    assert hanging in keys(done)


def test_behind_the_page_cap_the_narrower_lists_of_the_day_are_walked(crawl: Crawl, site: Replica):
    done = crawl(site.url, *ONE_DAY, KOMPAS_PAGE_CAP="2")
    listed_alone = {slug for slug, section in SECTIONS.items() if section.site_slug != "all"}
    records = site.truth(DAY, brief=True)
    assert {record["key"] for record in records if record["section"] in listed_alone} <= keys(done)
    assert ("all", 2, False, "page_cap") in walks_of(done)
    assert done.exit_code == 1
    assert "page_cap" in done.stdout


def test_an_empty_day_is_asked_for_once_more_and_then_believed(crawl: Crawl, site: Replica):
    site.trouble(quiet_day={"day": "2021-04-14"})
    mark = len(site.log())
    done = crawl(site.url, "since=2021-04-13", *ONE_DAY[1:])
    assert done.exit_code == 0, done.stderr
    assert [query for query in pages_asked(site, mark) if "04-14" in query] == ["site=all&date=2021-04-14&page=1"] * 2
    rows = [row for row in done.rows("coverage") if row["day"] == DAY]
    assert rows
    assert {(row["listed"], row["is_complete"]) for row in rows} == {(0, True)}


def test_an_empty_day_of_which_articles_are_held_is_not_believed(crawl: Crawl, site: Replica):
    crawl(site.url, *ONE_DAY)
    site.trouble(quiet_day={"day": "2021-04-14"})
    again = crawl(site.url, *ONE_DAY)
    assert again.exit_code == 1
    assert walks_of(again)[-1][2:] == (False, "emptied")


@pytest.mark.parametrize("code", [200, 202])
def test_an_answer_with_nothing_in_it_is_never_a_day_without_news(code: int, crawl: Crawl, site: Replica):
    site.trouble(empty={"code": code, "match": "indeks.*page=1"})
    done = crawl(site.url, *ONE_DAY, RETRY_TIMES="0")
    assert done.exit_code == 1
    assert walks_of(done) == [("all", 0, False, "empty_body")]
    assert done.rows("coverage") == []


def test_links_to_other_sites_in_a_list_are_left_out_with_their_reason(crawl: Crawl, site: Replica):
    done = crawl(site.url, *ONE_DAY)
    excluded = {visit["reason"] for visit in done.visits().values() if visit["outcome"] == "excluded"}
    assert excluded <= {"foreign_host", "not_an_article"}
    assert excluded
