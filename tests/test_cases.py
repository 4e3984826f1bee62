"""Pages with the records expected of them: one test per page and field.

A case is a folder of `cases/`, see `kompas_crawler.cases`. `scrapy savepage` makes one; its tests fail until a person
has read the expectation against the page. CONTRIBUTING says how.
"""

from __future__ import annotations

import json
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from kompas_crawler import cases, errors
from kompas_crawler.cases import EXPECTED, FIELDS, PAGE, REVIEWED, Case, record_of
from kompas_crawler.site import parse_article
from kompas_crawler.site.layouts import LAYOUTS

ROOT = Path(__file__).parent / "cases"
CASES = {case.slug: case for case in cases.read_cases(ROOT)}
ARTICLES = [slug for slug, case in CASES.items() if case.raises is None]
REFUSED = [slug for slug, case in CASES.items() if case.raises is not None]
FEWEST = 60
UNREVIEWED = (
    "nobody has read {path} against the page yet. Open the page beside it (`zcat {page} > /tmp/page.html`), correct "
    'every field that is not what a reader of the page sees, set "reviewed": true, and commit both. What then fails is '
    "the parser's mistake, to be mended in kompas_crawler/site/"
)


@cache
def found(slug: str) -> dict[str, Any]:
    return record_of(CASES[slug].page(), CASES[slug].url)


@cache
def expected(slug: str) -> dict[str, Any]:
    return CASES[slug].expected()


def require_review(case: Case) -> None:
    if not case.is_reviewed:
        folder = case.folder.relative_to(Path.cwd()) if case.folder.is_relative_to(Path.cwd()) else case.folder
        pytest.fail(UNREVIEWED.format(path=folder / EXPECTED, page=folder / PAGE), pytrace=False)


def test_a_case_that_nobody_has_read_fails_and_says_what_to_do(tmp_path: Path) -> None:
    known = CASES["e1-single"]
    case = cases.write_case(tmp_path, "new", known.page(), known.url, "e1: a new case")
    with pytest.raises(pytest.fail.Exception, match='set "reviewed": true'):
        require_review(case)


@pytest.mark.parametrize("slug", ARTICLES)
def test_a_person_has_read_the_expectation_of_a_case(slug: str) -> None:
    require_review(CASES[slug])
    assert set(expected(slug)) == {REVIEWED, *FIELDS}


@pytest.mark.parametrize("field", FIELDS)
@pytest.mark.parametrize("slug", ARTICLES)
def test_the_page_of_a_case_gives_the_expected_value(slug: str, field: str) -> None:
    require_review(CASES[slug])
    assert found(slug)[field] == expected(slug)[field]


@pytest.mark.parametrize("slug", REFUSED)
def test_a_page_that_is_no_article_is_refused_by_name(slug: str) -> None:
    case = CASES[slug]
    with pytest.raises(errors.PageError) as caught:
        parse_article(case.page(), case.url)
    assert type(caught.value).__name__ == case.raises


@pytest.mark.parametrize("layout", [layout.name for layout in LAYOUTS])
def test_every_layout_has_cases(layout: str) -> None:
    assert sum(expected(slug)["layout"] == layout for slug in ARTICLES) >= 2


def test_there_are_cases_for_what_is_known_of_the_site() -> None:
    assert len(CASES) >= FEWEST


@pytest.mark.parametrize("slug", CASES)
def test_a_case_is_stored_as_it_would_be_written_again(slug: str) -> None:
    case = CASES[slug]
    assert (case.folder / PAGE).read_bytes()[4:8] == b"\0\0\0\0"  # no time of compression
    names = [path.name for path in case.folder.iterdir()]
    for name in set(names) - {PAGE}:
        text = (case.folder / name).read_text(encoding="utf-8")
        assert text == json.dumps(json.loads(text), ensure_ascii=False, indent=2) + "\n"
    assert set(names) <= {PAGE, cases.CASE, EXPECTED}
