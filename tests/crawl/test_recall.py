"""A back-fill of some days with every trouble on, held against what the replica knows to be true."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from typing import Any

import pytest

from benchmarks.recall import TROUBLES
from kompas_crawler.replica import Replica, running
from tests.crawl.conftest import Crawl, Finished

pytestmark = pytest.mark.xdist_group("recall")

DAYS = (date(2021, 4, 26), date(2021, 4, 28))
WINDOW = ("since=2021-04-26", "until=2021-04-28")


@pytest.fixture(scope="module")
def unruly() -> Iterator[Replica]:
    with running("--seed", "3", "--today", "2021-05-02T12:00", "--articles-per-day", "110") as server:
        server.trouble(**TROUBLES)
        yield server


@pytest.fixture(scope="module")
def filled(unruly: Replica, module_crawl: Crawl) -> Finished:
    settings = {"KOMPAS_CLOCK": "2021-05-02T12:00", "KOMPAS_MAX_DELAY_SECONDS": "0"}
    done = module_crawl(unruly.url, *WINDOW, **settings)
    return done if done.exit_code == 0 else module_crawl(unruly.url, *WINDOW, **settings)


@pytest.fixture(scope="module")
def listed(unruly: Replica) -> dict[str, dict[str, Any]]:
    """What the index lists."""
    return {record["key"]: record for record in unruly.truth(*DAYS, brief=True) if not record["gone"]}


def test_every_article_that_is_listed_is_held_or_named_as_missing_with_its_reason(
    filled: Finished, listed: dict[str, dict[str, Any]]
):
    held = {row["article_id"] for row in filled.rows()}
    named = {
        key: why
        for row in filled.rows("coverage")
        for key, why in zip(row["missing"], row["missing_reasons"], strict=True)
    }
    assert set(listed) - held == set(named)
    assert set(named.values()) <= {"gone: redirected", "gone: http_404"}
    assert len(held) / len(listed) > 0.98


def test_nothing_is_held_that_is_not_true(filled: Finished, unruly: Replica):
    assert {row["article_id"] for row in filled.rows()} <= {record["key"] for record in unruly.truth(*DAYS, brief=True)}


def test_no_row_is_of_a_spoilt_page(filled: Finished, unruly: Replica):
    truth = {record["key"]: record for record in unruly.truth(*DAYS)}
    for row in filled.rows():
        assert row["title"] == truth[row["article_id"]]["title"]
        assert list(filter(None, row["body"].split("\n\n"))) == truth[row["article_id"]]["body"]
