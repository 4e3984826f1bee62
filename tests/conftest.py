"""Fixtures that every part of the suite may use."""

from __future__ import annotations

from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]


@pytest.fixture(scope="session")
def pages_dir() -> Path:
    """Folder of saved real pages beside the checkout; the test is skipped where it is not there."""
    pages = ROOT.parent / "shared" / "pages"
    if not (pages / "index.jsonl").is_file():
        pytest.skip("the saved real pages are not beside this checkout")
    return pages
