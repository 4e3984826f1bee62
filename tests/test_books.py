"""The books of a run: one outcome for each address, all routes, sums that hold."""

from __future__ import annotations

from datetime import UTC, date, datetime

import pytest

from kompas_crawler.books import Answer, Books
from kompas_crawler.items import Outcome, Route, Visit

NOW = datetime(2026, 10, 1, tzinfo=UTC)
URL = "https://www.kompas.com/global/read/2021/04/14/205938370/a"


@pytest.fixture
def written() -> list[Visit]:
    return []


@pytest.fixture
def books(written: list[Visit]) -> Books:
    return Books("run", written.append, now=lambda: NOW)


def meet(books: Books, key: str, route: Route, listed_on: date | None = None) -> bool:
    return books.meet(key, URL, route, article_id=key, listed_on=listed_on)


def test_an_address_is_new_once(books: Books):
    assert [meet(books, "a", Route.INDEX), meet(books, "a", Route.TERKINI)] == [True, False]


def test_all_routes_met_before_the_decision_stand_in_one_visit(books: Books, written: list[Visit]):
    meet(books, "a", Route.TERKINI)
    meet(books, "a", Route.INDEX, listed_on=date(2021, 4, 14))
    books.decide("a", Outcome.KEPT_NEW)
    assert [(v.discovered_by, v.listed_on) for v in written] == [((Route.TERKINI, Route.INDEX), date(2021, 4, 14))]


def test_the_answer_is_written_with_the_outcome(books: Books, written: list[Visit]):
    meet(books, "a", Route.INDEX)
    books.answered("a", Answer(status=503, size_bytes=12, seconds=0.5))
    books.decide("a", Outcome.FAILED, "http_503")
    visit = written[0]
    assert (visit.status, visit.size_bytes, visit.seconds, visit.reason) == (503, 12, 0.5, "http_503")


def test_a_route_met_after_the_decision_is_written_with_the_same_outcome(books: Books, written: list[Visit]):
    meet(books, "a", Route.INDEX)
    books.decide("a", Outcome.KEPT_NEW)
    assert not meet(books, "a", Route.TERKINI)
    assert [(v.outcome, v.discovered_by) for v in written[1:]] == [(Outcome.KEPT_NEW, (Route.TERKINI,))]


def test_the_same_route_met_again_writes_nothing(books: Books, written: list[Visit]):
    meet(books, "a", Route.INDEX)
    books.decide("a", Outcome.KEPT_NEW)
    meet(books, "a", Route.INDEX)
    assert len(written) == 1


def test_an_article_excluded_as_a_link_is_taken_up_when_the_index_lists_it(books: Books):
    meet(books, "a", Route.BACA_JUGA)
    books.decide("a", Outcome.EXCLUDED, "outside_window")
    assert meet(books, "a", Route.INDEX)
    books.decide("a", Outcome.KEPT_NEW)
    assert (books.balance().outcomes, books.balance().is_even) == ({Outcome.KEPT_NEW: 1}, True)


def test_an_article_excluded_by_the_index_stays_excluded(books: Books):
    meet(books, "a", Route.INDEX)
    books.decide("a", Outcome.EXCLUDED, "limit")
    assert not meet(books, "a", Route.BACA_JUGA)


def test_a_second_decision_unbalances_the_books_and_is_named(books: Books):
    meet(books, "a", Route.INDEX)
    books.decide("a", Outcome.KEPT_NEW)
    books.decide("a", Outcome.FAILED)
    assert not books.balance().is_even
    assert books.balance().off == ("a: decided as failed, but was kept_new",)


def test_an_undecided_address_unbalances_the_books_and_is_named(books: Books):
    meet(books, "a", Route.INDEX)
    assert books.balance().off == ("a: never decided",)


def test_closing_decides_what_is_open(books: Books):
    meet(books, "a", Route.INDEX)
    books.close("stopped")
    assert books.balance().listed_outcomes == {Outcome.FAILED: 1}


def test_listed_articles_are_summed_apart_from_all_that_was_met(books: Books):
    meet(books, "a", Route.INDEX)
    meet(books, "b", Route.TERKINI)
    books.decide("a", Outcome.KNOWN)
    books.decide("b", Outcome.GONE)
    balance = books.balance()
    assert (balance.met, balance.listed, balance.listed_outcomes) == (2, 1, {Outcome.KNOWN: 1})


def test_a_listed_page_that_is_no_article_is_not_counted_as_listed(books: Books):
    books.meet("https://www.kompas.tv/x", "https://www.kompas.tv/x", Route.INDEX)
    books.decide("https://www.kompas.tv/x", Outcome.EXCLUDED, "foreign_host")
    assert (books.balance().met, books.balance().listed) == (1, 0)


def test_what_the_gate_withholds_counts_as_excluded_and_the_books_balance(books: Books):
    for key, outcome in (("a", Outcome.KEPT_NEW), ("b", Outcome.KEPT_NEW), ("c", Outcome.UNPARSED)):
        meet(books, key, Route.INDEX, listed_on=date(2021, 4, 14))
        books.decide(key, outcome)
    books.withdraw(["a", "c", "never met"])
    balance = books.balance()
    assert balance.outcomes == {Outcome.KEPT_NEW: 1, Outcome.EXCLUDED: 1, Outcome.UNPARSED: 1}
    assert balance.listed_outcomes == balance.outcomes
    assert balance.is_even
