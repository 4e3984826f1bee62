"""What a finished run must satisfy: even books, walks that reached their end, something found, little failed.

Pure: sums in, findings out. A finding fails the run with exit code 1; what was committed stays committed. Whether what
was read is fit to be committed was judged before (`archive.gate`); here that only becomes one finding among the others.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from kompas_crawler.archive import Decision
from kompas_crawler.books import Balance
from kompas_crawler.items import Outcome, Walk

BAD = (Outcome.FAILED, Outcome.UNPARSED, Outcome.BLOCKED)
"""Outcomes of a requested article that leave a hole."""

REQUESTED = (*BAD, Outcome.KEPT_NEW, Outcome.KEPT_CHANGED, Outcome.UNCHANGED, Outcome.GONE)
"""Outcomes that only an article that was asked for can have."""

SHOWN_DEVIATIONS = 5


GO_ON = "Start it again; it goes on from here."
ADVICE = {
    "blocked": "Look at its robots.txt and terms, and at its answers in evidence/, before you start it again.",
    "reservation": "It goes on from here when it is started with a permission.",
    "retry_after": "The first run after that time goes on from here; one before it begins nothing.",
    "storage": "Mend that and start it again; it goes on from what was committed.",
}
"""What to do about a run that was stopped early, by its close reason; otherwise `GO_ON`."""


@dataclass(frozen=True, slots=True)
class Finding:
    """One reason why a run is not good."""

    gate: str
    """`books`, `walks`, `found_too_little`, `failures`, `stopped`, `defects` or `quality`."""
    message: str
    """What was expected, what was found, and what to do next."""


def findings(
    balance: Balance,
    walks: Sequence[Walk],
    *,
    bad_share: float,
    tolerance: float,
    stopped: str | None,
    advice: str = GO_ON,
) -> tuple[Finding, ...]:
    """Return everything that keeps a run from being complete; empty when it is.

    `bad_share` is the share of requested articles that ended in `BAD`; `stopped` says why the run ended early,
    `advice` what to do about it.
    """
    found: list[Finding] = []
    if stopped:
        found.append(Finding("stopped", f"The run was stopped early: {stopped}. {advice}"))
    if not balance.is_even:
        shown = "; ".join(balance.off[:10]) or "the sums differ"
        found.append(Finding("books", f"The books do not balance: {shown}. Please report this as a defect."))
    if unfinished := [walk for walk in walks if not walk.is_finished]:
        shown = ", ".join(f"{walk.day} {walk.site} ({walk.reason})" for walk in unfinished[:10])
        message = f"{len(unfinished)} index walks did not reach the end: {shown}. Run these days again."
        found.append(Finding("walks", message))
    if walks and not balance.listed and all(walk.is_finished for walk in walks) and any(_is_wide(w) for w in walks):
        days = len({walk.day for walk in walks})
        message = f"The index listed no article on {days} days; the site lists hundreds a day. Look at it in a browser."
        found.append(Finding("found_too_little", message))
    if bad_share > tolerance:
        message = f"{bad_share:.1%} of the requested articles failed or stayed unparsed (allowed: {tolerance:.1%})."
        found.append(Finding("failures", f"{message} Their addresses and reasons are in visits/."))
    return tuple(found)


def quality_finding(decision: Decision) -> Finding:
    """Return the finding that says what was withheld of a run, why, and what to do about it."""
    shown = "; ".join(decision.findings[:SHOWN_DEVIATIONS])
    more = len(decision.findings) - SHOWN_DEVIATIONS
    message = (
        f"Pages are not as usual: {shown}{f'; and {more} more' if more > 0 else ''}. {len(decision.withheld)} articles "
        f"of run {decision.run_id} were withheld. Look at quarantine/{decision.run_id}/samples, then publish them with "
        f"`scrapy release {decision.run_id}`, or mend the parser, drop them with `--discard` and read them again."
    )
    return Finding("quality", message)


def _is_wide(walk: Walk) -> bool:
    """Whether the walk was over a list that is never empty for a whole day."""
    return walk.site in {"all", "news"}
