"""Quarantine: readings of articles that deviate from what is usual wait here until a person has looked at them.

Knows how staged records are taken out of a run's way into the tables, and back. Refuses to know why (`quality`).

`quarantine/<run_id>/decision-<n>.json` names the articles that are withheld, and comes first: with it on disk they stay
out of the tables, whatever dies afterwards, because every commit finishes what a decision began (`carry_out`). Their
rows lie in `quarantine/<run_id>/staged/`, sample pages in `samples/`. The visits of the run say of them, then and ever
after, `excluded: quarantined`, so coverage names them as missing until they are held.
"""

from __future__ import annotations

import gzip
import json
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from datetime import UTC, datetime
from typing import Any, Final

import pyarrow as pa
import pyarrow.compute as pc

from kompas_crawler.archive import schema as schemas
from kompas_crawler.archive import staging
from kompas_crawler.archive.columns import record_batch
from kompas_crawler.archive.parquet import Stamp, append_file, read_metadata
from kompas_crawler.archive.staging import STARTED_KEY, Batch, check_run_id
from kompas_crawler.archive.storage import Storage, read, write_bytes
from kompas_crawler.errors import ArchiveError, UsageError
from kompas_crawler.items import Outcome

FOLDER: Final = "quarantine"
ACCEPTED_FILE: Final = "accepted.json"
"""What a person called usual by releasing it, below the root of the archive."""
REASON: Final = "quarantined"
"""Reason of the visits of articles that are withheld."""

_ABOUT_ARTICLES: Final = frozenset({"articles", "links", "events", "visits"})
_KEPT: Final = frozenset({Outcome.KEPT_NEW, Outcome.KEPT_CHANGED, Outcome.UNCHANGED})


@dataclass(frozen=True, slots=True, kw_only=True)
class Decision:
    """What was withheld of a run at one commit, and why."""

    run_id: str
    number: int
    """1, 2, … within the run."""
    decided_at: str
    """ISO 8601, UTC."""
    since: str
    """When the first of the withheld pages was fetched, ISO 8601, UTC."""
    findings: tuple[str, ...]
    """What deviates, for people."""
    cells: tuple[tuple[str, str], ...]
    """Measures and sections that deviate."""
    withheld: tuple[str, ...]
    """`article_id` of the readings that are withheld."""
    unparsed: tuple[str, ...]
    """`article_id` of pages that became no reading, in sections where that deviates."""

    @property
    def article_ids(self) -> frozenset[str]:
        """All articles that wait for a person."""
        return frozenset(self.withheld) | frozenset(self.unparsed)


@dataclass(frozen=True, slots=True)
class Sample:
    """A page that shows what deviates, as it came."""

    article_id: str
    url: str
    why: str
    """What is amiss with it, e.g. `fallback_title`; or `ordinary`."""
    page: bytes


def decisions(storage: Storage, run_id: str | None = None) -> list[Decision]:
    """Return the decisions of all runs, or of one, in order."""
    folder = FOLDER if run_id is None else f"{FOLDER}/{check_run_id(run_id)}"
    paths = [path for path in storage.files(folder) if path.rpartition("/")[2].startswith("decision-")]
    return [_read_decision(storage, path) for path in paths]


def decide(storage: Storage, decision: Decision) -> None:
    """Make a decision durable. What it names stays out of the tables from now on."""
    path = f"{FOLDER}/{check_run_id(decision.run_id)}/decision-{decision.number:04}.json"
    write_bytes(storage, path, json.dumps(asdict(decision), indent=1, ensure_ascii=False).encode() + b"\n")


def carry_out(storage: Storage, made: Iterable[Decision], batches: Iterable[Batch]) -> None:
    """Take what decisions withhold out of the staged batches of their runs. Doing it again changes nothing."""
    withheld: dict[str, set[str]] = {}
    for decision in made:
        withheld.setdefault(decision.run_id, set()).update(decision.withheld)
    for batch in batches:
        if keys := withheld.get(batch.run_id):
            _take_out(storage, batch, keys)


