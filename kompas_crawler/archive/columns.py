"""How records become Arrow columns: checked against the schema first, since Arrow would store some mistakes silently.

Knows what a value of each column must be. Refuses to know files, folders and how rows of a table relate.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from functools import cache
from operator import attrgetter
from typing import Any, Final, NoReturn

import pyarrow as pa

from kompas_crawler.archive.schema import PAGE_COLUMNS, TABLE_KEY
from kompas_crawler.errors import RecordRefused
from kompas_crawler.items import Article


def record_batch(records: Sequence[Mapping[str, Any]], schema: pa.Schema) -> pa.RecordBatch:
    """Return `records` as columns of exactly this `schema`. An absent key is null where the column allows it.

    Raises `RecordRefused` as `check` does.
    """
    Checker(schema).check(records)
    return checked_batch(records, schema)


class Checker:
    """The rules of one schema. Making it costs more than checking some records: keep it where they come one by one."""

    def __init__(self, schema: pa.Schema) -> None:
        self._schema = schema
        self._names = frozenset(schema.names)
        self._rules = [(field.name, _rule(field, allowed_values(field))) for field in schema]

    def check(self, records: Sequence[Mapping[str, Any]]) -> None:
        """Check that every record fits the schema.

        Raises `RecordRefused` for an unknown key, a missing or null value of a required column, a value of another
        type or beyond its range, a naive datetime, and a value outside a closed vocabulary: Arrow itself would store
        some of these without a word.
        """
        for record in records:
            self._check_names(record)
        self.check_columns({name: [record.get(name) for record in records] for name, _ in self._rules})

    def check_one(self, record: Mapping[str, Any]) -> None:
        """Check one record, as `check` does, in a third of the time."""
        self._check_names(record)
        for name, rule in self._rules:
            value = record.get(name)
            if type(value) not in rule.harmless and (wrong := rule.broken_by(value)) is not None:
                self._refuse(record, name, wrong)

    def check_columns(self, columns: Mapping[str, Sequence[Any]]) -> None:
        """Check records that are given by their columns, all of them and no other, as `check` does."""
        for name, rule in self._rules:
            if rule.is_plainly_kept(columns[name]):
                continue
            for number, value in enumerate(columns[name]):
                if (wrong := rule.broken_by(value)) is not None:
                    self._refuse({key: values[number] for key, values in columns.items()}, name, wrong)

    def _check_names(self, record: Mapping[str, Any]) -> None:
        if not record.keys() <= self._names:
            unknown = sorted(record.keys() - self._names)
            raise RecordRefused(f"{self._of(record)} has keys that the table has no column for: {unknown}")

    def _refuse(self, record: Mapping[str, Any], name: str, wrong: str) -> NoReturn:
        raise RecordRefused(f"{self._of(record)}: column {name!r} {wrong}, found {record.get(name)!r:.200}")

    def _of(self, record: Mapping[str, Any]) -> str:
        key = record.get("article_id") or record.get("url") or record.get("run_id") or "a record"
        return f"{(self._schema.metadata or {}).get(TABLE_KEY, b'').decode()} record {key!s:.200}"


def checked_batch(records: Sequence[Mapping[str, Any]], schema: pa.Schema) -> pa.RecordBatch:
    """Return records that were checked as columns of exactly this `schema`."""
    return columns_batch({name: [record.get(name) for record in records] for name in schema.names}, schema)


def columns_batch(columns: Mapping[str, Sequence[Any]], schema: pa.Schema) -> pa.RecordBatch:
    """Return columns that were checked as columns of exactly this `schema`."""
    arrays = [pa.array(columns[field.name], type=field.type) for field in schema]
    return pa.RecordBatch.from_arrays(arrays, schema=schema)


_HARMLESS: Final = frozenset({bool, date, float})
"""Types whose every value Arrow stores as it is."""


@dataclass(frozen=True, slots=True)
class _Rule:
    """What the values of a column must be."""

    type_name: str
    expected: tuple[type, ...]
    nullable: bool
    limit: int | None
    """Integers are less than this and not less than its negative; bytes are of exactly this length; else null."""
    vocabulary: frozenset[str] | None
    element: _Rule | None
    """The rule for the elements of a list."""

    harmless: frozenset[type]
    """Types of which every value keeps the rule."""

    def is_plainly_kept(self, values: Sequence[Any]) -> bool:
        """Return whether all values can be seen at a glance to keep the rule; when not, each is to be looked at."""
        kinds = set(map(type, values)) - self.harmless
        if len(kinds) != 1 or self.element is not None:
            return not kinds
        (kind,), present = kinds, [value for value in values if value is not None]
        if self.vocabulary is not None:
            return issubclass(kind, self.expected) and self.vocabulary.issuperset(present)
        if kind not in self.expected:
            return False
        if kind is str:
            return all(map(str.isascii, present))
        if kind is int and self.limit is not None:
            return all(-self.limit <= value < self.limit for value in present)
        return kind is datetime and all(value.tzinfo is not None for value in present)

    def broken_by(self, value: Any) -> str | None:
        """Return what is wrong with a value, None when nothing is."""
        if value is None:
            return None if self.nullable else "is required"
        if type(value) not in self.expected and not self._is_kin(value):
            return f"must be {self.type_name}"
        if isinstance(value, datetime) and value.tzinfo is None:
            return "must be an aware datetime"
        if self.element is not None:
            return next((wrong for one in value if (wrong := self.element.broken_by(one))), None)
        if self.vocabulary is not None and value not in self.vocabulary:
            return f"must be one of {sorted(self.vocabulary)}"
        return self._beyond_limits(value)

    def _beyond_limits(self, value: Any) -> str | None:
        """Return what Arrow could not store of a value of the right type, None when it can."""
        if isinstance(value, str):
            return None if value.isascii() or _is_encodable(value) else "must be Unicode without lone surrogates"
        if self.limit is None:
            return None
        fits = len(value) == self.limit if isinstance(value, bytes) else -self.limit <= value < self.limit
        return None if fits else f"is beyond {self.type_name}"

    def _is_kin(self, value: Any) -> bool:
        """Return whether a value is of a derived type that is no other type of the schema: an enumeration, say."""
        return isinstance(value, self.expected) and not isinstance(value, bool | datetime)


@cache
def _rule(field: pa.Field, vocabulary: frozenset[str] | None) -> _Rule:
    type_, element = field.type, None
    if pa.types.is_list(type_):
        element = _rule(type_.value_field, vocabulary)
    limit = None
    if pa.types.is_integer(type_):
        limit = 1 << (type_.bit_width - 1)
    elif pa.types.is_fixed_size_binary(type_):
        limit = type_.byte_width
    expected = _python_types(type_)
    harmless = _HARMLESS.intersection(expected) | ({type(None)} if field.nullable else set())
    return _Rule(str(type_), expected, field.nullable, limit, vocabulary, element, harmless)


def _is_encodable(text: str) -> bool:
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True


@cache
def allowed_values(field: pa.Field) -> frozenset[str] | None:
    """Return the closed vocabulary of a column, or None when its values are open."""
    listed = (field.metadata or {}).get(b"values")
    return frozenset(listed.decode().split(",")) if listed is not None else None


def _python_types(type_: pa.DataType) -> tuple[type, ...]:
    """Return the Python types whose values a column of this Arrow type takes."""
    known: tuple[tuple[Callable[[pa.DataType], bool], tuple[type, ...]], ...] = (
        (pa.types.is_list, (list, tuple)),
        (pa.types.is_dictionary, (str,)),
        (pa.types.is_string, (str,)),
        (pa.types.is_integer, (int,)),
        (pa.types.is_boolean, (bool,)),
        (pa.types.is_floating, (float, int)),
        (pa.types.is_timestamp, (datetime,)),
        (pa.types.is_date, (date,)),
    )
    return next((types for is_of, types in known if is_of(type_)), (bytes,))


_PAGE_NAMES: Final = tuple(field.name for field in PAGE_COLUMNS)
_page_values: Final = attrgetter(*_PAGE_NAMES)
_INSTANTS: Final = tuple(field.name for field in PAGE_COLUMNS if pa.types.is_timestamp(field.type))


def article_columns(articles: Iterable[Article]) -> list[dict[str, Any]]:
    """Return the page's columns of each article as a record, instants in UTC; a naive datetime stays as it is."""
    return [_article_record(article) for article in articles]


def _article_record(article: Article) -> dict[str, Any]:
    record: dict[str, Any] = dict(zip(_PAGE_NAMES, _page_values(article), strict=True))
    for name in _INSTANTS:
        instant = record[name]
        if isinstance(instant, datetime) and instant.tzinfo is not None:
            record[name] = instant.astimezone(UTC)
    return record
