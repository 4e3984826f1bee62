"""`scrapy why --open` and `scrapy savepage` over an archive that keeps its pages raw."""

from __future__ import annotations

import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path

import pytest

from kompas_crawler.archive import Archive
from kompas_crawler.archive.observations import Observation
from kompas_crawler.archive.raw import RawWriter, WireExchange
from kompas_crawler.cases import read_case
from kompas_crawler.items import Route
from kompas_crawler.site import parse_article
from tests.archive.made import VERSION
from tests.crawl.conftest import environment_of

ROOT = Path(__file__).resolve().parents[2]
KNOWN = read_case(ROOT / "tests" / "cases" / "e1-lists-and-headings")
ARTICLE = parse_article(KNOWN.page(), KNOWN.url).article
FETCHED = datetime(2022, 10, 12, 5, tzinfo=UTC)


@pytest.fixture
def archive(tmp_path: Path) -> Path:
    """An archive of one article with its raw page."""
    output = tmp_path / "output"
    archive = Archive(str(output))
    writer = RawWriter(archive.storage, "r1", started_at=FETCHED, about={"software": "test"})
    wire = WireExchange(url=KNOWN.url, status=200, headers=[], body=KNOWN.page(), fetched_at=FETCHED)
    pointer = writer.exchange(wire)
    writer.close()
    with archive.stage("r1", software_version=VERSION) as staging:
        staging.observe(
            Observation(
                article=ARTICLE,
                fetched_at=FETCHED,
                discovered_by=(Route.INDEX,),
                raw_file=pointer.raw_file,
                raw_offset=pointer.raw_offset,
            )
        )
    archive.commit()
    archive.close()
    return output


@pytest.fixture
def browser(tmp_path: Path) -> Path:
    """A program that stands for a web browser: it notes what it is asked to open."""
    program = tmp_path / "browser"
    program.write_text(f'#!/bin/sh\necho "$1" > {tmp_path}/opened\n')
    program.chmod(0o755)
    return program


def command(output: Path, *arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "scrapy", *arguments],
        cwd=ROOT,
        env=environment_of(output, None) | environment,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )


def test_the_raw_page_is_opened_alone(archive: Path, browser: Path, tmp_path: Path) -> None:
    answer = command(
        archive, "why", "--open", ARTICLE.article_id, BROWSER=f"{browser} %s", TMPDIR=str(tmp_path), DISPLAY=""
    )
    assert answer.returncode == 0, answer.stderr
    opened = (tmp_path / "opened").read_text().strip().removeprefix("file://")
    shown = Path(opened).read_bytes()
    assert shown.endswith(KNOWN.page())
    assert b"default-src 'none'" in shown.removesuffix(KNOWN.page())


def test_the_place_of_the_raw_page_is_told(archive: Path) -> None:
    assert "raw page: raw/2022/10/r1-" in command(archive, "why", ARTICLE.article_id).stdout


def test_a_page_that_is_held_raw_is_not_fetched_again(archive: Path, tmp_path: Path) -> None:
    (tmp_path / "cases").mkdir()
    answer = command(archive, "savepage", KNOWN.url, "--name", "new", "--cases", str(tmp_path / "cases"))
    assert (answer.returncode, answer.stderr) == (0, "")
    assert read_case(tmp_path / "cases" / "new").page() == KNOWN.page()


def test_another_part_than_the_one_held_is_asked_of_the_site(archive: Path, tmp_path: Path) -> None:
    (tmp_path / "cases").mkdir()
    answer = command(archive, "savepage", f"{KNOWN.url}?page=2", "--cases", str(tmp_path / "cases"))
    assert (answer.returncode, "no permission" in answer.stderr) == (2, True)
