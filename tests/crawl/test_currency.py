"""Runs one after the other, as cron starts them: what is new, what changed, what went away, what is left alone."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from datetime import date, datetime
from itertools import pairwise
from typing import Any

import pytest

from kompas_crawler.replica import Replica, running
from tests.crawl.conftest import Crawl, Finished

START = "2021-04-14T12:00"
INDEX_ALONE = ("routes=index", "follow=none")
OFTEN = ",".join(str(quarter / 4) for quarter in range(1, 200))
"""Every article is due every quarter of an hour."""


@pytest.fixture(scope="module")
def shared() -> Iterator[Replica]:
    with running("--seed", "5", "--today", START, "--articles-per-day", "40") as server:
        yield server


@pytest.fixture
def site(shared: Replica) -> Iterator[Replica]:
    """The replica at noon of a Wednesday, calm."""
    yield shared
    shared.calm()
    shared.set_clock(START)


def run(crawl: Crawl, site: Replica, *arguments: str, hours: float = 0, **settings: str) -> Finished:
    """A run after so many hours, at the site's time."""
    return crawl(site.url, *(arguments or INDEX_ALONE), KOMPAS_CLOCK=site.advance(hours=hours), **settings)


def last_run(finished: Finished) -> str:
    """The run that ended last: the names of two that began in the same second have no order."""
    last: str = max(finished.rows("visits"), key=lambda row: row["visited_at"])["run_id"]
    return last


def outcomes(finished: Finished) -> Counter[str]:
    """How the articles of the last run ended."""
    last = last_run(finished)
    rows = [row for row in finished.rows("visits") if row["run_id"] == last and row["page_kind"] == "article"]
    return Counter(row["outcome"] for row in rows)


def held(finished: Finished) -> dict[str, dict[str, Any]]:
    return {row["article_id"]: row for row in finished.rows()}


def asked(site: Replica, mark: int) -> list[dict[str, Any]]:
    return [entry for entry in site.log(mark) if entry["path"] != "/robots.txt"]


def true_keys(site: Replica, *days: date) -> set[str]:
    return {record["key"] for record in site.truth(*days, brief=True) if not record["gone"]}


def days_walked(site: Replica, mark: int) -> list[str]:
    """The days whose index was asked for, in order."""
    days = [re.search(r"date=([\d-]+)", entry["query"]) for entry in asked(site, mark)]
    return list(dict.fromkeys(match[1] for match in days if match))


def test_a_second_run_in_a_row_reads_lists_only_and_says_so(crawl: Crawl, site: Replica):
    first = run(crawl, site)
    mark = len(site.log())
    second = run(crawl, site)
    assert {entry["host"] for entry in asked(site, mark)} == {"indeks.kompas.com"}
    assert f"Nothing new: {len(held(first))} held, 0 revisited." in second.stdout


def test_an_article_that_is_due_is_looked_at_though_a_list_named_it_as_none_of_the_windows(crawl: Crawl, site: Replica):
    day = date(2021, 4, 14)
    due = {key for key, row in held(run(crawl, site)).items() if row["published_on"] == day}
    second = run(crawl, site, "routes=index,sitemap", hours=37)
    last = max(row["run_id"] for row in second.rows("visits"))
    ends = {row["article_id"]: row for row in second.rows("visits") if row["run_id"] == last and row["article_id"]}
    named = {key for key in due if {"sitemap", "terkini", "baca_juga"} & set(ends[key]["discovered_by"])}
    assert len(named) > 5
    assert {ends[key]["outcome"] for key in due} == {"unchanged"}


