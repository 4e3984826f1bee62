"""The status of archives: what is held, what is due, what was left behind."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest

from kompas_crawler.archive import Archive, RunRecord
from kompas_crawler.archive.announcements import Look, Told
from kompas_crawler.items import Outcome
from kompas_crawler.resweeps import read_resweeps
from kompas_crawler.revisits import read_revisits
from kompas_crawler.standing.status import Status, status_of
from tests.archive.made import NOON, VERSION, article, key_of, seen, visit, walk


@pytest.fixture
def archive(tmp_path: Path) -> Iterator[Archive]:
    archive = Archive(str(tmp_path / "output"))
    with archive.stage("r1", software_version=VERSION) as staging:
        staging.observe(seen(article(1)))
        staging.visit(visit(1))
        staging.visit(visit(2, outcome=Outcome.FAILED, reason="http_500"))
        staging.walk(walk(site="all"))
        staging.walk(walk(site="all", day=date(2021, 4, 13), is_finished=False, reason="interrupted"))
    archive.commit()
    archive.write_run(
        RunRecord(
            run_id="r1",
            started_at=NOON,
            finished_at=NOON + timedelta(minutes=1),
            software_version=VERSION,
            arguments={"since": "2021-04-13", "until": "2021-04-14"},
            exit_code=1,
            finish_reason="finished",
            requests=9,
            outcomes={Outcome.KEPT_NEW: 1, Outcome.FAILED: 1},
            problems=("one walk did not reach the end",),
        )
    )
    yield archive
    archive.close()


def status(archive: Archive, now: datetime = NOON + timedelta(days=1)) -> Status:
    return status_of(archive, now=now, revisits=read_revisits("23,47", 12), resweeps=read_resweeps("1,7,31", 38))


def test_it_counts_what_is_held(archive: Archive) -> None:
    held = status(archive).holds
    assert (held.articles, held.revisions, held.days, held.months, held.sections) == (1, 0, 1, 1, 1)


def test_the_bytes_by_table_are_those_on_the_disk(archive: Archive) -> None:
    archive.close()
    held = status(archive).holds
    files = [path for path in Path(archive.location).rglob("*") if path.is_file()]
    assert held.size_bytes == sum(one.size_bytes for one in held.tables) == sum(path.stat().st_size for path in files)


def test_it_names_the_last_runs_with_exit_code_outcomes_and_problems(archive: Archive) -> None:
    (run,) = status(archive).runs
    assert (run.exit_code, run.outcomes) == (1, {"kept_new": 1, "failed": 1})
    assert run.problems == ("one walk did not reach the end",)


def test_an_article_is_due_after_its_mark_and_not_before(archive: Archive) -> None:
    before, after = (status(archive, NOON + timedelta(hours=hours)).due for hours in (22, 24))
    assert before is not None
    assert after is not None
    assert (before.revisits, after.revisits) == (0, 1)


def test_a_day_whose_walk_was_cut_off_is_named_with_its_reason(archive: Archive) -> None:
    due = status(archive).due
    assert due is not None
    assert [(one.day.day, one.site, one.reason) for one in due.cut_off] == [(13, "all", "interrupted")]


def test_a_walk_that_was_made_up_for_is_cut_off_no_more(archive: Archive) -> None:
    later = datetime(2021, 4, 17, tzinfo=UTC)
    with archive.stage("r2", software_version=VERSION) as staging:
        staging.walk(walk(run_id="r2", site="all", day=date(2021, 4, 13), started_at=later, walked_at=later))
    archive.commit()
    due = status(archive).due
    assert due is not None
    assert due.cut_off == ()


def test_what_a_believed_sitemap_calls_unchanged_is_not_due(archive: Archive) -> None:
    agenda = archive.agenda()
    assert agenda is not None
    now, proofs = NOON + timedelta(days=1), [key_of(number) for number in range(100, 120)]
    looks = [Look(key, NOON - timedelta(hours=2), NOON, is_changed=True) for key in proofs]
    told = {key: ("", Told(now, NOON - timedelta(hours=1))) for key in proofs}
    agenda.announcements.note({key_of(1): ("", Told(now, NOON - timedelta(days=1))), **told}, looks, now)
    believing = replace(read_revisits("23,47", 12), control=0.001)
    found = [
        status_of(archive, now=now, revisits=plan, resweeps=read_resweeps("", 38)).due
        for plan in (believing, replace(believing, control=1.0))
    ]
    assert [due and due.revisits for due in found] == [0, 1]


def test_what_is_due_is_unknown_without_an_index_and_none_is_made(archive: Archive) -> None:
    archive.close()
    archive.index_path.unlink()
    found = status(archive)
    assert (found.due, found.holds.days, archive.index_path.exists()) == (None, None, False)


def test_what_a_killed_run_staged_is_left_over(archive: Archive) -> None:
    with archive.stage("r3", software_version=VERSION) as staging:
        staging.observe(seen(article(3)))
    (left,) = status(archive).staging
    assert (left.run_id, left.batches, left.is_running) == ("r3", 1, False)


def test_what_a_run_under_way_staged_is_its_own(archive: Archive) -> None:
    with archive.lock("r3"):
        with archive.stage("r3", software_version=VERSION) as staging:
            staging.observe(seen(article(3)))
        found = status(archive)
    assert found.lock is not None
    assert (found.lock.run_id, found.lock.is_dead) == ("r3", False)
    assert [left.is_running for left in found.staging] == [True]


def test_a_lock_of_a_dead_process_is_told_from_a_held_one(archive: Archive) -> None:
    with archive.lock("r3"):
        path = Path(archive.location) / "archive.lock"
        owner = json.loads(path.read_bytes())
    path.write_text(json.dumps(owner | {"pid": 2**22 - 7}))
    lock = status(archive).lock
    assert lock is not None
    assert lock.is_dead


def test_asking_takes_no_lock_and_writes_nothing(archive: Archive) -> None:
    archive.close()
    before = {path: path.stat().st_mtime_ns for path in Path(archive.location).rglob("*.parquet")}
    with Archive(archive.location).lock("r9"):
        status(archive)
    assert {path: path.stat().st_mtime_ns for path in Path(archive.location).rglob("*.parquet")} == before
