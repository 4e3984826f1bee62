"""That the figures of the benchmark become the tables of the documentation, and that it still measures everything."""

from __future__ import annotations

import json
from typing import Any

import pytest

from benchmarks.crawls import figures
from benchmarks.pageserver import Pages
from benchmarks.performance import FIGURES, LEAST, measure_crawls
from benchmarks.performance_page import PAGE, tables, targets, with_tables
from benchmarks.processes import Cost
from kompas_crawler.site import parse_article


@pytest.fixture(scope="module")
def measured() -> dict[str, Any]:
    """The figures that were written down last."""
    figures: dict[str, Any] = json.loads(FIGURES.read_text())
    return figures


def test_the_page_shows_the_figures_that_were_written_down(measured: dict[str, Any]) -> None:
    page = PAGE.read_text()
    assert with_tables(page, measured) == page


def test_a_page_without_a_place_for_the_tables_is_refused(measured: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match="lacks the marks"):
        with_tables("# Performance", measured)


def test_every_contender_and_every_layout_has_a_row(measured: dict[str, Any]) -> None:
    shown = tables(measured)
    names = [one["name"] for one in measured["crawl"] + measured["parse"]]
    assert [name for name in names if f"| {name} |" not in shown] == []


def test_an_aim_is_reached_only_when_its_figure_is_good_enough(measured: dict[str, Any]) -> None:
    cheap, dear = json.loads(json.dumps(measured)), json.loads(json.dumps(measured))
    for changed, seconds in ((cheap, 0.1), (dear, 1_000.0)):
        changed["crawl"][2]["cpu_per_1000"]["median"] = seconds
    assert [met for *_, met in targets(cheap)[:2]] == [True, True]
    assert [met for *_, met in targets(dear)[:2]] == [False, False]


def test_start_up_is_not_in_the_cost_of_a_page() -> None:
    pair = Cost(cpu_seconds=3.0, wall_seconds=4.0, peak_mb=100), Cost(cpu_seconds=8.0, wall_seconds=14.0, peak_mb=120)
    found = figures("one", [pair], pages=1_000)
    assert (found.cpu_per_1000.median, found.pages_per_second, found.peak_mb) == (5.0, 100.0, 120)
    assert found.start_seconds == pytest.approx(2.0)


def test_a_short_crawl_that_had_to_wait_does_not_turn_the_rate_of_pages_around() -> None:
    pair = Cost(cpu_seconds=3.0, wall_seconds=20.0, peak_mb=100), Cost(cpu_seconds=8.0, wall_seconds=14.0, peak_mb=120)
    assert figures("one", [pair], pages=1_000).pages_per_second == 200.0


def test_the_pages_of_the_server_are_articles_without_any_flag() -> None:
    from isal import igzip

    answer = Pages().answer(b"2021/04/15", b"06063311")
    page = igzip.decompress(answer.partition(b"\r\n\r\n")[2])
    address = "https://nasional.kompas.com/read/2021/04/15/06063311/judul-berita-untuk-mengukur-waktu"
    assert parse_article(page, address).article.flags == ()


@pytest.mark.slow
def test_every_contender_crawls() -> None:
    assert len(measure_crawls(LEAST)["crawl"]) == 5
