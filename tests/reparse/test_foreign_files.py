"""Files that other tools made: wget's WARC, plain and cut into pieces, damaged ones, folders of saved pages."""

from __future__ import annotations

import gzip
import json
import shutil
import subprocess
from pathlib import Path

import pytest

from kompas_crawler.archive.storage import storage_at
from kompas_crawler.reparse import units
from kompas_crawler.reparse.captures import Capture, captures
from kompas_crawler.replica import Replica
from kompas_crawler.site.articles import parse_article
from tests.reparse.conftest import Page, Reparse, write_raw

NAMES = ("title", "body", "authors", "tags", "published_at", "section", "layout")


def read(row_or_page) -> tuple:
    return tuple(list(value) if isinstance(value, tuple) else value for value in row_or_page)


def expected(pages: list[Page]) -> dict[str, tuple]:
    articles = [parse_article(page.body, page.url).article for page in pages]
    return {one.article_id: read(getattr(one, name) for name in NAMES) for one in articles}


def found(rows: list[dict]) -> dict[str, tuple]:
    return {row["article_id"]: read(row[name] for name in NAMES) for row in rows}


@pytest.mark.skipif(shutil.which("wget") is None, reason="wget is not installed: apt-get install wget")
@pytest.mark.parametrize("options", [[], ["--no-warc-compression"]], ids=["compressed", "plain"])
def test_what_wget_archived_gives_the_rows_of_a_crawl(
    tmp_path: Path, site: Replica, pages: list[Page], reparse: Reparse, options: list[str]
):
    (tmp_path / "list").write_text("\n".join(page.url.replace("https:", "http:") for page in pages))
    command = ["wget", "-q", "-i", "list", "-O", "/dev/null", "--warc-file=wget", *options]
    command += ["-e", "use_proxy=yes", "-e", f"http_proxy={site.url}"]
    subprocess.run(command, cwd=tmp_path, check=True, timeout=120)
    (file,) = tmp_path.glob("wget.warc*")
    done = reparse(str(file), "--workers", "1")
    assert done.exit_code == 0, done.stderr
    assert found(done.rows()) == expected(pages)
    assert {tuple(row["discovered_by"]) for row in done.rows()} == {("given",)}
    assert {row["raw_file"] for row in done.rows()} == {None}


def test_a_folder_of_saved_pages_is_read(tmp_path: Path, pages: list[Page], reparse: Reparse):
    folder = tmp_path / "pages"
    folder.mkdir()
    lines = []
    for number, page in enumerate(pages):
        (folder / f"{number}.html.gz").write_bytes(gzip.compress(page.body))
        lines.append({"file": f"{number}.html.gz", "url": page.url, "fetched_at": "2021-04-20T12:00:00+07:00"})
    (folder / "index.jsonl").write_text("".join(json.dumps(line) + "\n" for line in lines))
    done = reparse(str(folder), "--workers", "1")
    assert found(done.rows()) == expected(pages)
    assert {row["fetched_at"].isoformat() for row in done.rows()} == {"2021-04-20T05:00:00+00:00"}


def test_an_index_line_that_names_no_page_is_refused_with_its_number(tmp_path: Path, reparse: Reparse):
    (tmp_path / "pages").mkdir()
    (tmp_path / "pages" / "index.jsonl").write_text('{"url": "https://www.kompas.com/"}\n')
    done = reparse(str(tmp_path / "pages"))
    assert done.exit_code == 2
    assert "index.jsonl line 1: expected an object with file and url" in done.stderr


def raw_file(tmp_path: Path, pages: list[Page]) -> Path:
    write_raw(tmp_path / "made", "r1", [(page.url, 200, page.body) for page in pages])
    (file,) = (tmp_path / "made").rglob("*.warc.gz")
    return file


@pytest.mark.parametrize("is_plain", [False, True], ids=["compressed", "plain"])
def test_pieces_of_a_file_together_hold_every_page_once(
    tmp_path: Path, pages: list[Page], monkeypatch: pytest.MonkeyPatch, is_plain: bool
):
    file = raw_file(tmp_path, pages)
    if is_plain:
        plain = tmp_path / "plain.warc"
        plain.write_bytes(gzip.decompress(file.read_bytes()))
        file = plain
    monkeypatch.setattr(units, "BYTES_OF_UNIT", 10_000)
    pieces = units.given_units([str(file)])
    assert len(pieces) > 3
    storage = storage_at(str(tmp_path / "output"))
    read = [one.address.article_id for unit in pieces for one in captures(unit, storage) if isinstance(one, Capture)]
    assert sorted(read) == sorted(expected(pages))


def test_a_file_in_one_gzip_stream_is_one_unit(tmp_path: Path, pages: list[Page], monkeypatch: pytest.MonkeyPatch):
    whole = tmp_path / "whole.warc.gz"
    whole.write_bytes(gzip.compress(gzip.decompress(raw_file(tmp_path, pages).read_bytes())))
    monkeypatch.setattr(units, "BYTES_OF_UNIT", 10_000)
    (unit,) = units.given_units([str(whole)])
    storage = storage_at(str(tmp_path / "output"))
    assert len([one for one in captures(unit, storage) if isinstance(one, Capture)]) == len(pages)


def test_a_torn_tail_and_a_damaged_record_cost_no_other_page(tmp_path: Path, pages: list[Page], reparse: Reparse):
    file = raw_file(tmp_path, pages)
    content = bytearray(file.read_bytes())
    middle = len(content) // 2
    content[middle : middle + 200] = b"\x00" * 200
    hurt = tmp_path / "hurt.warc.gz"
    hurt.write_bytes(content[:-300])
    told = json.loads(reparse(str(hurt), "--json", "--workers", "1").stdout)
    assert told["readings"]["kept_new"] >= len(pages) - 2
    assert told["passed_over"]["damaged"] >= 1
    assert told["passed_over"]["torn"] == 1
