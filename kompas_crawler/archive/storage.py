"""Files of the archive below one root: on a local disk, or in an object store.

Knows how to make a file appear whole or not at all, and turns every refusal of the disk or the store into an
`ArchiveError` that says what to do. Refuses to know what the files mean.

On a disk a file is written beside the tables (never among them, where a reader would meet it), flushed to the platter,
renamed to its place, and the folder is flushed. In an object store one put is atomic by itself.
"""

from __future__ import annotations

import errno
import io
import os
import socket
import sys
import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import IO, Any, Final, Protocol

import pyarrow as pa
import pyarrow.fs as pafs

from kompas_crawler.archive.durable import flush_folder, make_folders, rename_into_place, was_left_behind
from kompas_crawler.errors import ArchiveError

UNFINISHED: Final = ".unfinished"
"""Folder below the root in which files are written before they are renamed to their place."""

_ADVICE: Final = {
    errno.ENOSPC: "free some space",
    errno.EDQUOT: "free some space or raise the quota",
    errno.EFBIG: "raise the limit of the file size",
    errno.EROFS: "mount it for writing, or name another location",
    errno.EACCES: "give this user the right to write there, or name another location",
    errno.EPERM: "give this user the right to write there, or name another location",
}

_OF_CLIENTS: Final = (
    ("botocore.exceptions", "BotoCoreError"),
    ("botocore.exceptions", "ClientError"),
    ("aiohttp", "ClientError"),
    ("gcsfs.retry", "HttpError"),
    ("azure.core.exceptions", "AzureError"),
)
"""Module and name of what the clients below fsspec raise when a store cannot be reached or refuses."""


@contextmanager
def refusals(doing: str) -> Iterator[None]:
    """Turn an error of the disk or the store into an `ArchiveError` that names what was being done and what to do."""
    try:
        yield
    except ArchiveError:
        raise
    except pa.ArrowInvalid as error:
        raise ArchiveError(f"{doing}: {error}. If the file is damaged, restore or remove it") from error
    except _troubles() as error:
        number, text = (error.errno, error.strerror) if isinstance(error, OSError) else (None, None)
        advice = _ADVICE.get(number or 0, "see to the storage")
        raise ArchiveError(
            f"{doing}: {text or error}. What was reported as kept is safe: {advice}, then start again, "
            "and the archive goes on from there"
        ) from error


def _troubles() -> tuple[type[Exception], ...]:
    """Return the errors of disks, and those of the stores' clients in use: a client's own are no `OSError`."""
    return (OSError, *(getattr(sys.modules[module], name) for module, name in _OF_CLIENTS if module in sys.modules))


class Files(Protocol):
    """Files that can be read, replaced and removed. Paths are relative to the root, with `/`."""

    @property
    def location(self) -> str:
        """The root as the user named it."""

    def open(self, path: str) -> IO[bytes]:
        """Return a file open for reading. Raises `FileNotFoundError` when there is none."""

    def write(self, path: str, produce: Callable[[IO[bytes]], None]) -> None:
        """Make the file at `path` hold what `produce` writes, whole or not at all; it replaces what was there."""

    def delete(self, path: str) -> None:
        """Remove a file, and the folders that it leaves empty. No file is no error."""


class Storage(Files, Protocol):
    """What the archive needs of a place for files."""

    @property
    def filesystem(self) -> pafs.FileSystem:
        """The same files for `pyarrow.parquet` and `pyarrow.dataset`, paths relative to the root."""

    def create(self, path: str, content: bytes) -> bool:
        """Make a file that must not exist yet. Returns False when there was one."""

    def move(self, path: str, target: str) -> None:
        """Give a file another place, at once; it replaces what was there."""

    def files(self, folder: str) -> list[str]:
        """Return the paths of all files in and below a folder (`.` is the root), sorted. Empty when there is none."""

    def discard_unfinished(self) -> int:
        """Remove what writers that died have left half written. Returns how many files."""


def read(storage: Storage, path: str) -> bytes | None:
    """Return the content of a file, None when there is none."""
    with refusals(f"cannot read {path} in {storage.location}"):
        try:
            with storage.open(path) as file:
                return file.read()
        except FileNotFoundError:
            return None


def write_bytes(storage: Storage, path: str, content: bytes) -> None:
    """Make the file at `path` hold `content`, whole or not at all."""

    def produce(sink: IO[bytes]) -> None:
        sink.write(content)

    storage.write(path, produce)


