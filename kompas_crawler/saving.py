"""Where the page of a new case comes from: a file, the raw pages of an archive, or the site, asked as a crawl asks it.

Knows how to get at one page and its address. Refuses to know what a case is (`cases`), and asks the site nothing by
itself: a crawl of the one address, in a process and an archive of its own, keeps permission, robots.txt and pace.
"""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from kompas_crawler.archive.raw import FOLDER as RAW
from kompas_crawler.archive.raw_reading import Exchange, exchanges, read_exchange
from kompas_crawler.archive.storage import Storage, storage_at
from kompas_crawler.cases import read_page
from kompas_crawler.errors import UsageError
from kompas_crawler.site.addresses import ArticleAddress, parse_article_address
from kompas_crawler.story import read_story

INDEX: Final = "index.jsonl"
"""Names the pages in a folder: an object with `file` and `url` on every line, perhaps `why`."""
_OWN: Final = frozenset({"KOMPAS_OUTPUT", "KOMPAS_RAW"})


@dataclass(frozen=True, slots=True)
class SavedPage:
    """A page and the address that it came for."""

    html: bytes
    url: str
    shows: str | None = None
    """What is remarkable about it, where that is on record."""


class NotFetched(Exception):
    """A crawl of the address gave no page. `exit_code` is the crawl's, or 1."""

    def __init__(self, message: str, exit_code: int) -> None:
        super().__init__(message)
        self.exit_code = exit_code


def from_file(path: Path, url: str | None) -> SavedPage:
    """Return a saved page, gzipped or not, and its address: `url`, or the one in the `index.jsonl` beside it.

    So the samples of a quarantined run need no address. Raises `UsageError` where there is none, or no file.
    """
    if not path.is_file():
        raise UsageError(f"{str(path)!r} is neither a file nor the address of an article")
    entry = {} if url else _entry(path)
    found = url or entry.get("url")
    if not found:
        raise UsageError(f"which address did {path} come for? Give it with --url ADDRESS")
    return SavedPage(read_page(path), found, entry.get("why"))


def _entry(path: Path) -> dict[str, str]:
    index = path.with_name(INDEX)
    lines = index.read_text(encoding="utf-8").splitlines() if index.is_file() else []
    entries: Iterator[dict[str, str]] = map(json.loads, filter(None, lines))
    return next((entry for entry in entries if entry.get("file") == path.name), {})


def from_archive(location: str, address: ArticleAddress) -> SavedPage | None:
    """Return the page of an article as an archive keeps it raw; null when it keeps none, or not that part."""
    storage = storage_at(location)
    row = read_story(storage, address.article_id).article
    if row is None or row["raw_file"] is None:
        return None
    exchange = read_exchange(storage, row["raw_file"], row["raw_offset"])
    kept = parse_article_address(exchange.url)
    is_further_part = address.part not in (None, 1)  # a row points to the whole article, or to its first part
    if kept is None or (is_further_part and kept.part != address.part):
        return None
    return SavedPage(exchange.body, exchange.url)


def from_site(url: str, address: ArticleAddress, settings: Mapping[str, str]) -> SavedPage:
    """Return the page at an address of the site, fetched by a crawl of nothing else with these settings.

    Raises `NotFetched`, with what the crawl said.
    """
    with tempfile.TemporaryDirectory(prefix="kompas-page-") as folder:
        given, output = Path(folder, "addresses.txt"), Path(folder, "archive")
        given.write_text(f"{url}\n", encoding="utf-8")
        command = [sys.executable, "-m", "kompas_crawler", "crawl", "kompas", "-a", f"addresses={given}"]
        command += ["-a", "follow=none"]
        used = {name: value for name, value in settings.items() if name not in _OWN}
        for name, value in (used | {"KOMPAS_OUTPUT": str(output), "KOMPAS_RAW": "on"}).items():
            command += ["-s", f"{name}={value}"]
        done = subprocess.run(command, stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False)  # noqa: S603
        pages = [page for page in _answers(storage_at(str(output)), address) if page.status == 200]
        if not pages:
            raise NotFetched(f"no page came of {url}:\n{done.stderr.strip()}", done.returncode or 1)
        wanted = [page for page in pages if page.url.partition("?")[2] == url.partition("?")[2]]
        page = (wanted or pages)[-1]
        return SavedPage(page.body, page.url)


def _answers(storage: Storage, address: ArticleAddress) -> Iterator[Exchange]:
    """Yield what the site answered to requests for an article or its parts."""
    for path in storage.files(RAW):
        if not path.endswith(".warc.gz"):
            continue
        with storage.open(path) as stream:
            for exchange in exchanges(stream, storage=storage):
                asked = parse_article_address(exchange.url)
                if asked is not None and asked.article_id == address.article_id:
                    yield exchange
