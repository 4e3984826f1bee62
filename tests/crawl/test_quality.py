"""The site changes its layout between two runs: it is noticed in the very run, and nothing bad is published."""

from __future__ import annotations

import gzip
import json
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from kompas_crawler.replica import Replica, running
from tests.crawl.conftest import ROOT, Crawl, Finished, crawler_into, environment_of

pytestmark = [pytest.mark.xdist_group("quality"), pytest.mark.timeout(600)]

DAY = date(2021, 4, 19)
BEFORE = ("since=2021-04-18", "until=2021-04-18", "follow=none")
AFTER = (f"since={DAY}", f"until={DAY}", "follow=none")
MEASURES = {
    "renamed": "unparsed",
    "emptied": "empty_body",
    "dates": "published_text",
    "byline": "fallback_credit",
}


@pytest.fixture(scope="module")
def site() -> Iterator[Replica]:
    arguments = ("--seed", "21", "--today", "2021-04-20T23:59", "--articles-per-day", "40", "--layouts", "e1")
    with running(*arguments) as server:
        yield server


@pytest.fixture(scope="module")
def ordinary(site: Replica, module_crawl: Crawl) -> Finished:
    """An ordinary crawl of a day."""
    return module_crawl(site.url, *BEFORE)


@dataclass(frozen=True)
class Changed:
    """The crawl of the next day, whose pages wear a changed layout, into a copy of the ordinary archive."""

    form: str
    done: Finished
    asked: int
    """Requests to the site when it had ended."""

    @property
    def folder(self) -> Path:
        """Of the one run in quarantine."""
        (folder,) = (self.done.output / "quarantine").iterdir()
        return folder

    def decision(self) -> dict[str, Any]:
        (file,) = self.folder.glob("decision-*.json")
        found: dict[str, Any] = json.loads(file.read_text(encoding="utf-8"))
        return found


def crawl_changed(form: str, site: Replica, folder: Path, *arguments: str, **settings: str) -> Changed:
    site.trouble(layout_change={"form": form})
    try:
        done = crawler_into(folder)(site.url, *AFTER, *arguments, **settings)
    finally:
        site.calm()
    return Changed(form, done, len(site.log()))


@pytest.fixture(scope="module")
def changes(site: Replica, ordinary: Finished, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Changed]:
    """One crawl for each change."""
    found = {}
    for form in MEASURES:
        folder = tmp_path_factory.mktemp(form) / "output"
        shutil.copytree(ordinary.output, folder)
        found[form] = crawl_changed(form, site, folder)
    return found


@pytest.fixture
def copied(changes: dict[str, Changed], tmp_path: Path) -> Changed:
    """The crawl with emptied pages, in an archive of the test."""
    change = changes["emptied"]
    shutil.copytree(change.done.output, tmp_path / "output")
    done = change.done
    return Changed("emptied", Finished(done.exit_code, done.stdout, done.stderr, tmp_path / "output"), change.asked)


def scrapy(output: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "scrapy", *arguments],
        cwd=ROOT,
        env=environment_of(output, None),
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )


def is_bad(row: dict[str, Any]) -> bool:
    flags = set(row["flags"]) - ({"fallback_credit"} if row["content_type"] == "opinion" else set())
    return bool(flags & {"empty_body", "no_page_date", "fallback_title", "fallback_body", "fallback_credit"})


every_form = pytest.mark.parametrize("form", MEASURES)


def test_an_ordinary_crawl_raises_no_alarm(ordinary: Finished) -> None:
    assert ordinary.exit_code == 0, ordinary.stdout
    assert not (ordinary.output / "quarantine").exists()


@every_form
def test_a_change_is_noticed_in_the_very_run(form: str, changes: dict[str, Changed]) -> None:
    done = changes[form].done
    assert done.exit_code == 1
    assert "Pages are not as usual" in done.stdout


@every_form
def test_nothing_bad_is_published(form: str, changes: dict[str, Changed], ordinary: Finished) -> None:
    before = {row["article_id"] for row in ordinary.rows() if is_bad(row)}
    assert {row["article_id"] for row in changes[form].done.rows() if is_bad(row)} == before


@every_form
def test_what_was_published_before_stays_as_it_was(form: str, changes: dict[str, Changed], ordinary: Finished) -> None:
    after = {row["article_id"]: row for row in changes[form].done.rows()}
    assert all(after[row["article_id"]]["body"] == row["body"] for row in ordinary.rows())


@every_form
def test_the_finding_names_field_section_and_both_shares(form: str, changes: dict[str, Changed]) -> None:
    findings = changes[form].decision()["findings"]
    story = rf"{MEASURES[form]} in [a-z ]+: \d+ of \d+ articles .+ \(\d+%, usual \d+\.\d%\)"
    assert any(re.fullmatch(story, finding) for finding in findings), findings


@every_form
def test_the_run_on_record_says_what_is_wrong(form: str, changes: dict[str, Changed]) -> None:
    last = max(changes[form].done.rows("runs"), key=lambda run: run["started_at"])
    assert any(MEASURES[form] in problem for problem in last["problems"])


