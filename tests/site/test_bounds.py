"""Pages that no parser can take."""

from __future__ import annotations

import pytest

from kompas_crawler.site.bounds import MOST_ATTRIBUTES, MOST_DEPTH, excess

MANY = MOST_ATTRIBUTES + 1


@pytest.mark.parametrize(
    "page",
    [
        b"<p " + b"a " * MANY + b">x",
        b"<p>x</p>" * 10 + b"<p " + b"a " * MANY,
        b"<p title='>' " + b'a="> >" ' * MANY + b">",
        b"x" * 10_000 + b"<i>" + b"y" * 10_000 + b"<p " + b"a " * MANY + b">" + b"z" * 10_000 + b"<b>",
    ],
)
def test_a_tag_with_too_many_attributes_is_found_wherever_it_stands(page: bytes) -> None:
    assert excess(page) == "too_many_attributes"


@pytest.mark.parametrize(
    "page",
    [
        b"<p>" + b"a " * MANY,
        b"<script>" + b'"a" ' * MANY + b"</script>",
        b"<p " + b"a " * (MOST_ATTRIBUTES - 1) + b">" + b"b " * MANY,
        b"<br>" * 100_000,
        b"<p>x</p>" * 100_000,
        b"",
    ],
)
def test_long_texts_and_scripts_and_many_tags_are_no_excess(page: bytes) -> None:
    assert excess(page) is None


def test_elements_within_elements_are_counted() -> None:
    assert excess(b"<br>" * 8_000 + b"<div>" * (MOST_DEPTH + 1)) == "too_deep"
    assert excess(b"<br>" * 8_000 + b"<div>" * MOST_DEPTH) is None
