"""Index pages of every age, empty ones, and pages that are no index."""

from __future__ import annotations

import gzip
import json
import re
from datetime import UTC, date, datetime
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from kompas_crawler.errors import NotAListPage, PageError
from kompas_crawler.items import PublishedSource
from kompas_crawler.site.addresses import parse_article_address
from kompas_crawler.site.lists import Excluded, ListPage, parse_list

FIXTURES = Path(__file__).parent / "fixtures" / "lists"
URL_2016 = "http://indeks.kompas.com/"
URL_2017 = "https://indeks.kompas.com/?site=all&date=2021-04-14&page=3"
URL_2024 = "https://indeks.kompas.com/?site=all&date=2024-12-26&page=1"


def fixture(name: str) -> bytes:
    return (FIXTURES / name).read_bytes()


@pytest.fixture(scope="module")
def page_2016() -> ListPage:
    return parse_list(fixture("index_2016.html"), URL_2016)


@pytest.fixture(scope="module")
def page_2017() -> ListPage:
    return parse_list(fixture("index_2017.html"), URL_2017)


@pytest.fixture(scope="module")
def page_2024() -> ListPage:
    return parse_list(fixture("index_2024.html"), URL_2024)


def item_2017(inner: str, *, pager: str = "", around: str = "") -> bytes:
    return f"<body><div class='latest--indeks'>{inner}</div>{pager}{around}</body>".encode()


LINK = '<h3 class="article__title"><a class="article__link" href="https://nasional.kompas.com/read/2021/04/14/{id}/a">A</a></h3>'


def linked(article_id: str) -> str:
    return f'<div class="article__list">{LINK.format(id=article_id)}</div>'


