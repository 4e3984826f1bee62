"""The demonstration, run as `make demo` runs it, twice into the same folder."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from datetime import date
from pathlib import Path

import pyarrow.parquet as pq
import pytest

from kompas_crawler.commands.demo import LATER_HOURS, SEED, SINCE, SITE_TIME, TROUBLES, UNTIL
from kompas_crawler.replica import running
from tests.conftest import Demonstration, demonstrate

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture(scope="module")
def second(demonstration: Demonstration) -> Demonstration:
    return demonstrate(demonstration.output)


pytestmark = [pytest.mark.slow, pytest.mark.xdist_group("demo")]


def test_it_keeps_some_hundred_articles(demonstration: Demonstration) -> None:
    assert demonstration.articles.num_rows >= 300


def test_it_keeps_articles_of_many_sections(demonstration: Demonstration) -> None:
    assert len(set(demonstration.articles["section"].to_pylist())) >= 10


def test_it_keeps_every_article_that_the_replica_showed_and_no_other(demonstration: Demonstration) -> None:
    with running("--seed", str(SEED), "--today", SITE_TIME, "--troubles", json.dumps(TROUBLES)) as replica:
        truth = replica.truth(SINCE, UNTIL, brief=True)
        today = date.fromisoformat(replica.advance(hours=LATER_HOURS)[:10])
        truth += replica.truth(today, today, brief=True)
    shown = sorted(record["article_id"] for record in truth if not record["gone"])
    assert sorted(demonstration.articles["article_id"].to_pylist()) == shown


def test_it_says_how_much_was_listed_held_and_missed(demonstration: Demonstration) -> None:
    assert re.search(r"[\d,]+ listed, [\d,]+ held, [\d,]+ missed", demonstration.printed)


def test_it_shows_how_to_read_the_archive(demonstration: Demonstration) -> None:
    assert f"{demonstration.articles.num_rows} articles from" in demonstration.printed


def test_a_second_run_fetches_no_article_again(demonstration: Demonstration, second: Demonstration) -> None:
    columns = ["article_id", "fetched_at", "revision"]
    assert second.articles.select(columns).equals(demonstration.articles.select(columns))


def test_an_archive_that_is_no_folder_is_refused() -> None:
    command = [sys.executable, "-m", "scrapy", "demo", "-s", "KOMPAS_OUTPUT=s3://bucket/archive"]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert (done.returncode, "is no folder" in done.stderr) == (2, True)


def test_it_finds_what_changed_in_the_meantime(demonstration: Demonstration) -> None:
    revisions = pq.read_table(demonstration.output / "revisions")
    assert {"title", "body"} <= set(revisions["change_kind"].to_pylist())


def test_it_leaves_a_report_and_says_where(demonstration: Demonstration) -> None:
    assert f"Open {demonstration.output}/report.html in a browser" in demonstration.printed
    assert (demonstration.output / "report.html").is_file()
