"""What deviates is withheld before it reaches the tables, whatever dies on the way, and can be released or dropped."""

from __future__ import annotations

import json
import shutil
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest

from kompas_crawler.archive import Archive, CommitReport, Gate, Sighting
from kompas_crawler.archive.gate import FARTHEST_MONTHS
from kompas_crawler.archive.quarantine import Sample, decisions, save_samples
from kompas_crawler.errors import ArchiveError, UsageError
from kompas_crawler.items import Flag, Outcome
from tests.archive.looks import check_sound, everything, rows
from tests.archive.made import NOON, VERSION, article, key_of, link, minutes, seen, visit
from tests.archive.test_interruptions import CutOff, PowerCut

TEXT = "Banjir surut di desa itu setelah hujan reda, dan warga kembali ke rumah masing-masing sejak pagi. " * 5


def good(number: int, **more: Any) -> Any:
    """An article on which nothing is amiss."""
    fields: dict[str, Any] = {
        "body": f"{TEXT} {number}",
        "description": "Ringkas.",
        "editors": ("Erna Kusuma",),
        "published_text": "Kompas.com - 14/04/2021, 12:00 WIB",
        "image_url": "https://asset.kompas.com/a.jpg",
        "image_caption": "Banjir.",
        "image_credit": "KOMPAS.com",
    }
    return article(number, **fields | more)


def empty(number: int, **more: Any) -> Any:
    return good(number, **{"body": "", "word_count": 0, "paragraph_count": 0, "flags": (Flag.EMPTY_BODY,)} | more)


def stage(archive: Archive, run_id: str, *articles: Any) -> None:
    """What a run leaves in staging when it is killed: rows, links, a sighting and visits of some articles."""
    begin = 1_000 * int(run_id[1:])
    with archive.stage(run_id, software_version=VERSION) as staging:
        for number, one in enumerate(articles, begin):
            staging.observe(seen(one, minutes(number), links=[link(900)]))
            about = {"article_id": one.article_id, "section": one.section, "visited_at": minutes(number)}
            staging.visit(visit(1, run_id=run_id, url=one.url, **about))
            staging.sighted(Sighting(article_id=one.article_id, seen_at=minutes(number + 1)))


def commit(archive: Archive) -> CommitReport:
    """Commit as a new process does."""
    return archive.commit(Gate(archive.storage))


def held(archive: Archive) -> set[str]:
    return {row["article_id"] for row in rows(archive, "articles")}


@pytest.fixture
def archive(tmp_path: Path) -> Archive:
    """An archive with forty ordinary articles."""
    archive = Archive(str(tmp_path / "held"))
    stage(archive, "r1", *(good(number) for number in range(40)))
    assert commit(archive).withheld == []
    return archive


BAD = [key_of(number) for number in range(100, 106)]


def stage_a_change(archive: Archive, run_id: str = "r2") -> None:
    """Six empty articles of one section, six ordinary ones of another."""
    bad = [empty(number) for number in range(100, 106)]
    stage(archive, run_id, *bad, *(good(number, section="tren") for number in range(200, 206)))


def test_what_deviates_is_withheld_and_the_other_sections_are_published(archive: Archive) -> None:
    stage_a_change(archive)
    (decision,) = commit(archive).withheld
    assert (decision.run_id, list(decision.withheld)) == ("r2", BAD)
    assert held(archive) == {*map(key_of, range(40)), *map(key_of, range(200, 206))}
    assert archive.storage.files("staging") == []


def test_links_of_what_is_withheld_are_not_published(archive: Archive) -> None:
    stage_a_change(archive)
    commit(archive)
    assert set(BAD).isdisjoint(row["article_id"] for row in rows(archive, "links"))


def test_visits_and_coverage_say_that_it_is_in_quarantine(archive: Archive) -> None:
    stage_a_change(archive)
    commit(archive)
    visits = {row["article_id"]: (row["outcome"], row["reason"]) for row in rows(archive, "visits")}
    assert {visits[key] for key in BAD} == {("excluded", "quarantined")}
    (day,) = [row for row in rows(archive, "coverage") if row["section"] == "global"]
    assert (day["missing"], set(day["missing_reasons"])) == (BAD, {"excluded: quarantined"})
    assert (day["failed"], day["is_complete"]) == (len(BAD), False)


