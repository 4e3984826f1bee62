"""When a held article is looked at again."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest

from kompas_crawler.archive import Known
from kompas_crawler.archive.announcements import Told
from kompas_crawler.errors import UsageError
from kompas_crawler.revisits import LIST_LAYOUT, Revisits, read_revisits

OUT = datetime(2021, 4, 14, 5, tzinfo=UTC)
PLAN = replace(read_revisits("2,6,24,168", after_change=6), after_word=timedelta(hours=15))


def at(hours: float) -> datetime:
    """So many hours after publication."""
    return OUT + timedelta(hours=hours)


def known(seen: float = 0.5, **more: Any) -> Known:
    fields: dict[str, Any] = {
        "article_id": "20210414-120000170", "revision": 1, "content_hash": b"", "meta_hash": b"", "published_at": OUT,
        "published_on": date(2021, 4, 14), "fetched_at": at(0.5), "last_seen_at": at(seen), "gone_at": None,
        "is_complete": True, "section": "global", "layout": "e1", "parser_version": 1,
    }  # fmt: skip
    return Known(**fields | more)


@pytest.mark.parametrize(
    ("seen", "due"),
    [(0.5, 2), (2, 6), (2.5, 6), (6.1, 24), (20, 24), (25, 168), (168, None), (1000, None)],
)
def test_an_article_is_due_when_it_passes_the_next_age_after_the_last_look(seen: float, due: float | None):
    assert PLAN.due_at(known(seen)) == (None if due is None else at(due))


def test_several_ages_that_passed_unused_make_one_look():
    assert PLAN.is_due(known(0.5), at(30))
    assert not PLAN.is_due(known(30), at(31))


def test_an_article_found_changed_is_looked_at_again_soon():
    assert PLAN.due_at(known(24.2, revision=2, fetched_at=at(24.2))) == at(30.2)


def test_an_article_that_stayed_as_it_was_after_a_change_waits_for_its_next_age():
    assert PLAN.due_at(known(30.5, revision=2, fetched_at=at(24.2))) == at(168)


def test_an_article_that_is_gone_is_looked_at_when_it_reaches_its_next_age():
    assert PLAN.due_at(known(2, gone_at=at(6))) == at(24)


def test_a_look_that_failed_is_made_up_for_but_not_at_once():
    assert PLAN.due_at(known(0.5), failed_at=at(2.1)) == at(8.1)


def test_a_failure_before_the_last_good_look_says_nothing():
    assert PLAN.due_at(known(3), failed_at=at(2.1)) == at(6)


def test_an_incomplete_article_is_tried_again_after_a_day():
    assert PLAN.due_at(known(25, is_complete=False)) == at(49)


def test_an_incomplete_article_is_given_up_after_a_month():
    assert PLAN.due_at(known(32 * 24, is_complete=False)) is None


def test_an_article_that_only_lists_told_of_is_due_at_once():
    assert PLAN.is_due(known(layout=LIST_LAYOUT, is_complete=False), at(0.6))


# --- What a sitemap says ----------------------------------------------------------------------------------------------


def told(read: float, changed: float | None, *, is_named: bool = True) -> Told:
    return Told(at(read), None if changed is None else at(changed), is_named)


@pytest.mark.parametrize(
    ("seen", "word", "due"),
    [
        (0.5, told(4, 3), 4),  # changed since
        (5, told(4, 3), 19),  # changed, but seen since: at the next age, not before the sitemap is read again
        (0.5, told(4, 0), 19),  # unchanged: the next age once the sitemap should have been read again
        (0.5, told(1, 0), 16),  # unchanged, before the first age
        (0.5, told(9, 0), 24),  # the same, just before it
        (0.5, told(12, 0), 168),  # unchanged after the first age: settled
        (0.5, told(170, 0), None),
        (0.5, told(4, 5), 19),  # a time in the future says nothing
        (0.5, told(4, None, is_named=False), 4),  # named no more
        (5, told(4, None, is_named=False), 19),  # named no more, but seen since
    ],
)
def test_an_article_is_due_by_what_a_trusted_sitemap_says(seen: float, word: Told, due: float | None):
    plan = replace(PLAN, marks=(timedelta(hours=10), timedelta(hours=24), timedelta(hours=168)))
    assert plan.due_at(known(seen), told=word) == (None if due is None else at(due))


def test_a_change_is_confirmed_by_the_next_sitemap_instead_of_a_look():
    changed = known(24.2, revision=2, fetched_at=at(24.2))
    assert PLAN.due_at(changed, told=told(24, 20)) == at(39)
    assert PLAN.due_at(changed, told=told(36, 20)) == at(168)


def test_a_look_that_was_advised_and_failed_is_made_up_for_but_not_at_once():
    assert PLAN.due_at(known(0.5), failed_at=at(4.1), told=told(4, 3)) == at(10.1)


def test_without_ages_no_advice_is_heeded():
    assert Revisits().due_at(known(0.5), told=told(4, 3)) is None


def test_without_ages_no_article_is_due():
    assert Revisits().due_at(known(0.5, revision=2)) is None


@pytest.mark.parametrize("hours", ["6,2", "2,2", "-1", "0", "soon", "nan"])
def test_unusable_ages_are_refused_with_an_example(hours: str):
    with pytest.raises(UsageError, match="2,6,24,168,744"):
        read_revisits(hours, 6)


def test_a_negative_time_after_a_change_is_refused():
    with pytest.raises(UsageError, match="negative"):
        read_revisits("2", -1)
