"""Serves saved real pages at their own addresses, and lists the articles among them in an index made for them.

Reads a folder with `index.jsonl` (one object per line: `file`, `kind`, `url`, `complete`, …) and gzipped files.
Nothing is generated in this mode; every other address answers 404.
"""

from __future__ import annotations

import gzip
import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from html import escape
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from kompas_crawler.replica.answers import HTML, TEXT, XML, Answer, not_found, page_number, parse_day
from kompas_crawler.replica.robots import robots_txt
from kompas_crawler.site.addresses import ArticleAddress, parse_article_address
from kompas_crawler.site.sections import site_covers

_PER_PAGE = 15


@dataclass(frozen=True, slots=True)
class SavedPage:
    """One line of `index.jsonl`."""

    path: Path
    kind: str
    url: str
    is_complete: bool
    address: ArticleAddress | None

    def body(self) -> bytes:
        """The page's bytes."""
        raw = self.path.read_bytes()
        return gzip.decompress(raw) if self.path.suffix == ".gz" else raw


class SavedSite:
    """A site of saved pages only.

    Raises:
        FileNotFoundError: the folder holds no `index.jsonl`.
        ValueError: a line of it is no object with `file` and `url`.
    """

    def __init__(self, folder: Path) -> None:
        self.pages = [_saved(folder, line) for line in (folder / "index.jsonl").read_text("utf-8").splitlines() if line]
        self._by_address = {_place(page.url): page for page in self.pages if not page.address}
        self._by_key = {page.address.article_id: page for page in self.articles if page.address}

    @property
    def articles(self) -> list[SavedPage]:
        """The complete article pages."""
        return [page for page in self.pages if page.address and page.is_complete and page.kind.startswith("article")]

    def answer(self, host: str, path: str, query: Mapping[str, str]) -> Answer:
        """The answer to a GET of `path` with `query` on `host`."""
        if path == "/robots.txt":
            return Answer(body=robots_txt("plain")[1].encode(), content_type=TEXT)
        if host == "indeks.kompas.com" and path == "/" and "date" in query:
            return self._index(query)
        address = parse_article_address(f"https://{host}{path}")
        if address and (page := self._by_key.get(address.article_id)):
            # The other parts of a paged article were not saved.
            return Answer(body=page.body()) if query.get("page", "1") in ("1", "all") else not_found()
        if other := self._by_address.get(host + path.rstrip("/")):
            return Answer(body=other.body(), content_type=XML if other.url.endswith(".xml") else HTML)
        return not_found()

    def truth(self, since: date, until: date, *, brief: bool) -> list[dict[str, Any]]:
        """Keys of the saved articles of some days, oldest first; their addresses and sections too unless `brief`."""
        addresses = [p.address for p in self.articles if p.address and since <= p.address.published_on <= until]
        found = sorted(addresses, key=lambda a: a.article_id)
        keys = [{"article_id": a.article_id, "key": a.article_id} for a in found]
        rest = [
            {"url": a.url, "section": a.section, "section_code": a.section_code, "published_on": str(a.published_on)}
            for a in found
        ]
        return keys if brief else [key | more for key, more in zip(keys, rest, strict=True)]

    def _index(self, query: Mapping[str, str]) -> Answer:
        day, site = parse_day(query["date"]), query.get("site", "all")
        number = page_number(query.get("page", "1"))
        listed = sorted(
            (p for p in self.articles if p.address and p.address.published_on == day
             and site_covers(site, p.address.section)),
            key=lambda p: p.address.article_id if p.address else "", reverse=True,
        )  # fmt: skip
        items = "".join(map(_item, listed[(number - 1) * _PER_PAGE : number * _PER_PAGE]))
        body = (
            '<!DOCTYPE html>\n<html lang="id"><head><meta charset="utf-8"><title>Indeks - Kompas.com</title></head>\n'
            f'<body><div class="latest--indeks mt2 clearfix">{items}</div></body></html>\n'
        )
        return Answer(body=body.encode())


def _saved(folder: Path, line: str) -> SavedPage:
    entry = json.loads(line)
    if not isinstance(entry, dict) or not {"file", "url"} <= entry.keys():
        raise ValueError(f"{folder / 'index.jsonl'}: expected an object with file and url, found {line[:80]!r}")
    complete = entry.get("complete", True)
    return SavedPage(
        path=folder / entry["file"], kind=str(entry.get("kind", "article")), url=str(entry["url"]),
        is_complete=complete is True or str(complete).startswith("complete"),
        address=parse_article_address(str(entry["url"]).split(" ")[0]),
    )  # fmt: skip


def _place(url: str) -> str:
    parts = urlsplit(url.split(" ")[0])
    return (parts.hostname or "") + parts.path.rstrip("/")


def _item(page: SavedPage) -> str:
    address = page.address
    if address is None:
        return ""
    url = escape(address.url)
    stamp = f"{address.published_on:%d/%m/%Y}, {address.site_id[:2]}:{address.site_id[2:4]} WIB"
    title = escape(address.slug.replace("-", " ").replace(".", " ").strip().capitalize(), quote=False)
    return f"""<div class="article__list clearfix">
    <div class="article__list__title">
        <h3 class="article__title article__title--medium"><a class="article__link" href="{url}">{title}</a></h3>
    </div>
    <div class="article__list__info">
        <div class="article__subtitle article__subtitle--inline ">{escape(address.section)}</div>
        <div class="article__date">{stamp}</div>
    </div>
</div>
"""
