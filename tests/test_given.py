"""The file of addresses that a user gives."""

from __future__ import annotations

from pathlib import Path

import pytest

from kompas_crawler.errors import UsageError
from kompas_crawler.given import read_addresses

ONE = "https://www.kompas.com/global/read/2021/04/14/205938370/a"
TWO = "http://bola.kompas.com/read/2016/03/01/10200028/B.c"


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "addresses.txt"


def test_comments_blank_lines_and_white_space_are_left_out(file: Path):
    file.write_text(f"# of interest\n\n  {ONE}\t\r\n#{TWO}\n{TWO}\n", encoding="utf-8")
    assert read_addresses(str(file)) == (ONE, TWO)


def test_an_address_given_twice_is_taken_once(file: Path):
    file.write_text(f"{ONE}\n{TWO}\n{ONE}", encoding="utf-8")
    assert read_addresses(str(file)) == (ONE, TWO)


def test_a_byte_order_mark_is_no_part_of_the_first_address(file: Path):
    file.write_text(ONE, encoding="utf-8-sig")
    assert read_addresses(str(file)) == (ONE,)


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"", "holds no address"),
        (b"# nothing\n\n", "holds no address"),
        (b"\xff\xfe\x00h", "no text in UTF-8"),
        (ONE.encode() + b"\nwww.kompas.com/global\n", "line 2: 'www.kompas.com/global' is no web address"),
        (b"https://www.kompas.com/a b\n", "is no web address"),
        (b"https://www.kompas.com/" + b"a" * 3000, "is no web address"),
    ],
)
def test_a_file_that_cannot_be_used_is_refused_by_name(file: Path, content: bytes, message: str):
    file.write_bytes(content)
    with pytest.raises(UsageError, match=message) as refused:
        read_addresses(str(file))
    assert str(file) in str(refused.value)


def test_a_file_that_is_not_there_is_refused_by_name(file: Path):
    with pytest.raises(UsageError, match=r"addresses\.txt' cannot be read"):
        read_addresses(str(file))


def test_a_folder_is_refused(tmp_path: Path):
    with pytest.raises(UsageError, match="cannot be read"):
        read_addresses(str(tmp_path))
