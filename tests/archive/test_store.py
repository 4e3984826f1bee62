"""The archive as a crawl uses it: what is known, judged, kept, and how the tables look to their readers."""

from __future__ import annotations

import os
import stat
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.dataset as ds
import pyarrow.parquet as pq
import pytest

from kompas_crawler.archive import Archive, Removal, Sighting, schema
from kompas_crawler.archive.months import Month
from kompas_crawler.archive.parquet import Stamp
from kompas_crawler.archive.partitions import remark
from kompas_crawler.archive.storage import LocalStorage
from kompas_crawler.errors import ArchiveError, RecordRefused
from kompas_crawler.items import ChangeKind, Flag, LinkKind, Outcome, Route
from tests.archive.looks import everything, indexed, rows
from tests.archive.made import NOON, VERSION, article, keep, key_of, link, minutes, seen, visit, walk

TEXT = " ".join(f"Warga desa ke-{number} kembali ke rumah." for number in range(40))


@pytest.fixture
def archive(tmp_path: Path) -> Archive:
    return Archive(str(tmp_path / "output"))


def files(archive: Archive) -> list[str]:
    return [path for path in archive.storage.files(".") if path.endswith(".parquet")]


def times(archive: Archive) -> dict[str, int]:
    return {path: Path(archive.location, path).stat().st_mtime_ns for path in files(archive)}


def test_looking_makes_nothing(archive: Archive, tmp_path: Path) -> None:
    assert archive.known(key_of(1)) is None
    assert archive.judge(article()).outcome is Outcome.KEPT_NEW
    archive.stage("r1", software_version=VERSION).close()
    assert list(tmp_path.iterdir()) == []


def test_what_is_only_staged_is_not_known(archive: Archive) -> None:
    staging = archive.stage("r1", software_version=VERSION)
    staging.observe(seen(article()))
    staging.flush()
    assert archive.known(key_of(1)) is None


def test_a_committed_article_is_known(archive: Archive) -> None:
    keep(archive, seen(article()))
    known = archive.known(key_of(1))
    assert known is not None
    assert (known.revision, known.fetched_at, known.published_on, known.is_gone, known.layout) == (
        1,
        NOON,
        date(2021, 4, 14),
        False,
        "e1",
    )


@pytest.mark.parametrize(
    ("change", "kind"),
    [
        ({"title": "Banjir Surut, Warga Pulang"}, ChangeKind.TITLE),
        ({"body": "Air sudah surut."}, ChangeKind.BODY),
        ({"authors": ("Budi",)}, ChangeKind.CREDIT),
        ({"editors": ("Budi",)}, ChangeKind.CREDIT),
        ({"updated_at": minutes(90)}, ChangeKind.DATE),
        ({"published_at": minutes(90)}, ChangeKind.DATE),
        ({"tags": ("banjir",)}, ChangeKind.COSMETIC),
        ({"image_caption": "Warga"}, ChangeKind.COSMETIC),
        ({"section": "nasional"}, ChangeKind.COSMETIC),
    ],
    ids=str,
)
def test_a_change_is_judged_by_the_first_kind_that_applies(
    archive: Archive, change: dict[str, Any], kind: ChangeKind
) -> None:
    keep(archive, seen(article()))
    judgement = archive.judge(article(**change))
    assert (judgement.outcome, judgement.change_kind) == (Outcome.KEPT_CHANGED, kind)


@pytest.mark.parametrize(
    "change",
    [
        {"body": "Air  mulai surut\u00a0di desa itu."},
        {"url": "https://global.kompas.com/read/2021/04/14/100001170/banjir"},
        {"published_text": "Kompas.com - 14/04/2021, 12:00 WIB"},
        {"layout": "e2", "parser_version": 7, "rendered": True},
        {"flags": (Flag.NO_BREADCRUMB,)},
        {"image_url": "https://asset.kompas.com/crops/Zz=/0x0:9x9/340x170/data/photo/2021/04/14/a1.jpg"},
    ],
    ids=str,
)
def test_how_a_page_was_written_fetched_or_parsed_is_no_change(archive: Archive, change: dict[str, Any]) -> None:
    picture = "https://asset.kompas.com/crops/Qq=/1x1:8x8/780x390/data/photo/2021/04/14/a1.jpg"
    keep(archive, seen(article(image_url=picture)))
    assert archive.judge(article(**{"image_url": picture} | change)).outcome is Outcome.UNCHANGED


def test_a_first_part_is_judged_poorer_than_the_whole_that_is_held(archive: Archive) -> None:
    keep(archive, seen(article(body=TEXT)))
    judgement = archive.judge(article(body=TEXT[:300], is_complete=False, page_count=2))
    assert (judgement.outcome, judgement.is_poorer) == (Outcome.UNCHANGED, True)


