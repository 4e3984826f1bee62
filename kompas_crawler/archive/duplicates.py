"""Near-duplicates: which article is a copy of which earlier one, kept up to date as articles arrive.

Knows word shingles, MinHash signatures and the two SQLite tables that find similar signatures without comparing all
pairs. Refuses to know Parquet, files and commits: it is handed bodies and answers with the marks that change.

The marking is a function of the set of articles alone, whatever the order in which they came:
in order of publication, an article is a *copy* when its estimated similarity to an earlier *original* reaches
`THRESHOLD`, and then it points to the earliest such original; otherwise it is an original itself. So a mark never
points to another copy, and a series of templates that drifts from day to day is not swallowed by its first member.
When an earlier article arrives late (a back-fill), or a body changes, only the articles similar to it are judged anew.

Method: Broder, *On the resemblance and containment of documents* (1997); signatures of `rensa`, eight bits of each
slot kept (Li and König, *b-bit minwise hashing*, 2010), locality-sensitive banding.
"""

from __future__ import annotations

import heapq
import operator
import re
import sqlite3
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import islice
from typing import Final, NamedTuple

from rensa import RMinHash

THRESHOLD: Final = 0.8
"""Estimated Jaccard similarity of the shingles from which an article counts as a copy."""
MIN_WORDS: Final = 50
"""Shorter bodies are never matched: captions and notices resemble one another without being copies."""
SHINGLE_WORDS: Final = 3
SLOTS: Final = 128
BANDS: Final = 12
BAND_SLOTS: Final = 5
"""12 bands of 5 slots find a pair of similarity 0.8 with probability 0.991, of 0.85 with 0.999, of 0.3 with 0.03."""
SEED: Final = 0x6B6F6D7061

METHOD: Final = f"rminhash{RMinHash.ALGORITHM_VERSION}-{SLOTS}x8-{BANDS}x{BAND_SLOTS}-w{SHINGLE_WORDS}-seed{SEED:x}"
"""Names everything a stored signature depends on. Signatures of another method cannot be compared."""

_BATCH_ROWS = 50
"""Texts that are signed and judged together: the words and shingles of one take a hundred times its space."""
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_WORD = re.compile(r"\w+")
_ASCII_WORDS = {code: " " for code in range(128) if not _WORD.match(chr(code))}
"""What parts words, for a text in ASCII."""
_TABLES = (
    """CREATE TABLE IF NOT EXISTS near_duplicates (
        number INTEGER PRIMARY KEY,
        article_id TEXT NOT NULL UNIQUE,
        published_us INTEGER NOT NULL,
        duplicate_of TEXT,
        signature BLOB NOT NULL
    )""",
    """CREATE TABLE IF NOT EXISTS near_bands (
        band INTEGER NOT NULL,
        number INTEGER NOT NULL,
        PRIMARY KEY (band, number)
    ) WITHOUT ROWID""",
    "CREATE TABLE IF NOT EXISTS near_method (method TEXT PRIMARY KEY)",
)
_SELECT = "SELECT d.published_us, d.article_id, d.number, d.duplicate_of, d.signature FROM near_duplicates AS d"


@dataclass(frozen=True, slots=True)
class Text:
    """What the marking needs of one article."""

    article_id: str
    published_at: datetime
    """Aware; decides which of two similar articles is the original (the key decides between equal times)."""
    body: str
    signature: bytes | None = None
    """Of the body, where that was signed before, and is not needed then; empty for one that is never matched."""


class _Entry(NamedTuple):
    """One signed article as the tables hold it. The first two fields are its precedence."""

    published_us: int
    article_id: str
    number: int
    duplicate_of: str | None
    signature: bytes


def words_of(body: str) -> list[str]:
    r"""Return the words of `body`, every `\w+` of it, in lower case.

    >>> words_of("Di Jl. H.R. Rasuna (Said), 21.30")
    ['di', 'jl', 'h', 'r', 'rasuna', 'said', '21', '30']
    """
    folded = body.casefold()
    # In a third of the time, where that is possible.
    return folded.translate(_ASCII_WORDS).split() if folded.isascii() else _WORD.findall(folded)


def shingles(words: Sequence[str]) -> list[str]:
    """Return every run of three words.

    >>> shingles(words_of("Hujan deras, lalu banjir."))
    ['hujan deras lalu', 'deras lalu banjir']
    """
    return list(map(" ".join, zip(words, words[1:], words[2:], strict=False)))


