"""A crawler and citable Parquet archive of the news site Kompas.com.

from kompas_crawler import load
load("output", since="2021-04-01", until="2021-04-30").to_pandas()
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from kompas_crawler.archive.reading import load, load_coverage, load_links, load_visits

__all__ = ["load", "load_coverage", "load_links", "load_visits"]


def __getattr__(name: str) -> Any:
    """Import the reading side when it is first asked for: a bare `import kompas_crawler` stays cheap."""
    if name not in __all__:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from kompas_crawler.archive import reading

    return getattr(reading, name)


def __dir__() -> list[str]:
    return sorted([*globals(), *__all__])
