"""One line that says where a running crawl stands, for a terminal (updated in place) or for a log; and the extension
that shows it."""

from __future__ import annotations

import logging
import shutil
import sys
from collections.abc import Mapping
from typing import TYPE_CHECKING, Self, TextIO

from scrapy import signals
from scrapy.crawler import Crawler
from scrapy.utils.asyncio import create_looping_call

from kompas_crawler.extensions import RunKeeper, run_keeper
from kompas_crawler.forecast import Forecast, Standing, time_left
from kompas_crawler.gates import REQUESTED
from kompas_crawler.items import Outcome
from kompas_crawler.spiders.walks import INTERRUPTED

if TYPE_CHECKING:
    from kompas_crawler.spiders.kompas import KompasSpider

logger = logging.getLogger(__name__)


def status_text(outcomes: Mapping[Outcome, int], now: Standing, seconds_left: float | None) -> str:
    """Return the state of a run in one line; how long it will take is null for unknown.

    >>> now = Standing(seconds=131.0, pages=1310, open=40, lists=30, lists_done=2)
    >>> status_text({Outcome.KEPT_NEW: 1200, Outcome.KNOWN: 3}, now, None)
    '0:02:11  time left unknown  1,310 pages (10.0/s)  lists 2/30  1,200 new  0 changed  3 known  0 failed  40 waiting'
    """
    bad = sum(outcomes.get(outcome, 0) for outcome in (Outcome.FAILED, Outcome.BLOCKED, Outcome.UNPARSED))
    parts = (
        f"{clock(now.seconds)}",
        time_left(seconds_left),
        f"{now.pages:,} pages ({now.pages / now.seconds if now.seconds else 0:.1f}/s)",
        *([f"lists {now.lists_done:,}/{now.lists:,}"] if now.lists else []),
        f"{outcomes.get(Outcome.KEPT_NEW, 0):,} new",
        f"{outcomes.get(Outcome.KEPT_CHANGED, 0):,} changed",
        f"{outcomes.get(Outcome.KNOWN, 0) + outcomes.get(Outcome.UNCHANGED, 0):,} known",
        f"{bad:,} failed",
        f"{now.open:,} waiting",
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
        self._stream: TextIO | None = stream or sys.stderr
        """Null where standard error is closed, and once a terminal that hung up takes no more."""
        self._is_shown = False

    @property
    def is_usable(self) -> bool:
        """Whether the stream is a terminal."""
        return self._stream is not None and self._stream.isatty()

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
        """Replace the line; what is wider than the terminal is cut off, or it could not be replaced."""
        columns = shutil.get_terminal_size().columns
        self._is_shown = self._write(f"\r\x1b[2K{text[: columns - 1]}")

    def clear(self) -> None:
        """Remove the line."""
        if self._is_shown:
            self._write("\r\x1b[2K")
            self._is_shown = False

    def _write(self, text: str) -> bool:
        """Write at once; return whether the terminal still takes it."""
        if self._stream is None:
            return False
        try:
            self._stream.write(text)
            self._stream.flush()
        except OSError:
            self._stream = None
        return self._stream is not None

    def filter(self, record: logging.LogRecord) -> bool:  # noqa: ARG002
        """Clear the line before a record is written; let every record pass."""
        self.clear()
        return True


class Progress:
    """Says where a run stands: a line that updates on a terminal, a log line now and then elsewhere."""

    TERMINAL_SECONDS = 0.5
    LOG_SECONDS = 30.0

    def __init__(self, crawler: Crawler) -> None:
        self._crawler = crawler
        self._line = StatusLine()
        self._forecast = Forecast()
        self._loop = create_looping_call(self._show)

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> Self:
        """Build the extension and connect it to the run's beginning and end."""
        progress = cls(crawler)
        crawler.signals.connect(progress.engine_started, signals.engine_started)
        crawler.signals.connect(progress.engine_stopped, signals.engine_stopped)
        return progress

    def engine_started(self) -> None:
        """Begin to show."""
        if self._line.is_usable:
            self._line.attach()
        self._loop.start(self.TERMINAL_SECONDS if self._line.is_usable else self.LOG_SECONDS, now=False)

    def engine_stopped(self) -> None:
        """Leave the terminal as it was."""
        if self._loop.running:
            self._loop.stop()
        self._line.detach()

    def _show(self) -> None:
        keeper = run_keeper(self._crawler)
        now = self._standing(keeper)
        text = status_text(keeper.books.counts(), now, self._forecast.seconds_left(now))
        if self._line.is_usable:
            self._line.show(text)
        else:
            logger.info("%s", text)

    def _standing(self, keeper: RunKeeper) -> Standing:
        spider: KompasSpider = self._crawler.spider  # type: ignore[assignment]  # the only one there is
        planned = set(spider.planned_lists)
        done = [walk for walk in keeper.walks if walk.reason != INTERRUPTED and (walk.day, walk.site) in planned]
        counts, limit = keeper.books.counts(), spider.plan.limit
        budget = self._crawler.settings.getint("KOMPAS_REQUEST_BUDGET")
        return Standing(
            seconds=(keeper.now() - keeper.started_at).total_seconds(),
            pages=self._crawler.stats.get_value("downloader/response_count", 0),
            open=len(keeper.books.open_keys()),
            lists=len(planned) or None,
            lists_done=len(done),
            list_pages=sum(walk.pages for walk in done),
            has_asked_for_all=spider.has_asked_for_all,
            articles_left=None if limit is None else limit - sum(counts.get(outcome, 0) for outcome in REQUESTED),
            requests_left=max(0, budget - keeper.lane.departures) if budget else None,
        )
