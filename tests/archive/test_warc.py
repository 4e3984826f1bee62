"""Records written and read back, in every form in which WARC files come, whole and torn."""

from __future__ import annotations

import gzip
import io
import zlib

import pytest
from warcio.archiveiterator import ArchiveIterator

from kompas_crawler.archive import warc
from kompas_crawler.archive.warc import DamagedRecord, TornTail

BODIES = [
    b"",
    b"<p>halo</p>" * 4,
    gzip.compress(b"pulau" * 40_000, 0, mtime=0),  # longer than one stored block of deflate
    bytes(range(256)) * 256,  # as long as a stored block holds, and one more
]
RECORDS = [
    warc.encode(
        [("WARC-Type", "resource"), ("WARC-Target-URI", f"https://www.kompas.com/{number}")],
        b"HEAD\r\n\r\n",
        body,
        is_compressed=is_compressed,
    )
    for number, body in enumerate(BODIES)
    for is_compressed in (False, True)
]
FILE = b"".join(RECORDS)
STARTS = [sum(map(len, RECORDS[:number])) for number in range(len(RECORDS))]
BLOCKS = [b"HEAD\r\n\r\n" + body for body in BODIES for _ in range(2)]
PLAIN = gzip.decompress(FILE)


def test_every_record_is_a_gzip_member_of_its_own() -> None:
    member = zlib.decompressobj(31)
    member.decompress(FILE)
    assert member.unused_data == FILE[STARTS[1] :]


def test_a_compressed_body_is_stored_as_it_is() -> None:
    assert bytes(range(256)) * 200 in RECORDS[-1]


def test_another_tool_reads_the_same_blocks() -> None:
    found = [record.raw_stream.read() for record in ArchiveIterator(io.BytesIO(FILE), no_record_parse=True)]
    assert found == BLOCKS


@pytest.mark.parametrize(
    ("file", "offsets"),
    [
        (FILE, STARTS),
        (PLAIN, [len(gzip.decompress(FILE[:start])) if start else 0 for start in STARTS]),
        (gzip.compress(PLAIN, mtime=0), [0] + [None] * (len(STARTS) - 1)),
    ],
    ids=["a member for each record", "plain", "one member for all"],
)
def test_blocks_and_offsets_come_back(file: bytes, offsets: list[int | None]) -> None:
    records = list(warc.read(io.BytesIO(file)))
    assert [record.block for record in records] == BLOCKS
    assert [record.offset for record in records] == offsets


@pytest.mark.parametrize("file", [FILE, PLAIN], ids=["compressed", "plain"])
def test_reading_begins_at_any_offset(file: bytes) -> None:
    for record in warc.read(io.BytesIO(file)):
        assert next(warc.read(io.BytesIO(file), record.offset or 0)) == record


def test_a_file_cut_anywhere_gives_the_whole_records_and_says_where_the_torn_one_begins() -> None:
    for cut in {*range(STARTS[3] + 1), *range(0, len(FILE), 997)} - {*STARTS}:
        found = []
        with pytest.raises(TornTail) as torn:
            found.extend(warc.read(io.BytesIO(FILE[:cut])))
        assert torn.value.offset == max(start for start in STARTS if start < cut)


def test_a_plain_file_cut_within_a_record_says_so() -> None:
    with pytest.raises(TornTail):
        list(warc.read(io.BytesIO(PLAIN[:-20])))


def test_a_flipped_bit_is_found_where_its_record_begins() -> None:
    broken = bytearray(FILE)
    broken[STARTS[5] + 1000] ^= 1
    with pytest.raises(DamagedRecord) as damage:
        list(warc.read(io.BytesIO(bytes(broken))))
    assert damage.value.offset == STARTS[5]


@pytest.mark.parametrize(
    "content",
    [
        b"<html>",
        gzip.compress(b"<html>", mtime=0),
        b"WARC/1.0\r\nContent-Length: many\r\n\r\n",
        b"WARC/1.0\r\nContent-Length: " + b"9" * 5_000 + b"\r\n\r\n",
        b"WARC/1.0" * 20_000,
    ],
)
def test_what_is_no_warc_is_refused(content: bytes) -> None:
    with pytest.raises(DamagedRecord):
        list(warc.read(io.BytesIO(content)))


def test_what_unpacks_to_more_than_is_taken_at_once_comes_whole() -> None:
    block = bytes(20_000_000)
    (record,) = warc.read(io.BytesIO(warc.encode([("WARC-Type", "resource")], b"", block)))
    assert record.block == block


def test_folded_headers_of_old_files_are_joined() -> None:
    content = b"WARC/0.18\r\nWARC-Type: response\r\nX-Note: one\r\n two\r\ncontent-length: 0\r\n\r\n\r\n\r\n"
    (record,) = warc.read(io.BytesIO(content))
    assert record.headers["x-note"] == "one two"


def test_a_record_larger_than_any_page_is_passed_over(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(warc, "_LARGEST_BLOCK", 1000)
    assert [record.block for record in warc.read(io.BytesIO(FILE))] == [
        block if len(block) <= 1000 else b"" for block in BLOCKS
    ]
