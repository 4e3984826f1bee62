"""Shares of a commit: some articles each, which can be folded anywhere, beside any number of other shares.

Knows what is done for the articles of a share: their rows and revisions, or their links, from what is staged and what
the files hold to prepared files, which only the committer publishes. Refuses to know the index, the lock, and who does
a share where.

A month belongs to one share. An article that concerns more than one month belongs to none: the committer folds it.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Generator, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from itertools import islice
from typing import Final, Protocol, TypeVar

import pyarrow as pa
import pyarrow.compute as pc

from kompas_crawler.archive import partitions, staging
from kompas_crawler.archive.duplicates import Text, sign_long
from kompas_crawler.archive.fingerprint import Fingerprint
from kompas_crawler.archive.links import fold_links
from kompas_crawler.archive.months import Month
from kompas_crawler.archive.parquet import Stamp
from kompas_crawler.archive.partitions import Plan, Row, Staged
from kompas_crawler.archive.prepared import Prepared
from kompas_crawler.archive.storage import Storage, storage_at

T = TypeVar("T")
Made = TypeVar("Made")

ARTICLES_OF_SLICE: Final = 2_000
"""Articles that are folded at a time: some 10 MB of text staged, and as much held."""
ARTICLES_OF_SHARE: Final = 1_500
"""A share is full with so many; a month is never parted."""
FEWEST_APART: Final = 500
"""Fewer articles are folded sooner than shares are handed out."""


@dataclass(frozen=True, slots=True)
class Share:
    """Some articles of some months."""

    keys: tuple[str, ...]
    months: tuple[Month, ...]
    """Where all rows, revisions and links of these articles lie."""
    marks: Mapping[str, str] = field(default_factory=dict)
    """The originals of those among them that are known to be copies."""
    judged: frozenset[str] = frozenset()
    """Those whose text as staged has been compared with all others already."""


@dataclass(frozen=True, slots=True)
class Fold:
    """What all shares of a commit need to know."""

    location: str
    """Of the archive."""
    batches: tuple[staging.Batch, ...]
    stamp: Stamp


@dataclass(slots=True)
class Tally:
    """What became of articles."""

    new: int = 0
    changed: int = 0
    unchanged: int = 0
    gone: int = 0

    def __add__(self, other: Tally) -> Tally:
        return Tally(
            self.new + other.new,
            self.changed + other.changed,
            self.unchanged + other.unchanged,
            self.gone + other.gone,
        )


@dataclass(slots=True)
class Folded:
    """What became of a share."""

    folder: str
    """Where the files are prepared."""
    changes: tuple[tuple[str, bool], ...]
    months: set[Month]
    """Those whose files were written."""
    rows: list[Row] = field(default_factory=list)
    """What the index must know of each article that has a current row."""
    prints: list[Fingerprint] = field(default_factory=list)
    """Their fingerprints."""
    texts: list[Text] = field(default_factory=list)
    """Signed; of the articles whose text is still to be compared with all others."""
    written: list[str] = field(default_factory=list)
    """Of these articles the ones whose row was written, with the mark that it had."""
    tally: Tally = field(default_factory=Tally)


class Spread(Protocol):
    """Has shares done somewhere."""

    def __call__(self, work: Callable[[Share], Made], shares: Sequence[Share], /) -> Generator[tuple[Share, Made]]:
        """Yield each share with what it came to, as they end."""


def shares_of(keys: Mapping[Month, Sequence[str]], marks: Mapping[str, str], judged: Iterable[str]) -> list[Share]:
    """Return the shares of articles that are given by month, each of neighbouring months."""
    known = frozenset(judged)
    shares: list[Share] = []
    waiting: list[str] = []
    months: list[Month] = []
    for number, (month, some) in enumerate(sorted(keys.items()), start=1):
        months.append(month)
        waiting += some
        if len(waiting) >= ARTICLES_OF_SHARE or number == len(keys):
            own = {key: marks[key] for key in waiting if key in marks}
            shares.append(Share(tuple(waiting), tuple(months), own, known.intersection(waiting)))
            waiting, months = [], []
    return shares


def fold_articles(share: Share, fold: Fold) -> Folded:
    """Prepare the files of articles and revisions of a share. Raises `ArchiveError`."""
    storage = storage_at(fold.location)
    prepared = Prepared(storage)
    folded = Folded(prepared.folder, (), set())
    for keys in sliced(share.keys, ARTICLES_OF_SLICE):
        staged = Staged(
            staged_rows(storage, fold.batches, "articles", keys), staged_rows(storage, fold.batches, "events", keys)
        )
        made = partitions.plan(prepared, keys, staged, share.months)
        folded.months |= partitions.carry_out(prepared, made, share.marks, fold.stamp)
        rows, prints = made.current_rows()
        folded.rows += rows
        folded.prints += prints
        unjudged = [key for key in made.current() if key not in share.judged or made.before[key].current is not None]
        folded.texts += _signed(made, unjudged)
        folded.written += set(made.current_changes()).intersection(unjudged)
        folded.tally += tally(made)
    folded.changes = prepared.changes
    return folded


def fold_links_apart(share: Share, fold: Fold) -> Folded:
    """Prepare the files of links of a share. Raises `ArchiveError`."""
    storage = storage_at(fold.location)
    prepared = Prepared(storage)
    folded = Folded(prepared.folder, (), set())
    for keys in sliced(share.keys, ARTICLES_OF_SLICE):
        links = staged_rows(storage, fold.batches, "links", keys)
        articles = staged_rows(
            storage, fold.batches, "articles", keys, columns=("article_id", "fetched_at", "is_reread")
        )
        folded.months |= fold_links(prepared, links, fold.stamp, reread=reread(articles))
    folded.changes = prepared.changes
    return folded


def _signed(made: Plan, keys: Sequence[str]) -> list[Text]:
    texts = [made.text_of(key) for key in keys]
    signatures = sign_long([body for _, body in texts])
    return [Text(key, at, "", one) for key, (at, _), one in zip(keys, texts, signatures, strict=True)]


def staged_rows(
    storage: Storage,
    batches: Iterable[staging.Batch],
    kind: str,
    keys: Sequence[str],
    *,
    columns: Sequence[str] | None = None,
) -> pa.Table:
    """Return what batches of a kind say of some articles."""
    schema = staging.SCHEMAS[kind]
    expected = schema if columns is None else pa.schema([schema.field(name) for name in columns])
    tables = [
        table
        for batch in batches
        if batch.kind == kind
        for table in staging.read_batch(storage, batch, articles=keys, columns=columns)
    ]
    return pa.concat_tables([expected.empty_table(), *tables])


def reread(articles: pa.Table) -> dict[str, set[datetime]]:
    """Return the fetches whose raw records were read again, by article."""
    again = articles.filter(pc.fill_null(articles["is_reread"], fill_value=False)).select(["article_id", "fetched_at"])
    found: defaultdict[str, set[datetime]] = defaultdict(set)
    for row in again.to_pylist():
        found[row["article_id"]].add(row["fetched_at"])
    return found


def tally(made: Plan) -> Tally:
    """Return what became of the articles of a plan."""
    count = Tally()
    for key, history in made.after.items():
        before, after = made.before[key].current, history.current
        if after is None:
            continue
        if before is None:
            count.new += 1
        elif after.gone_at is not None and before.gone_at is None:
            count.gone += 1
        elif after.number != before.number:
            count.changed += 1
        else:
            count.unchanged += 1
    return count


def sliced(values: Iterable[T], size: int) -> Iterable[list[T]]:
    """Yield `values` in lists of `size`; the last one may be shorter."""
    iterator = iter(values)
    while some := list(islice(iterator, size)):
        yield some
