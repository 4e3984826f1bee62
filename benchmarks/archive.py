"""What the archive costs as it grows: commit, look-up, load and SQL at 10 thousand to 1 million articles.

    python -m benchmarks.archive                          # 10k, 100k and 1M articles; about 20 minutes
    python -m benchmarks.archive --sizes 10000 --repeats 3

Articles are invented: random words, some 850 a day, as the site publishes. The Parquet files are written by the
project's own writer and the index is made by `rebuild_index`. Each measurement runs in a process of its own, so that
peak memory is that of the measurement and nothing is warm but the system's page cache.
"""

from __future__ import annotations

import argparse
import json
import random
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.dataset

from kompas_crawler import load
from kompas_crawler.archive import Archive, Observation
from kompas_crawler.archive.fingerprint import content_hash
from kompas_crawler.archive.months import Month
from kompas_crawler.archive.parquet import Stamp, write
from kompas_crawler.archive.schema import ARTICLES, VISITS
from kompas_crawler.items import Article, Outcome, PageKind, PublishedSource, Route, Visit

SIZES = (10_000, 100_000, 1_000_000)
ARTICLES_OF_DAY = 850
WORDS_OF_BODY = 200
NEW, CHANGED, LOOKED_UP = 1_000, 200, 1_000
SECTIONS = ("nasional", "regional", "megapolitan", "global", "money", "bola", "tekno", "tren", "health", "hype")
FIRST_DAY = date(2021, 1, 1)
VERSION = "benchmark"
STAMP = Stamp("benchmark", VERSION)
VOCABULARY = [f"kata{number}" for number in range(20_000)]
WEIGHTS = [0.0]
for _rank in range(len(VOCABULARY)):
    WEIGHTS.append(WEIGHTS[-1] + 1 / (_rank + 10))
WEIGHTS.pop(0)


