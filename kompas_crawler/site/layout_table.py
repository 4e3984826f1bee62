"""`docs/layouts.md`, written from the layouts as they are declared.

Knows how to describe a layout to the person who mends or adds one; what a layout is, is declared in `layouts`.
`python -m kompas_crawler.site.layout_table > docs/layouts.md` writes it anew; a test keeps it current.
"""

from __future__ import annotations

import ast
import inspect
from collections.abc import Iterator
from itertools import pairwise
from typing import Final

from kompas_crawler.site import layouts
from kompas_crawler.site.layouts import LAYOUTS, Layout

_INTRODUCTION: Final = """\
# Layouts

<!-- Made by `python -m kompas_crawler.site.layout_table > docs/layouts.md`; do not edit by hand. -->

The layouts in which Kompas.com has shown its articles, newest first, in the order in which they are tried: a page is of
the first one of which it carries a mark. *Seen* are the first and the last month in which a page of it was fetched, as
far as anybody is known to have kept one. It follows the fetch, not the article: one of 2018 fetched in 2023 wears the
layout of 2023. So validity is told, not enforced: no page is refused for wearing an old layout.

A page that holds an article but fits none is `unparsed`. Its raw page is kept, and its shape (where headline, time and
text seem to stand) is written to `shapes/<run_id>.json` for the person who declares the new layout in
`kompas_crawler/site/layouts.py`; then `scrapy reparse` reads it again. [quality.md](quality.md) says how such a change
is noticed.
"""


def layouts_page() -> str:
    """Return the page as Markdown."""
    return "\n".join([_INTRODUCTION, *_overview(), "", *_details()])


def _overview() -> Iterator[str]:
    yield "| Layout | Seen | Version | Marks, any of |"
    yield "| --- | --- | --- | --- |"
    for row in LAYOUTS:
        marks = ", ".join(f"`{mark}`" for mark in row.marks)
        yield f"| [`{row.name}`](#{row.name}) | {row.seen[0]} to {row.seen[1]} | {row.parser_version} | {marks} |"


def _details() -> Iterator[str]:
    said = _descriptions()
    for row in LAYOUTS:
        yield f"## {row.name}\n\n{said[row.name]}\n"
        for part in ("title", "time", "body", "breadcrumb", "photo"):
            places = ", ".join(f"`{selector}`" for selector in getattr(row, part))
            yield f"- {part}: {places}"
        yield ""


def _descriptions() -> dict[str, str]:
    """Return the docstring of every layout by its name."""
    body = ast.parse(inspect.getsource(layouts)).body
    found = {}
    for statement, following in pairwise(body):
        if isinstance(statement, ast.AnnAssign) and isinstance(statement.target, ast.Name):
            declared = getattr(layouts, statement.target.id)
            if isinstance(declared, Layout) and isinstance(following, ast.Expr):
                found[declared.name] = inspect.cleandoc(ast.literal_eval(following.value))
    return found


if __name__ == "__main__":
    print(layouts_page(), end="")
