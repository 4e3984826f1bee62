"""Months of hourly runs over one archive, disturbed at random, held against what the site really published.

    python -m tests.faults.soak --hours 720 --articles-per-day 12 --seed 1

Every hour of the site's clock has its run. About half of them are disturbed: killed or stopped, refused by the disk,
answered with errors, refusals or cut pages, begun by a clock that is wrong, or left out. The site edits and removes
articles meanwhile. After every run whatever a reader has seen must still be there; at the end the archive must hold
every article of the model, each row and each revision as the site had it at the time of the run that read it.

Most runs share one process, which also shows what grows in it; those that are killed are processes of their own.
"""

from __future__ import annotations

import argparse
import errno
import random
import signal
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import cache
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.dataset as ds

from kompas_crawler.archive import Archive
from kompas_crawler.archive.lock import holder
from kompas_crawler.archive.parquet import read_table
from kompas_crawler.archive.schema import ARTICLES, TABLES
from kompas_crawler.archive.verify import verify
from kompas_crawler.replica import Replica, running
from kompas_crawler.replica.articles import Desk, as_record, edits_of, removed_at, revise
from kompas_crawler.replica.newsday import WIB, Newsroom, Stub
from tests.faults.processes import Crawling, Start
from tests.faults.worker import Ending, Worker

SEED_OF_SITE = 11
START = datetime(2021, 4, 12, 6, 30, tzinfo=WIB)
EDITS, DELETIONS = 0.195, 0.015
SETTINGS = {"DOWNLOAD_DELAY": 0, "RETRY_TIMES": 1}
AT_WORK = {"DOWNLOAD_DELAY": "0.02", "KOMPAS_COMMIT_SECONDS": "0.2", "RETRY_TIMES": "1"}
ONCE = (errno.EIO, errno.ENOSPC, errno.EACCES, errno.EMFILE, errno.ESTALE)
_SEEN = pa.schema([ARTICLES.field("article_id"), ARTICLES.field("revision")])
TEXTS = ("title", "body", "authors")
"""What of a row is held against the model."""
FILES_OF_RUN = 5
"""Record, evidence, visits, walks and raw file: so many files a run may add, and no more."""
LOG_BYTES_OF_RUN = 64_000
GROWTH_MB = 120.0
"""What the process may grow by after its first runs, whatever their number."""


