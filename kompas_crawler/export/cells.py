r"""The cells of a CSV file: values as text that a spreadsheet takes for text, and back.

A cell that begins with `=`, `+`, `-`, `@`, a tab or a line break would be a formula, or lead to one, in Excel,
LibreOffice and others. It gets an apostrophe in front; so does one that begins with an apostrophe itself, so that
taking one off gives every text back as it was.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import date, datetime
from typing import Any, Final

SEPARATOR: Final = " | "
"""Between the elements of a list; a bar or a backslash inside of one has a backslash in front."""
_LEADS: Final = re.compile(r"['=+\-@\t\r\n＝＋－＠]|[ \u00a0]+[=+\-@＝＋－＠]")
"""How a cell begins that is not left as it is. Full-width signs are taken for plain ones in some languages, blanks
before a formula are skipped in some programs."""


def cell_of(value: Any) -> str:
    r"""Return a value as the text of a cell: null as an empty one, instants and days in ISO 8601, bytes as hex.

    >>> cell_of("=1+1"), cell_of("Jum'at"), cell_of(["Sari", "A|B"]), cell_of(None), cell_of(True), cell_of(-5)
    ("'=1+1", "Jum'at", 'Sari | A\\|B', '', 'true', '-5')
    """
    match value:
        case str():
            return neutralised(value)
        case None:
            return ""
        case bool():
            return "true" if value else "false"
        case bytes():
            return value.hex()
        case date() | datetime():
            return value.isoformat()
        case list():
            return neutralised(joined(value))
        case _:
            return str(value)


def neutralised(text: str) -> str:
    """Return a text as no spreadsheet takes it for a formula."""
    return f"'{text}" if _LEADS.match(text) else text


def restored(cell: str) -> str:
    """Return the text that a cell was made of.

    >>> restored("'=1+1"), restored("Jum'at")
    ('=1+1', "Jum'at")
    """
    return cell.removeprefix("'")


def joined(elements: Sequence[str]) -> str:
    """Return a list as one text; an empty one is empty."""
    return SEPARATOR.join(element.replace("\\", "\\\\").replace("|", "\\|") for element in elements)


def parted(text: str) -> list[str]:
    r"""Return the list that a text was joined of.

    >>> parted(joined(["Sari", "A|B", "C\\"])), parted("")
    (['Sari', 'A|B', 'C\\'], [])
    """
    # Inside of an element a backslash stands before every bar, so that a blank does so only between two of them.
    return [re.sub(r"\\(.)", r"\1", one, flags=re.DOTALL) for one in text.split(SEPARATOR)] if text else []
