"""The spider's arguments: what they ask for, and how unusable ones are refused."""

from __future__ import annotations

from datetime import date

import pytest

from kompas_crawler.errors import UsageError
from kompas_crawler.items import Route
from kompas_crawler.plan import LIST_ROUTES, Content, Plan, Render, read_arguments

TODAY = date(2026, 10, 1)


def plan(**arguments: str) -> Plan:
    return read_arguments(arguments, today=TODAY)


def test_without_arguments_today_and_yesterday_of_every_section_are_asked_for_by_every_route():
    assert plan() == Plan(since=date(2026, 9, 30), until=TODAY, routes=frozenset(LIST_ROUTES), keeps_current=True)


def test_a_window_is_filled_by_the_index_alone():
    assert plan(since="2026-09-01").routes == {Route.INDEX}


def test_a_window_asks_for_nothing_beside_it():
    assert not plan(since="2026-09-01").keeps_current


def test_routes_can_be_chosen():
    assert plan(since="2026-09-01", routes="sitemap,front").routes == {Route.SITEMAP, Route.FRONT}


def test_given_addresses_are_read_without_any_list():
    given = plan(addresses="file.txt")
    assert (given.addresses, given.routes, given.keeps_current) == ("file.txt", frozenset(), False)


def test_given_addresses_can_be_read_along_with_a_window():
    assert plan(addresses="file.txt", since="2026-09-01").routes == {Route.INDEX}


def test_what_lists_say_can_be_all_that_is_kept():
    assert plan(content="metadata").content is Content.METADATA


def test_no_browser_is_used_unless_it_is_asked_for():
    assert plan().render == plan(render="off").render == frozenset()


def test_a_browser_can_be_used_for_articles_and_fronts():
    assert plan(render="fronts,fallback").render == {Render.FALLBACK, Render.FRONTS}


def test_what_a_browser_is_used_for_is_on_record():
    assert plan(render="fronts,fallback").as_arguments()["render"] == "fallback,fronts"


def test_a_since_alone_reaches_until_today():
    assert plan(since="2026-09-01").until == TODAY


def test_an_index_slug_stands_for_its_sections():
    assert plan(sections="bola").sections == {"bola", "sports", "motogp", "badminton"}


def test_a_section_without_a_list_of_its_own_is_found_in_a_wider_one_and_kept_alone():
    chosen = plan(sections="motogp")
    assert (chosen.sites, chosen.sections) == (("bola",), {"motogp"})


def test_all_sections_is_the_same_as_no_choice():
    assert plan(sections="global,all") == plan()


def test_the_same_list_is_walked_once_for_two_of_its_sections():
    assert plan(sections="motogp,badminton").sites == ("bola",)


def test_nothing_is_followed_on_request():
    assert plan(follow="none").follow == frozenset()


def test_kinds_of_links_to_follow_can_be_chosen():
    assert plan(follow="terkait, baca_juga").follow == {Route.TERKAIT, Route.BACA_JUGA}


def test_a_plan_written_out_as_arguments_asks_for_the_same():
    first = plan(
        since="2026-09-01",
        until="2026-09-03",
        sections="motogp,global",
        follow="terkini",
        depth="2",
        limit="9",
        routes="index,front",
        content="metadata",
        addresses="file.txt",
    )
    assert plan(**first.as_arguments()) == first


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"since": "14/04/2021"}, "YYYY-MM-DD"),
        ({"since": "20210414"}, "YYYY-MM-DD"),
        ({"since": "2021-02-30"}, "YYYY-MM-DD"),
        ({"since": "2021-04-02", "until": "2021-04-01"}, "is after until"),
        ({"since": "2026-10-01", "until": "2026-10-02"}, "in the future"),
        ({"since": "1990-01-01"}, "1995-09-14"),
        ({"until": "2021-04-01"}, "needs a since"),
        ({"sections": "sport"}, "allowed: all"),
        ({"sections": "global,,bola"}, "empty name"),
        ({"follow": "everything"}, "baca_juga, terkini, terkait"),
        ({"depth": "-1"}, "from 0 up"),
        ({"depth": "deep"}, "from 0 up"),
        ({"limit": "0"}, "from 1 up"),
        ({"routes": "rss"}, "index, sitemap, front"),
        ({"routes": "none"}, "addresses=FILE"),
        ({"content": "text"}, "full, metadata"),
        ({"render": "always"}, "off, or any of fallback, fronts"),
        ({"render": "off,fronts"}, "names 'off'"),
        ({"date_from": "2021-04-01"}, "the spider takes"),
    ],
)
def test_an_unusable_argument_is_refused_with_what_is_allowed(arguments: dict[str, str], message: str):
    with pytest.raises(UsageError, match=message):
        plan(**arguments)


@pytest.mark.parametrize("arguments", [{"since": "14/04/2021"}, {"sections": "sport"}, {"limit": "0"}])
def test_a_refusal_names_the_value(arguments: dict[str, str]):
    with pytest.raises(UsageError, match=next(iter(arguments.values()))):
        plan(**arguments)


def test_the_number_that_scrapyd_gives_every_job_is_no_argument_of_ours():
    assert read_arguments({"_job": "990d581e"}, today=TODAY) == read_arguments({}, today=TODAY)