class TestItems:
    @pytest.mark.parametrize(
        ("page", "layout", "ids"),
        [
            ("page_2016", "list_2016", ["20160305-091512326", "20160305-09100741", "20160305-08590037"]),
            ("page_2017", "list_2017", ["20210414-20593831", "20210414-205938370", "20210414-205500426"]),
            ("page_2024", "list_2024", ["20241226-12015311", "20241226-113000065", "20241226-10300008"]),
        ],
    )
    def test_every_article_of_the_list_once_and_in_page_order(
        self, page: str, layout: str, ids: list[str], request: pytest.FixtureRequest
    ) -> None:
        read: ListPage = request.getfixturevalue(page)
        assert ([entry.article_id for entry in read.entries], read.layout) == (ids, layout)

    def test_urls_are_canonical_with_dots_and_dashes_kept(self, page_2016: ListPage, page_2017: ListPage) -> None:
        assert page_2016.entries[1].url == (
            "https://megapolitan.kompas.com/read/2016/03/05/09100741/.Perahu.Saya.Hanyut.Kata.Pak.Darmo."
        )
        assert page_2017.entries[1].url == (
            "https://www.kompas.com/global/read/2021/04/14/205938370/festival-lentera-di-tepi-danau-"
        )

    @pytest.mark.parametrize(
        ("url", "expected"),
        [
            ("https://indeks.kompas.com/?page=2", "https://www.kompas.com/tren/read/2021/04/14/120000065/a"),
            ("http://www.kompas.com/tag/sungai", "https://www.kompas.com/tren/read/2021/04/14/120000065/a"),
        ],
    )
    def test_a_relative_address_is_one_of_the_site(self, url: str, expected: str) -> None:
        link = '<a class="article__link" href="/tren/read/2021/04/14/120000065/a?source=indeks">A</a>'
        html = item_2017(f'<div class="article__list">{link}</div>')
        assert [entry.url for entry in parse_list(html, url).entries] == [expected]

    def test_titles_are_as_the_reader_sees_them(self, page_2017: ListPage) -> None:
        assert [entry.title for entry in page_2017.entries] == [
            'Jembatan Gantung Desa Mekarsari "Kembali" Dibuka',
            "Festival Lentera di Tepi Danau",
            "Harga Kopi Lereng Timur Naik Rp 2.500 per Kilogram",
        ]

    @pytest.mark.parametrize(
        ("inner", "title"),
        [
            ('<a class="article__link" href="{url}">Dari tautan</a>', "Dari tautan"),
            (
                '<a class="article__link" href="{url}"></a><div class="article__asset"><img alt="Dari gambar"></div>',
                "Dari gambar",
            ),
            ('<a class="article__link" href="{url}"></a>', None),
        ],
    )
    def test_a_title_out_of_its_place_is_taken_from_link_or_picture(self, inner: str, title: str | None) -> None:
        url = "https://nasional.kompas.com/read/2021/04/14/20593831/a"
        page = parse_list(item_2017(f'<div class="article__list">{inner.format(url=url)}</div>'), URL_2017)
        assert [entry.title for entry in page.entries] == [title]

    def test_labels_are_as_printed(self, page_2016: ListPage, page_2017: ListPage, page_2024: ListPage) -> None:
        assert [entry.label for entry in page_2017.entries] == ["Regional", "GLOBAL", None]
        assert [entry.label for entry in page_2024.entries] == ["NEWS", "TREN", "BOLA"]
        assert [entry.label for entry in page_2016.entries] == [None, None, None]

    def test_times_are_as_printed(self, page_2016: ListPage, page_2017: ListPage, page_2024: ListPage) -> None:
        assert page_2016.entries[0].published_text == "Sabtu, 5 Maret 2016 | 09:15 WIB"
        assert page_2017.entries[0].published_text == "14/04/2021, 20:59 WIB"
        assert [entry.published_text for entry in page_2024.entries] == ["26/12/2024", None, "26 Desember 2024"]

    def test_leads_are_the_description(self, page_2016: ListPage, page_2024: ListPage) -> None:
        assert page_2016.entries[0].description == "Gerai itu menampung hasil anyaman dua belas kelompok warga."
        assert page_2024.entries[0].description == "Sebanyak 40 perahu membawa buku ke desa nelayan."
        assert page_2024.entries[1].description is None

    def test_a_picture_that_is_loaded_late_is_not_its_placeholder(self, page_2017: ListPage) -> None:
        assert page_2017.entries[0].image_url == (
            "https://asset.kompas.com/crops/aB1=/0x0:750x500/177x117/data/photo/2021/04/14/60770a1b2c3d4.jpg"
        )

    def test_a_protocol_relative_picture_is_made_absolute(self, page_2017: ListPage) -> None:
        assert page_2017.entries[1].image_url == (
            "https://asset.kompas.com/crops/cD2=/0x0:0x0/177x117/data/photo/2021/04/14/6077aa.jpg"
        )

    def test_an_item_without_picture_and_date_is_an_entry(self, page_2017: ListPage) -> None:
        entry = page_2017.entries[2]
        assert (entry.image_url, entry.published_text, entry.label) == (None, None, None)

    def test_a_link_that_wraps_its_item_is_found(self, page_2024: ListPage) -> None:
        assert page_2024.entries[2].url == (
            "https://bola.kompas.com/read/2024/12/26/10300008/laga-persahabatan-antarkampung-2-1"
        )

    def test_the_link_of_an_item_is_the_one_to_an_article(self) -> None:
        html = item_2017(
            '<div class="article__list"><a href="https://nasional.kompas.com/">Nasional</a>'
            '<a href="https://nasional.kompas.com/read/2021/04/14/20593831/a">A</a></div>'
        )
        assert [entry.article_id for entry in parse_list(html, URL_2017).entries] == ["20210414-20593831"]

    def test_the_position_counts_excluded_items_too(self, page_2017: ListPage, page_2024: ListPage) -> None:
        assert [entry.position for entry in page_2017.entries] == [1, 2, 3]
        assert [entry.position for entry in page_2024.entries] == [1, 3, 4]

    def test_bytes_that_are_no_utf8_cost_a_character_and_no_entry(self) -> None:
        html = item_2017(linked("20593831")).replace(b">A<", b">A\xff B<")
        assert [entry.title for entry in parse_list(html, URL_2017).entries] == ["A\ufffd B"]


class TestPublication:
    def test_it_is_read_from_the_id(self, page_2017: ListPage) -> None:
        entry = page_2017.entries[1]
        assert (entry.published_at, entry.published_on, entry.published_source) == (
            datetime(2021, 4, 14, 13, 59, 38, tzinfo=UTC),
            date(2021, 4, 14),
            PublishedSource.ID,
        )

    @pytest.mark.parametrize(
        ("printed", "expected"),
        [
            ("14/04/2021, 20:59 WIB", datetime(2021, 4, 14, 13, 59, tzinfo=UTC)),
            ("14/04/2021", datetime(2021, 4, 13, 17, 0, tzinfo=UTC)),
            ("2 menit lalu", datetime(2021, 4, 13, 17, 0, tzinfo=UTC)),
            ("16/04/2021, 08:00 WIB", datetime(2021, 4, 13, 17, 0, tzinfo=UTC)),
            ("Diperbarui 14/04/2021, 22:10 WIB", datetime(2021, 4, 13, 17, 0, tzinfo=UTC)),
            ("", datetime(2021, 4, 13, 17, 0, tzinfo=UTC)),
        ],
        ids=["time", "day", "age", "another day", "update", "nothing"],
    )
    def test_without_a_time_in_the_id_it_is_the_listed_time_or_the_first_minute_of_the_day(
        self, printed: str, expected: datetime
    ) -> None:
        html = item_2017(
            f'<div class="article__list">{LINK.format(id="996161675")}<div class="article__date">{printed}</div></div>'
        )
        entry = parse_list(html, URL_2017).entries[0]
        assert (entry.published_at, entry.published_source) == (expected, PublishedSource.LIST)


