"""The gap between two requests, and what a Retry-After says."""

from __future__ import annotations

from datetime import UTC, datetime
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kompas_crawler.pace import Pace, http_date, retry_after_seconds

NOW = datetime(2021, 4, 14, 8, 0, 0, tzinfo=UTC)


def pace(delay: float = 1.5, *, longest: float = 60, jitter: float = 0.2, **crawl_delays: float) -> Pace:
    return Pace(delay_seconds=delay, max_delay_seconds=longest, jitter=jitter, crawl_delays=crawl_delays)


def strain(target: Pace, times: int) -> None:
    for second in range(times):
        target.strained(left_at=second, now=second)


def test_a_gap_is_the_configured_delay():
    assert pace(1.5).gap_seconds() == 1.5


def test_the_longest_crawl_delay_of_any_host_is_kept():
    assert pace(1.5, www=2, bola=5, tekno=0).gap_seconds() == 5


def test_a_crawl_delay_shorter_than_the_configured_delay_changes_nothing():
    assert pace(1.5, www=1).gap_seconds() == 1.5


@given(
    delay=st.floats(0, 100),
    crawl_delay=st.floats(0, 100),
    longest=st.floats(0, 100),
    jitter=st.floats(0, 2),
    draw=st.floats(0, 1),
    signs=st.lists(st.booleans(), max_size=30),
)
def test_no_gap_is_ever_shorter_than_delay_and_crawl_delay(
    delay: float, crawl_delay: float, longest: float, jitter: float, draw: float, signs: list[bool]
):
    tried = pace(delay, longest=longest, jitter=jitter, www=crawl_delay)
    for second, is_strained in enumerate(signs):
        if is_strained:
            tried.strained(left_at=second, now=second)
        else:
            tried.relieved()
    assert tried.gap_seconds(draw) >= max(delay, crawl_delay)


def test_strain_doubles_the_gap_up_to_the_longest_allowed():
    tried = pace(1.5, longest=10)
    gaps = []
    for second in range(4):
        tried.strained(left_at=second, now=second)
        gaps.append(tried.gap_seconds())
    assert gaps == [3, 6, 10, 10]


def test_requests_that_left_before_the_gap_was_lengthened_count_once():
    tried = pace(1.5)
    for left_at in (1.0, 2.5, 4.0):
        tried.strained(left_at=left_at, now=5.0)
    assert tried.gap_seconds() == 3


def test_good_answers_bring_the_delay_back_slowly():
    tried = pace(1.0)
    strain(tried, 3)
    gaps = [tried.gap_seconds()]
    while gaps[-1] > 1.0:
        tried.relieved()
        gaps.append(tried.gap_seconds())
    assert gaps[0] == 8
    assert all(later < earlier for earlier, later in pairwise(gaps))
    assert len(gaps) > 15


def test_a_crawl_without_any_delay_stays_without():
    tried = pace(0)
    assert not tried.strained(left_at=1, now=1)
    assert tried.gap_seconds(1.0) == 0


def test_a_delay_beyond_the_longest_allowed_is_kept():
    tried = pace(90, longest=60)
    strain(tried, 3)
    assert tried.gap_seconds() == 90


@pytest.mark.parametrize(
    ("value", "seconds"),
    [
        ("0", 0), ("120", 120), (" 7 ", 7), ("1.5", 1.5),
        ("Wed, 14 Apr 2021 08:02:00 GMT", 120),
        ("Wed, 14 Apr 2021 15:02:00 +0700", 120),
        ("Wednesday, 14-Apr-21 08:02:00 GMT", 120),
        ("Wed Apr 14 08:02:00 2021", 120),
        ("Wed, 14 Apr 2021 07:00:00 GMT", 0),
    ],
)  # fmt: skip
def test_a_retry_after_is_seconds_or_a_date(value: str, seconds: float):
    assert retry_after_seconds(value, now=NOW) == seconds


@pytest.mark.parametrize("value", ["", "soon", "-5", "1e3", "12 minutes", "Wed, 99 Apr 2021 08:02:00 GMT"])
def test_a_retry_after_that_cannot_be_read_says_nothing(value: str):
    assert retry_after_seconds(value, now=NOW) is None


def test_a_retry_after_of_absurd_length_is_longer_than_any_wait():
    assert retry_after_seconds("9" * 400, now=NOW) == float("inf")


@pytest.mark.parametrize("value", ["", "yesterday", "Wed, 14 Apr 99999 08:02:00 GMT"])
def test_what_is_no_date_is_none(value: str):
    assert http_date(value) is None
