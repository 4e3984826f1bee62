"""The replica as a server of saved pages."""

from __future__ import annotations

import gzip
import json
from collections.abc import Iterator
from datetime import date
from pathlib import Path

import pytest

from kompas_crawler.replica import Replica, running
from tests.replica.browsing import asking, walk

ALWAYS = date(2008, 1, 1), date(2030, 12, 31)
ONE = "https://www.kompas.com/tren/read/2021/04/14/003000965/contoh--halaman-"
TWO = "http://tekno.kompas.com/read/2021/04/14/22010007/contoh.lain"
CUT = "https://tekno.kompas.com/read/2021/04/14/23010007/terpotong"


@pytest.fixture(scope="module")
def saved(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Replica]:
    folder = tmp_path_factory.mktemp("saved")
    lines = []
    for name, url, complete in (("one", ONE, "complete"), ("two", TWO, "complete"), ("cut", CUT, "fragment")):
        (folder / f"{name}.html.gz").write_bytes(gzip.compress(f"<h1>{name}</h1>".encode()))
        lines.append({"file": f"{name}.html.gz", "kind": "article", "url": url, "complete": complete})
    (folder / "front.html").write_text("<h1>front</h1>", "utf-8")
    lines.append({"file": "front.html", "kind": "section", "url": "https://news.kompas.com/", "complete": "complete"})
    (folder / "index.jsonl").write_text("\n".join(map(json.dumps, lines)), "utf-8")
    with running("--pages", str(folder)) as replica:
        yield replica


@pytest.mark.parametrize("query", ["", "?page=1", "?page=all", "?source=x"])
def test_a_saved_article_is_served_at_its_address(saved: Replica, query: str) -> None:
    assert saved.get("www.kompas.com", f"/tren/read/2021/04/14/003000965/contoh--halaman-{query}") == b"<h1>one</h1>"


def test_a_saved_article_is_served_by_its_key_on_another_host_and_slug(saved: Replica) -> None:
    assert saved.get("amp.kompas.com", "/tekno/read/2021/04/14/22010007/lain") == b"<h1>two</h1>"


def test_other_saved_pages_are_served_at_their_addresses(saved: Replica) -> None:
    assert saved.get("news.kompas.com", "/") == b"<h1>front</h1>"


@pytest.mark.parametrize(
    ("host", "path"),
    [
        ("tekno.kompas.com", "/read/2021/04/14/22010007/contoh.lain?page=2"),
        ("tekno.kompas.com", "/read/2021/04/14/10000007/lain"),
        ("tekno.kompas.com", "/"),
        ("www.kompas.com", "/sitemap.xml"),
    ],
)
def test_everything_else_is_not_found(saved: Replica, host: str, path: str) -> None:
    with asking(saved, host, path) as answer:
        assert answer.status == 404


def test_complete_articles_are_listed_under_the_day_of_their_address(saved: Replica) -> None:
    day = date(2021, 4, 14)
    assert walk(saved, day) == [["20210414-22010007", "20210414-003000965"]]
    assert walk(saved, day, "tren") == [["20210414-003000965"]]
    assert walk(saved, date(2021, 4, 15)) == []


def test_the_truth_names_the_listed_articles(saved: Replica) -> None:
    assert [(r["key"], r["section"]) for r in saved.truth(*ALWAYS)] == [
        ("20210414-003000965", "tren"),
        ("20210414-22010007", "tekno"),
    ]


def test_robots_txt_permits_the_saved_pages(saved: Replica) -> None:
    assert "Disallow: /\n" not in saved.get("www.kompas.com", "/robots.txt").decode().split("\n\n")[0]


@pytest.mark.pages
def test_every_complete_real_article_is_listed_and_served_as_it_was_saved(pages_dir: Path) -> None:
    lines = [json.loads(line) for line in (pages_dir / "index.jsonl").read_text("utf-8").splitlines()]
    complete = [x for x in lines if x["kind"].startswith("article") and x["complete"] == "complete"]
    with running("--pages", str(pages_dir)) as replica:
        truth = {record["key"]: record for record in replica.truth(*ALWAYS)}
        assert len(truth) == len({x["url"].split("/read/")[1][:20] for x in complete})
        days = sorted({record["published_on"] for record in truth.values()})
        listed = {key for day in days for page in walk(replica, date.fromisoformat(day)) for key in page}
        assert listed == set(truth)
        for line in complete:
            host, _, path = line["url"].split("://")[1].partition("/")
            assert replica.get(host, f"/{path}") == gzip.decompress((pages_dir / line["file"]).read_bytes())