class TestExcluded:
    def test_items_that_are_no_articles_are_named_with_the_reason(
        self, page_2016: ListPage, page_2017: ListPage, page_2024: ListPage
    ) -> None:
        assert page_2016.excluded == (
            Excluded(
                "http://foto.kompas.com/photo/read/2016/03/05/14571520470a1/Pawai.Layang.Layang", "not_an_article"
            ),
        )
        assert page_2017.excluded == (
            Excluded("https://www.kompas.tv/content/article/1/video/bincang-sore?utm_source=Kompascom", "foreign_host"),
        )
        assert [excluded.reason for excluded in page_2024.excluded] == ["not_an_article", "foreign_host"]

    def test_a_host_that_only_ends_like_the_site_is_foreign(self) -> None:
        html = item_2017(
            '<div class="article__list"><a href="https://fake-kompas.com/read/2021/04/14/20593831/a">A</a></div>'
        )
        assert [excluded.reason for excluded in parse_list(html, URL_2017).excluded] == ["foreign_host"]

    def test_an_item_that_leads_nowhere_is_no_item(self) -> None:
        html = item_2017('<div class="article__list"><a href="http://[/a">A</a></div>' + linked("20593831"))
        assert [entry.position for entry in parse_list(html, URL_2017).entries] == [1]

    def test_a_page_of_excluded_items_only_is_not_the_end_of_the_walk(self) -> None:
        html = item_2017('<div class="article__list"><a href="https://jeo.kompas.com/a">A</a></div>')
        assert not parse_list(html, URL_2017).is_empty


class TestBesideTheList:
    @pytest.mark.parametrize(
        "around",
        [
            '<div class="most ga--most mt1">{item}</div>',
            '<div class="trending--sidebar">{item}</div>',
            '<div class="col-bs10-3"><div class="latest--indeks">{item}</div></div>',
            '<aside><div class="latest--indeks">{item}</div></aside>',
            '<footer><div class="latest--indeks">{item}</div></footer>',
            '<div id="rightside"><div class="latest--indeks">{item}</div></div>',
        ],
    )
    def test_boxes_beside_the_list_are_no_entries(self, around: str) -> None:
        html = item_2017(linked("20593831"), around=around.format(item=linked("21000001")))
        assert [entry.article_id for entry in parse_list(html, URL_2017).entries] == ["20210414-20593831"]


class TestPager:
    def test_the_last_page_is_the_announced_one(self, page_2017: ListPage) -> None:
        assert page_2017.last_page == 70

    def test_a_pager_without_a_total_announces_no_last_page(self, page_2016: ListPage, page_2024: ListPage) -> None:
        assert (page_2016.last_page, page_2024.last_page) == (None, None)

    def test_where_nothing_follows_the_highest_number_is_the_last_page(self) -> None:
        pager = (
            '<div class="paging__wrap"><a class="paging__link" href="?page=2" data-ci-pagination-page="2">2</a>'
            '<a class="paging__link paging__link--active" href="javascript:void(0)">3</a></div>'
        )
        page = parse_list(item_2017(linked("20593831"), pager=pager), URL_2017)
        assert (page.last_page, page.next_url) == (3, None)

    def test_a_last_page_of_number_0_is_none(self) -> None:
        link = '<a class="paging__link" href="?page=0" data-ci-pagination-page="0">Last</a>'
        pager = f'<div class="paging__wrap">{link}</div>'
        assert parse_list(item_2017(linked("20593831"), pager=pager), URL_2017).last_page is None

    @pytest.mark.parametrize(
        ("page", "expected"),
        [
            ("page_2016", "http://indeks.kompas.com/?p=2"),
            ("page_2017", "https://indeks.kompas.com/?site=all&date=2021-04-14&page=4"),
            ("page_2024", "https://indeks.kompas.com/?site=all&date=2024-12-26&page=2"),
        ],
    )
    def test_the_next_page_is_the_one_the_pager_names(
        self, page: str, expected: str, request: pytest.FixtureRequest
    ) -> None:
        assert request.getfixturevalue(page).next_url == expected

    @pytest.mark.parametrize(
        "href", ["https://evil.example/?page=4", "javascript:void(0)", "#", "https://search.kompas.com/?page=4", ""]
    )
    def test_a_next_link_that_may_not_be_requested_is_none(self, href: str) -> None:
        pager = f'<div class="paging__wrap"><a class="paging__link--next" rel="next" href="{href}">Next</a></div>'
        assert parse_list(item_2017(linked("20593831"), pager=pager), URL_2017).next_url is None

    def test_the_form_of_2017_pages_by_path(self) -> None:
        pager = (
            '<div class="paging__wrap"><a class="paging__link" href="/news/2017-09-17/3">&gt;</a>'
            '<a class="paging__link paging__link--last" href="/news/2017-09-17/28">Last</a></div>'
        )
        page = parse_list(item_2017(linked("20593831"), pager=pager), "https://indeks.kompas.com/news/2017-09-17/2")
        assert (page.next_url, page.last_page) == ("https://indeks.kompas.com/news/2017-09-17/3", 28)


