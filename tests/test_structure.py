"""The shape of the project: which part may import which, and what may stand in no file of it."""

from __future__ import annotations

import ast
import re
import sys
import tomllib
from collections.abc import Iterator, Mapping
from functools import cache
from importlib.metadata import packages_distributions
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

ROOT = Path(__file__).resolve().parents[1]
PACKAGE = ROOT / "kompas_crawler"

# A module may import from its own layer and from lower ones. What is not named here is a part of the crawl.
LAYERS = {"errors": 0, "items": 0, "site": 1, "quality": 1, "archive": 2, "commands": 4, "outside": 5, "__main__": 5}
CRAWL_LAYER = 3

MAX_MODULE_LINES = 400

# Taken apart, so that this file does not hold what it looks for.
UNFINISHED = re.compile(r"\b(?:TO" + "DO|FIX" + r"ME|XX" + r"X)\b|NotImplemented" + "Error")
NOT_OURS_TO_NAME = [
    "pypi" + ".org",
    "python" + "hosted",
    "anaconda" + ".org",
    "npm" + "js",
    "jsde" + "livr",
    "un" + "pkg.com",
    "docker" + ".io",
    "ghcr" + ".io",
    "quay" + ".io",
    "golang" + ".org",
    "crates" + ".io",
    "--index" + "-url",
    "--extra-index" + "-url",
    "/" + "work/",
]

SUBPROCESSES_AND_DISK = {"io", "os", "pathlib", "shutil", "socket", "sqlite3", "subprocess", "tempfile"}
CLOCKS_AND_CHANCE = {"random", "secrets", "time", "uuid"}
CRAWLERS_AND_STORES = {"aiohttp", "playwright", "pyarrow", "requests", "scrapy", "twisted"}
IMPURE_MODULES = SUBPROCESSES_AND_DISK | CLOCKS_AND_CHANCE | CRAWLERS_AND_STORES
CLOCK_CALLS = {"now", "utcnow", "today"}


def is_foreign(folder: Path) -> bool:
    """Whether a folder of the checkout holds something else than the project's own files."""
    if folder.name.startswith("."):
        return folder.name != ".ci"
    return (
        folder.name in {"__pycache__", "build", "dist", "output"}
        or folder.suffix == ".egg-info"
        or (folder / "pyvenv.cfg").is_file()
    )


def walk(folder: Path) -> Iterator[Path]:
    for path in sorted(folder.iterdir()):
        if path.is_dir():
            if not is_foreign(path):
                yield from walk(path)
        elif path.name != ".git" and path.suffix not in {".gz", ".pyc", ".png", ".parquet"}:
            yield path


def name_of(path: Path) -> str:
    return str(path.relative_to(ROOT))


FILES = list(walk(ROOT))
MODULES = [path for path in FILES if path.is_relative_to(PACKAGE) and path.suffix == ".py"]
TESTS = [path for path in FILES if path.is_relative_to(ROOT / "tests") and path.suffix == ".py"]
CODE = [path for path in FILES if path.suffix in {".py", ".sh", ".toml", ".yml", ".yaml", ".service", ".timer", ".mk"}]
CODE += [path for path in FILES if path.name in {"Makefile", "Dockerfile", "run"}]
PAGES = [path for path in FILES if path.suffix == ".md"]

every_module = pytest.mark.parametrize("path", MODULES, ids=name_of)


@cache
def tree_of(path: Path) -> ast.Module:
    return ast.parse(path.read_text(encoding="utf-8"))


def dotted(path: Path) -> tuple[str, ...]:
    """`('kompas_crawler', 'site', 'dates')` for `kompas_crawler/site/dates.py`."""
    parts = path.relative_to(ROOT).with_suffix("").parts
    return parts[:-1] if parts[-1] == "__init__" else parts


def imports(path: Path, *, top_level: bool = False) -> Iterator[tuple[str, ...]]:
    """Every imported name as its dotted parts; with `top_level` only those that loading the module imports."""
    tree = tree_of(path)
    package = dotted(path) if path.name == "__init__.py" else dotted(path)[:-1]
    for node in tree.body if top_level else ast.walk(tree):
        if isinstance(node, ast.Import):
            for alias in node.names:
                yield tuple(alias.name.split("."))
        elif isinstance(node, ast.ImportFrom):
            start = package[: len(package) - node.level + 1] if node.level else ()
            origin = (*start, *(node.module.split(".") if node.module else ()))
            for alias in node.names:
                yield (*origin, alias.name)


