"""The record of each run, and the table of all."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from kompas_crawler.archive import Archive, RunRecord
from kompas_crawler.errors import ArchiveError
from kompas_crawler.items import Outcome
from tests.archive.looks import rows
from tests.archive.made import NOON, VERSION, minutes


def record(run_id: str = "r1", **more: Any) -> RunRecord:
    fields: dict[str, Any] = {
        "run_id": run_id,
        "started_at": NOON,
        "finished_at": minutes(20),
        "software_version": VERSION,
        "arguments": {"since": "2021-04-14"},
        "exit_code": 1,
        "finish_reason": "finished",
        "requests": 41,
        "size_bytes": 99_000,
        "outcomes": {Outcome.KEPT_NEW: 30, Outcome.FAILED: 2},
        "problems": ("2 of 32 listed articles are missing",),
    }
    return RunRecord(**fields | more)


def test_a_run_is_a_json_file_for_people(tmp_path: Path) -> None:
    Archive(str(tmp_path)).write_run(record())
    written = json.loads((tmp_path / "runs/r1.json").read_text())
    assert (written["started_at"], written["kept_new"], written["excluded"]) == ("2021-04-14T05:00:00+00:00", 30, 0)


def test_a_run_is_a_row_of_the_table(tmp_path: Path) -> None:
    archive = Archive(str(tmp_path))
    archive.write_run(record())
    (row,) = rows(archive, "runs")
    assert (row["started_at"], row["failed"], row["problems"]) == (NOON, 2, ["2 of 32 listed articles are missing"])
    assert json.loads(row["arguments"]) == {"since": "2021-04-14"}


def test_a_run_that_is_written_again_replaces_itself(tmp_path: Path) -> None:
    archive = Archive(str(tmp_path))
    archive.write_run(record(finished_at=None, exit_code=None, finish_reason=None))
    archive.write_run(record())
    assert [row["exit_code"] for row in rows(archive, "runs")] == [1]


def test_a_row_that_the_table_lost_comes_back_from_its_json(tmp_path: Path) -> None:
    archive = Archive(str(tmp_path))
    archive.write_run(record("r1", finished_at=None))
    (tmp_path / "runs.parquet").unlink()
    archive.write_run(record("r2", started_at=minutes(30)))
    assert [(row["run_id"], row["finished_at"]) for row in rows(archive, "runs")] == [("r1", None), ("r2", minutes(20))]


def test_a_damaged_record_is_named(tmp_path: Path) -> None:
    archive = Archive(str(tmp_path))
    (tmp_path / "runs").mkdir()
    (tmp_path / "runs/r0.json").write_text("{")
    with pytest.raises(ArchiveError, match=r"runs/r0\.json"):
        archive.write_run(record())
