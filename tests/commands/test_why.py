"""`scrapy why`: what it tells of an article, after three runs over a replica whose articles are edited in between."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import pytest

from kompas_crawler import load
from kompas_crawler.archive.storage import storage_at
from kompas_crawler.errors import UsageError
from kompas_crawler.replica import running
from kompas_crawler.story import key_of, read_story
from tests.crawl.conftest import crawler_into, environment_of

ROOT = Path(__file__).resolve().parents[2]
START = "2021-04-14T12:00"

pytestmark = pytest.mark.xdist_group("why")


@dataclass(frozen=True)
class Crawled:
    """An archive after some runs."""

    output: Path

    def why(self, *arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [sys.executable, "-m", "scrapy", "why", *arguments],
            cwd=ROOT,
            env=environment_of(self.output, None) | {"PYTHONWARNINGS": "error"} | environment,
            capture_output=True,
            text=True,
            timeout=120,
            check=False,
        )

    def first(self, **wanted: Any) -> dict[str, Any]:
        """The first row of the articles, by key, whose columns hold these values."""
        rows = sorted(load(self.output).to_arrow().to_pylist(), key=lambda row: row["article_id"])
        return next(row for row in rows if all(row[name] == value for name, value in wanted.items()))

    def superseded(self) -> list[dict[str, Any]]:
        files = sorted((self.output / "revisions").rglob("*.parquet"))
        return [row for file in files for row in pq.ParquetFile(file).read().to_pylist()]

    def missing(self) -> tuple[str, str]:
        """An article that coverage names as missing, and why."""
        for row in pq.read_table(self.output / "coverage.parquet").to_pylist():
            if row["missing"]:
                return row["missing"][0], row["missing_reasons"][0]
        raise AssertionError("nothing is missing")


@pytest.fixture(scope="module")
def archive(tmp_path_factory: pytest.TempPathFactory) -> Crawled:
    """A first run, one a day later, when every article had been edited, and one that left most of its news out."""
    crawl = crawler_into(tmp_path_factory.mktemp("why") / "output")
    with running("--seed", "5", "--today", START, "--articles-per-day", "16") as site:
        crawl(site.url, "routes=index", "follow=baca_juga", KOMPAS_CLOCK=site.advance())
        site.trouble(edits={"rate": 1.0})
        crawl(site.url, "routes=index", "follow=none", KOMPAS_CLOCK=site.advance(hours=24))
        done = crawl(site.url, "routes=index", "follow=none", "limit=1", KOMPAS_CLOCK=site.advance(hours=11))
    return Crawled(done.output)


@pytest.fixture(scope="module")
def story(archive: Crawled) -> dict[str, Any]:
    """The JSON of an article that was edited."""
    edited = next(row for row in archive.superseded() if row["change_kind"] == "body")
    answer = archive.why("--json", edited["article_id"])
    assert (answer.returncode, answer.stderr) == (0, "")
    told: dict[str, Any] = json.loads(answer.stdout)
    return told


def test_the_routes_by_which_an_article_was_found_are_told(story: dict[str, Any]) -> None:
    assert "index" in story["routes"]


def test_every_run_that_met_it_is_told_with_status_and_outcome(story: dict[str, Any]) -> None:
    told = [(visit["outcome"], visit["status"]) for visit in story["visits"] if visit["page_kind"] == "article"]
    assert told[:2] == [("kept_new", 200), ("kept_changed", 200)]


def test_the_runs_of_its_visits_are_told(story: dict[str, Any]) -> None:
    assert set(story["runs"]) == {visit["run_id"] for visit in story["visits"]}


def test_its_revisions_are_told_oldest_first(story: dict[str, Any]) -> None:
    assert [told["row"]["revision"] for told in story["revisions"]] == [1, 2]
    assert [told["change"] is None for told in story["revisions"]] == [True, False]


def test_the_words_of_a_changed_paragraph_are_marked(story: dict[str, Any]) -> None:
    changes = story["revisions"][1]["change"]["paragraphs"]
    assert changes
    for change in changes:
        for mark, other, side in (("-", "+", "was"), ("+", "-", "now")):
            text = " ".join(words for sign, words in change["words"] if sign != other)
            assert text == (change[side] or ""), mark


def test_layout_and_flags_are_those_of_the_row(archive: Crawled, story: dict[str, Any]) -> None:
    row = archive.first(article_id=story["article_id"])
    assert (story["article"]["layout"], story["article"]["flags"]) == (row["layout"], row["flags"])


def test_for_people_the_diff_is_marked_without_colours_too(archive: Crawled, story: dict[str, Any]) -> None:
    answer = archive.why(story["article_id"])
    assert answer.returncode == 0
    assert "¶ " in answer.stdout
    assert "{+" in answer.stdout
    assert "\x1b[" not in answer.stdout
    assert story["article"]["title"] in answer.stdout


def test_colours_are_set_where_they_are_wanted(archive: Crawled, story: dict[str, Any]) -> None:
    assert "\x1b[1;32m" in archive.why(story["article_id"], FORCE_COLOR="1").stdout


def test_an_address_in_any_form_names_the_article(archive: Crawled, story: dict[str, Any]) -> None:
    address = story["url"].replace("https:", "http:") + "?page=all&utm_source=x"
    assert json.loads(archive.why("--json", address).stdout)["article_id"] == story["article_id"]


def test_an_article_that_is_not_held_is_told_with_the_reason_of_coverage(archive: Crawled) -> None:
    article_id, reason = archive.missing()
    told = json.loads(archive.why("--json", article_id).stdout)
    assert (told["is_held"], told["missing_reason"]) == (False, reason)
    answer = archive.why(article_id)
    assert (answer.returncode, f"not held: {reason}" in answer.stdout) == (0, True)


def test_who_links_to_an_article_is_told(archive: Crawled) -> None:
    links = [row for file in (archive.output / "links").rglob("*.parquet") for row in pq.read_table(file).to_pylist()]
    target = next(row["target_article_id"] for row in links if row["target_article_id"])
    told = read_story(storage_at(str(archive.output)), target)
    expected = {row["article_id"] for row in links if row["target_article_id"] == target}
    assert {row["article_id"] for row in told.linked_from} == expected


def test_an_unknown_article_exits_1_with_what_is_known_of_its_day_and_how_to_get_it(archive: Crawled) -> None:
    answer = archive.why("20210414-000000001")
    assert answer.returncode == 1
    assert "The index of 2021-04-14 was walked:" in answer.stdout
    assert "scrapy crawl kompas -a since=2021-04-14 -a until=2021-04-14" in answer.stdout


def test_an_unknown_article_of_a_day_without_a_walk_says_so(archive: Crawled) -> None:
    answer = archive.why("20190102-120000001")
    assert (answer.returncode, "No run walked the index of 2019-01-02." in answer.stdout) == (1, True)


@pytest.mark.parametrize(
    "argument", ["jakarta", "20211399-120000001", "https://fake-kompas.com/read/2021/04/14/1/x", "20210414"]
)
def test_what_names_no_article_is_refused_by_name(argument: str) -> None:
    with pytest.raises(UsageError, match=re.escape(repr(argument))):
        key_of(argument)


def test_a_bad_argument_is_wrong_usage(archive: Crawled) -> None:
    answer = archive.why("jakarta")
    assert (answer.returncode, "'jakarta' names no article" in answer.stderr) == (2, True)


def test_no_argument_is_wrong_usage(archive: Crawled) -> None:
    assert archive.why().returncode == 2


def test_an_archive_that_is_not_there_is_storage_trouble(tmp_path: Path) -> None:
    answer = Crawled(tmp_path / "nowhere").why("20210414-120000001")
    assert (answer.returncode, "there is no archive at" in answer.stderr) == (4, True)
