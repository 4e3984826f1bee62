"""Crawls of the fault suite: ours as a user starts it, and Scrapy's bare spider, both as processes that are measured.

Knows how they are started and what they left behind. What of it is right is judged elsewhere.
"""

from __future__ import annotations

import json
import subprocess
import sys
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pyarrow.dataset as ds

from kompas_crawler.archive import Archive
from kompas_crawler.archive.quarantine import decisions
from kompas_crawler.archive.verify import Finding, verify
from tests.crawl.conftest import ROOT, command_of, environment_of
from tests.faults import pages
from tests.faults.misbehaving import Misbehaving

BARE = ROOT / "benchmarks" / "contenders" / "bare.py"
ALONE = ROOT / "benchmarks" / "alone.py"
LONGEST_SECONDS = 600
BARE_SECONDS = 120
"""So long is waited for the bare spider, which some pages hold for ever; what it stored until then counts."""
CLOCK = "2021-04-20T12:00"
"""The crawls of the suite run on this day: the articles that are given are of the week before."""

SETTINGS: Mapping[str, object] = {
    "KOMPAS_CLOCK": CLOCK,
    "RETRY_TIMES": 1,
    # A machine that has much to do is no trouble of the site's; what hangs is tried with a time of its own.
    "DOWNLOAD_TIMEOUT": 180,
    # Refusals are a kind of trouble here, one of many: they are not to end the run before the others are tried.
    "KOMPAS_BLOCK_LIMIT": 10_000,
    "LOG_LEVEL": "INFO",
}
GIVEN = ("since=2021-04-12", "until=2021-04-20", "routes=none", "follow=baca_juga")


@dataclass(frozen=True, slots=True)
class Ended:
    """A process that has ended."""

    exit_code: int
    log: str
    peak_mb: float
    folder: Path

    def visits(self) -> dict[str, dict[str, Any]]:
        """How each address ended, by article id, or by address where it is no article; the last row of each wins."""
        rows = sorted(self.rows("visits"), key=lambda row: row["visited_at"])
        return {row["article_id"] or row["url"]: row for row in rows}

    def rows(self, table: str = "articles") -> list[dict[str, Any]]:
        """Every row of a table."""
        files = sorted((self.folder / "output" / table).rglob("*.parquet"))
        return [row for file in files for row in ds.dataset(file).to_table().to_pylist()]

    def items(self) -> list[dict[str, Any]]:
        """What the bare spider stored."""
        path = self.folder / "items.jsonl"
        return [json.loads(line) for line in path.read_text().splitlines()] if path.exists() else []


def crawl(
    folder: Path, server: str, *arguments: str, live: Mapping[str, str] | None = None, **settings: object
) -> Ended:
    """Crawl with ours into a folder, a server standing for the site; with `live` instead in an environment of its own.

    Raises `TimeoutError` when the crawl does not end.
    """
    texts = {name: str(value) for name, value in {**SETTINGS, **settings}.items() if value is not None}
    environment = environment_of(folder / "output", server if live is None else None) | dict(live or {})
    ended = _run(command_of(*arguments, **texts), environment, folder, ROOT)
    _release(folder / "output")
    return ended


def _release(output: Path) -> None:
    """Publish what the quality gate withheld, as a person would who knows that these pages are odd on purpose."""
    archive = Archive(str(output))
    for run_id in {decision.run_id for decision in decisions(archive.storage)}:
        archive.release(run_id)


def crawl_given(
    folder: Path, server: str, addresses: Iterable[str], *, live: Mapping[str, str] | None = None, **settings: object
) -> Ended:
    """Crawl given addresses, following "Baca juga"."""
    folder.mkdir(parents=True, exist_ok=True)
    given = folder / "addresses.txt"
    given.write_text("".join(f"{address}\n" for address in addresses))
    return crawl(folder, server, f"addresses={given}", *GIVEN, live=live, **settings)


def crawl_bare(folder: Path, server: Misbehaving, addresses: Iterable[str], **settings: object) -> Ended:
    """Crawl the same addresses with the bare spider; the server is its proxy, so that every host leads there."""
    folder.mkdir(parents=True, exist_ok=True)
    given = folder / "addresses.txt"
    given.write_text("".join(f"{address.replace('https://', 'http://')}\n" for address in addresses))
    command = [sys.executable, "-m", "scrapy", "runspider", str(BARE), "-a", f"addresses={given}"]
    command += ["-o", str(folder / "items.jsonl")]
    shared = {"RETRY_TIMES": SETTINGS["RETRY_TIMES"], "LOG_LEVEL": "WARNING"} | settings
    command += [word for name, value in shared.items() for word in ("-s", f"{name}={value}")]
    environment = environment_of(folder / "output", None)
    environment |= {"http_proxy": server.url, "no_proxy": "127.0.0.1,localhost", "PYTHONPATH": str(ROOT)}
    return _run(command, environment, folder, folder, seconds=BARE_SECONDS, must_end=False)


def _run(
    command: Sequence[str],
    environment: Mapping[str, str],
    folder: Path,
    place: Path,
    *,
    seconds: float = LONGEST_SECONDS,
    must_end: bool = True,
) -> Ended:
    folder.mkdir(parents=True, exist_ok=True)
    log = folder / "log.txt"
    with log.open("wb") as out:
        subprocess.run(
            [sys.executable, "-I", "-S", str(ALONE), str(folder / "took.json"), str(seconds), *command],
            cwd=place, env=environment, stdin=subprocess.DEVNULL, stdout=out, stderr=subprocess.STDOUT, check=True,
        )  # fmt: skip
    took = json.loads((folder / "took.json").read_text())
    text = log.read_text(errors="replace")
    if must_end and not took["was_in_time"]:
        raise TimeoutError(f"{' '.join(command)} did not end in {seconds} s: {text[-2000:]}")
    return Ended(took["exit_code"], text, took["peak_mb"], folder)


@dataclass(frozen=True, slots=True)
class Traces:
    """What a crawl left behind, sorted by article."""

    visits: Mapping[str, Mapping[str, Any]]
    rows: Mapping[str, Sequence[Mapping[str, Any]]]
    requests: Mapping[str, int]
    """Requests at the server and its trap, by the key in their path."""


def traces(ended: Ended, server: Misbehaving, *, after: int = 0) -> Traces:
    """Return what ours left behind; requests that came before `after` others are not counted."""
    rows = defaultdict(list)
    for row in ended.rows():
        rows[row["article_id"]].append(row)
    requests: defaultdict[str, int] = defaultdict(int)
    for asked in [*server.asked[after:], *server.trapped]:
        if pages.ARTICLE.search(asked.target):
            requests[pages.key_of(asked.target)] += 1
    return Traces(ended.visits(), rows, requests)


def defects_of_archive(ended: Ended) -> list[Finding]:
    """Return what the archive's own verification finds wrong with what a crawl left."""
    archive = Archive(str(ended.folder / "output"))
    return list(verify(archive.storage, archive.index_path))
