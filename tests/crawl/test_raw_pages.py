"""What a crawl keeps raw: read with other tools, read back for every row, after kills, and after it was pruned."""

from __future__ import annotations

import argparse
import os
import shutil
import signal
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from warcio.archiveiterator import ArchiveIterator
from warcio.checker import Checker

from kompas_crawler.archive import Archive, Exchange, read_exchange
from kompas_crawler.archive.appending import OPEN_FILES
from kompas_crawler.archive.verify import verify
from kompas_crawler.items import Outcome
from kompas_crawler.replica import Replica, running
from kompas_crawler.site import parse_article
from tests.crawl.conftest import ROOT, Crawl, Finished, command_of, crawler_into, environment_of

pytestmark = pytest.mark.xdist_group("raw")

START = "2021-04-14T12:00"
WINDOW = ("since=2021-04-12", "until=2021-04-13", "follow=none")


@pytest.fixture(scope="module")
def shared() -> Iterator[Replica]:
    with running("--seed", "23", "--today", START, "--articles-per-day", "25") as server:
        yield server


@pytest.fixture
def site(shared: Replica) -> Iterator[Replica]:
    yield shared
    shared.calm()
    shared.set_clock(START)


@pytest.fixture(scope="module")
def crawled(shared: Replica, tmp_path_factory: pytest.TempPathFactory) -> Finished:
    """Two days, read by a run with contact and permission."""
    crawl = crawler_into(tmp_path_factory.mktemp("raw") / "output")
    grounds = {"KOMPAS_CONTACT": "mailto:peneliti@universitas.example", "KOMPAS_PERMISSION": "surat no. 12"}
    done = crawl(shared.url, *WINDOW, KOMPAS_RAW_FILE_MB="0.3", **grounds)
    assert done.exit_code == 0, done.stderr
    return done


def raw_paths(done: Finished) -> list[Path]:
    return sorted((done.output / "raw").rglob("*.warc.gz"))


def is_sound(path: Path) -> bool:
    """Whether `warcio check` is content."""
    checker = Checker(argparse.Namespace(inputs=[str(path)], verbose=False))
    checker.process_all()
    return checker.exit_value == 0


def records(done: Finished) -> list[tuple[str, str, bytes]]:
    """Type, address and content of every record of all files, as another tool reads them."""
    found = []
    for path in raw_paths(done):
        with path.open("rb") as file:
            for record in ArchiveIterator(file):
                uri = record.rec_headers.get_header("WARC-Target-URI") or ""
                found.append((record.rec_type, uri, record.content_stream().read()))
    return found


def kept(done: Finished, row: dict[str, Any]) -> Exchange:
    return read_exchange(Archive(str(done.output)).storage, row["raw_file"], row["raw_offset"])


def findings(done: Finished) -> list[str]:
    archive = Archive(str(done.output))
    return [str(finding) for finding in verify(archive.storage, archive.index_path)]


def test_other_tools_find_nothing_wrong_with_any_file(crawled: Finished) -> None:
    assert len(raw_paths(crawled)) > 1
    assert all(is_sound(path) for path in raw_paths(crawled))


def test_the_page_of_every_row_can_be_read_again_and_says_the_same(crawled: Finished) -> None:
    rows = crawled.rows()
    assert rows
    for row in rows:
        page = kept(crawled, row)
        article = parse_article(page.body, page.url).article
        assert (article.article_id, article.title) == (row["article_id"], row["title"])
        assert page.fetched_at <= row["fetched_at"]


def test_a_page_comes_back_compressed_as_it_came(crawled: Finished) -> None:
    page = kept(crawled, crawled.rows()[0])
    assert (page.content_coding, page.wire_body[:2]) == ("gzip", b"\x1f\x8b")


def test_every_address_that_gave_an_answer_leads_to_it(crawled: Finished) -> None:
    visits = [row for row in crawled.rows("visits") if row["status"] is not None]
    assert {row["page_kind"] for row in visits} >= {"article", "index", "robots"}
    assert [row["url"] for row in visits if kept(crawled, row).status != row["status"]] == []


def test_every_request_stands_beside_its_answer_with_the_host_that_was_asked(crawled: Finished) -> None:
    kinds = Counter(kind for kind, _, _ in records(crawled))
    assert kinds["request"] == kinds["response"] + kinds["revisit"]
    with raw_paths(crawled)[0].open("rb") as file:
        request = next(record for record in ArchiveIterator(file) if record.rec_type == "request")
        assert request.http_headers.get_header("Host") in request.rec_headers.get_header("WARC-Target-URI")
        assert "peneliti@universitas.example" in request.http_headers.get_header("User-Agent")


def test_permission_and_robots_text_are_on_record(crawled: Finished) -> None:
    notes = {uri: content for kind, uri, content in records(crawled) if kind == "metadata"}
    assert notes["urn:kompas-crawler:grounds"].decode().splitlines()[:2] == [
        "contact: mailto:peneliti@universitas.example",
        "permission: surat no. 12",
    ]
    assert any(uri.endswith("/robots.txt") and b"User-agent" in content for uri, content in notes.items())


def test_the_archive_finds_nothing_wrong_with_it(crawled: Finished) -> None:
    assert findings(crawled) == []