def sign(bodies: Iterable[str]) -> list[bytes]:
    """Return the signature of each body, in order: the lowest eight bits of each of its 128 MinHash slots.

    The same text gives the same signature in every run and on every machine.
    """
    return _signed(map(words_of, bodies))


def sign_long(bodies: Sequence[str]) -> list[bytes]:
    """Return the signature of each body, in order; an empty one where it is too short to be matched."""
    words = [words_of(body) for body in bodies]
    signatures = iter(_signed(some for some in words if len(some) >= MIN_WORDS))
    return [next(signatures) if len(some) >= MIN_WORDS else b"" for some in words]


def _signed(texts: Iterable[Sequence[str]]) -> list[bytes]:
    signatures: list[bytes] = []
    waiting = iter(texts)
    while some := list(islice(waiting, _BATCH_ROWS)):
        digests = RMinHash.digests_from_token_sets([shingles(words) for words in some], SLOTS, SEED)
        signatures += [bytes(slot & 0xFF for slot in digest) for digest in digests]
    return signatures


def estimated_similarity(one: bytes, other: bytes) -> float:
    """Return the Jaccard similarity of two bodies' shingles as their signatures estimate it (σ = 0.035 at 0.8).

    Two unlike slots share their eight bits once in 256 times; the estimate is corrected for it, and can so be
    slightly below zero.

    >>> first, second = sign(["pasar ditutup sementara karena banjir"] * 2)
    >>> estimated_similarity(first, second)
    1.0
    """
    agreeing: float = sum(map(operator.eq, one, other)) / SLOTS
    return (agreeing - 1 / 256) / (1 - 1 / 256)


def bands(signature: bytes) -> list[int]:
    """Return the twelve keys under which a signature is looked up: number and content of each band.

    >>> [hex(band) for band in bands(bytes(range(128)))[:2]]
    ['0x1020304', '0x10506070809']
    """
    return [
        number << 8 * BAND_SLOTS | int.from_bytes(signature[number * BAND_SLOTS : (number + 1) * BAND_SLOTS])
        for number in range(BANDS)
    ]


