"""How likely a count is by chance, when the share behind it is itself known only from a sample.

The beta-binomial distribution: a share is drawn from a beta distribution of mean `share` and weight `weight`, then each
of `trials` has it. With the weight of a sample this is the exact predictive distribution after that sample; a bounded
weight leaves room for what sampling does not show: articles of an hour are alike, and hours differ.
"""

from __future__ import annotations

from math import exp, lgamma


def tail(count: int, trials: int, *, share: float, weight: float) -> float:
    """Return the probability of `count` or more of `trials`; `share` lies between 0 and 1, both excluded.

    A fair coin, known for certain; then the same after ten throws only:

    >>> round(tail(3, 3, share=0.5, weight=1e9), 4), round(tail(3, 3, share=0.5, weight=10), 4)
    (0.125, 0.1591)
    >>> tail(0, 5, share=0.1, weight=10)
    1.0
    """
    if count <= 0:
        return 1.0
    yes, no = share * weight, (1 - share) * weight
    constant = lgamma(trials + 1) - _log_beta(yes, no)
    total = 0.0
    # From the far end, where the terms are smallest, so that none is lost beside a greater one.
    for hits in range(trials, count - 1, -1):
        log_ways = constant - lgamma(hits + 1) - lgamma(trials - hits + 1)
        total += exp(log_ways + _log_beta(hits + yes, trials - hits + no))
    return min(total, 1.0)


def _log_beta(a: float, b: float) -> float:
    return lgamma(a) + lgamma(b) - lgamma(a + b)
