"""Differences: what a reading says otherwise than the row that is held of the same fetch, counted and with examples.

Pure: rows in, counts out.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from itertools import takewhile
from typing import Any, Final, Self

from kompas_crawler.archive.schema import PAGE_COLUMNS

COMPARED: Final = (*(column.name for column in PAGE_COLUMNS), "raw_file", "raw_offset")
"""Columns that come from the page and its record."""
EXAMPLES: Final = 3
"""Of each column."""
_EXCERPT: Final = 80


@dataclass(frozen=True, slots=True)
class Example:
    """One value that would change."""

    article_id: str
    old: str
    new: str


@dataclass(slots=True)
class Differences:
    """Of some readings."""

    rows: int = 0
    """Rows that would change."""
    columns: Counter[str] = field(default_factory=Counter)
    """How many rows would change in which column."""
    examples: dict[str, list[Example]] = field(default_factory=dict)

    def add(self, article_id: str, old: Mapping[str, Any], new: Mapping[str, Any]) -> bool:
        """Note what a reading changes of a row; return whether it changes anything."""
        changed = [name for name in COMPARED if old[name] != new[name]]
        for name in changed:
            self.columns[name] += 1
            shown = self.examples.setdefault(name, [])
            if len(shown) < EXAMPLES:
                shown.append(Example(article_id, *excerpts(old[name], new[name])))
        self.rows += bool(changed)
        return bool(changed)

    def merge(self, other: Differences) -> None:
        """Add the differences of other readings."""
        self.rows += other.rows
        self.columns += other.columns
        for name, examples in other.examples.items():
            self.examples[name] = [*self.examples.get(name, []), *examples][:EXAMPLES]

    def as_json(self) -> dict[str, Any]:
        """Return everything, for a file or for other programs."""
        return {
            "rows": self.rows,
            "columns": {
                name: {
                    "rows": self.columns[name],
                    "examples": [
                        {"article_id": one.article_id, "old": one.old, "new": one.new} for one in self.examples[name]
                    ],
                }
                for name in sorted(self.columns)
            },
        }

    @classmethod
    def from_json(cls, told: Mapping[str, Any]) -> Self:
        """Return the differences that `as_json` returned."""
        columns = told["columns"]
        return cls(
            told["rows"],
            Counter({name: column["rows"] for name, column in columns.items()}),
            {name: [Example(**one) for one in column["examples"]] for name, column in columns.items()},
        )


def excerpts(old: Any, new: Any) -> tuple[str, str]:
    """Return two values as text; of long ones the place where they part.

    >>> excerpts(("a", "b"), ())
    ("['a', 'b']", '[]')
    >>> excerpts("x" * 200 + "old", "x" * 200 + "new")[0][-5:]
    'xxold'
    """
    one, other = _shown(old), _shown(new)
    if max(len(one), len(other)) <= 2 * _EXCERPT:
        return one, other
    same = sum(1 for _ in takewhile(lambda pair: pair[0] == pair[1], zip(one, other, strict=False)))
    start = max(0, same - _EXCERPT // 2)
    return _cut(one, start), _cut(other, start)


def _shown(value: Any) -> str:
    if isinstance(value, str):
        return value
    return str(list(value) if isinstance(value, tuple) else value)


def _cut(text: str, start: int) -> str:
    end = start + 2 * _EXCERPT
    return f"{'…' if start else ''}{text[start:end]}{'…' if len(text) > end else ''}"
