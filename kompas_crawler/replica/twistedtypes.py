"""The parts of Twisted that the replica uses, with types; Twisted's own web classes come without."""

from __future__ import annotations

from typing import Any, Protocol

from twisted.internet import reactor as _reactor

# Twisted chooses the reactor when it is imported, so a type checker cannot know which it is.
reactor: Any = _reactor

NOT_DONE_YET = 1
"""What `render` returns when the answer comes on its own; `twisted.web.server.NOT_DONE_YET`."""


class HttpRequest(Protocol):
    """`twisted.web.http.Request`."""

    method: bytes
    uri: bytes
    path: bytes
    code: int
    startedWriting: int  # noqa: N815  # Twisted's name
    clientproto: bytes
    content: Any
    channel: Any

    def getHeader(self, key: bytes) -> bytes | None:  # noqa: N802
        """A header of the request."""

    def setHeader(self, name: bytes, value: bytes) -> None:  # noqa: N802
        """Set a header of the answer."""

    def setResponseCode(self, code: int) -> None:  # noqa: N802
        """Set the status of the answer."""

    def write(self, data: bytes) -> None:
        """Send a piece of the body, after the headers."""

    def finish(self) -> None:
        """End the answer."""

    def notifyFinish(self) -> Any:  # noqa: N802
        """A Deferred that fails when the client goes away before the end."""
