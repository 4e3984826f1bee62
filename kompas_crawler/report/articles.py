"""What the rows of the articles say: how many of which section, how soon they were read, which fields are filled.

Knows one pass over the table, without any body. Refuses to judge: a column that is often empty may rightly be.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Final

import pyarrow as pa
import pyarrow.compute as pc

from kompas_crawler.report.reading import Source, Tally

OPTIONAL: Final = ("description", "dateline", "updated_at", "image_url", "image_caption", "image_credit")
LISTS: Final = ("authors", "editors", "tags", "breadcrumbs")
FIELDS: Final = ("body", "authors", "editors", "tags", "breadcrumbs", "description", "dateline", "image_url")
FIELDS_SHOWN: Final = (*FIELDS, "image_caption", "image_credit", "updated_at")
"""Columns that a page may leave empty, in the order in which they are shown."""
_COLUMNS: Final = (
    *("section", "published_on", "published_at", "first_seen_at", "last_seen_at", "gone_at", "revision"),
    *("word_count", "is_complete", "is_sponsored", "duplicate_of", "flags", "content_type", "layout"),
    *OPTIONAL,
    *LISTS,
)
MINUTE, HOUR, DAY = 60, 3_600, 86_400
DELAYS: Final = (15 * MINUTE, HOUR, 3 * HOUR, 6 * HOUR, DAY, 7 * DAY, 31 * DAY)
"""Upper ends, in seconds, of the classes of time from publication to archive; what is longer is the last class."""


@dataclass(frozen=True, slots=True)
class Delays:
    """Time from publication to archive."""

    classes: tuple[int, ...]
    """Articles by class of `DELAYS`, and one class more."""
    quartiles: tuple[float, float, float, float] | None
    """Seconds within which 25, 50, 75 and 90 % were held; null without articles."""
    by_section: tuple[tuple[str, int, float], ...]
    """Section, articles, median in seconds; sections with most articles first."""

    def within(self, seconds: int) -> int:
        """Return how many articles were held so soon; `seconds` is one of `DELAYS`."""
        return sum(self.classes[: DELAYS.index(seconds) + 1])


@dataclass(frozen=True, slots=True)
class Articles:
    """What the rows of the articles say."""

    count: int
    by_day: Mapping[tuple[date, str], int]
    """Articles by day of publication and section."""
    delays: Delays
    filled: Mapping[str, int]
    """Rows in which a column of `FIELDS_SHOWN` holds something."""
    flags: Mapping[str, int]
    words: int
    looked_again: Mapping[str, int]
    """By section, articles that were read at least twice: only of those can be told whether they changed."""
    gone: int
    duplicates: int
    sponsored: int
    incomplete: int
    metadata_only: int

    @property
    def sections(self) -> list[tuple[str, int]]:
        """Sections with their articles, largest first."""
        counts: Counter[str] = Counter()
        for (_, section), count in self.by_day.items():
            counts[section] += count
        return sorted(counts.items(), key=lambda pair: (-pair[1], pair[0]))


def articles_of(source: Source) -> Articles:
    """Return what the articles of the window say."""
    by_day, looked = Tally("published_on", "section"), Tally("section")
    waits: list[pa.Table] = []
    sums: Counter[str] = Counter()
    filled: Counter[str] = Counter()
    flags: Counter[str] = Counter()
    for rows in source.chunks("articles", _COLUMNS):
        by_day.add(rows)
        looked.add(rows.filter(pc.greater(rows["last_seen_at"], rows["first_seen_at"])))
        waits.append(pa.table({"section": rows["section"].dictionary_encode(), "seconds": _waits(rows)}))
        filled.update(_filled(rows))
        flags.update(_counts(pc.list_flatten(rows["flags"])))
        sums.update(_sums(rows))
    return Articles(
        count=sums["count"],
        by_day={(row["published_on"], row["section"]): row["count"] for row in by_day.rows()},
        delays=_delays(waits),
        filled={name: filled[name] for name in FIELDS_SHOWN},
        flags=flags,
        words=sums["words"],
        looked_again={row["section"]: row["count"] for row in looked.rows()},
        gone=sums["gone"],
        duplicates=sums["duplicates"],
        sponsored=sums["sponsored"],
        incomplete=sums["incomplete"],
        metadata_only=flags["metadata_only"],
    )


def _waits(rows: pa.Table) -> pa.ChunkedArray:
    """Return the seconds from publication to archive; 32 bits hold 68 years."""
    between = pc.subtract(rows["first_seen_at"], rows["published_at"])
    seconds = pc.divide(between.cast(pa.int64()), 1_000_000)
    return pc.max_element_wise(seconds, 0).cast(pa.int32())


def _filled(rows: pa.Table) -> dict[str, int]:
    counts = {name: rows.num_rows - rows[name].null_count for name in OPTIONAL}
    counts |= {name: _count(pc.greater(pc.list_value_length(rows[name]), 0)) for name in LISTS}
    return counts | {"body": _count(pc.greater(rows["word_count"], 0))}


def _sums(rows: pa.Table) -> dict[str, int]:
    return {
        "count": rows.num_rows,
        "words": pc.sum(rows["word_count"].cast(pa.int64())).as_py() or 0,
        "gone": rows.num_rows - rows["gone_at"].null_count,
        "duplicates": rows.num_rows - rows["duplicate_of"].null_count,
        "sponsored": _count(rows["is_sponsored"]),
        "incomplete": _count(pc.invert(rows["is_complete"])),
    }


def _count(truths: pa.ChunkedArray) -> int:
    return int(pc.sum(truths).as_py() or 0)


def _counts(labels: pa.ChunkedArray) -> dict[str, int]:
    return {str(pair["values"]): pair["counts"] for pair in pc.value_counts(labels.cast(pa.string())).to_pylist()}


def _delays(waits: Sequence[pa.Table]) -> Delays:
    empty = Delays((0,) * (len(DELAYS) + 1), None, ())
    if not waits:
        return empty
    table = pa.concat_tables(waits).unify_dictionaries()
    seconds = table["seconds"]
    up_to = [_count(pc.less_equal(seconds, limit)) for limit in DELAYS] + [table.num_rows]
    classes = tuple(upper - lower for lower, upper in zip([0, *up_to], up_to, strict=False))
    first, second, third, fourth = pc.quantile(seconds, [0.25, 0.5, 0.75, 0.9]).to_pylist()
    grouped = table.group_by("section").aggregate([("seconds", "approximate_median"), ("seconds", "count")])
    medians = [(row["section"], row["seconds_count"], row["seconds_approximate_median"]) for row in grouped.to_pylist()]
    return Delays(classes, (first, second, third, fourth), tuple(sorted(medians, key=lambda one: (-one[1], one[0]))))
