"""What a back-fill finds: thirty days of a replica with every trouble on, held against the replica's own truth.

    python -m benchmarks.recall                                   # 30 days of 1,000 articles; about twenty minutes
    python -m benchmarks.recall --days 5 --articles-per-day 120   # a quick look

The window is crawled, and crawled again until a run is complete (three times at most), as cron would. Printed are the
share of the articles listed in truth that is held, what is missing and whether coverage names it, days called complete
that are not, and the requests for each kept article in the first run.
"""

from __future__ import annotations

import argparse
import subprocess
import sys
import tempfile
import time
from collections import Counter
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq

from kompas_crawler.replica import Replica, running

SEED = 3
LAST = date(2021, 4, 30)
NOON_AFTER = "2021-05-02T12:00"
RECALL_TARGET, COST_TARGET = 0.999, 1.15

TROUBLES: dict[str, Any] = {
    "last_page_low": {"by": 3},
    "repeated_page": {"page": 2},
    "doubled_item": {"rate": 0.2},
    "deletions": {"rate": 0.015},
    "moved": {"rate": 0.002},
    "edits": {"rate": 0.195},
    "status": {"code": 503, "rate": 0.01},
    "empty": {"code": 200, "rate": 0.005},
    "busy": {"rate": 0.005},
    "reset": {"rate": 0.005},
    "cut_body": {"rate": 0.005},
    "cut_chunked": {"rate": 0.003},
    "cut_plain": {"rate": 0.003},
    "broken_gzip": {"rate": 0.002},
}


def crawl(replica: Replica, output: Path, since: date) -> int:
    """Fill the window; return the exit code."""
    settings = {"KOMPAS_REPLICA": replica.url, "KOMPAS_OUTPUT": str(output), "KOMPAS_CLOCK": NOON_AFTER}
    settings |= {"KOMPAS_MAX_DELAY_SECONDS": "0"}  # nobody's server is spared by waiting for the replica
    command = [sys.executable, "-m", "scrapy", "crawl", "kompas", "-a", f"since={since}", "-a", f"until={LAST}"]
    command += [word for name, value in settings.items() for word in ("-s", f"{name}={value}")]
    return subprocess.run(command, stdin=subprocess.DEVNULL, stderr=subprocess.DEVNULL, check=False).returncode


def rows(output: Path, table: str, columns: list[str]) -> list[dict[str, Any]]:
    whole = output / f"{table}.parquet"
    files = [whole] if whole.is_file() else (output / table).rglob("*.parquet")
    return [row for file in files for row in pq.ParquetFile(file).read(columns=columns).to_pylist()]


def moved(keys: set[str], output: Path) -> set[str]:
    """Return the articles that are listed and lead elsewhere: the site has no page of theirs to keep."""
    visits = rows(output, "visits", ["article_id", "outcome"])
    return {row["article_id"] for row in visits if row["article_id"] in keys and row["outcome"] == "gone"}


def day_of(key: str) -> date:
    return date(int(key[:4]), int(key[4:6]), int(key[6:8]))


def report(replica: Replica, output: Path, since: date, requests: int, first_kept: int, seconds: float) -> None:
    truth = {record["key"]: record for record in replica.truth(since, LAST, brief=True)}
    listed = {key for key, record in truth.items() if not record["gone"]}
    held = {row["article_id"] for row in rows(output, "articles", ["article_id"])}
    elsewhere = moved(listed - held, output)
    missed = listed - elsewhere - held
    coverage = rows(output, "coverage", ["day", "section", "missing", "missing_reasons", "is_complete"])
    named = {key for row in coverage for key in row["missing"]}
    reasons = Counter(reason for row in coverage for reason in row["missing_reasons"])
    complete = {(row["day"], row["section"]) for row in coverage if row["is_complete"]}
    hidden = {key for key in missed if (day_of(key), truth[key]["section"]) in complete}
    recall, cost = 1 - len(missed) / len(listed - elsewhere), requests / first_kept
    days = (LAST - since).days + 1
    print(f"{len(truth):,} articles of {days} days, {len(listed):,} listed, {len(elsewhere)} moved\n")
    say("held", f"{len(listed & held):,}: {recall:.3%}", f"{RECALL_TARGET:.1%}", recall >= RECALL_TARGET)
    say("held and not in truth", str(len(held - truth.keys())), "0", held <= truth.keys())
    say("missed, not named in coverage", str(len(missed - named)), "0", missed <= named)
    say("missed in days called complete", str(len(hidden)), "0", not hidden)
    say("reasons in coverage", ", ".join(f"{count} {reason}" for reason, count in reasons.most_common()))
    say("requests for a kept article", f"{cost:.3f} ({requests:,})", f"{COST_TARGET}", cost <= COST_TARGET)
    say("first run", f"{seconds:.0f} s, {first_kept / seconds:.0f} articles a second")


def say(what: str, found: str, target: str = "", good: bool = True) -> None:
    print(what.ljust(32), found.ljust(28), f"target {target}: {verdict(good)}" if target else "")


def verdict(good: bool) -> str:
    return "met" if good else "MISSED"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--days", type=int, default=30)
    parser.add_argument("--articles-per-day", type=int, default=1000)
    options = parser.parse_args()
    since = LAST - timedelta(days=options.days - 1)
    arguments = ("--seed", str(SEED), "--today", NOON_AFTER, "--articles-per-day", str(options.articles_per_day))
    with tempfile.TemporaryDirectory() as folder, running(*arguments) as replica:
        replica.trouble(**TROUBLES)
        output, begun = Path(folder), time.monotonic()
        exit_code = crawl(replica, output, since)
        seconds, requests = time.monotonic() - begun, len(replica.log())
        first_kept = len(rows(output, "articles", ["article_id"]))
        print(f"run 1: exit code {exit_code}", flush=True)
        for number in (2, 3):
            if exit_code == 0:
                break
            exit_code = crawl(replica, output, since)
            print(f"run {number}: exit code {exit_code}", flush=True)
        report(replica, output, since, requests, first_kept, seconds)


if __name__ == "__main__":
    main()
