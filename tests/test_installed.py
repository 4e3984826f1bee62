"""The installed package, in an environment of its own and far from the checkout."""

from __future__ import annotations

import os
import subprocess
import sys
import sysconfig
from collections.abc import Callable, Iterator
from pathlib import Path

import pyarrow.parquet as pq
import pytest

from kompas_crawler.replica import Replica, running
from tests.test_packaging import wheel  # noqa: F401 - a fixture

pytestmark = [pytest.mark.xdist_group("packaging"), pytest.mark.slow]

Run = Callable[..., subprocess.CompletedProcess[str]]


@pytest.fixture(scope="module")
def programs(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:  # noqa: F811
    """Folder of the programs of an environment into which the wheel was installed; what it needs is borrowed."""
    folder = tmp_path_factory.mktemp("installed") / "venv"
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", folder], check=True)
    python = folder / "bin" / "python"
    pip = [sys.executable, "-m", "pip", "--python", str(python), "install", "-q", "--no-index", "--no-deps", str(wheel)]
    subprocess.run(pip, check=True)
    (packages,) = folder.glob("lib/python*/site-packages")
    (packages / "borrowed.pth").write_text(sysconfig.get_path("purelib"))
    return python.parent


@pytest.fixture
def run(programs: Path, tmp_path: Path) -> Run:
    """Runs a program of that environment in a folder where nothing is."""

    def start(*command: str, folder: Path = tmp_path, **environment: str) -> subprocess.CompletedProcess[str]:
        foreign = ("KOMPAS_", "SCRAPY_", "PYTHONPATH")
        clean = {name: value for name, value in os.environ.items() if not name.startswith(foreign)}
        first, *rest = command
        return subprocess.run(
            [str(programs / first), *rest],
            cwd=folder,
            env=clean | environment,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=120,
            check=False,
        )

    return start


@pytest.fixture(scope="module")
def replica() -> Iterator[Replica]:
    with running("--seed", "7", "--today", "2021-04-20T23:59", "--articles-per-day", "5") as server:
        yield server


WAYS = [("python", "-m", "kompas_crawler"), ("kompas-crawler",), ("python", "-m", "scrapy")]


@pytest.mark.parametrize("way", WAYS, ids=" ".join)
def test_a_crawl_works_in_any_folder(way: tuple[str, ...], run: Run, replica: Replica, tmp_path: Path) -> None:
    days = ("-a", "since=2021-04-18", "-a", "until=2021-04-18", "-a", "follow=none")
    done = run(*way, "crawl", "kompas", *days, "-s", "KOMPAS_OUTPUT=here", KOMPAS_REPLICA=replica.url)
    assert done.returncode == 0, done.stderr
    assert pq.read_table(tmp_path / "here" / "articles").num_rows >= 1


@pytest.mark.parametrize("way", WAYS, ids=" ".join)
def test_a_crawl_of_the_live_site_asks_for_permission(way: tuple[str, ...], run: Run) -> None:
    done = run(*way, "crawl", "kompas")
    assert (done.returncode, "Missing: KOMPAS_CONTACT and KOMPAS_PERMISSION" in done.stderr) == (2, True)


@pytest.mark.parametrize("way", WAYS[:2], ids=" ".join)
def test_the_other_commands_are_there(way: tuple[str, ...], run: Run) -> None:
    done = run(*way, "doctor", "--offline")
    assert "a crawl of the live site needs KOMPAS_CONTACT" in done.stdout


def test_scrapys_own_program_finds_all_commands_by_the_variable(run: Run) -> None:
    done = run("python", "-m", "scrapy", SCRAPY_SETTINGS_MODULE="kompas_crawler.settings")
    assert "rebuild-index" in done.stdout


def test_another_project_keeps_its_own_crawl(run: Run, tmp_path: Path) -> None:
    (tmp_path / "scrapy.cfg").write_text("[settings]\ndefault = other.settings\n")
    (tmp_path / "other").mkdir()
    (tmp_path / "other" / "settings.py").write_text('SPIDER_MODULES = ["other.spiders"]\n')
    (tmp_path / "other" / "spiders.py").write_text(
        'import scrapy\n\n\nclass Other(scrapy.Spider):\n    name = "other"\n    start_urls = ["data:,hello"]\n\n'
        "    def parse(self, response):\n        print(response.text)\n"
    )
    done = run("python", "-m", "scrapy", "crawl", "other")
    assert (done.returncode, done.stdout.strip()) == (0, "hello"), done.stderr


def test_in_the_folder_of_another_project_ours_is_found(run: Run, tmp_path: Path) -> None:
    (tmp_path / "scrapy.cfg").write_text("[settings]\ndefault = other.settings\n")
    done = run("kompas-crawler", "status", "-s", "KOMPAS_OUTPUT=nowhere")
    assert (done.returncode, "there is no archive at nowhere" in done.stderr) == (4, True)
