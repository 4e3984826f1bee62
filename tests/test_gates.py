"""The gates at the end of a run."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime

import pytest

from kompas_crawler.archive import Decision
from kompas_crawler.books import Balance
from kompas_crawler.gates import ADVICE, findings, quality_finding
from kompas_crawler.items import Outcome, Walk

NOW = datetime(2026, 10, 1, tzinfo=UTC)
GOOD = Balance(
    met=3,
    outcomes={Outcome.KEPT_NEW: 2, Outcome.READ: 1},
    listed=2,
    listed_outcomes={Outcome.KEPT_NEW: 2},
    off=(),
)
WALK = Walk(
    run_id="run",
    day=date(2026, 9, 30),
    site="all",
    pages=1,
    listed=2,
    is_finished=True,
    reason=None,
    started_at=NOW,
    walked_at=NOW,
)
NOTHING = Balance(met=1, outcomes={Outcome.READ: 1}, listed=0, listed_outcomes={}, off=())


def gates(
    balance: Balance = GOOD, walks: tuple[Walk, ...] = (WALK,), bad_share: float = 0.0, stopped: str | None = None
) -> list[str]:
    found = findings(balance, walks, bad_share=bad_share, tolerance=0.01, stopped=stopped)
    return [finding.gate for finding in found]


def test_a_good_run_has_no_finding():
    assert gates() == []


def test_books_that_do_not_balance_are_found():
    assert gates(replace(GOOD, met=4)) == ["books"]


def test_a_listed_article_without_an_outcome_is_found():
    assert gates(replace(GOOD, listed=3)) == ["books"]


def test_a_walk_that_broke_off_is_found():
    assert gates(walks=(WALK, replace(WALK, is_finished=False, reason="timeout"))) == ["walks"]


def test_a_whole_index_without_an_article_is_found():
    assert gates(NOTHING) == ["found_too_little"]


def test_a_small_section_may_have_no_news():
    assert gates(NOTHING, walks=(replace(WALK, site="lestari"),)) == []


def test_more_failures_than_tolerated_are_found():
    assert gates(bad_share=0.011) == ["failures"]


def test_as_many_failures_as_tolerated_pass():
    assert gates(bad_share=0.01) == []


@pytest.mark.parametrize("reason", ["shutdown", "blocked"])
def test_a_run_that_was_stopped_is_found(reason: str):
    assert gates(stopped=reason) == ["stopped"]


def test_a_run_that_was_stopped_is_told_what_to_do():
    (found,) = findings(GOOD, (WALK,), bad_share=0, tolerance=0, stopped="shutdown")
    assert found.message.endswith("Start it again; it goes on from here.")


@pytest.mark.parametrize("advice", ADVICE.values(), ids=ADVICE)
def test_the_advice_is_that_of_the_reason(advice: str):
    (found,) = findings(GOOD, (WALK,), bad_share=0, tolerance=0, stopped="it was", advice=advice)
    assert found.message == f"The run was stopped early: it was. {advice}"


def test_what_was_withheld_is_a_finding_that_says_what_to_do():
    decision = Decision(
        run_id="r1",
        number=1,
        decided_at="2026-10-01T00:00:00+00:00",
        since="2026-10-01T00:00:00+00:00",
        findings=tuple(f"tags in {number}" for number in range(7)),
        cells=(("tags", "tren"),),
        withheld=("20261001-1", "20261001-2"),
        unparsed=(),
    )
    finding = quality_finding(decision)
    assert finding.gate == "quality"
    assert "tags in 4; and 2 more. 2 articles of run r1 were withheld" in finding.message
    assert "`scrapy release r1`" in finding.message
