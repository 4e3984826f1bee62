"""Executes the notebooks over an archive of the demonstration and keeps what they show.

    python -m notebooks.execute                                      # or: make notebooks
    python -m notebooks.execute --archive output --into shown        # over an archive that is there, elsewhere

Each runs in a fresh kernel of the interpreter that runs this, in a folder beside the archive, as `../output` in the
notebooks says; so nothing of this machine gets into what they show. Times, versions and counters of the kernel are left
out: executed twice over the same archive, a notebook is the same.
"""

from __future__ import annotations

import argparse
import os
import tempfile
from pathlib import Path

import nbformat
from nbclient import NotebookClient
from nbformat import NotebookNode

from docs.screenshots import demonstrate

ROOT = Path(__file__).resolve().parents[1]
NOTEBOOKS = sorted((ROOT / "notebooks").glob("[0-9]*.ipynb"))
SECONDS_OF_CELL = 120


def executed(path: Path, folder: Path) -> NotebookNode:
    """Return a notebook as it looks after all of its cells ran in `folder`. Raises `CellExecutionError`."""
    notebook = nbformat.read(path, as_version=4)
    client = NotebookClient(
        notebook,
        timeout=SECONDS_OF_CELL,
        kernel_name="python3",
        resources={"metadata": {"path": str(folder)}},
        record_timing=False,
        extra_arguments=["--log-level=ERROR"],  # it warns of its loopback connection, which is signed
    )
    client.execute()
    notebook.metadata = {
        "kernelspec": {"display_name": "Python 3", "language": "python", "name": "python3"},
        "language_info": {"name": "python"},
    }
    for cell in notebook.cells:
        cell.metadata = {}
    return notebook


def main() -> None:
    """Execute all notebooks and write them."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--archive", type=Path, help="a folder named output (default: a new demonstration)")
    parser.add_argument("--into", type=Path, default=ROOT / "notebooks", help="where to write them (default: here)")
    options = parser.parse_args()
    # The kernel shall find this checkout, wherever it works.
    os.environ["PYTHONPATH"] = os.pathsep.join(filter(None, [str(ROOT), os.environ.get("PYTHONPATH")]))
    with tempfile.TemporaryDirectory() as temporary:
        folder = Path(temporary)
        if options.archive is None:
            demonstrate(folder)
        else:
            (folder / "output").symlink_to(options.archive.absolute(), target_is_directory=True)
        (folder / "notebooks").mkdir()
        for path in NOTEBOOKS:
            nbformat.write(executed(path, folder / "notebooks"), options.into / path.name)
            print(f"Executed: {options.into / path.name}")


if __name__ == "__main__":
    main()
