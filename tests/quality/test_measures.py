"""What is measured of an article."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from kompas_crawler.archive.schema import ARTICLES, PAGE_COLUMNS
from kompas_crawler.items import Flag
from kompas_crawler.quality import COLUMNS, MEASURES
from kompas_crawler.quality.measures import UNIVERSAL
from tests.archive.made import article
from tests.quality.ordinary import row_of

AMISS = {measure.name: measure.is_amiss for measure in MEASURES}
TEXT = "Hujan deras membuat warga di sepanjang kali bersiap mengungsi ke balai desa sejak sore. " * 5


def row(**fields: Any) -> dict[str, Any]:
    body = fields.pop("body", TEXT)
    whole: dict[str, Any] = {"title": "Warga Mengungsi", "editors": ("Erna Kusuma",), "published_text": "14/04/2021"}
    return row_of(article(body=body, **whole | fields))


def test_every_column_of_a_page_is_measured_or_told_by_another() -> None:
    measured = {column for measure in MEASURES for column in (measure.name, *measure.columns)}
    assert {field.name for field in PAGE_COLUMNS} - UNIVERSAL - measured == set()


def test_what_is_read_for_measuring_are_columns_of_the_archive() -> None:
    assert set(COLUMNS) <= set(ARTICLES.names)


def test_every_flag_that_tells_of_the_parser_is_measured() -> None:
    told_otherwise = {Flag.NO_AUTHOR, Flag.NO_BREADCRUMB, Flag.NO_PAGE_DATE}
    never_of_a_page = {Flag.METADATA_ONLY, Flag.RAW_PRUNED}
    assert set(Flag) - told_otherwise - never_of_a_page <= {measure.name for measure in MEASURES}


def test_names_of_measures_are_not_used_twice() -> None:
    assert len(AMISS) == len(MEASURES)


@pytest.mark.parametrize(
    ("measure", "fields", "is_amiss"),
    [
        ("authors", {"authors": ()}, True),
        ("authors", {"authors": (), "content_type": "opinion"}, None),
        ("authors", {"authors": (), "is_sponsored": True}, None),
        ("tags", {"tags": (), "layout": "b2"}, None),
        ("published_text", {"published_text": None}, True),
        ("published_text", {"published_text": None, "updated_text": "Diperbarui 14/04/2021"}, False),
        ("empty_body", {"flags": ("empty_body",)}, True),
        ("paragraph_count", {"body": "Singkat saja."}, True),
        ("word_count", {"body": "kata " * 200}, True),
        ("body", {"body": f"{TEXT}\n\nBaca juga: Kisah Lain"}, True),
        ("body", {"body": f"{TEXT}\n\nIa membaca juga koran."}, False),
        ("title", {"title": "Harga Cabai Melonjak"}, True),
        ("title", {}, False),
    ],
)
def test_a_measure_says_what_is_amiss_with_a_row(measure: str, fields: dict[str, Any], is_amiss: bool | None) -> None:
    assert AMISS[measure](row(**fields)) is is_amiss


@pytest.mark.parametrize("is_amiss", AMISS.values(), ids=AMISS)
def test_nothing_is_amiss_with_an_ordinary_row(is_amiss: Callable[[dict[str, Any]], bool | None]) -> None:
    assert not is_amiss(row(description="Ringkas.", dateline="JAKARTA", image_url="https://a/b.jpg", image_caption="x",
                            image_credit="y"))  # fmt: skip