def waiting_batches(storage: Storage, run_id: str) -> list[Batch]:
    """Return the batches of a run that are withheld."""
    found = storage.files(f"{FOLDER}/{check_run_id(run_id)}/staged")
    return [Batch(path, run_id, path.removesuffix(".parquet").rpartition(".")[2]) for path in found]


def drop(storage: Storage, run_id: str) -> None:
    """Remove a run from quarantine. Its decisions go last: a removal that dies half-way can be done again."""
    paths = storage.files(f"{FOLDER}/{check_run_id(run_id)}")
    for path in sorted(paths, key=lambda path: path.rpartition("/")[2].startswith("decision-")):
        storage.delete(path)


@dataclass(frozen=True, slots=True)
class Withheld:
    """What quarantine holds of articles, as who reads their pages again needs it."""

    rows: Mapping[tuple[str, datetime], tuple[str, Mapping[str, Any]]]
    """By key and fetch: the run of which it was withheld, and the row as it was staged."""
    unparsed: frozenset[tuple[str, str]]
    """Run and key of pages that became no row."""


def withheld(storage: Storage) -> Withheld:
    """Return everything that is withheld."""
    made = decisions(storage)
    rows = {
        (row["article_id"], row["fetched_at"]): (run_id, row)
        for run_id in sorted({one.run_id for one in made})
        for batch in waiting_batches(storage, run_id)
        if batch.kind == "articles"
        for table in staging.read_batch(storage, batch)
        for row in table.to_pylist()
    }
    return Withheld(rows, frozenset((one.run_id, key) for one in made for key in one.unparsed))


def resolve(storage: Storage, run_id: str, fetches: Collection[tuple[str, datetime]]) -> None:
    """Drop what was withheld of a run where the same fetches have given rows that are published; its rest stays.

    Doing it again changes nothing. A run of which nothing is left leaves quarantine.
    """
    keys = {key for key, _ in fetches}
    left: set[str] = set()
    for batch in sorted(waiting_batches(storage, run_id), key=lambda one: one.kind != "articles"):
        rows = pa.concat_tables([staging.SCHEMAS[batch.kind].empty_table(), *staging.read_batch(storage, batch)])
        if batch.kind == "articles":
            pairs = zip(rows["article_id"].to_pylist(), rows["fetched_at"].to_pylist(), strict=True)
            is_left = [pair not in fetches for pair in pairs]
            left.update(rows.filter(pa.array(is_left, pa.bool_()))["article_id"].to_pylist())
        else:
            is_left = [key not in keys or key in left for key in rows["article_id"].to_pylist()]
        _keep(storage, batch, rows, is_left)
    gone = keys - left
    kept = [
        replace(
            one,
            withheld=tuple(key for key in one.withheld if key not in gone),
            unparsed=tuple(key for key in one.unparsed if key not in keys),
        )
        for one in decisions(storage, run_id)
    ]
    if any(one.withheld or one.unparsed for one in kept):
        for one in kept:
            decide(storage, one)
    else:
        drop(storage, run_id)


def _keep(storage: Storage, batch: Batch, rows: pa.Table, is_left: Sequence[bool]) -> None:
    """Leave only some rows of a batch."""
    if not any(is_left):
        storage.delete(batch.path)
    elif not all(is_left):
        _put(storage, batch.path, rows.filter(pa.array(is_left)), read_metadata(storage, batch.path))


def require(storage: Storage, run_id: str) -> list[Decision]:
    """Return the decisions of a run in quarantine. Raises `UsageError` when there are none, naming the runs there."""
    found = decisions(storage, run_id)
    if not found:
        runs = sorted({one.run_id for one in decisions(storage)})
        there = f"there are {', '.join(runs)}" if runs else "nothing is"
        raise UsageError(f"no run {run_id} is in quarantine in {storage.location}; {there}")
    return found


