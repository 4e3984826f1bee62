"""The error that ends a run is told once: not again, with a traceback, by everything of Scrapy that it passes through.

Knows log records. What ends a run, and what is said of it then, is the run keeper's business.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from typing import Final

from kompas_crawler.errors import ArchiveError

SIGNALS_NEXT: Final = "scrapy.core.scraper"
"""Logs what callbacks and pipelines raise, and sends `spider_error` or `item_error` right after."""


class LastWord(logging.Filter):
    """Holds back what is logged of an archive that cannot be written, once the run has said so and is ending.

    One such error may come through callbacks, pipelines, timers and the spider's start alike. Before the run has said
    so, and of any other error, everything passes; but Scrapy's scraper logs first and then signals, upon which the run
    ends and says so.
    """

    def __init__(self, is_ending: Callable[[], bool]) -> None:
        super().__init__()
        self._is_ending = is_ending

    def attach(self) -> None:
        """Hold such records back from every handler of the root logger."""
        for handler in logging.getLogger().handlers:
            handler.addFilter(self)

    def detach(self) -> None:
        """Leave the handlers as they were."""
        for handler in logging.getLogger().handlers:
            handler.removeFilter(self)

    def filter(self, record: logging.LogRecord) -> bool:
        """Return whether a record is to be written."""
        is_of_archive = isinstance(record.exc_info, tuple) and isinstance(record.exc_info[1], ArchiveError)
        return not (is_of_archive and (self._is_ending() or record.name == SIGNALS_NEXT))
