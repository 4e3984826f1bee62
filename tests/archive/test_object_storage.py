"""The same archive in an object store, played by moto's server on this machine."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from kompas_crawler.archive import Archive, RawWriter, WireExchange, read_exchange
from kompas_crawler.archive.storage import ObjectStorage, storage_at
from kompas_crawler.doctor.archive import of_writing
from kompas_crawler.doctor.findings import Level
from kompas_crawler.errors import ArchiveError, ArchiveLocked
from kompas_crawler.resweeps import read_resweeps
from kompas_crawler.revisits import read_revisits
from kompas_crawler.standing.status import status_of
from tests.archive.looks import everything, indexed
from tests.archive.made import NOON, VERSION, article, keep, key_of, link, minutes, seen, visit, walk

pytest.importorskip("s3fs", reason="object stores need the extra s3")
server = pytest.importorskip("moto.server", reason="plays the object store")

pytestmark = [
    pytest.mark.filterwarnings("ignore::DeprecationWarning:botocore"),
    pytest.mark.filterwarnings("ignore::DeprecationWarning:moto"),
]


@pytest.fixture(scope="module")
def endpoint() -> Iterator[str]:
    store = server.ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    store.start()
    host, port = store.get_host_and_port()
    yield f"http://{host}:{port}"
    store.stop()


@pytest.fixture
def bucket(endpoint: str, monkeypatch: pytest.MonkeyPatch, request: pytest.FixtureRequest) -> str:
    for name, value in {
        "AWS_ENDPOINT_URL": endpoint,
        "AWS_ACCESS_KEY_ID": "test",
        "AWS_SECRET_ACCESS_KEY": "test",
        "AWS_DEFAULT_REGION": "us-east-1",
    }.items():
        monkeypatch.setenv(name, value)
    import s3fs

    s3fs.S3FileSystem.clear_instance_cache()  # an instance of another test speaks to a server that has gone
    name = f"kompas-{abs(hash(request.node.name))}"
    s3fs.S3FileSystem(skip_instance_cache=True).mkdir(name)
    return f"s3://{name}/archive"


def live(archive: Archive) -> None:
    keep(archive, seen(article(1), links=[link(2)]), seen(article(2)))
    staging = archive.stage("r2", software_version=VERSION)
    staging.observe(seen(article(1, body="Edisi kedua."), minutes(5)))
    staging.observe(seen(article(2, published_at=minutes(60 * 24 * 30)), minutes(6)))
    staging.visit(visit(2, run_id="r2"))
    staging.walk(walk(run_id="r2"))
    staging.close()
    archive.commit()


def test_an_archive_in_a_store_is_the_same_as_on_a_disk(bucket: str, tmp_path: Path) -> None:
    remote, local = Archive(bucket, state_dir=tmp_path / "state"), Archive(str(tmp_path / "output"))
    live(remote)
    live(local)
    assert everything(remote) == everything(local)
    assert indexed(remote.index_path) == indexed(local.index_path)
    assert remote.storage.files("staging") == []


def test_another_machine_sees_what_the_first_committed(bucket: str, tmp_path: Path) -> None:
    first, second = (Archive(bucket, state_dir=tmp_path / name) for name in ("one", "two"))
    keep(first, seen(article(1)))
    assert second.known(key_of(1)) is not None
    keep(first, seen(article(1, published_at=minutes(60 * 24 * 30)), minutes(5)), run_id="r2")
    assert keep(second, seen(article(1, body="Lain."), minutes(9)), run_id="r3").rows_changed == 1
    assert second.storage.files("articles") == ["articles/year=2021/month=04/articles.parquet"]


def test_one_run_at_a_time_holds_an_archive_in_a_store(bucket: str, tmp_path: Path) -> None:
    archive = Archive(bucket, state_dir=tmp_path)
    with (
        archive.lock("first-run"),
        pytest.raises(ArchiveLocked, match="first-run"),
        Archive(bucket, state_dir=tmp_path).lock("second-run"),
    ):
        pytest.fail("two runs hold the archive")
    with archive.lock("third-run"):
        pass


def test_pyarrow_reads_the_store_through_the_storage(bucket: str, tmp_path: Path) -> None:
    import pyarrow.dataset as ds

    archive = Archive(bucket, state_dir=tmp_path)
    live(archive)
    found = ds.dataset("articles", filesystem=archive.storage.filesystem, partitioning="hive").to_table()
    assert sorted(zip(found["article_id"].to_pylist(), found["month"].to_pylist(), strict=True)) == [
        (key_of(1), 4),
        (key_of(2), 5),
    ]


def test_a_store_that_refuses_is_reported_with_what_to_do(bucket: str, tmp_path: Path) -> None:
    archive = Archive(bucket.replace("kompas-", "missing-"), state_dir=tmp_path)
    staging = archive.stage("r1", software_version=VERSION)
    staging.observe(seen(article()))
    with pytest.raises(ArchiveError, match="start again"):
        staging.flush()


def test_looking_at_an_empty_store_makes_nothing(bucket: str, tmp_path: Path) -> None:
    archive = Archive(bucket, state_dir=tmp_path / "state")
    assert archive.known(key_of(1)) is None
    assert archive.storage.files(".") == []
    assert not (tmp_path / "state").exists()


def test_an_unknown_kind_of_address_is_refused() -> None:
    with pytest.raises(ArchiveError, match="not an address"):
        storage_at("nonsense://bucket")


def test_an_object_storage_names_itself_as_the_user_did(bucket: str) -> None:
    assert ObjectStorage(bucket).location == bucket


def test_the_status_of_an_archive_in_a_store_is_that_of_one_on_a_disk(bucket: str, tmp_path: Path) -> None:
    remote, local = Archive(bucket, state_dir=tmp_path / "state"), Archive(str(tmp_path / "output"))
    live(remote)
    live(local)
    far, near = (
        status_of(one, now=minutes(60 * 24), revisits=read_revisits("23", 12), resweeps=read_resweeps("1", 38))
        for one in (remote, local)
    )
    assert (far.due, far.gaps, far.disk) == (near.due, near.gaps, None)
    assert {one.name: one.rows for one in far.holds.tables if one.rows is not None} == {
        one.name: one.rows for one in near.holds.tables if one.rows is not None
    }
    remote.close()
    local.close()


def test_the_doctor_tries_to_write_to_a_store_and_leaves_nothing_there(bucket: str) -> None:
    storage = storage_at(bucket)
    assert [finding.level for finding in of_writing(storage)] == [Level.FINE]
    assert storage.files(".") == []


def test_raw_pages_are_put_whole_each_time_that_records_become_durable(bucket: str, tmp_path: Path) -> None:
    archive = Archive(bucket, state_dir=tmp_path / "state")
    raw = RawWriter(archive.storage, "r1", started_at=NOON, about={})
    pointers = []
    for number in (1, 2, 3):
        wire = WireExchange(
            url=f"https://www.kompas.com/{number}", status=200, headers=[], body=b"<p>%d" % number, fetched_at=NOON
        )
        pointers.append(raw.exchange(wire))
        if number == 2:
            raw.flush()
            assert archive.storage.files("raw") == [pointers[0].raw_file]
    raw.close()
    assert archive.storage.files("raw") == ["raw/2021/04/r1-00001.warc.gz", "raw/2021/04/r1-00002.warc.gz"]
    assert [read_exchange(archive.storage, *pointer).body for pointer in pointers] == [b"<p>1", b"<p>2", b"<p>3"]
    pruned = archive.prune_raw(most_bytes=0)
    assert (len(pruned.files), archive.storage.files("raw")) == (2, [])