def test_a_second_run_without_arguments_asks_for_lists_and_due_pages_only_and_says_so(crawl: Crawl, site: Replica):
    first = crawl(site.url, KOMPAS_CLOCK=site.advance())
    mark = len(site.log())
    again = crawl(
        site.url, KOMPAS_CLOCK=site.advance(hours=0.05), KOMPAS_REVISIT_HOURS=OFTEN, KOMPAS_REVISIT_BUDGET="5"
    )
    looked_at = {f"https://{entry['host']}{entry['path']}" for entry in asked(site, mark) if "/read/" in entry["path"]}
    assert {entry["host"] for entry in asked(site, mark) if "/read/" not in entry["path"]} == {"indeks.kompas.com"}
    assert looked_at <= {row["url"] for row in first.rows()}
    assert f"Nothing new: {len(held(first))} held, {len(looked_at)} revisited." in again.stdout
    assert looked_at


def test_a_later_run_reads_no_more_of_the_lists_than_is_new(crawl: Crawl, site: Replica):
    run(crawl, site)
    mark = len(site.log())
    run(crawl, site)
    assert len(asked(site, mark)) <= 4


def test_what_came_out_since_the_last_run_is_found(crawl: Crawl, site: Replica):
    run(crawl, site)
    later = run(crawl, site, hours=8)
    assert true_keys(site, date(2021, 4, 13), date(2021, 4, 14)) == set(held(later))


def test_every_time_on_record_is_the_time_of_the_crawl(crawl: Crawl, site: Replica):
    done = run(crawl, site)
    now = datetime.fromisoformat(f"{START}:00+07:00")
    times = [row["fetched_at"] for row in done.rows()]
    times += [row["visited_at"] for row in done.rows("visits")] + [row["walked_at"] for row in done.rows("walks")]
    assert all(0 <= (time - now).total_seconds() < 60 for time in times)
    assert {row["run_id"][:14] for row in done.rows()} == {"20210414T05000"}
    assert {file.parent.name for file in (done.output / "visits").rglob("*.parquet")} == {"month=04"}


def test_the_live_site_cannot_be_given_another_time(crawl: Crawl):
    refused = crawl(None, KOMPAS_CLOCK=START, KOMPAS_CONTACT="mailto:a@b.example", KOMPAS_PERMISSION="letter")
    assert refused.exit_code == 2
    assert "KOMPAS_CLOCK is for a replica" in refused.stderr


# --- Revisits ---------------------------------------------------------------------------------------------------------


def test_an_edited_article_becomes_a_new_revision_when_it_is_due(crawl: Crawl, site: Replica):
    before = held(run(crawl, site))
    site.trouble(edits={"rate": 1.0})
    later = run(crawl, site, hours=24)
    changed = {row["article_id"] for row in later.rows() if row["revision"] > 1}
    edited = {record["key"] for record in site.truth(date(2021, 4, 14), brief=True) if record["revision"] > 1}
    assert {key for key in changed if key.startswith("20210414")} == edited & set(before)
    assert {row["article_id"] for row in later.rows("revisions")} == changed


def test_an_article_that_is_due_and_unchanged_is_confirmed_without_its_text(crawl: Crawl, site: Replica):
    before = held(run(crawl, site))
    mark = len(site.log())
    later = run(crawl, site, hours=0.5, KOMPAS_REVISIT_HOURS=OFTEN)
    looks = [entry for entry in asked(site, mark) if "/read/" in entry["path"] and entry["status"] == 304]
    after = held(later)
    confirmed = {key for key in before if after[key]["last_seen_at"] > before[key]["last_seen_at"]}
    assert len(looks) == outcomes(later)["unchanged"] == len(confirmed)
    assert len(confirmed) >= len(before) - 3
    assert all(after[key]["fetched_at"] == before[key]["fetched_at"] for key in before)


def test_without_what_was_noted_in_the_index_pages_are_read_again(crawl: Crawl, site: Replica):
    first = run(crawl, site)
    before = held(first)
    (first.output / "index.sqlite").unlink()
    later = run(crawl, site, hours=0.5, KOMPAS_REVISIT_HOURS=OFTEN)
    assert later.exit_code == 0, later.stderr
    assert outcomes(later)["unchanged"] >= len(before) - 3
    assert {visit["status"] for visit in later.visits().values() if visit["outcome"] == "unchanged"} == {200}