class NearDuplicates:
    """The marks of an archive, in two tables of its SQLite index. The caller owns the transaction."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._connection = connection
        for statement in _TABLES:
            connection.execute(statement)

    @property
    def is_current(self) -> bool:
        """Every signature was made by the method of this software. If not: `clear`, and sign everything again."""
        stored = {method for (method,) in self._connection.execute("SELECT method FROM near_method")}
        return stored <= {METHOD}

    def update(self, texts: Iterable[Text]) -> dict[str, str | None]:
        """Take in new or changed articles and return the marks that differ from before, by article id.

        A value is the id of the original, or None where an article is no longer a copy. An article that was not known
        before is in the answer only when it is a copy. The answer can name articles outside `texts`: those that an
        earlier publication, arriving late, turned into copies, or whose original has changed.
        Bodies under `MIN_WORDS` words leave the comparison. Taking in the same articles again changes nothing.
        """
        self._connection.execute("INSERT OR IGNORE INTO near_method VALUES (?)", (METHOD,))
        before: dict[str, str | None] = {}
        arriving = iter(texts)
        while some := list(islice(arriving, _BATCH_ROWS)):
            newest = {text.article_id: text for text in some}
            self._judge(self._replace(list(newest.values()), before), before)
        after = ((article_id, self.original_of(article_id)) for article_id in before)
        return {article_id: mark for article_id, mark in after if mark != before[article_id]}

    def original_of(self, article_id: str) -> str | None:
        """Return the id of the article that `article_id` is a copy of; None when it is no copy or not known."""
        entry = self._entry(article_id)
        return entry.duplicate_of if entry else None

    def marks(self) -> Iterator[tuple[str, str]]:
        """Yield (copy, original) for every copy, in order of the copy's id."""
        yield from self._connection.execute(
            "SELECT article_id, duplicate_of FROM near_duplicates WHERE duplicate_of IS NOT NULL ORDER BY article_id"
        )

    def clear(self) -> None:
        """Forget every article, and whatever another method left behind."""
        self._connection.execute("DELETE FROM near_bands")
        self._connection.execute("DELETE FROM near_duplicates")
        self._connection.execute("DELETE FROM near_method")

    def _replace(self, texts: Sequence[Text], before: dict[str, str | None]) -> set[str]:
        """Store the signatures of `texts`, note their marks in `before`, return the ids to be judged anew."""
        doubtful: set[str] = set()
        for text in texts:
            old = self._entry(text.article_id)
            before.setdefault(text.article_id, old.duplicate_of if old else None)
            if old is None:
                continue
            if old.duplicate_of is None:
                doubtful.update(entry.article_id for entry in self._later(old))
            self._delete(old)
        unsigned = iter(sign_long([text.body for text in texts if text.signature is None]))
        for text in texts:
            if signature := text.signature if text.signature is not None else next(unsigned):
                self._insert(text, signature)
                doubtful.add(text.article_id)
        return doubtful

    def _judge(self, doubtful: set[str], before: dict[str, str | None]) -> None:
        """Settle the marks of `doubtful` and of whatever depends on them, in order of publication.

        A mark depends on earlier articles only, so when an article is reached, all it depends on is settled.
        """
        fresh = doubtful & before.keys()
        queue = [entry for article_id in doubtful if (entry := self._entry(article_id))]
        heapq.heapify(queue)
        queued = {entry.article_id for entry in queue}
        while queue:
            entry = heapq.heappop(queue)
            before.setdefault(entry.article_id, entry.duplicate_of)
            mark = self._first_original(entry)
            if mark != entry.duplicate_of:
                self._connection.execute(
                    "UPDATE near_duplicates SET duplicate_of = ? WHERE number = ?", (mark, entry.number)
                )
            is_new_original = entry.article_id in fresh and mark is None
            if is_new_original or (entry.article_id not in fresh and (mark is None) != (entry.duplicate_of is None)):
                for later in self._later(entry):
                    if later.article_id not in queued:
                        queued.add(later.article_id)
                        heapq.heappush(queue, later)

    def _first_original(self, entry: _Entry) -> str | None:
        """Return the id of the earliest original before `entry` that it is similar to."""
        near = self._candidates(entry, "d.duplicate_of IS NULL AND (d.published_us, d.article_id) < (?, ?)")
        return next((candidate.article_id for candidate in near if _are_similar(candidate, entry)), None)

    def _later(self, entry: _Entry) -> list[_Entry]:
        """Return the articles after `entry` that are similar to it."""
        near = self._candidates(entry, "(d.published_us, d.article_id) > (?, ?)")
        return [candidate for candidate in near if _are_similar(candidate, entry)]

    def _candidates(self, entry: _Entry, condition: str) -> Iterator[_Entry]:
        """Yield the articles that share a band with `entry` and meet `condition`, in order of publication."""
        slots = ",".join("?" * BANDS)
        rows = self._connection.execute(
            f"{_SELECT} WHERE d.number IN (SELECT number FROM near_bands WHERE band IN ({slots})) "  # noqa: S608
            f"AND {condition} ORDER BY d.published_us, d.article_id",
            (*bands(entry.signature), entry.published_us, entry.article_id),
        )
        return map(_Entry._make, rows)

    def _entry(self, article_id: str) -> _Entry | None:
        row = self._connection.execute(f"{_SELECT} WHERE d.article_id = ?", (article_id,)).fetchone()
        return _Entry._make(row) if row else None

    def _insert(self, text: Text, signature: bytes) -> None:
        published_us = (text.published_at - _EPOCH) // timedelta(microseconds=1)
        cursor = self._connection.execute(
            "INSERT INTO near_duplicates (article_id, published_us, signature) VALUES (?, ?, ?)",
            (text.article_id, published_us, signature),
        )
        keys = [(band, cursor.lastrowid) for band in bands(signature)]
        self._connection.executemany("INSERT INTO near_bands VALUES (?, ?)", keys)

    def _delete(self, entry: _Entry) -> None:
        keys = [(band, entry.number) for band in bands(entry.signature)]
        self._connection.executemany("DELETE FROM near_bands WHERE band = ? AND number = ?", keys)
        self._connection.execute("DELETE FROM near_duplicates WHERE number = ?", (entry.number,))


def _are_similar(one: _Entry, other: _Entry) -> bool:
    return estimated_similarity(one.signature, other.signature) >= THRESHOLD
