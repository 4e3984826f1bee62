"""The report's benchmark, on a small archive."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]


@pytest.mark.slow
def test_it_furnishes_an_archive_and_measures_the_report_of_it(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "benchmarks.report", "--size", "2000", "--folder", str(tmp_path)]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert re.search(r"^2,000 articles: report in [\d.]+ s, .* page 0\.\d\d MB$", done.stdout)
    assert "dari 3 hari" in (tmp_path / "report.html").read_text(encoding="utf-8")
