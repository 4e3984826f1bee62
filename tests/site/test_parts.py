"""Which part of an article a page shows, and parts put together."""

from __future__ import annotations

import random
from dataclasses import replace

import pytest

from kompas_crawler.items import Flag, LinkKind, ParsedArticle
from kompas_crawler.site import merge_parts

URL = "https://nasional.kompas.com/read/2021/04/14/20593831/perahu-sekolah-berlayar"
OTHER = "https://nasional.kompas.com/read/2021/04/13/10000011/{}"


def pager(count: int, active: int | None, url: str = URL) -> str:
    items = "".join(
        f"<a class='paging__link {'paging__link--active' if number == active else ''}' href='{url}?page={number}'>"
        f"{number}</a>"
        for number in range(1, count + 1)
    )
    show = f"<a class='paging__link paging__link--show' href='{url}?page=all#page2'>Show All</a>"
    return f"<div class='read__paging'><div class='paging paging--article'>{items}{show}</div></div>"


@pytest.mark.parametrize(
    ("query", "below", "part", "page_count", "others"),
    [
        ("", "", 1, 1, []),
        ("?page=all", "", None, 1, []),
        ("", pager(3, 1), 1, 3, [2, 3]),
        ("?page=2", pager(3, 2), 2, 3, [1, 3]),
        # The server ignored `?page=2`.
        ("?page=2", pager(3, 1), 1, 3, [2, 3]),
        ("?page=all", pager(3, 1), 1, 3, [2, 3]),
        ("?page=all", pager(3, None), None, 3, []),
        ("?page=3", pager(3, None), 3, 3, [1, 2]),
        ("?page=2", "", 2, 2, [1]),
        # The pager of Terkini Lainnya leads to the index.
        ("", "<a class='paging__link paging__link--active' href='https://indeks.kompas.com/?page=7'>7</a>", 1, 1, []),
        ("", pager(9, 4, "https://indeks.kompas.com/"), 1, 1, []),
    ],
)
def test_the_active_item_tells_the_part_else_the_address(parse_page, query, below, part, page_count, others) -> None:
    parsed = parse_page(url=URL + query, below=below)
    assert parsed.part == part
    assert parsed.article.page_count == page_count
    assert list(parsed.part_urls) == [URL if number == 1 else f"{URL}?page={number}" for number in others]


def test_the_number_of_parts_may_be_stated_for_machines_only(parse_page) -> None:
    parsed = parse_page(head="<meta name='content_total_pages' content='2'>")
    assert parsed.part_urls == (f"{URL}?page=2",)


def test_one_part_of_several_is_not_complete(parse_page) -> None:
    article = parse_page(below=pager(2, 1)).article
    assert (article.pages_fetched, article.is_complete) == (1, False)
    assert Flag.PARTS_MISSING in article.flags


def test_a_page_that_shows_the_whole_has_read_all_parts(parse_page) -> None:
    article = parse_page(url=URL + "?page=all", below=pager(3, None)).article
    assert (article.page_count, article.pages_fetched, article.is_complete) == (3, 3, True)


@pytest.fixture
def three_parts(parse_page) -> list[ParsedArticle]:
    def part(number: int) -> ParsedArticle:
        body = f"<p>{'JAKARTA, KOMPAS.com - ' if number == 1 else ''}Bagian {number}.</p><p>Perahu {number}.</p>"
        body += f"<p><strong>Baca juga: <a href='{OTHER.format(number)}'>Berita {number}</a></strong></p>"
        body = body.replace("10000011", f"1000{number}011")
        latest = f"<h2>Terkini Lainnya</h2><div class='latest'><a href='{OTHER.format('terkini')}'>Terkini</a></div>"
        return parse_page(url=f"{URL}?page={number}", body=body, below=pager(3, number) + latest)

    return [part(number) for number in (1, 2, 3)]


@pytest.mark.parametrize("seed", range(4))
def test_parts_in_any_order_become_the_article(three_parts, seed) -> None:
    shuffled = random.Random(seed).sample(three_parts, 3)
    merged = merge_parts(shuffled)
    paragraphs = merged.article.body.split("\n\n")
    assert paragraphs == [
        "JAKARTA, KOMPAS.com - Bagian 1.",
        "Perahu 1.",
        "Bagian 2.",
        "Perahu 2.",
        "Bagian 3.",
        "Perahu 3.",
    ]
    assert merged.article.paragraph_count == 6
    assert merged.article.word_count == sum(len(paragraph.split()) for paragraph in paragraphs)
    assert merged.article.dateline == "JAKARTA"
    assert (merged.article.page_count, merged.article.pages_fetched, merged.article.is_complete) == (3, 3, True)
    assert Flag.PARTS_MISSING not in merged.article.flags
    assert (merged.part, merged.part_urls) == (None, ())


def test_links_of_all_parts_are_numbered_anew_and_not_repeated(three_parts) -> None:
    links = merge_parts(three_parts).links
    found = [(link.kind, link.position, link.text) for link in links]
    assert found == [
        (LinkKind.BACA_JUGA, 1, "Berita 1"),
        (LinkKind.BACA_JUGA, 2, "Berita 2"),
        (LinkKind.BACA_JUGA, 3, "Berita 3"),
        (LinkKind.TERKINI, 1, "Terkini"),
    ]


def test_a_missing_part_is_named_and_flagged(three_parts) -> None:
    merged = merge_parts([three_parts[2], three_parts[0]])
    assert merged.article.body.endswith("Bagian 3.\n\nPerahu 3.")
    assert (merged.article.page_count, merged.article.pages_fetched, merged.article.is_complete) == (3, 2, False)
    assert Flag.PARTS_MISSING in merged.article.flags
    assert merged.part_urls == (f"{URL}?page=2",)


def test_part_one_served_again_for_part_two_does_not_double_the_text(three_parts) -> None:
    merged = merge_parts([three_parts[0], three_parts[0], three_parts[2]])
    assert merged.article.body.count("Bagian 1.") == 1
    assert merged.part_urls == (f"{URL}?page=2",)


def test_the_same_text_under_another_number_does_not_count_as_a_part(three_parts) -> None:
    copy = replace(three_parts[0], part=2)
    merged = merge_parts([three_parts[0], copy, three_parts[2]])
    assert merged.article.pages_fetched == 2
    assert not merged.article.is_complete


def test_a_page_that_shows_the_whole_stands_alone(parse_page, three_parts) -> None:
    whole = parse_page(url=URL + "?page=all", body="<p>KOMPAS.com - Semua bagian.</p>")
    assert merge_parts([three_parts[0], whole]) == whole


def test_merging_one_complete_page_changes_no_column(parse_page) -> None:
    single = parse_page()
    assert merge_parts([single]).article == single.article


def test_empty_parts_give_an_empty_body_with_its_flag(parse_page) -> None:
    parts = [parse_page(url=f"{URL}?page={n}", body="", below=pager(2, n)) for n in (1, 2)]
    article = merge_parts(parts).article
    assert (article.body, article.is_complete) == ("", True)
    assert Flag.EMPTY_BODY in article.flags


def test_parts_of_different_articles_are_refused(parse_page) -> None:
    with pytest.raises(ValueError, match="one article"):
        merge_parts([parse_page(), parse_page(url=OTHER.format("a"))])


def test_no_part_at_all_is_refused() -> None:
    with pytest.raises(ValueError, match="one article"):
        merge_parts([])
