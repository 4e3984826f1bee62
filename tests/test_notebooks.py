"""The notebooks: executed over the demonstration's archive, and what the repository shows of them."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import nbformat
import pytest
from nbformat import NotebookNode

from tests.conftest import ROOT, Demonstration

NOTEBOOKS = sorted((ROOT / "notebooks").glob("*.ipynb"))
every_notebook = pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)


def read(path: Path) -> NotebookNode:
    return nbformat.read(path, as_version=4)


def code_cells(notebook: NotebookNode) -> list[NotebookNode]:
    return [cell for cell in notebook.cells if cell.cell_type == "code"]


def shown(notebook: NotebookNode) -> list[str]:
    """Everything that the outputs hold, as text."""
    return [str(content) for cell in code_cells(notebook) for output in cell.outputs for content in output.values()]


@pytest.fixture(scope="session")
def executed(demonstration: Demonstration, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder with the notebooks after they were executed over the demonstration."""
    folder = tmp_path_factory.mktemp("notebooks")
    command = [sys.executable, "-m", "notebooks.execute", "--archive", str(demonstration.output), "--into", str(folder)]
    environment = {name: value for name, value in os.environ.items() if not name.startswith("KOMPAS_")}
    done = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, timeout=280, check=False)
    assert done.returncode == 0, done.stderr
    return folder


def test_there_are_three() -> None:
    assert [path.stem[:2] for path in NOTEBOOKS] == ["01", "02", "03"]


@pytest.mark.slow
@pytest.mark.xdist_group("demo")
@every_notebook
def test_a_notebook_runs_from_top_to_bottom(executed: Path, path: Path) -> None:
    cells = code_cells(read(executed / path.name))
    assert [cell.execution_count for cell in cells] == list(range(1, len(cells) + 1))
    kinds = {output.output_type for cell in cells for output in cell.outputs}
    assert kinds <= {"execute_result", "display_data"}, "nothing is printed to the error stream"


@pytest.mark.slow
@pytest.mark.xdist_group("demo")
@every_notebook
def test_what_the_repository_shows_is_of_these_cells(executed: Path, path: Path) -> None:
    now, kept = read(executed / path.name), read(path)
    assert [cell.source for cell in kept.cells] == [cell.source for cell in now.cells]
    kinds = [[sorted(output.data) for output in cell.outputs] for cell in code_cells(kept)]
    assert kinds == [[sorted(output.data) for output in cell.outputs] for cell in code_cells(now)]


@every_notebook
def test_the_repository_shows_what_a_notebook_shows(path: Path) -> None:
    cells = code_cells(read(path))
    assert [cell.execution_count for cell in cells] == list(range(1, len(cells) + 1))
    assert sum(bool(cell.outputs) for cell in cells) >= len(cells) / 2


@every_notebook
def test_what_is_shown_holds_no_path_of_a_machine_and_no_script(path: Path) -> None:
    text = " ".join(shown(read(path)))
    assert [word for word in ("/tmp/", "/home/", "/root", "<script", "javascript:", "onerror=") if word in text] == []


@every_notebook
def test_a_notebook_is_small(path: Path) -> None:
    assert path.stat().st_size < 200_000
