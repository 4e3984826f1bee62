"""The agenda: what the index says is to be taken up again, and the notes that crawls leave in it."""

from __future__ import annotations

from datetime import date, timedelta
from pathlib import Path

import pytest

from kompas_crawler.archive import Archive, Removal
from kompas_crawler.archive.agenda import Agenda, RobotsFile, Validators
from kompas_crawler.items import Outcome, Route
from tests.archive.made import NOON, VERSION, article, keep, key_of, minutes, seen, visit, walk

DAY = date(2021, 4, 14)


@pytest.fixture
def archive(tmp_path: Path) -> Archive:
    return Archive(str(tmp_path / "output"))


def agenda_of(archive: Archive) -> Agenda:
    agenda = archive.agenda()
    assert agenda is not None
    return agenda


def note_visits(archive: Archive, *visits: object) -> None:
    staging = archive.stage("r1", software_version=VERSION)
    for one in visits:
        staging.visit(one)  # type: ignore[arg-type]
    staging.close()
    archive.commit()


def test_without_an_archive_there_is_no_agenda(archive: Archive):
    assert archive.agenda() is None


def test_walks_of_some_days_come_in_order_of_their_end(archive: Archive):
    staging = archive.stage("r1", software_version=VERSION)
    later, earlier, other = walk(day=DAY), walk(day=date(2021, 4, 13), walked_at=NOON), walk(day=date(2021, 4, 1))
    for one in (later, earlier, other):
        staging.walk(one)
    staging.close()
    archive.commit()
    assert agenda_of(archive).walks(date(2021, 4, 13), DAY) == [earlier, later]


@pytest.mark.parametrize("outcome", [Outcome.PENDING, Outcome.FAILED, Outcome.BLOCKED, Outcome.UNPARSED])
def test_what_could_not_be_had_is_wanted_with_its_routes(archive: Archive, outcome: Outcome):
    note_visits(archive, visit(1, outcome=outcome, discovered_by=(Route.TERKINI, Route.INDEX)))
    (wanted,) = agenda_of(archive).wanted(DAY)
    assert (wanted.article_id, wanted.is_listed) == (key_of(1), True)
    assert set(wanted.routes) == {Route.TERKINI, Route.INDEX}


@pytest.mark.parametrize(
    ("outcome", "reason"),
    [(Outcome.GONE, "http_404"), (Outcome.EXCLUDED, "other_section"), (Outcome.KNOWN, None)],
)
def test_what_was_decided_is_not_wanted(archive: Archive, outcome: Outcome, reason: str | None):
    note_visits(archive, visit(1, outcome=outcome, reason=reason))
    assert agenda_of(archive).wanted(DAY) == []


@pytest.mark.parametrize("reason", ["limit", "budget"])
def test_what_a_bound_of_a_run_left_out_is_wanted(archive: Archive, reason: str):
    note_visits(archive, visit(1, outcome=Outcome.EXCLUDED, reason=reason))
    assert [one.article_id for one in agenda_of(archive).wanted(DAY)] == [key_of(1)]


def test_what_is_held_is_not_wanted(archive: Archive):
    keep(archive, seen(article(1)))
    note_visits(archive, visit(1, outcome=Outcome.FAILED))
    assert agenda_of(archive).wanted(DAY) == []


def test_held_articles_come_newest_day_first_and_each_once_over_many_pages(archive: Archive):
    count = 1_203
    articles = [
        article(number, published_at=NOON - timedelta(days=number % 5, seconds=number))
        for number in range(1, count + 1)
    ]
    keep(archive, *(seen(one) for one in articles))
    note_visits(archive, *(visit(number) for number in range(1, count + 1)))
    held = list(agenda_of(archive).held_since(date(2021, 4, 11)))
    days = [one.known.published_on for one in held]
    assert days == sorted(days, reverse=True)
    wanted = {one.article_id for one in articles if one.published_on >= date(2021, 4, 11)}
    assert len(held) == len(wanted)
    assert {one.known.article_id for one in held} == wanted


def test_a_held_article_has_the_time_of_a_look_that_gave_nothing(archive: Archive):
    keep(archive, seen(article(1)), seen(article(2)))
    note_visits(archive, visit(1, visited_at=minutes(3), outcome=Outcome.FAILED), visit(2, outcome=Outcome.KNOWN))
    failed = {one.known.article_id: one.failed_at for one in agenda_of(archive).held_since(DAY)}
    assert failed == {key_of(1): minutes(3), key_of(2): None}


def test_held_articles_that_the_index_listed_are_told_without_those_that_are_gone(archive: Archive):
    keep(archive, seen(article(1)), seen(article(2)))
    note_visits(archive, visit(1), visit(2))
    staging = archive.stage("r2", software_version=VERSION)
    staging.removed(Removal(article_id=key_of(2), seen_at=minutes(5), status=404))
    staging.close()
    archive.commit()
    assert agenda_of(archive).listed(DAY) == {key_of(1): visit(1).url}


def test_notes_are_kept_until_the_index_is_made_again(archive: Archive):
    keep(archive, seen(article(1)))
    robots = RobotsFile(NOON, 200, "User-agent: *")
    agenda_of(archive).note({key_of(1): Validators('"a"', None)}, {"sitemap": NOON}, {"www.kompas.com": robots})
    assert agenda_of(archive).robots("www.kompas.com") == robots
    assert agenda_of(archive).validators(key_of(1)) == Validators('"a"', None)
    assert agenda_of(archive).done_at("sitemap") == NOON
    archive.rebuild_index()
    assert agenda_of(archive).validators(key_of(1)) is None
    assert agenda_of(archive).done_at("sitemap") is None
    assert agenda_of(archive).robots("www.kompas.com") is None


def test_a_row_from_lists_is_filled_by_its_page_without_counting_as_an_edit(archive: Archive):
    bare = article(1, body="", title="Banjir", is_complete=False, pages_fetched=0, layout="list")
    keep(archive, seen(bare))
    whole = article(1, title="Banjir Surut")
    assert archive.judge(whole).outcome is Outcome.KEPT_NEW
    keep(archive, seen(whole, minutes(5)), run_id="r2")
    known = archive.known(key_of(1))
    assert known is not None
    assert (known.revision, known.layout) == (1, "e1")
    assert not list(Path(archive.location, "revisions").rglob("*.parquet"))


def test_a_row_from_lists_does_not_replace_what_its_page_said(archive: Archive):
    keep(archive, seen(article(1)))
    bare = article(1, body="", is_complete=False, pages_fetched=0, layout="list")
    assert archive.judge(bare).outcome is Outcome.UNCHANGED
    keep(archive, seen(bare, minutes(5)), run_id="r2")
    known = archive.known(key_of(1))
    assert known is not None
    assert known.layout == "e1"
