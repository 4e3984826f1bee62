"""How current an archive stays: a simulated week of hourly runs against a replica that edits and removes articles.

    python -m benchmarks.currency                      # 60 articles a day, a run every hour; some four minutes
    python -m benchmarks.currency --articles-per-day 240 --every 2

The week is crawled twice over the same news, once as it is and once without looking at held articles again. Edits and
removals come at the rates of SITE_FACTS section 8. Printed are the share of them that was caught within a day, the
requests of both weeks, and the time from publication to row. An edit before an article was first read is none: the
archive never held the text that it replaced. Nor does one of the last day count, which nothing can catch in time.
"""

from __future__ import annotations

import argparse
import logging
import statistics
import tempfile
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any

from scrapy.utils.reactor import install_reactor

install_reactor("twisted.internet.asyncioreactor.AsyncioSelectorReactor")

import pyarrow.parquet as pq  # noqa: E402 - the reactor comes before everything that imports it
from scrapy.crawler import AsyncCrawlerRunner  # noqa: E402
from scrapy.utils.defer import deferred_from_coro  # noqa: E402
from scrapy.utils.project import get_project_settings  # noqa: E402
from twisted.internet.task import react  # noqa: E402

from kompas_crawler.extensions import RunKeeper  # noqa: E402
from kompas_crawler.replica import Replica, running  # noqa: E402
from kompas_crawler.replica.articles import edits_of, removed_at  # noqa: E402
from kompas_crawler.replica.newsday import WIB, Newsroom  # noqa: E402
from kompas_crawler.spiders.kompas import KompasSpider  # noqa: E402

SEED = 11
START = datetime(2021, 4, 12, 0, 30, tzinfo=WIB)
"""A Monday."""
EDITS, DELETIONS = 0.195, 0.015
IN_TIME = timedelta(hours=24)
CAUGHT_TARGET, COST_TARGET = 0.95, 0.30

WITHOUT_REVISITS = {"KOMPAS_REVISIT_HOURS": "", "KOMPAS_REVISIT_AFTER_CHANGE_HOURS": 0}


@dataclass(frozen=True, slots=True)
class Event:
    """An edit or a removal of an article that was held."""

    article_id: str
    kind: str
    at: datetime
    age: timedelta
    """Since publication."""
    caught_at: datetime | None

    @property
    def is_in_time(self) -> bool:
        return self.caught_at is not None and self.caught_at - self.at <= IN_TIME


@dataclass(frozen=True, slots=True)
class Week:
    """What one simulated week left behind."""

    output: Path
    requests: Counter[str]
    """By what was asked for."""
    run_seconds: list[float]
    failures: int


async def live(replica: Replica, output: Path, options: argparse.Namespace, overrides: dict[str, Any]) -> Week:
    """Run a crawl every few hours for the week."""
    seconds, failures = [], 0
    for _ in range(0, options.days * 24, options.every):
        now = replica.advance(hours=options.every)
        settings = get_project_settings()
        given = {"KOMPAS_REPLICA": replica.url, "KOMPAS_OUTPUT": str(output), "KOMPAS_CLOCK": now, "LOG_ENABLED": False}
        settings.setdict(given | overrides, priority="cmdline")
        runner = AsyncCrawlerRunner(settings)
        crawler = runner.create_crawler(KompasSpider)
        await runner.crawl(crawler)
        keeper = crawler.get_extension(RunKeeper)
        assert keeper is not None
        seconds.append((keeper.finished_at - keeper.started_at).total_seconds())
        failures += keeper.exit_code != 0
    return Week(output, Counter(kind_of(entry) for entry in replica.log()), seconds, failures)


def kind_of(entry: dict[str, Any]) -> str:
    """Return what a request of the replica's log asked for."""
    if entry["path"] == "/robots.txt":
        return "robots.txt"
    return "articles" if "/read/" in entry["path"] else "lists"


def rows(output: Path, table: str) -> list[dict[str, Any]]:
    columns = ["article_id", "first_seen_at", "fetched_at", "gone_at", "published_at"]
    files = (output / table).rglob("*.parquet")
    return [row for file in files for row in pq.ParquetFile(file).read(columns=columns).to_pylist()]