@dataclass(slots=True)
class Soak:
    """One archive under hourly runs."""

    site: Replica
    worker: Worker
    output: Path
    chance: random.Random
    articles_per_day: int
    faults: Counter[str] = field(default_factory=Counter)
    clocks: dict[str, datetime] = field(default_factory=dict)
    """The site's time at each run, by the time with which the run's name begins."""
    seen: dict[str, int] = field(default_factory=dict)
    """Revision of every article that a reader has seen."""
    problems: list[str] = field(default_factory=list)
    changes: list[str] = field(default_factory=list)
    memory_mb: list[float] = field(default_factory=list)
    files_open: list[int] = field(default_factory=list)
    largest_log: int = 0

    def hour(self) -> None:
        """Let an hour go by, run, and look."""
        self.site.advance(hours=1)
        name, play = self.chance.choices(FAULTS, weights=WEIGHTS)[0]
        self.faults[name] += 1
        play(self)
        self._look(name)

    def now(self) -> datetime:
        """The site's time."""
        return datetime.fromisoformat(self.site.advance()).replace(tzinfo=WIB)

    def clock(self, ahead: timedelta = timedelta()) -> str:
        """The time that the machine shows, as a setting; noted for the model."""
        now = self.now()
        shown = now + ahead
        self.clocks[f"{shown.astimezone(UTC):%Y%m%dT%H%M}"] = now
        return f"{shown:%Y-%m-%dT%H:%M:%S}"

    def run(self, *arguments: str, ahead: timedelta = timedelta(), **more: object) -> Ending:
        """Run in the worker."""
        disk = more.pop("disk", None)
        settings = {**SETTINGS, "KOMPAS_CLOCK": self.clock(ahead), **more}
        ending = self.worker.crawl(self.output, self.site.url, *arguments, disk=disk, **settings)  # type: ignore[arg-type]
        self.memory_mb.append(ending.memory_mb)
        self.files_open.append(ending.files_open)
        if ending.tracebacks:
            self.problems.append(f"uncaught: {ending.tracebacks[0][-400:]}")
        return ending

    def expect(self, ending: Ending, *codes: int) -> None:
        """Note an exit code that is none of those."""
        if ending.exit_code not in codes:
            self.problems.append(f"exit {ending.exit_code} instead of {codes}: {ending.message}")

    def struck(self, number: int) -> None:
        """Run in a process of its own, and send it a signal at work."""
        start = Start(arguments=(), settings={**AT_WORK, "KOMPAS_CLOCK": self.clock()})
        crawling = Crawling(self, self.output, start)
        if crawling.is_at_work() and not crawling.has_ended_within(self.chance.uniform(0, 0.4)):
            crawling.send(number)
        told = crawling.told()
        log = crawling.log()
        self.largest_log = max(self.largest_log, len(log))
        if told not in ("exit 0", "exit 1", "killed by SIGKILL"):
            self.problems.append(f"{told}: {log[-400:]}")

    def _look(self, name: str) -> None:
        """See whether anything that a reader saw is gone or older."""
        files = sorted((self.output / "articles").rglob("*.parquet"))
        found = ds.dataset(files, schema=_SEEN).to_table()
        rows = dict(zip(found["article_id"].to_pylist(), found["revision"].to_pylist(), strict=True))
        lost = [key for key, revision in self.seen.items() if rows.get(key, 0) < revision]
        if lost:
            self.problems.append(f"{len(lost)} articles lost or older after: {name}")
        self.seen = rows

    def rows(self, table: str) -> Iterator[dict[str, Any]]:
        """Yield the rows of a table, with what the model is asked for."""
        archive = Archive(str(self.output))
        for path in archive.storage.files(table):
            yield from read_table(archive.storage, path, TABLES[table]).to_pylist()


def _calm(soak: Soak) -> None:
    if not soak.changes:
        ending = soak.run(disk={})
        soak.changes = ending.changes
    else:
        ending = soak.run()
    soak.expect(ending, 0)


def _refusing_disk(soak: Soak) -> None:
    kind = soak.chance.choice(soak.changes or ["open .unfinished"])
    number = soak.chance.choice(ONCE)
    disk = {"kind": kind, "at": soak.chance.randrange(max(1, soak.changes.count(kind))), "number": number}
    ending = soak.run(disk=disk | {"stays": number == errno.ENOSPC})
    soak.expect(ending, *((4, 0) if ending.has_struck else (0,)))


def _troubled(codes: tuple[int, ...], **troubles: object) -> Callable[[Soak], None]:
    def play(soak: Soak) -> None:
        soak.site.trouble(**troubles)
        soak.expect(soak.run(), *codes)
        soak.site.trouble(**dict.fromkeys(troubles))

    return play


def _wrong_clock(soak: Soak) -> None:
    # Not by whole hours: no two runs may begin at the same shown minute.
    minutes = soak.chance.choice([-1, 1]) * (soak.chance.randrange(3) * 60 + soak.chance.randrange(7, 53))
    soak.expect(soak.run(ahead=timedelta(minutes=minutes)), 0, 1)


def _left_out(soak: Soak) -> None:
    soak.site.advance(hours=soak.chance.randrange(1, 12))


def _removed_index(soak: Soak) -> None:
    (soak.output / "index.sqlite").unlink(missing_ok=True)
    soak.expect(soak.run(), 0)