def test_the_judgement_is_what_the_commit_does(archive: Archive) -> None:
    keep(archive, seen(article(body=TEXT)))
    for number, change in enumerate([{"body": "Baru."}, {"tags": ()}, {}, {"body": ""}, {"title": "Lain"}], start=1):
        reading = article(**{"body": TEXT} | change)
        judged = archive.judge(reading).outcome
        report = keep(archive, seen(reading, minutes(number)), run_id=f"r{number}")
        assert report.rows_changed == (judged is Outcome.KEPT_CHANGED), change


def test_a_removed_article_is_gone_and_comes_back_changed_or_not(archive: Archive) -> None:
    keep(archive, seen(article()))
    staging = archive.stage("r2", software_version=VERSION)
    staging.removed(Removal(article_id=key_of(1), seen_at=minutes(5), status=410))
    staging.close()
    assert archive.commit().gone == 1
    known = archive.known(key_of(1))
    assert known is not None
    assert (known.gone_at, known.revision) == (minutes(5), 2)
    assert archive.judge(article()).change_kind is ChangeKind.BACK
    assert [row["change_kind"] for row in rows(archive, "revisions")] == ["gone"]
    assert rows(archive, "articles")[0]["body"] == article().body


def test_a_sighting_moves_the_last_sight_and_adds_its_routes(archive: Archive) -> None:
    keep(archive, seen(article()))
    staging = archive.stage("r2", software_version=VERSION)
    staging.sighted(Sighting(article_id=key_of(1), seen_at=minutes(5), discovered_by=(Route.TERKINI,)))
    staging.close()
    archive.commit()
    (row,) = rows(archive, "articles")
    assert (row["fetched_at"], row["last_seen_at"], row["discovered_by"]) == (NOON, minutes(5), ["index", "terkini"])


def test_an_article_that_changes_its_month_changes_its_partition(archive: Archive) -> None:
    keep(archive, seen(article()))
    keep(archive, seen(article(published_at=minutes(60 * 24 * 30)), minutes(5)), run_id="r2")
    assert [row["month"] for row in rows(archive, "articles")] == [(2021, 5)]
    assert [path for path in files(archive) if path.startswith("articles")] == [
        "articles/year=2021/month=05/articles.parquet"
    ]


def test_links_are_kept_once_with_their_first_and_last_sight(archive: Archive) -> None:
    keep(archive, seen(article(), links=[link(2), link(3, position=2)]))
    keep(archive, seen(article(), minutes(5), links=[link(3, text="Baru"), link(4, kind=LinkKind.INLINE)]), run_id="r2")
    found = [
        (row["target_article_id"], row["position"], row["text"], row["first_seen_at"], row["last_seen_at"])
        for row in rows(archive, "links")
    ]
    assert found == [
        (key_of(2), 1, "Lihat juga", NOON, NOON),
        (key_of(3), 1, "Baru", NOON, minutes(5)),
        (key_of(4), 1, "Lihat juga", minutes(5), minutes(5)),
    ]


def test_committing_without_anything_staged_writes_nothing(archive: Archive) -> None:
    keep(archive, seen(article()))
    before = times(archive)
    assert archive.commit().batches == 0
    assert times(archive) == before


def test_folding_the_same_records_again_changes_nothing(archive: Archive, tmp_path: Path) -> None:
    staging = archive.stage("r1", software_version=VERSION)
    staging.observe(seen(article(), links=[link()]))
    staging.observe(seen(article(body="Lain."), minutes(3)))
    staging.visit(visit())
    staging.walk(walk())
    staging.close()
    again = {path: (tmp_path / "output" / path).read_bytes() for path in archive.storage.files("staging")}
    archive.commit()
    before, index = everything(archive), indexed(archive.index_path)
    for path, content in again.items():
        (tmp_path / "output" / path).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / "output" / path).write_bytes(content)
    assert archive.commit().batches == len(again)
    assert (everything(archive), indexed(archive.index_path)) == (before, index)


def test_an_index_made_again_is_the_index_that_grew(archive: Archive) -> None:
    others = [seen(article(number, body=f"{TEXT} {number % 2}"), minutes(number)) for number in range(2, 30)]
    keep(archive, seen(article()), *others)
    for number, outcome in enumerate([Outcome.KEPT_NEW, Outcome.KNOWN, Outcome.FAILED, Outcome.EXCLUDED]):
        staging = archive.stage(f"s{number}", software_version=VERSION)
        staging.visit(visit(1, run_id=f"s{number}", outcome=outcome, visited_at=minutes(10 - number)))
        staging.visit(visit(50 + number, run_id=f"s{number}", outcome=outcome, discovered_by=(Route.TERKINI,)))
        staging.walk(walk(run_id=f"s{number}"))
        staging.observe(
            seen(article(body=f"Edisi {number}.", published_at=minutes(number * 30000)), minutes(99 + number))
        )
        staging.close()
        archive.commit()
    grown = indexed(archive.index_path)
    archive.rebuild_index()
    assert indexed(archive.index_path) == grown
    assert grown["marks"] != []