def own_imports(path: Path) -> set[tuple[str, ...]]:
    """What a module imports of this package, without the package's name: `('site', 'dates', 'parse_printed')`."""
    return {name[1:] for name in imports(path) if name[0] == "kompas_crawler" and len(name) > 1}


def layer(part: str) -> int:
    return LAYERS.get(part, CRAWL_LAYER)


def calls(path: Path) -> Iterator[tuple[str, ast.Call]]:
    """Every call with the last name of what is called: `sleep` for `time.sleep(1)`."""
    for node in ast.walk(tree_of(path)):
        if isinstance(node, ast.Call):
            if isinstance(node.func, ast.Attribute):
                yield node.func.attr, node
            elif isinstance(node.func, ast.Name):
                yield node.func.id, node


def part_of(path: Path) -> str:
    name = dotted(path)
    return name[1] if len(name) > 1 else ""


@pytest.mark.parametrize("path", [path for path in MODULES if part_of(path) in {"errors", "items"}], ids=name_of)
def test_records_and_errors_import_nothing_of_the_package(path: Path) -> None:
    assert own_imports(path) == set()


@pytest.mark.parametrize("path", [path for path in MODULES if part_of(path) != "replica"], ids=name_of)
def test_a_module_imports_only_from_its_own_layer_and_below(path: Path) -> None:
    mine = layer(part_of(path))
    upward = {".".join(name) for name in own_imports(path) if layer(name[0]) > mine}
    assert upward == set()


@pytest.mark.parametrize("path", [path for path in MODULES if part_of(path) == "replica"], ids=name_of)
def test_the_replica_knows_addresses_and_sections_and_nothing_else(path: Path) -> None:
    allowed = {("site", "addresses"), ("site", "sections")}
    foreign = {".".join(name) for name in own_imports(path) if name[0] != "replica" and name[:2] not in allowed}
    assert foreign == set()


@every_module
def test_dask_is_loaded_where_a_cluster_is_asked_for_and_nowhere_else(path: Path) -> None:
    named = {name[0] for name in imports(path)} & {"dask", "distributed"}
    loaded = {name[0] for name in imports(path, top_level=True)} & {"dask", "distributed"}
    assert named == ({"distributed"} if path.name == "dask_runner.py" else set())
    assert loaded == set()


@pytest.mark.parametrize(
    "path", [path for path in MODULES if part_of(path) not in {"replica", "commands"}], ids=name_of
)
def test_only_commands_know_of_the_replica(path: Path) -> None:
    assert not {name for name in own_imports(path) if name[0] == "replica"}


@pytest.mark.parametrize(
    "path", [path for path in MODULES if part_of(path) in {"site", "quality", "items", "errors"}], ids=name_of
)
def test_the_core_reads_no_clock_disk_environment_or_network(path: Path) -> None:
    impure = {".".join(name) for name in imports(path) if name[0] in IMPURE_MODULES}
    impure |= {f"{name}()" for name, _ in calls(path) if name in CLOCK_CALLS or name == "open"}
    assert impure == set()


