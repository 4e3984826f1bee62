"""Cells of a CSV file: no text acts as a formula, and every text comes back."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kompas_crawler.export.cells import cell_of, joined, neutralised, parted, restored

FORMULAS = ["=1+1", "+62 812", "-5 derajat", "@nama", "\t=1", "\r=1", "\n=1", " =1+1", "＝1", '=HYPERLINK("x")']


@pytest.mark.parametrize("text", FORMULAS)
def test_a_text_that_would_be_a_formula_begins_with_an_apostrophe(text: str) -> None:
    assert cell_of(text) == f"'{text}"


@pytest.mark.parametrize("text", ["Banjir", "3 Fakta", "Jum'at", '"Ini baru awal"', "a=b", " dan"])
def test_another_text_stays_as_it_is(text: str) -> None:
    assert cell_of(text) == text


def test_a_list_whose_first_element_would_be_a_formula_is_made_harmless_too() -> None:
    assert cell_of(["=1", "b"]) == "'=1 | b"


@given(st.text())
def test_every_text_comes_back(text: str) -> None:
    assert restored(neutralised(text)) == text


@given(st.lists(st.text(min_size=1)))
def test_every_list_comes_back(elements: list[str]) -> None:
    assert parted(joined(elements)) == elements
