"""What the report costs on a large archive: seconds, peak memory and size of the page.

    python -m benchmarks.report                    # 1 M articles; making the archive takes some twenty minutes
    python -m benchmarks.report --size 10000
    python -m benchmarks.report --folder made      # an archive of this benchmark that was kept

The archive is that of `benchmarks.archive` with what a report reads beside the articles: six links an article, edits
of every fifth, coverage of every day and section with some holes, and two years of daily runs.
"""

from __future__ import annotations

import argparse
import json
import random
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pyarrow as pa

from benchmarks.archive import ARTICLES_OF_DAY, FIRST_DAY, SECTIONS, STAMP, _row, article, generate
from kompas_crawler.archive.columns import record_batch
from kompas_crawler.archive.months import Month
from kompas_crawler.archive.parquet import ORDER, sort, write
from kompas_crawler.archive.schema import COVERAGE, LINKS, REVISIONS, RUNS
from kompas_crawler.archive.storage import Storage, storage_at
from kompas_crawler.commands.report import write_report
from kompas_crawler.items import Outcome

LINKS_OF_ARTICLE = ("baca_juga", "baca_juga", "inline", "terkini", "terkini", "terkini")
EDITED = 5
"""Every so many-th article was changed once."""
MISSING_DAYS = 0.03


