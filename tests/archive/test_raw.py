"""Raw files as the archive writes them: what is in them, what rows find through them, and what a kill leaves."""

from __future__ import annotations

import argparse
import gzip
import io
import os
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from warcio.archiveiterator import ArchiveIterator
from warcio.checker import Checker
from warcio.indexer import Indexer

from kompas_crawler.archive import RawPointer, RawWriter, WireExchange, exchanges, read_exchange
from kompas_crawler.archive.appending import OPEN_FILES, mend
from kompas_crawler.archive.raw_reading import whole_bytes
from kompas_crawler.archive.storage import LocalStorage
from kompas_crawler.errors import ArchiveError
from tests.archive.made import NOON, minutes

GZIPPED = [(b"Content-Type", b"text/html"), (b"Content-Encoding", b"gzip")]


@pytest.fixture
def storage(tmp_path: Path) -> LocalStorage:
    return LocalStorage(tmp_path / "output")


def writer(storage: LocalStorage, run_id: str = "r1", **more: Any) -> RawWriter:
    return RawWriter(storage, run_id, started_at=NOON, about={"software": "test", "operator": "a\nb"}, **more)


def answer(number: int = 1, *, page: str | None = None, **more: Any) -> WireExchange:
    fields: dict[str, Any] = {
        "url": f"https://www.kompas.com/global/read/2021/04/14/{number}/x?page=all",
        "request_headers": [(b"Host", b"www.kompas.com")],
        "status": 200,
        "headers": GZIPPED,
        "body": gzip.compress((page or f"<p>berita {number}</p>").encode(), mtime=0),
        "fetched_at": minutes(number),
    }
    return WireExchange(**fields | more)


def paths(storage: LocalStorage) -> list[Path]:
    return [storage.root / path for path in storage.files("raw") if path.endswith(".gz")]


def kinds(path: Path) -> list[str]:
    with path.open("rb") as file:
        return [record.rec_type for record in ArchiveIterator(file)]


def is_sound(path: Path) -> bool:
    """Whether `warcio check` is content, and found something to check."""
    checker = Checker(argparse.Namespace(inputs=[str(path)], verbose=False))
    checker.process_all()
    return checker.exit_value == 0


def dies(raw: RawWriter) -> None:
    """Let go of the file as a killed process does."""
    os.close(raw._file._descriptor)  # type: ignore[union-attr]


def test_an_answer_comes_back_as_it_was(storage: LocalStorage) -> None:
    pointers = [writer(storage).exchange(answer(1))]
    found = read_exchange(storage, *pointers[0])
    assert (found.url, found.status, found.wire_body, found.body) == (
        answer(1).url,
        200,
        answer(1).body,
        b"<p>berita 1</p>",
    )
    assert (found.fetched_at, found.header("content-encoding"), found.kind) == (minutes(1), "gzip", "response")


def test_the_instant_is_kept_to_the_microsecond(storage: LocalStorage) -> None:
    at = NOON + timedelta(microseconds=123_457)
    assert read_exchange(storage, *writer(storage).exchange(answer(fetched_at=at))).fetched_at == at


def test_a_file_begins_with_who_made_it_and_holds_request_and_response(storage: LocalStorage) -> None:
    raw = writer(storage)
    raw.note("https://www.kompas.com/robots.txt", "User-agent: *", NOON)
    raw.exchange(answer())
    raw.close()
    (path,) = paths(storage)
    assert kinds(path) == ["warcinfo", "metadata", "response", "request"]
    with path.open("rb") as file:
        assert b"isPartOf: r1" in next(iter(ArchiveIterator(file))).content_stream().read()


def test_nothing_is_written_for_a_run_that_got_no_answer(storage: LocalStorage) -> None:
    raw = writer(storage)
    raw.flush()
    raw.close()
    assert storage.files("raw") == []


def test_other_tools_find_nothing_wrong_and_make_an_index(storage: LocalStorage) -> None:
    raw = writer(storage)
    pointers = [raw.exchange(answer(number)) for number in (1, 2)]
    raw.exchange(answer(3, page="<p>berita 1</p>"))
    raw.exchange(answer(2, status=304, headers=[], body=b""))
    raw.exchange(answer(5, headers=[(b"Content-Type", b"text/html")], body=b"<p>tanpa kompresi</p>" * 9))
    raw.rendering("https://www.kompas.com/", b"<p>dirender</p>", NOON, pointers[0])
    raw.close()
    (path,) = paths(storage)
    assert is_sound(path)
    listed = io.StringIO()
    with path.open("rb") as file:
        Indexer(["offset", "warc-type", "http:status"], [str(path)], "-").process_one(file, listed, path.name)
    assert f'{{"offset": "{pointers[1].raw_offset}", "warc-type": "response", "http:status": "200"}}' in (
        listed.getvalue().splitlines()
    )


def test_an_identical_payload_is_a_revisit_that_leads_to_the_first(storage: LocalStorage) -> None:
    raw = writer(storage)
    first = raw.exchange(answer(1))
    again = read_exchange(storage, *raw.exchange(answer(2, page="<p>berita 1</p>", status=404)))
    assert (again.kind, again.refers_to, again.status, again.body) == ("revisit", first, 404, b"<p>berita 1</p>")


