"""The schemas: complete, documented and versioned."""

from __future__ import annotations

from dataclasses import fields

import pytest
from itemadapter import ItemAdapter

from kompas_crawler.archive import schema
from kompas_crawler.errors import SchemaMismatch
from kompas_crawler.items import Article, Visit, Walk


@pytest.mark.parametrize(
    ("record", "table"), [(Article, "articles"), (Visit, "visits"), (Walk, "walks")], ids=lambda value: str(value)
)
def test_every_field_of_a_record_is_a_column(record: type, table: str) -> None:
    assert {field.name for field in fields(record)} <= set(schema.TABLES[table].names)


@pytest.mark.parametrize("name", schema.TABLES)
def test_every_column_says_what_it_means(name: str) -> None:
    undocumented = [field.name for field in schema.TABLES[name] if not field.metadata[b"description"]]
    assert undocumented == []


def test_a_file_of_another_schema_version_is_refused_with_what_to_do() -> None:
    other = schema.WALKS.with_metadata({schema.VERSION_KEY: b"99"})
    with pytest.raises(SchemaMismatch, match="scrapy migrate"):
        schema.require_current(other, "walks/w.parquet")


def test_a_file_written_now_is_accepted() -> None:
    schema.require_current(schema.stamped(schema.WALKS, run_id="r1", software_version="0.1.0"), "walks/w.parquet")


@pytest.mark.parametrize("record", [Article, Visit, Walk], ids=lambda record: record.__name__)
def test_columns_are_described_by_the_docstrings_that_itemadapter_reads(record: type) -> None:
    """The schema reads them on its own, for speed."""
    table = {Article: "articles", Visit: "visits", Walk: "walks"}[record]
    properties = ItemAdapter.get_json_schema(record)["properties"]
    described = {field.name: field.metadata[b"description"].decode() for field in schema.TABLES[table]}
    read = {name: " ".join(facts.get("description", "").split()) for name, facts in properties.items()}
    shared = {name for name in read if read[name] and name in described}
    assert len(shared) > 5
    assert {name: described[name] for name in shared} == {name: read[name] for name in shared}
