"""What is done with an archive of any size, each with its time: begin a run, commit, look up, load, SQL, status.

    python -m benchmarks.archive --folder FOLDER --size 10000 --measure "rebuild index"   # makes the archive
    python -m benchmarks.archive --folder FOLDER --size 10000 --measure "open, look up 1000"

`benchmarks.growth` and `benchmarks.performance` call it. Articles are invented: random words, some 850 a day, as the
site publishes. The Parquet files are written by the project's own writer and the index is made by `rebuild_index`. Each
measurement runs in a process of its own, so that peak memory is that of the measurement and nothing is warm but the
system's page cache.
"""

from __future__ import annotations

import argparse
import json
import random
import resource
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import closing
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

ARTICLES_OF_DAY = 850
WORDS_OF_BODY = 200
NEW, CHANGED, LOOKED_UP = 1_000, 200, 1_000
# None of the section whose pages `benchmarks.pageserver` serves: the gate would find those unlike what is held.
SECTIONS = ("otomotif", "regional", "megapolitan", "global", "money", "bola", "tekno", "tren", "health", "hype")
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


def begin(folder: Path, size: int, seed: int) -> float:
    """Do what a run does with the archive before its first request, and close it again."""
    now = datetime.now(UTC)

    def work() -> None:
        archive = Archive(str(folder))
        with archive.lock(f"benchmark-begin-{seed}"), closing(archive):
            archive.discard_damaged_index()
            archive.last_arguments()
            archive.mend_raw()
            archive.commit()
            agenda = archive.agenda()
            if agenda is not None:
                agenda.walks(now.date() - timedelta(days=38), now.date())
                next(agenda.held_since(FIRST_DAY + timedelta(days=size // ARTICLES_OF_DAY - 31)), None)

    return _timed(work)


def status(folder: Path, size: int, seed: int) -> float:  # noqa: ARG001
    """Gather what `scrapy status` shows."""
    from scrapy.utils.project import get_project_settings

    from kompas_crawler.spiders.kompas import read_task
    from kompas_crawler.standing.status import status_of

    schedule = read_task({}, get_project_settings()).schedule
    archive = Archive(str(folder))
    with closing(archive):
        return _timed(
            lambda: status_of(archive, now=datetime.now(UTC), revisits=schedule.revisits, resweeps=schedule.resweeps)
        )


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
BEGIN = "begin a run"
COMMIT = f"commit {NEW} new, {CHANGED} changed"
LOOK_UP = f"open, look up {LOOKED_UP}"
LOAD = "load 1 month, 3 columns"
COUNT = "SQL: section × month"
STATUS = "status"
MEASUREMENTS: dict[str, Callable[[Path, int, int], float]] = {
    REBUILD: generate,
    BEGIN: begin,
    COMMIT: commit,
    LOOK_UP: look_up,
    LOAD: load_month,
    COUNT: count_by_month,
    STATUS: status,
}


def measure(name: str, folder: Path, size: int, repeats: int) -> tuple[list[float], float]:
    """Return the seconds of each repetition and the largest peak memory in MB."""
    command = [sys.executable, "-m", "benchmarks.archive", "--folder", str(folder), "--size", str(size)]
    seconds, peaks = [], []
    for seed in range(repeats):
        answer = subprocess.run([*command, "--measure", name, "--seed", str(seed)], capture_output=True, check=True)
        measured = json.loads(answer.stdout)
        seconds.append(measured["seconds"])
        peaks.append(measured["peak_mb"])
    return seconds, max(peaks)


def main() -> None:
    """Print one measurement as JSON."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--folder", type=Path, required=True, help="where the archive is, or is made")
    parser.add_argument("--size", type=int, required=True, help="number of articles it was made with")
    parser.add_argument("--measure", choices=MEASUREMENTS, required=True)
    parser.add_argument("--seed", type=int, default=0)
    options = parser.parse_args()
    seconds = MEASUREMENTS[options.measure](options.folder, options.size, options.seed)
    peak_mb = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(json.dumps({"seconds": seconds, "peak_mb": peak_mb}))


if __name__ == "__main__":
    main()
