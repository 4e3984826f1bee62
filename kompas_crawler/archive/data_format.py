"""`DATA_FORMAT.md`, written from the schemas and the closed vocabularies.

Knows how to describe the contract to the people who load the data. Decides nothing: columns, types and meanings come
from `schema`, values and their meanings from the enumerations in `items`, sections from `site.sections`.
`python -m kompas_crawler.archive.data_format > DATA_FORMAT.md` writes it anew; a test keeps it current.
"""

from __future__ import annotations

import ast
import inspect
from collections.abc import Iterable, Iterator, Sequence
from enum import StrEnum
from itertools import pairwise
from typing import Final, NamedTuple

import pyarrow as pa

from kompas_crawler.archive.columns import allowed_values
from kompas_crawler.archive.parquet import ORDER
from kompas_crawler.archive.relation import type_name
from kompas_crawler.archive.schema import ARTICLES, SCHEMA_VERSION, TABLES
from kompas_crawler.items import ChangeKind, ContentType, Flag, LinkKind, Outcome, PageKind, PublishedSource, Route
from kompas_crawler.site.sections import SECTIONS

VOCABULARIES: Final[dict[str, type[StrEnum]]] = {
    "Content types": ContentType,
    "Sources of `published_at`": PublishedSource,
    "Flags": Flag,
    "Routes": Route,
    "Kinds of links": LinkKind,
    "Kinds of changes": ChangeKind,
    "Outcomes": Outcome,
    "Kinds of pages": PageKind,
}
"""Every closed vocabulary by its heading."""

_INTRODUCTION: Final = f"""\
# Data format

<!-- Generated: python -m kompas_crawler.archive.data_format > DATA_FORMAT.md -->

What the files under `output/` hold, column by column: the contract between the crawler and everybody who loads its
data. This is **schema version {SCHEMA_VERSION}**. New columns may be added; none changes its type or
meaning without a new version and a migration (`scrapy migrate`).

```python
import pandas as pd
pd.read_parquet("output/articles")           # any reader of Parquet reads the folders as they are

from kompas_crawler import load              # the same, with days, sections, columns, and a memory
load("output", since="2021-04-01", until="2021-04-30", columns=["title", "section", "published_on"]).to_pandas()
```

## What holds everywhere

- **One key.** `article_id` is `YYYYMMDD-<id>` from the address of the article, e.g. `20210414-205938370`. It stays the
  same whatever the host, the slug or the query string.
- **Days are WIB days** (UTC+7). `published_on` and `day` are such days. An article published at 06:00 WIB has a
  `published_at` on the day before in UTC: group by `published_on`, never by the date of `published_at`.
- **Instants are aware UTC** with microseconds, and end in `_at`.
- **Nothing looks like data that is none.** What a page does not say is null, or an empty list; never `""`, `Unknown` or
  1970. The one exception is `body`, which is empty where a page has no text, and flagged `empty_body`.
- **Types are fixed.** *label* is a dictionary-encoded string of few values (a category in pandas and polars). Every
  column has the same type in every file.
- **Files appear whole.** A file is replaced at once, also while a crawl runs; a reader never meets half of one.
- Folders are partitioned as `year=YYYY/month=MM`; most readers add the two as columns, which are no part of the
  contract. Rows are sorted as stated below and compressed with zstd.
- The metadata of every file names the schema version (`kompas.schema_version`), the table (`kompas.table`), the run
  that wrote it last (`kompas.run_id`) and its software (`kompas.software_version`).
"""


class _Table(NamedTuple):
    """What the schema of a table does not say."""

    files: str
    per: str
    """One row stands for one of these."""
    prose: str


_TABLES: Final[dict[str, _Table]] = {
    "articles": _Table(
        files="articles/year=YYYY/month=MM/articles.parquet",
        per="article, as it is now",
        prose="""\
The archive proper. The month is that of `published_on`. An article that the site has removed stays, with `gone_at`.
Near-duplicates stay too, and point to the original with `duplicate_of`.""",
    ),
    "revisions": _Table(
        files="revisions/year=YYYY/month=MM/revisions.parquet",
        per="superseded reading of an article",
        prose="""\
What articles said before they were edited. A row was valid from `fetched_at` until just before `replaced_at`; where
several were, the one that ended first. `load(as_of=…)` puts the archive together as it was, `load(revisions=True)`
gives both tables in one. When `scrapy reparse` reads a raw page again with a mended parser, the row of that fetch is
corrected in its place, with the new `parser_version`, and no revision begins: only what the site did makes one. The
month is that of the key, which never changes. The table has every column of
[`articles`](#articles), and:""",
    ),
    "links": _Table(
        files="links/year=YYYY/month=MM/links.parquet",
        per="source article, kind and target",
        prose="""\
Where articles point to: *Baca juga* lines, the widgets of latest and related articles, links in sentences. The month
is that of the source article.""",
    ),
    "visits": _Table(
        files="visits/year=YYYY/month=MM/*.parquet",
        per="run and address",
        prose="""\
The books: how every address that a run met ended. The month is that in which the run began. There is one file for each
run; when the month is over they become one.""",
    ),
    "walks": _Table(
        files="walks/year=YYYY/month=MM/*.parquet",
        per="run, day and slug of the index",
        prose="""\
Each walk along the index of one day, and whether it reached the end. Files as those of `visits`.""",
    ),
    "coverage": _Table(
        files="coverage.parquet",
        per="WIB day and section",
        prose="""\
What the archive has, and what it knows to miss. A day and section without a row was never walked, listed or held: *no
crawl*. A row with a `walked_at` and `listed` 0: *no news*. Always `listed = held + failed + excluded`.""",
    ),
    "runs": _Table(
        files="runs.parquet",
        per="run",
        prose="""\
What each run was asked to do, how it ended and what it cost. `runs/` holds the same with more detail, one JSON file a
run.""",
    ),
}

