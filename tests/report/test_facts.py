"""What the report counts, of archives small enough to count by hand."""

from __future__ import annotations

from datetime import date, timedelta
from pathlib import Path

import pytest

from kompas_crawler.errors import ArchiveNotFound
from kompas_crawler.report.facts import Facts
from kompas_crawler.report.holdings import CellState, DayState
from kompas_crawler.report.periods import Unit
from tests.archive.samples import article, coverage, write, write_months
from tests.report.archives import MARKUP, facts, key, link, lively, missing, run, years


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> Facts:
    return facts(lively(tmp_path_factory.mktemp("lively")))


def days_of(root: Path, *rows: dict[str, object], since: str | None = None, until: str | None = None) -> list[DayState]:
    write(root, "coverage", "coverage.parquet", rows)
    return list(facts(root, since, until).holdings.days.values())


def test_a_place_without_an_archive_is_no_empty_archive(tmp_path: Path) -> None:
    with pytest.raises(ArchiveNotFound):
        facts(tmp_path)


def test_a_day_is_complete_when_every_section_is(tmp_path: Path) -> None:
    assert days_of(tmp_path, coverage("2021-04-12", "global", listed=2, held=2)) == [DayState.COMPLETE]


def test_a_day_with_a_missing_article_is_not(tmp_path: Path) -> None:
    rows = [coverage("2021-04-12", "nasional"), missing("2021-04-12", "global", (key("2021-04-12", 1), "failed"))]
    assert days_of(tmp_path, *rows) == [DayState.MISSING]


def test_a_day_on_which_a_section_was_left_out_is_not(tmp_path: Path) -> None:
    rows = [coverage("2021-04-12", "global"), coverage("2021-04-12", "money"), coverage("2021-04-13", "global")]
    assert days_of(tmp_path, *rows) == [DayState.COMPLETE, DayState.PARTLY]


def test_a_day_that_was_read_too_soon_is_open(tmp_path: Path) -> None:
    assert days_of(tmp_path, coverage("2021-04-12", "global", is_complete=False)) == [DayState.OPEN]


def test_days_between_that_were_never_read_are_counted(tmp_path: Path) -> None:
    rows = [coverage("2021-04-12", "global"), coverage("2021-04-15", "global")]
    states = [DayState.COMPLETE, DayState.UNWALKED, DayState.UNWALKED, DayState.COMPLETE]
    assert days_of(tmp_path, *rows) == states


def test_days_of_the_window_that_were_never_read_are_counted(tmp_path: Path) -> None:
    states = days_of(tmp_path, coverage("2021-04-12", "global"), since="2021-04-10", until="2021-04-13")
    assert states == [DayState.UNWALKED, DayState.UNWALKED, DayState.COMPLETE, DayState.UNWALKED]


def test_an_article_from_a_day_that_was_never_read_does_not_stretch_the_span(tmp_path: Path) -> None:
    stray = coverage("2010-01-01", "global", unlisted=1, walked_at=None, is_complete=False)
    assert days_of(tmp_path, stray, coverage("2021-04-12", "global")) == [DayState.COMPLETE]


def test_what_is_rightly_not_held_is_not_missing(tmp_path: Path) -> None:
    row = coverage("2021-04-12", "global", listed=2, held=0, excluded=1, failed=1, is_complete=False)
    row |= {"missing": [key("2021-04-12", 1), key("2021-04-12", 2)], "missing_reasons": ["gone", "excluded: limit"]}
    write(tmp_path, "coverage", "coverage.parquet", [row])
    (hole,) = facts(tmp_path).holdings.holes
    assert hole.articles == ((key("2021-04-12", 2), "excluded: limit"),)


def test_holes_are_named_with_day_section_and_reason(whole: Facts) -> None:
    (hole,) = whole.holdings.holes
    assert (hole.day, hole.section, hole.missing) == (date(2021, 4, 13), "global", 2)
    assert hole.articles[0] == (key("2021-04-13", 77), "failed: status_500")


def test_runs_of_days_are_told_as_stretches(tmp_path: Path) -> None:
    rows = [coverage(f"2021-04-{day}", "global") for day in ("01", "04", "06")]
    write(tmp_path, "coverage", "coverage.parquet", rows)
    stretches = facts(tmp_path).holdings.stretches(DayState.UNWALKED)
    assert stretches == [(date(2021, 4, 5), date(2021, 4, 5)), (date(2021, 4, 2), date(2021, 4, 3))]


def test_many_days_are_cut_into_longer_periods(tmp_path: Path) -> None:
    holdings = facts(years(tmp_path)).holdings
    assert holdings.periods is not None
    assert holdings.periods.unit is Unit.QUARTER
    assert holdings.count(DayState.MISSING) == 73


def test_a_period_is_open_when_one_of_its_days_was_not_read(tmp_path: Path) -> None:
    days = [date(2021, 1, 4) + timedelta(days=count) for count in range(100) if count != 10]
    write(tmp_path, "coverage", "coverage.parquet", [coverage(day.isoformat(), "global") for day in days])
    cells = facts(tmp_path).holdings.cells
    states = {start: cell.state for (start, _), cell in cells.items()}
    assert [start for start, state in states.items() if state is CellState.OPEN] == [date(2021, 1, 11)]


def test_articles_are_counted_by_day_and_section(whole: Facts) -> None:
    assert whole.articles.count == 24
    assert whole.articles.by_day[date(2021, 4, 12), "nasional"] == 1
    assert whole.articles.by_day[date(2021, 4, 12), "global"] == 7


