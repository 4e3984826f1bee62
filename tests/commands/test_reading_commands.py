"""The commands that only look: status, coverage, doctor; run as people run them."""

from __future__ import annotations

import csv
import io
import json
from datetime import date
from pathlib import Path

import pytest

from kompas_crawler.archive import Archive
from kompas_crawler.commands.reference import all_commands, document
from kompas_crawler.items import Outcome
from tests.archive.made import VERSION, article, key_of, seen, visit, walk
from tests.commands.test_archive_commands import ROOT, run, scrapy


@pytest.fixture(scope="module")
def archive(tmp_path_factory: pytest.TempPathFactory) -> Archive:
    """An archive that holds one article and misses one."""
    archive = Archive(str(tmp_path_factory.mktemp("reading") / "output"))
    with archive.stage("r1", software_version=VERSION) as staging:
        staging.observe(seen(article(1)))
        staging.visit(visit(1))
        staging.visit(visit(2, outcome=Outcome.FAILED, reason="http_500"))
        staging.walk(walk())
    archive.commit()
    archive.close()
    return archive


@pytest.mark.parametrize("command", ["status", "coverage"])
def test_an_archive_that_is_not_there_is_storage_trouble(command: str, tmp_path: Path) -> None:
    answer = run(command, Archive(str(tmp_path / "nowhere")))
    assert (answer.returncode, "there is no archive at" in answer.stderr) == (4, True)
    assert not (tmp_path / "nowhere").exists()


def test_status_tells_people_what_is_held_and_what_is_missing(archive: Archive) -> None:
    answer = run("status", archive)
    assert (answer.returncode, answer.stderr) == (0, "")
    assert "1 article of 1 section on 1 day in 1 month" in answer.stdout
    assert "2021-04-14: 1 day articles missing" in answer.stdout


def test_status_works_while_a_run_holds_the_lock(archive: Archive) -> None:
    with archive.lock("r9"):
        answer = run("status", archive)
    assert (answer.returncode, "held by r9" in answer.stdout) == (0, True)


def test_status_tells_programs_the_same(archive: Archive) -> None:
    told = json.loads(run("status", archive, "--json").stdout)
    assert (told["format"], told["holds"]["articles"], told["gaps"]["missing"]) == ("kompas-status/1", 1, 1)


def test_piped_output_has_no_colours(archive: Archive) -> None:
    assert "\x1b" not in run("coverage", archive).stdout


def test_coverage_is_a_table_for_programs(archive: Archive) -> None:
    (row,) = csv.DictReader(io.StringIO(run("coverage", archive, "--csv").stdout))
    assert (row["day"], row["section"], row["state"], row["listed"]) == ("2021-04-14", "global", "missing", "2")


def test_coverage_lists_what_is_missing(archive: Archive) -> None:
    told = json.loads(run("coverage", archive, "--missing", "--json").stdout)
    (missing,) = told["missing"]
    assert (missing["article_id"], missing["reason"], missing["url"]) == (key_of(2), "failed: http_500", visit(2).url)


def test_coverage_of_a_window_has_every_day_of_it(archive: Archive) -> None:
    answer = run("coverage", archive, "--since", "2021-04-01", "--until", "2021-04-30", "--json")
    assert [cell["day"] for cell in json.loads(answer.stdout)["cells"]] == [
        date(2021, 4, day).isoformat() for day in range(1, 31)
    ]


@pytest.mark.parametrize(
    ("arguments", "word"),
    [(("--since", "14/04/2021"), "is no day"), (("--sections", "globl"), "did you mean 'global'")],
)
def test_a_window_that_cannot_be_is_wrong_usage(archive: Archive, arguments: tuple[str, ...], word: str) -> None:
    answer = run("coverage", archive, *arguments)
    assert (answer.returncode, word in answer.stderr) == (2, True)


def test_the_doctor_ends_with_1_when_something_stops_a_crawl(archive: Archive) -> None:
    answer = run("doctor", archive, "--offline", "-s", "KOMPAS_CONTACT=", "-s", "KOMPAS_REPLICA=")
    assert answer.returncode == 1
    assert "✗ permission" in answer.stdout


def test_the_doctor_ends_with_0_when_nothing_does(archive: Archive) -> None:
    ground = ("-s", "KOMPAS_CONTACT=mailto:crawl@universitas.ac.id", "-s", "KOMPAS_PERMISSION=letter 12/KCM")
    answer = run("doctor", archive, "--offline", "--free-gb", "0", "--json", *ground, "-s", "KOMPAS_REPLICA=")
    told = json.loads(answer.stdout)
    assert (answer.returncode, told["format"], told["faults"]) == (0, "kompas-doctor/1", 0), told


def test_verify_tells_programs_what_is_wrong(archive: Archive) -> None:
    told = json.loads(run("verify", archive, "--json").stdout)
    assert (told["format"], told["is_sound"], told["findings"]) == ("kompas-verify/1", True, [])


def test_the_list_of_commands_has_every_one_of_them() -> None:
    listed = {line.split()[0] for line in scrapy().stdout.splitlines() if line.startswith("  ") and line.split()}
    assert set(all_commands()) <= listed


@pytest.mark.parametrize("name", sorted(all_commands()))
def test_every_command_says_what_it_does_with_examples(name: str) -> None:
    assert f" Examples: `scrapy {name}" in all_commands()[name].long_desc()


def test_the_reference_of_commands_is_current() -> None:
    assert (ROOT / "docs" / "commands.md").read_text(encoding="utf-8") == document()
