"""`scrapy reparse` over raw files of an archive: the rows, the books, what a new parser changes, what a kill leaves."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest

from kompas_crawler.archive import Archive
from kompas_crawler.archive.storage import storage_at
from kompas_crawler.fleet.runners import in_this_process
from kompas_crawler.reparse.conductor import Order
from kompas_crawler.reparse.conductor import Reparse as Performance
from kompas_crawler.reparse.task import Choice, Report
from kompas_crawler.reparse.units import Unit
from kompas_crawler.site.articles import parse_article
from tests.archive.looks import everything
from tests.reparse.conftest import NOON, Page, Reparse, write_raw

PATCHED = """
from dataclasses import replace
import kompas_crawler.answers as answers
from kompas_crawler.site import parse_article
def parse(html, url, charset):
    parsed = parse_article(html, url, charset)
    return replace(parsed, article=replace(parsed.article, tags=("baru",), parser_version=99))
answers.parse_article = parse
"""
"""A parser that reads every page otherwise."""


def keep(output: Path, pages: list[Page], run_id: str = "r1", **more: int) -> None:
    write_raw(output, run_id, [(page.url, 200, page.body) for page in pages], **more)


def perform(output: Path, run=in_this_process, **more: object) -> None:
    Performance(Archive(str(output)), Order(Choice(**more)), run, tolerance=0.01).perform()


def test_every_page_of_a_run_becomes_the_row_that_points_to_it(tmp_path: Path, pages: list[Page], reparse: Reparse):
    output = tmp_path / "output"
    pointers = write_raw(output, "r1", [(page.url, 200, page.body) for page in pages])
    done = reparse("--workers", "1")
    assert done.exit_code == 0, done.stderr
    rows = {row["article_id"]: row for row in done.rows()}
    articles = [parse_article(page.body, page.url).article for page in pages]
    assert {key: row["title"] for key, row in rows.items()} == {one.article_id: one.title for one in articles}
    assert sorted((row["raw_file"], row["raw_offset"]) for row in rows.values()) == sorted(pointers)
    assert {row["run_id"] for row in rows.values()} == {"r1"}
    assert min(row["fetched_at"] for row in rows.values()) == NOON


def test_the_second_time_nothing_changes(tmp_path: Path, pages: list[Page]):
    output = tmp_path / "output"
    keep(output, pages)
    perform(output)
    before = everything(Archive(str(output)))
    perform(output)
    after = everything(Archive(str(output)))
    assert {table: after[table] for table in ("articles", "revisions", "links")} == {
        table: before[table] for table in ("articles", "revisions", "links")
    }


def test_two_workers_make_the_rows_of_one(tmp_path: Path, pages: list[Page], reparse: Reparse):
    keep(tmp_path / "one", pages[:6], "r1")
    keep(tmp_path / "one", pages[6:], "r2")
    shutil.copytree(tmp_path / "one", tmp_path / "two")
    for name, workers in (("one", "1"), ("two", "2")):
        assert reparse("--workers", workers, output=tmp_path / name).exit_code == 0
    one, two = (everything(Archive(str(tmp_path / name))) for name in ("one", "two"))
    assert one["articles"] == two["articles"]


def test_lists_and_pages_of_other_sites_are_passed_over_and_counted(
    tmp_path: Path, pages: list[Page], reparse: Reparse
):
    others = [("https://indeks.kompas.com/?site=all&date=2021-04-19&page=1", 200, b"<html></html>")]
    others += [("https://www.example.org/read/2021/04/19/101010101/a", 200, b"<html></html>")]
    write_raw(tmp_path / "output", "r1", [*others, *((page.url, 200, page.body) for page in pages[:2])])
    told = json.loads(reparse("--json", "--workers", "1").stdout)
    assert told["records"] == 4
    assert told["passed_over"] == {"not_an_article": 1, "foreign_host": 1}
    assert told["readings"] == {"kept_new": 2}


def test_the_books_of_a_reparse_agree_with_its_record(tmp_path: Path, pages: list[Page], reparse: Reparse):
    answers = [(page.url, 200, page.body) for page in pages]
    answers[0] = (answers[0][0], 503, b"")
    answers[1] = (answers[1][0], 200, b"<html><body><h1>Rusak</h1></body></html>")
    write_raw(tmp_path / "output", "r1", answers)
    done = reparse("--workers", "1")
    (run,) = done.rows("runs")
    assert (run["failed"], run["unparsed"], run["kept_new"]) == (1, 1, len(pages) - 2)
    assert len(done.rows("visits")) == len(pages)
    assert json.loads(run["arguments"])["command"] == "reparse"


def test_days_and_sections_and_layouts_can_be_chosen(tmp_path: Path, pages: list[Page], reparse: Reparse):
    keep(tmp_path / "output", pages)
    assert json.loads(reparse("--json", "--since", "2021-04-20").stdout)["pages"] == 0
    assert json.loads(reparse("--json", "--layout", "unparsed").stdout)["pages"] == 0
    section = parse_article(pages[0].body, pages[0].url).article.section
    chosen = reparse("--sections", section)
    assert {row["section"] for row in chosen.rows()} == {section}


def test_pages_of_one_article_in_two_files_become_one_row(tmp_path: Path, site, pages: list[Page], reparse: Reparse):
    parted = next(page for page in pages if parse_article(page.body, page.url).article.page_count > 1)
    count = parse_article(parted.body, parted.url).article.page_count
    bare = parted.url.removesuffix("?page=all")
    host, _, path = bare.removeprefix("https://").partition("/")
    parts = [(f"{bare}?page={n}", 200, site.get(host, f"/{path}?page={n}")) for n in range(1, count + 1)]
    write_raw(tmp_path / "output", "r1", parts, size_limit_bytes=1)
    assert len(list((tmp_path / "output" / "raw").rglob("*.warc.gz"))) == count
    (row,) = reparse("--workers", "1").rows()
    assert (row["pages_fetched"], row["is_complete"]) == (count, True)
    assert row["body"] == parse_article(parted.body, parted.url).article.body


# --- A new parser -----------------------------------------------------------------------------------------------------


def test_a_diff_shows_what_a_new_parser_changes_and_writes_nothing(tmp_path: Path, pages: list[Page], reparse: Reparse):
    keep(tmp_path / "output", pages)
    perform(tmp_path / "output")
    before = everything(Archive(str(tmp_path / "output")))
    told = json.loads(reparse("--diff", "--json", "--workers", "1", prelude=PATCHED).stdout)["differences"]
    assert told["rows"] == len(pages)
    assert set(told["columns"]) == {"tags", "parser_version"}
    assert told["columns"]["tags"]["rows"] == len(pages)
    assert {one["new"] for one in told["columns"]["tags"]["examples"]} == {"['baru']"}
    assert everything(Archive(str(tmp_path / "output"))) == before


def test_a_new_parser_corrects_rows_without_making_revisions(tmp_path: Path, pages: list[Page], reparse: Reparse):
    keep(tmp_path / "output", pages)
    perform(tmp_path / "output")
    before = {row["article_id"]: row for row in everything(Archive(str(tmp_path / "output")))["articles"]}
    done = reparse("--workers", "1", prelude=PATCHED)
    assert done.exit_code == 0, done.stderr
    after = {row["article_id"]: row for row in everything(Archive(str(tmp_path / "output")))["articles"]}
    corrected = {"tags": ["baru"], "parser_version": 99}
    assert after == {key: row | corrected for key, row in before.items()}
    assert done.rows("revisions") == []


def test_pages_that_gave_a_row_and_give_none_now_fail_the_run_and_keep_the_row(
    tmp_path: Path, pages: list[Page], reparse: Reparse
):
    keep(tmp_path / "output", pages)
    perform(tmp_path / "output")
    blind = PATCHED.replace("parsed = parse_article(html, url, charset)", "raise answers.UnknownLayout('blind')")
    done = reparse("--workers", "1", prelude=blind)
    assert done.exit_code == 1
    assert "gave a row when they were fetched and give none now" in " ".join(done.stdout.split())
    assert len(done.rows()) == len(pages)


# --- Interruptions ----------------------------------------------------------------------------------------------------


class Killed(Exception):
    """Stands for the death of the process."""


def test_a_reparse_that_died_goes_on_where_it_was(tmp_path: Path, pages: list[Page]):
    output, done = tmp_path / "output", []
    for number in range(4):
        keep(output, pages[number * 3 : number * 3 + 3], f"r{number}")

    def dies_after_two(work, units):
        for unit, report in in_this_process(work, units):
            if len(done) == 2:
                raise Killed
            done.append(unit)
            yield unit, report

    def counting(work, units):
        for unit in units:
            done.append(unit)
            yield unit, work(unit)

    with pytest.raises(Killed):
        perform(output, dies_after_two)
    assert all(isinstance(unit, Unit) for unit in done)
    perform(output, counting)
    assert len([unit for unit in done if unit.kind == "raw"]) == 4
    assert len(everything(Archive(str(output)))["articles"]) == len(pages)
    (run,) = everything(Archive(str(output)))["runs"]
    assert run["kept_new"] == len(pages)
    assert storage_at(str(output)).files("reparse") == []


def test_what_a_unit_came_to_survives_being_written_down(tmp_path: Path, pages: list[Page]):
    keep(tmp_path / "output", pages)
    reports: list[Report] = []

    def noting(work, units):
        for unit, report in in_this_process(work, units):
            reports.append(report)
            yield unit, report

    perform(tmp_path / "output", noting)
    assert [Report.from_json(json.loads(json.dumps(one.as_json()))) for one in reports] == reports


# --- Arguments --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (["--since", "19/04/2021"], "since='19/04/2021' is not a day; give YYYY-MM-DD, e.g. --since 2021-04-14"),
        (["--since", "2021-04-20", "--until", "2021-04-19"], "give the earlier day as --since"),
        (["--layout", "z9"], "layout='z9' names 'z9'; allowed: "),
        (["--sections", "gosip"], "which is no section; allowed: "),
        (["--workers", "0"], "workers='0' is not usable; give a whole number from 1 up"),
        (["/nowhere/pages.warc.gz"], "is neither a file nor a folder"),
        (["README.md"], "is no WARC file by its name"),
        (["tests"], "holds no index.jsonl"),
    ],
)
def test_wrong_usage_is_refused_with_what_is_allowed(
    tmp_path: Path, pages: list[Page], reparse: Reparse, arguments: list[str], told: str
):
    keep(tmp_path / "output", pages[:1])
    perform(tmp_path / "output")
    done = reparse(*arguments)
    assert done.exit_code == 2
    assert told in done.stderr


def test_an_archive_without_raw_files_is_told_so(tmp_path: Path, pages: list[Page], reparse: Reparse):
    keep(tmp_path / "output", pages[:1])
    perform(tmp_path / "output")
    for file in (tmp_path / "output" / "raw").rglob("*.warc.gz"):
        file.unlink()
    done = reparse()
    assert done.exit_code == 2
    assert "keeps no raw pages" in done.stderr