FAULTS: tuple[tuple[str, Callable[[Soak], None]], ...] = (
    ("calm", _calm),
    ("killed", lambda soak: soak.struck(signal.SIGKILL)),
    ("stopped", lambda soak: soak.struck(signal.SIGTERM)),
    ("the disk refuses a change", _refusing_disk),
    ("server errors", _troubled((0, 1), status={"code": 503, "rate": 0.4})),
    ("connections reset", _troubled((0, 1), reset={"rate": 0.3})),
    ("bodies cut short", _troubled((0, 1), cut_body={"rate": 0.3})),
    ("refused by the site", _troubled((0, 3), challenge={"code": 403})),
    ("the clock is wrong", _wrong_clock),
    ("runs left out", _left_out),
    ("the index removed", _removed_index),
)
WEIGHTS = (50, 5, 2, 18, 6, 4, 4, 2, 5, 2, 2)


@dataclass(frozen=True, slots=True)
class Model:
    """What the site published, computed as the site computes it."""

    articles_per_day: int

    def stubs(self, until: datetime) -> dict[str, Stub]:
        """Every article that came out by then, by key."""
        newsroom, day, found = self._newsroom(), START.date(), {}
        while day <= until.date():
            found.update({stub.key: stub for stub in newsroom.day(day) if stub.published <= until})
            day += timedelta(days=1)
        return found

    def is_gone(self, stub: Stub, at: datetime) -> bool:
        """Whether it was taken down by then."""
        removed = removed_at(stub, SEED_OF_SITE, DELETIONS)
        return removed is not None and removed <= at

    def record(self, stub: Stub, at: datetime) -> dict[str, Any]:
        """What was true of an article then."""
        article = Desk(self._newsroom()).write(stub, at)
        for number, (edited_at, change) in enumerate(edits_of(stub, SEED_OF_SITE, EDITS), 2):
            if edited_at <= at:
                article = revise(article, change, edited_at, number)
        return as_record(article)

    def _newsroom(self) -> Newsroom:
        return _newsroom(self.articles_per_day)


@cache
def _newsroom(articles_per_day: int) -> Newsroom:
    return Newsroom(SEED_OF_SITE, articles_per_day)


@dataclass(frozen=True, slots=True)
class Report:
    """What a soak came to."""

    hours: int
    runs: int
    faults: Counter[str]
    articles: int
    revisions: int
    gone: int
    files: int
    memory_mb: tuple[float, float]
    """After the first tenth of the runs, and at the end."""
    largest_log: int
    seconds: float
    problems: tuple[str, ...]

    def __str__(self) -> str:
        disturbed = self.faults.total() - self.faults["calm"]
        lines = [
            f"{self.hours:,} hours, {self.runs:,} runs in {self.seconds:,.0f} s; {disturbed:,} hours disturbed",
            *(f"  {count:>6,} {name}" for name, count in self.faults.most_common()),
            f"{self.articles:,} articles, {self.revisions:,} superseded revisions, {self.gone:,} gone",
            f"{self.files:,} files; largest log of a run {self.largest_log / 1e3:.0f} kB",
            f"memory after the first runs {self.memory_mb[0]:.0f} MB, at the end {self.memory_mb[1]:.0f} MB",
            *(f"PROBLEM {problem}" for problem in self.problems),
            f"{len(self.problems)} problems",
        ]
        return "\n".join(lines)


def soak(folder: Path, *, hours: int, articles_per_day: int, seed: int) -> Report:
    """Run for so many hours of the site's clock, and hold what is left against the model."""
    begun = time.monotonic()
    with _soaking(folder, articles_per_day, seed) as one:
        soaked = 0
        while soaked < hours:
            before = one.now()
            one.hour()
            soaked += round((one.now() - before) / timedelta(hours=1))
        one.site.calm()
        one.site.trouble(edits={"rate": EDITS}, deletions={"rate": DELETIONS})
        one.expect(one.run(f"since={START.date()}"), 0)
        return _judged(one, soaked, begun)


