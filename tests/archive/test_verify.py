"""That a sound archive passes, and that each kind of damage is found, where it is."""

from __future__ import annotations

import random
import sqlite3
from collections.abc import Callable
from contextlib import closing
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from kompas_crawler.archive import Archive, RawPointer, RawWriter, Removal, RunRecord, WireExchange
from kompas_crawler.archive.checks import of_history, of_order, of_run
from kompas_crawler.archive.verify import Finding, verify
from kompas_crawler.items import Outcome
from tests.archive.made import VERSION, article, link, minutes, seen, visit, walk

APRIL = "year=2021/month=04"
LONG = " ".join(random.Random(1).choices([f"kata{number}" for number in range(900)], k=120))


@pytest.fixture
def archive(tmp_path: Path) -> Archive:
    """An archive with an edited article, a removed one, a near-duplicate, links, and the books of one run."""
    archive = Archive(str(tmp_path / "output"))
    with archive.stage("r1", software_version=VERSION) as staging:
        staging.observe(seen(article(1), minutes(0), links=[link(2)]))
        staging.observe(seen(article(1, title="Banjir Mulai Surut"), minutes(10)))
        staging.observe(seen(article(2, body=LONG), minutes(0)))
        staging.observe(seen(article(3, body=LONG), minutes(0)))
        staging.removed(Removal(article_id=article(2).article_id, seen_at=minutes(20), status=404))
        for number in (1, 2, 3):
            staging.visit(visit(number))
        staging.visit(visit(4, outcome=Outcome.FAILED, reason="timeout"))
        staging.walk(walk())
    archive.commit()
    archive.write_run(
        RunRecord(
            run_id="r1",
            started_at=minutes(0),
            finished_at=minutes(30),
            software_version=VERSION,
            exit_code=1,
            finish_reason="finished",
            outcomes={Outcome.KEPT_NEW: 3, Outcome.FAILED: 1},
        )
    )
    return archive


def found(archive: Archive) -> list[Finding]:
    archive.close()
    return list(verify(archive.storage, archive.index_path))


def root(archive: Archive) -> Path:
    return Path(archive.location)


def rewritten(path: Path, change: Callable[[list[dict[str, Any]]], list[dict[str, Any]]]) -> None:
    """Rewrite a Parquet file with its rows changed, and all else as it was."""
    schema = pq.read_schema(path)
    rows = change(pq.ParquetFile(path).read().to_pylist())
    pq.write_table(pa.Table.from_pylist(rows, schema=schema), path)


def edit(**changes: Any) -> Callable[[list[dict[str, Any]]], list[dict[str, Any]]]:
    """Return what changes columns of the first row."""
    return lambda rows: [rows[0] | changes, *rows[1:]]


def test_a_sound_archive_passes(archive: Archive) -> None:
    assert [str(finding) for finding in found(archive)] == []


def test_verifying_changes_no_file(archive: Archive) -> None:
    before = {path: path.stat().st_mtime_ns for path in root(archive).rglob("*.parquet")}
    found(archive)
    assert {path: path.stat().st_mtime_ns for path in root(archive).rglob("*.parquet")} == before


@pytest.mark.parametrize(
    ("table", "change", "check", "problem"),
    [
        ("articles", edit(title="Palsu"), "articles", "content_hash"),
        ("articles", edit(word_count=99), "articles", "word_count"),
        ("articles", edit(published_on=date(2021, 4, 15)), "articles", "not the WIB day"),
        ("articles", edit(flags=["empty_body"]), "articles", "flags"),
        ("articles", edit(last_seen_at=datetime(2020, 1, 1, tzinfo=UTC)), "articles", "out of order"),
        ("articles", edit(duplicate_of="20210414-1"), "duplicates", "duplicate_of is 20210414-1"),
        ("articles", lambda rows: rows[::-1], "order", "comes after"),
        ("articles", lambda rows: [rows[0], *rows], "keys", "2 times"),
        ("articles", lambda rows: rows[1:], "kept", "kept_new"),
        ("articles", lambda rows: rows[1:], "revisions", "no current one"),
        ("revisions", edit(replaced_at=minutes(5)), "revisions", "no revision was valid"),
        ("revisions", edit(revision=2), "revisions", "revision 2 stands 2 times"),
        ("revisions", edit(replaced_at=minutes(-5)), "revisions", "was replaced at"),
        ("links", edit(published_on=date(2021, 4, 1)), "links", "not the day in the key"),
        ("links", lambda rows: [rows[0], *rows], "keys", "2 times"),
    ],
)
def test_damage_to_rows_is_found(
    archive: Archive, table: str, change: Callable[[Any], Any], check: str, problem: str
) -> None:
    rewritten(root(archive) / table / APRIL / f"{table}.parquet", change)
    findings = [finding for finding in found(archive) if finding.check == check]
    assert any(problem in finding.problem for finding in findings)
    assert all(finding.remedy for finding in findings)


