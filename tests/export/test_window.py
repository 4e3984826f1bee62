"""Exports as a colleague reads them: every form, the data card, and what happens to files that are there."""

from __future__ import annotations

import csv
import io
import json
import zipfile
from collections.abc import Iterator
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any

import duckdb
import pandas as pd
import polars as pl
import pyarrow.parquet as pq
import pytest

from kompas_crawler.archive import Archive, RunRecord
from kompas_crawler.errors import SelectionRefused, UsageError
from kompas_crawler.export.cells import parted, restored
from kompas_crawler.export.forms import Form
from kompas_crawler.export.window import Window, export
from kompas_crawler.items import Outcome
from tests.archive.made import NOON, VERSION, article, key_of, seen, visit, walk
from tests.commands.test_archive_commands import run

ODD_TITLE = '=HYPERLINK("http://x","Banjir, \\"surut\\"")'
BODY = 'Air surut.\n\n- Satu, dua; tiga\n\nSelesai – "begitu".'


@pytest.fixture(scope="module")
def archive(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Archive]:
    """Two articles of 14 April and one of 16 April; one of the 14th is missing, the 15th was never crawled."""
    archive = Archive(str(tmp_path_factory.mktemp("export") / "output"))
    later = NOON + timedelta(days=2)
    with archive.stage("r1", software_version=VERSION) as staging:
        staging.observe(seen(article(1, title=ODD_TITLE, body=BODY, authors=("Sari | Wulan", "Agie"), tags=())))
        staging.observe(seen(article(2, section="nasional", title="'Sudah' surut")))
        staging.observe(seen(article(3, article_id=key_of(3, date(2021, 4, 16)), published_at=later), later))
        staging.visit(visit(1))
        staging.visit(visit(4, outcome=Outcome.FAILED, reason="http_500"))
        staging.walk(walk(site="all"))
    archive.commit()
    archive.write_run(
        RunRecord(
            run_id="r1",
            started_at=NOON,
            finished_at=NOON,
            software_version="0.0.9",
            arguments={"kompas_contact": "mailto:crawl@universitas.ac.id", "kompas_permission": "letter 12/KCM"},
            exit_code=0,
            finish_reason="finished",
        )
    )
    yield archive
    archive.close()


def written(archive: Archive, path: Path, **window: Any) -> Path:
    export(archive, Window(**window), path, Form(path.suffix[1:]))
    return path


