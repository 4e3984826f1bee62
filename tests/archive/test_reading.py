"""What `load` and its sisters select, refuse, and hand over."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import duckdb
import fsspec
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest

from kompas_crawler import load, load_coverage, load_links, load_visits
from kompas_crawler.archive.months import Month
from kompas_crawler.archive.schema import ARTICLES, TABLES
from kompas_crawler.errors import ArchiveNotFound, ExtraNotInstalled, SchemaMismatch, SelectionRefused
from tests.archive.samples import article, coverage, instant, visit, write, write_months

FIRST, SECOND, THIRD, MAY = "20210401-1", "20210414-2", "20210430-3", "20210501-4"


@pytest.fixture
def output(tmp_path: Path) -> Path:
    """An archive of four articles in two months, two sections."""
    rows = [article(FIRST), article(SECOND, section="bola"), article(THIRD), article(MAY)]
    write_months(tmp_path, "articles", rows)
    return tmp_path


def keys(relation: Any) -> list[str]:
    return list(relation.to_arrow()["article_id"].to_pylist())


def test_everything_comes_in_order_of_publication(output: Path) -> None:
    assert keys(load(output)) == [FIRST, SECOND, THIRD, MAY]


@pytest.mark.parametrize(
    ("since", "until", "expected"),
    [
        ("2021-04-14", None, [SECOND, THIRD, MAY]),
        (None, "2021-04-14", [FIRST, SECOND]),
        ("2021-04-14", "2021-04-30", [SECOND, THIRD]),
        (date(2021, 4, 30), date(2021, 4, 30), [THIRD]),
        (datetime(2021, 4, 30, 23, 59), None, [THIRD, MAY]),  # noqa: DTZ001 - people type it
        (datetime(2021, 4, 30, 17, tzinfo=UTC), None, [MAY]),
        ("2022-01-01", None, []),
    ],
)
def test_since_and_until_are_wib_days_both_inclusive(output: Path, since: Any, until: Any, expected: list[str]) -> None:
    assert keys(load(output, since=since, until=until)) == expected


def test_an_article_of_the_small_hours_belongs_to_its_wib_day(tmp_path: Path) -> None:
    write_months(tmp_path, "articles", [article(MAY, published_at=instant("2021-05-01", 1))])
    assert keys(load(tmp_path, since="2021-05-01")) == [MAY]
    assert keys(load(tmp_path, until="2021-04-30")) == []


def test_sections_select_rows(output: Path) -> None:
    assert keys(load(output, sections=["bola", "tekno"])) == [SECOND]


def test_an_unheard_of_section_can_be_selected_once_the_archive_has_met_it(output: Path) -> None:
    with pytest.raises(SelectionRefused, match="antariksa"):
        load(output, sections=["antariksa"])
    write(output, "coverage", "coverage.parquet", [coverage("2021-04-14", "antariksa")])
    assert load(output, sections=["antariksa"]).count() == 0


def test_columns_come_in_the_order_asked_for_with_the_types_of_the_contract(output: Path) -> None:
    table = load(output, columns=["title", "flags", "published_at"]).to_arrow()
    assert table.schema.names == ["title", "flags", "published_at"]
    assert [table.schema.field(name).type for name in table.schema.names] == [
        ARTICLES.field(name).type for name in ("title", "flags", "published_at")
    ]


def test_all_columns_have_the_schema_of_the_contract(output: Path) -> None:
    assert load(output).to_arrow().schema == ARTICLES


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"columns": ["titel"]}, "did you mean 'title'"),
        ({"columns": "title"}, r"columns=\['title'\]"),
        ({"columns": []}, "at least one"),
        ({"sections": ["globall"]}, "did you mean 'global'"),
        ({"sections": "global"}, r"sections=\['global'\]"),
        ({"since": "14/04/2021"}, "write it like '2021-04-01'"),
        ({"since": 20210414}, "no day"),
        ({"since": "2021-04-02", "until": "2021-04-01"}, "after until"),
        ({"as_of": datetime(2021, 4, 14, 9)}, "no time zone"),  # noqa: DTZ001 - that is the point
        ({"as_of": 5}, "no instant"),
        ({"as_of": "2021-04-14", "revisions": True}, "exclude each other"),
    ],
)
def test_what_cannot_be_selected_is_refused_with_the_remedy(
    output: Path, arguments: dict[str, Any], message: str
) -> None:
    with pytest.raises(ValueError, match=message):
        load(output, **arguments)


def test_a_missing_archive_is_named(tmp_path: Path) -> None:
    with pytest.raises(ArchiveNotFound, match=r"there is no archive at .*nowhere"):
        load(tmp_path / "nowhere")


def test_the_folder_of_a_table_is_not_the_archive(output: Path) -> None:
    with pytest.raises(FileNotFoundError, match="name the folder above it"):
        load(output / "articles")


def test_a_file_of_another_schema_version_is_refused(output: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("kompas_crawler.archive.schema.SCHEMA_VERSION", 2)
    with pytest.raises(SchemaMismatch, match="scrapy migrate"):
        load(output).to_arrow()


def test_months_outside_the_window_are_not_opened(output: Path) -> None:
    (output / "articles/year=2021/month=05/articles.parquet").write_bytes(b"not parquet")
    assert load(output, until="2021-04-30").count() == 3


def test_what_a_crawl_commits_later_shows_in_the_next_call(output: Path) -> None:
    relation = load(output)
    assert len(relation) == 4
    write_months(output, "articles", [article("20210601-5")])
    assert len(relation) == 5


def test_a_relation_without_rows_is_still_true(output: Path) -> None:
    assert load(output, since="2030-01-01")


def test_counting_and_batches_agree(output: Path) -> None:
    relation = load(output, sections=["global"])
    assert relation.count() == len(relation) == sum(batch.num_rows for batch in relation) == 3


def test_pandas_keeps_types_that_its_own_would_lose(output: Path) -> None:
    frame = load(output).to_pandas()
    assert frame["section_code"].dtype == pd.ArrowDtype(pa.int16())
    assert frame["published_on"].dtype == pd.ArrowDtype(pa.date32())
    assert dict(frame.groupby("section", observed=True).size()) == {"bola": 1, "global": 3}


def test_polars_gets_the_same_rows(output: Path) -> None:
    frame = load(output, columns=["article_id", "published_at"]).to_polars()
    assert frame.schema == {"article_id": pl.String, "published_at": pl.Datetime("us", "UTC")}
    assert frame["article_id"].to_list() == [FIRST, SECOND, THIRD, MAY]


def test_tools_that_read_arrow_streams_take_a_relation_as_it_is(output: Path) -> None:
    relation = load(output, columns=["article_id"])
    assert pl.DataFrame(relation).height == 4
    assert pa.table(relation).num_rows == 4


@pytest.mark.parametrize("more", [{}, {"as_of": "2030-01-01"}, {"revisions": True}])
def test_sql_sees_the_selection_under_the_name_of_the_table(output: Path, more: dict[str, Any]) -> None:
    relation = load(output, until="2021-04-30", **more)
    answer = relation.sql("select section, count(*) from articles group by all order by all").fetchall()
    assert answer == [("bola", 1), ("global", 2)]


def test_sql_may_name_the_table_twice(output: Path) -> None:
    query = "select count(*) from articles a join articles b using (article_id)"
    assert load(output).sql(query).fetchall() == [(4,)]


def test_sql_gives_instants_in_utc(output: Path) -> None:
    (found,) = load(output).sql("select hour(published_at) from articles limit 1").fetchall()
    assert found == (2,)


def test_sql_knows_the_selected_columns_only(output: Path) -> None:
    with pytest.raises(duckdb.BinderException):
        load(output, columns=["title"]).sql("select url from articles")


def test_repr_says_what_is_selected_without_reading(output: Path) -> None:
    (output / "articles/year=2021/month=04/articles.parquet").write_bytes(b"not parquet")
    said = repr(load(output, since="2021-04-01", until="2021-04-30", sections=["global"], columns=["title"]))
    assert "2021-04-01 to 2021-04-30, sections global, 1 columns" in said


def test_the_notebook_preview_escapes_what_pages_say(tmp_path: Path) -> None:
    write_months(tmp_path, "articles", [article(FIRST, title="<script>alert(1)</script>")])
    html = load(tmp_path, columns=["title"])._repr_html_()
    assert "&lt;script&gt;alert" in html
    assert "<script>" not in html


def test_a_missing_package_is_named_with_its_extra(output: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "polars", None)
    with pytest.raises(ExtraNotInstalled, match=r"kompas-crawler\[notebook\]"):
        load(output).to_polars()


def test_importing_the_package_imports_no_arrow() -> None:
    code = "import sys, kompas_crawler; print('pyarrow' in sys.modules, 'load' in dir(kompas_crawler))"
    answer = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert answer.stdout.split() == ["False", "True"]


# --- The archive as it was ---


def minute(count: int) -> datetime:
    return instant("2021-04-14", 10) + timedelta(minutes=count)


@pytest.fixture
def edited(tmp_path: Path) -> Path:
    """One article with texts A (from minute 0), B (from 10) and C (from 20), and one first seen at minute 15."""

    def text(body: str, revision: int, since: int, **more: Any) -> dict[str, Any]:
        return article(SECOND, body=body, revision=revision, first_seen_at=minute(0), fetched_at=minute(since), **more)

    late = article("20210414-9", body="late", first_seen_at=minute(15), fetched_at=minute(15))
    write_months(tmp_path, "articles", [text("C", 3, 20), late])
    past = [
        text("A", 1, 0, replaced_at=minute(10), change_kind="body"),
        text("B", 2, 10, replaced_at=minute(20), change_kind="body"),
    ]
    write_months(tmp_path, "revisions", past)
    return tmp_path


def bodies(relation: Any) -> list[str]:
    return list(relation.to_arrow()["body"].to_pylist())


@pytest.mark.parametrize(
    ("at", "expected"),
    [(-1, []), (0, ["A"]), (9, ["A"]), (10, ["B"]), (15, ["B", "late"]), (20, ["C", "late"]), (9_999, ["C", "late"])],
)
def test_as_of_gives_the_texts_of_that_instant(edited: Path, at: int, expected: list[str]) -> None:
    assert bodies(load(edited, as_of=minute(at), columns=["body"])) == expected


def test_a_date_as_instant_is_the_end_of_that_wib_day(edited: Path) -> None:
    assert load(edited, as_of="2021-04-13").count() == 0
    assert load(edited, as_of=date(2021, 4, 14)).count() == 2


def test_as_of_follows_an_article_that_moved_to_another_month(tmp_path: Path) -> None:
    """Superseded rows lie in the month of the key, current ones in that of publication."""
    moved = article(MAY, published_at=instant("2021-06-01"), revision=2, first_seen_at=minute(0), fetched_at=minute(10))
    write_months(tmp_path, "articles", [moved])
    before = article(MAY, published_at=instant("2021-04-30"), first_seen_at=minute(0), fetched_at=minute(0))
    past = before | {"replaced_at": minute(10), "change_kind": "date"}
    write(tmp_path, "revisions", Month.of_key(MAY).file("revisions"), [past])
    found = load(tmp_path, until="2021-04-30", as_of=minute(5), columns=["article_id", "revision"]).to_arrow()
    assert found.to_pylist() == [{"article_id": MAY, "revision": 1}]
    assert load(tmp_path, since="2021-05-01", as_of=minute(5)).count() == 0
    assert load(tmp_path, until="2021-04-30", revisions=True).count() == 1


def test_as_of_selects_by_what_a_row_said_then(tmp_path: Path) -> None:
    write_months(tmp_path, "articles", [article(FIRST, section="bola", revision=2, fetched_at=minute(10))])
    past = article(FIRST, section="global", fetched_at=minute(0), replaced_at=minute(10), change_kind="cosmetic")
    write_months(tmp_path, "revisions", [past])
    assert load(tmp_path, sections=["bola"], as_of=minute(5)).count() == 0
    assert load(tmp_path, sections=["global"], as_of=minute(5)).count() == 1


def test_revisions_adds_every_superseded_row(edited: Path) -> None:
    table = load(edited, revisions=True, columns=["body", "revision", "replaced_at", "change_kind"]).to_arrow()
    assert table["body"].to_pylist() == ["A", "B", "C", "late"]
    assert table["replaced_at"].to_pylist() == [minute(10), minute(20), None, None]


def test_a_row_met_in_both_tables_during_a_commit_counts_once(edited: Path) -> None:
    both = article(SECOND, body="C", revision=3, first_seen_at=minute(0), fetched_at=minute(20))
    write_months(edited, "revisions", [both | {"replaced_at": minute(30), "change_kind": "body"}])
    assert load(edited, revisions=True).count() == 2
    assert load(edited, as_of=minute(25)).count() == 2


# --- An object store ---


@pytest.fixture
def bucket() -> Iterator[str]:
    """Address of an archive in an object store: moto's S3 on a free port of this machine."""
    moto_server = pytest.importorskip("moto.server")
    s3fs = pytest.importorskip("s3fs")
    s3fs.S3FileSystem.clear_instance_cache()  # an instance of another test speaks to a server that has gone
    server = moto_server.ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    server.start()
    host, port = server.get_host_and_port()
    with pytest.MonkeyPatch.context() as environment:
        environment.setenv("AWS_ENDPOINT_URL", f"http://{host}:{port}")
        environment.setenv("AWS_ACCESS_KEY_ID", "test")
        environment.setenv("AWS_SECRET_ACCESS_KEY", "test")
        environment.setenv("AWS_DEFAULT_REGION", "us-east-1")
        fsspec.filesystem("s3", skip_instance_cache=True).mkdir("archive")
        yield "s3://archive/kompas"
    server.stop()


