"""Archives of other schema versions: brought up to this one by a chain of steps, or refused."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from kompas_crawler.archive import Archive, migrate, schema
from kompas_crawler.errors import ArchiveError, SchemaMismatch
from tests.archive.looks import check_sound, everything, rows, valid_at
from tests.archive.made import VERSION, article, keep, key_of, minutes, seen

STORED = Path(__file__).parent / "fixtures" / "v1"
"""An archive as version 1 wrote it: two articles, one edited, one moved to another month, and the books of two runs."""


@pytest.fixture
def stored(tmp_path: Path) -> Path:
    shutil.copytree(STORED, tmp_path / "v1")
    return tmp_path / "v1"


def as_version(path: Path, version: int) -> None:
    """Make an archive say that it is of another version, whose articles called the headline `headline`."""
    for file in path.rglob("*.parquet"):
        table = pq.ParquetFile(file).read()
        metadata = table.schema.metadata | {schema.VERSION_KEY: str(version).encode()}
        names = ["headline" if name == "title" else name for name in table.column_names]
        pq.write_table(table.rename_columns(names).replace_schema_metadata(metadata), file)
    marker = json.loads((path / "commit.json").read_text())
    (path / "commit.json").write_text(json.dumps(marker | {"schema_version": version}))


def with_titles(table: str, rows: pa.Table) -> pa.Table:
    return rows.rename_columns(["title" if name == "headline" else name for name in rows.column_names])


def run(path: Path, steps: dict[int, migrate.Step]) -> list[str]:
    return migrate.migrate(Archive(str(path)).storage, software_version=VERSION, steps=steps)


def test_an_archive_of_version_1_is_read_as_it_is(stored: Path) -> None:
    archive = Archive(str(stored))
    check_sound(archive)
    assert {table: len(found) for table, found in everything(archive).items()} == {
        "articles": 2,
        "revisions": 2,
        "links": 1,
        "visits": 2,
        "walks": 1,
        "coverage": 2,
        "runs": 1,
    }
    assert valid_at(archive, minutes(1)) == {key_of(number): (article().body, False) for number in (1, 2)}
    assert valid_at(archive, minutes(9))[key_of(1)] == ("Edisi kedua.", False)


def test_an_archive_of_version_1_goes_on(stored: Path) -> None:
    archive = Archive(str(stored))
    known = archive.known(key_of(1))
    assert known is not None
    assert known.revision == 2
    assert keep(archive, seen(article(1, body="Edisi ketiga."), minutes(30)), run_id="r3").rows_changed == 1


def test_nothing_is_migrated_when_all_is_of_this_version(stored: Path) -> None:
    assert Archive(str(stored)).migrate() == []


def test_a_chain_of_steps_brings_every_file_up(stored: Path) -> None:
    expected = everything(Archive(str(stored)))
    as_version(stored, 0)
    assert len(run(stored, {0: with_titles})) == len(list(stored.rglob("*.parquet")))
    assert everything(Archive(str(stored))) == expected
    assert Archive(str(stored)).known(key_of(1)) is not None


def test_a_migration_that_died_is_gone_on_with(stored: Path) -> None:
    expected = everything(Archive(str(stored)))
    as_version(stored, 0)

    def dying(table: str, rows: pa.Table) -> pa.Table:
        if table == "revisions":
            raise KeyboardInterrupt
        return with_titles(table, rows)

    with pytest.raises(KeyboardInterrupt):
        run(stored, {0: dying})
    with pytest.raises(SchemaMismatch, match="scrapy migrate"):
        Archive(str(stored)).known(key_of(1))
    assert run(stored, {0: with_titles})
    assert everything(Archive(str(stored))) == expected


@pytest.mark.parametrize("version", [0, 99])
def test_a_version_without_a_way_to_this_one_is_refused_before_anything_is_written(stored: Path, version: int) -> None:
    as_version(stored, version)
    before = {path: path.read_bytes() for path in stored.rglob("*.parquet")}
    with pytest.raises(SchemaMismatch, match="no migration leads from there"):
        Archive(str(stored)).migrate()
    assert {path: path.read_bytes() for path in stored.rglob("*.parquet")} == before


def test_an_archive_of_another_version_is_not_written_to(stored: Path) -> None:
    as_version(stored, 99)
    archive = Archive(str(stored))
    with pytest.raises(SchemaMismatch, match="scrapy migrate"):
        keep(archive, seen(article(5)))
    assert len(archive.storage.files("staging")) == 1


def test_staged_records_are_committed_by_the_version_that_staged_them(stored: Path) -> None:
    as_version(stored, 0)
    staging = Archive(str(stored)).stage("r3", software_version=VERSION)
    staging.observe(seen(article(5)))
    staging.close()
    with pytest.raises(ArchiveError, match="commit them with that first"):
        run(stored, {0: with_titles})


def test_a_column_that_was_added_since_is_null_in_older_files(stored: Path) -> None:
    for file in stored.glob("articles/**/*.parquet"):
        table = pq.ParquetFile(file).read()
        pq.write_table(table.drop_columns(["gone_at"]), file)
    archive = Archive(str(stored))
    assert [row["gone_at"] for row in rows(archive, "articles")] == [None, None]
    assert keep(archive, seen(article(7)), run_id="r3").rows_new == 1


def test_a_column_of_newer_software_is_not_thrown_away(stored: Path) -> None:
    (file,) = stored.glob("articles/year=2021/month=04/*.parquet")
    table = pq.ParquetFile(file).read()
    pq.write_table(table.append_column("mood", pa.array(["glad"] * table.num_rows)), file)
    with pytest.raises(SchemaMismatch, match="mood"):
        keep(Archive(str(stored)), seen(article(7)), run_id="r3")


def test_a_lost_marker_is_no_lost_archive(stored: Path) -> None:
    (stored / "commit.json").unlink()
    assert Archive(str(stored)).known(key_of(2)) is not None
