"""A back-fill by four crawls at once gives the archive of one machine, at the rate of one machine."""

from __future__ import annotations

import json
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from kompas_crawler.replica import Replica
from tests.crawl.conftest import Finished, crawler_into
from tests.crawl.test_politeness import TOLERANCE
from tests.faults.test_kills import comparable
from tests.fleet.conftest import SINCE, UNTIL, Lag, backfill

pytestmark = [pytest.mark.slow, pytest.mark.xdist_group("fleet")]

DELAY = 0.15


@pytest.fixture(scope="module")
def four(site: Replica, lag: Lag, tmp_path_factory: pytest.TempPathFactory) -> tuple[Finished, list[dict[str, Any]]]:
    """A back-fill of four days by four workers, and the requests that the site saw."""
    before = len(site.log())
    output = tmp_path_factory.mktemp("fleet") / "output"
    with lag:
        done = backfill(site, output, "--workers", "4", "--json", DOWNLOAD_DELAY=DELAY, DOWNLOAD_DELAY_JITTER=0)
    assert done.exit_code == 0, done.stderr
    return done, site.log(before)


@pytest.fixture(scope="module")
def lag() -> Lag:
    """What the machine made processes wait during that back-fill."""
    return Lag()


@pytest.fixture(scope="module")
def alone(site: Replica, tmp_path_factory: pytest.TempPathFactory) -> Finished:
    """The same days by one crawl."""
    output = tmp_path_factory.mktemp("alone") / "output"
    return crawler_into(output)(site.url, f"since={SINCE}", f"until={UNTIL}")


def test_the_archive_equals_that_of_one_machine(four: tuple[Finished, Any], alone: Finished) -> None:
    assert comparable(four[0].output) == comparable(alone.output)


@pytest.mark.parametrize("steps", [1, 2, 10, 30])
def test_no_requests_of_four_workers_come_closer_than_the_delay(
    four: tuple[Finished, Any], lag: Lag, steps: int
) -> None:
    at = [one["seconds"] for one in four[1]]
    spans = [later - earlier for earlier, later in zip(at, at[steps:], strict=False)]
    assert min(spans) >= steps * DELAY - TOLERANCE - 2 * lag.seconds


def test_four_workers_ask_for_every_page_once(four: tuple[Finished, Any]) -> None:
    _, requests = four
    pages = [(one["host"], one["path"], one["query"]) for one in requests if one["path"] != "/robots.txt"]
    assert sorted(pages) == sorted(set(pages))


def test_a_robots_txt_that_one_worker_has_read_is_not_asked_for_by_the_others(
    four: tuple[Finished, Any],
) -> None:
    _, requests = four
    hosts = [one["host"] for one in requests if one["path"] == "/robots.txt"]
    assert sorted(hosts) == sorted(set(hosts))


def test_every_day_is_complete(four: tuple[Finished, Any]) -> None:
    days = {row["day"] for row in four[0].rows("coverage")}
    assert days >= {date(2021, 4, day) for day in range(16, 20)}
    assert all(row["is_complete"] for row in four[0].rows("coverage") if row["day"] in days)


def test_each_unit_and_the_whole_have_one_record(four: tuple[Finished, Any]) -> None:
    done, _ = four
    run_id = json.loads(done.stdout)["run_id"]
    runs = [row["run_id"] for row in done.rows("runs")]
    assert sorted(run.removeprefix(run_id)[:9] for run in runs) == ["", *(f"-202104{day}" for day in range(16, 20))]


def test_nothing_is_left_behind(four: tuple[Finished, Any]) -> None:
    output = four[0].output
    assert not any((output / "staging").rglob("*.parquet"))
    assert not (output / "backfill").exists()


def test_a_second_back_fill_asks_for_no_article_again(calm_site: Replica, four: tuple[Finished, Any]) -> None:
    before = len(calm_site.log())
    done = backfill(calm_site, four[0].output, "--workers", "2", since="2021-04-18", until="2021-04-19")
    assert done.exit_code == 0, done.stderr
    assert [one["path"] for one in calm_site.log(before) if "/read/" in one["path"]] == []
    assert [one for one in calm_site.log(before) if one["path"] == "/robots.txt"] == []


def test_a_retry_after_that_meets_one_worker_silences_all(calm_site: Replica, tmp_path: Path) -> None:
    calm_site.trouble(status={"code": 429, "retry_after": 3, "match": "/read/", "times": 1, "rate": 0.05})
    before = len(calm_site.log())
    done = backfill(calm_site, tmp_path / "output", "--workers", "4", DOWNLOAD_DELAY=0.05)
    requests = calm_site.log(before)
    assert done.exit_code == 0, done.stderr
    asked_to_wait = [n for n, one in enumerate(requests[:-1]) if one["status"] == 429]
    assert asked_to_wait
    for n in asked_to_wait:
        later = [one["seconds"] - requests[n]["seconds"] for one in requests[n + 1 :]]
        # What had left before the answer came is on its way; there is at most one such request.
        assert [gap for gap in later if 0.5 < gap < 3 - TOLERANCE] == []


def test_refusals_that_meet_several_workers_stop_all_with_exit_code_3(calm_site: Replica, tmp_path: Path) -> None:
    calm_site.trouble(status={"code": 403, "match": "/read/"})
    before = len(calm_site.log())
    done = backfill(calm_site, tmp_path / "output", "--workers", "4", "--json", DOWNLOAD_DELAY=0.3)
    assert done.exit_code == 3, done.stderr
    assert json.loads(done.stdout)["stopped"] == "blocked"
    # Three in a row are the limit, of one crawl or of a fleet; one of each crawl may be on its way meanwhile.
    assert sum(one["status"] == 403 for one in calm_site.log(before)) <= 3 + 4


def test_a_crawl_that_commits_later_stages_beside_a_run_that_holds_the_lock(site: Replica, tmp_path: Path) -> None:
    from kompas_crawler.archive import Archive

    crawl, output = crawler_into(tmp_path / "output"), tmp_path / "output"
    with Archive(str(output)).lock("another"):
        done = crawl(site.url, f"since={UNTIL}", f"until={UNTIL}", KOMPAS_COMMIT="later")
    assert done.exit_code == 0, done.stderr
    assert not (output / "articles").exists()
    assert Archive(str(output)).commit().rows_new == len(site.truth(date(2021, 4, 19), brief=True))


@pytest.mark.parametrize(
    ("arguments", "complaint"),
    [
        (("--workers", "2", "--scheduler", "tcp://127.0.0.1:1"), "not both"),
        (("--scheduler", "tcp://127.0.0.1:1"), "cannot be reached"),
        (("-a", "limit=3"), "passes on"),
    ],
)
def test_wrong_usage_is_refused_with_what_is_allowed(
    site: Replica, tmp_path: Path, arguments: tuple[str, ...], complaint: str
) -> None:
    done = backfill(site, tmp_path / "output", *arguments)
    assert (done.exit_code, complaint in done.stderr) == (2, True), done.stderr
