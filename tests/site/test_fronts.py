"""The stream of latest articles on fronts of every age, and the JSON behind "Load More"."""

from __future__ import annotations

import gzip
import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kompas_crawler.errors import NotAListPage, PageError
from kompas_crawler.site.fronts import parse_front, parse_more
from kompas_crawler.site.listings import ListPage

FIXTURES = Path(__file__).parent / "fixtures" / "lists"
FRONTS = {
    "front_2016.html": "http://news.kompas.com/",
    "front_2017.html": "https://www.kompas.com/tren",
    "front_2024.html": "https://www.kompas.com/",
}
MORE_URL = "https://money.kompas.com/home/more/5"


def front(name: str) -> ListPage:
    return parse_front((FIXTURES / name).read_bytes(), FRONTS[name])


def more(result: object) -> ListPage:
    return parse_more(json.dumps({"result": result}).encode(), MORE_URL)


@pytest.mark.parametrize(
    ("name", "layout", "titles"),
    [
        ("front_2016.html", "front_2016", ["Nelayan Teluk Biru Temukan Guci", "Subsidi Benih Disalurkan Bertahap"]),
        ("front_2017.html", "front_2017", ["Jadwal Kapal Penyeberangan Ditambah", "Cara Menyimpan Cabai"]),
        ("front_2024.html", "front_2024", ["Rapat Membahas Pupuk Organik", "Aplikasi Ramalan Ombak"]),
    ],
)
def test_only_the_stream_of_latest_articles_is_read(name: str, layout: str, titles: list[str]) -> None:
    page = front(name)
    assert ([entry.title for entry in page.entries], page.layout) == (titles, layout)


def test_the_front_of_today_lists_as_the_index_does() -> None:
    page = parse_front((FIXTURES / "index_2024.html").read_bytes(), "https://nasional.kompas.com/")
    assert (len(page.entries), len(page.excluded), page.layout) == (3, 2, "front_2024")


def test_an_age_inside_a_label_is_the_printed_time_and_no_part_of_the_label() -> None:
    assert [(entry.label, entry.published_text) for entry in front("front_2024.html").entries] == [
        ("NEWS", "45 detik lalu"),
        ("TEKNO", "4 menit lalu"),
    ]


def test_a_label_that_is_a_link_is_read() -> None:
    assert [entry.label for entry in front("front_2016.html").entries] == ["Regional", "Nasional"]


def test_leads_and_pictures_are_read_in_every_age() -> None:
    first = [front(name).entries[0] for name in ("front_2016.html", "front_2017.html")]
    assert [entry.description for entry in first] == [
        "Guci itu tersangkut jaring pada Selasa malam.",
        "Dua kapal disiapkan hingga akhir pekan.",
    ]
    assert all(entry.image_url for entry in first)


def test_a_video_in_the_stream_is_excluded() -> None:
    assert [(item.url, item.reason) for item in front("front_2024.html").excluded] == [
        ("https://www.kgnow.com/watch/2/klip", "foreign_host")
    ]


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("front_2016.html", "http://news.kompas.com/indeks/2"),
        ("front_2017.html", "https://www.kompas.com/home/more/2"),
        ("front_2024.html", None),
    ],
)
def test_the_next_page_is_one_of_the_same_stream(name: str, expected: str | None) -> None:
    assert front(name).next_url == expected


def test_a_stream_that_shows_nothing_is_an_empty_list() -> None:
    assert parse_front(b"<div class='latest ga--latest mt2 clearfix -newlayout'></div>", MORE_URL).is_empty


@pytest.mark.parametrize(
    ("html", "reason"),
    [
        (b"", "not_a_list"),
        (b"<div class='latest kgnowGate'><a href='https://www.kgnow.com/watch/1'>Klip</a></div>", "not_a_list"),
        (b"<h1 class='read__title'>A</h1><div class='latest ga--latest'></div>", "article_page"),
        (
            b"<div class='latest ga--latest'><p><a href='https://www.kompas.com/tren/read/2022/05/04/190000365/'>A</a></p></div>",
            "list_markup_changed",
        ),
    ],
)
def test_a_page_without_a_stream_is_an_error(html: bytes, reason: str) -> None:
    with pytest.raises(NotAListPage) as raised:
        parse_front(html, MORE_URL)
    assert raised.value.reason == reason


def test_the_challenge_is_no_front() -> None:
    with pytest.raises(NotAListPage):
        parse_front((FIXTURES / "challenge.html").read_bytes(), MORE_URL)