def test_a_file_in_the_wrong_month_is_found(archive: Archive) -> None:
    april, may = root(archive) / "articles" / APRIL, root(archive) / "articles/year=2021/month=05"
    april.rename(may)
    assert {finding.check for finding in found(archive)} >= {"partitions"}


def test_an_article_in_two_months_is_found(archive: Archive) -> None:
    april, may = root(archive) / "articles" / APRIL, root(archive) / "articles/year=2021/month=05"
    may.mkdir()
    (may / "articles.parquet").write_bytes((april / "articles.parquet").read_bytes())
    findings = [finding for finding in found(archive) if finding.check == "keys"]
    assert len(findings) == 3
    assert "month=04" in findings[0].problem
    assert "month=05" in findings[0].problem


def test_a_damaged_file_is_found(archive: Archive) -> None:
    path = root(archive) / "articles" / APRIL / "articles.parquet"
    path.write_bytes(path.read_bytes()[:-100])
    (finding,) = found(archive)
    assert (finding.check, finding.where) == ("files", f"articles/{APRIL}/articles.parquet")


def test_a_file_of_another_version_is_found(archive: Archive) -> None:
    path = root(archive) / "links" / APRIL / "links.parquet"
    table = pq.ParquetFile(path).read()
    metadata = table.schema.metadata | {b"kompas.schema_version": b"7"}
    pq.write_table(table.replace_schema_metadata(metadata), path)
    (finding,) = found(archive)
    assert "scrapy migrate" in finding.remedy


def test_staged_batches_and_unfinished_files_are_found(archive: Archive) -> None:
    with archive.stage("r2", software_version=VERSION) as staging:
        staging.visit(visit(9, run_id="r2"))
    unfinished = root(archive) / ".unfinished" / "elsewhere.1.abc"
    unfinished.parent.mkdir(exist_ok=True)
    unfinished.write_bytes(b"half")
    assert [finding.where for finding in found(archive)] == [".unfinished/elsewhere.1.abc", "staging/r2"]


def test_a_stray_file_among_the_tables_is_found(archive: Archive) -> None:
    stray = root(archive) / "articles" / APRIL / "copy.parquet"
    stray.write_bytes((stray.parent / "articles.parquet").read_bytes())
    assert "move it out" in found(archive)[0].remedy


def test_a_run_whose_sums_are_off_is_found(archive: Archive) -> None:
    rewritten(root(archive) / "runs.parquet", edit(kept_new=4))
    (finding,) = found(archive)
    assert (finding.check, finding.where) == ("books", "r1")
    assert finding.problem == "4 addresses are reported as kept_new, 3 are in visits"


def test_a_run_that_the_table_lacks_is_found(archive: Archive) -> None:
    (root(archive) / "runs" / "r0.json").write_text("{}")
    assert [finding.where for finding in found(archive)] == ["runs/r0.json"]


@pytest.mark.parametrize(
    ("statement", "problem"),
    [
        ("DELETE FROM articles WHERE article_id LIKE '%1170'", "lacks 1 rows of articles"),
        ("UPDATE visited SET outcome = 'gone'", "rows of visited"),
        ("INSERT INTO listings VALUES ('2021-04-13', '20210414-1')", "should not have 1 rows of listings"),
        ("UPDATE near_duplicates SET duplicate_of = NULL", "rows of near_duplicates"),
        ("UPDATE meta SET value = 'other' WHERE key IN ('commit', 'before')", "not show the last commit"),
        ("DROP TABLE routes", "cannot be used"),
    ],
)
def test_an_index_that_says_something_else_is_found(archive: Archive, statement: str, problem: str) -> None:
    archive.close()
    with closing(sqlite3.connect(archive.index_path)) as connection:
        connection.execute(statement)
        connection.commit()
    findings = found(archive)
    assert {finding.check for finding in findings} == {"index"}
    assert any(problem in finding.problem for finding in findings)


