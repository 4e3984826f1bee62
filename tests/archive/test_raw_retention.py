"""Retention: whole raw files go, the rows that need them say so first, and nothing is left pointing nowhere."""

from __future__ import annotations

import gzip
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pyarrow.dataset as ds
import pytest

from kompas_crawler.archive import Archive, Observation, RawPointer, RawWriter, WireExchange, read_exchange
from kompas_crawler.archive.raw import RecentPayloads
from kompas_crawler.archive.raw_retention import RawFile, beyond, older_than
from kompas_crawler.archive.schema import TABLES
from kompas_crawler.archive.verify import verify
from kompas_crawler.items import Flag
from tests.archive.made import NOON, VERSION, article, minutes, visit

DAY = timedelta(days=1)


@pytest.fixture
def archive(tmp_path: Path) -> Archive:
    return Archive(str(tmp_path / "output"))


def crawl(archive: Archive, run_id: str, *numbers: int, page: str = "", at: datetime = NOON) -> list[RawPointer]:
    """A run that reads some articles, keeps them raw, and commits."""
    recent = RecentPayloads(archive.payloads)
    raw = RawWriter(archive.storage, run_id, started_at=at, about={}, payloads=recent, now=lambda: at)
    pointers = []
    with archive.stage(run_id, software_version=VERSION, started_at=at, before_flush=raw.flush) as staging:
        for number in numbers:
            body = gzip.compress((page or f"<p>{run_id} {number}</p>").encode(), mtime=0)
            wire = WireExchange(
                url=f"https://www.kompas.com/{run_id}/{number}",
                status=200,
                headers=[(b"Content-Encoding", b"gzip")],
                body=body,
                fetched_at=at,
            )
            pointer = raw.exchange(wire)
            where = {"raw_file": pointer.raw_file, "raw_offset": pointer.raw_offset}
            text = article(number, body=f"Kabar {run_id}.")
            staging.observe(Observation(article=text, fetched_at=at, discovered_by=(), **where))
            staging.visit(visit(number, run_id=run_id, visited_at=at, **where))
            pointers.append(pointer)
    raw.close()
    archive.commit()
    archive.note_payloads(recent.drain())
    return pointers


def rows(archive: Archive, table: str) -> list[dict[str, Any]]:
    found = ds.dataset(f"{archive.location}/{table}", schema=TABLES[table]).to_table().to_pylist()
    return sorted(found, key=lambda row: row["article_id"])


def problems(archive: Archive) -> list[str]:
    archive.close()
    findings = verify(archive.storage, archive.index_path)
    return [str(finding) for finding in findings if finding.check not in ("books", "kept")]


def test_the_oldest_files_are_chosen_until_the_others_fit() -> None:
    files = [RawFile(name, NOON + DAY * day, 100) for day, name in enumerate("abcd")]
    assert [file.path for file in beyond(files, 250)] == ["a", "b"]
    assert beyond(files, 400) == []
    assert [file.path for file in older_than(files, NOON + DAY)] == ["a"]


def test_rows_whose_page_goes_say_so_and_all_else_stays(archive: Archive) -> None:
    crawl(archive, "r1", 1, 2)
    (kept,) = crawl(archive, "r2", 3, at=NOON + 10 * DAY)
    before = rows(archive, "articles")
    pruned = archive.prune_raw(before=NOON + DAY)
    after = rows(archive, "articles")
    assert (len(pruned.files), pruned.rows, pruned.visits, pruned.kept_files) == (1, 2, 2, 1)
    assert [row["raw_file"] for row in after] == [None, None, kept.raw_file]
    assert [Flag.RAW_PRUNED in row["flags"] for row in after] == [True, True, False]
    own = {"raw_file", "raw_offset", "flags"}
    assert [{k: v for k, v in row.items() if k not in own} for row in after] == [
        {k: v for k, v in row.items() if k not in own} for row in before
    ]
    assert [row["raw_file"] for row in rows(archive, "visits")] == [None, None, kept.raw_file]
    assert problems(archive) == []


