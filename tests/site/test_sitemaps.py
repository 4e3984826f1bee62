"""Sitemap indexes, web and news sitemaps, and files that are hostile or none of these."""

from __future__ import annotations

import gzip
from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kompas_crawler.errors import NotAListPage, PageError
from kompas_crawler.items import PublishedSource
from kompas_crawler.site.listings import Excluded
from kompas_crawler.site.sitemaps import Sitemap, SitemapRef, parse_sitemap

FIXTURES = Path(__file__).parent / "fixtures" / "lists"
URL = "https://www.kompas.com/sitemap.xml"
LOCATION = "https://www.kompas.com/tren/read/2026/09/29/080000065/a"


def fixture(name: str) -> bytes:
    return (FIXTURES / name).read_bytes()


@pytest.fixture(scope="module")
def news() -> Sitemap:
    return parse_sitemap(fixture("sitemap_news.xml"), URL)


def reason_of(xml: bytes) -> str:
    with pytest.raises(NotAListPage) as raised:
        parse_sitemap(xml, URL)
    return raised.value.reason


class TestIndex:
    def test_each_sitemap_is_named_once_with_the_time_of_its_last_change(self) -> None:
        assert parse_sitemap(fixture("sitemap_index.xml"), URL).sitemaps == (
            SitemapRef("https://nasional.kompas.com/news/sitemap.xml", datetime(2026, 9, 30, 15, 15, tzinfo=UTC)),
            SitemapRef("https://www.kompas.com/tren/web/sitemap.xml", datetime(2026, 9, 29, 17, 0, tzinfo=UTC)),
            SitemapRef("https://bola.kompas.com/liga-desa/web/sitemap.xml", None),
        )

    def test_a_sitemap_on_another_host_is_excluded(self) -> None:
        assert parse_sitemap(fixture("sitemap_index.xml"), URL).excluded == (
            Excluded("https://www.kompas.tv/sitemap.xml", "foreign_host"),
        )

    def test_an_unreadable_time_of_change_is_null(self) -> None:
        xml = f"<sitemapindex><sitemap><loc>{URL}</loc><lastmod>kemarin</lastmod></sitemap></sitemapindex>"
        assert parse_sitemap(xml.encode(), URL).sitemaps == (SitemapRef(URL, None),)


class TestNews:
    def test_the_articles_are_listed_in_file_order(self, news: Sitemap) -> None:
        assert [(entry.article_id, entry.section, entry.position) for entry in news.entries] == [
            ("20260930-22495921", "nasional", 1),
            ("20260930-996161675", "food", 3),
        ]

    def test_a_title_in_cdata_has_its_entities_decoded_and_white_space_folded(self, news: Sitemap) -> None:
        assert news.entries[0].title == 'Museum Maritim "Buka" Ruang Baca Anak'

    def test_the_publication_date_is_kept_as_printed(self, news: Sitemap) -> None:
        assert news.entries[0].published_text == "2026-09-30T22:49:59+07:00"

    def test_the_picture_is_the_named_one(self, news: Sitemap) -> None:
        assert [entry.image_url for entry in news.entries] == [
            "https://asset.kompas.com/crops/mN7=/750x500/3.jpg",
            None,
        ]

    def test_without_a_time_in_the_id_the_publication_date_counts(self, news: Sitemap) -> None:
        entry = news.entries[1]
        assert (entry.published_at, entry.published_source) == (
            datetime(2026, 9, 30, 11, 5, tzinfo=UTC),
            PublishedSource.LIST,
        )

    def test_a_video_is_excluded(self, news: Sitemap) -> None:
        assert news.excluded == (Excluded("https://video.kompas.com/watch/99/panen-padi", "not_an_article"),)


