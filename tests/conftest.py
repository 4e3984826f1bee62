"""Fixtures that every part of the suite may use."""

from __future__ import annotations

import os
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from _pytest.nodeid import NodeId

ROOT = Path(__file__).resolve().parents[1]


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Keep the tests of an `xdist_group` on one worker.

    xdist 3.8 adds the group's name to an attribute that pytest 9.2 reads no more, so that `--dist loadgroup` spreads
    them. To go when a newer xdist does it: then the names are there already.
    """
    if not config.getoption("loadgroup", False):
        return
    for item in items:
        groups = "_".join(sorted(mark.args[0] for mark in item.iter_markers("xdist_group")))
        if groups and not item.nodeid.endswith(f"@{groups}"):
            item._id = NodeId.parse(f"{item.nodeid}@{groups}")


@pytest.fixture(scope="session")
def pages_dir() -> Path:
    """Folder of saved real pages beside the checkout; the test is skipped where it is not there."""
    pages = ROOT.parent / "shared" / "pages"
    if not (pages / "index.jsonl").is_file():
        pytest.skip("the saved real pages are not beside this checkout")
    return pages


@dataclass(frozen=True)
class Demonstration:
    """What one run of `scrapy demo` printed, and where its archive is."""

    printed: str
    output: Path
    articles: pa.Table
    """The articles right after the run; others may follow in the same archive."""


def demonstrate(output: Path) -> Demonstration:
    """Run the demonstration as `make demo` does."""
    environment = {name: value for name, value in os.environ.items() if not name.startswith("KOMPAS_")}
    done = subprocess.run(
        [sys.executable, "-m", "scrapy", "demo", "-s", f"KOMPAS_OUTPUT={output}"],
        cwd=ROOT,
        env=environment,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        timeout=240,
        check=False,
    )
    assert done.returncode == 0, done.stdout
    return Demonstration(done.stdout, output, pq.read_table(output / "articles"))


@pytest.fixture(scope="session")
def demonstration(tmp_path_factory: pytest.TempPathFactory) -> Demonstration:
    """A demonstration in a folder named output; for tests of the xdist_group `demo`, so that it is made once."""
    return demonstrate(tmp_path_factory.mktemp("demo") / "output")
