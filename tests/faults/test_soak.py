"""Hourly runs, disturbed at random, end in the archive that the site published, and nothing grows beyond bounds."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from tests.faults.soak import soak

pytestmark = [pytest.mark.slow, pytest.mark.xdist_group("soak"), pytest.mark.timeout(36_000)]

HOURS = int(os.environ.get("KOMPAS_SOAK_HOURS", "48"))
"""Of the site's clock; `make torture` asks for more."""
SEED = int(os.environ.get("KOMPAS_TORTURE_SEED", "1"))


def test_an_archive_that_was_disturbed_for_days_holds_what_the_site_published(tmp_path: Path) -> None:
    report = soak(tmp_path, hours=HOURS, articles_per_day=12, seed=SEED)
    print(f"\n{report}")
    assert report.problems == ()
    assert report.faults.total() - report.faults["calm"] > HOURS / 5
