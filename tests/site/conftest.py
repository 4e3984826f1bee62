"""Fixtures for the tests of what pages say."""

from __future__ import annotations

from typing import Protocol

import pytest

from kompas_crawler.items import ParsedArticle
from kompas_crawler.site import parse_article

URL = "https://nasional.kompas.com/read/2021/04/14/20593831/perahu-sekolah-berlayar"


class ParsePage(Protocol):
    """Parses a small article page of the layout of 2020, made of the parts that a test is about."""

    def __call__(
        self,
        *,
        url: str = URL,
        head: str = "",
        above: str = "",
        title: str = "<h1 class='read__title'>Perahu Sekolah Berlayar</h1>",
        time: str = "<div class='read__time'>Kompas.com - 14/04/2021, 20:59 WIB</div>",
        header: str = "",
        credit: str = "",
        body: str = "<p><strong>JAKARTA, KOMPAS.com</strong> - Perahu sekolah berlayar.</p>",
        below: str = "",
        body_class: str = "theme--news page--read",
    ) -> ParsedArticle: ...


@pytest.fixture
def parse_page() -> ParsePage:
    def parse(
        *,
        url: str = URL,
        head: str = "",
        above: str = "",
        title: str = "<h1 class='read__title'>Perahu Sekolah Berlayar</h1>",
        time: str = "<div class='read__time'>Kompas.com - 14/04/2021, 20:59 WIB</div>",
        header: str = "",
        credit: str = "",
        body: str = "<p><strong>JAKARTA, KOMPAS.com</strong> - Perahu sekolah berlayar.</p>",
        below: str = "",
        body_class: str = "theme--news page--read",
    ) -> ParsedArticle:
        html = (
            f"<!DOCTYPE html><html><head><meta charset='utf-8'>{head}</head><body class='{body_class}'>{above}{title}"
            f"<div class='read__header'>{time}{header}</div><div class='col-bs9-7'>{credit}"
            f"<div class='read__content'>{body}</div>{below}</div></body></html>"
        )
        return parse_article(html.encode(), url)

    return parse