def test_the_archive_knows_what_is_in_quarantine(archive: Archive) -> None:
    stage_a_change(archive)
    commit(archive)
    assert archive.is_quarantined(BAD[0])
    assert not archive.is_quarantined(key_of(1))
    assert Archive(archive.location).is_quarantined(BAD[0])


def test_an_edit_that_deviates_leaves_the_row_that_is_held(archive: Archive) -> None:
    stage(archive, "r2", *(good(number, published_text=None) for number in range(10)))
    (decision,) = commit(archive).withheld
    assert len(decision.withheld) == 10
    assert all(row["published_text"] for row in rows(archive, "articles"))


def test_pages_that_became_no_row_are_counted_and_wait_too(archive: Archive) -> None:
    with archive.stage("r2", software_version=VERSION) as staging:
        for number in range(100, 105):
            lost = {"url": f"https://www.kompas.com/global/read/2021/04/14/{key_of(number)[9:]}/x"}
            reason = {"outcome": Outcome.UNPARSED, "reason": "unknown_layout"}
            staging.visit(visit(number, run_id="r2", **lost | reason))
    (decision,) = commit(archive).withheld
    assert decision.findings == (
        "unparsed in global: 5 of 5 articles in no layout that is known (100%, usual 0.5%)",
        *decision.findings[1:],
    )
    assert list(decision.unparsed) == [key_of(number) for number in range(100, 105)]
    assert archive.is_quarantined(key_of(100))


def test_a_doubtful_batch_of_a_run_that_goes_on_waits_for_more(archive: Archive) -> None:
    gate = Gate(archive.storage)
    stage(archive, "r2", *(good(number, authors=()) for number in range(100, 103)))
    report = archive.commit(gate, unfinished={"r2"})
    assert (report.is_waiting, report.withheld, held(archive)) == (True, [], set(map(key_of, range(40))))
    stage(archive, "r2", *(good(number) for number in range(110, 130)))
    assert archive.commit(gate, unfinished={"r2"}).is_waiting is False
    assert len(held(archive)) == 63


def test_a_doubtful_batch_of_a_run_that_has_ended_is_published(archive: Archive) -> None:
    stage(archive, "r2", *(good(number, authors=()) for number in range(100, 103)))
    report = commit(archive)
    assert (report.is_waiting, report.rows_new) == (False, 3)


def test_what_is_rare_in_each_batch_is_seen_in_the_run(archive: Archive) -> None:
    gate = Gate(archive.storage)
    withheld = []
    for number in range(100, 106):
        stage(archive, "r2", empty(number, section="food"))
        withheld += archive.commit(gate, unfinished={"r2"}).withheld
    assert withheld
    assert sum(not row["body"] for row in rows(archive, "articles")) <= 2