def article(number: int, revision: int = 0) -> Article:
    """Return the article of a number; its first word differs from revision to revision."""
    words = random.Random(number).choices(VOCABULARY, cum_weights=WEIGHTS, k=WORDS_OF_BODY)
    words[0] = f"revisi{revision}"
    day = FIRST_DAY + timedelta(days=number // ARTICLES_OF_DAY)
    seconds = number % ARTICLES_OF_DAY * (86_400 // ARTICLES_OF_DAY)
    published_at = datetime(day.year, day.month, day.day, tzinfo=UTC) + timedelta(seconds=seconds, hours=-7)
    article_id = f"{day:%Y%m%d}-{seconds // 3600:02}{seconds // 60 % 60:02}{seconds % 60:02}170"
    section = SECTIONS[number % len(SECTIONS)]
    return Article(
        article_id=article_id,
        url=f"https://www.kompas.com/{section}/read/{day:%Y/%m/%d}/{article_id[9:]}/judul-berita",
        section=section,
        section_code=70,
        title=" ".join(words[1:9]).title(),
        body=" ".join(words),
        word_count=len(words),
        paragraph_count=1,
        authors=("Sari Wulandari",),
        tags=tuple(words[10:14]),
        published_at=published_at,
        published_on=day,
        published_source=PublishedSource.ID,
        layout="e1",
        parser_version=1,
    )


def visit(one: Article, run_id: str, at: datetime) -> dict[str, Any]:
    """Return the visit that kept an article."""
    return {
        "run_id": run_id,
        "url": one.url,
        "page_kind": PageKind.ARTICLE,
        "article_id": one.article_id,
        "outcome": Outcome.KEPT_NEW,
        "discovered_by": (Route.INDEX,),
        "listed_on": one.published_on,
        "section": one.section,
        "visited_at": at,
    }


def generate(folder: Path, size: int, seed: int) -> float:  # noqa: ARG001 - all measurements are called alike
    """Write an archive of `size` articles; the time is that of making its index."""
    archive = Archive(str(folder))
    numbers: dict[Month, list[int]] = {}
    for number in range(size):
        day = FIRST_DAY + timedelta(days=number // ARTICLES_OF_DAY)
        numbers.setdefault(Month.of_day(day), []).append(number)
    for month, some in numbers.items():
        write(archive.storage, month.file("articles"), "articles", _article_tables(some), STAMP)
        write(archive.storage, month.file("visits"), "visits", _visit_tables(some), STAMP)
    return _timed(archive.rebuild_index)


def _article_tables(numbers: list[int]) -> Iterator[pa.Table]:
    for start in range(0, len(numbers), 4_000):
        yield pa.Table.from_pylist([_row(article(number)) for number in numbers[start : start + 4_000]], ARTICLES)


def _row(one: Article) -> dict[str, Any]:
    fetched_at = one.published_at + timedelta(hours=2)
    record = {name: getattr(one, name) for name in ARTICLES.names if hasattr(one, name)}
    return record | {
        "revision": 1,
        "content_hash": content_hash(one.title, one.body),
        "first_seen_at": fetched_at,
        "fetched_at": fetched_at,
        "last_seen_at": fetched_at,
        "discovered_by": ["index"],
        "run_id": "benchmark",
    }


def _visit_tables(numbers: list[int]) -> Iterator[pa.Table]:
    articles = (article(number) for number in numbers)
    rows = [visit(one, "benchmark", one.published_at + timedelta(hours=2)) for one in articles]
    yield pa.Table.from_pylist(rows, VISITS)


# --- Measurements; each returns the seconds of what it measures ---


def commit(folder: Path, size: int, seed: int) -> float:
    """Commit new articles of the day after the last, and changed ones of the days before."""
    archive = Archive(str(folder))
    start = size + seed * NEW
    changed = random.Random(seed).sample(range(max(0, start - 10_000), start), CHANGED)
    now = datetime.now(UTC)
    run_id = f"benchmark-{seed}"
    with archive.stage(run_id, software_version=VERSION) as staging:
        for one in (*map(article, range(start, start + NEW)), *(article(number, seed + 1) for number in changed)):
            staging.observe(Observation(article=one, fetched_at=now, discovered_by=(Route.INDEX,)))
            staging.visit(Visit(**visit(one, run_id, now)))
    return _timed(archive.commit)


def look_up(folder: Path, size: int, seed: int) -> float:
    """Open the archive and look up articles, half of which it holds."""
    keys = [article(number).article_id for number in random.Random(seed).choices(range(2 * size), k=LOOKED_UP)]

    def work() -> None:
        archive = Archive(str(folder))
        for key in keys:
            archive.known(key)

    return _timed(work)


def load_month(folder: Path, size: int, seed: int) -> float:  # noqa: ARG001
    """Load three columns of one month."""
    columns = ["article_id", "title", "published_at"]
    return _timed(lambda: load(folder, since="2021-01-01", until="2021-01-31", columns=columns).to_arrow())


def count_by_month(folder: Path, size: int, seed: int) -> float:  # noqa: ARG001
    """Count articles by section and month, over everything."""
    query = "select section, date_trunc('month', published_on), count(*) from articles group by all"
    return _timed(lambda: load(folder).sql(query).fetchall())


def _timed(work: Callable[[], object]) -> float:
    begun = time.perf_counter()
    work()
    return time.perf_counter() - begun


REBUILD = "rebuild index"
MEASUREMENTS: dict[str, Callable[[Path, int, int], float]] = {
    REBUILD: generate,
    f"commit {NEW} new, {CHANGED} changed": commit,
    f"open, look up {LOOKED_UP}": look_up,
    "load 1 month, 3 columns": load_month,
    "SQL: section × month": count_by_month,
}


def measure(name: str, folder: Path, size: int, repeats: int) -> tuple[list[float], float]:
    """Return the seconds of each repetition and the largest peak memory in MB."""
    command = [sys.executable, "-m", "benchmarks.archive", "--folder", str(folder), "--sizes", str(size)]
    seconds, peaks = [], []
    for seed in range(repeats):
        answer = subprocess.run([*command, "--measure", name, "--seed", str(seed)], capture_output=True, check=True)
        measured = json.loads(answer.stdout)
        seconds.append(measured["seconds"])
        peaks.append(measured["peak_mb"])
    return seconds, max(peaks)


def main() -> None:
    """Print a table of everything, or as a child process one measurement as JSON."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--sizes", type=int, nargs="+", default=SIZES, help="numbers of articles")
    parser.add_argument("--repeats", type=int, default=5)
    parser.add_argument("--folder", type=Path, help="where to make the archives (default: a temporary folder)")
    parser.add_argument("--measure", choices=MEASUREMENTS, help=argparse.SUPPRESS)
    parser.add_argument("--seed", type=int, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.measure:
        seconds = MEASUREMENTS[options.measure](options.folder, options.sizes[0], options.seed)
        peak_mb = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
        print(json.dumps({"seconds": seconds, "peak_mb": peak_mb}))
        return
    with tempfile.TemporaryDirectory(dir=options.folder, prefix="benchmark-") as folder:
        _print_table(Path(folder), options.sizes, options.repeats)


def _print_table(folder: Path, sizes: list[int], repeats: int) -> None:
    print(f"{'articles':>10}  {'what':<30}  {'median s':>9}  {'min – max s':>17}  {'peak MB':>7}", flush=True)
    for size in sizes:
        for name in MEASUREMENTS:
            # The archive is made once, in a child too: a process inherits the peak memory of the one that starts it.
            seconds, peak_mb = measure(name, folder / str(size), size, 1 if name == REBUILD else repeats)
            spread = f"{min(seconds):.3f} – {max(seconds):.3f}"
            print(
                f"{size:>10,}  {name:<30}  {statistics.median(seconds):>9.3f}  {spread:>17}  {peak_mb:>7.0f}",
                flush=True,
            )
        print(f"{size:>10,}  bytes an article: {_bytes_of(folder / str(size), size)}", flush=True)


def _bytes_of(folder: Path, size: int) -> str:
    """Return what an article takes on disk, by table; the measured commits added some thousand to them."""
    taken: dict[str, int] = {}
    for path in folder.rglob("*"):
        if path.is_file():
            name = path.relative_to(folder).parts[0].partition(".")[0]
            taken[name] = taken.get(name, 0) + path.stat().st_size
    return ", ".join(f"{name} {count / size:,.0f}" for name, count in sorted(taken.items()) if count >= size)


if __name__ == "__main__":
    main()
