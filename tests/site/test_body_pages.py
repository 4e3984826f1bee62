"""The body on saved real pages: nothing lost, nothing foreign kept. No text of theirs stands here."""

from __future__ import annotations

import gzip
import json
import re
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest
from selectolax.lexbor import LexborHTMLParser, LexborNode

from kompas_crawler.items import LinkKind
from kompas_crawler.site.body import Body, extract_body

pytestmark = pytest.mark.pages

CONTAINERS = ("div.read__content", "#articleContent", "div.kcm-read-text", "span.kcmread1114", "div.div-read")
NOT_TEXT = frozenset(("script", "style", "iframe", "noscript"))


@pytest.fixture(scope="module")
def bodies(pages_dir: Path) -> list[tuple[str, LexborNode, Body]]:
    return list(_bodies(pages_dir))


def _bodies(pages_dir: Path) -> Iterator[tuple[str, LexborNode, Body]]:
    for line in (pages_dir / "index.jsonl").read_text().splitlines():
        row = json.loads(line)
        if not row["kind"].startswith("article"):
            continue
        tree = LexborHTMLParser(gzip.decompress((pages_dir / row["file"]).read_bytes()))
        for selector in CONTAINERS:
            container = tree.css_first(selector)
            if container is not None:
                yield row["file"], container, extract_body(container, row["url"])
                break


def _visible_text(container: LexborNode) -> str:
    return "".join(
        f" {node.text_content} " if node.parent is not None and node.parent.tag == "td" else node.text_content or ""
        for node in container.traverse(include_text=True)
        if node.tag == "-text" and node.parent is not None and node.parent.tag not in NOT_TEXT
    )


def test_every_page_has_a_container(bodies: list[tuple[str, LexborNode, Body]]) -> None:
    assert len(bodies) >= 130


def test_every_character_is_in_a_paragraph_or_removed_under_a_rule(bodies: list[tuple[str, LexborNode, Body]]) -> None:
    for file, container, body in bodies:
        kept = body.text + "".join(removed.text for removed in body.removed)
        there, here = (Counter(re.sub(r"[\s\u200e]+", "", text)) for text in (_visible_text(container), kept))
        assert there == here, file


def test_paragraphs_stand_in_page_order(bodies: list[tuple[str, LexborNode, Body]]) -> None:
    for file, container, body in bodies:
        page, position = re.sub(r"\s+", "", _visible_text(container)), 0
        for paragraph in body.paragraphs:
            ends = [re.sub(r"\s+", "", part) for part in (paragraph[:20], paragraph[-20:])]
            for end in ends:
                found = page.find(end, position)
                assert found >= 0, (file, end)
                position = found


@pytest.mark.parametrize(
    "pattern",
    [
        r"(?i)\bbaca juga\s*:",
        r"(?i)\bread also\s*:",
        r"(?i)dapatkan update berita pilihan",
        r"(?i)grup telegram \W*kompas",
        r"(?i)artikel ini telah tayang di",
        r"(?i)view this post on instagram",
        r"pic\.twitter\.com",
        r"(?i)halaman selanjutnya",
    ],
)
def test_no_body_holds_a_line_that_is_not_its_own(pattern: str, bodies: list[tuple[str, LexborNode, Body]]) -> None:
    assert [file for file, _, body in bodies if re.search(pattern, body.text)] == []


def test_no_body_holds_the_caption_of_a_photo_in_it(bodies: list[tuple[str, LexborNode, Body]]) -> None:
    for file, container, body in bodies:
        for photo in container.css(".photo, .photo-infographic"):
            caption = " ".join(photo.text(deep=False).split())
            assert not caption or caption not in body.paragraphs, file


def test_every_link_after_the_words_baca_juga_is_kept_as_a_link(bodies: list[tuple[str, LexborNode, Body]]) -> None:
    for file, container, body in bodies:
        lines = [
            block.text() for block in container.css("p") if re.match(r"\s*(?:Baca juga|Read also)\s*:", block.text())
        ]
        links = [link for link in body.links if link.kind is LinkKind.BACA_JUGA]
        assert len(links) >= len(lines), file
        assert all(link.article_id or re.match(r"https://(?:jeo|tv)\.kompas\.com/", link.url) for link in links), file


def test_only_the_empty_articles_have_empty_bodies(bodies: list[tuple[str, LexborNode, Body]]) -> None:
    assert sum(not body.paragraphs for _, _, body in bodies) == 3
