"""The one lane of a fleet: lets the requests of all its crawls out one by one, at the site's pace, or not at all.

It belongs to who conducts the fleet and lives in a thread of that process. A crawl asks for a departure and is given
one when the gap since the last departure of *any* crawl is over; the next gap begins when that crawl says that the
request has left. What one crawl is told by the site binds all: `Retry-After`, `Crawl-delay`, strain, refusals in a row,
a reservation of rights, the text of each robots.txt. A crawl that is lost takes nothing with it: its place in the
queue, and a departure that it was given and did not use, are void.
"""

from __future__ import annotations

import asyncio
import logging
import secrets
import threading
from collections.abc import Callable
from dataclasses import asdict, dataclass, field
from datetime import date, datetime
from time import monotonic
from types import TracebackType
from typing import Any, Final, Self

from kompas_crawler.archive.agenda import RobotsFile
from kompas_crawler.errors import ArchiveError
from kompas_crawler.fleet.wire import (
    FLEET_WIDE,
    LONGEST_LINE,
    LaneAddress,
    Stop,
    WireError,
    decode,
    encode,
    number,
    opens,
    stop_of,
    text,
)
from kompas_crawler.lane import LOOK_SECONDS, Timetable

logger = logging.getLogger(__name__)

HELLO_SECONDS: Final = 10.0
"""Who connects says the token within this time."""
GRANT_SECONDS: Final = 10.0
"""A crawl that was given a departure says within this time that it left; else it is taken for lost."""


@dataclass(frozen=True, slots=True)
class LeftToOthers:
    """An article that a unit met and that lies on a day of another unit."""

    key: str
    url: str
    route: str


@dataclass(slots=True, eq=False)
class _Session:
    """A crawl that is connected."""

    run_id: str
    unit: str
    writer: asyncio.StreamWriter
    left: asyncio.Event = field(default_factory=asyncio.Event)
    ended: threading.Event = field(default_factory=threading.Event)
    left_to_others: list[LeftToOthers] = field(default_factory=list)
    is_gone: bool = False

    def say(self, **words: Any) -> None:
        if not self.is_gone:
            self.writer.write(encode(**words))


