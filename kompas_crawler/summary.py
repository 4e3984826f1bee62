"""What a person reads when a crawl has ended: what was listed, what is held, what is missing and why."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping

from rich.console import Console
from rich.table import Table
from rich.text import Text

from kompas_crawler.books import Balance
from kompas_crawler.extensions import RunKeeper
from kompas_crawler.items import Outcome
from kompas_crawler.progress import clock

HELD = (Outcome.KEPT_NEW, Outcome.KEPT_CHANGED, Outcome.UNCHANGED, Outcome.KNOWN)
"""Outcomes after which the archive holds the article."""

MEANINGS: Mapping[Outcome, str] = {
    Outcome.KEPT_NEW: "new in the archive",
    Outcome.KEPT_CHANGED: "changed since they were read last; the old text is kept",
    Outcome.UNCHANGED: "read again, the same as before",
    Outcome.KNOWN: "held already and not due",
    Outcome.GONE: "removed by the site",
    Outcome.EXCLUDED: "decided against (other section or day, no article, a limit)",
    Outcome.BLOCKED: "refused by the site",
    Outcome.FAILED: "without a usable answer",
    Outcome.UNPARSED: "in no layout that is known",
    Outcome.READ: "lists and robots.txt read",
}


def print_summary(keeper: RunKeeper, console: Console | None = None) -> None:
    """Print how a run ended, for people, to standard output."""
    console = console or Console()
    record = keeper.record
    if record is None:  # refused before it began; the reason stands in the log
        return
    balance = keeper.books.balance()
    console.print()
    title = Text.assemble(("Kompas.com ", "bold"), record.arguments["since"], " to ", record.arguments["until"])
    console.print(title, Text(f"run {record.run_id}", style="dim"))
    console.print(_headline(balance))
    if story := nothing_new(balance):
        console.print(story)
    console.print(outcome_table(balance))
    seconds = (keeper.finished_at - keeper.started_at).total_seconds()
    megabytes = record.size_bytes / 1e6
    console.print(
        f"{record.requests:,} requests, {megabytes:,.1f} MB in {clock(seconds)}; archive: {keeper.archive.location}"
    )
    for finding in keeper.findings:
        console.print(Text(f"✗ {finding.message}", style="bold red"))
    if not keeper.findings:
        console.print(Text("✓ The books balance and every list was read to its end.", style="green"))


def _headline(balance: Balance) -> Text:
    held = sum(balance.listed_outcomes.get(outcome, 0) for outcome in HELD)
    missed = balance.listed - held
    return Text.assemble(
        (f"{balance.listed:,}", "bold"),
        " listed, ",
        (f"{held:,}", "bold green"),
        " held, ",
        (f"{missed:,}", "bold red" if missed else "bold"),
        " missed",
    )


def nothing_new(balance: Balance) -> str | None:
    """Return the line that says that a run found nothing new; null when it did, or met no article that is held.

    >>> outcomes = {Outcome.KNOWN: 2, Outcome.UNCHANGED: 1}
    >>> nothing_new(Balance(met=3, outcomes=outcomes, listed=3, listed_outcomes={}, off=()))
    'Nothing new: 3 held, 1 revisited.'
    """
    counts = Counter(balance.outcomes)
    held = sum(counts[outcome] for outcome in HELD)
    if not held or counts[Outcome.KEPT_NEW] or counts[Outcome.KEPT_CHANGED]:
        return None
    return f"Nothing new: {held:,} held, {counts[Outcome.UNCHANGED]:,} revisited."


def outcome_table(balance: Balance) -> Table:
    """Return the table of outcomes: of listed articles, and of everything that was met."""
    table = Table(box=None, pad_edge=False)
    table.add_column("listed", justify="right")
    table.add_column("all", justify="right")
    table.add_column("addresses that are")
    listed, outcomes = Counter(balance.listed_outcomes), Counter(balance.outcomes)
    for outcome, meaning in MEANINGS.items():
        if outcomes[outcome]:
            table.add_row(f"{listed[outcome]:,}", f"{outcomes[outcome]:,}", meaning)
    table.add_section()
    table.add_row(f"{balance.listed:,}", f"{balance.met:,}", "together")
    return table