@pytest.mark.parametrize("harm", ["removed", "stale"])
def test_an_index_that_is_not_that_of_the_last_commit_is_made_again(tmp_path: Path, harm: str) -> None:
    archive = Archive(str(tmp_path))
    keep(archive, seen(article(1)))
    archive.close()
    stale = archive.index_path.read_bytes()
    keep(archive, seen(article(2)), run_id="r2")
    keep(archive, seen(article(3)), run_id="r3")
    archive.close()
    for path in tmp_path.glob("index.sqlite*"):
        path.unlink()
    if harm == "stale":
        archive.index_path.write_bytes(stale)
    assert Archive(str(tmp_path)).known(key_of(3)) is not None


def test_a_damaged_index_is_refused_with_what_to_do_and_that_helps(archive: Archive) -> None:
    keep(archive, seen(article()))
    archive.close()
    archive.index_path.write_bytes(b"no database at all " * 999)
    with pytest.raises(ArchiveError, match="rebuild-index"):
        archive.known(key_of(1))
    archive.rebuild_index()
    assert archive.known(key_of(1)) is not None


def test_a_batch_of_records_that_do_not_fit_is_refused_at_once(archive: Archive) -> None:
    staging = archive.stage("r1", software_version=VERSION)
    naive = NOON.replace(tzinfo=None)
    with pytest.raises(RecordRefused, match="aware"):
        staging.observe(seen(article(), naive))
    staging.close()
    assert archive.storage.files(".") == []


def test_a_run_cannot_escape_its_folder_by_its_name(archive: Archive) -> None:
    with pytest.raises(ArchiveError, match="cannot name a run"):
        archive.stage("../r1", software_version=VERSION)


def test_a_damaged_batch_is_named_and_left_where_it_is(archive: Archive) -> None:
    keep(archive, seen(article()))
    damaged = Path(archive.location, "staging/r2/w-000001.articles.parquet")
    damaged.parent.mkdir(parents=True)
    damaged.write_bytes(b"PAR1 torn")
    with pytest.raises(ArchiveError, match=r"w-000001\.articles\.parquet.*damaged"):
        archive.commit()
    assert damaged.exists()
    assert archive.known(key_of(1)) is not None


def test_every_file_follows_the_umask(archive: Archive) -> None:
    before = os.umask(0o027)
    try:
        keep(archive, seen(article()))
    finally:
        os.umask(before)
    modes = {stat.S_IMODE(Path(archive.location, path).stat().st_mode) for path in files(archive)}
    assert modes == {0o640}


def test_every_file_says_schema_run_and_software(archive: Archive) -> None:
    keep(archive, seen(article(), links=[link()]))
    for path in files(archive):
        metadata = pq.read_schema(Path(archive.location, path)).metadata
        assert metadata[schema.VERSION_KEY] == b"1", path
        assert metadata[schema.RUN_KEY] == b"r1", path
        assert schema.SOFTWARE_KEY in metadata, path


def test_a_month_is_sorted_and_a_reader_can_skip_row_groups_and_pages(archive: Archive) -> None:
    numbers = [(n * 7919) % 4500 for n in range(4500)]
    keep(archive, *(seen(article(number)) for number in numbers[:3000]))
    keep(archive, *(seen(article(number)) for number in numbers[3000:]), run_id="r2")
    file = pq.ParquetFile(Path(archive.location, "articles/year=2021/month=04/articles.parquet"))
    times = file.read(columns=["published_at"])["published_at"].to_pylist()
    assert times == sorted(times)
    assert len(times) == 4500
    groups = [file.metadata.row_group(index) for index in range(file.num_row_groups)]
    assert [group.num_rows for group in groups] == [2000, 2000, 500]
    column = groups[0].column(file.schema_arrow.get_field_index("published_at"))
    assert column.statistics.max < groups[1].column(15).statistics.min
    assert (column.has_column_index, column.has_offset_index, column.compression) == (True, True, "ZSTD")
    assert groups[0].sorting_columns[0].column_index == file.schema_arrow.get_field_index("published_at")


