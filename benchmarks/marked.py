"""Tables in Markdown, and their place in a page that people write: between two marks.

Knows nothing of what is in a table.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence


def between_marks(page: str, mark: str, text: str) -> str:
    """Return a page with a text between the marks of a name, in place of what stood there.

    Raises `ValueError` for a page without them.

    >>> between_marks("a <!-- n: written by x --> old <!-- end of n --> z", "n: written by x", "new")
    'a <!-- n: written by x -->\\n\\nnew\\n\\n<!-- end of n --> z'
    """
    begin, end = f"<!-- {mark} -->", f"<!-- end of {mark.partition(':')[0]} -->"
    start, stop = page.find(begin), page.find(end)
    if not 0 <= start < stop:
        raise ValueError(f"the page lacks the marks {begin!r} and {end!r} around its tables")
    return f"{page[: start + len(begin)]}\n\n{text}\n\n{page[stop:]}"


def table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """Return a table, all columns but the first to the right.

    >>> print(table(("", "s"), [("a|b", "1")]))
    |  | s |
    |---|--:|
    | a/b | 1 |
    """
    lines = [_row(head), "|---" + "|--:" * (len(head) - 1) + "|", *map(_row, rows)]
    return "\n".join(lines)


def _row(cells: Sequence[str]) -> str:
    return "| " + " | ".join(cell.replace("|", "/") for cell in cells) + " |"
