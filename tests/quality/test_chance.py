"""How likely a count is."""

from __future__ import annotations

from math import comb

import pytest

from kompas_crawler.quality.chance import tail


def binomial_tail(count: int, trials: int, share: float) -> float:
    return sum(comb(trials, hits) * share**hits * (1 - share) ** (trials - hits) for hits in range(count, trials + 1))


@pytest.mark.parametrize(("count", "trials", "share"), [(1, 1, 0.2), (3, 10, 0.1), (9, 10, 0.5), (2, 60, 0.005)])
def test_a_share_known_for_certain_gives_the_binomial_tail(count: int, trials: int, share: float) -> None:
    assert tail(count, trials, share=share, weight=1e9) == pytest.approx(binomial_tail(count, trials, share), rel=1e-4)


@pytest.mark.parametrize(("trials", "share", "weight"), [(5, 0.3, 10), (20, 0.01, 100), (300, 0.08, 100)])
def test_the_probabilities_of_all_counts_add_up(trials: int, share: float, weight: float) -> None:
    tails = [tail(count, trials, share=share, weight=weight) for count in range(trials + 2)]
    assert tails == sorted(tails, reverse=True)
    assert sum(tails[1:]) == pytest.approx(trials * share)  # the mean, by its tails


def test_the_less_is_known_of_a_share_the_likelier_are_extremes() -> None:
    known = [tail(5, 5, share=0.1, weight=weight) for weight in (1000, 100, 10)]
    assert known == sorted(known)


def test_the_tail_of_a_thousand_articles_does_not_vanish() -> None:
    assert 0 < tail(600, 1000, share=0.1, weight=100) < 1e-20
