"""A crawl that is killed again and again, at random moments, also inside a commit, loses nothing that was seen."""

from __future__ import annotations

import os
import random
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import duckdb
import polars as pl
import pyarrow.dataset as ds
import pytest

from kompas_crawler.archive import Archive, read_exchange
from kompas_crawler.archive.schema import ARTICLES
from kompas_crawler.replica import Replica, running
from tests.crawl.conftest import command_of, crawler_into, environment_of, starter

pytestmark = [pytest.mark.slow, pytest.mark.xdist_group("kills"), pytest.mark.timeout(3600)]

KILLS = int(os.environ.get("KOMPAS_TORTURE_KILLS", "40"))
"""`make torture` asks for a thousand."""
SEED = int(os.environ.get("KOMPAS_TORTURE_SEED", "1"))
WINDOW = ("since=2021-04-12", "until=2021-04-19", "follow=none")
# A commit every tenth of a second: a good part of the kills fall into one.
WORKED = (0.2, 1.2)
"""Seconds of processor time after which a crawl is killed: from before its first request to after some commits."""
SETTINGS = {"KOMPAS_COMMIT_SECONDS": "0.1", "LOG_LEVEL": "ERROR"}
OF_THE_RUN = {"first_seen_at", "fetched_at", "last_seen_at", "run_id", "discovered_by", "raw_file", "raw_offset"}
"""Columns that tell when and by which run an article was found; everything else must come out the same."""


@pytest.fixture(scope="module")
def site() -> Iterator[Replica]:
    with running("--seed", "11", "--today", "2021-04-20T23:59", "--articles-per-day", "60") as server:
        yield server


def is_killed_at(processor_seconds: float, site: Replica, output: Path) -> bool:
    """Start a crawl and kill it when it has worked so long; return whether it was still at work."""
    command = command_of(*WINDOW, **SETTINGS)[3:]
    return starter().kill_at(processor_seconds, command, environment_of(output, site.url), output.parent)


def seen_by_every_reader(output: Path) -> dict[str, int]:
    """The revision of every article as pyarrow sees it; checked against DuckDB and Polars."""
    folder = output / "articles"
    if not any(folder.rglob("*.parquet")):
        return {}
    table = ds.dataset(folder, partitioning="hive").to_table(
        columns=["article_id", "revision", "raw_file", "raw_offset"]
    )
    keys = Counter(table["article_id"].to_pylist())
    assert max(keys.values()) == 1, "a duplicate key"
    files = str(folder / "**" / "*.parquet")
    by_duckdb = duckdb.sql(f"SELECT article_id FROM read_parquet('{files}', hive_partitioning = true)").fetchall()
    by_polars = pl.scan_parquet(folder, hive_partitioning=True).select("article_id").collect()
    assert Counter(key for (key,) in by_duckdb) == keys == Counter(by_polars["article_id"].to_list())
    storage = Archive(str(output)).storage
    for raw_file, raw_offset in zip(table["raw_file"].to_pylist(), table["raw_offset"].to_pylist(), strict=True):
        assert read_exchange(storage, raw_file, raw_offset).status == 200
    return dict(zip(table["article_id"].to_pylist(), table["revision"].to_pylist(), strict=True))


def files_unfinished(output: Path) -> set[Path]:
    """What is written under a name of its own until it is whole; the next run takes away what a dead one left."""
    return set((output / ".unfinished").rglob("*"))


def comparable(output: Path) -> dict[str, dict[str, Any]]:
    """Every row without what the moment of fetching decides."""
    rows = ds.dataset(output / "articles", schema=ARTICLES).to_table().to_pylist()
    return {row["article_id"]: {k: v for k, v in row.items() if k not in OF_THE_RUN} for row in rows}


def test_nothing_that_a_reader_saw_is_lost_and_the_end_is_that_of_an_undisturbed_crawl(site: Replica, tmp_path: Path):
    calm = crawler_into(tmp_path / "calm")(site.url, *WINDOW)
    chance, output = random.Random(SEED), tmp_path / "disturbed"
    seen: dict[str, int] = {}
    found: Counter[str] = Counter()
    while found["kills"] < KILLS:
        unfinished = files_unfinished(output)
        if not is_killed_at(chance.uniform(*WORKED), site, output):
            # It came to its end: begin again, so that every kill meets a crawl with work to do.
            found["archives completed in between"] += 1
            output = tmp_path / f"disturbed-{found['archives completed in between']}"
            seen = {}
            continue
        found["kills"] += 1
        found["with records staged and not committed"] += any((output / "staging").rglob("*.*"))
        found["in the middle of writing a file"] += bool(files_unfinished(output) - unfinished)
        found["with articles to be seen"] += any((output / "articles").rglob("*.parquet"))
        now = seen_by_every_reader(output)
        assert {key: revision for key, revision in seen.items() if now.get(key, 0) < revision} == {}, (
            "lost after a kill"
        )
        seen = now
        if found["kills"] % 100 == 0:
            print(f"\n{told(found)}", flush=True)
    last = crawler_into(output)(site.url, *WINDOW)
    assert last.exit_code == 0, last.stderr
    assert comparable(output) == comparable(calm.output)
    print(f"\n{told(found)}")


def told(found: Counter[str]) -> str:
    """Return what the crawls were killed at."""
    return "\n".join(f"{count:>6,} {name}" for name, count in found.items())