def test_superseded_rows_lose_their_page_too(archive: Archive) -> None:
    crawl(archive, "r1", 1)
    crawl(archive, "r2", 1, at=NOON + 10 * DAY)
    archive.prune_raw(before=NOON + DAY)
    (superseded,) = rows(archive, "revisions")
    assert (superseded["raw_file"], superseded["flags"][-1]) == (None, Flag.RAW_PRUNED)
    assert rows(archive, "articles")[0]["raw_file"] is not None
    assert problems(archive) == []


def test_a_row_whose_payload_lay_in_a_file_that_went_is_not_left_dangling(archive: Archive) -> None:
    crawl(archive, "r1", 1, page="<p>sama</p>")
    (revisit,) = crawl(archive, "r2", 2, page="<p>sama</p>", at=NOON + 10 * DAY)
    assert read_exchange(archive.storage, *revisit).kind == "revisit"
    archive.prune_raw(before=NOON + DAY)
    assert [row["raw_file"] for row in rows(archive, "articles")] == [None, None]
    assert problems(archive) == []


def test_a_file_that_rows_need_for_a_payload_is_missed_when_it_is_lost(archive: Archive) -> None:
    (first,) = crawl(archive, "r1", 1, page="<p>sama</p>")
    crawl(archive, "r2", 1, page="<p>sama</p>", at=NOON + 10 * DAY)
    Path(archive.location, first.raw_file).unlink()
    assert [problem for problem in problems(archive) if "payload" in str(problem)] != []


def test_what_is_identical_to_a_page_that_went_is_written_anew(archive: Archive) -> None:
    crawl(archive, "r1", 1, page="<p>sama</p>")
    crawl(archive, "r2", 2, at=NOON + 10 * DAY)
    archive.prune_raw(before=NOON + DAY)
    (pointer,) = crawl(archive, "r3", 3, page="<p>sama</p>", at=NOON + 11 * DAY)
    assert read_exchange(archive.storage, *pointer).kind == "response"


def test_nothing_refers_to_what_is_older_than_pages_are_looked_at_again(archive: Archive) -> None:
    crawl(archive, "r1", 1, page="<p>sama</p>")
    (pointer,) = crawl(archive, "r2", 2, page="<p>sama</p>", at=NOON + 41 * DAY)
    assert read_exchange(archive.storage, *pointer).kind == "response"


def test_a_dry_run_counts_and_changes_nothing(archive: Archive) -> None:
    crawl(archive, "r1", 1, 2)
    before = {path: path.read_bytes() for path in Path(archive.location).rglob("*.[pw]ar*")}
    pruned = archive.prune_raw(before=datetime.now(UTC) + DAY, dry_run=True)
    assert (len(pruned.files), pruned.rows, pruned.visits) == (1, 2, 2)
    assert {path: path.read_bytes() for path in Path(archive.location).rglob("*.[pw]ar*")} == before


def test_a_file_that_is_being_written_stays(archive: Archive) -> None:
    raw = RawWriter(archive.storage, "r9", started_at=NOON, about={})
    raw.note("urn:x", "y", minutes(1))
    assert archive.prune_raw(most_bytes=0).files == ()
    raw.close()
    assert len(archive.prune_raw(most_bytes=0).files) == 1


def test_a_removal_that_died_before_the_files_went_is_done_by_the_next(
    archive: Archive, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Died(BaseException):
        pass

    def die(path: str) -> None:
        raise Died

    crawl(archive, "r1", 1)
    with monkeypatch.context() as patch:
        patch.setattr(archive.storage, "delete", die)
        with pytest.raises(Died):
            archive.prune_raw(most_bytes=0)
    assert [row["raw_file"] for row in rows(archive, "articles")] == [None]
    assert problems(archive) == []
    assert len(archive.prune_raw(most_bytes=0).files) == 1
    assert archive.storage.files("raw") == []
