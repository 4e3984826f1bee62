"""Pages with the records expected of them: one test per page and field.

A case is a folder of `cases/` with `page.html` (the real markup of its time around invented text), `case.json` (the
address it came for and what it shows) and `expected.json`. To add one, leave `expected.json` out: the first run writes
it and fails, so that a person reads it against the page before it is committed.
"""

from __future__ import annotations

import dataclasses
import json
from datetime import date, datetime
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from kompas_crawler import errors
from kompas_crawler.items import Article
from kompas_crawler.site import parse_article

CASES = Path(__file__).parent / "cases"
SLUGS = sorted(path.parent.name for path in CASES.glob("*/case.json"))
FIELDS = [field.name for field in dataclasses.fields(Article)]
PAGE_FIELDS = ["links", "part", "part_urls"]


@cache
def case(slug: str) -> dict[str, Any]:
    return json.loads((CASES / slug / "case.json").read_text(encoding="utf-8"))


@cache
def page(slug: str) -> bytes:
    return (CASES / slug / "page.html").read_bytes()


def as_json(value: object) -> object:
    """The value as `json` would give it back."""
    if isinstance(value, date | datetime):
        return value.isoformat()
    if isinstance(value, tuple):
        return [as_json(item) for item in value]
    if dataclasses.is_dataclass(value):
        return {field.name: as_json(getattr(value, field.name)) for field in dataclasses.fields(value)}
    return value


@cache
def found(slug: str) -> dict[str, Any]:
    parsed = parse_article(page(slug), case(slug)["url"])
    record = {name: as_json(getattr(parsed.article, name)) for name in FIELDS}
    record["body"] = record["body"].split("\n\n") if record["body"] else []
    return record | {name: as_json(getattr(parsed, name)) for name in PAGE_FIELDS}


@cache
def expected(slug: str) -> dict[str, Any]:
    return json.loads((CASES / slug / "expected.json").read_text(encoding="utf-8"))


ARTICLES = [slug for slug in SLUGS if "raises" not in case(slug)]
REFUSED = [slug for slug in SLUGS if "raises" in case(slug)]


@pytest.mark.parametrize("slug", ARTICLES)
def test_a_case_has_an_expected_record_that_a_person_has_read(slug: str) -> None:
    path = CASES / slug / "expected.json"
    if not path.exists():
        path.write_text(json.dumps(found(slug), ensure_ascii=False, indent=2) + "\n", encoding="utf-8")
        pytest.fail(f"wrote {path}: read it against the page, correct it, and commit it")
    assert set(expected(slug)) == {*FIELDS, *PAGE_FIELDS}


@pytest.mark.parametrize("field", [*FIELDS, *PAGE_FIELDS])
@pytest.mark.parametrize("slug", ARTICLES)
def test_the_page_of_a_case_gives_the_expected_value(slug: str, field: str) -> None:
    assert found(slug)[field] == expected(slug)[field]


@pytest.mark.parametrize("slug", REFUSED)
def test_a_page_that_is_no_article_is_refused_by_name(slug: str) -> None:
    with pytest.raises(getattr(errors, case(slug)["raises"])):
        parse_article(page(slug), case(slug)["url"])


@pytest.mark.parametrize("layout", ["b1", "b2", "c", "d", "e1", "e2", "f"])
def test_every_layout_has_a_case(layout: str) -> None:
    assert layout in {expected(slug)["layout"] for slug in ARTICLES}
