"""Which older days are due to be walked again."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest

from kompas_crawler.errors import UsageError
from kompas_crawler.items import Walk
from kompas_crawler.resweeps import Resweeps, read_resweeps

TODAY = date(2021, 4, 20)
NOW = datetime(2021, 4, 20, 3, tzinfo=UTC)
"""10.00 WIB."""


def walk(day: date, began: datetime, *, is_finished: bool = True, site: str = "all") -> Walk:
    return Walk(
        run_id="r", day=day, site=site, pages=3, listed=40, is_finished=is_finished,
        reason=None if is_finished else "http_503", started_at=began, walked_at=began + timedelta(minutes=1),
    )  # fmt: skip


def ago(days: float) -> date:
    return TODAY - timedelta(days=days)


def on_the_next_day(day: date) -> Walk:
    """A walk some hours after a day was over."""
    return walk(day, datetime(day.year, day.month, day.day, 20, tzinfo=UTC))


def due(*walks: Walk, now: datetime = NOW, marks: tuple[int, ...] = (1, 7, 31)) -> list[int]:
    """The ages in days of the days that are due."""
    return [(TODAY - day).days for day in Resweeps(marks).due(walks, "all", now)]


def kept_current(days: int) -> list[Walk]:
    return [on_the_next_day(ago(age)) for age in range(1, days + 1)]


def test_nothing_is_due_in_an_empty_archive():
    assert due() == []


def test_a_day_that_was_walked_when_it_was_over_is_not_due_before_its_next_mark():
    assert due(*kept_current(6)) == []


def test_a_day_is_due_when_it_passes_a_mark():
    assert due(*kept_current(8)) == [7, 8]


def test_a_day_is_not_due_twice_for_one_mark():
    again = walk(ago(7), NOW - timedelta(hours=1))
    assert due(*kept_current(7), again) == []


def test_only_the_latest_mark_counts():
    assert due(on_the_next_day(ago(35)), *kept_current(6), marks=(1, 7, 31)).count(35) == 1


def test_a_walk_that_broke_off_does_not_count():
    broken = walk(ago(7), NOW - timedelta(hours=1), is_finished=False)
    assert due(*kept_current(7), broken) == [7]


def test_a_walk_along_another_list_does_not_count():
    other = walk(ago(7), NOW - timedelta(hours=1), site="global")
    assert due(*kept_current(7), other) == [7]


def test_every_day_since_the_last_run_is_due_after_a_week_without_any():
    assert due(*(on_the_next_day(ago(age)) for age in (9, 8))) == [1, 2, 3, 4, 5, 6, 7, 8, 9]


def test_days_that_one_run_could_not_make_up_for_are_due_in_the_next():
    resumed = walk(TODAY, NOW)
    assert due(on_the_next_day(ago(9)), resumed, on_the_next_day(ago(1)))[:3] == [2, 3, 4]


def test_days_before_the_archive_was_kept_current_are_not_due():
    assert due(on_the_next_day(ago(2)), on_the_next_day(ago(1))) == []


def test_a_past_that_was_filled_in_makes_no_day_due():
    filled = [walk(date(2016, 1, 1) + timedelta(days=n), NOW - timedelta(hours=2)) for n in range(30)]
    assert due(*filled) == []


def test_a_recent_day_that_was_filled_in_is_due_at_its_next_mark():
    assert due(walk(ago(10), NOW - timedelta(days=2))) == []
    assert due(walk(ago(31), NOW - timedelta(days=3))) == [31]


def test_a_day_that_was_walked_after_midnight_in_wib_is_done_for_its_first_mark():
    yesterday = ago(1)
    after = datetime(2021, 4, 19, 17, 5, tzinfo=UTC)
    assert due(walk(ago(2), NOW - timedelta(days=1)), walk(yesterday, after)) == []
    assert due(walk(ago(2), NOW - timedelta(days=1)), walk(yesterday, after - timedelta(minutes=10))) == [1]


@pytest.mark.parametrize("marks", ["7,1", "1,1", "0", "1.5", "soon"])
def test_unusable_marks_are_refused_with_an_example(marks: str):
    with pytest.raises(UsageError, match="1,7,31"):
        read_resweeps(marks, 38)
