"""The commands that work on an archive, run as people run them."""

from __future__ import annotations

import os
import resource
import subprocess
import sys
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from kompas_crawler.archive import Archive
from tests.archive.made import VERSION, article, one_commit, seen

COMMANDS = ["commit", "migrate", "rebuild-index", "verify"]
ROOT = Path(__file__).resolve().parents[2]


def scrapy(*arguments: str, file_bytes: int | None = None) -> subprocess.CompletedProcess[str]:
    """Run a command; no file may grow beyond `file_bytes`, as on a full disk."""
    environment = os.environ | {"SCRAPY_PROJECT": "default", "PYTHONWARNINGS": "error"}
    command = [sys.executable, "-m", "scrapy", *arguments]

    def limit() -> None:
        resource.setrlimit(resource.RLIMIT_FSIZE, (file_bytes or 0, file_bytes or 0))

    return subprocess.run(
        command,
        cwd=ROOT,
        env=environment,
        preexec_fn=limit if file_bytes is not None else None,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )


@pytest.fixture
def archive(tmp_path: Path) -> Archive:
    """An archive with one commit."""
    return one_commit(tmp_path / "output")


def run(
    command: str, archive: Archive, *arguments: str, file_bytes: int | None = None
) -> subprocess.CompletedProcess[str]:
    return scrapy(command, "-s", f"KOMPAS_OUTPUT={archive.location}", *arguments, file_bytes=file_bytes)


def test_the_list_of_commands_has_them_all_and_nothing_else_of_ours() -> None:
    listed = {line.split()[0] for line in scrapy().stdout.splitlines() if line.startswith("  ") and line.split()}
    assert {*COMMANDS, "release"} <= listed
    assert not listed & {"archives", "rebuild_index", "commands"}


@pytest.mark.parametrize("command", [*COMMANDS, "release"])
def test_help_has_examples_and_exit_codes(command: str) -> None:
    said = " ".join(scrapy(command, "--help").stdout.split())
    assert f"`scrapy {command} -s KOMPAS_OUTPUT=" in said
    assert "5 another run holds the lock" in said


@pytest.mark.parametrize("command", COMMANDS)
def test_an_archive_that_is_not_there_is_storage_trouble(command: str, tmp_path: Path) -> None:
    answer = run(command, Archive(str(tmp_path / "nowhere")))
    assert (answer.returncode, "there is no archive at" in answer.stderr) == (4, True)
    assert not (tmp_path / "nowhere").exists()


@pytest.mark.parametrize("command", COMMANDS)
def test_a_held_lock_is_exit_code_5_and_names_the_owner(command: str, archive: Archive) -> None:
    with archive.lock("r9"):
        answer = run(command, archive)
    assert (answer.returncode, "r9" in answer.stderr) == (5, True)


def test_arguments_are_refused(archive: Archive) -> None:
    answer = run("verify", archive, "output")
    assert (answer.returncode, "unexpected arguments: output" in answer.stderr) == (2, True)


def test_commit_folds_what_is_staged(archive: Archive) -> None:
    with archive.stage("r2", software_version=VERSION) as staging:
        staging.observe(seen(article(2)))
    answer = run("commit", archive)
    assert (answer.returncode, answer.stderr) == (0, "")
    assert "1 new" in answer.stdout
    assert archive.known(article(2).article_id) is not None


def test_verify_passes_a_sound_archive_and_fails_a_damaged_one(archive: Archive) -> None:
    answer = run("verify", archive)
    assert (answer.returncode, answer.stderr) == (0, "")
    assert "nothing is wrong" in answer.stdout
    (Path(archive.location) / "coverage.parquet").unlink()
    answer = run("verify", archive)
    assert answer.returncode == 1
    assert "To mend it: run `scrapy rebuild-index`" in answer.stdout


def test_rebuild_index_mends_index_and_coverage(archive: Archive) -> None:
    archive.index_path.unlink()
    (Path(archive.location) / "coverage.parquet").unlink()
    answer = run("rebuild-index", archive)
    assert (answer.returncode, answer.stderr) == (0, "")
    assert run("verify", archive).returncode == 0


def test_rebuild_index_mends_the_marks_of_near_duplicates(archive: Archive) -> None:
    path = Path(archive.location) / "articles/year=2021/month=04/articles.parquet"
    table = pq.ParquetFile(path).read()
    marks = pa.array(["20210414-1"] * table.num_rows, pa.string())
    marked = table.set_column(table.schema.get_field_index("duplicate_of"), "duplicate_of", marks)
    pq.write_table(marked.cast(table.schema), path)
    assert run("verify", archive).returncode == 1
    assert run("rebuild-index", archive).returncode == 0
    assert run("verify", archive).returncode == 0


def test_rebuild_index_mends_an_index_that_is_no_database(archive: Archive) -> None:
    archive.index_path.write_bytes(b"not a database" * 500)
    assert run("rebuild-index", archive).returncode == 0
    assert run("verify", archive).returncode == 0


def test_migrate_leaves_a_current_archive_alone(archive: Archive) -> None:
    answer = run("migrate", archive)
    assert answer.returncode == 0
    assert "0 files rewritten" in answer.stdout


def test_release_lists_nothing_where_nothing_is_withheld(archive: Archive) -> None:
    answer = run("release", archive, "--list")
    assert (answer.returncode, "nothing is withheld" in answer.stdout) == (0, True)


@pytest.mark.parametrize("arguments", [(), ("--discard",), ("a", "b"), ("--list", "--discard")])
def test_release_wants_the_name_of_one_run(arguments: tuple[str, ...], archive: Archive) -> None:
    assert run("release", archive, *arguments).returncode == 2
