"""A server that does what it is told, byte by byte, also what no HTTP library lets one do. Loopback only.

It reads requests, notes them and hands the connection to whoever answers; what is sent is the business of `answers`.
Every connection serves one request. A second port is the trap: nobody has any business there.
"""

from __future__ import annotations

import asyncio
import random
import re
import socket
import struct
import threading
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from urllib.parse import urlsplit

_LINE = re.compile(rb"(?P<method>[A-Z]+) (?P<target>\S+) HTTP/1\.[01]")
_MOST_HEAD_BYTES = 4_000_000
_NO_LINGER = struct.pack("ii", 1, 0)


@dataclass(frozen=True, slots=True)
class Asked:
    """One request as it came."""

    host: str
    target: str
    """Path and query."""
    headers: dict[str, str]
    """Names in lower case."""


@dataclass(slots=True)
class Exchange:
    """One request, and the connection on which it is answered."""

    asked: Asked
    scheme: str
    """`https`, as the crawler's addresses are; `http` for a client that takes the server for its proxy."""
    trap: str
    """`http://127.0.0.1:PORT` of the trap."""
    chance: random.Random
    """Where it is to be cut, and the like; another one for each try."""
    _writer: asyncio.StreamWriter

    @property
    def url(self) -> str:
        """The address asked for, without its query."""
        return f"{self.scheme}://{self.asked.host}{self.asked.target.partition('?')[0]}"

    async def send(self, *pieces: bytes) -> None:
        """Send pieces, each once the client has taken most of the one before."""
        for piece in pieces:
            self._writer.write(piece)
            await self._writer.drain()

    def reset(self) -> None:
        """End the connection as a machine that fell over does: with a reset, what was not delivered is lost."""
        self._writer.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _NO_LINGER)
        self._writer.transport.abort()

    async def hang(self) -> None:
        """Wait until the client gives up."""
        await asyncio.Event().wait()


Answering = Callable[[Exchange], Awaitable[None]]


@dataclass(slots=True)
class Misbehaving:
    """A running server."""

    answering: Answering
    seed: int = 1
    port: int = 0
    trap_port: int = 0
    asked: list[Asked] = field(default_factory=list)
    """Every request so far."""
    trapped: list[Asked] = field(default_factory=list)
    """Every request at the trap."""
    troubles: list[Exception] = field(default_factory=list)
    """Defects of what answers: a suite that cannot send its fault has tried nothing."""
    _open: set[asyncio.Task[None]] = field(default_factory=set)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    @property
    def trap(self) -> str:
        return f"http://127.0.0.1:{self.trap_port}"

    async def take(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Serve one connection to the site."""
        self._keep_task()
        with suppress(ConnectionError, asyncio.IncompleteReadError):
            request = await _read(reader)
            if request is not None:
                asked, is_proxied = request
                self.asked.append(asked)
                chance = random.Random(f"{self.seed} {asked.host}{asked.target}")
                scheme = "http" if is_proxied else "https"
                await self._answer(reader, Exchange(asked, scheme, self.trap, chance, writer))
        with suppress(ConnectionError):
            writer.close()
            await writer.wait_closed()

    async def _answer(self, reader: asyncio.StreamReader, exchange: Exchange) -> None:
        """Answer until it is done or the client goes away: what nobody reads is not sent for ever."""
        answer = asyncio.ensure_future(self.answering(exchange))
        gone = asyncio.ensure_future(reader.read(1))
        done, waiting = await asyncio.wait({answer, gone}, return_when=asyncio.FIRST_COMPLETED)
        for task in waiting:
            task.cancel()
        await asyncio.gather(answer, gone, return_exceptions=True)
        error = answer.exception() if answer in done else None
        if isinstance(error, Exception) and not isinstance(error, ConnectionError):
            self.troubles.append(error)

    async def spring(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Serve one connection to the trap: a page that looks harmless."""
        self._keep_task()
        with suppress(ConnectionError, asyncio.IncompleteReadError):
            request = await _read(reader)
            if request is not None:
                self.trapped.append(request[0])
                body = b"<!DOCTYPE html><html><h1>Rahasia</h1><p>Dalam jaringan.</p></html>"
                head = b"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nConnection: close\r\nContent-Length: %d\r\n\r\n"
                writer.write(head % len(body) + body)
                await writer.drain()
        writer.close()

    def _keep_task(self) -> None:
        task = asyncio.current_task()
        assert task is not None
        self._open.add(task)
        task.add_done_callback(self._open.discard)

    async def end(self) -> None:
        """Give up every connection that is still open."""
        tasks = list(self._open)
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


async def _read(reader: asyncio.StreamReader) -> tuple[Asked, bool] | None:
    """Read a request; whether it came as to a proxy. None when it is none."""
    try:
        head = await reader.readuntil(b"\r\n\r\n")
    except asyncio.LimitOverrunError:
        return None
    first, *lines = head.split(b"\r\n")
    match = _LINE.fullmatch(first)
    if match is None:
        return None
    fields = (line.decode("latin-1").partition(":") for line in lines if line)
    headers = {name.strip().lower(): value.strip() for name, _, value in fields}
    target = match["target"].decode("latin-1")
    if not target.startswith(("http://", "https://")):
        return Asked(headers.get("host", ""), target, headers), False
    parts = urlsplit(target)
    return Asked(parts.netloc, target.split(parts.netloc, 1)[1] or "/", headers), True


@contextmanager
def misbehaving(answering: Answering, *, seed: int = 1) -> Iterator[Misbehaving]:
    """A server in a thread of its own, as long as the block lasts. Raises what went wrong in what answers."""
    server, loop, ready = Misbehaving(answering, seed), asyncio.new_event_loop(), threading.Event()
    stop = asyncio.Event()

    async def serve() -> None:
        site = await asyncio.start_server(server.take, "127.0.0.1", 0, limit=_MOST_HEAD_BYTES)
        trap = await asyncio.start_server(server.spring, "127.0.0.1", 0, limit=_MOST_HEAD_BYTES)
        server.port, server.trap_port = (one.sockets[0].getsockname()[1] for one in (site, trap))
        ready.set()
        await stop.wait()
        site.close()
        trap.close()
        await server.end()

    thread = threading.Thread(target=loop.run_until_complete, args=(serve(),), daemon=True)
    thread.start()
    try:
        if not ready.wait(30):
            raise RuntimeError("the misbehaving server did not start")
        yield server
    finally:
        loop.call_soon_threadsafe(stop.set)
        thread.join(30)
        loop.close()
    if server.troubles:
        raise ExceptionGroup("what answers is broken", server.troubles)
