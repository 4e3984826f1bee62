"""Trouble with the place where the archive is kept: a full disk, no right to write, a second run at the same time."""

from __future__ import annotations

import resource
import subprocess
import sys
from collections.abc import Iterator
from datetime import date
from pathlib import Path

import pyarrow.parquet as pq
import pytest

from kompas_crawler.replica import Replica, running
from tests.crawl.conftest import ROOT, command_of, crawler_into, environment_of

pytestmark = pytest.mark.xdist_group("storage")

FIRST, LAST = date(2021, 4, 12), date(2021, 4, 19)
ONE_DAY = (f"since={LAST}", f"until={LAST}", "follow=none")
EIGHT_DAYS = (f"since={FIRST}", f"until={LAST}", "follow=none")


@pytest.fixture(scope="module")
def site() -> Iterator[Replica]:
    with running("--seed", "5", "--today", "2021-04-20T23:59", "--articles-per-day", "60") as server:
        yield server


def crawl_with_little_room(file_bytes: int, site: Replica, output: Path) -> subprocess.CompletedProcess[str]:
    """Crawl eight days where no file may grow beyond `file_bytes`: a write past it fails as on a full disk."""

    def limit() -> None:
        resource.setrlimit(resource.RLIMIT_FSIZE, (file_bytes, file_bytes))

    return subprocess.run(
        command_of(*EIGHT_DAYS),
        cwd=ROOT,
        env=environment_of(output, site.url),
        preexec_fn=limit,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=240,
        check=False,
    )


def keys(output: Path) -> set[str]:
    files = sorted((output / "articles").rglob("*.parquet"))
    return {key for file in files for key in pq.read_table(file, columns=["article_id"])["article_id"].to_pylist()}


@pytest.mark.parametrize("file_bytes", [2_000, 60_000])
def test_a_full_disk_ends_the_run_with_exit_code_4_and_loses_nothing(file_bytes: int, site: Replica, tmp_path: Path):
    output = tmp_path / "output"
    before = keys(crawler_into(output)(site.url, *ONE_DAY).output)
    done = crawl_with_little_room(file_bytes, site, output)
    assert done.returncode == 4, done.stderr
    assert keys(output) >= before


@pytest.mark.parametrize("file_bytes", [2_000, 60_000])
def test_once_there_is_room_again_the_next_run_completes_the_archive(file_bytes: int, site: Replica, tmp_path: Path):
    output = tmp_path / "output"
    crawl_with_little_room(file_bytes, site, output)
    assert crawler_into(output)(site.url, *EIGHT_DAYS).exit_code == 0
    assert keys(output) == {article["article_id"] for article in site.truth(FIRST, LAST, brief=True)}


def test_a_full_disk_is_named_with_what_to_do(site: Replica, tmp_path: Path):
    done = crawl_with_little_room(2_000, site, tmp_path / "output")
    assert str(tmp_path / "output") in done.stderr
    assert "Traceback" not in done.stderr


def test_a_place_that_takes_no_files_ends_the_run_with_exit_code_4(site: Replica):
    assert crawler_into(Path("/proc/kompas"))(site.url, *ONE_DAY).exit_code == 4


def test_a_file_where_the_archive_should_be_ends_the_run_with_exit_code_4(site: Replica, tmp_path: Path):
    (tmp_path / "output").write_text("in the way")
    assert crawler_into(tmp_path / "output")(site.url, *ONE_DAY).exit_code == 4


def test_a_second_run_at_the_same_time_ends_with_exit_code_5_and_leaves_the_first_unharmed(
    site: Replica, tmp_path: Path
):
    output = tmp_path / "output"
    first = subprocess.Popen(
        command_of(*EIGHT_DAYS, DOWNLOAD_DELAY="0.01"),
        cwd=ROOT,
        env=environment_of(output, site.url),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    assert first.stderr is not None
    for line in first.stderr:
        if "Run " in line:
            break
    second = crawler_into(output)(site.url, *ONE_DAY)
    first.communicate(timeout=240)
    assert (second.exit_code, first.returncode) == (5, 0), second.stderr
    assert keys(output) == {article["article_id"] for article in site.truth(FIRST, LAST, brief=True)}


def test_a_clock_that_was_set_back_between_two_runs_loses_and_doubles_nothing(site: Replica, tmp_path: Path):
    crawl = crawler_into(tmp_path / "output")
    crawl(site.url, *ONE_DAY, KOMPAS_CLOCK="2021-04-20T23:50")
    done = crawl(site.url, *EIGHT_DAYS, KOMPAS_CLOCK="2021-04-20T11:50")
    assert done.exit_code == 0, done.stderr
    listed = {article["article_id"] for article in site.truth(FIRST, LAST, brief=True)}
    assert sorted(row["article_id"] for row in done.rows()) == sorted(listed)
    checked = subprocess.run(
        [sys.executable, "-m", "scrapy", "verify"],
        cwd=ROOT,
        env=environment_of(done.output, site.url),
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=240,
        check=False,
    )
    assert checked.returncode == 0, checked.stdout
