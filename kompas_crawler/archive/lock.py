"""The lock of an archive: one run at a time commits to it, and the next is told who holds it.

Knows how the owner is found alive or dead. On a disk the kernel keeps the lock (`flock`): it ends with its process,
however that ends, so none can be stale. In an object store the lock is an object that is put under the condition that
there is none; its owner renews it, and one that was not renewed for `STALE_AFTER`, or whose process on this machine is
dead, is taken over. Between reading and removing a stale lock another process may do the same; each owner therefore
looks whether the lock is its own after taking over and at every heartbeat: best effort, as such stores allow.
"""

from __future__ import annotations

import fcntl
import json
import os
import socket
import uuid
from contextlib import suppress
from dataclasses import asdict, dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from types import TracebackType
from typing import Final, Protocol, Self

from kompas_crawler.archive.durable import is_running
from kompas_crawler.archive.storage import LocalStorage, Storage, read, refusals, write_bytes
from kompas_crawler.errors import ArchiveLocked

NAME: Final = "archive.lock"
STALE_AFTER: Final = timedelta(minutes=15)
"""Age of the last heartbeat after which the owner of a lock in an object store counts as dead."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Owner:
    """Who holds a lock."""

    token: str
    run_id: str
    pid: int
    host: str
    since: str
    """ISO 8601, UTC."""
    heartbeat: str
    """The same."""

    @classmethod
    def this_process(cls, run_id: str) -> Self:
        """Return this process as an owner."""
        now = _now()
        return cls(
            token=uuid.uuid4().hex, run_id=run_id, pid=os.getpid(), host=socket.gethostname(), since=now, heartbeat=now
        )

    @classmethod
    def parsed(cls, content: bytes | None) -> Self | None:
        """Return the owner that a lock file names; None when it names none, or is being written."""
        with suppress(ValueError, TypeError):
            return cls(**json.loads(content or b""))
        return None

    def encoded(self) -> bytes:
        """Return the content of a lock file."""
        return json.dumps(asdict(self), indent=1).encode()

    @property
    def is_dead(self) -> bool:
        """Whether nothing is heard of the owner."""
        if self.host == socket.gethostname():
            return not is_running(self.pid)
        return datetime.now(UTC) - datetime.fromisoformat(self.heartbeat) > STALE_AFTER


class Lock(Protocol):
    """A lock that is held until the block ends."""

    def __enter__(self) -> Self: ...

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None: ...

    def heartbeat(self) -> None:
        """Say that the owner is alive. Raises `ArchiveLocked` when the lock was lost to another."""


def lock(storage: Storage, run_id: str) -> Lock:
    """Return the lock of an archive for a run, not yet taken. Entering raises `ArchiveLocked` when another has it."""
    if isinstance(storage, LocalStorage):
        return FileLock(storage.root / NAME, run_id)
    return ObjectLock(storage, run_id)


def holder(storage: Storage) -> Owner | None:
    """Return who holds the lock of an archive, by what its file says; None when nobody does.

    It takes no lock itself, so it never stands in the way of a run that begins. After a kill it names a process that
    `is_dead`: such a lock on a disk holds nobody off, and one in an object store is taken over.
    """
    return Owner.parsed(read(storage, NAME))


class FileLock:
    """A lock on a disk. The file stays when the lock is released, and names nobody."""

    def __init__(self, path: Path, run_id: str) -> None:
        self._path = path
        self._owner = Owner.this_process(run_id)
        self._descriptor: int | None = None

    def __enter__(self) -> Self:
        with refusals(f"cannot lock {self._path.parent}"):
            self._path.parent.mkdir(parents=True, exist_ok=True)
            descriptor = os.open(self._path, os.O_RDWR | os.O_CREAT, 0o666)
            try:
                fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError as error:
                os.close(descriptor)
                raise _refused(self._path.parent.as_posix(), Owner.parsed(self._path.read_bytes())) from error
            try:
                self._write(descriptor, self._owner.encoded())
            except OSError:
                os.close(descriptor)  # the kernel's lock would last as long as this process
                raise
            self._descriptor = descriptor
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        descriptor, self._descriptor = self._descriptor, None
        if descriptor is None:
            return
        with refusals(f"cannot release {self._path}"):
            try:
                os.ftruncate(descriptor, 0)
            finally:
                os.close(descriptor)

    def heartbeat(self) -> None:
        """Note the time in the file, for people and monitors."""
        self._owner = replace(self._owner, heartbeat=_now())
        if self._descriptor is not None:
            with refusals(f"cannot write {self._path}"):
                self._write(self._descriptor, self._owner.encoded())

    @staticmethod
    def _write(descriptor: int, content: bytes) -> None:
        os.pwrite(descriptor, content, 0)
        os.ftruncate(descriptor, len(content))


class ObjectLock:
    """A lock in an object store."""

    def __init__(self, storage: Storage, run_id: str) -> None:
        self._storage = storage
        self._owner = Owner.this_process(run_id)

    def __enter__(self) -> Self:
        if not self._storage.create(NAME, self._owner.encoded()):
            held = self._held_by()
            if held is not None and not held.is_dead:
                raise _refused(self._storage.location, held)
            self._storage.delete(NAME)
            if not self._storage.create(NAME, self._owner.encoded()):
                raise _refused(self._storage.location, self._held_by())
        self._require_own()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        held = self._held_by()
        if held is not None and held.token == self._owner.token:
            self._storage.delete(NAME)

    def heartbeat(self) -> None:
        """Renew the lock. Raises `ArchiveLocked` when another has taken it over."""
        self._require_own()
        self._owner = replace(self._owner, heartbeat=_now())
        write_bytes(self._storage, NAME, self._owner.encoded())

    def _held_by(self) -> Owner | None:
        return Owner.parsed(read(self._storage, NAME))

    def _require_own(self) -> None:
        held = self._held_by()
        if held is None or held.token != self._owner.token:
            raise _refused(self._storage.location, held)


def _refused(location: str, owner: Owner | None) -> ArchiveLocked:
    if owner is None:
        return ArchiveLocked(f"the archive {location} is held by another run that has just begun or ended: try again")
    return ArchiveLocked(
        f"the archive {location} is held by run {owner.run_id} (process {owner.pid} on {owner.host}, "
        f"since {owner.since}, last heard of {owner.heartbeat}): wait for it, or stop that process"
    )


def _now() -> str:
    return datetime.now(UTC).isoformat(timespec="seconds")
