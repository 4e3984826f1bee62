"""What must be true of raw files and of the rows that point into them. Changes nothing.

Knows that a file is whole records to its end, and that a pointer leads to the beginning of an answer; where that refers
to an earlier one for its payload, to that too. A record that no row needs any more may refer to one that was pruned.
`verify` asks.
"""

from __future__ import annotations

from array import array
from bisect import bisect_left
from collections.abc import Iterator

from kompas_crawler.archive import warc
from kompas_crawler.archive.appending import OPEN_FILES
from kompas_crawler.archive.raw import FOLDER, RawPointer
from kompas_crawler.archive.raw_reading import is_page, reference_of_record
from kompas_crawler.archive.storage import Storage, refusals
from kompas_crawler.archive.warc import DamagedRecord


class RawFiles:
    """The raw files of an archive, read once: eight bytes for each answer stay in memory."""

    def __init__(self, storage: Storage) -> None:
        self._storage = storage
        self._answers: dict[str, array[int]] = {}
        self._references: dict[RawPointer, RawPointer] = {}
        self.problems: list[tuple[str, str]] = []
        """Files that are damaged, with what is wrong with them."""
        for path in storage.files(FOLDER):
            if not path.startswith(OPEN_FILES):
                self._take(path)

    def __bool__(self) -> bool:
        """Return whether there are any."""
        return bool(self._answers)

    def _take(self, path: str) -> None:
        offsets = self._answers[path] = array("q")
        with refusals(f"cannot read {path} in {self._storage.location}"), self._storage.open(path) as stream:
            try:
                for record in warc.read(stream):
                    if record.offset is None or not is_page(record):
                        continue
                    offsets.append(record.offset)
                    reference = reference_of_record(record) if record.kind == "revisit" else None
                    if reference is not None:
                        self._references[RawPointer(path, record.offset)] = reference
            except DamagedRecord as damage:
                self.problems.append((path, str(damage)))

    def of_pointer(self, raw_file: str, raw_offset: int | None) -> Iterator[str]:
        """Yield why a pointer leads to no answer or to one without its payload; nothing when all is there."""
        yield from self._of_record(raw_file, raw_offset)
        reference = self._references.get(RawPointer(raw_file, raw_offset or 0))
        if reference is not None:
            yield from (f"its payload: {problem}" for problem in self._of_record(*reference))

    def _of_record(self, raw_file: str, raw_offset: int | None) -> Iterator[str]:
        offsets = self._answers.get(raw_file)
        if offsets is None:
            yield f"{raw_file} is not there"
            return
        at = bisect_left(offsets, raw_offset or 0)
        if at == len(offsets) or offsets[at] != raw_offset:
            yield f"no record of {raw_file} begins at byte {raw_offset}"
