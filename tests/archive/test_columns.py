"""Records become columns only when they fit."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta, timezone
from typing import Any

import pyarrow as pa
import pytest

from kompas_crawler.archive import schema
from kompas_crawler.archive.columns import article_columns, record_batch
from kompas_crawler.errors import RecordRefused
from kompas_crawler.items import Article, Flag, PublishedSource

NOON = datetime(2021, 4, 14, 12, tzinfo=UTC)
WALK: dict[str, Any] = {
    "run_id": "r1",
    "day": date(2021, 4, 14),
    "site": "all",
    "pages": 3,
    "listed": 40,
    "is_finished": True,
    "reason": None,
    "started_at": NOON,
    "walked_at": NOON,
}


def test_a_fitting_record_becomes_a_row_of_exactly_the_schema() -> None:
    batch = record_batch([WALK], schema.WALKS)
    assert batch.schema.equals(schema.WALKS)
    assert batch.to_pylist() == [WALK]


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"walked_at": datetime(2021, 4, 14, 12)}, "aware datetime"),  # noqa: DTZ001
        ({"pagez": 3}, "no column"),
        ({"pages": None}, "required"),
        ({"pages": True}, "must be int32"),
        ({"pages": 3.5}, "must be int32"),
        ({"pages": 2**31}, "beyond int32"),
        ({"site": 5}, "must be dictionary"),
        ({"reason": "cut \ud83d"}, "lone surrogates"),
        ({"day": NOON}, "must be date32"),
        ({"is_finished": 1}, "must be bool"),
    ],
)
def test_a_record_that_does_not_fit_is_refused(change: dict[str, Any], message: str) -> None:
    with pytest.raises(RecordRefused, match=message):
        record_batch([WALK, WALK | change], schema.WALKS)


def test_a_value_outside_its_vocabulary_is_refused() -> None:
    visit = {"run_id": "r1", "url": "https://www.kompas.com/", "page_kind": "front", "outcome": "fetched"}
    with pytest.raises(RecordRefused, match=r"outcome.*must be one of"):
        record_batch([visit | {"discovered_by": [], "visited_at": NOON}], schema.VISITS)


def test_an_element_outside_the_vocabulary_of_a_list_is_refused() -> None:
    visit = {"run_id": "r1", "url": "https://www.kompas.com/", "page_kind": "front", "outcome": "read"}
    with pytest.raises(RecordRefused, match=r"discovered_by.*must be one of"):
        record_batch([visit | {"discovered_by": ["rss"], "visited_at": NOON}], schema.VISITS)


def test_instants_of_an_article_are_given_in_utc_and_enumerations_as_strings() -> None:
    article = Article(
        article_id="20210414-205938370",
        url="https://www.kompas.com/global/read/2021/04/14/205938370/banjir",
        section="global",
        section_code=70,
        title="Banjir Surut",
        published_at=datetime(2021, 4, 14, 20, 59, 38, tzinfo=timezone(timedelta(hours=7))),
        published_on=date(2021, 4, 14),
        published_source=PublishedSource.ID,
        flags=(Flag.NO_AUTHOR,),
        layout="e1",
        parser_version=1,
    )
    columns = pa.schema(schema.PAGE_COLUMNS)
    row = record_batch(article_columns([article]), columns).to_pylist()[0]
    assert row["published_at"] == datetime(2021, 4, 14, 13, 59, 38, tzinfo=UTC)
    assert (row["published_source"], row["flags"]) == ("id", ["no_author"])