def test_a_revisit_is_no_way_of_finding_an_article(crawl: Crawl, site: Replica):
    run(crawl, site)
    site.trouble(edits={"rate": 1.0})
    later = run(crawl, site, hours=24)
    assert {tuple(row["discovered_by"]) for row in later.rows()} == {("index",)}


def test_looks_are_bounded_by_their_budget_and_go_on_in_the_next_run(crawl: Crawl, site: Replica):
    before = set(held(run(crawl, site)))
    runs = (run(crawl, site, hours=hours, KOMPAS_REVISIT_BUDGET="9") for hours in (48, 0))
    assert [outcomes(done)["unchanged"] for done in runs] == [9, 9]
    after = held(run(crawl, site, KOMPAS_REVISIT_HOURS=""))
    assert sum(after[key]["last_seen_at"].date() == date(2021, 4, 16) for key in before) == 18


def test_the_youngest_are_looked_at_first(crawl: Crawl, site: Replica):
    run(crawl, site)
    later = run(crawl, site, hours=48, KOMPAS_REVISIT_BUDGET="9")
    looked_at = {key[:8] for key, row in held(later).items() if row["last_seen_at"].date() == date(2021, 4, 16)}
    assert "20210413" not in looked_at


def test_an_article_that_was_taken_down_ends_as_gone_and_keeps_its_text(crawl: Crawl, site: Replica):
    first = run(crawl, site)
    site.trouble(deletions={"rate": 0.5})
    later = run(crawl, site, hours=24)
    removed = {
        record["key"] for record in site.truth(date(2021, 4, 13), date(2021, 4, 14), brief=True) if record["gone"]
    }
    gone = {key for key, row in held(later).items() if row["gone_at"]}
    assert gone == removed & set(held(first))
    assert gone
    assert all(held(later)[key]["body"] for key in gone)


def test_an_article_that_a_list_shows_no_more_is_looked_at_though_none_is_due(crawl: Crawl, site: Replica):
    before = set(held(run(crawl, site)))
    site.trouble(deletions={"rate": 0.5})
    later = run(crawl, site, hours=24, KOMPAS_REVISIT_HOURS="100")
    removed = {record["key"] for record in site.truth(date(2021, 4, 14), brief=True) if record["gone"]}
    assert removed & before
    assert {key for key, row in held(later).items() if row["gone_at"]} >= removed & before


def test_an_article_under_another_headline_is_looked_at_though_none_is_due(crawl: Crawl, site: Replica):
    run(crawl, site)
    site.trouble(edits={"rate": 1.0})
    later = run(crawl, site, hours=20, KOMPAS_REVISIT_HOURS="100")
    truth = {record["key"]: record for record in site.truth(date(2021, 4, 14), brief=True)}
    assert all(row["title"] == truth[key]["title"] for key, row in held(later).items() if key in truth)


# --- What sitemaps say ------------------------------------------------------------------------------------------------

WITH_SITEMAPS = ("routes=index,sitemap", "follow=none")
ADVISED = {"KOMPAS_REVISIT_CONTROL": "0.01", "KOMPAS_RESWEEP_DAYS": ""}


def looks(finished: Finished) -> set[str]:
    """The articles that the last run looked at again."""
    last = last_run(finished)
    again = {"kept_changed", "unchanged", "gone"}
    return {row["article_id"] for row in finished.rows("visits") if row["run_id"] == last and row["outcome"] in again}


@pytest.fixture
def proved(crawl: Crawl, site: Replica) -> Finished:
    """An archive whose looks found many changes, all of which the sitemaps knew of when they were read next."""
    site.trouble(edits={"rate": 1.0})
    for hours in (11, 24):
        run(crawl, site, *WITH_SITEMAPS, hours=hours, **ADVISED)
    return run(crawl, site, *WITH_SITEMAPS, hours=12, **ADVISED)


