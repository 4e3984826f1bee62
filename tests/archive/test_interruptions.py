"""Kills, full disks and writers at the same time: nothing is torn, double or lost, and the next commit goes on."""

from __future__ import annotations

import os
import random
import resource
import shutil
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from datetime import timedelta
from pathlib import Path
from typing import IO

import pytest

from kompas_crawler.archive import Archive, Removal, shares
from kompas_crawler.archive import commit as committing
from kompas_crawler.archive.shares import Spread
from kompas_crawler.archive.storage import UNFINISHED, LocalStorage
from kompas_crawler.errors import ArchiveError
from kompas_crawler.items import LinkKind, Outcome
from tests.archive.looks import check_sound, everything, indexed, rows
from tests.archive.made import NOON, VERSION, article, keep, key_of, link, minutes, seen, visit, walk

ROOT = Path(__file__).resolve().parents[2]
TEXT = " ".join(f"Warga desa ke-{number} kembali ke rumah." for number in range(40))


class PowerCut(Exception):
    """The machine stops here."""


class CutOff(LocalStorage):
    """A disk on which power fails after so many changes; the last one is done or not."""

    def __init__(self, root: Path, changes: int, *, last_is_done: bool) -> None:
        super().__init__(root)
        self.left = changes
        self.last_is_done = last_is_done

    def _change(self, make: Callable[[], None]) -> None:
        self.left -= 1
        if self.left < 0:
            raise PowerCut
        if self.left > 0 or self.last_is_done:
            make()
        if self.left == 0:
            raise PowerCut

    def write(self, path: str, produce: Callable[[IO[bytes]], None]) -> None:
        self._change(lambda: LocalStorage.write(self, path, produce))

    def delete(self, path: str) -> None:
        self._change(lambda: LocalStorage.delete(self, path))

    def move(self, path: str, target: str) -> None:
        self._change(lambda: LocalStorage.move(self, path, target))


def stage_a_bit_of_everything(archive: Archive) -> None:
    """Over the archive of `held`: a new article, edits, a move to another month and back, a removal, links, books."""
    staging = archive.stage("r2", software_version=VERSION)
    month_later = NOON + timedelta(days=30)
    staging.observe(seen(article(1, body="Edisi kedua."), minutes(10), links=[link(7, kind=LinkKind.INLINE)]))
    staging.observe(seen(article(2, published_at=month_later), minutes(11)))
    staging.observe(seen(article(3, published_at=NOON + timedelta(seconds=3)), minutes(12)))
    staging.removed(Removal(article_id=key_of(4), seen_at=minutes(13), status=404))
    staging.observe(seen(article(5, body=TEXT), minutes(14), links=[link(8)]))
    staging.visit(visit(5, run_id="r2"))
    staging.visit(visit(6, run_id="r2", outcome=Outcome.FAILED, reason="timeout"))
    staging.walk(walk(run_id="r2"))
    staging.flush()
    staging.observe(seen(article(1, body="Edisi ketiga."), minutes(20)))
    staging.observe(seen(article(2, published_at=month_later, body="Lain."), minutes(21)))
    staging.close()


@pytest.fixture
def held(tmp_path: Path) -> Path:
    archive = Archive(str(tmp_path / "held"))
    moved = article(3, published_at=NOON + timedelta(days=30))
    copied = article(6, body=TEXT + " Selesai.", published_at=NOON + timedelta(days=60))
    keep(archive, seen(article(1), links=[link(7)]), seen(article(2)), seen(moved), seen(article(4)), seen(copied))
    stage_a_bit_of_everything(archive)
    archive.close()
    return tmp_path / "held"


def one_after_the_other(work, units):
    """A runner that has shares done here."""
    for unit in units:
        yield unit, work(unit)


def copy_of(held: Path, name: str) -> Path:
    shutil.copytree(held, held.with_name(name))
    return held.with_name(name)


def committed(path: Path) -> Archive:
    archive = Archive(str(path))
    archive.commit()
    return archive


@pytest.fixture(params=[None, one_after_the_other], ids=["alone", "shared"])
def spread(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Spread | None:
    """How a commit is done: by the committer alone, or in shares of one month."""
    monkeypatch.setattr(committing, "FEWEST_APART", 1)
    monkeypatch.setattr(shares, "ARTICLES_OF_SHARE", 1)
    return request.param  # type: ignore[no-any-return]


@pytest.mark.parametrize("last_is_done", [True, False])
def test_wherever_a_commit_is_cut_off_the_next_one_finishes_it(
    held: Path, last_is_done: bool, spread: Spread | None
) -> None:
    whole = committed(copy_of(held, "whole"))
    expected, index = everything(whole), indexed(whole.index_path)
    for changes in range(1, 100):
        path = copy_of(held, f"cut{changes}")
        cut = Archive(str(path))
        cut.storage = CutOff(path, changes, last_is_done=last_is_done)
        try:
            cut.commit(spread=spread)
        except PowerCut:
            cut.close()
        else:
            assert everything(cut) == expected
            break
        check_sound(Archive(str(path)))
        texts = {row["article_id"] for table in ("articles", "revisions") for row in rows(Archive(str(path)), table)}
        assert {key_of(number) for number in (1, 2, 3, 4, 6)} <= texts
        mended = committed(path)
        assert everything(mended) == expected, changes
        assert indexed(mended.index_path) == index, changes
    assert 12 < changes < 99


def test_two_cuts_one_after_the_other_do_no_more_than_one(held: Path) -> None:
    expected = everything(committed(copy_of(held, "whole")))
    for first in range(1, 25, 3):
        path = copy_of(held, f"cut{first}")
        for changes in (first, 4):
            cut = Archive(str(path))
            cut.storage = CutOff(path, changes, last_is_done=True)
            with suppress(PowerCut):
                cut.commit()
            cut.close()
        assert everything(committed(path)) == expected


WRITER = """
import sys
from kompas_crawler.archive import Archive
from tests.archive.made import article, link, minutes, seen, visit
archive, run_id, first = Archive(sys.argv[1]), sys.argv[2], int(sys.argv[3])
staging = archive.stage(run_id, software_version="0.1.0")
for number in range(first, first + int(sys.argv[4])):
    staging.observe(seen(article(number % 40, body=f"Edisi {number}."), minutes(number), links=[link(number % 7)]))
    staging.visit(visit(number % 40, run_id=run_id, visited_at=minutes(number)))
    if number % 5 == 0:
        staging.flush()
        print(number, flush=True)
    if "commit" in sys.argv and number % 10 == 0:
        archive.commit()
staging.close()
"""


@contextmanager
def writer(*arguments: object) -> Iterator[subprocess.Popen[str]]:
    command = [sys.executable, "-c", WRITER, *map(str, arguments)]
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True) as process:
        try:
            yield process
        finally:
            process.kill()


