"""Every saved real page of an article, read against what is known about it."""

from __future__ import annotations

import gzip
import json
from collections import Counter
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest

from kompas_crawler.errors import NotAnArticle, PageError
from kompas_crawler.items import LinkKind, ParsedArticle
from kompas_crawler.site import merge_parts, parse_article
from kompas_crawler.site.addresses import parse_article_address
from kompas_crawler.site.dates import WIB

pytestmark = pytest.mark.pages

FOOTER = {"20190801-124215826", "20181017-08133311"}
PUBLISHERS = {"kompas cyber media", "kompas.com", "tim redaksi", "advertorial", "penulis", "editor"}


def page(pages_dir: Path, row: dict[str, Any]) -> bytes:
    return gzip.decompress((pages_dir / row["file"]).read_bytes())


@pytest.fixture(scope="module")
def rows(pages_dir: Path) -> list[dict[str, Any]]:
    lines = (pages_dir / "index.jsonl").read_text(encoding="utf-8").splitlines()
    return [json.loads(line) for line in lines]


@pytest.fixture(scope="module")
def articles(pages_dir: Path, rows: list[dict[str, Any]]) -> list[tuple[dict[str, Any], ParsedArticle]]:
    complete = [row for row in rows if row["kind"].startswith("article") and row["complete"] == "complete"]
    assert len(complete) >= 130
    return [(row, parse_article(page(pages_dir, row), row["url"])) for row in complete]


def wib(at: datetime | None) -> str:
    return at.astimezone(WIB).strftime("%Y-%m-%d %H:%M:%S") if at else ""


def test_the_noted_minute_is_that_of_publication_or_of_the_update(articles) -> None:
    for row, parsed in articles:
        noted = row["published"].removesuffix(" WIB")
        article = parsed.article
        shown = article.updated_at or article.published_at
        assert wib(shown).startswith(noted), row["file"]


def test_key_and_day_are_those_of_the_address(articles) -> None:
    for row, parsed in articles:
        address = parse_article_address(row["url"])
        assert address is not None
        assert (parsed.article.article_id, parsed.article.published_on) == (address.article_id, address.published_on)


def test_every_article_has_a_headline_from_its_usual_place(articles) -> None:
    for row, parsed in articles:
        assert parsed.article.title, row["file"]
        assert "fallback_title" not in parsed.article.flags, row["file"]


def test_layouts_follow_the_day_of_the_fetch(articles) -> None:
    counts = Counter(parsed.article.layout for _, parsed in articles)
    assert counts == {"d": 102, "e1": 23, "e2": 1, "b1": 1, "b2": 3}


def test_only_updated_pages_have_a_time_of_update(articles) -> None:
    updated = [parsed.article for _, parsed in articles if parsed.article.updated_at]
    assert len(updated) == 5
    assert all(article.updated_at > article.published_at and article.published_text is None for article in updated)


def test_no_page_names_a_time_that_contradicts_its_id(articles) -> None:
    assert [row["file"] for row, parsed in articles if "dates_disagree" in parsed.article.flags] == []


def test_every_page_prints_a_time(articles) -> None:
    for row, parsed in articles:
        assert parsed.article.published_text or parsed.article.updated_text, row["file"]


def test_no_publisher_and_no_stray_comma_is_credited(articles) -> None:
    for row, parsed in articles:
        for name in parsed.article.authors + parsed.article.editors:
            assert name.casefold() not in PUBLISHERS, row["file"]
            assert name == name.strip(" ,:|") != "", row["file"]


def test_writers_are_missing_only_where_the_page_names_none(articles, pages_dir: Path) -> None:
    for row, parsed in articles:
        if "no_author" in parsed.article.flags:
            html = page(pages_dir, row)
            assert b'id="penulis"' not in html, row["file"]
            assert b">Penulis<" not in html, row["file"]


def test_kinds_follow_the_labels(articles) -> None:
    kinds = Counter(str(parsed.article.content_type) for _, parsed in articles)
    assert kinds == {"standard": 109, "opinion": 7, "kilas": 5, "brand": 4, "fact_check": 3, "advertorial": 2}


def test_pages_of_2019_and_later_show_terkini_and_name_no_footer_link(articles) -> None:
    for row, parsed in articles:
        kinds = Counter(link.kind for link in parsed.links)
        assert not FOOTER & {link.article_id for link in parsed.links}, row["file"]
        is_widgetless = parsed.article.layout.startswith("b") or parsed.article.section in ("biz", "go")
        assert (kinds[LinkKind.TERKINI] >= 14) is not is_widgetless, row["file"]


def test_positions_run_from_one_and_no_target_repeats_within_a_kind(articles) -> None:
    for row, parsed in articles:
        for kind in LinkKind:
            links = [link for link in parsed.links if link.kind is kind]
            assert [link.position for link in links] == list(range(1, len(links) + 1)), row["file"]
            targets = [link.article_id or link.url for link in links]
            assert len(targets) == len(set(targets)), row["file"]
            assert all(link.text for link in links), row["file"]


def test_parts_are_numbered_against_the_pager(articles) -> None:
    for row, parsed in articles:
        assert len(parsed.part_urls) == parsed.article.page_count - 1, row["file"]
        assert parsed.article.is_complete is (parsed.article.page_count == 1), row["file"]


def test_pictures_and_captions_are_clean(articles) -> None:
    for row, parsed in articles:
        article = parsed.article
        assert article.image_url is None or article.image_url.startswith("http"), row["file"]
        assert "Lihat Foto" not in (article.image_caption or ""), row["file"]
        assert not (article.image_credit or "").startswith("("), row["file"]


def test_merging_a_page_with_itself_changes_nothing(articles) -> None:
    for _, parsed in articles:
        if parsed.article.is_complete:
            assert merge_parts([parsed, parsed]).article == parsed.article


def test_pages_that_are_no_articles_are_refused(pages_dir: Path, rows) -> None:
    url = "https://nasional.kompas.com/read/2021/04/14/20593831/a"
    for row in rows:
        if not row["kind"].startswith("article"):
            with pytest.raises(PageError):
                parse_article(page(pages_dir, row), url)


def test_an_article_under_the_address_of_another_is_refused(pages_dir: Path, rows) -> None:
    url = "https://nasional.kompas.com/read/2021/04/14/20593831/a"
    for row in rows[:20]:
        with pytest.raises(NotAnArticle, match="another article"):
            parse_article(page(pages_dir, row), url)