def test_articles_of_long_ago_are_not_compared_with_those_of_today(archive: Archive) -> None:
    long_ago = NOON.replace(year=NOON.year - FARTHEST_MONTHS // 12 - 1)
    old = [good(number, dateline=None, published_at=long_ago, editors=()) for number in range(100, 104)]
    stage(archive, "r2", *old)
    assert commit(archive).withheld == []


def test_rows_that_no_page_was_read_for_are_not_measured(archive: Archive) -> None:
    bare = {"layout": "list", "flags": (Flag.METADATA_ONLY,), "body": "", "authors": (), "published_text": None}
    stage(archive, "r2", *(good(number, **bare) for number in range(100, 120)))
    assert commit(archive).withheld == []


def test_release_publishes_what_was_withheld(archive: Archive) -> None:
    stage_a_change(archive)
    commit(archive)
    report = archive.release("r2")
    assert (report.rows_new, set(BAD) <= held(archive)) == (6, True)
    assert archive.storage.files("quarantine") == []
    assert not archive.is_quarantined(BAD[0])
    check_sound(archive)


def test_the_books_of_the_run_stay_as_they_were_when_it_ended(archive: Archive) -> None:
    stage_a_change(archive)
    commit(archive)
    before = rows(archive, "visits")
    archive.release("r2")
    assert rows(archive, "visits") == before


def test_what_was_released_is_usual_in_later_runs(archive: Archive) -> None:
    stage_a_change(archive)
    commit(archive)
    archive.release("r2")
    stage(archive, "r3", *(empty(number) for number in range(300, 306)))
    assert commit(archive).withheld == []


def test_without_a_release_the_alarm_goes_on(archive: Archive) -> None:
    stage_a_change(archive)
    commit(archive)
    stage(archive, "r3", *(empty(number) for number in range(300, 306)))
    assert [decision.run_id for decision in commit(archive).withheld] == ["r3"]
    assert {decision.run_id for decision in decisions(archive.storage)} == {"r2", "r3"}


def test_discard_drops_what_was_withheld(archive: Archive) -> None:
    stage_a_change(archive)
    commit(archive)
    (decision,) = archive.discard("r2")
    assert list(decision.withheld) == BAD
    assert archive.storage.files("quarantine") == []
    assert set(BAD).isdisjoint(held(archive))
    agenda = archive.agenda()
    assert agenda is not None
    assert set(BAD) <= {wanted.article_id for wanted in agenda.wanted(NOON.date())}


@pytest.mark.parametrize("act", [Archive.release, Archive.discard])
def test_a_run_that_is_not_in_quarantine_is_refused_with_those_that_are(act: Any, archive: Archive) -> None:
    stage_a_change(archive)
    commit(archive)
    with pytest.raises(UsageError, match=r"no run r9 is in quarantine.*there are r2"):
        act(archive, "r9")


def test_samples_are_stored_with_what_each_shows(archive: Archive) -> None:
    save_samples(archive.storage, "r2", [Sample("20210414-1", "https://a", "empty_body in tren", b"<html>")])
    save_samples(archive.storage, "r2", [Sample("20210414-1", "https://a", "authors in tren", b"<html>")])
    (line,) = (Path(archive.location) / "quarantine/r2/samples/index.jsonl").read_text().splitlines()
    assert json.loads(line) == {"file": "20210414-1.html.gz", "kind": "article", "url": "https://a",
                                "why": "authors in tren"}  # fmt: skip


@pytest.mark.parametrize("name", ["quarantine/r2/decision-0001.json", "accepted.json"])
def test_a_damaged_file_of_the_gate_is_storage_trouble(name: str, archive: Archive) -> None:
    path = Path(archive.location) / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("{")
    stage_a_change(archive, "r3")
    with pytest.raises(ArchiveError, match="restore or remove it"):
        commit(archive)


def cut_off(path: Path, changes: int, *, last_is_done: bool, act: Any) -> bool:
    """Let power fail after so many changes of `act`; return whether it did."""
    cut = Archive(str(path))
    cut.storage = CutOff(path, changes, last_is_done=last_is_done)
    try:
        with suppress(FileNotFoundError):
            act(cut)
    except PowerCut:
        return True
    finally:
        cut.close()
    return False


def copy_of(archive: Archive, name: str) -> Path:
    archive.close()
    target = Path(archive.location).with_name(name)
    shutil.copytree(archive.location, target)
    return target


@pytest.mark.parametrize("last_is_done", [True, False])
def test_wherever_withholding_is_cut_off_nothing_bad_is_published_and_nothing_lost(
    archive: Archive, last_is_done: bool
) -> None:
    stage_a_change(archive)
    whole = Archive(str(copy_of(archive, "whole")))
    commit(whole)
    expected = everything(whole)
    for changes in range(1, 100):
        path = copy_of(archive, f"cut{changes}")
        was_cut = cut_off(path, changes, last_is_done=last_is_done, act=commit)
        found = Archive(str(path))
        assert set(BAD).isdisjoint(held(found)), changes
        if not was_cut:
            break
        commit(found)
        assert everything(found) == expected, changes
        assert set(decisions(found.storage)[0].withheld) == set(BAD)
        found.release("r2")
        assert set(BAD) <= held(found), changes
    assert 10 < changes < 99


@pytest.mark.parametrize("last_is_done", [True, False])
def test_wherever_a_release_is_cut_off_it_can_be_done_again(archive: Archive, last_is_done: bool) -> None:
    stage_a_change(archive)
    commit(archive)
    whole = Archive(str(copy_of(archive, "whole")))
    whole.release("r2")
    expected = everything(whole)
    for changes in range(1, 100):
        path = copy_of(archive, f"cut{changes}")
        was_cut = cut_off(path, changes, last_is_done=last_is_done, act=lambda cut: cut.release("r2"))
        found = Archive(str(path))
        if decisions(found.storage):
            found.release("r2")
        assert everything(found) == expected, changes
        if not was_cut:
            break
    assert 5 < changes < 99
