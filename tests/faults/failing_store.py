"""An object store in memory that fails: the n-th call is refused, done and then refused, or late.

Registered with fsspec as `failing://`, so that an archive is put there by its address, as in any other store.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, ClassVar

import fsspec
from fsspec.implementations.memory import MemoryFileSystem


@dataclass(slots=True)
class Failure:
    """What happens to a call."""

    at: int
    """Number of the call, from 0; -1: none."""
    kind: str = "reset"
    times: int = 1
    """So many calls in a row."""
    seconds: float = 0.0
    """How late every answer is."""


def _error(kind: str) -> Exception:
    errors: dict[str, Callable[[], Exception]] = {
        "reset": lambda: ConnectionResetError(104, "Connection reset by peer"),
        "refused": lambda: ConnectionRefusedError(111, "Connection refused"),
        "timeout": lambda: TimeoutError("the store did not answer"),
        "forbidden": lambda: PermissionError("Access Denied"),
        "busy": lambda: OSError(16, "Please reduce your request rate."),
        "no bucket": lambda: FileNotFoundError("The specified bucket does not exist"),
        "unreachable": _unreachable,
        "disconnected": _disconnected,
    }
    return errors[kind]()


def _unreachable() -> Exception:
    from botocore.exceptions import EndpointConnectionError

    return EndpointConnectionError(endpoint_url="http://store.example")


def _disconnected() -> Exception:
    from aiohttp import ServerDisconnectedError

    return ServerDisconnectedError()


class FailingStore(MemoryFileSystem):
    """A store of this process, with a failure that all its instances share."""

    protocol = ("failing",)
    store: ClassVar[dict[str, Any]] = {}
    pseudo_dirs: ClassVar[list[str]] = [""]
    failure: ClassVar[Failure] = Failure(-1)
    count: ClassVar[int] = 0

    @classmethod
    def _strip_protocol(cls, path: str) -> str:
        stripped: str = MemoryFileSystem._strip_protocol(path.removeprefix("failing://"))
        return stripped

    @classmethod
    def begin(cls, failure: Failure) -> None:
        """Count calls from here, with this failure to come."""
        cls.failure, cls.count = failure, 0

    @classmethod
    def empty(cls) -> None:
        """Forget every object."""
        cls.store.clear()
        cls.pseudo_dirs[:] = [""]

    def _call(self, call: Callable[[], Any]) -> Any:
        failure, number = FailingStore.failure, FailingStore.count
        FailingStore.count += 1
        if failure.seconds:
            threading.Event().wait(failure.seconds)  # the trouble itself: a store that is slow
        is_hit = 0 <= failure.at <= number < failure.at + failure.times
        if is_hit and failure.kind == "done all the same":
            call()
            raise _error("reset")
        if is_hit:
            raise _error(failure.kind)
        return call()

    def pipe_file(self, path: str, value: bytes, mode: str = "overwrite", **more: Any) -> Any:
        return self._call(lambda: super(FailingStore, self).pipe_file(path, value, mode=mode, **more))

    def rm_file(self, path: str) -> Any:
        return self._call(lambda: super(FailingStore, self).rm_file(path))

    def find(self, path: str, *args: Any, **more: Any) -> Any:
        return self._call(lambda: super(FailingStore, self).find(path, *args, **more))

    def open(self, path: str, *args: Any, **more: Any) -> Any:
        return self._call(lambda: super(FailingStore, self).open(path, *args, **more))


fsspec.register_implementation("failing", FailingStore, clobber=True)
