"""What other extractors make of pages: trafilatura, newspaper4k and news-please by their defaults, Fundus by a parser.

    PYTHON_OF_THE_PEERS benchmarks/peers.py < pages.json > readings.json

Runs in the environment of the peers (`benchmarks/peers.txt`), so it imports nothing of this project. Standard input
holds a list of `{"page", "url", "path"}`; printed is, by peer, its version and its readings by page. A peer that
breaks on a page has no reading of it, and the break is counted.
"""

from __future__ import annotations

import contextlib
import gzip
import json
import sys
import time
from collections.abc import Callable
from datetime import datetime, timedelta, timezone
from functools import cache
from importlib.metadata import version
from pathlib import Path
from typing import Any

TEXT = "//div[contains(@class, 'read__content')]"
WIB = timezone(timedelta(hours=7))
Reading = dict[str, Any]


def read_trafilatura(html: bytes, url: str) -> Reading:
    """Read a page with trafilatura."""
    import trafilatura

    found = trafilatura.bare_extraction(html, url=url, with_metadata=True)
    if found is None:
        return {}
    return {
        "title": found.title,
        "authors": [name.strip() for name in (found.author or "").split(";") if name.strip()],
        "published_on": found.date,
        "tags": [tag.strip() for stated in found.tags or [] for tag in stated.split(",") if tag.strip()],
        "description": found.description,
        "image_url": found.image,
        "body": paragraphs(found.text),
    }


def read_newspaper(html: bytes, url: str) -> Reading:
    """Read a page with newspaper4k, told that it is Indonesian."""
    import newspaper

    article = newspaper.Article(url, language="id", fetch_images=False)
    article.download(input_html=html.decode("utf-8", "replace"))
    article.parse()
    return {
        "title": article.title,
        "authors": list(article.authors),
        "tags": sorted(article.tags or []),
        "description": article.meta_description,
        "image_url": article.top_image,
        "body": paragraphs(article.text),
    } | of_time(article.publish_date)


def read_news_please(html: bytes, url: str) -> Reading:
    """Read a page with news-please."""
    from newsplease import NewsPlease

    found = NewsPlease.from_html(html.decode("utf-8", "replace"), url=url, fetch_images=False)
    return {
        "title": found.title,
        "authors": list(found.authors or []),
        "description": found.description,
        "image_url": found.image_url,
        "body": paragraphs(found.maintext),
    } | of_time(found.date_publish)


@cache
def fundus_parser() -> Any:
    """Return a parser of Fundus for these pages, written as its guide shows: Fundus reads no site without one."""
    from fundus.parser import BaseParser, attribute
    from fundus.parser.utility import (
        extract_article_body_with_selector,
        generic_author_parsing,
        generic_date_parsing,
        generic_topic_parsing,
    )
    from lxml.etree import XPath

    class KompasParser(BaseParser):
        _paragraphs = XPath(
            "//div[contains(@class, 'read__content')]//p[not(ancestor::*[contains(@class, 'inject-baca')])]"
        )
        _headings = XPath("//div[contains(@class, 'read__content')]//*[self::h2 or self::h3]")

        @attribute
        def title(self) -> Any:
            return self.precomputed.ld.bf_search("headline")

        @attribute
        def body(self) -> Any:
            return extract_article_body_with_selector(
                self.precomputed.doc, subheadline_selector=self._headings, paragraph_selector=self._paragraphs
            )

        @attribute
        def authors(self) -> Any:
            return generic_author_parsing(self.precomputed.meta.get("content_author"))

        @attribute
        def publishing_date(self) -> Any:
            return generic_date_parsing(self.precomputed.ld.bf_search("datePublished"))

        @attribute
        def topics(self) -> Any:
            return generic_topic_parsing(self.precomputed.meta.get("keywords"))

    return KompasParser()


def read_fundus(html: bytes, url: str) -> Reading:  # noqa: ARG001 - all peers are called alike
    """Read a page with the core of Fundus."""
    found = fundus_parser().parse(html.decode("utf-8", "replace"), "raise")
    return {
        "title": found["title"],
        "authors": found["authors"],
        "tags": found["topics"],
        "description": found["meta"].get("description"),
        "body": paragraphs(str(found["body"] or "")),
    } | of_time(found["publishing_date"])


PEERS: dict[str, Callable[[bytes, str], Reading]] = {
    "trafilatura": read_trafilatura,
    "newspaper4k": read_newspaper,
    "news-please": read_news_please,
    "fundus": read_fundus,
}


def paragraphs(text: str | None) -> list[str]:
    """Return the lines of a text, white space collapsed, none empty."""
    return [line for raw in (text or "").splitlines() if (line := " ".join(raw.split()))]


def of_time(at: datetime | None) -> Reading:
    """Return day and minute of a time, in WIB; one without a zone is taken for WIB, as it is printed."""
    if not isinstance(at, datetime):
        return {}
    local = at.astimezone(WIB) if at.tzinfo else at.replace(tzinfo=WIB)
    return {
        "published_on": local.date().isoformat(),
        "published_minute": local.replace(second=0, microsecond=0).isoformat(),
    }


def main() -> None:
    """Read every page with every peer."""
    pages = json.load(sys.stdin)
    answer = {}
    for name, read in PEERS.items():
        readings, broken, cpu_seconds = {}, 0, 0.0
        for page in pages:
            saved = Path(page["path"]).read_bytes()
            html = gzip.decompress(saved) if saved.startswith(b"\x1f\x8b") else saved
            begun = time.process_time()
            try:
                with contextlib.redirect_stdout(sys.stderr):
                    readings[page["page"]] = read(html, page["url"])
            except Exception as error:  # noqa: BLE001 - whatever other people's code raises is a page that it cannot read
                broken += 1
                print(f"{name} broke on {page['page']}: {error!r}", file=sys.stderr)
            cpu_seconds += time.process_time() - begun
        answer[name] = {
            "version": version(name),
            "readings": readings,
            "broken": broken,
            "cpu_seconds": cpu_seconds,
        }
    json.dump(answer, sys.stdout)


if __name__ == "__main__":
    main()
