"""How far the word of sitemaps is believed."""

from __future__ import annotations

import pytest

from kompas_crawler.archive.announcements import Judged
from kompas_crawler.errors import UsageError
from kompas_crawler.trust import LAST_CHANGES, Trust, is_control, read_control, trust_of

FOUND = Judged(is_changed=True, is_announced=True)
MISSED = Judged(is_changed=True, is_announced=False)
QUIET = Judged(is_changed=False, is_announced=False)
FALSE_ALARM = Judged(is_changed=False, is_announced=True)
KEYS = [f"20210414-{number:06d}170" for number in range(2_000)]


@pytest.mark.parametrize(
    ("looks", "is_earned"),
    [
        ([], False),
        ([FOUND] * 19, False),
        ([FOUND] * 20, True),
        ([QUIET] * 500 + [FOUND] * 20, True),
        ([QUIET] * 500, False),
        ([FOUND] * 38 + [MISSED] * 2, True),
        ([FOUND] * 37 + [MISSED] * 3, False),
        ([FOUND] * 20 + [FALSE_ALARM] * 20, True),
        ([FALSE_ALARM] * 21 + [FOUND] * 20, False),
    ],
)
def test_sitemaps_are_believed_when_they_told_of_nearly_every_change_and_seldom_of_none(
    looks: list[Judged], is_earned: bool
):
    assert trust_of(looks, control=0.1).is_earned is is_earned


def test_belief_ends_with_the_last_changes_whatever_came_before():
    assert not trust_of([MISSED] * 4 + [FOUND] * 1_000, control=0.1).is_earned


def test_belief_returns_when_the_last_changes_were_announced():
    assert trust_of([FOUND] * LAST_CHANGES + [MISSED] * 1_000, control=0.1).is_earned


def test_the_sample_is_as_large_as_asked_for_and_always_the_same():
    sample = [key for key in KEYS if is_control(key, 0.1)]
    assert 150 < len(sample) < 250
    assert sample == [key for key in KEYS if is_control(key, 0.1)]


def test_the_word_decides_for_all_but_the_sample_and_for_none_before_it_is_earned():
    earned, doubted = Trust(20, 20, 20, control=0.1), Trust(20, 10, 20, control=0.1)
    assert {key for key in KEYS if not earned.covers(key)} == {key for key in KEYS if is_control(key, 0.1)}
    assert not any(doubted.covers(key) for key in KEYS)


@pytest.mark.parametrize("share", [0, -0.1, 1.1, float("nan")])
def test_a_share_that_is_none_is_refused(share: float):
    with pytest.raises(UsageError, match="KOMPAS_REVISIT_CONTROL"):
        read_control(share)