def test_an_archive_in_an_object_store_is_read_like_a_folder(bucket: str) -> None:
    now = article(FIRST, body="B", revision=2, first_seen_at=minute(0), fetched_at=minute(10))
    write_months(bucket, "articles", [now, article(MAY)])
    past = article(FIRST, body="A", first_seen_at=minute(0), fetched_at=minute(0))
    write_months(bucket, "revisions", [past | {"replaced_at": minute(10), "change_kind": "body"}])
    assert keys(load(bucket, until="2021-04-30")) == [FIRST]
    assert bodies(load(bucket, as_of=minute(5), columns=["body"])) == ["A"]
    assert load(bucket).sql("select count(*) from articles").fetchall() == [(2,)]


# --- The other tables ---


def test_links_are_selected_by_the_day_of_their_source(output: Path) -> None:
    link = {
        "kind": "baca_juga",
        "position": 1,
        "text": "Lihat",
        "target_url": "https://www.kompas.com/",
        "first_seen_at": minute(0),
        "last_seen_at": minute(0),
    }
    rows = [
        {"article_id": key, "published_on": day, **link}
        for key, day in ((FIRST, date(2021, 4, 1)), (MAY, date(2021, 5, 1)))
    ]
    write_months(output, "links", rows)
    assert keys(load_links(output, since="2021-05-01")) == [MAY]


