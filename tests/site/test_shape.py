"""What the shape of a page says of a layout that nobody has declared."""

from __future__ import annotations

import pytest

from kompas_crawler.site.shape import Shape, shape_of

TEXT = "Hujan deras yang turun sejak sore membuat warga di sepanjang kali bersiap mengungsi ke balai desa."
PAGE = f"""<html><head><meta property="og:title" content="Banjir">
<script>var t = "14/04/2021, 20:59 WIB"</script></head>
<body><div class="top"><h2 class="teaser">Kanal</h2><h1 class="nx-title"><span>Banjir di Kota Lama</span></h1>
<div class="nx-head"><div class="nx-when"> Kompas.com - 14/04/2021, 20:59 WIB </div></div>
<div class="nx-who">Penulis <a>Sari Wulandari</a></div></div>
<div id="story" class="nx-text js-x"><p>{TEXT}</p><p>{TEXT}</p><p>Pendek.</p></div>
<aside class="promo"><p>{TEXT}</p></aside></body></html>"""


@pytest.fixture(scope="module")
def shape() -> Shape:
    return shape_of(PAGE.encode())


def test_a_headline_of_first_rank_is_named_before_one_of_the_second(shape: Shape) -> None:
    assert [place.selector for place in shape.headlines] == ["div.top > h1.nx-title", "div.top > h2.teaser"]


def test_the_time_is_where_the_innermost_element_prints_one(shape: Shape) -> None:
    assert [place.selector for place in shape.times] == ["div.top > div.nx-head > div.nx-when"]


def test_the_text_is_where_most_running_text_stands(shape: Shape) -> None:
    first = shape.bodies[0]
    assert (first.selector, first.count, first.size_chars) == ("div#story.nx-text.js-x", 2, 2 * len(TEXT))


def test_credits_are_known_by_their_label(shape: Shape) -> None:
    assert [place.selector for place in shape.credits] == ["div.top > div.nx-who"]


def test_what_is_stated_for_machines_is_listed(shape: Shape) -> None:
    assert shape.stated == ("og:title",)


def test_a_shape_can_be_read_in_one_line(shape: Shape) -> None:
    assert str(shape).startswith("headline in div.top > h1.nx-title; time in ")


@pytest.mark.parametrize("page", [b"", b"\x00\xff\xfe", b"<p>Pendek.</p>"])
def test_a_page_without_any_of_them_has_an_empty_shape(page: bytes) -> None:
    assert shape_of(page) == Shape(headlines=(), times=(), bodies=(), credits=(), stated=())