def test_a_page_that_is_no_article_is_kept_and_its_visit_leads_there(crawl: Crawl, site: Replica) -> None:
    site.trouble(busy={"rate": 1, "match": "/read/"})
    done = crawl(site.url, *WINDOW, "limit=3", RETRY_TIMES="0")
    visits = [row for row in done.rows("visits") if row["page_kind"] == "article" and row["status"] == 200]
    assert visits
    assert {row["outcome"] for row in visits} == {Outcome.FAILED}
    assert all(kept(done, row).status == 200 for row in visits)


def test_an_answer_that_nothing_changed_refers_to_the_page_of_the_run_before(crawl: Crawl, site: Replica) -> None:
    clock = site.advance(hours=0)
    first = crawl(site.url, "routes=index", "follow=none", KOMPAS_CLOCK=clock)
    before = {row["article_id"]: kept(first, row).body for row in first.rows()}
    later = crawl(site.url, "routes=index", "follow=none", KOMPAS_CLOCK=site.advance(hours=30))
    unchanged = [row for row in later.rows("visits") if row["status"] == 304]
    assert unchanged
    for row in unchanged:
        again = kept(later, row)
        assert (again.kind, again.status, again.body) == ("revisit", 304, before[row["article_id"]])
    assert all(is_sound(path) for path in raw_paths(later))


@pytest.mark.parametrize(("switch", "kinds"), [("off", set()), ("articles", {"article", "part"})])
def test_what_is_kept_can_be_chosen(crawl: Crawl, site: Replica, switch: str, kinds: set[str]) -> None:
    done = crawl(site.url, *WINDOW, "limit=3", KOMPAS_RAW=switch)
    assert done.exit_code == 0
    assert {row["page_kind"] for row in done.rows("visits") if row["raw_file"]} <= kinds
    assert len([row for row in done.rows() if row["raw_file"]]) == (3 if kinds else 0)
    assert bool(raw_paths(done)) == bool(kinds)


@pytest.mark.parametrize(("name", "value"), [("KOMPAS_RAW", "yes please"), ("KOMPAS_RAW_FILE_MB", "0")])
def test_an_unusable_setting_ends_the_run_before_anything_is_fetched(
    crawl: Crawl, site: Replica, name: str, value: str
) -> None:
    mark = len(site.log())
    done = crawl(site.url, *WINDOW, **{name: value})
    assert (done.exit_code, len(site.log())) == (2, mark)
    assert name in done.stderr


def test_a_kill_costs_no_page_that_a_row_needs_and_the_next_run_mends_the_tail(
    site: Replica, crawl: Crawl, tmp_path: Path
) -> None:
    output = tmp_path / "output"
    process = subprocess.Popen(
        command_of(*WINDOW, KOMPAS_COMMIT_SECONDS="0.1", LOG_LEVEL="ERROR", DOWNLOAD_DELAY="0.02"),
        cwd=ROOT,
        env=environment_of(output, site.url),
        stdin=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    while process.poll() is None and not any((output / "articles").rglob("*.parquet")):
        os.sched_yield()
    process.send_signal(signal.SIGKILL)
    assert process.wait() == -signal.SIGKILL
    killed = Finished(-9, "", "", output)
    held = killed.rows()
    assert held
    assert all(kept(killed, row).status == 200 for row in held)
    (torn,) = raw_paths(killed)
    with torn.open("ab") as file:  # as if it had died within a write
        file.write(torn.read_bytes()[:50])
    done = crawl(site.url, *WINDOW, output=output)
    assert done.exit_code == 0
    assert f"{torn.name}: its writer died within a record; 50 bytes of that were cut off" in done.stderr
    assert all(is_sound(path) for path in raw_paths(done))
    assert not (output / OPEN_FILES).exists()
    assert all(kept(done, row).status == 200 for row in done.rows())
    assert findings(done) == []


def prune(output: Path, *options: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "scrapy", "prune-raw", *options, "-s", f"KOMPAS_OUTPUT={output}"]
    return subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=120, check=False)


def test_pruning_says_what_it_would_do_then_does_it_and_the_archive_stays_sound(
    crawled: Finished, tmp_path: Path
) -> None:
    output = Path(shutil.copytree(crawled.output, tmp_path / "output"))
    foretold = prune(output, "--max-size", "0.4MB", "--dry-run")
    assert foretold.stdout.splitlines()[-1].startswith("Prune: would remove")
    done = prune(output, "--max-size", "0.4MB")
    assert done.stdout == foretold.stdout.replace("would remove", "removed")
    pruned = Finished(done.returncode, done.stdout, done.stderr, output)
    assert 0 < len(raw_paths(pruned)) < len(raw_paths(crawled))
    assert {row["raw_file"] is None for row in pruned.rows()} == {True, False}
    assert [row["raw_file"] is None for row in pruned.rows()] == ["raw_pruned" in row["flags"] for row in pruned.rows()]
    assert findings(pruned) == []


@pytest.mark.parametrize("options", [(), ("--max-size", "many"), ("--older-than", "-1")])
def test_pruning_without_a_usable_bound_is_refused(tmp_path: Path, options: tuple[str, ...]) -> None:
    assert prune(tmp_path, *options).returncode == 2
