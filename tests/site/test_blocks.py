"""HTML as lines on the screen."""

from __future__ import annotations

import pytest
from selectolax.lexbor import LexborHTMLParser

from kompas_crawler.site.blocks import LINK_END, LINK_START, Block, Dropped, Tag, read_blocks
from kompas_crawler.site.boilerplate import Rule


def read(html: str) -> list[Block | Dropped]:
    return list(read_blocks(LexborHTMLParser(f"<div id='c'>{html}</div>").css_first("#c")))


def lines(html: str) -> list[list[str]]:
    return [[line.raw for line in block.lines] for block in read(html) if isinstance(block, Block)]


@pytest.mark.parametrize(
    ("html", "blocks"),
    [
        ("a<br>b", [["a", "b"]]),
        ("a<br><br>b", [["a"], ["b"]]),
        ("a<br><img><br>b", [["a"], ["b"]]),
        ("<p>a<br></p><br><p>b</p>", [["a"], ["b"]]),
        ("<br>a", [["a"]]),
        ("", []),
    ],
)
def test_a_break_ends_a_line_and_a_blank_line_ends_a_block(html: str, blocks: list[list[str]]) -> None:
    assert lines(html) == blocks


def test_a_heading_is_known_also_through_other_elements() -> None:
    (block,) = read("<h2><strong>a</strong></h2>")
    assert isinstance(block, Block)
    assert block.is_heading


def test_a_link_across_a_break_is_closed_and_opened_again() -> None:
    (block,) = read('<a href="/x" class="y">a<br>b</a>')
    assert isinstance(block, Block)
    assert [(line.raw, line.tags) for line in block.lines] == [
        (f"{LINK_START}{text}{LINK_END}", [Tag("/x", "y")]) for text in "ab"
    ]


def test_marks_of_links_in_the_text_itself_are_left_out() -> None:
    assert lines(f"<p>a{LINK_START}b{LINK_END}c</p>") == [["abc"]]


def test_an_element_that_is_left_out_is_named_with_its_text() -> None:
    (dropped,) = read("<div class='photo'> <b>a</b><script>code()</script>\n<p>b</p></div>")
    assert isinstance(dropped, Dropped)
    assert (dropped.rule, dropped.text) == (Rule.CAPTION, "a b")


def test_code_of_a_script_is_no_text() -> None:
    (dropped,) = read("<script>var a</script>")
    assert isinstance(dropped, Dropped)
    assert (dropped.rule, dropped.text) == (Rule.MACHINERY, "")
