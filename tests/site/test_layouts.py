"""The layouts as they are declared, and the page that describes them."""

from __future__ import annotations

from pathlib import Path

import pytest

from kompas_crawler.site.layout_table import layouts_page
from kompas_crawler.site.layouts import LAYOUTS, Layout

ROOT = Path(__file__).resolve().parents[2]

every_layout = pytest.mark.parametrize("layout", LAYOUTS, ids=lambda layout: layout.name)


def test_the_committed_page_is_current() -> None:
    committed = (ROOT / "docs" / "layouts.md").read_text(encoding="utf-8")
    assert committed == layouts_page(), "run: python -m kompas_crawler.site.layout_table > docs/layouts.md"


@every_layout
def test_a_layout_was_seen_from_one_month_to_a_later_one(layout: Layout) -> None:
    first, last = layout.seen
    assert "2015-01" <= first <= last


@every_layout
def test_a_layout_has_a_version_and_marks(layout: Layout) -> None:
    assert layout.parser_version >= 1
    assert layout.marks


@every_layout
def test_the_page_describes_a_layout(layout: Layout) -> None:
    section = layouts_page().partition(f"\n## {layout.name}\n\n")[2]
    assert section[:20].startswith(("Late 20", "20"))
    assert all(f"`{selector}`" in section for selector in layout.body)