def declared(*extras: str) -> set[str]:
    """Names of the distributions that `pyproject.toml` asks for, with those of the extras named."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    lines = project["dependencies"] + [line for extra in extras for line in project["optional-dependencies"][extra]]
    return {canonicalize_name(Requirement(line).name) for line in lines}


@cache
def installed_distributions() -> Mapping[str, list[str]]:
    """Distributions by the top-level name that they install."""
    return packages_distributions()


def distributions(names: Iterator[tuple[str, ...]]) -> set[str]:
    """Names of the third-party distributions that hold these imports."""
    installed = installed_distributions()
    roots = {name[0] for name in names} - sys.stdlib_module_names - {"kompas_crawler"}
    return {canonicalize_name(installed.get(root, [root])[0]) for root in roots}


@every_module
def test_what_a_module_loads_is_a_declared_dependency(path: Path) -> None:
    assert distributions(imports(path, top_level=True)) <= declared()


@every_module
def test_what_a_function_imports_is_declared_at_least_by_an_extra(path: Path) -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    extras = set(project["optional-dependencies"]) - {"dev"}
    assert distributions(imports(path)) <= declared(*extras)


@every_module
def test_a_module_is_about_one_thing(path: Path) -> None:
    assert len(path.read_text(encoding="utf-8").splitlines()) <= MAX_MODULE_LINES


@every_module
def test_a_module_says_what_it_knows(path: Path) -> None:
    assert ast.get_docstring(tree_of(path))


@every_module
def test_nothing_is_caught_that_was_not_named(path: Path) -> None:
    handlers = [node for node in ast.walk(tree_of(path)) if isinstance(node, ast.ExceptHandler)]
    broad = [
        node.lineno
        for node in handlers
        if (
            node.type is None
            or {"Exception", "BaseException"} & {n.id for n in ast.walk(node.type) if isinstance(n, ast.Name)}
        )
        and not isinstance(node.body[-1], ast.Raise)
    ]
    assert broad == []


@every_module
def test_a_parquet_file_is_read_without_threads(path: Path) -> None:
    """A thread of pyarrow's that still holds bytes of the file when Python ends aborts the process."""
    readings = {"read", "read_row_group", "read_row_groups", "iter_batches", "read_table"}
    with_threads = [
        call.lineno
        for name, call in calls(path)
        if name in readings
        and ({"columns", "use_threads"} & {given.arg for given in call.keywords} or name.startswith("read_row_group"))
        and "use_threads=False" not in ast.unparse(call)
    ]
    assert with_threads == []


@pytest.mark.parametrize("path", CODE, ids=name_of)
def test_nothing_is_left_unfinished(path: Path) -> None:
    assert UNFINISHED.findall(path.read_text(encoding="utf-8")) == []


@pytest.mark.parametrize("path", FILES, ids=name_of)
def test_no_file_names_a_registry_or_a_path_of_one_machine(path: Path) -> None:
    text = path.read_text(encoding="utf-8", errors="replace").lower()
    assert [word for word in NOT_OURS_TO_NAME if word in text] == []


@pytest.mark.parametrize("path", TESTS, ids=name_of)
def test_no_test_waits_by_the_clock(path: Path) -> None:
    assert [call.lineno for name, call in calls(path) if name == "sleep"] == []


def code_in(page: Path) -> str:
    """The fenced blocks and code spans of a Markdown page, one per line."""
    text = page.read_text(encoding="utf-8")
    fenced = re.findall(r"^```[^\n]*\n(.*?)^```", text, re.DOTALL | re.MULTILINE)
    spans = re.findall(r"`([^`\n]+)`", re.sub(r"^```.*?^```", "", text, flags=re.DOTALL | re.MULTILINE))
    return "\n".join([*fenced, *spans])


@pytest.mark.parametrize("page", PAGES, ids=name_of)
def test_every_make_target_that_a_page_names_exists(page: Path) -> None:
    named = set(re.findall(r"(?:^|[$;&] *)make (?:[A-Z_]+=\S+ )*([a-z][a-z-]*)", code_in(page), re.MULTILINE))
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    assert named <= set(re.findall(r"^([a-z][a-z-]*):", makefile, re.MULTILINE))


@pytest.mark.parametrize("page", PAGES, ids=name_of)
def test_every_relative_link_of_a_page_leads_somewhere(page: Path) -> None:
    text = re.sub(r"^```.*?^```", "", page.read_text(encoding="utf-8"), flags=re.DOTALL | re.MULTILINE)
    targets = re.findall(r"\]\(([^)\s]+)\)", re.sub(r"`[^`\n]+`", "", text))
    files = [target.partition("#")[0] for target in targets if not re.match(r"[a-z]+:|#", target)]
    assert [file for file in files if not (page.parent / file).exists()] == []


def test_every_setting_of_ours_is_documented() -> None:
    settings = (PACKAGE / "settings.py").read_text(encoding="utf-8")
    ours = set(re.findall(r"^(KOMPAS_[A-Z_]+)\b", settings, re.MULTILINE))
    documented = "\n".join(page.read_text(encoding="utf-8") for page in PAGES)
    assert {name for name in ours if not re.search(rf"\b{name}\b", documented)} == set()


def test_the_changelog_has_a_place_for_what_is_unreleased() -> None:
    assert re.search(r"^## Unreleased$", (ROOT / "CHANGELOG.md").read_text(encoding="utf-8"), re.MULTILINE)
