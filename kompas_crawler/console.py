"""What commands print on: colours and the terminal's width where there is a terminal, plain text where there is none.

Numbers, sizes and records in the forms that people and programs read. Knows nothing of archives.
"""

from __future__ import annotations

import io
import json
import os
import sys
from dataclasses import asdict
from datetime import date, datetime
from typing import IO, Any, ClassVar, Final, Protocol

from rich.console import Console
from rich.table import Table

PLAIN_WIDTH: Final = 120
"""Columns where there is no terminal and COLUMNS does not say."""
_UNITS: Final = ("kB", "MB", "GB", "TB")


class Record(Protocol):
    """An instance of any dataclass."""

    __dataclass_fields__: ClassVar[dict[str, Any]]


def console(stream: IO[str] | None = None) -> Console:
    """Return where to print: standard output, or `stream`.

    Without a terminal nothing is coloured. What the output's character set lacks becomes `?` instead of an error.
    """
    stream = stream or sys.stdout
    if isinstance(stream, io.TextIOWrapper):
        stream.reconfigure(errors="replace")
    width = None if stream.isatty() or "COLUMNS" in os.environ else PLAIN_WIDTH
    return Console(file=stream, width=width, highlight=False)


def plain_table(*columns: str, numbers: tuple[str, ...] = ()) -> Table:
    """Return a table without lines, whose columns of these headings are text, those of `numbers` set to the right."""
    table = Table(box=None, pad_edge=False, header_style="dim")
    for heading in columns:
        table.add_column(heading, justify="right" if heading in numbers else "left", no_wrap=heading in numbers)
    return table


def print_json(record: Record, kind: str) -> None:
    """Print a record as one JSON object whose first key, `format`, names its kind and the version of its keys.

    Days are `YYYY-MM-DD`, instants ISO 8601 in UTC. Keys are only ever added under one version.
    """
    print(json.dumps({"format": f"kompas-{kind}/1", **asdict(record)}, default=_as_text, ensure_ascii=False, indent=1))


def size(count: float) -> str:
    """Return a number of bytes for people.

    >>> size(999), size(48_300_000), size(1.2e15)
    ('999 B', '48.3 MB', '1200.0 TB')
    """
    if count < 1000:
        return f"{count:.0f} B"
    unit = 0
    count /= 1000
    while count >= 1000 and unit < len(_UNITS) - 1:
        count /= 1000
        unit += 1
    return f"{count:.1f} {_UNITS[unit]}"


def counted(count: int, noun: str) -> str:
    """Return a number with its noun, in the plural where that is due.

    >>> counted(1, "day"), counted(1200, "day"), counted(2, "batch"), counted(2, "body")
    ('1 day', '1,200 days', '2 batches', '2 bodies')
    """
    if count != 1:
        noun = f"{noun[:-1]}ies" if noun.endswith("y") and noun[-2] not in "aeiou" else noun
        noun = noun if noun.endswith("ies") else f"{noun}{'es' if noun.endswith(('ch', 's', 'sh', 'x')) else 's'}"
    return f"{count:,} {noun}"


def _as_text(value: Any) -> str:
    if isinstance(value, date | datetime):
        return value.isoformat()
    if isinstance(value, bytes):
        return value.hex()
    raise TypeError(f"{type(value).__name__} has no form in JSON here")
