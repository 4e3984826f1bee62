"""`make bench-reparse` in small: one worker, two, and a cluster that loses one of three, all with the same rows."""

from __future__ import annotations

from datetime import date

import pytest

from benchmarks.parsing import Page
from benchmarks.reparsing import Measured, measure, renumbered
from kompas_crawler.archive.shares import FEWEST_APART
from kompas_crawler.replica import running
from kompas_crawler.site.addresses import parse_article_address
from kompas_crawler.site.articles import parse_article

pytestmark = [pytest.mark.slow, pytest.mark.xdist_group("reparsing"), pytest.mark.timeout(600)]

PAGES = FEWEST_APART + 40
"""Enough that the commit is shared."""
BYTES_OF_FILE = 200_000
"""Small, so that there are many units."""


@pytest.fixture(scope="module")
def pages() -> list[Page]:
    with running("--seed", "7", "--today", "2021-04-20T23:59", "--articles-per-day", "20") as site:
        found = []
        for stub in site.truth(date(2021, 4, 19), brief=True):
            host, _, path = stub["url"].removeprefix("https://").partition("/")
            found.append(Page(stub["url"], site.get(host, f"/{path}?page=all")))
        return found


@pytest.fixture(scope="module")
def measured(pages: list[Page], tmp_path_factory: pytest.TempPathFactory) -> Measured:
    pytest.importorskip("distributed", reason="a cluster needs the extra fleet")
    folder = tmp_path_factory.mktemp("reparsing")
    return measure(pages, PAGES, folder, on_cluster=True, bytes_of_file=BYTES_OF_FILE)


def test_rows_of_two_workers_and_of_a_cluster_that_loses_one_equal_those_of_one(measured: Measured):
    assert measured.differing == []
    assert [one.name for one in measured.ways] == ["1 worker", "2 workers", "cluster, 1 of 3 killed"]


def test_what_the_conductor_and_its_workers_take_is_told_apart(measured: Measured):
    one, two, _ = measured.ways
    assert (one.workers, one.worker_mb) == (0, 0)
    assert two.workers > two.conductor >= two.alone > 0


def test_a_page_under_another_address_is_an_article_of_its_own(pages: list[Page]):
    again = [renumbered(pages[0], number) for number in range(3)]
    keys = [parse_article(page.html, page.url).article.article_id for page in again]
    assert len({*keys}) == 3
    assert {key[:8] for key in keys} == {parse_article_address(pages[0].url).article_id[:8]}  # type: ignore[union-attr]
