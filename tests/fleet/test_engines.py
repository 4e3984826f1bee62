"""What follows the archive out of one machine: engines that read it in parallel, and an object store for all of it."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from datetime import date
from pathlib import Path

import pytest

from kompas_crawler import load
from kompas_crawler.replica import Replica
from tests.archive.made import article, keep, minutes, seen
from tests.crawl.conftest import ROOT, environment_of

pytestmark = [pytest.mark.slow, pytest.mark.xdist_group("engines")]

DAY = date(2021, 4, 19)


@pytest.mark.filterwarnings("ignore:The inplace keyword")  # Dask 2026.8 with pandas 3.1
def test_dask_dataframe_reads_the_articles(tmp_path: Path) -> None:
    frames = pytest.importorskip("dask.dataframe", reason="needs dask and pandas")
    from kompas_crawler.archive import Archive

    archive = Archive(str(tmp_path))
    keep(archive, seen(article(1)), seen(article(2, published_at=minutes(60 * 24 * 30))))
    read = frames.read_parquet(tmp_path / "articles", columns=["article_id", "section", "word_count"])
    assert read.npartitions == 2
    rows = read.compute(scheduler="synchronous")
    assert sorted(rows["article_id"]) == sorted(load(str(tmp_path)).to_arrow()["article_id"].to_pylist())
    counts = read.groupby("section").word_count.count().compute(scheduler="synchronous")
    assert counts.sum() == 2


@pytest.fixture(scope="module")
def store() -> Iterator[dict[str, str]]:
    """The environment that leads to an object store on this machine, with one bucket."""
    pytest.importorskip("s3fs", reason="object stores need the extra s3")
    server = pytest.importorskip("moto.server", reason="plays the object store")
    running = server.ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    running.start()
    host, port = running.get_host_and_port()
    environment = {
        "AWS_ENDPOINT_URL": f"http://{host}:{port}",
        "AWS_ACCESS_KEY_ID": "test",
        "AWS_SECRET_ACCESS_KEY": "test",
        "AWS_DEFAULT_REGION": "us-east-1",
    }
    with pytest.MonkeyPatch.context() as patch:
        for name, value in environment.items():
            patch.setenv(name, value)
        import s3fs

        s3fs.S3FileSystem.clear_instance_cache()
        s3fs.S3FileSystem(skip_instance_cache=True).mkdir("kompas-fleet")
        yield environment
        s3fs.S3FileSystem.clear_instance_cache()
    running.stop()


@pytest.mark.filterwarnings("ignore::DeprecationWarning:botocore")
@pytest.mark.filterwarnings("ignore::DeprecationWarning:moto")
def test_a_fleet_fills_an_archive_in_an_object_store(site: Replica, store: dict[str, str], tmp_path: Path) -> None:
    location = "s3://kompas-fleet/archive"
    environment = environment_of(Path("unused"), site.url) | store
    done = subprocess.run(
        [sys.executable, "-m", "scrapy", "backfill", "--since", "2021-04-18", "--until", str(DAY), "--workers", "2"],
        cwd=ROOT,
        env=environment | {"KOMPAS_OUTPUT": location, "HOME": str(tmp_path), "PATH": os.environ["PATH"]},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=240,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    held = load(location).to_arrow()["article_id"].to_pylist()
    truth = site.truth(date(2021, 4, 18), DAY, brief=True)
    assert sorted(held) == sorted(one["article_id"] for one in truth)
