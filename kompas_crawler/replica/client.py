"""Starts a replica as a process of its own and talks to its control addresses, for tests and benchmarks."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date
from typing import Any
from urllib.parse import urlencode
from urllib.request import Request, urlopen

_MARK = "Replica of Kompas.com at "


class ReplicaFailed(RuntimeError):
    """The replica ended before it was ready; the message holds what it wrote."""


@dataclass(frozen=True, slots=True)
class Replica:
    """A running replica."""

    url: str
    """`http://127.0.0.1:PORT`."""
    pid: int

    def get(self, host: str, path: str, headers: Mapping[str, str] | None = None) -> bytes:
        """Body of `path` (with its query) on `host`; follows no redirect to elsewhere.

        Raises:
            urllib.error.HTTPError: the answer is an error.
        """
        with urlopen(Request(self.url + path, headers={**(headers or {}), "Host": host}), timeout=60) as answer:  # noqa: S310
            body: bytes = answer.read()
            return body

    def truth(self, since: date, until: date | None = None, *, brief: bool = False) -> list[dict[str, Any]]:
        """What is true of every article of the days `since` to `until`, oldest first; `brief` without texts."""
        days = {"since": since.isoformat(), "until": (until or since).isoformat()}
        records: list[dict[str, Any]] = self._ask("/__truth?" + urlencode(days | ({"brief": "1"} if brief else {})))
        return records

    def log(self, after: int = 0) -> list[dict[str, Any]]:
        """Every request served so far but control requests, oldest first; `after` skips the first ones."""
        entries: list[dict[str, Any]] = self._ask(f"/__log?after={after}")
        return entries

    def advance(self, *, days: float = 0, hours: float = 0, seconds: float = 0) -> str:
        """Move the site's clock on; returns its time in ISO form."""
        return str(self._ask("/__clock", {"advance": days * 86400 + hours * 3600 + seconds})["now"])

    def set_clock(self, moment: str) -> str:
        """Stop the site's clock at `YYYY-MM-DD[THH:MM]`, WIB; returns its time in ISO form."""
        return str(self._ask("/__clock", {"set": moment})["now"])

    def trouble(self, **switches: object) -> None:
        """Switch troubles on (`status={"code": 429}`, `edits=True`) or off (`status=None`)."""
        self._ask("/__troubles", switches)

    def calm(self) -> None:
        """Switch all troubles off."""
        self._ask("/__troubles", {"clear": True})

    def _ask(self, path: str, orders: object = None) -> Any:
        body = None if orders is None else json.dumps(orders).encode()
        with urlopen(Request(self.url + path, data=body), timeout=600) as answer:  # noqa: S310
            return json.load(answer)


@contextmanager
def running(*arguments: str) -> Iterator[Replica]:
    """A replica on a free port, started with the options of its command line; stopped at the end.

    Raises:
        ReplicaFailed: it did not start.
    """
    command = [sys.executable, "-m", "kompas_crawler.replica", "--exit-with-parent", *arguments]
    process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)  # noqa: S603
    with process:
        try:
            line = process.stdout.readline() if process.stdout else ""
            if not line.startswith(_MARK):
                raise ReplicaFailed(f"{' '.join(command)} wrote {line!r} instead of its address")
            yield Replica(line.removeprefix(_MARK).split(" ")[0].strip(), process.pid)
        finally:
            process.terminate()
            process.wait(timeout=30)
