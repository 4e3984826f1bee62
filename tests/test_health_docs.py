"""The pages about health name every key and every metric."""

from __future__ import annotations

import re
from dataclasses import fields
from pathlib import Path

import pytest

from kompas_crawler.health import Disk, Health, Lag, LastRun, LockHolder, WeekOfCoverage
from kompas_crawler.metrics import HELP

PAGE = (Path(__file__).resolve().parents[1] / "docs" / "operating.md").read_text(encoding="utf-8")
NAMED = set(re.findall(r"`(?:last_run\.)?([a-z_]+)`", PAGE))
RECORDS = (Health, LastRun, WeekOfCoverage, Lag, Disk, LockHolder)


@pytest.mark.parametrize("record", RECORDS, ids=lambda record: record.__name__)
def test_every_key_of_the_health_file_is_documented(record: type) -> None:
    assert {field.name for field in fields(record)} - NAMED == set()


def test_the_documented_metrics_are_those_that_exist() -> None:
    assert {name for name in NAMED if name.startswith("kompas_") and name != "kompas_crawler"} == set(HELP)
