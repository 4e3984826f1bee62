"""Crawls with a browser: fronts that grow, articles that scripts fill, browsers that die. Skipped without Chromium."""

from __future__ import annotations

import os
import re
import signal
import subprocess
from collections import Counter
from collections.abc import Iterator
from datetime import date
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest

from kompas_crawler.archive import Archive, read_exchange
from kompas_crawler.rendering.session import find_browser
from kompas_crawler.replica import Replica, running
from tests.crawl.conftest import ROOT, Crawl, Finished, command_of, environment_of

needs_browser = pytest.mark.skipif(
    find_browser(None) is None, reason="no Chromium is installed: apt-get install chromium"
)
pytestmark = pytest.mark.xdist_group("rendering")

DAY = date(2021, 4, 19)
FRONT_DAYS = ("since=2021-04-19", "until=2021-04-20")
FRONTS = (*FRONT_DAYS, "routes=front", "sections=nasional,bola", "follow=none")
ARTICLES = ("since=2021-04-19", "until=2021-04-19", "follow=none")


@pytest.fixture(scope="module")
def site() -> Iterator[Replica]:
    with running("--seed", "7", "--today", "2021-04-20T23:00", "--articles-per-day", "48") as server:
        yield server


@pytest.fixture(autouse=True)
def calm(site: Replica) -> None:
    site.calm()


@pytest.fixture
def truth(site: Replica) -> dict[str, dict[str, Any]]:
    return {article["article_id"]: article for article in site.truth(DAY)}


def fronts_truth(site: Replica) -> set[str]:
    articles = site.truth(DAY, date(2021, 4, 20), brief=True)
    kept = {"nasional", "bola", "sports", "motogp", "badminton"}
    return {article["article_id"] for article in articles if article["section"] in kept}


def bodies(done: Finished) -> dict[str, str]:
    return {row["article_id"]: row["body"] for row in done.rows()}


def true_bodies(truth: dict[str, dict[str, Any]]) -> dict[str, str]:
    return {key: "\n\n".join(article["body"]) for key, article in truth.items()}


def test_a_front_that_grows_by_a_script_shows_little_without_a_browser(crawl: Crawl, site: Replica):
    site.trouble(scripted_fronts={"first": 3})
    assert len(crawl(site.url, *FRONTS).rows()) < len(fronts_truth(site)) / 2


@needs_browser
@pytest.mark.parametrize("form", ["scroll", "button"])
def test_a_front_is_read_to_the_end_of_its_stream(crawl: Crawl, site: Replica, form: str):
    site.trouble(scripted_fronts={"form": form, "first": 3})
    done = crawl(site.url, *FRONTS, "render=fronts")
    assert done.exit_code == 0, done.stderr
    assert {row["article_id"] for row in done.rows()} == fronts_truth(site)


@needs_browser
@pytest.mark.parametrize("form", ["body", "page"])
def test_an_article_without_a_body_is_read_from_the_browser_and_flagged(
    crawl: Crawl, site: Replica, truth: dict[str, dict[str, Any]], form: str
):
    site.trouble(empty_shell={"form": form, "rate": 0.4})
    before = len(site.log())
    done = crawl(site.url, *ARTICLES, "render=fallback")
    assert done.exit_code == 0, done.stderr
    assert bodies(done) == true_bodies(truth)
    asked = [entry["path"] for entry in site.log(before) if "/read/" in entry["path"]]
    twice = {path for path in asked if asked.count(path) == 2}
    assert 5 < len(twice) < len(truth)
    assert len(asked) == len(truth) + len(twice), "a page is rendered once"
    rendered = {row["url"].partition("kompas.com")[2] for row in done.rows() if row["rendered"]}
    assert rendered == twice


@needs_browser
def test_with_a_browser_at_hand_whole_articles_are_still_read_without_it(crawl: Crawl, site: Replica):
    done = crawl(site.url, *ARTICLES, "render=fallback,fronts", STATS_DUMP="True")
    assert not any(row["rendered"] for row in done.rows())
    assert "kompas/browser/started" not in done.stderr


@needs_browser
def test_the_browser_loads_neither_images_nor_anything_beside_the_page(crawl: Crawl):
    with running(
        "--today", "2021-04-20T23:00", "--articles-per-day", "48", "--list-layouts", "2024"
    ) as site:  # whose items show pictures
        site.trouble(scripted_fronts={"first": 3})
        crawl(site.url, *FRONTS, "render=fronts", "limit=1")
        asked = {entry["host"] + re.sub(r"\d+$", "N", entry["path"]) for entry in site.log()}
        agents = {entry["user_agent"] for entry in site.log()}
    assert {"nasional.kompas.com/", "nasional.kompas.com/home/more/N", "nasional.kompas.com/robots.txt"} <= asked
    assert not {one for one in asked if "asset" in one or one.endswith((".jpg", ".ico", ".js"))}
    assert len(agents) == 1, "the browser's requests say who asks, as all others do"


@needs_browser
def test_requests_of_a_page_keep_the_distance_that_the_crawl_keeps(crawl: Crawl, site: Replica):
    site.trouble(scripted_fronts={"first": 3})
    before = len(site.log())
    crawl(site.url, *FRONTS, "sections=nasional", "render=fronts", "limit=1", DOWNLOAD_DELAY="0.4")
    times = [entry["seconds"] for entry in site.log(before)]
    gaps = [later - earlier for earlier, later in pairwise(times)]
    assert len(gaps) > 3
    assert min(gaps) > 0.35


@needs_browser
def test_what_robots_txt_forbids_no_page_gets_either(crawl: Crawl, site: Replica):
    site.trouble(scripted_fronts={"first": 3}, robots={"form": "disallow", "host": "nasional.kompas.com"})
    before = len(site.log())
    crawl(site.url, *FRONTS, "render=fronts", "limit=1")
    assert {entry["path"] for entry in site.log(before) if entry["host"] == "nasional.kompas.com"} == {"/robots.txt"}


