"""The crawler's parsers and the replica's truth were written apart from each other, and agree."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, datetime
from typing import Any
from urllib.parse import urlsplit

import pytest

from kompas_crawler.items import Article, LinkKind, ParsedArticle
from kompas_crawler.replica import Replica, running
from kompas_crawler.site.articles import parse_article
from kompas_crawler.site.parts import merge_parts

SINCE, UNTIL = date(2021, 4, 13), date(2021, 4, 14)
FIELDS = (
    "article_id", "url", "section", "section_code", "title", "description", "dateline", "authors", "editors", "tags",
    "breadcrumbs", "content_type", "is_adult", "is_sponsored", "page_count", "image_caption", "image_credit",
)  # fmt: skip


@pytest.fixture(scope="module", params=["b1", "b2", "d", "e1", "e2", "f"])
def replica(request: pytest.FixtureRequest) -> Iterator[Replica]:
    with running("--today", "2026-04-20", "--articles-per-day", "45", "--layouts", request.param) as replica:
        yield replica


def read(replica: Replica, record: dict[str, Any], part: str) -> ParsedArticle:
    address = urlsplit(record["url"])
    path = f"{address.path}?page={part}"
    return parse_article(replica.get(address.netloc, path), f"https://{address.netloc}{path}")


def told(record: dict[str, Any]) -> dict[str, Any]:
    return {name: tuple(value) if isinstance(value := record[name], list) else value for name in FIELDS}


def fields(article: Article) -> dict[str, Any]:
    return {name: getattr(article, name) for name in FIELDS}


def test_an_article_is_read_as_it_was_written(replica: Replica) -> None:
    for record in replica.truth(SINCE, UNTIL):
        parsed = read(replica, record, "all")
        assert parsed.article.body.split("\n\n") == (record["body"] or [""]), record["url"]
        assert fields(parsed.article) == told(record), record["url"]
        juga = [(link.text, link.article_id) for link in parsed.links if link.kind is LinkKind.BACA_JUGA]
        links = record["links"]
        assert juga == [(x["text"], x["article_id"]) for x in links if x["kind"] == "baca_juga"], record["url"]


def test_publication_and_update_are_told_apart(replica: Replica) -> None:
    for record in replica.truth(SINCE, UNTIL):
        article = read(replica, record, "all").article
        assert article.published_at == datetime.fromisoformat(record["published_at"])
        updated = record["updated_at"]
        assert article.updated_at == (datetime.fromisoformat(updated) if updated else None), record["url"]


def test_the_parts_of_an_article_join_to_the_whole(replica: Replica) -> None:
    for record in replica.truth(SINCE, UNTIL):
        parts = [read(replica, record, str(number)) for number in range(1, record["page_count"] + 1)]
        merged = merge_parts(parts).article
        assert (merged.body.split("\n\n"), merged.is_complete) == (record["body"] or [""], True), record["url"]
