"""How the crawls of a fleet and its lane talk: an address with a token, and JSON objects, one a line.

Knows the form of what is said and its bounds. No pickle: what arrives is data, whoever sent it.
"""

from __future__ import annotations

import hmac
import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final, Self
from urllib.parse import urlsplit

from kompas_crawler.errors import KompasError, UsageError

LONGEST_LINE: Final = 1024 * 1024
"""Bytes. The longest that is ever said is a robots.txt, of which 500 KiB are read (RFC 9309)."""


class WireError(KompasError):
    """What came over the wire is not what the fleet's lane and its crawls say to one another."""


@dataclass(frozen=True, slots=True)
class LaneAddress:
    """Where a fleet's lane is, and the word that opens it."""

    host: str
    port: int
    token: str

    @classmethod
    def parse(cls, text: str) -> Self:
        """Return the address that `tcp://TOKEN@HOST:PORT` names. Raises `UsageError`, without naming the token.

        >>> LaneAddress.parse("tcp://secret@10.0.0.5:4001").host
        '10.0.0.5'
        """
        try:
            parts = urlsplit(text)
            host, port, token = parts.hostname, parts.port, parts.username
        except ValueError:
            host = port = token = None
        if not (host and port and token and text.startswith("tcp://")):
            raise UsageError("KOMPAS_LANE is not usable: its form is tcp://TOKEN@HOST:PORT, and a back-fill gives it")
        return cls(host, port, token)

    def __str__(self) -> str:
        host = f"[{self.host}]" if ":" in self.host else self.host
        return f"tcp://{self.token}@{host}:{self.port}"


@dataclass(frozen=True, slots=True)
class Stop:
    """Why a whole fleet stops."""

    exit_code: int
    reason: str
    """Short and machine-readable."""
    message: str
    """For people."""


FLEET_WIDE: Final = frozenset({"blocked", "retry_after", "reservation"})
"""Reasons for which one crawl stops that stop all: the site said so."""


def encode(**words: Any) -> bytes:
    """Return one line.

    >>> encode(do="ask")
    b'{"do":"ask"}\\n'
    """
    return json.dumps(words, separators=(",", ":")).encode() + b"\n"


def decode(line: bytes) -> dict[str, Any]:
    """Return what a line says. Raises `WireError`."""
    try:
        said = json.loads(line)
    except ValueError as error:
        raise WireError("a line that is no JSON") from error
    if not isinstance(said, dict):
        raise WireError("a line that is no object")
    return said


def stop_of(said: Mapping[str, Any]) -> Stop:
    """Return the order to stop that an object holds. Raises `WireError`."""
    code, reason, message = said.get("exit_code"), said.get("reason"), said.get("message")
    if not isinstance(code, int) or not isinstance(reason, str) or not isinstance(message, str):
        raise WireError("an order to stop without exit_code, reason and message")
    return Stop(code, reason, message)


def number(said: Mapping[str, Any], name: str) -> float:
    """Return a finite number from 0 up that an object holds. Raises `WireError`."""
    value = said.get(name)
    if isinstance(value, bool) or not isinstance(value, int | float) or not 0 <= value < float("inf"):
        raise WireError(f"{name} is no number from 0 up")
    return float(value)


def text(said: Mapping[str, Any], name: str) -> str:
    """Return a text that an object holds. Raises `WireError`."""
    value = said.get(name)
    if not isinstance(value, str):
        raise WireError(f"{name} is no text")
    return value


def opens(given: object, token: str) -> bool:
    """Return whether a word is the token, in a time that does not tell how much of it was right."""
    return isinstance(given, str) and hmac.compare_digest(given.encode(), token.encode())
