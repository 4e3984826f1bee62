"""One line that says where a running crawl stands, for a terminal (updated in place) or for a log."""

from __future__ import annotations

import logging
import sys
from collections.abc import Mapping
from typing import TextIO

from kompas_crawler.items import Outcome


def status_text(outcomes: Mapping[Outcome, int], *, open_count: int, pages: int, seconds: float) -> str:
    """Return the state of a run in one line.

    >>> status_text({Outcome.KEPT_NEW: 1200, Outcome.KNOWN: 3}, open_count=40, pages=1310, seconds=131.0)
    '0:02:11  1,310 pages (10.0/s)  1,200 new  0 changed  3 known  0 failed  40 waiting'
    """
    bad = sum(outcomes.get(outcome, 0) for outcome in (Outcome.FAILED, Outcome.BLOCKED, Outcome.UNPARSED))
    parts = (
        f"{clock(seconds)}",
        f"{pages:,} pages ({pages / seconds if seconds else 0:.1f}/s)",
        f"{outcomes.get(Outcome.KEPT_NEW, 0):,} new",
        f"{outcomes.get(Outcome.KEPT_CHANGED, 0):,} changed",
        f"{outcomes.get(Outcome.KNOWN, 0) + outcomes.get(Outcome.UNCHANGED, 0):,} known",
        f"{bad:,} failed",
        f"{open_count:,} waiting",
    )
    return "  ".join(parts)


def clock(seconds: float) -> str:
    """Return a duration as `H:MM:SS`.

    >>> clock(3725.4)
    '1:02:05'
    """
    minutes, rest = divmod(int(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02d}:{rest:02d}"


class StatusLine(logging.Filter):
    """A line at the bottom of a terminal that log records do not tear: each record first clears it."""

    def __init__(self, stream: TextIO | None = None) -> None:
        super().__init__()
        self._stream = stream or sys.stderr
        self._is_shown = False

    @property
    def is_usable(self) -> bool:
        """Whether the stream is a terminal."""
        return self._stream.isatty()

    def attach(self) -> None:
        """Clear the line before any handler of the root logger writes."""
        for handler in logging.getLogger().handlers:
            handler.addFilter(self)

    def detach(self) -> None:
        """Clear the line and leave the handlers as they were."""
        self.clear()
        for handler in logging.getLogger().handlers:
            handler.removeFilter(self)

    def show(self, text: str) -> None:
        """Replace the line."""
        self._stream.write(f"\r\x1b[2K{text}")
        self._stream.flush()
        self._is_shown = True

    def clear(self) -> None:
        """Remove the line."""
        if self._is_shown:
            self._stream.write("\r\x1b[2K")
            self._stream.flush()
            self._is_shown = False

    def filter(self, record: logging.LogRecord) -> bool:  # noqa: ARG002
        """Clear the line before a record is written; let every record pass."""
        self.clear()
        return True
