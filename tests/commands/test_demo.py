"""The demonstration, run as `make demo` runs it, twice into the same folder."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from dataclasses import dataclass
from datetime import date
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from kompas_crawler.commands.demo import LATER_HOURS, SEED, SINCE, SITE_TIME
from kompas_crawler.replica import running

ROOT = Path(__file__).resolve().parents[2]


@dataclass(frozen=True)
class Run:
    """What one demonstration printed, and the archive after it."""

    printed: str
    articles: pa.Table


def demonstrate(output: Path) -> Run:
    environment = {name: value for name, value in os.environ.items() if not name.startswith("KOMPAS_")}
    done = subprocess.run(
        [sys.executable, "-m", "scrapy", "demo", "-s", f"KOMPAS_OUTPUT={output}"],
        cwd=ROOT,
        env=environment,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        timeout=240,
        check=False,
    )
    assert done.returncode == 0, done.stdout
    return Run(done.stdout, pq.read_table(output / "articles"))


@pytest.fixture(scope="module")
def output(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("demo")


@pytest.fixture(scope="module")
def first(output: Path) -> Run:
    return demonstrate(output)


@pytest.fixture(scope="module")
def second(first: Run, output: Path) -> Run:
    return demonstrate(output)


pytestmark = [pytest.mark.slow, pytest.mark.xdist_group("demo")]


def test_it_keeps_some_hundred_articles(first: Run) -> None:
    assert first.articles.num_rows >= 300


def test_it_keeps_articles_of_many_sections(first: Run) -> None:
    assert len(set(first.articles["section"].to_pylist())) >= 10


def test_it_keeps_every_article_that_the_replica_has_and_no_other(first: Run) -> None:
    with running("--seed", str(SEED), "--today", SITE_TIME) as replica:
        last = replica.advance(hours=LATER_HOURS)
        truth = replica.truth(SINCE, date.fromisoformat(last[:10]), brief=True)
    assert sorted(first.articles["article_id"].to_pylist()) == sorted(record["article_id"] for record in truth)


def test_it_says_how_much_was_listed_held_and_missed(first: Run) -> None:
    assert re.search(r"[\d,]+ listed, [\d,]+ held, [\d,]+ missed", first.printed)


def test_it_shows_how_to_read_the_archive(first: Run) -> None:
    assert f"{first.articles.num_rows} articles from" in first.printed


def test_a_second_run_fetches_no_article_again(first: Run, second: Run) -> None:
    columns = ["article_id", "fetched_at", "revision"]
    assert second.articles.select(columns).equals(first.articles.select(columns))


def test_an_archive_that_is_no_folder_is_refused() -> None:
    command = [sys.executable, "-m", "scrapy", "demo", "-s", "KOMPAS_OUTPUT=s3://bucket/archive"]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert (done.returncode, "is no folder" in done.stderr) == (2, True)


def test_it_finds_what_changed_in_the_meantime(first: Run, output: Path) -> None:
    revisions = pq.read_table(output / "revisions")
    assert {"title", "body"} <= set(revisions["change_kind"].to_pylist())


def test_it_leaves_a_report_and_says_where(first: Run, output: Path) -> None:
    assert f"Open {output}/report.html in a browser" in first.printed
    assert (output / "report.html").is_file()
