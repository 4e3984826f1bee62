"""That the error that ends a run is told once, and that no other is kept silent."""

from __future__ import annotations

import logging

import pytest

from kompas_crawler.errors import ArchiveError
from kompas_crawler.last_word import LastWord


def record_of(error: Exception | None, logger: str = "scrapy.core.engine") -> logging.LogRecord:
    trace = (type(error), error, None) if error is not None else None
    return logging.LogRecord(logger, logging.ERROR, __file__, 1, "trouble", None, trace)


@pytest.mark.parametrize(
    ("error", "is_ending", "passes"),
    [
        (ArchiveError("cannot write"), True, False),
        (ArchiveError("cannot write"), False, True),
        (ValueError("a defect of ours"), True, True),
        (None, True, True),
    ],
    ids=["of the archive, told", "of the archive, not told yet", "another error", "no error"],
)
def test_only_what_the_run_has_told_is_held_back(error: Exception | None, is_ending: bool, passes: bool) -> None:
    assert LastWord(lambda: is_ending).filter(record_of(error)) is passes


def test_what_the_scraper_is_about_to_signal_is_told_by_the_run() -> None:
    word = LastWord(lambda: False)
    assert not word.filter(record_of(ArchiveError("cannot list"), "scrapy.core.scraper"))
    assert word.filter(record_of(ValueError("a defect of ours"), "scrapy.core.scraper"))


def test_it_leaves_the_handlers_as_they_were() -> None:
    before = [list(handler.filters) for handler in logging.getLogger().handlers]
    word = LastWord(lambda: True)
    word.attach()
    word.detach()
    assert [list(handler.filters) for handler in logging.getLogger().handlers] == before
