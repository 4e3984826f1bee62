"""`scrapy report` as a user runs it."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from kompas_crawler.archive.storage import storage_at
from kompas_crawler.commands.report import write_report
from kompas_crawler.errors import ArchiveError, SelectionRefused
from tests.report.archives import lively

ROOT = Path(__file__).resolve().parents[2]


def report(output: Path | str, *arguments: str) -> subprocess.CompletedProcess[str]:
    environment = {name: value for name, value in os.environ.items() if not name.startswith("KOMPAS_")}
    command = [sys.executable, "-m", "scrapy", "report", "-s", f"KOMPAS_OUTPUT={output}", *arguments]
    return subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, check=False)


@pytest.fixture(scope="module")
def archive(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return lively(tmp_path_factory.mktemp("lively"))


def test_it_writes_into_the_archive_and_says_where(archive: Path) -> None:
    done = report(archive)
    assert (done.returncode, done.stdout) == (0, f"Report: {archive}/report.html\n"), done.stderr
    assert (archive / "report.html").read_text(encoding="utf-8").startswith("<!DOCTYPE html>")


def test_it_writes_where_it_is_told_to_and_of_the_days_it_is_told(archive: Path, tmp_path: Path) -> None:
    file = tmp_path / "april.html"
    done = report(
        archive, "--output-file", str(file), "--since", "2021-04-13", "--until", "2021-04-13", "--language", "en"
    )
    assert done.stdout == f"Report: {file}\n", done.stderr
    assert "0 of 1 day complete" in file.read_text(encoding="utf-8")
    assert [path.name for path in tmp_path.iterdir()] == ["april.html"]


def test_no_archive_is_storage_trouble_and_leaves_no_file(tmp_path: Path) -> None:
    done = report(tmp_path)
    assert (done.returncode, list(tmp_path.iterdir())) == (4, [])
    assert "there is no archive at" in done.stderr


def test_a_day_that_is_none_is_wrong_usage(archive: Path) -> None:
    with pytest.raises(SelectionRefused, match="is no day"):
        write_report(storage_at(str(archive)), since="yesterday")


def test_a_file_that_cannot_be_written_is_named(archive: Path, tmp_path: Path) -> None:
    with pytest.raises(ArchiveError, match="nowhere"):
        write_report(storage_at(str(archive)), tmp_path / "nowhere" / "report.html")
