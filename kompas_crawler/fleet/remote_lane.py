"""The lane of a crawl that is one of a fleet: it asks the fleet's lane for every departure, and tells it everything.

What waits here leaves when the fleet's lane says so. When that is gone, nothing leaves any more and the run ends.
"""

from __future__ import annotations

import asyncio
import logging
import socket
from collections.abc import Callable
from contextlib import suppress
from dataclasses import asdict
from datetime import date, datetime
from time import monotonic
from typing import Any, Final

from scrapy.crawler import Crawler

from kompas_crawler.archive.agenda import RobotsFile
from kompas_crawler.errors import ArchiveError
from kompas_crawler.fleet.wire import LONGEST_LINE, LaneAddress, Stop, WireError, decode, encode, stop_of, text
from kompas_crawler.items import Route
from kompas_crawler.lane import LOOK_SECONDS, Lane, LaneClosed, Timetable
from kompas_crawler.site.addresses import ArticleAddress

logger = logging.getLogger(__name__)

CONNECT_SECONDS: Final = 30.0
CONDUCTOR_GONE: Final = Stop(1, "conductor_gone", "who conducts the fleet is gone: nothing is asked for any more")


class RemoteLane(Lane):
    """A crawl's end of the lane of its fleet."""

    def __init__(
        self,
        crawler: Crawler,
        address: LaneAddress,
        run_id: str,
        now: Callable[[], datetime],
        stop: Callable[[int, str, str], None],
    ) -> None:
        """`now` tells the time of the crawl. `stop` ends the run in good order, given exit code, reason and message."""
        super().__init__(crawler, Timetable.from_settings(crawler.settings, now))
        self._address = address
        self._run_id = run_id
        self._stop_run = stop
        self._robots: dict[str, RobotsFile] = {}
        self._window: tuple[date, date] | None = None
        self._connecting = asyncio.Lock()
        self._granted = asyncio.Event()
        self._claims: dict[str, asyncio.Event] = {}
        self._writer: asyncio.StreamWriter | None = None
        self._listening: asyncio.Task[None] | None = None

    def brief(self) -> bytes:
        """Return the excerpt of the index for this unit, as the conductor gives it. Raises `ArchiveError`."""
        hello = encode(do="brief", token=self._address.token, unit=self.unit)
        try:
            with (
                socket.create_connection((self._address.host, self._address.port), CONNECT_SECONDS) as connection,
                connection.makefile("rb") as stream,
            ):
                connection.sendall(hello)
                head = decode(stream.readline(LONGEST_LINE))
                if "bytes" not in head:
                    raise ArchiveError(text(head, "error"))
                content = stream.read(int(head["bytes"]))
        except (OSError, WireError) as error:
            raise ArchiveError(f"who conducts the fleet does not say what is held: {error}") from error
        if len(content) != head["bytes"]:
            raise ArchiveError("who conducts the fleet was cut off")
        return content

    @property
    def unit(self) -> str:
        """The unit that this run is an attempt at: the name of the run without its last part."""
        return self._run_id.rpartition("-")[0]

    async def departure(self) -> float:
        """Wait until the fleet's lane gives a departure; return when that is. Raises `LaneClosed`."""
        async with self._turn:
            self._require_open()
            await self._connect()
            self._granted.clear()
            self._say(do="ask")
            await self._until(self._granted)
            self.departures += 1
            self._say(do="left")
            return monotonic()

    async def _until(self, said: asyncio.Event) -> None:
        """Wait for the lane's word. Raises `LaneClosed` as soon as the run is ending."""
        try:
            while not said.is_set():
                self._require_open()
                with suppress(TimeoutError):
                    await asyncio.wait_for(said.wait(), LOOK_SECONDS)
            self._require_open()
        except LaneClosed:
            self.leave()  # what was asked for, or given, is void with the connection
            raise

    def keep_silent(self, seconds: float) -> None:
        """Let nothing of the fleet leave for so many seconds."""
        super().keep_silent(seconds)
        self._say(do="silence", seconds=seconds)

    def keep_distance(self, host: str, seconds: float) -> None:
        """Let the fleet keep the `Crawl-delay` of a host."""
        super().keep_distance(host, seconds)
        self._say(do="distance", host=host, seconds=seconds)

    def strained(self, *, left_at: float, now: float) -> bool:
        """Lengthen the gap of the fleet; return whether that of this crawl alone would have grown."""
        self._say(do="strained", age=max(0.0, now - left_at))
        return super().strained(left_at=left_at, now=now)

    def relieved(self) -> None:
        """Shorten a gap of the fleet that had grown."""
        super().relieved()
        self._say(do="relieved")

    def refused(self) -> int:
        """Note a refusal for the fleet; return how many in a row met this crawl."""
        self._say(do="refused")
        return super().refused()

    def let_in(self) -> None:
        """Note for the fleet that the site refuses no more."""
        super().let_in()
        self._say(do="let_in")

    def quiet_until(self) -> None:
        """Return None: quiet hours are kept by the fleet's lane."""

    def tell_stop(self, exit_code: int, reason: str, message: str) -> None:
        """Tell the fleet why this run stops; some reasons stop all."""
        self._say(do="stop", **asdict(Stop(exit_code, reason, message)))

    async def claim_robots(self, host: str) -> None:
        """Wait until no other crawl of the fleet reads the robots.txt of a host. Raises `LaneClosed`."""
        await self._connect()
        self._claims[host] = asyncio.Event()
        self._say(do="claim", host=host)
        await self._until(self._claims[host])

    def release_robots(self, host: str) -> None:
        """Let another crawl read the robots.txt of a host, if it was not read."""
        self._say(do="release", host=host)

    def tell_robots(self, host: str, robots: RobotsFile) -> None:
        """Tell the fleet what a robots.txt says, so that no other crawl has to ask for it."""
        self._say(do="robots", host=host, status=robots.status, text=robots.text, read_at=robots.read_at.isoformat())

    def told_robots(self, host: str) -> RobotsFile | None:
        """Return what another crawl of the fleet read in a robots.txt; null when none did."""
        return self._robots.get(host)

    def is_of_others(self, address: ArticleAddress, route: Route, since: date, until: date) -> bool:
        """Return whether another unit looks after an article that was met, and tell the fleet of it if so.

        `since` and `until` are the days of this unit.
        """
        if self._window is None or since <= address.published_on <= until:
            return False
        first, last = self._window
        if not first <= address.published_on <= last:
            return False
        self._say(do="others", key=address.article_id, url=address.url, route=route)
        return True

    def leave(self) -> None:
        """Say farewell: no more is asked for."""
        if self._writer is not None:
            self._writer.close()

    # --- The connection --------------------------------------------------------------------------------------------

    async def _connect(self) -> None:
        async with self._connecting:  # a request for robots.txt and one for a page may both be the first
            if self._writer is None:
                await self._open()

    async def _open(self) -> None:
        try:
            async with asyncio.timeout(CONNECT_SECONDS):
                reader, writer = await asyncio.open_connection(
                    self._address.host, self._address.port, limit=LONGEST_LINE
                )
        except (OSError, TimeoutError) as error:
            self._end(CONDUCTOR_GONE)
            raise LaneClosed(CONDUCTOR_GONE.message) from error
        self._writer = writer
        writer.write(encode(do="hello", token=self._address.token, run=self._run_id, unit=self.unit))
        self._listening = asyncio.create_task(self._listen(reader))

    async def _listen(self, reader: asyncio.StreamReader) -> None:
        try:
            while line := await reader.readline():
                self._hear(decode(line))
        except (OSError, WireError, ValueError) as error:
            logger.warning("What the fleet's lane said is not understood: %s", error)
        if not self._is_closed and not self._is_run_ending():
            self._end(CONDUCTOR_GONE)

    def _hear(self, said: dict[str, Any]) -> None:
        if "go" in said:
            self._granted.set()
        elif "claimed" in said:
            self._claims[said["claimed"]].set()
        elif "stop" in said:
            self._end(stop_of(said["stop"]))
        elif "robots" in said:
            told = said["robots"]
            if told["text"] is not None:
                read_at = datetime.fromisoformat(told["read_at"])
                self._robots[told["host"]] = RobotsFile(read_at, told["status"], told["text"])
        elif "welcome" in said:
            self._window = (date.fromisoformat(said["since"]), date.fromisoformat(said["until"]))

    def _end(self, stop: Stop) -> None:
        self._stop_run(stop.exit_code, stop.reason, stop.message)

    def _say(self, **words: Any) -> None:
        if self._writer is not None and not self._writer.is_closing():
            self._writer.write(encode(**words))
