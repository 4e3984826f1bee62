"""What must be true of rows of the archive, one row or one history at a time. Pure.

Knows the promises of the data contract that a schema cannot express. Refuses to know files; `verify` walks those.
Every function yields what is wrong, in words; nothing when all is well.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from itertools import pairwise
from typing import Any

from kompas_crawler.archive.fingerprint import content_hash
from kompas_crawler.archive.months import WIB, Month, day_of_key
from kompas_crawler.items import Flag, Outcome

Row = Mapping[str, Any]


def of_article(row: Row) -> Iterator[str]:
    """Yield what is wrong with one row of `articles` or `revisions`, wherever it lies."""
    if row["published_at"].astimezone(WIB).date() != row["published_on"]:
        yield f"published_on {row['published_on']} is not the WIB day of published_at {row['published_at']}"
    if content_hash(row["title"], row["body"]) != row["content_hash"]:
        yield "content_hash is not that of title and body: the row was altered or damaged"
    if row["word_count"] != len(row["body"].split()):
        yield f"word_count {row['word_count']} is not the number of words of the body, {len(row['body'].split())}"
    if row["flags"] != sorted(set(row["flags"])):
        yield f"flags {row['flags']} are not sorted and distinct"
    if (not row["body"]) != (Flag.EMPTY_BODY in row["flags"] or Flag.METADATA_ONLY in row["flags"]):
        yield f"body of {len(row['body'])} characters, but flags {row['flags']}"
    if not row["first_seen_at"] <= row["fetched_at"] <= row["last_seen_at"]:
        yield (
            f"first_seen_at {row['first_seen_at']}, fetched_at {row['fetched_at']} and last_seen_at "
            f"{row['last_seen_at']} are out of order"
        )
    if row["duplicate_of"] == row["article_id"]:
        yield "it is marked as a near-duplicate of itself"


def of_place(row: Row, table: str, month: Month) -> Iterator[str]:
    """Yield what is wrong with the month in which a row lies."""
    home = Month.of_day(row["published_on"]) if table == "articles" else Month.of_key(row["article_id"])
    if home != month:
        yield f"it lies in {month.year:04}-{month.month:02} and belongs in {home.year:04}-{home.month:02}"


def of_link(row: Row) -> Iterator[str]:
    """Yield what is wrong with one row of `links`."""
    if row["published_on"] != day_of_key(row["article_id"]):
        yield f"published_on {row['published_on']} is not the day in the key"
    if row["first_seen_at"] > row["last_seen_at"]:
        yield f"first_seen_at {row['first_seen_at']} is after last_seen_at {row['last_seen_at']}"


def of_history(current: Row | None, superseded: Sequence[Row]) -> Iterator[str]:
    """Yield what is wrong with the revisions of one article: `as_of` needs exactly one answer for every instant.

    Only `revision`, `fetched_at` and, of superseded rows, `replaced_at` are looked at.
    """
    if current is None:
        yield "it has superseded revisions and no current one"
        return
    rows = [*superseded, current]
    for number, count in Counter(row["revision"] for row in rows).items():
        if count > 1:
            yield f"revision {number} stands {count} times"
    for row in superseded:
        if row["replaced_at"] < row["fetched_at"]:
            yield f"revision {row['revision']} was replaced at {row['replaced_at']}, before {row['fetched_at']}"
        elif not any(_is_valid(other, row["replaced_at"]) for other in rows):
            yield f"no revision was valid at {row['replaced_at']}, when revision {row['revision']} ended"
    spans = Counter((row["fetched_at"], row["replaced_at"]) for row in superseded)
    for (fetched_at, replaced_at), count in spans.items():
        if count > 1:
            yield f"{count} revisions were valid from {fetched_at} until {replaced_at}"


def of_run(record: Row, visits: Mapping[str, str]) -> Iterator[str]:
    """Yield where the books of a run do not balance. `visits` is the outcome of each address by its name.

    A run that was killed has no sums to compare.
    """
    if record["exit_code"] is None:
        return
    counted = Counter(visits.values())
    for outcome in Outcome:
        if counted[outcome] != record[outcome]:
            yield f"{record[outcome]} addresses are reported as {outcome}, {counted[outcome]} are in visits"
    if counted[Outcome.PENDING]:
        yield f"it ended with {counted[Outcome.PENDING]} addresses undecided"


def of_order(keys: Iterable[tuple[Any, ...]]) -> Iterator[str]:
    """Yield the first place where the rows of a file, given by what they are sorted by, are out of order.

    >>> list(of_order([(1, "a"), (1, "c"), (1, "b"), (0, "d")]))
    ["row 3 (1, 'b') comes after (1, 'c')"]
    """
    for number, (before, after) in enumerate(pairwise(keys), start=2):
        if after < before:
            yield f"row {number} {after} comes after {before}"
            return


def _is_valid(row: Row, instant: datetime) -> bool:
    ended = row.get("replaced_at")
    return bool(row["fetched_at"] <= instant and (ended is None or instant < ended))
