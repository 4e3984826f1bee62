"""What an archive must be like when a trouble is over: the one that an undisturbed crawl makes, and nothing beside it.

Knows which columns the moment of fetching decides, and the words in which the table tells what is wrong.
"""

from __future__ import annotations

from collections import Counter
from pathlib import Path
from typing import Any

from kompas_crawler.archive import Archive
from kompas_crawler.archive.lock import holder
from kompas_crawler.archive.parquet import read_table
from kompas_crawler.archive.schema import ARTICLES
from kompas_crawler.archive.verify import verify
from kompas_crawler.errors import ArchiveError

Rows = dict[str, dict[str, Any]]

WHOLE = "whole"
OF_THE_RUN = frozenset(
    ("first_seen_at", "fetched_at", "last_seen_at", "run_id", "discovered_by", "raw_file", "raw_offset")
)
"""Columns that tell when and by which run an article was found; everything else must come out the same."""


def comparable_rows(archive: Archive) -> Rows:
    """Return every article without what the moment of fetching decides. Raises `AssertionError` for a double key."""
    files = [path for path in archive.storage.files("articles") if path.endswith("/articles.parquet")]
    rows = [row for path in files for row in read_table(archive.storage, path, ARTICLES).to_pylist()]
    assert all(count == 1 for count in Counter(row["article_id"] for row in rows).values()), "a key twice"
    return {row["article_id"]: {name: row[name] for name in row if name not in OF_THE_RUN} for row in rows}


def rows_of(output: Path) -> Rows:
    """Return the articles of a local archive."""
    return comparable_rows(Archive(str(output)))


def state_of(output: Path, expected: Rows) -> str:
    """Return `whole`, or what an archive lacks, has too much, or leaves behind."""
    archive = Archive(str(output))
    try:
        wrong = differences(rows_of(output), expected)
    except ArchiveError as error:
        return str(error)
    wrong += [f"verify: {finding}"[:200] for finding in verify(archive.storage, archive.index_path)]
    held_by = holder(archive.storage)
    if held_by is not None and not held_by.is_dead:
        wrong.append(f"locked by {held_by.pid}")
    return ", ".join(wrong[:3]) or WHOLE


def differences(found: Rows, expected: Rows) -> list[str]:
    """Return how the articles of an archive differ from those that it should hold."""
    wrong = []
    if lost := expected.keys() - found.keys():
        wrong.append(f"{len(lost)} articles missing")
    if more := found.keys() - expected.keys():
        wrong.append(f"{len(more)} articles too many")
    if other := [key for key in expected.keys() & found.keys() if found[key] != expected[key]]:
        columns = {name for key in other for name in expected[key] if found[key].get(name) != expected[key][name]}
        wrong.append(f"{len(other)} articles with another {'/'.join(sorted(columns))}")
    return wrong


def lost_of(before: Rows, output: Path) -> str:
    """Return `, N lost` where articles that had been seen are not there any more, else nothing."""
    try:
        lost = before.keys() - rows_of(output).keys()
    except ArchiveError as error:
        return f", unreadable: {error}"
    return f", {len(lost)} lost" if lost else ""
