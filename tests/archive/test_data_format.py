"""That DATA_FORMAT.md says what the schemas and vocabularies say."""

from __future__ import annotations

import ast
import inspect
import re
from enum import StrEnum
from pathlib import Path

import pytest

from kompas_crawler import items
from kompas_crawler.archive.columns import allowed_values
from kompas_crawler.archive.data_format import VOCABULARIES, document, member_descriptions
from kompas_crawler.archive.schema import TABLES

ROOT = Path(__file__).resolve().parents[2]
ENUMERATIONS = [one for _, one in inspect.getmembers(items, inspect.isclass) if issubclass(one, StrEnum)]


def test_the_committed_document_is_current() -> None:
    committed = (ROOT / "DATA_FORMAT.md").read_text(encoding="utf-8")
    assert committed == document(), "run: python -m kompas_crawler.archive.data_format > DATA_FORMAT.md"


@pytest.mark.parametrize("table", TABLES)
def test_every_column_is_described(table: str) -> None:
    undescribed = [field.name for field in TABLES[table] if not (field.metadata or {}).get(b"description")]
    assert undescribed == []


@pytest.mark.parametrize("enumeration", [one for one in ENUMERATIONS if one is not StrEnum])
def test_every_value_of_every_vocabulary_is_described(enumeration: type[StrEnum]) -> None:
    assert enumeration in VOCABULARIES.values()
    assert set(member_descriptions(enumeration)) == {str(member) for member in enumeration}


def test_every_closed_column_names_its_vocabulary() -> None:
    known = {frozenset(map(str, one)) for one in VOCABULARIES.values()}
    closed = {values for schema in TABLES.values() for field in schema if (values := allowed_values(field))}
    assert closed <= known


def test_every_link_inside_the_document_leads_somewhere() -> None:
    text = document()
    headings = re.findall(r"^#+ (.+)$", text, flags=re.MULTILINE)
    anchors = {heading.lower().replace(" ", "-").replace("`", "") for heading in headings}
    assert set(re.findall(r"\]\(#([^)]+)\)", text)) <= anchors


def test_the_examples_are_python() -> None:
    blocks = re.findall(r"```python\n(.*?)```", document(), flags=re.DOTALL)
    assert len(blocks) > 3
    for block in blocks:
        ast.parse(block)
