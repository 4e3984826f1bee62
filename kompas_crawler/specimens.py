"""Specimens: pages of the current run on which something is amiss, in case the gate asks what it looks like.

A few pages of each kind and section: where in the raw archive they are, or, in a run that keeps none, the pages
themselves, compressed, in memory. On ordinary days nobody wants them. Also what the pages
that fit no layout look like, which is stored with every run that met one, in `shapes/<run_id>.json`. Judges nothing.
"""

from __future__ import annotations

import json
import logging
from collections import deque
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass, field
from itertools import islice
from typing import Any, Final

from isal import isal_zlib

from kompas_crawler.archive import Decision, RawPointer, read_exchange
from kompas_crawler.archive.quarantine import Sample, waiting_batches
from kompas_crawler.archive.staging import read_batch
from kompas_crawler.archive.storage import Storage, write_bytes
from kompas_crawler.errors import ArchiveError
from kompas_crawler.items import ParsedArticle
from kompas_crawler.quality import MEASURES
from kompas_crawler.quality.measures import UNPARSED
from kompas_crawler.site.addresses import ArticleAddress
from kompas_crawler.site.shape import Shape, shape_of

logger = logging.getLogger(__name__)

FOLDER: Final = "shapes"
KEPT: Final = 2
"""Pages that are kept of each kind in each section, the last ones."""
SHAPES: Final = 100
"""Pages without a layout whose shape is told; a run with more of them has told enough."""
STORED: Final = 20
"""Pages that are stored with one decision."""
ORDINARY: Final = "ordinary"
_LEVEL: Final = 0
"""Of ISA-L, its fastest: every page is packed where none is kept raw, and next to none is ever looked at."""


@dataclass(frozen=True, slots=True)
class _Specimen:
    article_id: str
    url: str
    page: RawPointer | bytes
    """Where it is kept; compressed where it is not."""

    def samples(self, storage: Storage, why: str) -> Iterator[Sample]:
        """Yield the page as a sample; nothing where the raw archive has lost it."""
        try:
            page = (
                read_exchange(storage, *self.page).body if isinstance(self.page, RawPointer) else _unpacked(self.page)
            )
        except ArchiveError as error:
            logger.warning("No sample of %s: %s", self.url, error)
        else:
            yield Sample(self.article_id, self.url, why, page)


def _unpacked(page: bytes) -> bytes:
    unpacked: bytes = isal_zlib.decompress(page)
    return unpacked


@dataclass(slots=True)
class Specimens:
    """The specimens of one run."""

    run_id: str
    _kept: dict[tuple[str, str], deque[_Specimen]] = field(default_factory=dict)
    _shapes: list[tuple[str, Shape]] = field(default_factory=list)

    def note(
        self, address: ArticleAddress, page: bytes, parsed: ParsedArticle | None, raw: RawPointer | None = None
    ) -> None:
        """Keep a page of an article, as it came, if it may be asked for.

        `parsed` is null when it could not be parsed, `raw` when it is not in the raw archive.
        """
        specimen: _Specimen | None = None
        for why in _amiss(parsed):
            specimen = specimen or _Specimen(address.article_id, address.url, raw or isal_zlib.compress(page, _LEVEL))
            self._kept.setdefault((why, address.section), deque(maxlen=KEPT)).append(specimen)
        if parsed is None and len(self._shapes) < SHAPES:
            self._shapes.append((address.url, shape_of(page)))

    def samples(self, decision: Decision, storage: Storage) -> Iterator[Sample]:
        """Yield pages for what a decision found, each once; ordinary ones where a finding is of no single page.

        `storage` is that of the raw pages, which must be durable.
        """
        wanted = [*decision.cells, *((ORDINARY, section) for _, section in decision.cells)]
        seen: set[str] = set()
        for why, section in wanted:
            for one in self._kept.get((why, section), ()):
                if one.article_id not in seen and len(seen) < STORED:
                    seen.add(one.article_id)
                    yield from one.samples(storage, f"{why} in {section}")

    def save(self, storage: Storage) -> None:
        """Write the shapes of the pages that fit no layout, if there were any. Raises `ArchiveError`."""
        if self._shapes:
            entries = [{"url": url, "summary": str(shape), **asdict(shape)} for url, shape in self._shapes]
            content = json.dumps({"run_id": self.run_id, "pages": entries}, indent=1, ensure_ascii=True)
            write_bytes(storage, f"{FOLDER}/{self.run_id}.json", content.encode() + b"\n")


def _amiss(parsed: ParsedArticle | None) -> Iterator[str]:
    """Yield the names of what is amiss with a page, `ordinary` among them for one that was read."""
    if parsed is None:
        yield UNPARSED
        return
    yield ORDINARY
    row: Mapping[str, Any] = {name: getattr(parsed.article, name) for name in parsed.article.__slots__}
    for measure in MEASURES:
        if measure.is_amiss(row):
            yield measure.name


def raw_samples(storage: Storage, decision: Decision) -> Iterator[Sample]:
    """Yield pages of a run that died, from its raw archive; none where it kept none or lost the end of it."""
    why = ", ".join(sorted({measure for measure, _ in decision.cells}))
    batches = (batch for batch in waiting_batches(storage, decision.run_id) if batch.kind == "articles")
    rows = (row for batch in batches for table in read_batch(storage, batch) for row in table.to_pylist())
    held = (row for row in rows if row["raw_file"] is not None and row["article_id"] in decision.withheld)
    for row in islice(held, STORED):
        kept = RawPointer(row["raw_file"], row["raw_offset"])
        yield from _Specimen(row["article_id"], row["url"], kept).samples(storage, why)
