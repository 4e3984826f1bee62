"""Units of work: what there is to read again, cut into pieces that can be done anywhere, in any order, more than once.

Knows raw files of the archive, WARC files of other tools and folders of saved pages, and how each is cut. Refuses to
know what is in the pages.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum
from itertools import islice
from pathlib import Path
from typing import IO, Any, Final

from kompas_crawler.archive import warc
from kompas_crawler.archive.raw import FOLDER as RAW
from kompas_crawler.archive.storage import Storage, refusals
from kompas_crawler.errors import ArchiveError, UsageError
from kompas_crawler.site.addresses import parse_article_address

BYTES_OF_UNIT: Final = 32 * 1024 * 1024
"""Of a WARC file: about a thousand pages, some seconds of work."""
PAGES_OF_UNIT: Final = 500
"""Of a folder."""
INDEX: Final = "index.jsonl"
_SUFFIXES: Final = (".warc", ".warc.gz")


class Kind(StrEnum):
    """What a unit reads."""

    RAW = "raw"
    """A piece of a raw file of the archive."""
    WARC = "warc"
    """A piece of a WARC file of any other tool."""
    FOLDER = "folder"
    """Some saved pages of a folder."""
    LOOSE = "loose"
    """Single records: pages of articles whose other pages lie beyond the border of a piece."""
    LOOKS = "looks"
    """A file of visits: when articles were seen to be unchanged or gone, and by which routes they were found."""


@dataclass(frozen=True, slots=True)
class Unit:
    """One piece of work."""

    kind: Kind
    path: str
    """A file in the archive (`raw`, `looks`), a file or folder of this machine, or for people (`loose`)."""
    start: int = 0
    """First byte of a file, first line of a folder, lines being ordered by article."""
    end: int | None = None
    """Where the next unit begins; null for the last."""
    is_alone: bool = False
    """No page of an article in it can belong to those of another unit."""
    places: tuple[tuple[str, str, int], ...] = ()
    """Of `loose`: kind, path and offset of each record."""

    @property
    def name(self) -> str:
        """The unit in words, e.g. `raw/2026/11/r1-00001.warc.gz 0`."""
        return f"{self.path} {self.start}"


def raw_units(storage: Storage) -> list[Unit]:
    """Return the units of all raw files of an archive, oldest run first. Raises `UsageError` when there are none."""
    paths = [path for path in storage.files(RAW) if path.endswith(_SUFFIXES)]
    if not paths:
        message = "keeps no raw pages; name WARC files or folders of pages, e.g. scrapy reparse pages.warc.gz"
        raise UsageError(f"the archive {storage.location} {message}")
    files_of = Counter(path.rpartition("/")[2].rpartition("-")[0] for path in paths)
    units: list[Unit] = []
    for path in paths:
        is_only = files_of[path.rpartition("/")[2].rpartition("-")[0]] == 1
        units += _pieces(Kind.RAW, path, _size(storage, path), is_sliceable=True, is_only=is_only)
    return units


def look_units(storage: Storage) -> list[Unit]:
    """Return the units of all books."""
    return [Unit(Kind.LOOKS, path) for path in storage.files("visits")]


def given_units(paths: Sequence[str]) -> list[Unit]:
    """Return the units of files and folders that a user names. Raises `UsageError` for one that cannot be read."""
    units: list[Unit] = []
    for given in dict.fromkeys(paths):
        path = Path(given)
        if path.is_dir():
            units += _folder_units(path)
        elif not path.is_file():
            raise UsageError(
                f"{given} is neither a file nor a folder; give .warc or .warc.gz files, or folders of pages"
            )
        elif not path.name.endswith(_SUFFIXES):
            raise UsageError(f"{given} is no WARC file by its name; give .warc or .warc.gz, or a folder with {INDEX}")
        else:
            with refusals(f"cannot read {path}"), path.open("rb") as stream:
                sliceable, size = _is_sliceable(stream, given), path.stat().st_size
            units += _pieces(Kind.WARC, given, size, is_sliceable=sliceable, is_only=True)
    return units


def folder_entries(folder: Path) -> list[dict[str, Any]]:
    """Return the entries of a folder's index, those of one article side by side.

    Each has at least `file` and `url`. Raises `UsageError` where an entry has not.
    """
    with refusals(f"cannot read {folder / INDEX}"):
        text = (folder / INDEX).read_text("utf-8")
    entries = [_entry(folder, number, line) for number, line in enumerate(text.splitlines(), start=1) if line.strip()]
    return sorted(entries, key=_article_of)


def _entry(folder: Path, number: int, line: str) -> dict[str, Any]:
    try:
        entry = json.loads(line)
    except ValueError:
        entry = None
    if not isinstance(entry, dict) or not all(isinstance(entry.get(name), str) for name in ("file", "url")):
        raise UsageError(f"{folder / INDEX} line {number}: expected an object with file and url, found {line[:80]!r}")
    return entry


def _article_of(entry: dict[str, Any]) -> str:
    address = parse_article_address(entry["url"].partition(" ")[0])
    return address.article_id if address else ""


def _folder_units(folder: Path) -> Iterator[Unit]:
    """Yield units that end where an article does."""
    if not (folder / INDEX).is_file():
        raise UsageError(f"{folder} holds no {INDEX}; give a folder of saved pages, or name the WARC files in it")
    articles = [_article_of(entry) for entry in folder_entries(folder)]
    start = 0
    while start < len(articles):
        end = min(start + PAGES_OF_UNIT, len(articles))
        while end < len(articles) and articles[end] and articles[end] == articles[end - 1]:
            end += 1
        yield Unit(Kind.FOLDER, str(folder), start, end, is_alone=True)
        start = end


def _size(storage: Storage, path: str) -> int:
    with refusals(f"cannot read {path} in {storage.location}"), storage.open(path) as stream:
        return stream.seek(0, 2)


def _pieces(kind: Kind, path: str, size: int, *, is_sliceable: bool, is_only: bool) -> Iterator[Unit]:
    starts = range(0, max(size, 1), BYTES_OF_UNIT) if is_sliceable else range(1)
    ends = [*starts[1:], None]
    is_alone = is_only and len(starts) == 1
    return (Unit(kind, path, start, end, is_alone) for start, end in zip(starts, ends, strict=True))


def _is_sliceable(stream: IO[bytes], path: str) -> bool:
    """Return whether a record can be found from the middle of a file: not where all of it is one gzip stream."""
    try:
        first = list(islice(warc.read(stream), 3))
    except warc.TornTail:
        return False
    except ArchiveError as error:
        raise UsageError(f"{path} is no WARC file: {error}") from error
    return all(record.offset is not None for record in first)