class TestWeb:
    def test_a_further_part_of_an_article_is_the_same_entry(self) -> None:
        sitemap = parse_sitemap(fixture("sitemap_web.xml"), URL)
        assert [entry.article_id for entry in sitemap.entries] == ["20260929-080000065"]

    def test_the_last_change_is_not_taken_for_the_publication(self) -> None:
        entry = parse_sitemap(fixture("sitemap_web.xml"), URL).entries[0]
        assert (entry.published_text, entry.title) == (None, None)

    @pytest.mark.parametrize(
        "namespace",
        [
            "",
            'xmlns="http://www.google.com/schemas/sitemap/0.84"',
            'xmlns="https://www.sitemaps.org/schemas/sitemap/0.9"',
        ],
    )
    def test_the_namespace_does_not_matter(self, namespace: str) -> None:
        xml = f"<urlset {namespace}><url><loc>{LOCATION}</loc></url></urlset>"
        assert len(parse_sitemap(xml.encode(), URL).entries) == 1

    @pytest.mark.parametrize("xml", [b"<urlset/>", b"<sitemapindex></sitemapindex>", b"<urlset><url/></urlset>"])
    def test_a_sitemap_that_names_nothing_is_no_error(self, xml: bytes) -> None:
        assert parse_sitemap(xml, URL) == Sitemap()


class TestForms:
    def test_a_gzipped_file_is_unpacked(self) -> None:
        assert parse_sitemap(gzip.compress(fixture("sitemap_news.xml")), URL) == parse_sitemap(
            fixture("sitemap_news.xml"), URL
        )

    @pytest.mark.parametrize("before", [b"\xef\xbb\xbf", b"\n\n  "])
    def test_what_stands_before_the_declaration_is_ignored(self, before: bytes) -> None:
        assert len(parse_sitemap(before + fixture("sitemap_news.xml"), URL).entries) == 2


class TestHostile:
    def test_a_document_type_is_refused(self) -> None:
        xml = f'<!DOCTYPE urlset [<!ENTITY a "{LOCATION}">]><urlset><url><loc>&a;</loc></url></urlset>'
        assert reason_of(xml.encode()) == "unsafe_xml"

    def test_a_file_of_this_machine_is_not_read(self, tmp_path: Path) -> None:
        secret = tmp_path / "secret"
        secret.write_text(LOCATION)
        xml = f'<!DOCTYPE urlset [<!ENTITY a SYSTEM "{secret.as_uri()}">]><urlset><url><loc>&a;</loc></url></urlset>'
        assert reason_of(xml.encode()) == "unsafe_xml"

    def test_entities_that_grow_are_not_expanded(self) -> None:
        entities = "".join(f'<!ENTITY e{n} "{f"&e{n - 1};" * 10}">' for n in range(1, 12))
        xml = (
            f'<!DOCTYPE urlset [<!ENTITY e0 "tumbuh">{entities}]><urlset a="&e11;"><url><loc>&e11;</loc></url></urlset>'
        )
        assert reason_of(xml.encode()) in ("unsafe_xml", "malformed_xml")

    def test_a_compression_bomb_is_refused(self) -> None:
        assert reason_of(gzip.compress(b"<urlset>" + b" " * (51 * 1024 * 1024))) == "too_large"


@pytest.mark.parametrize(
    ("xml", "reason"),
    [
        (b"", "malformed_xml"),
        (b"Forbidden", "malformed_xml"),
        (b"<urlset><url>", "malformed_xml"),
        (b"<urlset>&nbsp;</urlset>", "malformed_xml"),
        (b'<?xml version="1.0" encoding="x-none"?><urlset/>', "malformed_xml"),
        (gzip.compress(b"<urlset/>", mtime=0)[:-9], "malformed_xml"),
        (b"\x1f\x8b\x00", "malformed_xml"),
        (b"\x1f\x8b\x08\x00garbage and more garbage", "malformed_xml"),
        (b"<html><body>404</body></html>", "not_a_list"),
        (b"<rss><channel/></rss>", "not_a_list"),
        (b"<div " * 300, "malformed_xml"),
    ],
)
def test_anything_else_is_an_error(xml: bytes, reason: str) -> None:
    assert reason_of(xml) == reason


@given(
    xml=st.binary(max_size=300)
    | st.binary(max_size=60).map(lambda noise: b"<urlset><url><loc>" + noise + b"</loc></url></urlset>")
    | st.binary(max_size=60).map(lambda noise: gzip.compress(noise, mtime=0))
)
def test_any_bytes_are_a_sitemap_or_a_page_error(xml: bytes) -> None:
    try:
        sitemap = parse_sitemap(xml, URL)
    except PageError:
        return
    assert isinstance(sitemap, Sitemap)