def editions(archive: Archive) -> set[str]:
    return {row["body"] for table in ("articles", "revisions") for row in rows(archive, table)}


def expected_editions(numbers: range) -> set[str]:
    return {f"Edisi {number}." for number in numbers}


@pytest.mark.slow
def test_what_was_durable_before_a_kill_is_there_once_after_it(tmp_path: Path) -> None:
    chance = random.Random(20210414)
    archive = Archive(str(tmp_path / "output"))
    first, kept = 1, 0
    for run in range(6):
        with writer(archive.location, f"r{run}", first, 400, "commit") as process:
            assert process.stdout is not None
            for _ in range(chance.randrange(1, 12)):
                kept = int(process.stdout.readline())
            try:
                process.wait(timeout=chance.random() / 5)
            except subprocess.TimeoutExpired:
                process.send_signal(signal.SIGKILL)
            kept = max([kept, *map(int, process.stdout.read().split())])
        check_sound(archive)
        archive.commit()
        check_sound(archive)
        assert expected_editions(range(1, kept + 1)) <= editions(archive)
        first = kept + 1
    grown = indexed(archive.index_path)
    archive.rebuild_index()
    assert indexed(archive.index_path) == grown


@pytest.mark.slow
def test_two_runs_may_stage_while_a_third_commits(tmp_path: Path) -> None:
    archive = Archive(str(tmp_path / "output"))
    with (
        writer(archive.location, "a", 1, 150) as one,
        writer(archive.location, "b", 1001, 150) as other,
        archive.lock("c"),
    ):
        while one.poll() is None or other.poll() is None:
            archive.commit()
            check_sound(archive)
        archive.commit()
    assert (one.returncode, other.returncode) == (0, 0)
    assert editions(archive) == expected_editions(range(1, 151)) | expected_editions(range(1001, 1151))
    assert {(row["run_id"], row["article_id"]) for row in rows(archive, "visits")} == {
        (run_id, key_of(number)) for run_id in "ab" for number in range(40)
    }
    assert archive.storage.files("staging") == []


@contextmanager
def files_no_larger_than(size_bytes: int) -> Iterator[None]:
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size_bytes, before[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)


def noise(seed: int) -> str:
    return random.Random(seed).randbytes(4000).hex()


def test_a_full_disk_refuses_the_batch_and_the_next_flush_has_it(tmp_path: Path) -> None:
    archive = Archive(str(tmp_path))
    staging = archive.stage("r1", software_version=VERSION)
    staging.observe(seen(article(body=noise(1))))
    with files_no_larger_than(2_000), pytest.raises(ArchiveError, match=r"raise the limit.*start again"):
        staging.flush()
    assert archive.storage.files(".") == []
    staging.flush()
    assert archive.commit().rows_new == 1


def test_a_disk_that_fills_up_in_a_commit_loses_nothing(tmp_path: Path) -> None:
    archive = Archive(str(tmp_path))
    keep(archive, seen(article(1)))
    before = everything(archive)
    staging = archive.stage("r2", software_version=VERSION)
    for number in range(2, 60):
        staging.observe(seen(article(number, body=noise(number)), minutes(number)))
        staging.flush()
    with files_no_larger_than(100_000), pytest.raises(ArchiveError):
        archive.commit()
    assert everything(archive) == before
    assert archive.commit().rows_new == 58
    assert archive.storage.files(UNFINISHED) == []


def test_an_archive_that_may_not_be_written_is_refused_with_what_to_do(tmp_path: Path) -> None:
    tmp_path.chmod(0o555)
    user = os.geteuid()
    try:
        if user == 0:
            os.seteuid(65534)
        staging = Archive(str(tmp_path / "output")).stage("r1", software_version=VERSION)
        staging.observe(seen(article()))
        with pytest.raises(ArchiveError, match="give this user the right"):
            staging.flush()
    finally:
        if user == 0:
            os.seteuid(user)
        tmp_path.chmod(0o755)


def test_unfinished_files_of_dead_processes_are_removed_and_of_living_ones_left(tmp_path: Path) -> None:
    archive = Archive(str(tmp_path))
    keep(archive, seen(article()))
    host = os.uname().nodename
    with subprocess.Popen([sys.executable, "-c", ""]) as process:
        process.wait()
    unfinished = tmp_path / UNFINISHED
    dead, living, foreign = (f"{host}.{process.pid}.aa", f"{host}.{os.getpid()}.bb", "other.example.1.cc")
    for name in (dead, living, foreign):
        (unfinished / name).write_bytes(b"PAR1")
    assert archive.commit().leftovers == 1
    assert sorted(path.name for path in unfinished.iterdir()) == sorted([living, foreign])
