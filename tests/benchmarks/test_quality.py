"""That the parser does not get worse: every figure of the quality table stays at its floor or above."""

from __future__ import annotations

from pathlib import Path

import pytest

from benchmarks import reference
from benchmarks.quality import below, figures_of, from_cases, from_saved_pages, ours, read_floors
from benchmarks.scores import NAMED, Score, score

PAGE = """<html><body><h1 class="read__title">Pos Ronda Terapung</h1>
<div class="read__time">Kompas.com - Diperbarui 16/10/2020, 19:14 WIB</div>
<div id="penulis"><span>Penulis</span> <a href="#">Sari Puspita</a></div>
<div class="read__content"><p><strong>TEGAL, KOMPAS.com</strong> - Satu.<br><br>Dua<br>dan tiga.</p>
<div class="photo">Keterangan foto.</div>
<table><tr><td>Empat</td><td>lima</td></tr></table><ul><li>Enam</li><li>Tujuh</li></ul>
<p><strong>Baca juga: <a href="/read/2020/10/15/22021631/x">Delapan</a></strong></p></div></body></html>"""


def test_no_figure_over_the_cases_is_below_its_floor() -> None:
    samples = list(from_cases())
    total = score([(sample.page, sample.wanted) for sample in samples], ours(samples))
    assert below(read_floors()["cases"], figures_of(total)) == {}


@pytest.mark.pages
@pytest.mark.slow
@pytest.mark.xdist_group("rendering")
@pytest.mark.skipif(reference.find_browser() is None, reason="no browser is installed, which lays out the pages")
def test_no_figure_over_the_saved_pages_is_below_its_floor(pages_dir: Path) -> None:
    samples = list(from_saved_pages(pages_dir))
    total = score([(sample.page, sample.wanted) for sample in samples], ours(samples))
    assert below(read_floors()["pages"], figures_of(total)) == {}


def test_a_reading_that_says_the_same_is_perfect() -> None:
    wanted = {"title": "Satu", "authors": ["Sari Puspita"], "body": ["Satu dua.", "Tiga."]}
    total = score([("a", wanted)], {"a": dict(wanted)})
    assert set(total.figures.values()) == {1.0}


def test_a_page_without_a_reading_counts_as_nothing_found() -> None:
    total = score([("a", {"title": "Satu", "body": ["Satu dua.", "Tiga."]})], {})
    assert total.figures == {
        "paragraph precision": 0.0,
        "paragraph recall": 0.0,
        "paragraph F1": 0.0,
        "words": 0.0,
        "not empty": 0.0,
        "title": 0.0,
    }


def test_merged_paragraphs_cost_paragraphs_and_no_words() -> None:
    total = score([("a", {"body": ["Satu dua.", "Tiga.", "Empat."]})], {"a": {"body": ["Satu dua. Tiga.", "Empat."]}})
    assert (total.figures["paragraph recall"], total.figures["paragraph precision"]) == (1 / 3, 1 / 2)
    assert total.word_error_rate == 0.0


def test_a_word_too_many_and_one_too_few_are_two_errors() -> None:
    total = score([("a", {"body": ["Satu dua tiga empat."]})], {"a": {"body": ["Satu tiga empat. Lima."]}})
    assert total.word_error_rate == 2 / 4


def test_a_list_of_people_that_holds_the_writers_names_them() -> None:
    total = Score()
    total.add({"authors": ["Sari"]}, {"authors": ["Kompas Cyber Media", "Sari"]})
    assert (total.figures["authors"], total.figures[NAMED]) == (0.0, 1.0)


def test_the_reference_reads_plain_fields() -> None:
    said = reference.fields(PAGE.encode(), "https://www.kompas.com/tren/read/2020/10/15/191400365/x")
    assert said == {
        "article_id": "20201015-191400365",
        "published_on": "2020-10-15",
        "title": "Pos Ronda Terapung",
        "updated_minute": "2020-10-16T19:14:00+07:00",
        "authors": ["Sari Puspita"],
    }


@pytest.mark.xdist_group("rendering")
@pytest.mark.skipif(reference.find_browser() is None, reason="no browser is installed, which lays out the pages")
def test_the_reference_reads_the_text_as_a_browser_lays_it_out() -> None:
    with reference.opened() as layouter:
        paragraphs = layouter.paragraphs(PAGE.encode())
    assert paragraphs == ["TEGAL, KOMPAS.com - Satu.", "Dua dan tiga.", "Empat lima", "Enam", "Tujuh"]
