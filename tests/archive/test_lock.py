"""One run at a time holds an archive, and the next is told which."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from kompas_crawler.archive import Archive
from kompas_crawler.archive.lock import NAME, STALE_AFTER, ObjectLock, Owner
from kompas_crawler.archive.storage import LocalStorage, write_bytes
from kompas_crawler.errors import ArchiveLocked
from tests.archive.made import article, keep, seen

ROOT = Path(__file__).resolve().parents[2]
HOLDER = """
import sys
from kompas_crawler.archive import Archive
with Archive(sys.argv[1]).lock("other-run"):
    print("held", flush=True)
    sys.stdin.read()
"""


def test_the_second_run_is_told_who_holds_the_archive(tmp_path: Path) -> None:
    with (
        Archive(str(tmp_path)).lock("first-run"),
        pytest.raises(ArchiveLocked, match=rf"first-run \(process {os.getpid()} on .*, since 20"),
        Archive(str(tmp_path)).lock("second-run"),
    ):
        pytest.fail("two runs hold the archive")


def test_a_lock_that_was_released_can_be_taken(tmp_path: Path) -> None:
    archive = Archive(str(tmp_path))
    with archive.lock("first-run"):
        pass
    with archive.lock("second-run"):
        assert json.loads((tmp_path / NAME).read_text())["run_id"] == "second-run"
    assert (tmp_path / NAME).read_text() == ""


def test_a_run_that_holds_the_archive_may_commit_and_another_may_not(tmp_path: Path) -> None:
    archive = Archive(str(tmp_path))
    with archive.lock("first-run"):
        assert keep(archive, seen(article())).rows_new == 1
        with pytest.raises(ArchiveLocked):
            Archive(str(tmp_path)).commit()


def test_any_number_may_stage_while_one_holds_the_archive(tmp_path: Path) -> None:
    with Archive(str(tmp_path)).lock("first-run"):
        staging = Archive(str(tmp_path)).stage("second-run", software_version="0.1.0")
        staging.observe(seen(article()))
        staging.close()
    assert Archive(str(tmp_path)).commit().rows_new == 1


def test_a_heartbeat_is_noted_in_the_file(tmp_path: Path) -> None:
    with Archive(str(tmp_path)).lock("first-run") as lock:
        before = json.loads((tmp_path / NAME).read_text())
        lock.heartbeat()
        after = json.loads((tmp_path / NAME).read_text())
    assert after["heartbeat"] >= before["heartbeat"]
    assert {**after, "heartbeat": None} == {**before, "heartbeat": None}


def test_the_lock_of_a_killed_run_is_free(tmp_path: Path) -> None:
    command = [sys.executable, "-c", HOLDER, str(tmp_path)]
    with subprocess.Popen(command, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == b"held\n"
        with (
            pytest.raises(ArchiveLocked, match=rf"other-run \(process {process.pid}"),
            Archive(str(tmp_path)).lock("mine"),
        ):
            pytest.fail("two runs hold the archive")
        process.kill()
        process.wait()
    with Archive(str(tmp_path)).lock("mine"):
        pass


def owner(**more: object) -> bytes:
    return json.dumps(json.loads(Owner.this_process("other-run").encoded()) | more).encode()


OLD = (datetime.now(UTC) - STALE_AFTER - timedelta(seconds=5)).isoformat()


@pytest.mark.parametrize(
    ("its", "is_free"),
    [
        ({}, False),
        ({"host": "elsewhere.example"}, False),
        ({"host": "elsewhere.example", "heartbeat": OLD}, True),
        ({"pid": 2**22 + 1}, True),
        (None, True),
    ],
    ids=["alive here", "alive elsewhere", "silent elsewhere", "dead here", "torn"],
)
def test_an_object_lock_is_taken_over_when_its_owner_is_dead(
    tmp_path: Path, its: dict[str, object] | None, is_free: bool
) -> None:
    storage = LocalStorage(tmp_path)
    write_bytes(storage, NAME, b"" if its is None else owner(**its))
    if is_free:
        with ObjectLock(storage, "mine"):
            assert json.loads((tmp_path / NAME).read_text())["run_id"] == "mine"
        assert not (tmp_path / NAME).exists()
    else:
        with pytest.raises(ArchiveLocked, match="other-run"), ObjectLock(storage, "mine"):
            pytest.fail("two runs hold the archive")


def test_an_object_lock_that_was_lost_is_noticed_at_the_next_heartbeat(tmp_path: Path) -> None:
    storage = LocalStorage(tmp_path)
    with ObjectLock(storage, "mine") as lock:
        lock.heartbeat()
        write_bytes(storage, NAME, owner())
        with pytest.raises(ArchiveLocked, match="other-run"):
            lock.heartbeat()
    assert (tmp_path / NAME).exists()
