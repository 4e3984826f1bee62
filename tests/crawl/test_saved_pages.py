"""A crawl of the saved real pages, served by the replica at their own addresses."""

from __future__ import annotations

import json
from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from kompas_crawler.replica import running
from kompas_crawler.site.addresses import parse_article_address
from kompas_crawler.site.dates import WIB
from tests.crawl.conftest import Finished, crawler_into

pytestmark = [pytest.mark.pages, pytest.mark.slow, pytest.mark.xdist_group("saved_pages")]


@pytest.fixture(scope="module")
def complete(pages_dir: Path) -> list[dict[str, Any]]:
    """The complete article pages of the index of saved pages."""
    lines = (pages_dir / "index.jsonl").read_text(encoding="utf-8").splitlines()
    pages = [json.loads(line) for line in lines]
    return [page for page in pages if page["kind"].startswith("article") and page["complete"] == "complete"]


@pytest.fixture(scope="module")
def crawled(pages_dir: Path, complete: list[dict[str, Any]], tmp_path_factory: pytest.TempPathFactory) -> Finished:
    days = sorted(_address(page).published_on for page in complete)
    with running("--pages", str(pages_dir)) as server:
        crawl = crawler_into(tmp_path_factory.mktemp("saved") / "output")
        return crawl(server.url, f"since={days[0]}", f"until={days[-1]}")


@pytest.fixture(scope="module")
def rows(crawled: Finished) -> list[dict[str, Any]]:
    return crawled.rows()


def _address(page: dict[str, Any]) -> Any:
    address = parse_article_address(page["url"])
    assert address is not None, page["url"]
    return address


def test_the_crawl_is_complete(crawled: Finished):
    assert crawled.exit_code == 0, crawled.stderr


def test_each_saved_article_is_one_row_and_nothing_else_is(rows: list[dict[str, Any]], complete: list[dict[str, Any]]):
    assert Counter(row["article_id"] for row in rows) == Counter(_address(page).article_id for page in complete)


def test_none_is_unparsed_refused_or_failed(crawled: Finished):
    outcomes = Counter(visit["outcome"] for visit in crawled.rows("visits") if visit["page_kind"] == "article")
    assert set(outcomes) <= {"kept_new", "gone", "excluded"}


def test_every_article_is_published_in_the_minute_that_the_index_of_pages_names(
    rows: list[dict[str, Any]], complete: list[dict[str, Any]]
):
    shown = {_address(page).article_id: page["published"] for page in complete}
    times = {row["article_id"]: row["updated_at"] or row["published_at"] for row in rows}
    as_wib = {key: at.astimezone(WIB).strftime("%Y-%m-%d %H:%M") for key, at in times.items()}
    assert as_wib == {key: text[:16] for key, text in shown.items()}
