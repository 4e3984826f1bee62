"""That the benchmark of the archive still measures everything it names, on a small archive."""

from __future__ import annotations

import subprocess
import sys
from contextlib import closing
from pathlib import Path

import pytest

from benchmarks.archive import MEASUREMENTS, commit, generate
from kompas_crawler import load
from kompas_crawler.archive import Archive
from kompas_crawler.archive.verify import verify

ROOT = Path(__file__).resolve().parents[2]


@pytest.mark.slow
def test_every_measurement_is_printed_for_every_size() -> None:
    command = [sys.executable, "-m", "benchmarks.archive", "--sizes", "300", "--repeats", "1"]
    answer = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True)
    *lines, last = answer.stdout.splitlines()[1:]
    assert [name for name, line in zip(MEASUREMENTS, lines, strict=True) if f"300  {name}" not in line] == []
    assert "bytes an article: articles " in last


def test_what_is_measured_is_a_sound_archive_that_grows(tmp_path: Path) -> None:
    generate(tmp_path, 300, 0)
    commit(tmp_path, 300, 0)
    assert load(tmp_path).count() == 1_300
    assert load(tmp_path, revisions=True).count() == 1_500
    with closing(Archive(str(tmp_path))) as archive:
        assert [str(finding) for finding in verify(archive.storage, archive.index_path)] == []