@needs_browser
def test_a_page_that_is_refused_to_the_browser_stays_as_it_came(
    crawl: Crawl, site: Replica, truth: dict[str, dict[str, Any]]
):
    site.trouble(scripted_fronts={"first": 3}, status={"code": 503, "match": "home/more"})
    done = crawl(site.url, *FRONTS, "render=fronts", RETRY_TIMES="0")
    assert 0 < len(done.rows()) < len(fronts_truth(site)) / 2


def test_without_a_browser_the_crawl_runs_and_says_what_it_left_out(
    crawl: Crawl, site: Replica, truth: dict[str, dict[str, Any]]
):
    site.trouble(empty_shell={"rate": 0.05})  # too few to be withheld
    done = crawl(site.url, *ARTICLES, "render=fallback", KOMPAS_BROWSER="/no/such/browser")
    empty = [row for row in done.rows() if not row["body"]]
    assert (done.exit_code, len(done.rows())) == (0, len(truth))
    assert all("empty_body" in row["flags"] for row in empty)
    assert f"{len(empty)} pages were not rendered" in done.stderr


@needs_browser
def test_a_browser_that_does_not_start_is_given_up_and_costs_no_article(
    crawl: Crawl, site: Replica, truth: dict[str, dict[str, Any]]
):
    site.trouble(empty_shell={"rate": 0.6})
    done = crawl(site.url, *ARTICLES, "render=fallback", KOMPAS_BROWSER="/bin/false")
    outcomes = {(visit["outcome"], visit["reason"]) for key, visit in done.visits().items() if key in truth}
    assert outcomes == {("kept_new", None), ("excluded", "quarantined")}, "read, and withheld where they are empty"
    assert all(row["body"] for row in done.rows())
    assert "times in a row" in done.stderr


def family(process_id: int) -> Iterator[int]:
    """A process and all that it started."""
    yield process_id
    for task in Path(f"/proc/{process_id}/task").glob("*/children"):
        for child in task.read_text().split():
            yield from family(int(child))


def browser_of(process_id: int) -> int | None:
    """The main process of the browser that a crawl runs."""
    for one in family(process_id):
        words = Path(f"/proc/{one}/cmdline").read_bytes().split(b"\0")
        if any(b"--headless" in word for word in words) and not any(word.startswith(b"--type=") for word in words):
            return one
    return None


class Disturbed:
    """A crawl whose browser is struck while it works."""

    def __init__(self, site: Replica, output: Path, *arguments: str, **settings: str) -> None:
        self._site = site
        self._before = len(site.log())
        self._process = subprocess.Popen(
            command_of(*arguments, **settings),
            cwd=ROOT,
            env=environment_of(output, site.url),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
            text=True,
        )
        self.struck: list[int] = []

    def strike(self, times: int, signal_number: signal.Signals, every: int) -> tuple[int, str]:
        """Send a signal to the browser after each `every` further pages; return exit code and log at the end.

        Pages, not requests: what is fetched beside a browser that starts slowly must not bring the next blow nearer,
        or one page gets them all.
        """
        seen = 0
        while len(self.struck) < times and not self._has_ended_within(0.05):
            try:
                browser = browser_of(self._process.pid)
            except (FileNotFoundError, ProcessLookupError):  # one of them ended as it was looked at
                continue
            if browser is None or browser in self.struck or self._pages_in_the_browser() < seen + every:
                continue
            os.kill(browser, signal_number)
            self.struck.append(browser)
            seen = self._pages_in_the_browser()
        _, log = self._process.communicate(timeout=200)
        return self._process.returncode, log

    def _pages_in_the_browser(self) -> int:
        """How many articles were asked for again, that is by the browser."""
        asked = Counter(entry["path"] for entry in self._site.log(self._before) if "/read/" in entry["path"])
        return sum(times > 1 for times in asked.values())

    def _has_ended_within(self, seconds: float) -> bool:
        try:
            self._process.wait(timeout=seconds)
        except subprocess.TimeoutExpired:
            return False
        return True


@needs_browser
@pytest.mark.slow
@pytest.mark.parametrize(
    ("blow", "times", "hang_seconds"), [(signal.SIGKILL, 3, 60), (signal.SIGSTOP, 1, 20)], ids=["crashes", "hangs"]
)
def test_a_browser_that_dies_in_the_middle_loses_nothing_and_leaves_nothing_behind(
    tmp_path: Path, site: Replica, truth: dict[str, dict[str, Any]], blow: signal.Signals, times: int,
    hang_seconds: int,
):  # fmt: skip
    site.trouble(empty_shell={"rate": 1.0})
    # A browser that only starts slowly, on a machine that has much to do, must not be taken for one that hangs.
    settings = {"KOMPAS_BROWSER_HANG_SECONDS": str(hang_seconds)}
    crawl = Disturbed(site, tmp_path, *ARTICLES, "limit=24", "render=fallback", **settings)
    exit_code, log = crawl.strike(times, blow, every=5)
    done = Finished(exit_code, "", log, tmp_path)
    assert len(crawl.struck) == times
    assert exit_code == 0, log
    assert len(bodies(done)) == 24
    assert bodies(done).items() <= true_bodies(truth).items()
    assert all(row["rendered"] for row in done.rows())
    storage = Archive(str(done.output)).storage
    pages = [read_exchange(storage, row["raw_file"], row["raw_offset"]) for row in done.rows()]
    assert all(page.is_rendered and read_exchange(storage, *page.refers_to).status == 200 for page in pages)
    assert not any(Path(f"/proc/{browser}/cmdline").exists() for browser in crawl.struck)
