"""When a day counts as complete, what is missing of it, and how many articles there may be."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kompas_crawler.archive.coverage import CoverageRow, Evidence, chapman, coverage_of_day, end_of_day
from kompas_crawler.archive.schema import COVERAGE
from kompas_crawler.items import Outcome, Walk
from kompas_crawler.site.sections import sections_of_site_slug

DAY = date(2021, 4, 14)
OVER = end_of_day(DAY)


def walk(site: str = "global", *, started_at: datetime = OVER, is_finished: bool = True, day: date = DAY) -> Walk:
    return Walk(
        run_id="r1",
        day=day,
        site=site,
        pages=3,
        listed=40,
        is_finished=is_finished,
        reason=None if is_finished else "server_error",
        started_at=started_at,
        walked_at=started_at + timedelta(minutes=5),
    )


def article(number: int = 1, **changes: Any) -> Evidence:
    facts: dict[str, Any] = {"section": "global", "is_listed": True, "is_known_otherwise": False, "is_held": True}
    return Evidence(article_id=f"20210414-{number:09}", **{**facts, **changes})


def row_of(articles: list[Evidence], walks: list[Walk], section: str = "global") -> CoverageRow:
    (row,) = (row for row in coverage_of_day(DAY, articles, walks) if row.section == section)
    return row


def test_the_fields_of_a_row_are_the_columns_of_the_table() -> None:
    assert list(CoverageRow.__dataclass_fields__) == COVERAGE.names


def test_no_crawl_is_no_row() -> None:
    assert coverage_of_day(DAY, [], []) == []


def test_no_news_is_a_complete_row_of_zeros() -> None:
    row = row_of([], [walk()])
    assert (row.listed, row.held, row.missing, row.is_complete) == (0, 0, (), True)


def test_a_walk_that_did_not_finish_is_no_crawl() -> None:
    assert coverage_of_day(DAY, [], [walk(is_finished=False)]) == []


def test_a_walk_of_another_day_says_nothing() -> None:
    assert coverage_of_day(DAY, [], [walk(day=DAY - timedelta(days=1))]) == []


def test_a_day_is_complete_when_all_that_is_listed_is_held() -> None:
    assert row_of([article(1), article(2)], [walk()]).is_complete


@pytest.mark.parametrize(
    ("outcome", "reason"),
    [
        (None, None),
        (Outcome.FAILED, "timeout"),
        (Outcome.BLOCKED, "forbidden"),
        (Outcome.UNPARSED, "unknown_layout"),
        (Outcome.PENDING, None),
        (Outcome.EXCLUDED, "other_section"),
        (Outcome.EXCLUDED, "outside_window"),
        (Outcome.EXCLUDED, "limit"),
    ],
)
def test_a_day_is_not_complete_when_a_listed_article_may_still_be_had(
    outcome: Outcome | None, reason: str | None
) -> None:
    row = row_of([article(1), article(2, is_held=False, outcome=outcome, reason=reason)], [walk()])
    assert (row.failed, row.excluded, row.is_complete) == (1, 0, False)


@pytest.mark.parametrize(
    ("outcome", "reason"), [(Outcome.GONE, "not_found"), (Outcome.EXCLUDED, "robots"), (Outcome.EXCLUDED, "not_news")]
)
def test_what_is_gone_or_excluded_for_what_it_is_does_not_keep_a_day_open(outcome: Outcome, reason: str) -> None:
    row = row_of([article(is_held=False, outcome=outcome, reason=reason)], [walk()])
    assert (row.failed, row.excluded, row.is_complete) == (0, 1, True)


def test_an_article_that_is_held_and_gone_since_is_held() -> None:
    assert row_of([article(outcome=Outcome.GONE)], [walk()]).held == 1


@pytest.mark.parametrize(("minutes", "is_complete"), [(-600, False), (-1, False), (0, True), (60 * 24 * 31, True)])
def test_only_a_walk_that_began_after_the_day_was_over_completes_it(minutes: int, is_complete: bool) -> None:
    assert row_of([article()], [walk(started_at=OVER + timedelta(minutes=minutes))]).is_complete is is_complete


def test_a_later_unfinished_walk_does_not_undo_a_finished_one() -> None:
    row = row_of([article()], [walk(), walk(started_at=OVER + timedelta(days=1), is_finished=False)])
    assert (row.is_complete, row.walked_at) == (True, OVER + timedelta(minutes=5))


def test_walked_at_is_the_end_of_the_last_finished_walk() -> None:
    row = row_of([], [walk(started_at=OVER + timedelta(days=7)), walk()])
    assert row.walked_at == OVER + timedelta(days=7, minutes=5)


@pytest.mark.parametrize("site", ["global", "news", "money", "bola", "edukasi"])
def test_a_walk_covers_the_sections_of_its_slug_and_no_others(site: str) -> None:
    rows = coverage_of_day(DAY, [], [walk(site)])
    assert {row.section for row in rows} == sections_of_site_slug(site)


def test_a_walk_of_all_covers_every_section_that_it_listed() -> None:
    row = row_of([article(section="unheardof")], [walk("all")], "unheardof")
    assert row.is_complete


def test_a_section_held_but_never_walked_is_never_complete() -> None:
    row = row_of([article(section="bola", is_listed=False, is_known_otherwise=True)], [walk("global")], "bola")
    assert (row.listed, row.unlisted, row.walked_at, row.is_complete) == (0, 1, None, False)


def test_each_missing_article_is_named_with_its_reason() -> None:
    articles = [
        article(3, is_held=False),
        article(1, is_held=False, outcome=Outcome.FAILED, reason="timeout"),
        article(2, is_held=False, outcome=Outcome.UNPARSED),
    ]
    row = row_of(articles, [walk()])
    assert row.missing == ("20210414-000000001", "20210414-000000002", "20210414-000000003")
    assert row.missing_reasons == ("failed: timeout", "unparsed", "pending")


def test_an_article_known_by_links_alone_is_unlisted_unless_it_turned_out_to_be_none() -> None:
    articles = [
        article(1, is_listed=False, is_known_otherwise=True),
        article(2, is_listed=False, is_known_otherwise=True, is_held=False),
        article(3, is_listed=False, is_known_otherwise=True, is_held=False, outcome=Outcome.GONE),
    ]
    assert row_of(articles, [walk()]).unlisted == 2


def test_the_estimate_crosses_the_index_with_the_other_routes() -> None:
    both = [article(number, is_known_otherwise=True) for number in range(5)]
    listed = [article(number) for number in range(5, 10)]
    linked = [article(number, is_listed=False, is_known_otherwise=True) for number in range(10, 20)]
    row = row_of([*both, *listed, *linked], [walk()])
    assert row.estimated_total == pytest.approx(28.33, abs=0.01)


def test_nothing_is_estimated_without_an_overlap() -> None:
    row = row_of([article()], [walk()])
    assert (row.estimated_total, row.estimated_low, row.estimated_high) == (None, None, None)


@given(first=st.integers(0, 500), second=st.integers(0, 500), both=st.integers(1, 500))
def test_the_interval_holds_the_estimate_and_never_less_than_was_seen(first: int, second: int, both: int) -> None:
    first, second = first + both, second + both
    estimate = chapman(first, second, both)
    assert estimate is not None
    assert first + second - both <= estimate.low <= estimate.total <= estimate.high


evidence = st.builds(
    Evidence,
    article_id=st.integers(0, 999_999_999).map("20210414-{:09}".format),
    section=st.sampled_from(["global", "nasional", "bola", "unheardof"]),
    is_listed=st.booleans(),
    is_known_otherwise=st.booleans(),
    is_held=st.booleans(),
    outcome=st.none() | st.sampled_from(list(Outcome)),
    reason=st.none() | st.sampled_from(["timeout", "limit", "robots"]),
)
walks = st.builds(
    walk,
    st.sampled_from(["all", "news", "global", "bola"]),
    started_at=st.datetimes(datetime(2021, 4, 13), datetime(2021, 5, 30), timezones=st.just(UTC)),  # noqa: DTZ001
    is_finished=st.booleans(),
)


@given(st.lists(evidence, unique_by=lambda one: one.article_id), st.lists(walks, max_size=4))
def test_the_sums_add_up_and_a_day_with_gaps_is_never_complete(articles: list[Evidence], walks: list[Walk]) -> None:
    rows = coverage_of_day(DAY, articles, walks)
    assert sum(row.listed for row in rows) == sum(one.is_listed for one in articles)
    assert len({row.section for row in rows}) == len(rows)
    for row in rows:
        assert row.listed == row.held + row.failed + row.excluded
        assert len(row.missing) == len(row.missing_reasons) == row.failed + row.excluded
        if row.is_complete:
            assert row.failed == 0
            assert row.walked_at is not None
            assert row.walked_at >= OVER