def test_a_missing_index_is_found(archive: Archive) -> None:
    archive.close()
    archive.index_path.unlink()
    assert [finding.check for finding in found(archive)] == ["index"]
    assert not archive.index_path.exists()


def test_coverage_that_promises_too_much_is_found(archive: Archive) -> None:
    rewritten(root(archive) / "coverage.parquet", edit(is_complete=True))
    (finding,) = found(archive)
    assert (finding.check, finding.where) == ("coverage", "coverage.parquet 2021-04-14")


def kept_raw(archive: Archive) -> RawPointer:
    raw = RawWriter(archive.storage, "r1", started_at=minutes(0), about={})
    wire = WireExchange(url="https://www.kompas.com/", status=200, headers=[], body=b"<p>", fetched_at=minutes(0))
    pointer = raw.exchange(wire)
    raw.close()
    return pointer


def test_a_raw_record_that_is_not_there_is_found(archive: Archive) -> None:
    name, offset = kept_raw(archive)
    path = root(archive) / "articles" / APRIL / "articles.parquet"
    places = iter([(name, offset), (name, 7), ("raw/other.warc.gz", 0)])

    def change(rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
        return [row | {"raw_file": name, "raw_offset": at} for row, (name, at) in zip(rows, places, strict=True)]

    rewritten(path, change)
    problems = [finding.problem for finding in found(archive) if finding.check == "raw"]
    assert problems == [f"no record of {name} begins at byte 7", "raw/other.warc.gz is not there"]


def test_a_raw_record_that_no_visit_leads_to_any_more_is_found(archive: Archive) -> None:
    kept_raw(archive)
    rewritten(next((root(archive) / "visits").rglob("*.parquet")), edit(raw_file="raw/gone.warc.gz", raw_offset=0))
    assert [finding.problem for finding in found(archive)] == ["raw/gone.warc.gz is not there"]


def test_a_damaged_raw_file_is_found(archive: Archive) -> None:
    name, _ = kept_raw(archive)
    with (root(archive) / name).open("ab") as file:
        file.write(b"\x1f\x8b\x08")
    (finding,) = found(archive)
    assert (finding.check, finding.where) == ("raw", name)


def test_two_revisions_of_one_span_have_no_single_answer() -> None:
    def row(revision: int, since: int, until: int | None) -> dict[str, Any]:
        replaced_at = None if until is None else minutes(until)
        return {"revision": revision, "fetched_at": minutes(since), "replaced_at": replaced_at}

    assert list(of_history(row(3, 10, None), [row(1, 0, 10)])) == []
    assert len(list(of_history(row(3, 10, None), [row(1, 0, 10), row(2, 0, 10)]))) == 1


def test_a_killed_run_has_no_sums_to_compare() -> None:
    assert list(of_run({"exit_code": None}, {"a": "kept_new"})) == []


def test_equal_keys_are_in_order() -> None:
    assert list(of_order([(1,), (1,), (2,)])) == []


def test_a_finding_says_how_to_mend_it() -> None:
    assert str(Finding("keys", "a", "it is there twice", "delete one")) == (
        "keys: a: it is there twice. To mend it: delete one"
    )


def test_a_longer_life_passes(tmp_path: Path) -> None:
    """Several commits: a page that flaps, goes and comes back, and a late reading of another crawler."""
    archive = Archive(str(tmp_path))
    titles = ["A", "B", "A", "B", "C", "A"]
    for step, title in enumerate(titles):
        with archive.stage(f"r{step}", software_version=VERSION) as staging:
            staging.observe(seen(article(1, title=title), minutes(60 * step)))
            staging.visit(visit(1, run_id=f"r{step}", visited_at=minutes(60 * step)))
            if step == 2:
                staging.removed(Removal(article_id=article(1).article_id, seen_at=minutes(150), status=410))
            if step == 4:
                staging.observe(seen(article(1, title="Terlambat"), minutes(90)))
        archive.commit()
    assert [str(finding) for finding in found(archive)] == []