class TestEmpty:
    @pytest.mark.parametrize(
        ("html", "layout"),
        [
            ("<div class='latest--indeks mt2 clearfix'> </div>", "list_2017"),
            ("<div class='articleList -list'></div>", "list_2024"),
            ("<div class='kcm-main-list'><ul class='clearfix'></ul></div>", "list_2016"),
            (
                "<div class='articleList -list'><div class='articleItem'><div id='div-gpt-ad-1'></div></div></div>",
                "list_2024",
            ),
            ("<div class='searchContent --emptyAlart'>Artikel tidak ditemukan</div>", "list_2024"),
            ("<title>Indeks Berita Hari Ini - Kompas.com</title><div class='col-bs10-7'></div>", "list_2017"),
            ("<form><select name='site'></select><input name='date'></form>", "list_2017"),
            ("<form><select name='tanggal'></select></form>", "list_2016"),
        ],
    )
    def test_an_index_that_lists_nothing_is_an_empty_list(self, html: str, layout: str) -> None:
        page = parse_list(html.encode(), URL_2017)
        assert (page.is_empty, page.layout) == (True, layout)

    @pytest.mark.parametrize("name", ["index_2016.html", "index_2017.html", "index_2024.html"])
    def test_a_page_past_the_end_is_empty_whatever_stands_beside_the_list(self, name: str) -> None:
        html = re.sub(
            rb"<li>\s*<div class=\"tleft\">.*?</li>|<div class=\"article__list .*(?=</div>\s*<div class=\"text-center)"
            rb"|<div class=\"articleItem\">.*(?=</div>\s*</div>\s*<div class=\"text-center)",
            b"",
            fixture(name),
            flags=re.DOTALL,
        )
        assert parse_list(html, URL_2017).is_empty


class TestNoList:
    @pytest.mark.parametrize(
        ("html", "reason"),
        [
            (b"", "not_a_list"),
            (b"Forbidden", "not_a_list"),
            (b"<html><body><h1>502 Bad Gateway</h1></body></html>", "not_a_list"),
            (b'{"status": "error"}', "not_a_list"),
            (b"<title>404 Page Not Found</title><div class='latest--indeks'></div>", "error_page"),
            (b"<title>Kompas.com - Halaman Tidak Ditemukan</title><div class='articleList -list'></div>", "error_page"),
            (b"<h1 class='read__title'>Judul</h1><div class='latest--indeks'></div>", "article_page"),
            (b"<div class='kcm-read-text'>Isi</div><div class='kcm-main-list'></div>", "article_page"),
        ],
    )
    def test_a_page_that_is_no_index_is_an_error(self, html: bytes, reason: str) -> None:
        with pytest.raises(NotAListPage) as raised:
            parse_list(html, URL_2017)
        assert raised.value.reason == reason

    @pytest.mark.parametrize("name", ["challenge.html", "front_2016.html", "front_2017.html", "front_2024.html"])
    def test_a_challenge_or_a_front_is_no_index(self, name: str) -> None:
        with pytest.raises(NotAListPage):
            parse_list(fixture(name), URL_2017)

    def test_a_list_whose_items_were_renamed_is_not_taken_for_an_empty_one(self) -> None:
        html = fixture("index_2017.html").replace(b"article__list", b"artikelBaru")
        with pytest.raises(NotAListPage) as raised:
            parse_list(html, URL_2017)
        assert raised.value.reason == "list_markup_changed"

    def test_titles_that_lost_their_links_are_not_taken_for_an_empty_list(self) -> None:
        html = fixture("index_2024.html").replace(b"href=", b"data-href=")
        with pytest.raises(NotAListPage) as raised:
            parse_list(html, URL_2024)
        assert raised.value.reason == "list_markup_changed"

    def test_an_index_whose_whole_list_was_renamed_is_not_taken_for_an_empty_one(self) -> None:
        items = "".join(f"<section>{LINK.format(id=20593800 + n)}</section>" for n in range(10))
        html = f"<title>Indeks Berita Hari Ini</title><main>{items}</main>".encode()
        with pytest.raises(NotAListPage) as raised:
            parse_list(html, URL_2017)
        assert raised.value.reason == "list_markup_changed"