class LocalStorage:
    """A folder of this machine. Made with its parents when the first file is written."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self._unfinished = root / UNFINISHED

    @property
    def location(self) -> str:
        """The folder."""
        return str(self.root)

    @property
    def filesystem(self) -> pafs.FileSystem:
        """The folder as pyarrow sees it."""
        return pafs.SubTreeFileSystem(str(self.root.absolute()), pafs.LocalFileSystem())

    def open(self, path: str) -> IO[bytes]:
        """Return a file open for reading; it stays the same file when another is renamed over it."""
        return (self.root / path).open("rb")

    def write(self, path: str, produce: Callable[[IO[bytes]], None]) -> None:
        """Write, flush, rename, flush the folder. The mode of the file follows the umask."""
        with refusals(f"cannot write {path} in {self.location}"):
            make_folders(self._unfinished)
            unfinished = self._unfinished / f"{socket.gethostname()}.{os.getpid()}.{uuid.uuid4().hex}"
            try:
                with unfinished.open("xb") as file:
                    produce(file)
                    file.flush()
                    os.fsync(file.fileno())
                rename_into_place(unfinished, self.root / path)
            finally:
                unfinished.unlink(missing_ok=True)

    def create(self, path: str, content: bytes) -> bool:
        """Make a file that must not exist yet."""
        target = self.root / path
        with refusals(f"cannot write {path} in {self.location}"):
            make_folders(target.parent)
            try:
                with target.open("xb") as file:
                    file.write(content)
            except FileExistsError:
                return False
            return True

    def move(self, path: str, target: str) -> None:
        """Rename, and flush the folder."""
        with refusals(f"cannot move {path} to {target} in {self.location}"):
            rename_into_place(self.root / path, self.root / target)

    def files(self, folder: str) -> list[str]:
        """Return the paths of all files in and below a folder, sorted.

        Names that begin with a dot are none of ours: file managers and network file systems leave such files behind.
        """
        with refusals(f"cannot list {folder} in {self.location}"):
            found = (
                Path(parent, name).relative_to(self.root).as_posix()
                for parent, _, names in os.walk(self.root / folder)
                for name in names
                if not name.startswith(".")
            )
            return sorted(found)

    def delete(self, path: str) -> None:
        """Remove a file, and the folders that it leaves empty."""
        target = self.root / path
        with refusals(f"cannot remove {path} in {self.location}"):
            target.unlink(missing_ok=True)
            for folder in target.parents:
                if folder == self.root:
                    break
                with suppress(FileNotFoundError):
                    if any(folder.iterdir()):
                        flush_folder(folder)
                        break
                    with suppress(OSError):
                        folder.rmdir()

    def discard_unfinished(self) -> int:
        """Remove unfinished files of dead processes of this machine; those of other machines cannot be judged."""
        if not self._unfinished.is_dir():
            return 0
        with refusals(f"cannot clear {UNFINISHED} in {self.location}"):
            dead = [path for path in self._unfinished.iterdir() if was_left_behind(path)]
            for path in dead:
                path.unlink(missing_ok=True)
        return len(dead)


class ObjectStorage:
    """A prefix of an object store, reached through `fsspec` (`s3://bucket/prefix`)."""

    def __init__(self, location: str) -> None:
        self._location = location
        self._fs, self._root = _fsspec(location)

    @property
    def location(self) -> str:
        """The address."""
        return self._location

    @property
    def filesystem(self) -> pafs.FileSystem:
        """The prefix as pyarrow sees it."""
        return pafs.SubTreeFileSystem(self._root, pafs.PyFileSystem(pafs.FSSpecHandler(self._fs)))

    def open(self, path: str) -> IO[bytes]:
        """Return an object open for reading."""
        file: IO[bytes] = self._fs.open(self._path(path), "rb")
        return file

    def write(self, path: str, produce: Callable[[IO[bytes]], None]) -> None:
        """Produce the content in memory, then put it: a failure while producing leaves the old object."""
        content = io.BytesIO()
        produce(content)
        with refusals(f"cannot write {path} in {self.location}"):
            self._fs.pipe_file(self._path(path), content.getvalue())

    def create(self, path: str, content: bytes) -> bool:
        """Put under the condition that there is no such object."""
        with refusals(f"cannot write {path} in {self.location}"):
            try:
                self._fs.pipe_file(self._path(path), content, mode="create")
            except FileExistsError:
                return False
            return True

    def move(self, path: str, target: str) -> None:
        """Have the store copy the object, then remove the first one."""
        with refusals(f"cannot move {path} to {target} in {self.location}"):
            self._fs.copy(self._path(path), self._path(target))
            self._fs.rm_file(self._path(path))

    def files(self, folder: str) -> list[str]:
        """Return the paths of all objects below a prefix, sorted; always asked of the store anew."""
        with refusals(f"cannot list {folder} in {self.location}"):
            self._fs.invalidate_cache()
            prefix = self._root + "/"
            return sorted(path.removeprefix(prefix) for path in self._fs.find(self._path(folder)))

    def delete(self, path: str) -> None:
        """Remove an object."""
        with refusals(f"cannot remove {path} in {self.location}"), suppress(FileNotFoundError):
            self._fs.rm_file(self._path(path))

    def discard_unfinished(self) -> int:
        """Do nothing: a put that is not finished leaves nothing."""
        return 0

    def _path(self, path: str) -> str:
        return self._root if path == "." else f"{self._root}/{path}"


def storage_at(location: str) -> Storage:
    """Return the storage at a local path (`output`, `/srv/kompas`) or an address (`s3://bucket/prefix`).

    Raises `ArchiveError` when the address needs a package that is not installed, or holds a password.
    """
    scheme, separator, rest = location.partition("://")
    if not separator:
        return LocalStorage(Path(location))
    if "@" in rest.partition("/")[0]:
        raise ArchiveError(
            f"the address of the archive ({scheme}://…) holds a name or a password, which would stand in logs and "
            "records: leave them out, and give them by the environment or the configuration of the store's client"
        )
    return LocalStorage(Path(rest)) if scheme == "file" else ObjectStorage(location)


def _fsspec(location: str) -> tuple[Any, str]:
    try:
        from fsspec.core import url_to_fs  # type: ignore[import-untyped]  # fsspec ships no types

        fs, root = url_to_fs(location)
    except ImportError as error:
        raise ArchiveError(f"{location} needs another package: run `pip install 'kompas-crawler[s3]'`") from error
    except ValueError as error:
        raise ArchiveError(f"{location} is not an address that can hold an archive: {error}") from error
    return fs, root.rstrip("/")