def test_sitemaps_that_proved_right_are_believed_and_articles_that_they_call_unchanged_are_left_alone(
    proved: Finished, crawl: Crawl, site: Replica
):
    assert ": believed" not in proved.stderr, "no look has been judged before the sitemaps are read after it"
    revisions = {key: row["revision"] for key, row in held(proved).items()}
    later = run(crawl, site, *WITH_SITEMAPS, hours=13, **ADVISED)
    assert re.search(r"sitemaps announced (\d+) of the last \1 changes .*: believed", later.stderr)
    changed = {key for key, row in held(later).items() if row["revision"] > revisions.get(key, row["revision"])}
    assert changed
    assert len(looks(later) - changed) < 4, "of the sample, or found changed twelve hours ago"
    doubting = run(crawl, site, *WITH_SITEMAPS, hours=0.1, **ADVISED | {"KOMPAS_REVISIT_CONTROL": "1"})
    assert outcomes(doubting)["unchanged"] > 15, "what was due but for the sitemaps' word"


def test_an_article_that_a_believed_sitemap_names_no_more_is_looked_at(proved: Finished, crawl: Crawl, site: Replica):
    site.trouble(edits={"rate": 1.0}, deletions={"rate": 0.5})
    later = run(crawl, site, *WITH_SITEMAPS, hours=13, **ADVISED | {"KOMPAS_REVISIT_HOURS": "100"})
    days = (date(2021, 4, 14), date(2021, 4, 15))  # no list of theirs is walked any more
    removed = {record["key"] for record in site.truth(*days, brief=True) if record["gone"]}
    found = {key for key, row in held(later).items() if row["gone_at"] and row["published_on"] in days}
    assert found
    assert found <= removed & set(held(proved))


def kinds_read(site: Replica, mark: int) -> Counter[str]:
    """How many sitemaps of each kind were read."""
    return Counter(
        entry["path"].split("/")[-2] for entry in asked(site, mark) if entry["path"].endswith("/sitemap.xml")
    )


def test_plain_sitemaps_take_turns_with_news_sitemaps(crawl: Crawl, site: Replica):
    kinds = []
    for hours in (0, 6, 6):
        mark = len(site.log())
        run(crawl, site, "routes=sitemap", "sections=nasional,bola", "follow=none", "limit=1", hours=hours)
        kinds.append(sorted(kinds_read(site, mark) - Counter({"": 1})))
    assert kinds == [["web"], ["news"], ["web"]]


def test_plain_sitemaps_that_name_no_times_are_not_read_again_for_a_month(crawl: Crawl, site: Replica):
    sitemaps = ("routes=sitemap", "sections=nasional,bola", "follow=none", "limit=1")
    site.trouble(redirect={"to": "https://nasional.kompas.com/news/sitemap.xml", "match": "/web/sitemap.xml"})
    run(crawl, site, *sitemaps)
    for hours, kind in ((13, "news"), (24 * 31, "web")):
        mark = len(site.log())
        run(crawl, site, *sitemaps, hours=hours)
        assert kinds_read(site, mark)[kind] == 2


def test_nothing_that_sitemaps_say_is_believed_before_it_is_proved(crawl: Crawl, site: Replica):
    run(crawl, site, *WITH_SITEMAPS, **ADVISED)
    site.trouble(edits={"rate": 1.0})
    later = run(crawl, site, *WITH_SITEMAPS, hours=13, **ADVISED | {"KOMPAS_REVISIT_HOURS": "100"})
    assert any("/web/sitemap.xml" in entry["path"] for entry in site.log())
    assert outcomes(later)["kept_changed"] < outcomes(later)["known"]


# --- robots.txt -------------------------------------------------------------------------------------------------------


def robots_asked(site: Replica, mark: int) -> int:
    return sum(entry["path"] == "/robots.txt" for entry in site.log(mark))


