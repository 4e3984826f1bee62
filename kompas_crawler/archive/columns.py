"""How records become Arrow columns: checked against the schema first, since Arrow would store some mistakes silently.

Knows what a value of each column must be. Refuses to know files, folders and how rows of a table relate.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, date, datetime
from typing import Any

import pyarrow as pa

from kompas_crawler.archive.schema import PAGE_COLUMNS, TABLE_KEY
from kompas_crawler.errors import RecordRefused
from kompas_crawler.items import Article


def record_batch(records: Sequence[Mapping[str, Any]], schema: pa.Schema) -> pa.RecordBatch:
    """Return `records` as columns of exactly this `schema`. An absent key is null where the column allows it.

    Raises `RecordRefused` for an unknown key, a missing or null value of a required column, a value of another type,
    a naive datetime, and a value outside a closed vocabulary: Arrow itself would store some of these without a word.
    """
    names = frozenset(schema.names)
    for record in records:
        if unknown := sorted(record.keys() - names):
            raise RecordRefused(f"{_name(record, schema)} has keys that the table has no column for: {unknown}")
    columns = [_array(records, field, schema) for field in schema]
    return pa.RecordBatch.from_arrays(columns, schema=schema)


def _array(records: Sequence[Mapping[str, Any]], field: pa.Field, schema: pa.Schema) -> pa.Array:
    vocabulary = allowed_values(field)
    values = []
    for record in records:
        value = record.get(field.name)
        if (wrong := _what_is_wrong(value, field, vocabulary)) is not None:
            raise RecordRefused(f"{_name(record, schema)}: column {field.name!r} {wrong}, found {value!r:.200}")
        values.append(value)
    try:
        return pa.array(values, type=field.type)
    except (pa.ArrowInvalid, pa.ArrowTypeError, OverflowError) as error:
        raise RecordRefused(f"column {field.name!r} of {field.type} cannot hold what it was given: {error}") from error


def allowed_values(field: pa.Field) -> frozenset[str] | None:
    """Return the closed vocabulary of a column, or None when its values are open."""
    listed = (field.metadata or {}).get(b"values")
    return frozenset(listed.decode().split(",")) if listed is not None else None


def _name(record: Mapping[str, Any], schema: pa.Schema) -> str:
    key = record.get("article_id") or record.get("url") or record.get("run_id") or "a record"
    return f"{(schema.metadata or {}).get(TABLE_KEY, b'').decode()} record {key!s:.200}"


def _what_is_wrong(value: Any, field: pa.Field, vocabulary: frozenset[str] | None) -> str | None:
    """Return what is wrong with a value for a column, or None."""
    if value is None:
        return None if field.nullable else "is required"
    if pa.types.is_list(field.type):
        if not isinstance(value, list | tuple):
            return "must be a list"
        return next(
            (wrong for element in value if (wrong := _what_is_wrong(element, field.type.value_field, vocabulary))), None
        )
    expected = _python_type(field.type)
    if not isinstance(value, expected) or (isinstance(value, bool) and expected is not bool):
        return f"must be {field.type}"
    if isinstance(value, datetime) and (expected is date or value.tzinfo is None):
        return "must be a day without a time" if expected is date else "must be an aware datetime"
    if vocabulary is not None and value not in vocabulary:
        return f"must be one of {sorted(vocabulary)}"
    return None


def _python_type(type_: pa.DataType) -> type | tuple[type, ...]:
    """Return the Python type whose values a column of this Arrow type takes."""
    if pa.types.is_dictionary(type_) or pa.types.is_string(type_):
        return str
    if pa.types.is_integer(type_):
        return int
    if pa.types.is_boolean(type_):
        return bool
    if pa.types.is_floating(type_):
        return (float, int)
    if pa.types.is_timestamp(type_):
        return datetime
    return date if pa.types.is_date(type_) else bytes


def article_columns(articles: Iterable[Article]) -> list[dict[str, Any]]:
    """Return the page's columns of each article as a record, instants in UTC."""
    names = [field.name for field in PAGE_COLUMNS]
    return [{name: _in_utc(getattr(article, name)) for name in names} for article in articles]


def _in_utc(value: Any) -> Any:
    """Return an aware datetime in UTC; everything else, a naive datetime too, as it is."""
    return value.astimezone(UTC) if isinstance(value, datetime) and value.tzinfo is not None else value