class TestMore:
    def test_the_items_inside_the_json_are_read(self) -> None:
        page = parse_more((FIXTURES / "more.json").read_bytes(), MORE_URL)
        assert [(entry.article_id, entry.title, entry.label) for entry in page.entries] == [
            ("20190426-150700026", "Tarif Angkutan Sungai Turun", "EKONOMI")
        ]
        assert [item.reason for item in page.excluded] == ["not_an_article"]

    @pytest.mark.parametrize(
        "html",
        [
            "<div class='latest ga--latest'><div class='article__list'>{link}</div></div>",
            "<div class='article__grid'>{link}</div>",
            "<div class='articleItem'>{link}</div>",
            "<div class='articleList -list'><div class='articleItem'>{link}</div></div>",
            "<ul><li><div class='list-latest'>{link}</div></li></ul>",
        ],
    )
    def test_items_are_read_with_and_without_the_box_around_them(self, html: str) -> None:
        link = "<a href='https://money.kompas.com/read/2019/04/26/150700026/a'>A</a>"
        assert [entry.article_id for entry in more(html.format(link=link)).entries] == ["20190426-150700026"]

    @pytest.mark.parametrize("result", ["", "  \n", None, False])
    def test_an_empty_result_is_the_end_of_the_stream(self, result: object) -> None:
        assert more(result).is_empty

    @pytest.mark.parametrize(
        "body", [b"", b"<html></html>", b"\xff", b"[]", b'{"html": ""}', b'{"result": 5}', b"[" * 9000]
    )
    def test_anything_else_is_an_error(self, body: bytes) -> None:
        with pytest.raises(NotAListPage) as raised:
            parse_more(body, MORE_URL)
        assert raised.value.reason == "not_json"

    def test_items_in_an_unknown_markup_are_an_error(self) -> None:
        with pytest.raises(NotAListPage) as raised:
            more("<section><a href='https://money.kompas.com/read/2019/04/26/150700026/a'>A</a></section>")
        assert raised.value.reason == "list_markup_changed"

    @given(body=st.binary(max_size=200) | st.text().map(lambda text: json.dumps({"result": text}).encode()))
    def test_any_bytes_are_a_list_page_or_a_page_error(self, body: bytes) -> None:
        try:
            page = parse_more(body, MORE_URL)
        except PageError:
            return
        assert isinstance(page, ListPage)


@given(html=st.binary(max_size=400))
def test_any_bytes_are_a_list_page_or_a_page_error(html: bytes) -> None:
    try:
        page = parse_front(html, MORE_URL)
    except PageError:
        return
    assert isinstance(page, ListPage)


@pytest.mark.pages
class TestRealPages:
    @pytest.mark.parametrize(
        ("name", "url", "entries", "excluded", "layout"),
        [
            ("section__2016-02-16_news-front.html.gz", "http://news.kompas.com/", 12, 0, "front_2016"),
            ("section__2017-09-17_home.html.gz", "http://www.kompas.com/", 12, 7, "front_2017"),
            ("section__2024-03-26_home_prettified.html.gz", "https://www.kompas.com/", 39, 1, "front_2024"),
        ],
    )
    def test_every_item_of_the_stream_is_found(
        self, pages_dir: Path, name: str, url: str, entries: int, excluded: int, layout: str
    ) -> None:
        page = parse_front(gzip.decompress((pages_dir / name).read_bytes()), url)
        assert (len(page.entries), len(page.excluded), page.layout) == (entries, excluded, layout)
        assert all(entry.title and entry.label for entry in page.entries)

    def test_the_numbers_the_home_page_gives_its_items_are_their_positions(self, pages_dir: Path) -> None:
        html = gzip.decompress((pages_dir / "section__2024-03-26_home_prettified.html.gz").read_bytes())
        positions = [entry.position for entry in parse_front(html, "https://www.kompas.com/").entries]
        assert positions == [number for number in range(1, 41) if number != 38]

    def test_no_article_page_is_a_front(self, pages_dir: Path) -> None:
        for row in map(json.loads, (pages_dir / "index.jsonl").read_text(encoding="utf-8").splitlines()):
            if row["kind"] in ("section", "index"):
                continue
            with pytest.raises(NotAListPage):
                parse_front(gzip.decompress((pages_dir / row["file"]).read_bytes()), MORE_URL)