@contextmanager
def _soaking(folder: Path, articles_per_day: int, seed: int) -> Iterator[Soak]:
    arguments = ("--seed", str(SEED_OF_SITE), "--today", f"{START:%Y-%m-%dT%H:%M}")
    with running(*arguments, "--articles-per-day", str(articles_per_day)) as site, Worker(folder) as worker:
        site.trouble(edits={"rate": EDITS}, deletions={"rate": DELETIONS})
        yield Soak(site, worker, folder / "archive", random.Random(seed), articles_per_day)


def _judged(one: Soak, hours: int, begun: float) -> Report:
    problems = [*one.problems, *_against_model(one), *_bounds(one)]
    archive = Archive(str(one.output))
    problems += [str(finding) for finding in verify(archive.storage, archive.index_path)]
    held_by = holder(archive.storage)
    problems += [f"the lock is held by {held_by}"] if held_by is not None and not held_by.is_dead else []
    rows = list(one.rows("articles"))
    return Report(
        hours=hours, runs=len(one.clocks), faults=one.faults, articles=len(rows),
        revisions=sum(1 for _ in one.rows("revisions")), gone=sum(row["gone_at"] is not None for row in rows),
        files=len(archive.storage.files(".")), memory_mb=(_settled(one.memory_mb), one.memory_mb[-1]),
        largest_log=one.largest_log, seconds=time.monotonic() - begun, problems=tuple(problems),
    )  # fmt: skip


def _settled(values: list[float]) -> float:
    """The most of the first tenth of the runs, and of the first three at least."""
    return max(values[: max(3, len(values) // 10)])


def _against_model(one: Soak) -> Iterator[str]:
    model, until = Model(one.articles_per_day), one.now()
    stubs = model.stubs(until)
    rows = {row["article_id"]: row for row in one.rows("articles")}
    if missing := [key for key, stub in stubs.items() if key not in rows and not model.is_gone(stub, until)]:
        yield f"{len(missing)} articles missing, e.g. {missing[0]}"
    for row in [*rows.values(), *one.rows("revisions")]:
        at = one.clocks.get(row["run_id"][: len("20210412T0630")])
        if row["published_on"] < START.date():
            continue
        stub = stubs.get(row["article_id"])
        if stub is None or at is None:
            yield f"{row['article_id']} of run {row['run_id']} was never published"
            continue
        truth = model.record(stub, at)
        said = {**row, "body": [text for text in row["body"].split("\n\n") if text]}
        if wrong := [name for name in TEXTS if said[name] != truth[name]]:
            yield f"{row['article_id']} revision {row['revision']} of run {row['run_id']}: another {wrong}"
        if row.get("gone_at") is not None and not model.is_gone(stub, until):
            yield f"{row['article_id']} is said to be gone"


def _bounds(one: Soak) -> Iterator[str]:
    files = Archive(str(one.output)).storage.files(".")
    if len(files) > FILES_OF_RUN * len(one.clocks) + 100:
        yield f"{len(files)} files after {len(one.clocks)} runs"
    if one.largest_log > LOG_BYTES_OF_RUN:
        yield f"a log of {one.largest_log} bytes"
    if one.memory_mb[-1] > _settled(one.memory_mb) + GROWTH_MB:
        yield f"memory grew from {_settled(one.memory_mb):.0f} to {one.memory_mb[-1]:.0f} MB"
    if one.files_open[-1] > max(one.files_open[:5]) + 5:
        yield f"{one.files_open[-1]} files open, {one.files_open[0]} after the first run"


def main() -> int:
    """Soak, and print what came of it."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--hours", type=int, default=168, help="of the site's clock")
    parser.add_argument("--articles-per-day", type=int, default=12)
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        report = soak(Path(folder), hours=options.hours, articles_per_day=options.articles_per_day, seed=options.seed)
    print(report)
    return 1 if report.problems else 0


if __name__ == "__main__":
    sys.exit(main())