def test_an_answer_that_nothing_changed_is_a_revisit_of_what_the_address_gave(storage: LocalStorage) -> None:
    raw = writer(storage)
    first = raw.exchange(answer(1))
    raw.exchange(answer(2))
    again = read_exchange(storage, *raw.exchange(answer(1, status=304, headers=[], body=b"")))
    assert (again.kind, again.refers_to, again.status, again.body) == ("revisit", first, 304, b"<p>berita 1</p>")


def test_an_error_is_nothing_that_a_later_answer_could_be_the_same_as(storage: LocalStorage) -> None:
    raw = writer(storage)
    raw.exchange(answer(1, status=503))
    assert read_exchange(storage, *raw.exchange(answer(1, status=304, headers=[], body=b""))).kind == "response"


def test_a_rendered_page_is_kept_as_the_browser_made_it(storage: LocalStorage) -> None:
    raw = writer(storage)
    source = raw.exchange(answer(1))
    found = read_exchange(storage, *raw.rendering(answer(1).url, "<p>ü</p>".encode(), minutes(9), source))
    assert (found.is_rendered, found.refers_to, found.body.decode()) == (True, source, "<p>ü</p>")


def test_a_full_file_is_followed_by_the_next_and_each_stands_for_itself(storage: LocalStorage) -> None:
    raw = writer(storage, size_limit_bytes=900)
    pointers = [raw.exchange(answer(number)) for number in range(6)]
    raw.close()
    assert len(paths(storage)) > 2
    assert all(kinds(path)[0] == "warcinfo" and is_sound(path) for path in paths(storage))
    assert [read_exchange(storage, *pointer).url for pointer in pointers] == [answer(n).url for n in range(6)]


def test_all_answers_of_a_file_come_in_order_with_their_offsets(storage: LocalStorage) -> None:
    raw = writer(storage)
    raw.note("urn:permission", "surat", NOON)
    pointers = [raw.exchange(answer(number, page="<p>sama</p>")) for number in (1, 2, 3)]
    raw.close()
    with paths(storage)[0].open("rb") as file:
        found = list(exchanges(file, storage=storage))
    assert [one.raw_offset for one in found] == [pointer.raw_offset for pointer in pointers]
    assert [one.body for one in found] == [b"<p>sama</p>"] * 3


def test_what_was_flushed_outlives_the_death_of_the_writer_and_the_torn_record_is_cut_off(
    storage: LocalStorage,
) -> None:
    raw = writer(storage)
    pointers = [raw.exchange(answer(number)) for number in (1, 2)]
    raw.flush()
    whole = paths(storage)[0].stat().st_size
    raw.exchange(answer(3))
    dies(raw)
    with paths(storage)[0].open("r+b") as file:
        file.truncate(whole + 100)
    (mended,) = mend(storage, whole_bytes)
    assert (mended.kept_bytes, mended.lost_bytes) == (whole, 100)
    assert is_sound(paths(storage)[0])
    assert [read_exchange(storage, *pointer).url for pointer in pointers] == [answer(n).url for n in (1, 2)]
    assert storage.files(OPEN_FILES) == []


def test_a_file_whose_writer_died_between_records_is_left_as_it_is(storage: LocalStorage) -> None:
    raw = writer(storage)
    raw.exchange(answer(1))
    dies(raw)
    before = paths(storage)[0].read_bytes()
    (mended,) = mend(storage, whole_bytes)
    assert mended.lost_bytes == 0
    assert paths(storage)[0].read_bytes() == before


def test_a_file_that_is_being_written_is_left_alone(storage: LocalStorage) -> None:
    raw = writer(storage)
    raw.exchange(answer(1))
    assert mend(storage, whole_bytes) == []
    raw.close()
    assert mend(storage, whole_bytes) == []


def test_a_closed_writer_goes_on_with_the_next_file(storage: LocalStorage) -> None:
    raw = writer(storage)
    first = raw.exchange(answer(1))
    raw.close()
    second = raw.exchange(answer(2))
    raw.close()
    assert first.raw_file != second.raw_file


@pytest.mark.parametrize("is_written", [False, True], ids=["nothing new to write", "something to write"])
def test_a_file_that_was_moved_away_under_its_writer_is_missed_at_the_next_flush(
    storage: LocalStorage, is_written: bool
) -> None:
    raw = writer(storage)
    raw.exchange(answer(1))
    raw.flush()
    storage.root.rename(storage.root.with_name("elsewhere"))
    if is_written:
        raw.exchange(answer(2))
    with pytest.raises(ArchiveError, match="removed while it was being written"):
        raw.flush()
    dies(raw)


@pytest.mark.parametrize("pointer", [RawPointer("raw/2021/04/none.warc.gz", 0), None], ids=["no file", "no answer"])
def test_a_pointer_that_leads_to_no_answer_is_refused(storage: LocalStorage, pointer: RawPointer | None) -> None:
    raw = writer(storage)
    noted = raw.note("https://www.kompas.com/robots.txt", "User-agent: *", NOON)
    raw.close()
    with pytest.raises(ArchiveError, match="at byte"):
        read_exchange(storage, *(pointer or noted))
