"""The status of an archive as people read it in a terminal. Decides nothing: every number is in `status`."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import date, datetime, timedelta
from typing import Final

from rich.console import Console, RenderableType
from rich.text import Text

from kompas_crawler.console import counted, plain_table, size
from kompas_crawler.standing.calendar import State
from kompas_crawler.standing.due import Due
from kompas_crawler.standing.gaps import Gaps
from kompas_crawler.standing.status import Held, Holder, LastRun, Leftover, Quarantined, Status, span_of

SPANS_SHOWN: Final = 8
"""Spans, days or lists that are printed; the others are counted."""
NOTABLE_BYTES: Final = 100_000
"""A folder or file beside the tables is shown when it takes so much."""
SAYS: Final = {
    State.MISSING: "articles missing",
    State.OPEN: "not read to the end since the day was over",
    State.NO_CRAWL: "never crawled",
}
OUTCOMES: Final = (
    ("new", ("kept_new",)),
    ("edits", ("kept_changed",)),
    ("known", ("known", "unchanged")),
    ("failed", ("failed", "blocked", "unparsed")),
)


def print_status(status: Status, console: Console) -> None:
    """Print a status."""
    console.print(Text.assemble(("Archive ", "bold"), status.archive))
    for line in _holds(status.holds):
        console.print(line)
    for title, lines in (
        ("Last runs", _runs(status.runs, status.at)),
        ("Gaps", _gaps(status.gaps)),
        ("Due now", _due(status.due)),
        ("In staging", _staging(status.staging)),
        ("In quarantine", _quarantine(status.quarantine)),
        ("Lock", _lock(status.lock)),
        ("Disk", _disk(status)),
    ):
        console.print()
        console.print(Text(title, style="bold"))
        for line in lines:
            console.print(line)


def _holds(held: Held) -> Iterator[RenderableType]:
    days = f" on {counted(held.days, 'day')}" if held.days is not None else ""
    yield (
        f"{counted(held.articles, 'article')} of {counted(held.sections, 'section')}{days} "
        f"in {counted(held.months, 'month')}, {counted(held.revisions, 'superseded revision')}, "
        f"{counted(held.links, 'link')}"
    )
    table = plain_table("table", "rows", "files", "on disk", numbers=("rows", "files", "on disk"))
    others = [one for one in held.tables if one.rows is None]
    for one in held.tables:
        if one.rows is not None:
            table.add_row(one.name, f"{one.rows:,}", f"{one.files:,}", size(one.size_bytes))
    for one in others:
        if one.size_bytes >= NOTABLE_BYTES:
            table.add_row(one.name, "", f"{one.files:,}", size(one.size_bytes))
    table.add_row("together", "", f"{sum(one.files for one in held.tables):,}", size(held.size_bytes))
    yield table


def _runs(runs: Sequence[LastRun], now: datetime) -> Iterator[RenderableType]:
    if not runs:
        yield "none on record"
        return
    numbers = ("exit", "sent", *(name for name, _ in OUTCOMES), "days")
    table = plain_table(
        "started (UTC)", "exit", "sent", *(name for name, _ in OUTCOMES), "since", "days", numbers=numbers
    )
    for run in runs:
        table.add_row(
            f"{run.started_at:%Y-%m-%d %H:%M}",
            Text("killed", "red") if run.exit_code is None else Text(f"{run.exit_code}", "red" * bool(run.exit_code)),
            f"{run.requests:,}",
            *(f"{sum(run.outcomes.get(name, 0) for name in names):,}" for _, names in OUTCOMES),
            *_window(run.arguments),
        )
    yield table
    yield f"the last one began {ago(now - runs[0].started_at)}"
    for run in runs:
        for problem in run.problems:
            yield Text(f"{run.started_at:%Y-%m-%d %H:%M}: {problem}", style="yellow")


def _window(arguments: Mapping[str, str]) -> tuple[str, str]:
    """Return the first day that a run was asked for, and the number of days; both empty for another spider's run."""
    if "since" not in arguments or "until" not in arguments:
        return "", ""
    since, until = (date.fromisoformat(arguments[name]) for name in ("since", "until"))
    return f"{since}", f"{(until - since).days + 1:,}"