def test_robots_txt_is_read_once_a_day_whatever_the_number_of_runs(crawl: Crawl, site: Replica):
    run(crawl, site)
    mark = len(site.log())
    run(crawl, site, hours=1, KOMPAS_REVISIT_HOURS=OFTEN)
    assert robots_asked(site, mark) <= 3
    mark = len(site.log())
    run(crawl, site, hours=23.5)
    assert robots_asked(site, mark) > 10


def test_rules_that_an_earlier_run_read_hold_for_the_next(crawl: Crawl, site: Replica):
    site.trouble(robots={"form": "disallow", "host": "nasional.kompas.com"})
    run(crawl, site)
    site.calm()
    later = run(crawl, site, hours=3)
    assert {row["section"] for row in later.rows() if row["url"].startswith("https://nasional.")} == set()


def test_a_reservation_that_an_earlier_run_met_ends_the_next_without_permission(crawl: Crawl, site: Replica):
    site.trouble(robots={"form": "reservation"})
    assert run(crawl, site, KOMPAS_PERMISSION="letter of 2021-04-01").exit_code == 0
    mark = len(site.log())
    assert run(crawl, site, hours=0.1).exit_code == 2
    assert site.log(mark) == []


# --- Older days -------------------------------------------------------------------------------------------------------


def test_days_that_were_left_out_are_made_up_for(crawl: Crawl, site: Replica):
    run(crawl, site)
    later = run(crawl, site, hours=24 * 5)
    assert true_keys(site, date(2021, 4, 13), date(2021, 4, 19)) <= set(held(later))


def test_a_day_is_walked_again_when_it_is_a_week_old(crawl: Crawl, site: Replica):
    run(crawl, site)
    run(crawl, site, hours=24)
    mark = len(site.log())
    run(crawl, site, hours=24 * 6, KOMPAS_REVISIT_HOURS="", KOMPAS_RESWEEP_DAYS="7")
    assert days_walked(site, mark) == ["2021-04-21", "2021-04-20", "2021-04-14", "2021-04-13"]
    mark = len(site.log())
    run(crawl, site, KOMPAS_REVISIT_HOURS="", KOMPAS_RESWEEP_DAYS="7")
    assert days_walked(site, mark) == ["2021-04-21", "2021-04-20"]


def test_no_further_day_is_begun_when_the_budget_of_older_days_is_spent(crawl: Crawl, site: Replica):
    run(crawl, site)
    settings = {"KOMPAS_RESWEEP_BUDGET": "4", "KOMPAS_REVISIT_HOURS": ""}
    mark = len(site.log())
    run(crawl, site, hours=24 * 8, **settings)
    first = days_walked(site, mark)[2:]
    mark = len(site.log())
    run(crawl, site, **settings)
    assert first[0] == "2021-04-20"
    assert 1 <= len(first) < 6
    assert days_walked(site, mark)[2] < first[-1]


def test_a_run_whose_budget_is_spent_is_not_complete_and_the_next_goes_on(crawl: Crawl, site: Replica):
    first = run(crawl, site, KOMPAS_REQUEST_BUDGET="20")
    assert first.exit_code == 1
    assert 0 < len(held(first)) < 20
    assert {visit["reason"] for visit in first.visits().values() if visit["outcome"] == "excluded"} >= {"budget"}
    later = run(crawl, site)
    assert (later.exit_code, set(held(later))) == (0, true_keys(site, date(2021, 4, 13), date(2021, 4, 14)))


# --- Sitemaps and fronts ----------------------------------------------------------------------------------------------


def test_sitemaps_and_fronts_are_read_again_after_some_hours_only(crawl: Crawl, site: Replica):
    marks = []
    for hours in (0, 1, 6):
        marks.append(len(site.log()))
        run(crawl, site, "follow=none", "sections=global", hours=hours)
    marks.append(len(site.log()))
    kinds = [
        {entry["path"] for entry in asked(site, mark)[: end - mark] if "sitemap" in entry["path"]}
        for mark, end in pairwise(marks)
    ]
    assert [bool(paths) for paths in kinds] == [True, False, True]