def events(output: Path, options: argparse.Namespace) -> Iterator[Event]:
    """Yield the edits and removals of held articles that could be caught within a day, with when they were."""
    current = {row["article_id"]: row for row in rows(output, "articles")}
    looks: dict[str, list[datetime]] = {key: [row["fetched_at"]] for key, row in current.items()}
    for row in rows(output, "revisions"):
        looks[row["article_id"]].append(row["fetched_at"])
    newsroom = Newsroom(SEED, options.articles_per_day)
    last = START + timedelta(days=options.days) - IN_TIME
    for back in range(-3, options.days):
        for stub in newsroom.day(START.date() + timedelta(days=back)):
            row = current.get(stub.key)
            if row is None:
                continue
            gone = removed_at(stub, SEED, DELETIONS)
            for at, _ in edits_of(stub, SEED, EDITS):
                if row["first_seen_at"] < at <= last and (gone is None or at < gone):
                    caught = min((look for look in looks[stub.key] if look >= at), default=None)
                    yield Event(stub.key, "edit", at, at - stub.published, caught)
            if gone is not None and row["first_seen_at"] < gone <= last:
                yield Event(stub.key, "removal", gone, gone - stub.published, row["gone_at"])


def delays(week: Week, since: date) -> list[float]:
    """Return the minutes from publication to row of every article that came out after the first run's days."""
    longest = max(week.run_seconds)
    return [
        (row["first_seen_at"] - row["published_at"]).total_seconds() / 60 + longest / 60
        for row in rows(week.output, "articles")
        if row["published_at"].astimezone(WIB).date() >= since
    ]


def share(some: Sequence[Event]) -> str:
    good = sum(event.is_in_time for event in some)
    return f"{good / len(some):6.1%}  ({good} of {len(some)})" if some else "     –"


def report(kept: Week, plain: Week, options: argparse.Namespace) -> None:
    found = list(events(kept.output, options))
    in_time = sum(event.is_in_time for event in found) / len(found)
    cost = kept.requests.total() / plain.requests.total() - 1
    waits = delays(kept, START.date() + timedelta(days=1))
    median, day = statistics.median(waits), timedelta(days=1)
    print(f"{options.days} days, {options.articles_per_day} articles a weekday, a run every {options.every} h\n")
    say("caught within 24 h", share(found), f"{CAUGHT_TARGET:.0%}", in_time >= CAUGHT_TARGET)
    for kind in ("edit", "removal"):
        say(f"  {kind}s", share([event for event in found if event.kind == kind]))
    say("  within a day of publication", share([event for event in found if event.age <= day]))
    say("  later", share([event for event in found if event.age > day]))
    say("requests", f"{kept.requests.total():,} {cost:+.1%}", f"{COST_TARGET:+.0%}", cost <= COST_TARGET)
    for kind, count in sorted(kept.requests.items()):
        say(f"  {kind}", f"{count:,}, without revisits {plain.requests[kind]:,}")
    say("publication to row, median", f"{median:.0f} min", f"{options.every * 60} min", median < options.every * 60)
    say("  95 %", f"{statistics.quantiles(waits, n=20)[-1]:.0f} min")
    say("runs that were not complete", f"{kept.failures} of {len(kept.run_seconds)}")


def say(what: str, found: str, target: str = "", good: bool = True) -> None:
    print(what.ljust(32), found.ljust(28), f"target {target}: {verdict(good)}" if target else "")


def verdict(good: bool) -> str:
    return "met" if good else "MISSED"


async def simulate(options: argparse.Namespace) -> None:
    weeks = []
    overrides = dict(word.split("=", 1) for word in options.set)
    with tempfile.TemporaryDirectory() as folder:
        for name, more in (("kept", overrides), ("plain", overrides | WITHOUT_REVISITS)):
            arguments = ("--seed", str(SEED), "--today", f"{START:%Y-%m-%dT%H:%M}")
            with running(*arguments, "--articles-per-day", str(options.articles_per_day)) as replica:
                replica.trouble(edits={"rate": EDITS}, deletions={"rate": DELETIONS})
                weeks.append(await live(replica, Path(folder) / name, options, more))
        report(*weeks, options)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--articles-per-day", type=int, default=60)
    parser.add_argument("--days", type=int, default=7)
    parser.add_argument("--every", type=int, default=1, help="hours between two runs")
    parser.add_argument("--set", action="append", default=[], metavar="NAME=VALUE", help="a setting of the crawl")
    options = parser.parse_args()
    logging.disable(logging.CRITICAL)
    react(lambda _: deferred_from_coro(simulate(options)))


if __name__ == "__main__":
    main()