def test_coverage_is_selected_by_day_and_section(output: Path) -> None:
    rows = [coverage(day, section) for day in ("2021-04-13", "2021-04-14") for section in ("bola", "global")]
    write(output, "coverage", "coverage.parquet", rows)
    found = load_coverage(output, since="2021-04-14", sections=["bola"], columns=["day", "section"]).to_arrow()
    assert found.to_pylist() == [{"day": date(2021, 4, 14), "section": "bola"}]


def test_visits_are_selected_by_the_wib_day_of_the_decision(output: Path) -> None:
    rows = [visit(f"https://www.kompas.com/{hour}", visited_at=instant("2021-04-14", hour)) for hour in (-1, 0, 23, 24)]
    write(output, "visits", "visits/year=2021/month=04/r1.parquet", rows)
    found = load_visits(output, since="2021-04-14", until="2021-04-14", columns=["url"]).to_arrow()
    assert found["url"].to_pylist() == ["https://www.kompas.com/0", "https://www.kompas.com/23"]


@pytest.mark.parametrize("read", [load_links, load_coverage, load_visits])
def test_a_table_without_files_is_empty_where_there_is_an_archive(output: Path, read: Any) -> None:
    relation = read(output)
    assert relation.to_arrow().schema == TABLES[relation.name]
    assert relation.count() == 0