@every_form
def test_sample_pages_lie_with_the_run(form: str, changes: dict[str, Changed], site: Replica) -> None:
    samples = changes[form].folder / "samples"
    entries = [json.loads(line) for line in (samples / "index.jsonl").read_text(encoding="utf-8").splitlines()]
    assert entries
    assert any(entry["why"].startswith(MEASURES[form]) for entry in entries)
    page = gzip.decompress((samples / entries[0]["file"]).read_bytes()).decode()
    assert page.startswith("<!DOCTYPE html>")
    assert entries[0]["url"] in page


@every_form
def test_the_books_balance_and_coverage_says_what_is_missing(form: str, changes: dict[str, Changed]) -> None:
    done = changes[form].done
    assert "books do not balance" not in done.stdout
    day = [row for row in done.rows("coverage") if row["day"] == DAY]
    reasons = [reason for row in day for reason in row["missing_reasons"]]
    expected = "unparsed: unknown_layout" if form == "renamed" else "excluded: quarantined"
    assert expected in reasons
    assert not any(row["is_complete"] for row in day if row["missing"])


def test_pages_without_a_layout_leave_their_shape(changes: dict[str, Changed]) -> None:
    (file,) = (changes["renamed"].done.output / "shapes").glob("*.json")
    pages = json.loads(file.read_text(encoding="utf-8"))["pages"]
    assert any("headline in" in page["summary"] and "nx-read--title" in page["summary"] for page in pages)


def test_verify_finds_nothing_wrong_with_an_archive_in_quarantine(changes: dict[str, Changed]) -> None:
    assert "nothing is wrong" in scrapy(changes["emptied"].done.output, "verify").stdout


@pytest.mark.parametrize("form", ["emptied", "renamed"])
def test_while_the_alarm_lasts_no_article_is_asked_for_again(
    form: str, changes: dict[str, Changed], site: Replica
) -> None:
    output = changes[form].done.output
    asked_before = {entry["path"].partition("?")[0] for entry in site.log() if "/read/" in entry["path"]}
    begin, rows = len(site.log()), len(changes[form].done.rows())
    again = crawl_changed(form, site, output)
    asked = {entry["path"].partition("?")[0] for entry in site.log(begin) if "/read/" in entry["path"]}
    assert asked & asked_before == set()
    assert len(again.done.rows()) == rows
    assert "excluded: quarantined" in {
        reason for row in again.done.rows("coverage") if row["day"] == DAY for reason in row["missing_reasons"]
    }


def test_release_publishes_after_a_look(copied: Changed) -> None:
    output, run = copied.done.output, copied.folder.name
    withheld = set(copied.decision()["withheld"])
    listed = scrapy(output, "release", "--list")
    assert run in listed.stdout
    assert "empty_body in" in listed.stdout
    released = scrapy(output, "release", run)
    assert released.returncode == 0, released.stderr
    rows = {row["article_id"]: row for row in copied.done.rows()}
    assert withheld <= set(rows)
    assert not (output / "quarantine").exists()
    assert "nothing is wrong" in scrapy(output, "verify").stdout
    assert {row["run_id"] for key, row in rows.items() if key in withheld} == {run}


def test_what_was_released_counts_as_usual(copied: Changed, site: Replica) -> None:
    output = copied.done.output
    scrapy(output, "release", copied.folder.name)
    site.trouble(layout_change={"form": "emptied"})
    try:
        later = crawler_into(output)(site.url, "since=2021-04-17", "until=2021-04-17", "follow=none")
    finally:
        site.calm()
    accepted = {(one["measure"], one["section"]) for one in json.loads((output / "accepted.json").read_text())}
    found = {tuple(cell) for file in output.glob("quarantine/*/decision-*.json")
             for cell in json.loads(file.read_text(encoding="utf-8"))["cells"]}  # fmt: skip
    assert accepted
    assert found & accepted == set()
    assert len(later.rows()) > len(copied.done.rows()) - 1


def test_discard_drops_them_and_the_next_run_reads_them_anew(copied: Changed, site: Replica) -> None:
    output, withheld = copied.done.output, set(copied.decision()["withheld"])
    dropped = scrapy(output, "release", "--discard", copied.folder.name)
    assert dropped.returncode == 0, dropped.stderr
    mended = crawler_into(output)(site.url, *AFTER)
    rows = {row["article_id"]: row for row in mended.rows()}
    assert mended.exit_code == 0, mended.stdout
    bodies = {article["article_id"]: "\n\n".join(article["body"]) for article in site.truth(DAY)}
    assert {key: rows[key]["body"] for key in withheld} == {key: bodies[key] for key in withheld}


def test_a_run_that_is_not_in_quarantine_is_wrong_usage(ordinary: Finished) -> None:
    answer = scrapy(ordinary.output, "release", "20210420T000000Z-abcdef")
    assert (answer.returncode, "is in quarantine" in answer.stderr) == (2, True)


def test_a_long_run_publishes_nothing_bad_at_its_checkpoints(site: Replica, ordinary: Finished, tmp_path: Path) -> None:
    shutil.copytree(ordinary.output, tmp_path / "output")
    change = crawl_changed("emptied", site, tmp_path / "output", KOMPAS_COMMIT_SECONDS="0.2", DOWNLOAD_DELAY="0.05")
    assert change.done.exit_code == 1
    assert not any(row["article_id"].startswith("20210419") and not row["body"] for row in change.done.rows())
