"""Commits whose work is shared by others: what comes out is what one alone makes."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from kompas_crawler.archive import Archive, Removal, shares
from kompas_crawler.archive import commit as committing
from kompas_crawler.archive.prepared import Prepared
from tests.archive.looks import everything, indexed
from tests.archive.made import NOON, VERSION, article, key_of, link, minutes, seen, visit

TEXT = " ".join(f"Warga desa ke-{number} kembali ke rumah." for number in range(40))


def one_after_the_other(work, units):
    for unit in units:
        yield unit, work(unit)


def backwards(work, units):
    """A runner whose shares end in another order."""
    for unit in reversed(units):
        yield unit, work(unit)


def twice(work, units):
    """A runner that takes a worker for lost who does its share nevertheless."""
    for unit in units:
        work(unit)
        yield unit, work(unit)


@pytest.fixture(autouse=True)
def small(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(committing, "FEWEST_APART", 1)
    monkeypatch.setattr(shares, "ARTICLES_OF_SHARE", 3)
    monkeypatch.setattr(shares, "ARTICLES_OF_SLICE", 2)


def stage(archive: Archive, *, brings_many: bool) -> None:
    """Articles of three months, copies of earlier and of held ones, edits, a removal, and one of two months."""
    with archive.stage("r2", software_version=VERSION, started_at=NOON) as staging:
        staging._brings_many = brings_many
        for number in range(2, 12):
            day = NOON + timedelta(days=31 * (number % 3), seconds=number)
            body = f"{TEXT} Selesai {number}." if number % 2 else f"Kabar nomor {number}. " * 20
            one = article(number, published_at=day, body=body)
            key = f"{one.published_on:%Y%m%d}-{key_of(number)[9:]}"
            one = replace(one, article_id=key)
            staging.observe(seen(one, minutes(number), links=[link(number + 1), link(number + 2)]))
            staging.visit(visit(number, run_id="r2", article_id=key, url=one.url))
        staging.observe(seen(article(1, body=f"{TEXT} Ralat."), minutes(30)))
        staging.removed(Removal(article_id=key_of(1), seen_at=minutes(40), status=404))
        staging.observe(seen(article(20, body=TEXT, published_at=NOON + timedelta(days=90)), minutes(31)))


def filled(location: Path, spread: Callable | None, *, brings_many: bool = True) -> Archive:
    archive = Archive(str(location))
    with archive.stage("r1", software_version=VERSION, started_at=NOON) as staging:
        staging.observe(seen(article(1, body=TEXT)))
    archive.commit()
    stage(archive, brings_many=brings_many)
    archive.commit(spread=spread)
    return archive


@pytest.mark.parametrize("spread", [one_after_the_other, backwards, twice])
@pytest.mark.parametrize("brings_many", [True, False], ids=["signed", "unsigned"])
def test_shares_come_to_what_one_alone_makes(tmp_path: Path, spread: Callable, brings_many: bool):
    alone, shared = filled(tmp_path / "alone", None), filled(tmp_path / "shared", spread, brings_many=brings_many)
    assert everything(shared) == everything(alone)
    assert indexed(shared.index_path) == indexed(alone.index_path)
    assert any(row["duplicate_of"] for row in everything(alone)["articles"])


def test_rounds_come_to_what_one_commit_makes(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    reports = []
    for name, batches in (("one", 100), ("rounds", 1)):
        monkeypatch.setattr(committing, "BATCHES_OF_ROUND", batches)
        archive = Archive(str(tmp_path / name))
        for number in range(1, 4):
            with archive.stage("r1", software_version=VERSION, started_at=NOON) as staging:
                staging.observe(seen(article(number, body=f"{TEXT} Selesai {number}."), minutes(number)))
                staging.visit(visit(number))
        reports.append(archive.commit())
    assert everything(Archive(str(tmp_path / "rounds"))) == everything(Archive(str(tmp_path / "one")))
    one, several = ((one.rows_new, one.visits, one.batches, one.months) for one in reports)
    assert several == one
    assert one[:2] == (3, 3)


def test_what_a_lost_worker_prepared_is_removed_by_the_next_commit(tmp_path: Path):
    archive = filled(tmp_path, twice)
    assert archive.storage.files("prepared")
    assert archive.commit().leftovers
    assert archive.storage.files("prepared") == []


def test_what_is_prepared_is_seen_by_nobody_else(tmp_path: Path):
    archive = filled(tmp_path, None)
    path = archive.storage.files("articles")[0]
    before = archive.storage.open(path)
    prepared = Prepared(archive.storage)
    prepared.write(path, lambda sink: sink.write(b"otherwise") and None)
    with before, archive.storage.open(path) as still, prepared.open(path) as changed:
        assert before.read() == still.read()
        assert changed.read() == b"otherwise"


def test_a_copy_stays_marked_when_something_else_of_it_changes(tmp_path: Path):
    archive = filled(tmp_path, None)
    copy = next(row for row in everything(archive)["articles"] if row["duplicate_of"])
    with archive.stage("r3", software_version=VERSION) as staging:
        same = article(3, body=copy["body"], published_at=copy["published_at"], tags=("lain",))
        staging.observe(seen(replace(same, article_id=copy["article_id"], url=copy["url"]), minutes(900)))
    archive.commit()
    (row,) = [row for row in everything(archive)["articles"] if row["article_id"] == copy["article_id"]]
    assert (row["tags"], row["duplicate_of"]) == (["lain"], copy["duplicate_of"])
