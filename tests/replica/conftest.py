"""A replica that stands at noon of a Tuesday in April 2021, shared by the tests that change nothing in it."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from kompas_crawler.replica import Replica, running

NOW = "2021-04-20T12:00"


@pytest.fixture(scope="session")
def replica() -> Iterator[Replica]:
    with running("--today", NOW, "--articles-per-day", "60") as shared:
        yield shared