def test_the_window_cuts_articles_edits_and_links(tmp_path: Path) -> None:
    cut = facts(lively(tmp_path), "2021-04-13", "2021-04-13")
    assert (cut.articles.count, cut.edits.articles, cut.linkage.sources) == (8, 0, 8)


def test_the_window_leaves_runs_and_requests_alone(tmp_path: Path) -> None:
    cut = facts(lively(tmp_path), "2021-04-13", "2021-04-13")
    assert (cut.operation.runs, sum(cut.operation.statuses.values())) == (1, 11)


def test_delays_are_told_by_classes_and_quartiles(whole: Facts) -> None:
    delays = whole.articles.delays
    assert delays.classes == (0, 24, 0, 0, 0, 0, 0, 0)
    assert delays.quartiles == (3600, 3600, 3600, 3600)


def test_an_article_dated_after_its_reading_counts_as_read_at_once(tmp_path: Path) -> None:
    row = article(key("2021-04-12", 1))
    row["first_seen_at"] = row["published_at"] - timedelta(minutes=3)
    write_months(tmp_path, "articles", [row])
    assert facts(tmp_path).articles.delays.classes[0] == 1


def test_columns_are_filled_when_they_hold_something(tmp_path: Path) -> None:
    rows = [article(key("2021-04-12", n), authors=["A"] if n else [], description="x" if n else None) for n in range(3)]
    write_months(tmp_path, "articles", rows)
    filled = facts(tmp_path).articles.filled
    assert (filled["authors"], filled["description"], filled["body"], filled["dateline"]) == (2, 2, 3, 0)


def test_flags_are_counted(whole: Facts) -> None:
    assert whole.articles.flags == {"no_author": 3}


def test_edits_are_counted_by_kind_age_and_section(whole: Facts) -> None:
    assert whole.edits.kinds == {"title": 1, "body": 1}
    assert whole.edits.classes == (0, 1, 0, 0, 1, 0, 0)
    assert whole.edits.by_section == {"nasional": 1, "global": 1}


def test_a_headline_is_shown_with_the_one_that_followed_it(whole: Facts) -> None:
    (headline,) = whole.edits.headlines
    assert (headline.before, headline.after) == ("Harga Cabai Naik", MARKUP)


def test_of_three_headlines_each_is_shown_beside_the_next(tmp_path: Path) -> None:
    row = article(key("2021-04-12", 1), title="Tiga", revision=3)
    old = [
        row
        | {"revision": n, "title": title, "change_kind": "title"}
        | {"replaced_at": row["fetched_at"] + timedelta(hours=n)}
        for n, title in ((1, "Satu"), (2, "Dua"))
    ]
    write_months(tmp_path, "articles", [row])
    write_months(tmp_path, "revisions", old)
    pairs = [(headline.before, headline.after) for headline in facts(tmp_path).edits.headlines]
    assert pairs == [("Dua", "Tiga"), ("Satu", "Dua")]


def test_links_between_sections_are_counted_also_to_articles_that_are_not_held(tmp_path: Path) -> None:
    source = key("2021-04-12", 1)
    write_months(tmp_path, "articles", [article(source)])
    write_months(tmp_path, "links", [link(source, key("2020-01-02", n, 26)) for n in range(3)])
    linkage = facts(tmp_path).linkage
    assert linkage.between == {("global", "money"): 3}
    assert (linkage.to_articles, linkage.to_held) == (3, 0)


def test_links_of_widgets_are_counted_and_left_out_of_the_rest(tmp_path: Path) -> None:
    source = key("2021-04-12", 1)
    write_months(tmp_path, "articles", [article(source)])
    write_months(tmp_path, "links", [link(source, key("2020-01-02", 1), kind) for kind in ("terkini", "terkait")])
    linkage = facts(tmp_path).linkage
    assert linkage.kinds == {"terkini": 1, "terkait": 1}
    assert (linkage.between, linkage.most, linkage.sources) == ({}, (), 0)


def test_the_most_linked_come_first_under_their_own_headline_or_that_of_a_link(tmp_path: Path) -> None:
    sources = [key("2021-04-12", n) for n in range(4)]
    write_months(tmp_path, "articles", [article(source, title=f"Dipegang {source}") for source in sources])
    away = key("2020-01-02", 5, 26)
    rows = [link(source, sources[0]) for source in sources[1:]] + [link(source, away) for source in sources[2:]]
    rows += [link(sources[0], away, "inline", text="kata ini")]
    write_months(tmp_path, "links", rows)
    first, second = facts(tmp_path).linkage.most
    assert {(one.title, one.links, one.is_held) for one in (first, second)} == {
        (f"Dipegang {sources[0]}", 3, True),
        (f"Judul {away}", 3, False),
    }


def test_a_run_that_was_killed_is_told_from_one_that_failed(tmp_path: Path) -> None:
    run(tmp_path, "r1", exit_code=None)
    operation = facts(tmp_path).operation
    assert (operation.last[0].exit_code, operation.last[0].seconds, operation.failed) == (None, None, 1)


def test_answers_are_counted_by_status_and_by_the_hour(whole: Facts) -> None:
    assert whole.operation.statuses == {"200": 9, "none": 2}
    assert list(whole.operation.hours.values()) == [9]
    assert whole.operation.seconds == 0.5
