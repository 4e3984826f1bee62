"""Parts of a fleet on one machine are lost on the way: crawls, the conductor, the storage."""

from __future__ import annotations

import json
import os
import random
import signal
import subprocess
from collections.abc import Callable
from datetime import date, timedelta
from pathlib import Path

import pytest

from kompas_crawler.replica import Replica
from tests.crawl.conftest import crawler_into
from tests.faults.test_kills import comparable
from tests.fleet.conftest import backfill, begin, crawls_of, end, keys_of, kill, truth_of

pytestmark = [pytest.mark.slow, pytest.mark.xdist_group("loss"), pytest.mark.timeout(3600)]

KILLS = int(os.environ.get("KOMPAS_TORTURE_KILLS", "2")) // 20 or 2
"""`make torture` asks for a thousand of the other kind, and fifty of this one."""
DAYS = 14 if KILLS > 2 else 2
GLANCE_SECONDS = 0.02
SEED = int(os.environ.get("KOMPAS_TORTURE_SEED", "1"))
LAST = date(2021, 4, 19)
WINDOW = {"since": (LAST - timedelta(days=DAYS - 1)).isoformat(), "until": LAST.isoformat()}


def when_articles_are_read(site: Replica, filling: subprocess.Popen[str], before: int) -> None:
    """Wait until the fleet has read an article."""
    while not any("/read/" in one["path"] for one in site.log(before)):
        assert not has_ended_within(GLANCE_SECONDS, filling)


def has_ended_within(seconds: float, filling: subprocess.Popen[str]) -> bool:
    """Give a back-fill so long; return whether it came to its end."""
    try:
        filling.wait(timeout=seconds)
    except subprocess.TimeoutExpired:
        return False
    return True


def test_crawls_that_are_killed_at_random_leave_nothing_out(site: Replica, tmp_path: Path) -> None:
    output, chance = tmp_path / "output", random.Random(SEED)
    killed = 0
    while killed < KILLS:
        filling = begin(site, output, "--workers", "2" if KILLS <= 2 else "4", **WINDOW, DOWNLOAD_DELAY=0.02)
        while filling.poll() is None and killed < KILLS:
            # So many more requests, and one of the crawls dies.
            goal, hunted = len(site.log()) + chance.randint(1, 30), crawls_of(filling)
            while not site.log(goal - 1) and not has_ended_within(GLANCE_SECONDS, filling):
                hunted = crawls_of(filling) or hunted
            if hunted and filling.poll() is None:
                kill(chance.choice(hunted))
                killed += 1
        done = end(filling, output)
        # A unit whose crawls were killed three times is named, and done by the next back-fill.
        assert done.exit_code in (0, 1), done.stderr
    done = backfill(site, output, "--workers", "2", **WINDOW)
    assert done.exit_code == 0, done.stderr
    assert keys_of(done) == truth_of(site, **WINDOW)
    assert all(row["is_complete"] for row in done.rows("coverage"))
    if KILLS > 2:
        calm = crawler_into(tmp_path / "calm")(site.url, *(f"{name}={day}" for name, day in WINDOW.items()))
        assert comparable(output) == comparable(calm.output)


def test_a_conductor_that_is_killed_leaves_nobody_asking_and_goes_on_when_started_again(
    site: Replica, tmp_path: Path
) -> None:
    output, before = tmp_path / "output", len(site.log())
    filling = begin(site, output, "--workers", "2", **WINDOW, DOWNLOAD_DELAY=0.2)
    when_articles_are_read(site, filling, before)
    orphans = crawls_of(filling)
    kill(filling.pid)
    end(filling, output)
    asked = len(site.log())
    for orphan in orphans:
        while Path(f"/proc/{orphan}").exists():
            pass
    # What had been let out before was on its way.
    assert len(site.log()) - asked <= len(orphans)
    assert any((output / "staging").iterdir())
    done = backfill(site, output, "--workers", "2", **WINDOW)
    assert done.exit_code == 0, done.stderr
    assert keys_of(done) == truth_of(site, **WINDOW)
    pages = [(one["host"], one["path"], one["query"]) for one in site.log(before) if "/read/" in one["path"]]
    again = len(pages) - len(set(pages))
    assert again <= len(orphans)


def while_away(place: Path, work: Callable[[], None]) -> None:
    """Do something while a folder is not where it was and nothing can be made there."""
    aside = place.with_name("aside")
    place.rename(aside)
    place.write_text("a file where the folder was")
    try:
        work()
    finally:
        place.unlink()
        aside.rename(place)


def test_storage_that_is_away_for_a_while_is_waited_for(site: Replica, tmp_path: Path) -> None:
    output, before = tmp_path / "output", len(site.log())
    filling = begin(site, output, "--workers", "2", **WINDOW, DOWNLOAD_DELAY=0.1)
    when_articles_are_read(site, filling, before)
    crawls = set(crawls_of(filling))

    def until_every_crawl_has_met_it() -> None:
        while crawls & set(crawls_of(filling)):
            assert filling.poll() is None

    while_away(output, until_every_crawl_has_met_it)
    done = end(filling, output)
    assert done.exit_code == 0, done.stderr
    assert keys_of(done) == truth_of(site, **WINDOW)
    assert all(row["is_complete"] for row in done.rows("coverage"))


def test_a_back_fill_that_is_interrupted_ends_in_good_order(site: Replica, tmp_path: Path) -> None:
    output, before = tmp_path / "output", len(site.log())
    filling = begin(site, output, "--workers", "2", **WINDOW, DOWNLOAD_DELAY=0.2)
    when_articles_are_read(site, filling, before)
    filling.send_signal(signal.SIGINT)
    done = end(filling, output)
    assert done.exit_code != 0
    # Each crawl ended of its own accord: it left the record of its run, which says why.
    reasons = {json.loads(path.read_text())["finish_reason"] for path in (output / "runs").glob("*.json")}
    assert reasons <= {"interrupted", "shutdown", "finished", "conductor_gone"}
    assert len(list((output / "runs").glob("*.json"))) >= 2