def _gaps(gaps: Gaps | None) -> Iterator[RenderableType]:
    if gaps is None:
        yield "nothing was ever listed or held"
        return
    share = f"{gaps.complete / gaps.days:.1%}"
    good = gaps.complete == gaps.days
    yield Text.assemble(
        f"{span_of(gaps.since, gaps.until)}: ",
        (f"{gaps.complete:,} of {counted(gaps.days, 'day')} complete ({share})", "green" if good else "yellow"),
        f", {counted(gaps.articles_missing, 'listed article')} missing",
    )
    for span in gaps.spans[:SPANS_SHOWN]:
        yield f"  {span_of(span.since, span.until)}: {counted(span.days, 'day')} {SAYS[span.state]}"
    if len(gaps.spans) > SPANS_SHOWN:
        yield f"  and {counted(len(gaps.spans) - SPANS_SHOWN, 'more span')}: scrapy coverage, or scrapy status --json"


def _due(due: Due | None) -> Iterator[RenderableType]:
    if due is None:
        yield Text("unknown: the index is missing or not in step; the next crawl or rebuild-index mends it", "yellow")
        return
    yield f"{counted(due.revisits, 'held article')} to be looked at again"
    resweeps = ", ".join(str(day) for day in due.resweeps[:SPANS_SHOWN])
    more = " …" if len(due.resweeps) > SPANS_SHOWN else ""
    yield f"{counted(len(due.resweeps), 'older day')} to be walked again{': ' if resweeps else ''}{resweeps}{more}"
    yield f"{counted(len(due.cut_off), 'list')} whose walk was cut off"
    for one in due.cut_off[:SPANS_SHOWN]:
        yield f"  {one.day} {one.site}: {one.reason or 'unknown'}"
    if len(due.cut_off) > SPANS_SHOWN:
        yield f"  and {len(due.cut_off) - SPANS_SHOWN:,} more"


def _staging(leftovers: Sequence[Leftover]) -> Iterator[RenderableType]:
    for one in leftovers:
        says = (
            "of the run that is under way"
            if one.is_running
            else "of a run that was killed: scrapy commit folds them in"
        )
        yield Text(
            f"{one.run_id}: {counted(one.batches, 'batch')}, {size(one.size_bytes)}, {says}",
            style="" if one.is_running else "yellow",
        )
    if not leftovers:
        yield "nothing: all records are in the tables"


def _quarantine(quarantine: Sequence[Quarantined]) -> Iterator[RenderableType]:
    for one in quarantine:
        unparsed = f", {counted(one.unparsed, 'page')} in no known layout" if one.unparsed else ""
        yield Text(f"{one.run_id}: {counted(one.articles, 'article')} withheld{unparsed}", style="red")
        for finding in one.findings[:SPANS_SHOWN]:
            yield f"  {finding}"
        yield f"  look at quarantine/{one.run_id}/samples, then type"
        yield f"    scrapy release {one.run_id}    # the pages are as they are: publish"
        yield "    scrapy reparse    # the parser was mended: what it reads rightly is published"
    if not quarantine:
        yield "nothing is withheld"


def _lock(holder: Holder | None) -> Iterator[RenderableType]:
    if holder is None:
        yield "free"
    elif holder.is_dead:
        yield Text(
            f"free: {holder.run_id} (process {holder.pid} on {holder.host}) was killed while it held it",
            style="yellow",
        )
    else:
        yield (
            f"held by {holder.run_id} (process {holder.pid} on {holder.host}) since {holder.since}, "
            f"last heard of {holder.heartbeat}"
        )


def _disk(status: Status) -> Iterator[RenderableType]:
    if status.disk is None:
        yield "an object store"
    else:
        yield f"{size(status.disk.free_bytes)} free of {size(status.disk.total_bytes)}"


def ago(age: timedelta) -> str:
    """Return how long ago something was, in one unit; what lies ahead is `just now`.

    >>> ago(timedelta(minutes=5)), ago(timedelta(hours=30)), ago(timedelta(days=40)), ago(timedelta(seconds=-3))
    ('5 min ago', '30 h ago', '40 d ago', 'just now')
    """
    minutes = int(age.total_seconds() // 60)
    if minutes < 1:
        return "just now"
    if minutes < 120:
        return f"{minutes} min ago"
    return f"{minutes // 60} h ago" if minutes < 48 * 60 else f"{minutes // 1440} d ago"