def furnish(storage: Storage, size: int) -> None:
    """Add links, revisions, coverage and runs to an archive of `size` articles."""
    numbers: dict[Month, list[int]] = {}
    for number in range(size):
        day = FIRST_DAY + timedelta(days=number // ARTICLES_OF_DAY)
        numbers.setdefault(Month.of_day(day), []).append(number)
    for month, some in numbers.items():
        _put(storage, month.file("links"), "links", LINKS, _links(some, size))
        _put(storage, month.file("revisions"), "revisions", REVISIONS, _revisions(some))
    days = range(-(-size // ARTICLES_OF_DAY))
    _put(storage, "coverage.parquet", "coverage", COVERAGE, (row for day in days for row in _coverage(day)))
    _put(storage, "runs.parquet", "runs", RUNS, map(_run, days))


def _put(storage: Storage, path: str, table: str, schema: pa.Schema, rows: Iterator[dict[str, Any]]) -> None:
    whole = pa.Table.from_batches([record_batch(list(rows), schema)], schema=schema)
    write(storage, path, table, [sort(whole, ORDER[table])], STAMP)


def _key(number: int) -> tuple[str, str]:
    """Return the key and the address of the article of a number, as `benchmarks.archive.article` makes them."""
    day = FIRST_DAY + timedelta(days=number // ARTICLES_OF_DAY)
    seconds = number % ARTICLES_OF_DAY * (86_400 // ARTICLES_OF_DAY)
    no = f"{seconds // 3600:02}{seconds // 60 % 60:02}{seconds % 60:02}170"
    section = SECTIONS[number % len(SECTIONS)]
    return f"{day:%Y%m%d}-{no}", f"https://www.kompas.com/{section}/read/{day:%Y/%m/%d}/{no}/judul-berita"


def _links(numbers: list[int], size: int) -> Iterator[dict[str, Any]]:
    at = article(numbers[0]).published_at
    for number in numbers:
        draw = random.Random(number)
        day = FIRST_DAY + timedelta(days=number // ARTICLES_OF_DAY)
        for position, kind in enumerate(LINKS_OF_ARTICLE):
            target, url = _key(max(0, number - int(draw.paretovariate(0.5))) if position else draw.randrange(size))
            yield {
                "article_id": _key(number)[0],
                "published_on": day,
                "kind": kind,
                "position": position + 1,
                "text": "Judul lain",
                "target_url": url,
                "target_article_id": target,
                "first_seen_at": at,
                "last_seen_at": at,
            }


def _revisions(numbers: list[int]) -> Iterator[dict[str, Any]]:
    row = _row(article(numbers[0], 1))
    for number in numbers[::EDITED]:
        draw = random.Random(number)
        key, url = _key(number)
        later = timedelta(days=(number - numbers[0]) / ARTICLES_OF_DAY)
        moved = {name: row[name] + later for name in ("published_at", "first_seen_at", "fetched_at", "last_seen_at")}
        replaced_at = moved["fetched_at"] + timedelta(hours=draw.expovariate(0.1))
        published_on = FIRST_DAY + timedelta(days=number // ARTICLES_OF_DAY)
        named = {"article_id": key, "url": url, "section": SECTIONS[number % len(SECTIONS)], "title": f"Judul {number}"}
        kind = "title" if draw.random() < 0.1 else "body"
        ended = {"revision": 0, "published_on": published_on, "replaced_at": replaced_at, "change_kind": kind}
        yield row | moved | named | ended


def _coverage(number: int) -> Iterator[dict[str, Any]]:
    day = FIRST_DAY + timedelta(days=number)
    draw = random.Random(number)
    for section in SECTIONS:
        lost = draw.randrange(1, 6) if draw.random() < MISSING_DAYS / len(SECTIONS) * 3 else 0
        held = ARTICLES_OF_DAY // len(SECTIONS)
        yield {
            "day": day,
            "section": section,
            "listed": held + lost,
            "held": held,
            "failed": lost,
            "excluded": 0,
            "missing": [f"{day:%Y%m%d}-{n:06}970" for n in range(lost)],
            "missing_reasons": ["failed: status_500"] * lost,
            "unlisted": 0,
            "walked_at": article(number * ARTICLES_OF_DAY).published_at + timedelta(days=2),
            "is_complete": not lost,
        }


def _run(number: int) -> dict[str, Any]:
    started_at = article(number * ARTICLES_OF_DAY).published_at + timedelta(days=1)
    return {
        "run_id": f"run-{number}",
        "started_at": started_at,
        "finished_at": started_at + timedelta(hours=1),
        "software_version": "benchmark",
        "arguments": "{}",
        "exit_code": 0,
        "finish_reason": "finished",
        "requests": ARTICLES_OF_DAY,
        "size_bytes": 10**8,
        "problems": [],
        **{str(outcome): 0 for outcome in Outcome},
        "kept_new": ARTICLES_OF_DAY,
    }


def measure(folder: Path) -> None:
    """Build the report of an archive and print what it took, as JSON."""
    begun = time.perf_counter()
    page = Path(write_report(storage_at(str(folder))))
    seconds = time.perf_counter() - begun
    usage = resource.getrusage(resource.RUSAGE_SELF)
    measured = {"seconds": seconds, "processor_seconds": usage.ru_utime + usage.ru_stime}
    print(json.dumps(measured | {"peak_mb": usage.ru_maxrss / 1024, "size_mb": page.stat().st_size / 1e6}))


def main() -> None:
    """Make the archive where there is none, then measure in a process of its own."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--size", type=int, default=1_000_000, help="number of articles")
    parser.add_argument("--folder", type=Path, help="where to make the archive and keep it (default: a temporary one)")
    parser.add_argument("--measure", type=Path, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.measure:
        measure(options.measure)
        return
    with tempfile.TemporaryDirectory(prefix="benchmark-") as temporary:
        folder = options.folder or Path(temporary)
        if not (folder / "articles").is_dir():
            generate(folder, options.size, 0)
        if not (folder / "links").is_dir():
            furnish(storage_at(str(folder)), options.size)
        command = [sys.executable, "-m", "benchmarks.report", "--measure", str(folder)]
        measured = json.loads(subprocess.run(command, stdout=subprocess.PIPE, check=True).stdout)
    print(f"{options.size:,} articles: report in {measured['seconds']:.1f} s,", end=" ")
    print(f"{measured['processor_seconds']:.1f} s of a processor,", end=" ")
    print(f"peak {measured['peak_mb']:.0f} MB, page {measured['size_mb']:.2f} MB")


if __name__ == "__main__":
    main()
