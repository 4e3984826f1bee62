"""A walk along the index of a day, page by page: when it goes on, when it ends, where it begins."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest

from kompas_crawler.items import Walk
from kompas_crawler.site.sections import SECTIONS, sections_of_site_slug
from kompas_crawler.spiders.walks import EMPTIED, INTERRUPTED, IndexWalk, begin_walk, narrower_sites

DAY = date(2021, 4, 14)
OVER = datetime(2021, 4, 14, 17, tzinfo=UTC)
"""Midnight in WIB, when the day is over."""
LATER = OVER + timedelta(hours=3)


def steps(walk: IndexWalk, *pages: str) -> list[bool]:
    """Whether the walk goes on after each page; a letter is an article, an empty page is `-`."""
    return [walk.turn_page(page.replace("-", ""), is_empty=page == "-") for page in pages]


def ended(**more: object) -> Walk:
    fields = {
        "run_id": "r1", "day": DAY, "site": "all", "pages": 5, "listed": 70, "is_finished": True, "reason": None,
        "started_at": OVER, "walked_at": OVER + timedelta(minutes=5),
    }  # fmt: skip
    return Walk(**fields | more)  # type: ignore[arg-type]


def begun(*earlier: Walk, now: datetime = LATER, thorough: bool = False) -> IndexWalk:
    return begin_walk(DAY, "all", earlier, now=now, thorough=thorough)


@pytest.mark.parametrize(
    ("pages", "goes_on"),
    [
        (["abc", "-"], [True, False]),
        (["abc", "def", "gh", "-"], [True, True, True, False]),
        (["abc", "abc", "def", "-"], [True, True, True, False]),
        (["abc", "abc", "abc"], [True, True, False]),
        (["-", "-"], [True, False]),
        (["-", "abc", "-"], [True, True, False]),
    ],
    ids=["one page", "several", "a page repeated", "two with nothing new", "empty twice", "empty once by mistake"],
)
def test_a_walk_of_a_day_that_is_over_ends_where_its_list_does(pages: list[str], goes_on: list[bool]):
    assert steps(IndexWalk(DAY, "all", LATER), *pages) == goes_on


def test_an_empty_first_page_of_a_narrow_list_is_believed_at_once():
    assert steps(IndexWalk(DAY, "ikn", LATER), "-") == [False]


def test_an_empty_first_page_of_a_day_that_has_just_begun_is_believed_at_once():
    assert steps(IndexWalk(DAY, "all", LATER, grows=True), "-") == [False]


def test_an_empty_page_that_is_asked_for_again_is_the_first_one():
    walk = IndexWalk(DAY, "all", LATER)
    steps(walk, "-")
    assert (walk.next_page, walk.pages) == (1, 0)


def test_a_day_that_grows_is_walked_until_a_pass_finds_nothing_new():
    walk = IndexWalk(DAY, "all", LATER, grows=True)
    assert steps(walk, "cba", "-") == [True, True]
    assert walk.next_page == 1
    assert steps(walk, "dcb", "a", "-") == [True, True, True]
    assert steps(walk, "dcb", "a") == [True, False]


def test_a_walk_that_joins_an_earlier_one_stops_behind_two_pages_of_what_is_held():
    walk = IndexWalk(DAY, "all", LATER, joins=True, held=dict.fromkeys("abcdef", ""))
    assert steps(walk, "gf", "ed", "cb") == [True, True, False]


def test_a_walk_that_joins_goes_on_where_something_is_missing_among_what_is_held():
    walk = IndexWalk(DAY, "all", LATER, joins=True, held=dict.fromkeys("abdef", ""))
    assert steps(walk, "fe", "dc", "ba", "-") == [True, True, True, False]


def test_a_walk_ends_at_the_cap_of_the_site_unfinished():
    walk = IndexWalk(DAY, "all", LATER, cap=2)
    assert steps(walk, "ab", "cd") == [True, False]
    record = walk.record("r1", LATER)
    assert (record.is_finished, record.reason) == (False, "page_cap")


def test_a_list_that_ends_at_the_cap_is_finished():
    walk = IndexWalk(DAY, "all", LATER, cap=2)
    steps(walk, "ab", "-")
    assert walk.record("r1", LATER).is_finished


def test_a_list_that_shows_nothing_of_what_is_held_is_not_believed():
    walk = IndexWalk(DAY, "all", LATER, held={"a": ""})
    steps(walk, "-", "-")
    assert walk.record("r1", LATER).reason == EMPTIED


def test_what_an_earlier_walk_listed_and_this_one_did_not_is_missing():
    walk = IndexWalk(DAY, "all", LATER, held=dict.fromkeys("abc", ""))
    steps(walk, "ac", "-")
    assert walk.missing() == ("b",)


@pytest.mark.parametrize("mark", ["joins", "grows", "was_taken_up"])
def test_a_walk_that_did_not_read_everything_misses_nothing(mark: str):
    walk = IndexWalk(DAY, "all", LATER, held=dict.fromkeys("abc", ""), **{mark: True})
    steps(walk, "ac", "-")
    assert walk.missing() == ()


def test_a_first_walk_reads_everything():
    walk = begun()
    assert (walk.page, walk.joins, walk.grows, walk.was_taken_up) == (0, False, False, False)


def test_a_walk_before_midnight_in_wib_is_of_a_day_that_grows():
    assert begun(now=OVER - timedelta(seconds=1)).grows


def test_a_walk_that_broke_off_is_taken_up_at_its_page():
    walk = begun(ended(is_finished=False, reason=INTERRUPTED, pages=5))
    assert (walk.next_page, walk.pages, walk.was_taken_up) == (6, 5, True)


def test_a_walk_that_was_taken_up_began_when_the_first_did():
    assert begun(ended(is_finished=False, reason="http_503")).started_at == OVER


@pytest.mark.parametrize(
    "last",
    [
        ended(is_finished=False, reason=INTERRUPTED, started_at=OVER - timedelta(hours=1)),
        ended(is_finished=False, reason=INTERRUPTED, pages=0),
        ended(is_finished=False, reason="page_cap", pages=666),
        ended(is_finished=False, reason=INTERRUPTED, site="global"),
    ],
    ids=["began while the day grew", "read nothing", "cap", "another list"],
)
def test_a_walk_begins_anew_where_it_cannot_be_taken_up(last: Walk):
    walk = begun(last)
    assert (walk.page, walk.joins) == (0, False)


def test_a_walk_that_broke_off_long_ago_begins_anew():
    assert begun(ended(is_finished=False, reason=INTERRUPTED), now=OVER + timedelta(days=8)).page == 0


def test_a_walk_of_a_growing_day_joins_one_that_reached_the_end():
    noon = OVER - timedelta(hours=12)
    assert begun(ended(started_at=noon, walked_at=noon), now=noon + timedelta(hours=1)).joins


def test_the_first_walk_after_the_day_is_over_reads_everything():
    noon = OVER - timedelta(hours=12)
    assert not begun(ended(started_at=noon, walked_at=noon)).joins


def test_a_thorough_walk_joins_none():
    assert not begun(ended(), thorough=True).joins


def test_a_walk_after_one_that_broke_off_joins_none():
    noon = OVER - timedelta(hours=12)
    earlier = ended(started_at=noon, walked_at=noon)
    broken = ended(started_at=noon, walked_at=noon + timedelta(hours=1), is_finished=False, reason="http_503")
    assert not begun(earlier, broken, now=noon + timedelta(hours=2)).joins


def test_the_narrower_lists_together_show_every_section_that_has_a_list():
    covered = set().union(*map(sections_of_site_slug, narrower_sites("all")))
    assert {slug for slug, section in SECTIONS.items() if section.site_slug != "all"} <= covered
