"""The lists around the text, and which of their links are the article's."""

from __future__ import annotations

import pytest

from kompas_crawler.items import Link, LinkKind
from kompas_crawler.site.widgets import renumbered

URL = "https://nasional.kompas.com/read/2021/04/14/20593831/perahu-sekolah-berlayar"
HOST = "https://nasional.kompas.com/read/2021/04/14"
ITEM = (
    "<div class='article__list'><a href='{0}'><img data-src='a.jpg' alt='{1}'></a>"
    "<h3 class='article__title'><a class='article__link' href='{0}'>{1}</a></h3></div>"
)
FIRST, SECOND = f"{HOST}/10000011/satu", f"{HOST}/11000011/dua"
LATEST = "<h2><div class='title__content'>{}</div></h2><div class='latest ga--latest'>{}</div>"
RELATED = "<div class='{} related__inline ga--related' style='{}'><h3><span>Berita Terkait</span></h3>{}</div>"
H4 = "<h4 class='related__inline__title'><a href='{}'>{}</a></h4>"


def links_of(parsed, kind: LinkKind) -> list[tuple[int, str, str]]:
    return [(link.position, link.text, link.url) for link in parsed.links if link.kind is kind]


def test_terkini_names_each_article_once_with_its_headline(parse_page) -> None:
    below = LATEST.format("Terkini Lainnya", ITEM.format(FIRST, "Satu") + ITEM.format(SECOND, "Dua"))
    assert links_of(parse_page(below=below), LinkKind.TERKINI) == [(1, "Satu", FIRST), (2, "Dua", SECOND)]


@pytest.mark.parametrize(
    "heading",
    ["Mungkin Anda melewatkan ini", "Terpopuler", "Now Trending", "IN CASE YOU MISSED", "Rekomendasi untuk anda"],
)
def test_lists_with_another_heading_are_none_of_the_articles_links(parse_page, heading) -> None:
    assert parse_page(below=LATEST.format(heading, ITEM.format(FIRST, "Satu"))).links == ()


def test_a_latest_list_without_any_heading_is_terkini(parse_page) -> None:
    html = f"<div class='latest ga--latest'>{ITEM.format(FIRST, 'Satu')}</div>"
    parsed = parse_page(title=html + "<h1 class='read__title'>Judul</h1>")
    assert links_of(parsed, LinkKind.TERKINI) == [(1, "Satu", FIRST)]


def test_one_link_that_holds_a_whole_item_gives_the_headline_only(parse_page) -> None:
    item = (
        f"<div class='articleItem'><a class='article-link' href='{FIRST}'><div class='articleItem-img'><img alt='Satu'>"
        "</div><h2 class='articleTitle'>Satu</h2><div class='articlePost-subtitle'>News</div><i>17/04</i></a></div>"
    )
    below = f"<h2>Terkini Lainnya</h2><div class='articleList -list'>{item}</div>"
    assert links_of(parse_page(below=below), LinkKind.TERKINI) == [(1, "Satu", FIRST)]


def test_an_item_of_pictures_only_takes_their_description(parse_page) -> None:
    below = LATEST.format("Terkini", f"<a href='{FIRST}'><img alt=' Satu  kapal '></a>")
    assert links_of(parse_page(below=below), LinkKind.TERKINI) == [(1, "Satu kapal", FIRST)]


def test_a_hidden_copy_of_related_articles_does_not_count(parse_page) -> None:
    shown = RELATED.format("", "", H4.format(FIRST.replace("https", "http"), "Satu"))
    hidden = RELATED.format("terkait-dev", "display:none;", H4.format(FIRST, "Satu") + H4.format(SECOND, "Dua"))
    assert links_of(parse_page(below=shown + hidden), LinkKind.TERKAIT) == [(1, "Satu", FIRST)]


def test_the_article_itself_and_other_pages_are_no_links_of_a_list(parse_page) -> None:
    foreign = "https://www.kompas.tv/read/2021/04/14/10000011/satu"
    items = [(URL, "Diri"), (foreign, "TV"), ("https://video.kompas.com/watch/1", "Video"), (SECOND, "Dua")]
    below = LATEST.format("Terkini Lainnya", "".join(ITEM.format(*item) for item in items))
    assert links_of(parse_page(url=URL, below=below), LinkKind.TERKINI) == [(1, "Dua", SECOND)]


def test_one_article_may_be_linked_in_several_kinds(parse_page) -> None:
    body = f"<p>KOMPAS.com - Perahu berlayar.</p><p><strong>Baca juga: <a href='{FIRST}'>Satu</a></strong></p>"
    below = RELATED.format("", "", H4.format(FIRST, "Satu")) + LATEST.format("Terkini", ITEM.format(FIRST, "Satu"))
    kinds = [link.kind for link in parse_page(body=body, below=below).links]
    assert kinds == [LinkKind.BACA_JUGA, LinkKind.TERKINI, LinkKind.TERKAIT]


def test_footer_links_are_no_links_of_the_article(parse_page) -> None:
    footer = "<div class='footer'><a class='logo__achieve__link' href='{}'></a></div>"
    assert parse_page(below=footer.format(f"{HOST}/10000011/satu")).links == ()


def test_renumbering_keeps_the_first_of_two_links_to_one_target() -> None:
    def link(kind: LinkKind, position: int, url: str, article_id: str | None) -> Link:
        return Link(kind=kind, position=position, text=url, url=url, article_id=article_id)

    given = [
        link(LinkKind.TERKINI, 1, "a", "1"),
        link(LinkKind.INLINE, 1, "https://example.org/", None),
        link(LinkKind.TERKINI, 1, "b", "2"),
        link(LinkKind.TERKINI, 2, "c", "1"),
        link(LinkKind.INLINE, 2, "https://example.org/", None),
    ]
    found = [(link.kind, link.position, link.url) for link in renumbered(given)]
    assert found == [
        (LinkKind.INLINE, 1, "https://example.org/"),
        (LinkKind.TERKINI, 1, "a"),
        (LinkKind.TERKINI, 2, "b"),
    ]
