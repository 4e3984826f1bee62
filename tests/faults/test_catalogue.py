"""Every kind of trouble of the fault suite, tried once: what `make torture` tries more often."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.faults.__main__ import kinds, markdown
from tests.faults.batches import bare_verdict
from tests.faults.catalogue import PARTS
from tests.faults.rows import KEPT, Fault, Part, Result

URL = "https://nasional.kompas.com/read/2021/04/14/01000001/judul-berita"


@pytest.mark.slow
@pytest.mark.timeout(1_800)
@pytest.mark.parametrize("part", PARTS, ids=[part.name for part in PARTS])
def test_every_trouble_comes_to_what_it_must(part: Part, tmp_path: Path):
    results = part.play(tmp_path, tries=1, seed=1, beside_bare=False)
    missed = {one.fault: f"expected {one.expected}, got {one.got}" for one in results if one.is_miss}
    assert missed == {}
    assert kinds(results)


def test_no_two_parts_have_one_name():
    names = [part.name for part in PARTS]
    assert sorted(set(names)) == sorted(names)


@pytest.mark.parametrize(
    ("expected", "items", "verdict"),
    [
        (KEPT, [], "not stored"),
        ("failed: timeout", [], "right"),
        ("failed: soft_error", [{"url": URL, "found_on": None, "body": ""}], "stored, without text"),
        ("failed: cut_short", [{"url": URL, "found_on": None, "body": "Nakhoda"}], "stored as an article"),
        (KEPT, [{"url": "http://evil.test/01000001/x", "found_on": URL, "body": ""}],
         "stored http://evil.test/01000001/x"),
    ],
)  # fmt: skip
def test_the_bare_spider_is_judged_by_what_it_stored(expected, items, verdict):
    async def nothing(_: object) -> None:
        """Answer nothing: this fault is judged, not played."""

    fault = Fault(name="x", group="x", answer=nothing, expected=expected)
    assert bare_verdict(fault, URL, items) == verdict


def test_the_page_counts_kinds_by_group_and_what_the_bare_spider_did_wrong():
    rows = [
        Result(fault="a", group="link", tries=1, expected="kept_new", got="kept_new", bare="stored file:///etc/passwd"),
        Result(fault="b", group="link", tries=1, expected="kept_new", got="failed: x", bare="right"),
    ]
    assert "| link | 2 | 1 | 2 | 1 |" in markdown(rows)
    assert "- 1 × followed and stored what it led to" in markdown(rows)
