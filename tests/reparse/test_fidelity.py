"""What a reparse makes of the raw pages of crawls, against what the crawls made: every column of every row."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Any

import pytest

from kompas_crawler import settings
from kompas_crawler.archive import Archive
from kompas_crawler.replica import running
from tests.archive.looks import everything
from tests.crawl.conftest import crawler_into
from tests.reparse.conftest import Reparse

pytestmark = [
    pytest.mark.skipif(not hasattr(settings, "KOMPAS_RAW"), reason="crawls of this version keep no raw pages"),
    pytest.mark.xdist_group("fidelity"),
]


@pytest.fixture(scope="module")
def crawled(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An archive of three runs, between which articles were edited and taken down."""
    output = tmp_path_factory.mktemp("fidelity") / "output"
    crawl = crawler_into(output)
    with running("--seed", "5", "--today", "2021-04-14T12:00", "--articles-per-day", "25") as site:
        runs = [crawl(site.url, KOMPAS_CLOCK="2021-04-14T12:00")]
        site.trouble(edits={"rate": 0.6}, deletions={"rate": 0.2})
        runs.append(crawl(site.url, KOMPAS_CLOCK=site.advance(hours=24)))
        often = "1,2,3,30,40,45"
        runs.append(crawl(site.url, KOMPAS_CLOCK=site.advance(hours=20), KOMPAS_REVISIT_HOURS=often))
    assert [run.exit_code for run in runs] == [0, 0, 0]
    return output


@pytest.fixture
def archive(crawled: Path, tmp_path: Path) -> Path:
    """A copy of it that a test may change."""
    return Path(shutil.copytree(crawled, tmp_path / "output"))


def tables(output: Path) -> dict[str, list[dict[str, Any]]]:
    found = everything(Archive(str(output)))
    return {name: found[name] for name in ("articles", "revisions", "links", "walks", "coverage")}


def test_the_runs_met_what_makes_it_hard(crawled: Path):
    found = everything(Archive(str(crawled)))
    assert found["revisions"]
    assert any(row["outcome"] == "unchanged" for row in found["visits"])
    assert any(row["page_count"] > 1 for row in found["articles"])


def test_articles_that_were_lost_are_made_again_in_every_column(archive: Path, reparse: Reparse):
    before = tables(archive)
    shutil.rmtree(archive / "articles")
    done = reparse("--workers", "2")
    assert done.exit_code == 0, done.stderr
    assert tables(archive) == before


def test_the_whole_history_is_made_again(archive: Path, reparse: Reparse):
    before = tables(archive)
    for folder in ("articles", "revisions", "links"):
        shutil.rmtree(archive / folder)
    reparse("--workers", "1")
    assert tables(archive) == before


def test_a_reparse_of_an_archive_that_lost_nothing_changes_nothing(archive: Path, reparse: Reparse):
    before = tables(archive)
    reparse("--workers", "1")
    assert tables(archive) == before