class LaneServer:
    """A fleet's lane. As a context it listens, and at the end it tells every crawl that the fleet has stopped."""

    def __init__(
        self,
        timetable: Timetable,
        *,
        block_limit: int,
        window: tuple[date, date],
        brief: Callable[[str], bytes],
        host: str = "127.0.0.1",
    ) -> None:
        """`window` are the first and the last day of the whole back-fill. `brief` returns, in a thread of its own, the
        excerpt of the index that a unit needs; it may raise `ArchiveError`."""
        self._timetable = timetable
        self._block_limit = block_limit
        self._window = window
        self._brief = brief
        self._host = host
        self._token = secrets.token_urlsafe(24)
        self._refusals = 0
        self._robots: dict[str, dict[str, Any]] = {}
        self._claims: dict[str, list[_Session]] = {}
        self._sessions: dict[str, _Session] = {}
        self._queue: asyncio.Queue[_Session] = asyncio.Queue()
        self._conversations: set[asyncio.Task[None]] = set()
        self._port = 0
        self._is_listening = threading.Event()
        self._failure: OSError | None = None
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._run, name="lane", daemon=True)
        self._end = asyncio.Event()
        self.stopped: Stop | None = None
        """Why the fleet stops; null while it does not."""
        self.departures = 0

    def __enter__(self) -> Self:
        self._thread.start()
        self._is_listening.wait()
        if self._failure is not None:
            raise self._failure
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self._loop.call_soon_threadsafe(self._end.set)
        self._thread.join()

    @property
    def address(self) -> LaneAddress:
        """Where crawls find the lane."""
        return LaneAddress(self._host, self._port, self._token)

    def stop(self, stop: Stop) -> None:
        """Stop all crawls in good order."""
        self._loop.call_soon_threadsafe(self._stop, stop)

    def left_to_others(self, run_id: str, patience_seconds: float = 30.0) -> list[LeftToOthers]:
        """Return what a run that has ended met on days of other units; forget the run."""
        session = self._sessions.pop(run_id, None)
        if session is None:
            return []
        session.ended.wait(patience_seconds)  # its last words may still be on their way
        return session.left_to_others

    @property
    def silent_seconds(self) -> float:
        """For how long the site asked for silence yet; 0 when it does not."""
        return self._timetable.silent_seconds

    def running(self) -> frozenset[str]:
        """Return the names of the runs that are connected now."""
        return frozenset(session.run_id for session in list(self._sessions.values()) if not session.is_gone)

    def robots(self) -> dict[str, RobotsFile]:
        """Return what the crawls read in robots.txt, by host."""
        return {
            host: RobotsFile(datetime.fromisoformat(one["read_at"]), one["status"], one["text"])
            for host, one in list(self._robots.items())
        }

    # --- In the thread of the lane ---------------------------------------------------------------------------------

    def _run(self) -> None:
        with asyncio.Runner(loop_factory=lambda: self._loop) as runner:
            runner.run(self._serve())

    async def _serve(self) -> None:
        try:
            server = await asyncio.start_server(self._accept, self._host, 0, limit=LONGEST_LINE)
        except OSError as error:
            self._failure = error
            self._is_listening.set()
            return
        self._port = server.sockets[0].getsockname()[1]
        self._is_listening.set()
        granting = asyncio.create_task(self._grant_for_ever())
        async with server:
            await self._end.wait()
        granting.cancel()
        for conversation in self._conversations:
            conversation.cancel()
        await asyncio.gather(granting, *self._conversations, return_exceptions=True)

    async def _accept(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        if task is not None:
            self._conversations.add(task)
            task.add_done_callback(self._conversations.discard)
        try:
            await self._converse(reader, writer)
        except (WireError, OSError, TimeoutError, ValueError, asyncio.IncompleteReadError) as error:
            # A line that is too long is a ValueError of asyncio's reader.
            logger.warning("The lane dropped a connection: %s", error or type(error).__name__)
        finally:
            writer.close()

    async def _converse(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        async with asyncio.timeout(HELLO_SECONDS):
            hello = decode(await reader.readuntil())
        if not opens(hello.get("token"), self._token):
            raise WireError("a wrong token")
        if hello.get("do") == "brief":
            await self._tell_brief(text(hello, "unit"), writer)
            return
        session = _Session(text(hello, "run"), text(hello, "unit"), writer)
        self._welcome(session)
        try:
            while line := await reader.readline():
                self._hear(session, decode(line))
        finally:
            session.is_gone = True
            for host in list(self._claims):
                self._release(session, host)
            session.left.set()
            session.ended.set()

    async def _tell_brief(self, unit: str, writer: asyncio.StreamWriter) -> None:
        try:
            content = await asyncio.to_thread(self._brief, unit)
        except ArchiveError as error:
            writer.write(encode(error=str(error)))
        else:
            writer.write(encode(bytes=len(content)) + content)
        await writer.drain()

    def _welcome(self, session: _Session) -> None:
        """Take a crawl in. An earlier attempt at the same unit, whose worker was lost, ends."""
        for other in list(self._sessions.values()):
            if other.unit == session.unit and not other.is_gone:
                other.say(stop=asdict(Stop(1, "superseded", "another worker does this unit now")))
        self._sessions[session.run_id] = session
        since, until = self._window
        session.say(welcome=True, since=since.isoformat(), until=until.isoformat())
        for robots in self._robots.values():
            session.say(robots=robots)
        if self.stopped is not None:
            session.say(stop=asdict(self.stopped))

    def _hear(self, session: _Session, said: dict[str, Any]) -> None:
        """Act upon what a crawl says. Raises `WireError`."""
        timetable = self._timetable
        match said.get("do"):
            case "ask":
                self._queue.put_nowait(session)
            case "left":
                session.left.set()
            case "silence":
                timetable.keep_silent(number(said, "seconds"))
            case "distance":
                timetable.pace.crawl_delays[text(said, "host")] = number(said, "seconds")
            case "strained":
                now = monotonic()
                timetable.pace.strained(left_at=now - number(said, "age"), now=now)
            case "relieved":
                timetable.pace.relieved()
            case "refused":
                self._refused()
            case "let_in":
                self._refusals = 0
            case "claim":
                self._claim(session, text(said, "host"))
            case "release":
                self._release(session, text(said, "host"))
            case "robots":
                self._note_robots(session, said)
            case "others":
                session.left_to_others.append(LeftToOthers(text(said, "key"), text(said, "url"), text(said, "route")))
            case "stop":
                stop = stop_of(said)
                if stop.reason in FLEET_WIDE:
                    self._stop(stop)
            case unknown:
                raise WireError(f"an unknown word {unknown!r}")

    def _refused(self) -> None:
        self._refusals += 1
        if self._refusals >= self._block_limit:
            message = f"the site refused {self._refusals} requests of the fleet in a row; the evidence is in evidence/"
            self._stop(Stop(3, "blocked", message))

    def _claim(self, session: _Session, host: str) -> None:
        """Let one crawl at a time read the robots.txt of a host."""
        readers = self._claims.setdefault(host, [])
        readers.append(session)
        if len(readers) == 1:
            session.say(claimed=host)

    def _release(self, session: _Session, host: str) -> None:
        """Let the next read, or all of them go on who have been told by now what it says."""
        readers = self._claims.get(host, [])
        was_first = readers[:1] == [session]
        if session in readers:
            readers.remove(session)
        if was_first and host in self._robots:
            for reader in self._claims.pop(host):
                reader.say(claimed=host)
        elif was_first and readers:
            readers[0].say(claimed=host)

    def _note_robots(self, session: _Session, said: dict[str, Any]) -> None:
        robots = {name: said.get(name) for name in ("host", "status", "text", "read_at")}
        self._robots[text(said, "host")] = robots
        for other in list(self._sessions.values()):
            if other is not session:
                other.say(robots=robots)

    def _stop(self, stop: Stop) -> None:
        if self.stopped is not None:
            return
        self.stopped = stop
        logger.error("The fleet stops: %s", stop.message)
        for session in list(self._sessions.values()):
            session.say(stop=asdict(stop))

    async def _grant_for_ever(self) -> None:
        """Give departures, first come first served, each when the last one has left and the gap after it is over."""
        while True:
            session = await self._queue.get()
            while (wait := self._timetable.wait_seconds()) > 0 and not session.is_gone:
                await asyncio.sleep(min(wait, LOOK_SECONDS))
            if session.is_gone or self.stopped is not None:
                continue
            session.left.clear()
            session.say(go=True)
            try:
                async with asyncio.timeout(GRANT_SECONDS):
                    await session.left.wait()
            except TimeoutError:
                logger.warning("Run %s was given a departure and says nothing: it is taken for lost", session.run_id)
                session.is_gone = True
                session.writer.close()
            # Also of a crawl that is lost it is not known whether the request left.
            self._timetable.left()
            self.departures += 1
