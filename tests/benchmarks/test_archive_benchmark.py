"""That the benchmark of the archive still measures everything it names, on a small archive."""

from __future__ import annotations

import json
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from benchmarks.archive import MEASUREMENTS, commit, generate, measure
from benchmarks.growth import BEYOND, FIGURES, MARK, PAGES, PICTURE, picture, tables
from benchmarks.marked import between_marks
from kompas_crawler import load
from kompas_crawler.archive import Archive
from kompas_crawler.archive.verify import verify


@pytest.mark.slow
def test_every_measurement_gives_a_time_for_an_archive_of_any_size(tmp_path: Path) -> None:
    for name in MEASUREMENTS:
        (seconds,), peak_mb = measure(name, tmp_path, 300, 1)
        assert seconds > 0 < peak_mb


@pytest.fixture(scope="module")
def grown() -> dict[str, Any]:
    """The figures that were written down last."""
    figures: dict[str, Any] = json.loads(FIGURES.read_text())
    return figures


@pytest.mark.parametrize("page", PAGES, ids=[page.name for page in PAGES])
def test_the_pages_show_the_figures_that_were_written_down(page: Path, grown: dict[str, Any]) -> None:
    assert between_marks(page.read_text(), MARK, tables(grown)) == page.read_text()


def test_the_curves_are_those_of_the_figures(grown: dict[str, Any]) -> None:
    pytest.importorskip("vl_convert")
    assert PICTURE.read_text() == picture(grown) + "\n"


def test_the_table_has_every_size_and_what_is_beyond(grown: dict[str, Any]) -> None:
    shown = [line for line in tables(grown).splitlines()[2:] if line.startswith("|")]
    sizes = [*(f"{int(size):,}" for size in grown["sizes"]), f"{BEYOND:,}, extrapolated"]
    assert [line.split(" | ")[0].removeprefix("| ") for line in shown] == sizes


def test_what_is_measured_is_a_sound_archive_that_grows(tmp_path: Path) -> None:
    generate(tmp_path, 300, 0)
    commit(tmp_path, 300, 0)
    assert load(tmp_path).count() == 1_300
    assert load(tmp_path, revisions=True).count() == 1_500
    with closing(Archive(str(tmp_path))) as archive:
        assert [str(finding) for finding in verify(archive.storage, archive.index_path)] == []