class TestAnyBytes:
    @given(html=st.binary(max_size=400), url=st.sampled_from([URL_2016, URL_2017, "", "x"]))
    def test_any_bytes_are_a_list_page_or_a_page_error(self, html: bytes, url: str) -> None:
        try:
            page = parse_list(html, url)
        except PageError:
            return
        assert isinstance(page, ListPage)

    @settings(max_examples=60, suppress_health_check=[HealthCheck.too_slow], deadline=None)
    @given(
        name=st.sampled_from(["index_2016.html", "index_2017.html", "index_2024.html"]),
        start=st.integers(0, 8000),
        length=st.integers(0, 300),
        noise=st.binary(max_size=60)
        | st.sampled_from([b'href="//[', b"</div>", b"<a href=", b'<a href="\x00', b"&#xD800;"]),
    )
    def test_a_damaged_list_is_a_list_page_or_a_page_error(
        self, name: str, start: int, length: int, noise: bytes
    ) -> None:
        html = fixture(name)
        try:
            page = parse_list(html[:start] + noise + html[start + length :], URL_2017)
        except PageError:
            return
        assert len({entry.article_id for entry in page.entries}) == len(page.entries)


@pytest.mark.pages
class TestRealPages:
    @pytest.mark.parametrize(
        ("name", "entries", "excluded", "layout"),
        [
            ("index__2016-02-23_indeks.html.gz", 10, 0, "list_2016"),
            ("index__2024-12-26_articleItem_fragment.html.gz", 1, 1, "list_2024"),
        ],
    )
    def test_every_item_is_found(self, pages_dir: Path, name: str, entries: int, excluded: int, layout: str) -> None:
        page = parse_list(gzip.decompress((pages_dir / name).read_bytes()), URL_2016)
        assert (len(page.entries), len(page.excluded), page.layout) == (entries, excluded, layout)
        assert all(entry.title and entry.published_text for entry in page.entries)

    def test_the_printed_minute_is_that_of_the_id(self, pages_dir: Path) -> None:
        page = parse_list(gzip.decompress((pages_dir / "index__2016-02-23_indeks.html.gz").read_bytes()), URL_2016)
        for entry in page.entries:
            assert entry.published_text is not None
            clock = f"{(entry.published_at.hour + 7) % 24:02}:{entry.published_at.minute:02}"
            assert clock in entry.published_text

    def test_no_article_or_front_page_is_an_index(self, pages_dir: Path) -> None:
        for row in map(json.loads, (pages_dir / "index.jsonl").read_text(encoding="utf-8").splitlines()):
            if row["kind"] == "index":
                continue
            with pytest.raises(NotAListPage):
                parse_list(gzip.decompress((pages_dir / row["file"]).read_bytes()), URL_2017)

    def test_the_fifteen_items_of_a_real_list_of_2020_to_2023(self, pages_dir: Path) -> None:
        """Article pages carry a list in the markup of the index; it is put where the index has it."""
        counts = []
        for path in sorted(pages_dir.glob("article__202[0-3]-1*.html.gz")):
            html = gzip.decompress(path.read_bytes()).decode()
            found = re.search(r'<div class="latest ga--latest.*?(?=<div class="text-center)', html, re.DOTALL)
            if found is None:
                continue
            box = found[0].replace("latest ga--latest", "latest--indeks", 1)
            page = parse_list(f"<body>{box}</body>".encode(), URL_2017)
            counts.append(len(page.entries) + len(page.excluded))
            for entry in page.entries:
                assert entry.title
                assert entry.label
                assert parse_article_address(entry.url) is not None
        assert len(counts) > 50
        assert set(counts) == {15}
