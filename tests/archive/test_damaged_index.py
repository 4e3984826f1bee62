"""An index that is damaged, or shows an archive that is gone, is made again: it follows from the Parquet files."""

from __future__ import annotations

import errno
import shutil
from pathlib import Path

import pytest

from kompas_crawler.archive import Archive
from kompas_crawler.archive.damage import is_damaged, is_sealed
from kompas_crawler.archive.storage import LocalStorage, refusals, storage_at
from kompas_crawler.errors import ArchiveError
from tests.archive.made import article, keep, key_of, seen
from tests.faults.failing_disk import FailingDisk, failing


def held(folder: Path, **more: Path) -> Archive:
    archive = Archive(str(folder), **more)
    keep(archive, *(seen(article(number)) for number in range(1, 40)))
    archive.close()
    return archive


@pytest.mark.parametrize("content", [b"no database", b"SQLite format 3\0" + bytes(4_000)], ids=["text", "zeros"])
def test_a_damaged_index_is_discarded_and_made_again(tmp_path: Path, content: bytes) -> None:
    archive = held(tmp_path / "output")
    archive.index_path.write_bytes(content)
    with archive.lock("r2"):
        assert archive.discard_damaged_index()
        assert archive.known(key_of(7)) is not None
    assert not archive.discard_damaged_index()


def test_damage_in_the_middle_of_an_index_is_seen(tmp_path: Path) -> None:
    path = held(tmp_path / "output").index_path
    content = bytearray(path.read_bytes())
    content[4_096 * 2 : 4_096 * 6] = bytes(4_096 * 4)
    assert not is_damaged(path)
    path.write_bytes(content)
    assert is_damaged(path)


def looked_at(archive: Archive) -> bool:
    """Begin and end a run that only looks; whether the index was found damaged."""
    with archive.lock("r2"):
        was_damaged = archive.discard_damaged_index()
        assert archive.known(key_of(7)) is not None
        archive.close()
    return was_damaged


def test_an_index_that_nobody_touched_is_read_as_a_whole_once(tmp_path: Path) -> None:
    archive = held(tmp_path / "output")
    assert not looked_at(archive)
    assert is_sealed(archive.index_path)
    keep(archive, seen(article(50)))
    archive.close()
    assert is_sealed(archive.index_path)


def test_an_index_that_somebody_touched_is_read_as_a_whole_again(tmp_path: Path) -> None:
    archive = held(tmp_path / "output")
    looked_at(archive)
    archive.index_path.write_bytes(b"no database" * 1_000)
    assert not is_sealed(archive.index_path)
    assert looked_at(archive)


def test_an_index_whose_run_died_is_read_as_a_whole_again(tmp_path: Path) -> None:
    archive = held(tmp_path / "output")
    looked_at(archive)
    keep(archive, seen(article(50)))
    shutil.copytree(tmp_path / "output", tmp_path / "left behind")  # with the log of changes beside it
    assert not is_sealed(tmp_path / "left behind" / archive.index_path.name)


def test_an_index_kept_elsewhere_forgets_an_archive_that_was_removed(tmp_path: Path) -> None:
    state = tmp_path / "state"
    held(tmp_path / "output", state_dir=state)
    shutil.rmtree(tmp_path / "output")
    again = Archive(str(tmp_path / "output"), state_dir=state)
    keep(again, seen(article(50)))
    assert again.known(key_of(50)) is not None
    assert again.known(key_of(7)) is None


def test_a_lock_whose_file_cannot_be_written_is_not_held(tmp_path: Path) -> None:
    archive = held(tmp_path / "output")
    disk = FailingDisk(tmp_path / "output", kind="pwrite archive.lock", number=errno.ENOSPC)
    with failing(disk), pytest.raises(ArchiveError), archive.lock("r2"):
        pytest.fail("the lock names nobody")
    with archive.lock("r3"):
        assert disk.has_struck


def test_files_whose_names_begin_with_a_dot_are_none_of_ours(tmp_path: Path) -> None:
    (tmp_path / "staging").mkdir()
    (tmp_path / "staging" / ".DS_Store").write_bytes(b"x")
    assert LocalStorage(tmp_path).files("staging") == []


def test_a_raw_file_that_somebody_removed_is_not_written_on(tmp_path: Path) -> None:
    from kompas_crawler.archive.appending import appender

    file = appender(LocalStorage(tmp_path), "raw/r1.warc.gz")
    file.append(b"one")
    file.flush()
    (tmp_path / "raw/r1.warc.gz").unlink()
    file.append(b"two")
    with pytest.raises(ArchiveError, match="removed while it was being written"):
        file.flush()


def test_an_address_with_a_password_is_refused_without_repeating_it() -> None:
    with pytest.raises(ArchiveError, match="environment") as refused:
        storage_at("s3://key:rahasia@bucket/archive")
    assert "rahasia" not in str(refused.value)


def test_an_error_of_a_stores_client_is_storage_trouble() -> None:
    exceptions = pytest.importorskip("botocore.exceptions")
    with pytest.raises(ArchiveError, match="cannot read"), refusals("cannot read x"):
        raise exceptions.EndpointConnectionError(endpoint_url="http://127.0.0.1:9")
