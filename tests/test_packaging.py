"""What an installation gets: the contents of the wheel, the lock, and an import that costs nothing."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
import tomllib
import zipfile
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name
from packaging.version import Version

pytestmark = pytest.mark.xdist_group("packaging")

ROOT = Path(__file__).resolve().parents[1]
PACKAGE = ROOT / "kompas_crawler"
LOCK = (ROOT / "requirements.lock").read_text(encoding="utf-8")


def project() -> dict[str, object]:
    with (ROOT / "pyproject.toml").open("rb") as file:
        return tomllib.load(file)["project"]


def pins() -> dict[str, list[Version]]:
    """Locked versions by distribution; several where they differ by Python version or platform."""
    found: dict[str, list[Version]] = {}
    for name, version in re.findall(r"^([\w.-]+)==([^\s;\\]+)", LOCK, re.MULTILINE):
        found.setdefault(canonicalize_name(name), []).append(Version(version))
    return found


def hash_count(name: str) -> int:
    entry = re.search(rf"^{re.escape(name)}==.*?(?=^\w|\Z)", LOCK, re.MULTILINE | re.DOTALL)
    return entry.group().count("--hash=sha256:") if entry else 0


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A wheel built from a copy of the sources, so that the checkout stays clean."""
    pytest.importorskip("setuptools", minversion="77", reason="building needs the setuptools of the lock")
    source, wheels = tmp_path_factory.mktemp("source"), tmp_path_factory.mktemp("wheels")
    shutil.copytree(PACKAGE, source / PACKAGE.name, ignore=shutil.ignore_patterns("__pycache__"))
    for name in ("pyproject.toml", "README.md", "LICENSE"):
        shutil.copy(ROOT / name, source)
    command = [sys.executable, "-m", "pip", "wheel", "-q", "--no-deps", "--no-build-isolation", "-w", str(wheels), "."]
    subprocess.run(command, cwd=source, check=True)
    (built,) = wheels.glob("*.whl")
    return built


@pytest.fixture(scope="module")
def wheel_names(wheel: Path) -> set[str]:
    """Names of the files in the wheel."""
    with zipfile.ZipFile(wheel) as archive:
        return set(archive.namelist())


def test_the_wheel_holds_every_file_of_the_package(wheel_names: set[str]) -> None:
    files = {path for path in PACKAGE.rglob("*") if path.is_file() and "__pycache__" not in path.parts}
    assert {path.relative_to(ROOT).as_posix() for path in files} - wheel_names == set()


def test_the_wheel_is_marked_as_typed(wheel_names: set[str]) -> None:
    assert "kompas_crawler/py.typed" in wheel_names


def test_the_wheel_holds_the_licence(wheel_names: set[str]) -> None:
    assert any(re.fullmatch(r"kompas_crawler-[^/]+\.dist-info/licenses/LICENSE", name) for name in wheel_names)


def test_the_wheel_installs_one_package_and_nothing_beside_it(wheel_names: set[str]) -> None:
    assert {name.partition("/")[0] for name in wheel_names if ".dist-info/" not in name} == {"kompas_crawler"}


def test_importing_the_package_loads_none_of_the_heavy_libraries() -> None:
    heavy = ("scrapy", "twisted", "pyarrow", "lxml", "selectolax", "dateparser")
    code = f"import sys, kompas_crawler; print([name for name in {heavy} if name in sys.modules])"
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, check=True, capture_output=True, text=True)
    assert done.stdout.strip() == "[]"


def test_the_lock_names_no_place_that_packages_come_from() -> None:
    assert re.findall(r"\w+://\S+|^ *--?(?!-?hash=)\S+", LOCK, re.MULTILINE) == []


def test_the_lock_has_a_hash_for_every_package() -> None:
    assert [name for name in pins() if not hash_count(name)] == []


@pytest.mark.parametrize("name", ["lxml", "numpy", "pyarrow", "selectolax"])
def test_the_lock_knows_the_files_of_every_platform(name: str) -> None:
    assert hash_count(name) >= 24


def test_the_lock_fits_what_the_project_asks_for() -> None:
    extras = project()["optional-dependencies"]
    assert isinstance(extras, dict)
    lines = [*project()["dependencies"], *(line for extra in extras.values() for line in extra)]  # type: ignore[misc]
    wanted = [Requirement(line) for line in lines]
    locked = pins()
    unmet = [
        str(one)
        for one in wanted
        if not any(one.specifier.contains(pin) for pin in locked.get(canonicalize_name(one.name), []))
    ]
    assert unmet == []