def test_the_types_of_the_contract_are_read_back_exactly(archive: Archive) -> None:
    keep(archive, seen(article()), seen(article(2, published_at=minutes(60 * 24 * 30))))
    found = ds.dataset(Path(archive.location, "articles"), partitioning="hive").schema
    assert found.field("year").type == pa.int32()
    for column in schema.ARTICLES:
        assert found.field(column.name).type == column.type, column.name


def test_pandas_reads_the_folder_as_it_is(archive: Archive) -> None:
    pandas = pytest.importorskip("pandas")
    keep(archive, seen(article()), seen(article(2, published_at=minutes(60 * 24 * 30))))
    frame = pandas.read_parquet(Path(archive.location, "articles"))
    assert frame["article_id"].tolist() == [key_of(1), key_of(2)]
    assert str(frame["published_at"].dtype) == "datetime64[us, UTC]"
    assert str(frame["section"].dtype) == "category"
    assert frame["published_on"].tolist() == [date(2021, 4, 14), date(2021, 5, 14)]


def test_polars_reads_the_folder_as_it_is(archive: Archive) -> None:
    polars = pytest.importorskip("polars")
    keep(archive, seen(article()), seen(article(2, published_at=minutes(60 * 24 * 30))))
    frame = polars.scan_parquet(Path(archive.location, "articles")).collect()
    assert frame["article_id"].to_list() == [key_of(1), key_of(2)]
    assert frame.schema["published_at"] == polars.Datetime("us", "UTC")
    assert frame.schema["tags"] == polars.List(polars.String)
    assert frame["month"].to_list() == [4, 5]


def test_duckdb_reads_the_folder_as_it_is(archive: Archive) -> None:
    duckdb = pytest.importorskip("duckdb")
    keep(archive, seen(article()), seen(article(2, published_at=minutes(60 * 24 * 30))))
    found = duckdb.sql(
        f"SELECT article_id, typeof(published_at), typeof(published_on), typeof(tags), typeof(content_hash), month "
        f"FROM read_parquet('{archive.location}/articles/**/*.parquet', hive_partitioning = true) ORDER BY 1"
    ).fetchall()
    assert [(row[0], int(row[5])) for row in found] == [(key_of(1), 4), (key_of(2), 5)]
    assert found[0][1:5] == ("TIMESTAMP WITH TIME ZONE", "DATE", "VARCHAR[]", "BLOB")


def test_near_duplicates_are_marked_when_the_earlier_text_comes_late(archive: Archive) -> None:
    keep(archive, seen(article(5, body=TEXT + "Satu.")))
    report = keep(archive, seen(article(2, body=TEXT + "Dua.", published_at=NOON - timedelta(days=40))), run_id="r2")
    marks = {row["article_id"]: row["duplicate_of"] for row in rows(archive, "articles")}
    assert marks == {key_of(5): key_of(2), key_of(2): None}
    assert report.months == [(2021, 3), (2021, 4)]


def test_making_the_index_again_sets_wrong_marks_right(archive: Archive) -> None:
    keep(archive, seen(article(2, body=TEXT)), seen(article(5, body=TEXT)))
    remark(archive.storage, Month(2021, 4), {key_of(2): key_of(9), key_of(5): None}, Stamp("r2", VERSION))
    archive.rebuild_index()
    marks = {row["article_id"]: row["duplicate_of"] for row in rows(archive, "articles")}
    assert marks == {key_of(2): None, key_of(5): key_of(2)}


def test_coverage_follows_from_visits_walks_and_articles(archive: Archive) -> None:
    staging = archive.stage("r1", software_version=VERSION)
    staging.observe(seen(article(1)))
    staging.visit(visit(1))
    staging.visit(visit(2, outcome=Outcome.FAILED, reason="timeout"))
    staging.walk(walk())
    staging.close()
    archive.commit()
    (row,) = rows(archive, "coverage")
    assert (row["listed"], row["held"], row["missing"], row["missing_reasons"], row["is_complete"]) == (
        2,
        1,
        [key_of(2)],
        ["failed: timeout"],
        False,
    )
    staging = archive.stage("r2", software_version=VERSION)
    staging.observe(seen(article(2)))
    staging.visit(visit(2, run_id="r2", visited_at=minutes(9)))
    staging.close()
    archive.commit()
    (row,) = rows(archive, "coverage")
    assert (row["listed"], row["held"], row["missing"], row["is_complete"]) == (2, 2, [], True)


def test_a_local_archive_knows_its_storage_by_path_or_address(tmp_path: Path) -> None:
    assert isinstance(Archive(f"file://{tmp_path}").storage, LocalStorage)
    assert Archive(f"file://{tmp_path}").index_path == tmp_path / "index.sqlite"
