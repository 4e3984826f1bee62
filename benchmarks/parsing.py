"""What a parse costs: every column and link of a page, beside a bare parse of the same bytes and beside the peers.

Pages come from the replica, with the weight of real ones, in each layout; and, where a folder of saved pages is named,
from there. The bare parse is lexbor's tree alone, which everything else is built upon. Both run as in a crawl: with
memory kept and the collector of cycles settled, and with the cache of addresses emptied before each round, since a
crawl meets most addresses once.
"""

from __future__ import annotations

import gzip
import json
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path
from urllib.parse import urlsplit

from selectolax.lexbor import LexborHTMLParser

from benchmarks.processes import Spread
from kompas_crawler.errors import KompasError
from kompas_crawler.footing import settle
from kompas_crawler.replica import running
from kompas_crawler.replica.articles import LAYOUTS
from kompas_crawler.site import parse_article
from kompas_crawler.site.addresses import index_url, parse_article_address
from kompas_crawler.site.lists import parse_list

DAY = date(2021, 4, 14)
PEERS_SCRIPT = Path(__file__).resolve().parent / "peers.py"


@dataclass(frozen=True, slots=True)
class Page:
    """One page to be parsed."""

    url: str
    html: bytes


@dataclass(frozen=True, slots=True)
class Parse:
    """What the parse of one kind of page costs, in milliseconds of processor time a page."""

    name: str
    pages: int
    kilobytes: float
    """Of a page, on average."""
    bare: Spread
    ours: Spread

    @property
    def ratio(self) -> float:
        """How many times a bare parse ours takes."""
        return self.ours.median / self.bare.median


def articles_of(layout: str, count: int) -> list[Page]:
    """Return articles of the replica in one layout."""
    with running("--full", "--layouts", layout, "--today", f"{DAY + timedelta(days=7)}") as replica:
        urls = [stub["url"] for stub in replica.truth(DAY, brief=True)[:count]]
        parts = [(url, urlsplit(url)) for url in urls]
        return [Page(url, replica.get(part.hostname or "", f"{part.path}?page=all")) for url, part in parts]


def lists_of(count: int) -> list[Page]:
    """Return pages of the replica's index."""
    with running("--full", "--today", f"{DAY + timedelta(days=7)}") as replica:
        urls = [index_url("all", DAY, number) for number in range(1, count + 1)]
        parts = [(url, urlsplit(url)) for url in urls]
        return [Page(url, replica.get(part.hostname or "", f"/?{part.query}")) for url, part in parts]


def saved_articles(folder: Path) -> list[Page]:
    """Return the articles among pages that somebody saved, with their `index.jsonl`; those that parse."""
    return list(_saved(folder))


def _saved(folder: Path) -> Iterator[Page]:
    for line in (folder / "index.jsonl").read_text().splitlines():
        entry = json.loads(line)
        if entry["kind"] != "article":
            continue
        page = Page(entry["url"], gzip.decompress((folder / entry["file"]).read_bytes()))
        try:
            parse_article(page.html, page.url)
        except KompasError:
            continue
        yield page


def compare(name: str, pages: Sequence[Page], parse: Callable[[bytes, str], object], rounds: int) -> Parse:
    """Measure a parse and the bare one, round by round in turn."""
    bare, ours = [], []
    for _ in range(rounds):
        bare.append(_milliseconds(pages, lambda html, _: LexborHTMLParser(html)))
        parse_article_address.cache_clear()
        ours.append(_milliseconds(pages, parse))
    size = sum(len(page.html) for page in pages) / len(pages) / 1_000
    return Parse(name, len(pages), size, Spread.of(bare), Spread.of(ours))


def _milliseconds(pages: Sequence[Page], parse: Callable[[bytes, str], object]) -> float:
    begun = time.process_time()
    for page in pages:
        parse(page.html, page.url)
    return (time.process_time() - begun) / len(pages) * 1_000


def per_layout(*, pages: int, rounds: int, saved: Path | None) -> list[Parse]:
    """Measure articles of every layout, index pages, and saved pages where there are some."""
    settle()
    found = [
        compare(f"article, layout {layout}", articles_of(layout, pages), parse_article, rounds) for layout in LAYOUTS
    ]
    found.append(compare("index page", lists_of(pages), parse_list, rounds))
    if saved is not None and saved.is_dir():
        found.append(compare("articles of saved pages", saved_articles(saved), parse_article, rounds))
    return found


def peers(python: str, pages: Sequence[Page]) -> dict[str, float]:
    """Return the milliseconds of processor time that other extractors take for a page, in their own environment."""
    with tempfile.TemporaryDirectory() as folder:
        asked = []
        for number, page in enumerate(pages):
            path = Path(folder) / f"{number}.html"
            path.write_bytes(page.html)
            asked.append({"page": str(number), "url": page.url, "path": str(path)})
        answer = subprocess.run(
            [python, str(PEERS_SCRIPT)], input=json.dumps(asked).encode(), capture_output=True, check=True
        )
    said = json.loads(answer.stdout)
    return {f"{name} {one['version']}": one["cpu_seconds"] / len(pages) * 1_000 for name, one in said.items()}


if __name__ == "__main__":
    for one in per_layout(pages=10, rounds=15, saved=Path(sys.argv[1]) if len(sys.argv) > 1 else None):
        print(
            f"{one.name:30} {one.kilobytes:6.0f} KB {one.bare.median:6.2f} ms {one.ours.median:6.2f} ms {one.ratio:.1f}"
        )
