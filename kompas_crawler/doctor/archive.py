"""The archive: whether it can be written, how much room there is, its lock, its index, and what a kill left behind."""

from __future__ import annotations

import fcntl
import os
import uuid
from collections.abc import Iterator
from contextlib import closing
from datetime import datetime, timedelta
from pathlib import Path
from typing import Final

from kompas_crawler.archive import Archive
from kompas_crawler.archive.index import Index
from kompas_crawler.archive.marker import last_commit
from kompas_crawler.archive.runs import last_arguments
from kompas_crawler.archive.storage import LocalStorage, Storage, write_bytes
from kompas_crawler.archive.verify import leftovers
from kompas_crawler.console import size
from kompas_crawler.doctor.findings import Finding, fault, fine, warning
from kompas_crawler.errors import ArchiveError, SchemaMismatch
from kompas_crawler.standing.holdings import holdings
from kompas_crawler.standing.status import Holder, disk_of, nearest_folder

SILENT_AFTER: Final = timedelta(hours=1)
"""A run that holds the lock says that it is alive every few minutes."""
SPARE: Final = 2
"""There should be room for so many times what is free at least before it gets tight."""


def of_writing(storage: Storage) -> Iterator[Finding]:
    """Yield whether files can be made, flushed, renamed, locked and removed where the archive is or will be."""
    try:
        if isinstance(storage, LocalStorage):
            _try_to_write(nearest_folder(storage.root), storage.root)
        else:
            name = f".doctor-{uuid.uuid4().hex}"
            write_bytes(storage, name, b"")
            storage.delete(name)
    except (OSError, ArchiveError) as error:
        reason = error.strerror if isinstance(error, OSError) and error.strerror else str(error)
        remedy = "give this user the right to write there, mount it for writing, or name another KOMPAS_OUTPUT"
        yield fault("writing", f"nothing can be written to {storage.location}: {reason}", remedy)
        return
    yield fine("writing", f"{storage.location} can be written")


def _try_to_write(folder: Path, root: Path) -> None:
    """Make a file as a commit does, and remove it. Raises `OSError` where that cannot be done."""
    if folder != root.absolute() and folder in root.absolute().parents:
        below = folder / root.absolute().relative_to(folder).parts[0]
        if below.exists():
            raise NotADirectoryError(f"{below} is no folder")
    first, second = (folder / f".doctor-{uuid.uuid4().hex}" for _ in range(2))
    try:
        with first.open("xb") as file:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            file.write(b"kompas")
            file.flush()
            os.fsync(file.fileno())
        first.rename(second)
    finally:
        first.unlink(missing_ok=True)
        second.unlink(missing_ok=True)


def of_disk(storage: Storage, least_bytes: float) -> Iterator[Finding]:
    """Yield whether the disk has room; `least_bytes` is what has to be free."""
    disk = disk_of(storage)
    if disk is None:
        yield fine("disk", "the archive is in an object store")
        return
    message = f"{size(disk.free_bytes)} free of {size(disk.total_bytes)} at {storage.location}"
    remedy = "free some space, or name another place with KOMPAS_OUTPUT"
    if disk.free_bytes < least_bytes:
        yield fault("disk", f"{message}; {size(least_bytes)} should be", remedy)
    elif disk.free_bytes < SPARE * least_bytes:
        yield warning("disk", message, remedy)
    else:
        yield fine("disk", message)


def of_lock(holder: Holder | None, now: datetime) -> Iterator[Finding]:
    """Yield who holds the lock, and whether that is as it should be."""
    if holder is None:
        yield fine("lock", "free")
        return
    who = f"{holder.run_id} (process {holder.pid} on {holder.host})"
    silent = now - datetime.fromisoformat(holder.heartbeat)
    if holder.is_dead:
        yield warning("lock", f"{who} was killed while it held the lock; it holds nobody off", "run `scrapy commit`")
    elif silent > SILENT_AFTER:
        message = f"{who} holds the lock and was last heard of {silent.total_seconds() / 3600:.0f} hours ago"
        yield fault("lock", message, f"look at its log; if it hangs, end process {holder.pid} on {holder.host}")
    else:
        message = f"{who} holds the lock since {holder.since}; another crawl would end with exit code 5"
        yield warning("lock", message, "wait until it has ended")


def of_index(archive: Archive) -> Iterator[Finding]:
    """Yield whether the index shows what the Parquet files hold."""
    remedy = "run `scrapy rebuild-index`; the next crawl does so too, before it begins"
    try:
        latest = last_commit(archive.storage)
        rows = next((one.rows for one in holdings(archive.storage) if one.name == "articles"), 0) or 0
        if not archive.index_path.is_file():
            if rows:
                yield warning("index", f"there is none beside {rows:,} articles", remedy)
            else:
                yield fine("index", "none yet: nothing is held")
            return
        with closing(Index(archive.index_path, read_only=True)) as index:
            if not index.reflects(latest):
                yield warning("index", f"{archive.index_path} does not show the last commit", remedy)
                return
        with archive.agenda_as_it_is() as agenda:
            known = agenda.count_held() if agenda is not None else 0
    except SchemaMismatch as error:
        yield fault("index", str(error), "run `scrapy migrate`, or install the software that it names")
        return
    except ArchiveError as error:
        yield fault("index", str(error), "run `scrapy rebuild-index`, then `scrapy verify`")
        return
    if known != rows:
        yield fault("index", f"it knows {known:,} articles, the files hold {rows:,}", "run `scrapy rebuild-index`")
    else:
        yield fine("index", f"in step with {rows:,} articles")


def of_leftovers(storage: Storage, holder: Holder | None) -> Iterator[Finding]:
    """Yield what a killed run left behind; while one is under way nothing can be said."""
    if holder is not None and not holder.is_dead:
        yield fine("leftovers", f"not looked at while {holder.run_id} is under way")
        return
    found = list(leftovers(storage))
    for finding in found:
        yield warning("leftovers", f"{finding.where}: {finding.problem}", finding.remedy)
    if not found:
        yield fine("leftovers", "none")


def of_kind(storage: Storage, replica: str | None) -> Iterator[Finding]:
    """Yield whether a crawl would mix invented articles of a replica with real ones, which it refuses to."""
    last = last_arguments(storage)
    if last is not None and ("kompas_replica" in last) != bool(replica):
        held = "of a replica, invented" if "kompas_replica" in last else "of the live site"
        message = f"{storage.location} holds articles {held}; a crawl with these settings is refused there"
        yield fault("archive", message, "name another place with KOMPAS_OUTPUT, or set or unset KOMPAS_REPLICA")
