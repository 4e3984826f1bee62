"""What pages say for machines."""

from __future__ import annotations

import pytest
from selectolax.lexbor import LexborHTMLParser

from kompas_crawler.site.structured import Structured


def said(html: str) -> Structured:
    return Structured(LexborHTMLParser(html.encode(), scripting=True))


def block(text: str) -> str:
    return f'<head><script type="application/ld+json">{text}</script></head>'


def test_a_meta_element_is_found_by_name_or_property_in_any_case() -> None:
    found = said("<head><meta name='Content_Author' content=' A  B '><meta property='og:title' content='T'></head>")
    assert (found.meta("content_author"), found.meta("og:title")) == ("A B", "T")


def test_an_empty_meta_element_is_as_good_as_none() -> None:
    found = said("<head><meta name='content_author' content=' '><meta name='x' content='y'></head>")
    assert (found.meta("content_author"), found.meta("content_author", "x")) == (None, "y")


def test_the_first_of_two_meta_elements_counts() -> None:
    assert said("<head><meta name='a' content='1'><meta name='a' content='2'></head>").meta("a") == "1"


@pytest.mark.parametrize(
    "text",
    [
        '{"@type": "NewsArticle", "headline": "T"}',
        '[{"@type": "WebSite"}, {"@type": ["NewsArticle"], "headline": "T"}]',
        '{"@graph": [{"@type": "WebPage"}, {"@type": "NewsArticle", "headline": "T"}]}',
        '{"@type": "NewsArticle", "headline": "T\n"}',
    ],
)
def test_a_news_article_is_found_wherever_it_stands(text) -> None:
    assert said(block(text)).json_ld("headline") == "T"


@pytest.mark.parametrize(
    "text", ["", "NewsArticle", '{"@type": "NewsArticle",}', '"NewsArticle"', "[" * 9_000 + "Article"]
)
def test_a_block_that_is_no_json_says_nothing(text) -> None:
    assert said(block(text)).news_articles == []


def test_the_second_of_two_blocks_fills_what_the_first_leaves_out() -> None:
    both = block('{"@type": "NewsArticle", "author": "A"}') + block('{"@type": "NewsArticle", "headline": "T"}')
    found = said(both.replace("</head><head>", ""))
    assert (len(found.news_articles), found.json_ld("headline")) == (2, "T")


def test_a_recipe_is_no_news_article() -> None:
    assert said(block('{"@type": "Recipe", "headline": "Resep Article"}')).news_articles == []


@pytest.mark.parametrize(
    ("script", "name", "value"),
    [
        ('dataLayer.push({"content_author": "A \\"B\\" \\u00e9"});', "content_author", 'A "B" é'),
        ("window.dataLayer.push({\n 'content_type': 'Kolom'});", "content_type", "Kolom"),
        ('dataLayer.push({"content_PublishedDate": {\n "0": "2023-01-16 21:33:36"}});', "content_PublishedDate",
         "2023-01-16 21:33:36"),
        ('dataLayer.push({"content_total_pages": 2});', "content_total_pages", "2"),
        ('dataLayer.push({"content_author": ""});', "content_author", None),
        ('var x = {"content_author": "A"};', "content_author", None),
    ],
)  # fmt: skip
def test_the_data_layer_is_read_in_every_form(script, name, value) -> None:
    assert said(f"<head><script>{script}</script></head>").content(name) == value


def test_a_meta_element_is_believed_before_the_data_layer() -> None:
    head = "<meta name='content_type' content='Kilas'><script>dataLayer.push({'content_type': 'Standard'});</script>"
    assert said(f"<head>{head}</head>").content("content_type") == "Kilas"
