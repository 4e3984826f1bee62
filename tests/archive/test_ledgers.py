"""Visits and walks: one file per run, one row per address, and one file per month when the month is over."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest

from kompas_crawler.archive import Archive, schema
from kompas_crawler.archive.columns import record_batch
from kompas_crawler.archive.ledgers import VISITS, WALKS, close_months, enter
from kompas_crawler.archive.months import Month
from kompas_crawler.archive.parquet import Stamp
from kompas_crawler.items import Outcome, Route, Visit
from tests.archive.looks import rows
from tests.archive.made import VERSION, key_of, minutes, visit, walk

STAMP = Stamp("r1", VERSION)
APRIL, MAY = Month(2021, 4), Month(2021, 5)


def as_row(one: Visit) -> dict[str, object]:
    names = schema.VISITS.names
    return record_batch([{name: getattr(one, name) for name in names}], schema.VISITS).to_pylist()[0]


@pytest.fixture
def archive(tmp_path: Path) -> Archive:
    return Archive(str(tmp_path))


def put(archive: Archive, month: Month, *visits: Visit) -> None:
    for one in visits:
        enter(archive.storage, VISITS, one.run_id, month, [as_row(one)], STAMP)


def outcomes(archive: Archive) -> list[tuple[str, str, str]]:
    return sorted((row["run_id"], row["article_id"], row["outcome"]) for row in rows(archive, "visits"))


def test_an_address_has_one_row_in_a_run_its_last_outcome_and_all_routes(archive: Archive) -> None:
    staging = archive.stage("r1", software_version=VERSION)
    staging.visit(visit(1, outcome=Outcome.PENDING, discovered_by=(Route.TERKINI,)))
    staging.flush()
    archive.commit()
    staging.visit(visit(1, outcome=Outcome.KEPT_NEW, listed_on=None, visited_at=minutes(3)))
    staging.close()
    archive.commit()
    (row,) = rows(archive, "visits")
    assert (row["outcome"], row["discovered_by"]) == ("kept_new", ["terkini", "index"])
    assert row["listed_on"] == visit().listed_on


def test_of_two_outcomes_at_one_instant_the_one_staged_last_stays(archive: Archive) -> None:
    staging = archive.stage("r1", software_version=VERSION)
    staging.visit(visit(1, outcome=Outcome.EXCLUDED, reason="depth"))
    staging.visit(visit(1, outcome=Outcome.KNOWN))
    staging.close()
    archive.commit()
    assert outcomes(archive) == [("r1", key_of(1), "known")]


def test_an_address_has_a_row_in_each_run(archive: Archive) -> None:
    put(archive, APRIL, visit(1), visit(1, run_id="r2", outcome=Outcome.KNOWN))
    assert outcomes(archive) == [("r1", key_of(1), "kept_new"), ("r2", key_of(1), "known")]


def test_the_files_of_a_month_become_one_when_a_later_month_has_begun(archive: Archive) -> None:
    put(archive, APRIL, visit(1), visit(2, run_id="r2"))
    assert close_months(archive.storage, VISITS, STAMP) == 0
    put(archive, MAY, visit(3, run_id="r3"))
    before = outcomes(archive)
    assert close_months(archive.storage, VISITS, STAMP) == 2
    assert archive.storage.files("visits") == [
        "visits/year=2021/month=04/visits.parquet",
        "visits/year=2021/month=05/r3.parquet",
    ]
    assert outcomes(archive) == before


def test_a_run_that_goes_on_after_its_month_was_closed_is_entered_there(archive: Archive) -> None:
    put(archive, APRIL, visit(1), visit(1, run_id="r2"))
    put(archive, MAY, visit(3, run_id="r3"))
    close_months(archive.storage, VISITS, STAMP)
    put(archive, APRIL, visit(1, outcome=Outcome.UNCHANGED, visited_at=minutes(5)), visit(4))
    assert archive.storage.files("visits/year=2021/month=04") == ["visits/year=2021/month=04/visits.parquet"]
    assert outcomes(archive) == [
        ("r1", key_of(1), "unchanged"),
        ("r1", key_of(4), "kept_new"),
        ("r2", key_of(1), "kept_new"),
        ("r3", key_of(3), "kept_new"),
    ]


def test_closing_a_month_can_be_interrupted_and_done_again(archive: Archive, tmp_path: Path) -> None:
    put(archive, APRIL, visit(1), visit(2, run_id="r2"))
    put(archive, MAY, visit(3, run_id="r3"))
    before = outcomes(archive)
    left_over = tmp_path / "visits/year=2021/month=04/r1.parquet"
    content = left_over.read_bytes()
    close_months(archive.storage, VISITS, STAMP)
    left_over.write_bytes(content)
    assert close_months(archive.storage, VISITS, STAMP) == 1
    assert outcomes(archive) == before


def test_a_run_belongs_to_the_month_in_which_it_began(archive: Archive) -> None:
    began = datetime.now(UTC)
    staging = archive.stage("r1", software_version=VERSION)
    staging.visit(visit(1, visited_at=datetime(2031, 1, 1, tzinfo=UTC)))
    staging.walk(walk())
    staging.close()
    archive.commit()
    assert archive.storage.files("visits") == [Month.of_instant(began).file("visits", "r1")]
    assert archive.storage.files("walks") == [Month.of_instant(began).file("walks", "r1")]


def test_a_walk_of_a_day_is_kept_once_per_run_and_slug(archive: Archive) -> None:
    for pages in (1, 2):
        staging = archive.stage("r1", software_version=VERSION)
        staging.walk(walk(pages=pages, walked_at=minutes(pages)))
        staging.walk(walk(site="nasional", pages=pages, walked_at=minutes(pages)))
        staging.close()
        archive.commit()
    assert [(row["site"], row["pages"]) for row in rows(archive, "walks")] == [("global", 2), ("nasional", 2)]


def test_walks_are_put_together_too(archive: Archive) -> None:
    walks = [{name: getattr(walk(run_id=run_id), name) for name in schema.WALKS.names} for run_id in ("r1", "r2", "r3")]
    for row, month in zip(walks, (APRIL, APRIL, MAY), strict=True):
        enter(archive.storage, WALKS, row["run_id"], month, [row], STAMP)
    assert close_months(archive.storage, WALKS, STAMP) == 2
    assert len(rows(archive, "walks")) == 3
