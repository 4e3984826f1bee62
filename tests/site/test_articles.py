"""Which pages are articles, in which layout, and what an article's address adds to its page."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kompas_crawler.errors import BlockedPage, NotAnArticle, NotAnArticleAddress, PageError, UnknownLayout
from kompas_crawler.items import Flag, ParsedArticle
from kompas_crawler.site import parse_article
from kompas_crawler.site.layouts import LAYOUTS

KEY = "/2021/04/14/20593831/"
URL = f"https://nasional.kompas.com/read{KEY}perahu-sekolah-berlayar"
TEXT = "Perahu sekolah berlayar dari dermaga kayu sejak matahari belum terbit, kata nakhoda perahu itu."
CANONICAL = "<link rel='canonical' href='{}'>"


@pytest.mark.parametrize(
    "url",
    [
        URL,
        URL.replace("https", "http"),
        f"http://nasional.kompas.com/read/xml{KEY}Perahu.Sekolah.Berlayar",
        f"https://amp.kompas.com/nasional/read{KEY}perahu-sekolah-berlayar",
        f"https://nasional.kompas.com/amp/read{KEY}perahu-sekolah-berlayar",
        f"{URL}?utm_source=twitter&page=1#komentar",
    ],
)
def test_every_form_of_an_address_gives_one_key_and_the_canonical_address(parse_page, url) -> None:
    article = parse_page(url=url, head=CANONICAL.format(URL.replace("https", "http") + "?source=x")).article
    assert (article.article_id, article.url, article.section) == ("20210414-20593831", URL, "nasional")


@pytest.mark.parametrize("url", ["", "https://www.kompas.com/", "https://fake-kompas.com/read" + KEY, "tidak ada"])
def test_an_address_that_names_no_article_is_refused(parse_page, url) -> None:
    with pytest.raises(NotAnArticleAddress):
        parse_page(url=url)


def test_without_a_canonical_link_the_address_asked_for_is_kept(parse_page) -> None:
    older = "<meta property='og:url' content='https://nasional.kompas.com/read/2021/04/14/20593831/judul-lama'>"
    assert parse_page(url=URL + "?page=all", head=older).article.url == URL


def test_a_city_host_is_the_regional_section(parse_page) -> None:
    url = "https://bandung.kompas.com/read/2020/11/01/21130141/a"
    article = parse_page(url=url, time="").article
    assert (article.section, article.section_code) == ("regional", 1)
    assert Flag.SECTION_MISMATCH not in article.flags


@pytest.mark.parametrize(
    ("url", "flag"),
    [
        ("https://www.kompas.com/tekno/read/2021/04/14/205938370/a", Flag.SECTION_MISMATCH),
        ("https://www.kompas.com/antariksa/read/2021/04/14/205938370/a", Flag.UNKNOWN_SECTION),
    ],
)
def test_an_odd_section_is_flagged(parse_page, url, flag) -> None:
    assert flag in parse_page(url=url).article.flags


@pytest.mark.parametrize(
    "head",
    [
        CANONICAL.format("https://nasional.kompas.com/read/2021/04/14/21003831/berita-lain"),
        "<meta property='og:url' content='https://nasional.kompas.com/read/2021/04/14/21003831/berita-lain'>",
    ],
)
def test_a_page_that_names_another_article_as_itself_is_refused(parse_page, head) -> None:
    with pytest.raises(NotAnArticle) as caught:
        parse_page(url=URL, head=head)
    assert caught.value.reason == "other_article"


def test_a_head_that_ends_early_still_names_the_page(parse_page) -> None:
    head = "<noscript><img src='p.gif'></noscript><div></div>" + CANONICAL.format(URL + "?x=1")
    assert parse_page(url=f"https://amp.kompas.com/nasional/read{KEY}x", head=head).article.url == URL


def test_the_description_is_read_from_the_head(parse_page) -> None:
    head = "<meta name='description' content=' Perahu &quot;Pelita&quot;\n berlayar. '>"
    assert parse_page(head=head).article.description == 'Perahu "Pelita" berlayar.'


@pytest.mark.parametrize(
    ("html", "error"),
    [
        ("", BlockedPage),
        ("  \n ", BlockedPage),
        ("<title>Just a moment...</title><body><div id='challenge-running'></div>", BlockedPage),
        ("<title>Halaman Tidak Ditemukan</title><h1>Maaf</h1>", NotAnArticle),
        ("<h1>Nasional</h1><ul><li><a href='#'>Satu</a></li></ul>", NotAnArticle),
        (f"<h1>Perahu</h1><div class='baru'><p>{TEXT}</p><p>{TEXT}</p></div>", UnknownLayout),
        (f"{CANONICAL.format(URL)}<div class='baru'>{TEXT}</div>", UnknownLayout),
        ("<h1 class='read__title'></h1><div class='read__content'><p>Teks.</p></div>", UnknownLayout),
        ("<title>Orang Hilang Tidak Ditemukan</title>" + CANONICAL.format(URL), UnknownLayout),
    ],
)
def test_what_is_no_article_in_a_known_layout_is_refused_by_name(html, error) -> None:
    with pytest.raises(error):
        parse_article(html.encode(), URL)


@pytest.mark.parametrize(
    ("html", "layout"),
    [
        ("<h1 class='read__title'>J</h1><div class='read__content'>T</div>", "d"),
        ("<div class='photo'></div><h1 class='read__title'>J</h1><div class='read__content'>T</div>", "d"),
        (
            "<h1 class='read__title'>J</h1><div class='read__author'><a>P</a></div><div class='read__content'>T</div>",
            "c",
        ),
        ("<h1 class='read__title'>J</h1><div class='cover-photo'></div><div class='read__content'>T</div>", "e1"),
        ("<h1 class='read__title'>J</h1><div class='credit'></div><div class='read__content'>T</div>", "e2"),
        ("<h1 class='read__title'>J</h1><div id='articleContent'>T</div>", "f"),
        (
            "<h1 class='read__title'>J</h1><div class='credit-title-nameEditor'>P</div><p class='read__content'>T</p>",
            "f",
        ),
        ("<h1 class='read__title'>J</h1><p class='read__content'>T</p><div class='articleItem'></div>", "f"),
        ("<h2 class='articleTitle'>X</h2><h1 class='articleTitle'>J</h1><div id='articleContent'>T</div>", "f"),
        ("<div class='kcm-read-content-top'><h2>J</h2></div><span class='kcmread1114'>T</span>", "b1"),
        ("<div class='kcm-read-top'><h2>J</h2></div><div class='kcm-read-text'>T</div>", "b2"),
        ("<div class='baca-content'><h1>J</h1></div><div class='div-read'>T</div>", "b2"),
    ],
)
def test_the_layout_is_told_by_the_markup(html, layout) -> None:
    article = parse_article(html.encode(), URL).article
    assert (article.layout, article.title, article.body) == (layout, "J", "T")


def test_the_name_of_a_layout_is_used_once() -> None:
    assert len({row.name for row in LAYOUTS}) == len(LAYOUTS)


def test_a_text_in_the_container_of_another_layout_is_read_and_flagged() -> None:
    html = b"<h1 class='read__title'>J</h1><div class='cover-photo'></div><div class='kcm-read-text'>T</div>"
    article = parse_article(html, URL).article
    assert (article.layout, article.body) == ("e1", "T")
    assert Flag.FALLBACK_BODY in article.flags


def test_the_container_that_holds_text_is_taken_where_a_layout_has_two() -> None:
    html = b"<h1 class='read__title'>J</h1><div class='read__content'> </div><div id='articleContent'><p>T</p></div>"
    article = parse_article(html, URL).article
    assert article.body == "T"
    assert not {Flag.FALLBACK_BODY, Flag.EMPTY_BODY} & set(article.flags)


def test_an_article_that_a_scrolling_browser_added_below_is_not_read(parse_page) -> None:
    below = "<h1 class='read__title'>Lain</h1><div class='read__content'><p>Berita lain.</p></div>"
    article = parse_page(below=below).article
    assert (article.title, article.body) == (
        "Perahu Sekolah Berlayar",
        "JAKARTA, KOMPAS.com - Perahu sekolah berlayar.",
    )


def test_an_article_without_text_is_kept_and_flagged(parse_page) -> None:
    article = parse_page(body="<p> </p>").article
    assert (article.body, article.word_count, article.paragraph_count) == ("", 0, 0)
    assert Flag.EMPTY_BODY in article.flags


@pytest.mark.parametrize(
    ("encoding", "is_flagged"), [("utf-8", False), ("utf-8-sig", False), ("iso-8859-1", False), ("cp1252", True)]
)
def test_characters_are_read_in_the_pages_own_set(encoding, is_flagged) -> None:
    named = "" if encoding == "cp1252" else f"<meta charset='{encoding.removesuffix('-sig')}'>"
    html = f"{named}<h1 class='read__title'>Café Tua</h1><div class='read__content'><p>Teks.</p></div>"
    article = parse_article(html.encode(encoding), URL).article
    assert (article.title == "Café Tua") is not is_flagged
    assert (Flag.REENCODED in article.flags) is is_flagged


def test_broken_json_ld_costs_nothing_but_itself(parse_page) -> None:
    block = '<script type="application/ld+json">{"@type": "NewsArticle", "headline": "a "b" c",}</script>'
    assert parse_page(head=block).article.title == "Perahu Sekolah Berlayar"


MARKUP = ("<div class='read__content'>", "<h1 class='read__title'>J", "</p>", "<p>", "<div id='penulis'>", "<a href='")
MARKUP += ("<div class='latest'>", "<script>dataLayer.push({'content_author': 'A", "<div class='photo'>", "</div>", URL)
PIECES = st.one_of(st.sampled_from([piece.encode() for piece in MARKUP]), st.binary(max_size=30))


@given(st.lists(PIECES, max_size=40).map(b"".join))
def test_any_bytes_are_an_article_or_a_named_error(html: bytes) -> None:
    try:
        parsed = parse_article(html, URL)
    except PageError:
        return
    assert isinstance(parsed, ParsedArticle)
    assert parsed.article.title