_ABOUT_SECTIONS: Final = """\
### Sections

Values of `section` that are known. The list is open: an article under a host or path that is not known has that name as
its section, and the flag `unknown_section`. Codes are the digits that end the id.
"""
_NAMES_SHOWN: Final = 12

_EXAMPLES: Final = '''\
## Examples

Articles per section and month; DuckDB reads only the columns that the query names:

```python
load("output").sql("""
    select section, date_trunc('month', published_on) as month, count(*) as articles
    from articles where duplicate_of is null group by all order by all
""").df()
```

Days that may not be used as if they were complete:

```python
from kompas_crawler import load_coverage
load_coverage("output").sql("from coverage where not is_complete order by day, section").df()
```

Who credits whom, with polars, straight from the files:

```python
import polars as pl
(
    pl.scan_parquet("output/articles/**/*.parquet")
    .select("published_on", "authors").explode("authors").group_by("authors").len().sort("len", descending=True)
    .collect()
)
```

How headlines change after publication:

```python
load("output", revisions=True, columns=["article_id", "revision", "title", "fetched_at", "change_kind"]).sql("""
    select * from articles
    where article_id in (select article_id from articles where change_kind = 'title')
    order by article_id, revision
""").df()
```

The archive as it stood when a paper was submitted:

```python
load("output", until="2021-12-31", as_of="2022-02-01").to_pandas()
```
'''


def document() -> str:
    """Return the whole text of `DATA_FORMAT.md`."""
    parts = [_INTRODUCTION, _overview(), *map(_table, TABLES), "## Vocabularies\n"]
    parts += [_vocabulary(heading, values) for heading, values in VOCABULARIES.items()]
    return "\n".join([*parts, _sections(), _EXAMPLES])


def member_descriptions(enumeration: type[StrEnum]) -> dict[str, str]:
    """Return the docstring under each member of an enumeration, by value. A member without one is left out.

    >>> member_descriptions(PublishedSource)["page"]
    'The time printed on the page.'
    """
    (definition,) = ast.parse(inspect.getsource(enumeration)).body
    body = definition.body if isinstance(definition, ast.ClassDef) else []
    described = {}
    for member, docstring in pairwise(body):
        match member, docstring:
            case ast.Assign(value=ast.Constant(value=value)), ast.Expr(value=ast.Constant(value=str(text))):
                described[str(value)] = " ".join(text.split())
    return described


def _overview() -> str:
    rows = ([f"[`{name}`](#{name})", f"`{table.files}`", table.per] for name, table in _TABLES.items())
    return "\n".join(["## Tables\n", *_markdown(["Table", "Files", "One row per"], rows), ""])


def _table(name: str) -> str:
    table, order = _TABLES[name], ", ".join(f"`{column}`" for column in ORDER[name])
    rows = ([f"`{field.name}`", type_name(field), _meaning(field)] for field in _own_columns(name))
    head = f"`{table.files}` · one row per {table.per} · sorted by {order}\n"
    return "\n".join([f"### {name}\n", head, f"{table.prose}\n", *_markdown(["Column", "Type", "Meaning"], rows), ""])


def _own_columns(name: str) -> list[pa.Field]:
    """Return the columns of a table; of `revisions` those that `articles` has not."""
    shown_before = ARTICLES.names if name == "revisions" else []
    return [field for field in TABLES[name] if field.name not in shown_before]


def _meaning(field: pa.Field) -> str:
    described: bytes = (field.metadata or {}).get(b"description", b"")
    allowed = allowed_values(field)
    listed = [heading for heading, values in VOCABULARIES.items() if allowed == frozenset(map(str, values))]
    return " ".join([described.decode(), *(f"→ [{heading}](#{_anchor(heading)})" for heading in listed)])


def _vocabulary(heading: str, enumeration: type[StrEnum]) -> str:
    described, values = member_descriptions(enumeration), frozenset(map(str, enumeration))
    columns = [
        f"`{name}.{field.name}`" for name in TABLES for field in _own_columns(name) if allowed_values(field) == values
    ]
    rows = ([f"`{member}`", described[str(member)]] for member in enumeration)
    about = f"{inspect.cleandoc(enumeration.__doc__ or '')} In {', '.join(columns)}.\n"
    return "\n".join([f"### {heading}\n", about, *_markdown(["Value", "Meaning"], rows), ""])


def _sections() -> str:
    rows = (
        [f"`{slug}`", ", ".join(map(str, sorted(section.codes))) or "–", _abridged(section.names)]
        for slug, section in sorted(SECTIONS.items())
    )
    return "\n".join([_ABOUT_SECTIONS, *_markdown(["Section", "Codes", "Other names it had"], rows), ""])


def _abridged(names: Sequence[str]) -> str:
    more = f" and {len(names) - _NAMES_SHOWN} more" if len(names) > _NAMES_SHOWN else ""
    return (", ".join(names[:_NAMES_SHOWN]) or "–") + more


def _markdown(head: list[str], rows: Iterable[list[str]]) -> Iterator[str]:
    """Yield the lines of a table."""
    yield f"| {' | '.join(head)} |"
    yield f"|{' --- |' * len(head)}"
    for row in rows:
        cells = [cell.replace("|", "\\|") for cell in row]
        yield f"| {' | '.join(cells)} |"


def _anchor(heading: str) -> str:
    """Return the fragment by which GitHub names a heading.

    >>> _anchor("Sources of `published_at`")
    'sources-of-published_at'
    """
    return heading.lower().replace(" ", "-").replace("`", "")


if __name__ == "__main__":
    print(document(), end="")
