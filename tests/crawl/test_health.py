"""What monitors are told at the end of every run, of those that fail and are refused too."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from kompas_crawler.archive import Archive
from kompas_crawler.health import measure, refusal
from kompas_crawler.replica import Replica, running
from tests.crawl.conftest import ROOT, Crawl, Finished, environment_of

pytestmark = pytest.mark.xdist_group("health")

NOW = {"KOMPAS_CLOCK": "2021-04-20T23:59"}
TWO_DAYS = ("since=2021-04-19", "follow=none")
LITTLE = ("since=2021-04-20", "sections=global", "follow=none")


@pytest.fixture(scope="module")
def site() -> Iterator[Replica]:
    with running("--seed", "3", "--today", "2021-04-20T23:59", "--articles-per-day", "12") as server:
        yield server


@pytest.fixture(scope="module")
def good(site: Replica, module_crawl: Crawl) -> Finished:
    done = module_crawl(site.url, *TWO_DAYS, **NOW)
    assert done.exit_code == 0, done.stderr
    return done


def health_in(folder: Path) -> dict[str, Any]:
    said: dict[str, Any] = json.loads((folder / "health.json").read_text(encoding="utf-8"))
    return said


def samples_in(folder: Path) -> dict[str, float]:
    """The samples of health.prom by name and labels, without the label that names the archive."""
    lines = (folder / "health.prom").read_text(encoding="utf-8").splitlines()
    pairs = (line.rsplit(" ", 1) for line in lines if not line.startswith("#"))
    return {re.sub(r'archive="[^"]*",?|\{archive="[^"]*"\}', "", name): float(value) for name, value in pairs}


def health_command(output: Path, *options: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "scrapy", "health", *options],
        cwd=ROOT,
        env=environment_of(output, None),
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
    )


def test_a_complete_run_is_the_last_success(good: Finished):
    said = health_in(good.output)
    assert said["last_run"]["exit_code"] == 0
    assert said["last_success_at"] is not None


def test_the_outcomes_are_those_of_the_runs_own_books(good: Finished):
    assert health_in(good.output)["last_run"]["outcomes"]["kept_new"] == len(good.rows())


def test_coverage_is_that_of_the_seven_days_that_are_over(good: Finished):
    held = [row for row in good.rows("coverage") if str(row["day"]) == "2021-04-19"]
    coverage = health_in(good.output)["coverage"]
    assert (coverage["since"], coverage["until"]) == ("2021-04-13", "2021-04-19")
    assert coverage["held"] == sum(row["held"] for row in held) > 0
    assert (coverage["share"], coverage["complete_days"]) == (1.0, 1)


def test_the_lag_is_counted_from_publication_to_fetch(good: Finished):
    lags = sorted((row["first_seen_at"] - row["published_at"]).total_seconds() for row in good.rows())
    lag = health_in(good.output)["lag"]
    assert lag["articles"] == len(lags)
    assert lag["max_seconds"] == pytest.approx(lags[-1], abs=0.1)
    assert lags[0] < lag["median_seconds"] < lags[-1]


def test_the_disk_of_the_archive_is_measured(good: Finished):
    disk = health_in(good.output)["disk"]
    assert 0 < disk["free_bytes"] < disk["total_bytes"]


def test_nobody_holds_the_lock_when_a_run_has_ended(good: Finished):
    assert health_in(good.output)["lock"] is None


def test_runs_in_quarantine_are_counted(good: Finished, tmp_path: Path):
    for name in ("run-1/decision-0001.json", "run-1/samples/index.jsonl", "run-2/decision-0001.json"):
        (tmp_path / "quarantine" / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / "quarantine" / name).touch()
    run = refusal(2, "usage", ValueError("no"), now=datetime(2021, 4, 20, tzinfo=UTC))
    assert measure(Archive(str(tmp_path)), run).quarantined_runs == 2
    assert health_in(good.output)["quarantined_runs"] == 0


def test_prometheus_is_told_the_same(good: Finished):
    said, samples = health_in(good.output), samples_in(good.output)
    assert samples["kompas_last_run_exit_code"] == 0
    assert samples["kompas_coverage_held_articles"] == said["coverage"]["held"]
    ended = datetime.fromisoformat(said["last_success_at"])
    assert samples["kompas_last_success_timestamp_seconds"] == pytest.approx(ended.timestamp(), abs=0.01)


def test_a_run_that_is_refused_leaves_the_last_success_as_it_was(good: Finished, tmp_path: Path):
    with Archive(str(good.output)).lock("somebody"):
        command = [sys.executable, "-m", "scrapy", "crawl", "kompas", "-a", "limit=1"]
        command += ["-s", f"KOMPAS_HEALTH_DIR={tmp_path}", "-s", f"KOMPAS_CLOCK={NOW['KOMPAS_CLOCK']}"]
        environment = environment_of(good.output, "http://127.0.0.1:9")
        refused = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, check=False)
    said = health_in(tmp_path)
    assert refused.returncode == said["last_run"]["exit_code"] == 5
    assert said["last_success_at"] == health_in(good.output)["last_success_at"]
    assert said["lock"]["run_id"] == "somebody"
    assert samples_in(tmp_path)["kompas_lock_held"] == 1


def test_a_run_without_permission_is_told_of(crawl: Crawl, tmp_path: Path):
    assert crawl(None, KOMPAS_HEALTH_DIR=str(tmp_path)).exit_code == 2
    run = health_in(tmp_path)["last_run"]
    assert (run["exit_code"], run["finish_reason"]) == (2, "usage")
    assert "KOMPAS_PERMISSION" in run["message"]


def test_a_refusal_makes_no_archive(crawl: Crawl):
    assert not crawl(None).output.exists()


def test_a_failed_run_names_its_failures_and_gates(crawl: Crawl):
    with running("--seed", "3", "--today", "2021-04-20T23:59", "--articles-per-day", "12") as site:
        site.trouble(status={"code": 500, "match": "/read/"})
        done = crawl(site.url, "since=2021-04-20", "limit=2", RETRY_TIMES="0", **NOW)
    run, samples = health_in(done.output)["last_run"], samples_in(done.output)
    assert done.exit_code == run["exit_code"] == 1
    assert sum(run["failures"].values()) == run["outcomes"]["failed"] == 2
    assert samples['kompas_last_run_gate_failed{gate="failures"}'] == 1


def test_a_disk_that_takes_nothing_is_told_of_elsewhere(crawl: Crawl, site: Replica, tmp_path: Path):
    done = crawl(site.url, *LITTLE, output=Path("/proc/kompas"), KOMPAS_HEALTH_DIR=str(tmp_path), **NOW)
    assert done.exit_code == health_in(tmp_path)["last_run"]["exit_code"] == 4


def test_health_that_cannot_be_written_leaves_a_good_run_good(site: Replica, crawl: Crawl):
    done = crawl(site.url, *LITTLE, KOMPAS_HEALTH_DIR="/proc/kompas", **NOW)
    assert done.exit_code == 0
    assert "Health was not written" in done.stderr


def test_the_command_says_that_a_crawl_is_well(good: Finished):
    hours = (datetime.now(UTC) - datetime(2021, 4, 20, tzinfo=UTC)) / timedelta(hours=1)
    done = health_command(good.output, "--max-age", str(hours))
    assert (done.returncode, done.stdout) == (0, "well\n"), done.stderr


def test_the_command_complains_when_the_last_complete_run_is_too_long_ago(good: Finished):
    done = health_command(good.output, "--max-age", "3")
    assert done.returncode == 1
    assert "not well: the last complete run ended" in done.stdout


def test_the_command_complains_where_no_run_has_ended(tmp_path: Path):
    done = health_command(tmp_path)
    assert (done.returncode, done.stdout) == (1, "not well: no run has ended yet\n")


def test_the_command_prints_the_file_for_machines(good: Finished):
    done = health_command(good.output, "--json")
    assert json.loads(done.stdout)["last_run"] == health_in(good.output)["last_run"]