def rows_of(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8-sig", newline="") as file:
        return list(csv.DictReader(file))


def test_csv_holds_every_text_as_it_was(archive: Archive, tmp_path: Path) -> None:
    first, second, _ = rows_of(written(archive, tmp_path / "a.csv"))
    assert (restored(first["title"]), restored(first["body"])) == (ODD_TITLE, BODY)
    assert restored(second["title"]) == "'Sudah' surut"
    assert (parted(restored(first["authors"])), first["tags"]) == (["Sari | Wulan", "Agie"], "")


def test_no_cell_of_csv_begins_a_formula(archive: Archive, tmp_path: Path) -> None:
    cells = {cell for row in rows_of(written(archive, tmp_path / "a.csv")) for cell in row.values()}
    assert not [cell for cell in cells if cell.startswith(("=", "+", "-", "@", "\t", "\r"))]


def test_csv_begins_with_the_mark_by_which_excel_knows_utf_8(archive: Archive, tmp_path: Path) -> None:
    assert written(archive, tmp_path / "a.csv").read_bytes().startswith(b'\xef\xbb\xbf"article_id"')


def test_csv_reads_alike_in_pandas_polars_and_duckdb(archive: Archive, tmp_path: Path) -> None:
    path = written(archive, tmp_path / "a.csv", columns=["article_id", "title", "body"])
    expected = [list(row.values()) for row in rows_of(path)]
    assert pd.read_csv(path).to_numpy().tolist() == expected
    assert [list(row) for row in pl.read_csv(path).rows()] == expected
    read = duckdb.sql(f"select * from read_csv('{path}', header = true, all_varchar = true)").fetchall()
    assert [[cell.replace("\r\n", "\n") for cell in row] for row in read] == expected


def test_jsonl_keeps_lists_nulls_and_instants(archive: Archive, tmp_path: Path) -> None:
    first, *_ = map(json.loads, written(archive, tmp_path / "a.jsonl").read_text(encoding="utf-8").splitlines())
    assert (first["authors"], first["tags"], first["updated_at"]) == (["Sari | Wulan", "Agie"], [], None)
    assert datetime.fromisoformat(first["published_at"]) == NOON + timedelta(seconds=1)


def test_parquet_keeps_types_and_descriptions(archive: Archive, tmp_path: Path) -> None:
    schema = pq.read_schema(written(archive, tmp_path / "a.parquet"))
    assert str(schema.field("published_at").type) == "timestamp[us, tz=UTC]"
    assert b"headline" in schema.field("title").metadata[b"description"]


def test_rows_come_in_order_of_publication(archive: Archive, tmp_path: Path) -> None:
    assert [row["article_id"] for row in rows_of(written(archive, tmp_path / "a.csv"))] == [
        key_of(1),
        key_of(2),
        key_of(3, date(2021, 4, 16)),
    ]


def test_the_window_and_the_columns_are_kept_to(archive: Archive, tmp_path: Path) -> None:
    days = {"since": "2021-04-14", "until": "2021-04-15"}
    path = written(archive, tmp_path / "a.csv", **days, sections=["nasional"], columns=["title", "article_id"])
    (row,) = rows_of(path)
    assert list(row) == ["title", "article_id"]
    assert row["article_id"] == key_of(2)


def test_a_zip_holds_rows_card_coverage_and_what_is_missing(archive: Archive, tmp_path: Path) -> None:
    with zipfile.ZipFile(written(archive, tmp_path / "a.zip", until="2021-04-14")) as zipped:
        texts = {name: zipped.read(name).decode("utf-8-sig") for name in zipped.namelist()}
    assert sorted(texts) == ["DATA_CARD.md", "articles.csv", "coverage.csv", "missing.csv"]
    (missing,) = csv.DictReader(io.StringIO(texts["missing.csv"]))
    assert (missing["article_id"], missing["reason"]) == (key_of(4), "failed: http_500")
    assert {row["section"] for row in csv.DictReader(io.StringIO(texts["coverage.csv"]))} >= {"global", "nasional"}


@pytest.mark.parametrize(
    "word",
    [
        "| rows | 3 |",
        "2021-04-14 to 2021-04-16 (WIB)",
        "**0 of 3 days are complete**",
        "- 2021-04-14 (1 day): listed articles are not held",
        "Of the listed articles 1 are not held: 1 failed: http_500.",
        "Recorded permission: letter 12/KCM",
        "Crawled by: mailto:crawl@universitas.ac.id",
        "crawled with kompas-crawler 0.0.9",
        "Articles of Kompas.com, 2021-04-14 to 2021-04-16 (WIB). 3 articles",
        "| `title` | string | The headline as shown to the reader. |",
        "removeprefix",
    ],
)
def test_the_card_says_what_it_is_what_it_lacks_and_how_to_cite_it(archive: Archive, tmp_path: Path, word: str) -> None:
    path = written(archive, tmp_path / "a.csv")
    assert word in path.with_name("a.csv.card.md").read_text(encoding="utf-8")


def test_the_card_of_invented_articles_says_so(tmp_path: Path) -> None:
    archive = Archive(str(tmp_path / "output"))
    with archive.stage("r1", software_version=VERSION) as staging:
        staging.observe(seen(article(1)))
    archive.commit()
    facts = {"run_id": "r1", "started_at": NOON, "finished_at": NOON, "software_version": VERSION}
    arguments = {"kompas_replica": "http://127.0.0.1:1"}
    archive.write_run(RunRecord(**facts, arguments=arguments, exit_code=0, finish_reason="finished"))
    written(archive, tmp_path / "a.csv")
    archive.close()
    assert "These articles are invented" in (tmp_path / "a.csv.card.md").read_text(encoding="utf-8")


def test_bodies_too_long_for_a_cell_of_excel_are_counted(tmp_path: Path) -> None:
    archive = Archive(str(tmp_path / "output"))
    with archive.stage("r1", software_version=VERSION) as staging:
        staging.observe(seen(article(1, body="kata " * 7_000)))
    archive.commit()
    written(archive, tmp_path / "a.csv")
    archive.close()
    assert "1 body of more than 32,767 characters" in (tmp_path / "a.csv.card.md").read_text(encoding="utf-8")


@pytest.mark.parametrize("there", ["a.csv", "a.csv.card.md"])
def test_nothing_is_overwritten_unless_that_is_asked_for(archive: Archive, tmp_path: Path, there: str) -> None:
    (tmp_path / there).write_text("mine")
    with pytest.raises(UsageError, match="--force"):
        written(archive, tmp_path / "a.csv")
    assert {path.name: path.read_text() for path in tmp_path.iterdir()} == {there: "mine"}
    export(archive, Window(), tmp_path / "a.csv", Form.CSV, force=True)
    assert len(rows_of(tmp_path / "a.csv")) == 3


@pytest.mark.parametrize(
    ("window", "error"),
    [
        (Window(since="2020-01-01", until="2020-01-02"), UsageError),
        (Window(columns=["titel"]), SelectionRefused),
        (Window(sections=["globl"]), SelectionRefused),
    ],
)
def test_a_window_of_which_nothing_can_be_written_leaves_no_file(
    archive: Archive, tmp_path: Path, window: Window, error: type[Exception]
) -> None:
    with pytest.raises(error):
        export(archive, window, tmp_path / "a.csv", Form.CSV)
    assert list(tmp_path.iterdir()) == []


def test_a_disk_that_is_full_leaves_no_file(archive: Archive, tmp_path: Path) -> None:
    answer = run("export", archive, "-o", str(tmp_path / "a.csv"), file_bytes=1_000)
    assert (answer.returncode, "cannot write" in answer.stderr) == (4, True)
    assert list(tmp_path.iterdir()) == []


def test_the_command_says_what_it_wrote(archive: Archive, tmp_path: Path) -> None:
    answer = run("export", archive, "-o", str(tmp_path / "a.jsonl"), "--json")
    told = json.loads(answer.stdout)
    assert (answer.returncode, told["format"], told["rows"], told["days_complete"]) == (0, "kompas-export/1", 3, 0)


def test_a_file_that_names_no_form_is_wrong_usage(archive: Archive, tmp_path: Path) -> None:
    answer = run("export", archive, "-o", str(tmp_path / "a.txt"))
    assert (answer.returncode, "add --format" in answer.stderr) == (2, True)