def save_samples(storage: Storage, run_id: str, samples: Iterable[Sample]) -> None:
    """Store pages beside a run in quarantine, gzipped, with an `index.jsonl` that says what each shows."""
    folder = f"{FOLDER}/{check_run_id(run_id)}/samples"
    lines = (read(storage, f"{folder}/index.jsonl") or b"").decode().splitlines()
    for sample in samples:
        name = f"{sample.article_id}.html.gz"
        write_bytes(storage, f"{folder}/{name}", gzip.compress(sample.page, mtime=0))
        entry = {"file": name, "kind": "article", "url": sample.url, "why": sample.why}
        lines = [line for line in lines if json.loads(line)["file"] != name] + [json.dumps(entry, ensure_ascii=False)]
    if lines:
        write_bytes(storage, f"{folder}/index.jsonl", "".join(f"{line}\n" for line in lines).encode())


def accepted(storage: Storage) -> dict[tuple[str, str], datetime]:
    """Return the measures and sections in which a person called what was found usual, each with since when."""
    content = read(storage, ACCEPTED_FILE)
    if content is None:
        return {}
    try:
        return {(one["measure"], one["section"]): datetime.fromisoformat(one["since"]) for one in json.loads(content)}
    except (ValueError, KeyError, TypeError) as error:
        raise ArchiveError(f"{ACCEPTED_FILE} in {storage.location} is damaged: restore or remove it") from error


def accept(storage: Storage, made: Iterable[Decision]) -> None:
    """Keep that what these decisions found is usual from then on."""
    known = accepted(storage)
    for decision in made:
        for cell in decision.cells:
            known.setdefault(cell, datetime.fromisoformat(decision.since))
    entries = [
        {"measure": measure, "section": section, "since": since.astimezone(UTC).isoformat()}
        for (measure, section), since in sorted(known.items())
    ]
    write_bytes(storage, ACCEPTED_FILE, json.dumps(entries, indent=1).encode() + b"\n")


def _read_decision(storage: Storage, path: str) -> Decision:
    try:
        said: dict[str, Any] = json.loads(read(storage, path) or b"")
        lists = {name: tuple(said[name]) for name in ("findings", "withheld", "unparsed")}
        cells = tuple((measure, section) for measure, section in said["cells"])
        return Decision(**said | lists | {"cells": cells})
    except (ValueError, KeyError, TypeError) as error:
        raise ArchiveError(f"{path} in {storage.location} is no decision: restore or remove it") from error


def _take_out(storage: Storage, batch: Batch, keys: Collection[str]) -> None:
    """Put the rows about some articles in quarantine and leave the others; of visits, leave that they are withheld."""
    if batch.kind not in _ABOUT_ARTICLES:
        return
    tables = list(staging.read_batch(storage, batch))
    rows = pa.concat_tables(tables) if tables else staging.SCHEMAS[batch.kind].empty_table()
    is_theirs = pc.fill_null(pc.is_in(rows["article_id"], pa.array(sorted(keys))), False)
    if batch.kind == "visits":
        is_theirs = pc.and_(is_theirs, pc.is_in(rows["outcome"].cast(pa.string()), pa.array(sorted(_KEPT))))
    theirs = rows.filter(is_theirs)
    if not theirs.num_rows:
        return
    metadata = read_metadata(storage, batch.path)
    if batch.kind == "visits":
        changed = list(_excluded(rows.to_pylist(), is_theirs.to_pylist()))
        _put(storage, batch.path, pa.Table.from_batches([record_batch(changed, schemas.VISITS)]), metadata)
        return
    name = batch.path.rpartition("/")[2]
    _put(storage, f"{FOLDER}/{batch.run_id}/staged/{name}", theirs, metadata)
    if theirs.num_rows < rows.num_rows:
        _put(storage, batch.path, rows.filter(pc.invert(is_theirs)), metadata)
    else:
        storage.delete(batch.path)


def _excluded(rows: Iterable[Mapping[str, Any]], is_theirs: Iterable[bool]) -> Iterator[Mapping[str, Any]]:
    for row, withheld in zip(rows, is_theirs, strict=True):
        yield {**row, "outcome": Outcome.EXCLUDED, "reason": REASON} if withheld else row


def _put(storage: Storage, path: str, rows: pa.Table, metadata: Mapping[bytes, bytes]) -> None:
    stamp = Stamp(metadata[schemas.RUN_KEY].decode(), metadata[schemas.SOFTWARE_KEY].decode())
    append_file(storage, path, rows, {STARTED_KEY: metadata[STARTED_KEY]}, stamp)
