"""Every Arrow schema of the archive: names, types, nullability and meaning of all columns of all tables.

Knows the data contract. Knows nothing of files, folders or runs, nor how records become columns (`columns`).
The columns that come from a page take their description from the docstrings in `kompas_crawler.items`, so that a
field is described in one place; `DATA_FORMAT.md` is generated from what stands here.
"""

from __future__ import annotations

import ast
import inspect
from collections.abc import Mapping
from enum import StrEnum
from itertools import pairwise
from typing import Final

import pyarrow as pa

from kompas_crawler import items
from kompas_crawler.errors import SchemaMismatch
from kompas_crawler.items import (
    Article,
    ChangeKind,
    ContentType,
    Flag,
    LinkKind,
    Outcome,
    PageKind,
    PublishedSource,
    Route,
    Visit,
    Walk,
)

SCHEMA_VERSION: Final = 1
"""Version of the data contract. A column that changes its type or meaning raises it and brings a migration."""

VERSION_KEY: Final = b"kompas.schema_version"
TABLE_KEY: Final = b"kompas.table"
RUN_KEY: Final = b"kompas.run_id"
SOFTWARE_KEY: Final = b"kompas.software_version"
"""Keys of the file metadata: the schema version, the table, the run and the software that wrote the file last."""

STRING: Final = pa.string()
LABEL: Final = pa.dictionary(pa.int32(), pa.string())
"""A string of few distinct values."""
INSTANT: Final = pa.timestamp("us", "UTC")
DAY: Final = pa.date32()
HASH: Final = pa.binary(16)


def list_of(element: pa.DataType) -> pa.DataType:
    """Return the type of a list whose elements are never null."""
    return pa.list_(pa.field("element", element, nullable=False))


# `ItemAdapter.get_json_schema` reads the same, and a test compares them; it reads the module anew for every field,
# which costs each start of a crawl a quarter of a second.
_RECORDS: Final = ast.parse(inspect.getsource(items)).body


def _described(record: type) -> dict[str, str]:
    """Return the docstring of every field of a record in `kompas_crawler.items`, by field name."""
    body = next(node.body for node in _RECORDS if isinstance(node, ast.ClassDef) and node.name == record.__name__)
    described = dict.fromkeys(record.__annotations__, "")
    for pair in pairwise(body):
        match pair:
            case ast.AnnAssign(target=ast.Name(id=name)), ast.Expr(value=ast.Constant(value=str(text))):
                described[name] = " ".join(text.split())
    return described


def _column(
    name: str,
    type_: pa.DataType,
    description: str,
    *,
    nullable: bool = False,
    values: type[StrEnum] | None = None,
) -> pa.Field:
    metadata = {"description": description}
    if values is not None:
        metadata["values"] = ",".join(values)
    return pa.field(name, type_, nullable=nullable, metadata=metadata)


_ARTICLE: Final = _described(Article)
_VISIT: Final = _described(Visit)
_WALK: Final = _described(Walk)


def _page(name: str, type_: pa.DataType, *, nullable: bool = False, values: type[StrEnum] | None = None) -> pa.Field:
    return _column(name, type_, _ARTICLE[name], nullable=nullable, values=values)


PAGE_COLUMNS: Final = (
    _page("article_id", STRING),
    _page("url", STRING),
    _page("section", LABEL),
    _page("section_code", pa.int16(), nullable=True),
    _page("breadcrumbs", list_of(STRING)),
    _page("content_type", LABEL, values=ContentType),
    _page("title", STRING),
    _page("description", STRING, nullable=True),
    _page("dateline", STRING, nullable=True),
    _page("body", STRING),
    _page("word_count", pa.int32()),
    _page("paragraph_count", pa.int32()),
    _page("authors", list_of(STRING)),
    _page("editors", list_of(STRING)),
    _page("tags", list_of(STRING)),
    _page("published_at", INSTANT),
    _page("published_on", DAY),
    _page("published_source", LABEL, values=PublishedSource),
    _page("published_text", STRING, nullable=True),
    _page("updated_at", INSTANT, nullable=True),
    _page("updated_text", STRING, nullable=True),
    _page("image_url", STRING, nullable=True),
    _page("image_caption", STRING, nullable=True),
    _page("image_credit", STRING, nullable=True),
    _page("page_count", pa.int16()),
    _page("pages_fetched", pa.int16()),
    _page("is_complete", pa.bool_()),
    _page("is_adult", pa.bool_()),
    _page("is_sponsored", pa.bool_()),
    _page("flags", list_of(LABEL), values=Flag),
    _page("layout", LABEL),
    _page("parser_version", pa.int16()),
    _page("rendered", pa.bool_()),
)
"""What a page says: the fields of `items.Article`, in their order."""

RECORD_COLUMNS: Final = (
    _column(
        "revision",
        pa.int32(),
        "Number of this revision, from 1 in the order in which they were recorded; not every number need be kept.",
    ),
    _column("content_hash", HASH, "Digest of title and body; white space and Unicode form make no difference."),
    _column(
        "duplicate_of",
        STRING,
        "`article_id` of the earliest article of which this is a near-duplicate. Marked, never dropped.",
        nullable=True,
    ),
    _column("first_seen_at", INSTANT, "When the article was fetched for the first time."),
    _column("fetched_at", INSTANT, "When the text of this revision was fetched."),
    _column("last_seen_at", INSTANT, "When the page was last seen to say this."),
    _column(
        "gone_at",
        INSTANT,
        "When the site was found to have removed the page; null while it answers. The text is the last one read.",
        nullable=True,
    ),
    _column("discovered_by", list_of(LABEL), "All routes by which the article was ever found, sorted.", values=Route),
    _column("raw_file", STRING, "The WARC file that holds the response; null when none was kept.", nullable=True),
    _column("raw_offset", pa.int64(), "Offset of the record in `raw_file`, in bytes.", nullable=True),
    _column("run_id", STRING, "The run that fetched this revision."),
)
"""What the archive knows of a row beside the page."""

ARTICLES: Final = pa.schema([*PAGE_COLUMNS, *RECORD_COLUMNS], metadata={TABLE_KEY: b"articles"})
"""`articles/`: one row per article, as it is now."""

REVISIONS: Final = pa.schema(
    [
        *ARTICLES,
        _column(
            "replaced_at", INSTANT, "When the page was first seen to say something else: the end of this revision."
        ),
        _column("change_kind", LABEL, "What ended it.", values=ChangeKind),
    ],
    metadata={TABLE_KEY: b"revisions"},
)
"""`revisions/`: superseded rows, in the month that the key names. Valid at an instant is, of the rows of articles and
revisions of one article with `fetched_at` <= instant < `replaced_at` (none counts as infinity), the one with the
smallest `replaced_at`, and of several such the one with the latest `fetched_at`."""

LINKS: Final = pa.schema(
    [
        _column("article_id", STRING, "Key of the article that holds the link."),
        _column("published_on", DAY, "The day in that key, by which the table is partitioned."),
        _column("kind", LABEL, "How the article points to the target.", values=LinkKind),
        _column("position", pa.int32(), "1, 2, … within its kind, in page order, when last seen."),
        _column("text", STRING, "Text of the link as printed when last seen, without the lead (`Baca juga:`)."),
        _column("target_url", STRING, "Address of the target; canonical when it is an article of the site."),
        _column("target_article_id", STRING, "Key of the target; null when it is no article here.", nullable=True),
        _column("first_seen_at", INSTANT, "The first fetch of the source that showed the link."),
        _column("last_seen_at", INSTANT, "The last fetch of the source that showed the link."),
    ],
    metadata={TABLE_KEY: b"links"},
)
"""`links/`: one row per source, kind and target."""

VISITS: Final = pa.schema(
    [
        _column("run_id", STRING, "The run."),
        _column("url", STRING, _VISIT["url"]),
        _column("page_kind", LABEL, _VISIT["page_kind"] or "What kind of address it is.", values=PageKind),
        _column("article_id", STRING, _VISIT["article_id"], nullable=True),
        _column("outcome", LABEL, _VISIT["outcome"] or "How the address ended in the run.", values=Outcome),
        _column("reason", LABEL, _VISIT["reason"], nullable=True),
        _column("status", pa.int16(), _VISIT["status"], nullable=True),
        _column("size_bytes", pa.int64(), _VISIT["size_bytes"], nullable=True),
        _column("seconds", pa.float64(), _VISIT["seconds"], nullable=True),
        _column("discovered_by", list_of(LABEL), _VISIT["discovered_by"], values=Route),
        _column("listed_on", DAY, _VISIT["listed_on"], nullable=True),
        _column("section", LABEL, _VISIT["section"], nullable=True),
        _column("visited_at", INSTANT, _VISIT["visited_at"]),
        _column("raw_file", STRING, _VISIT["raw_file"], nullable=True),
        _column("raw_offset", pa.int64(), _VISIT["raw_offset"], nullable=True),
    ],
    metadata={TABLE_KEY: b"visits"},
)
"""`visits/`: one row per run and address."""

WALKS: Final = pa.schema(
    [
        _column("run_id", STRING, "The run."),
        _column("day", DAY, _WALK["day"]),
        _column("site", LABEL, _WALK["site"]),
        _column("pages", pa.int32(), _WALK["pages"]),
        _column("listed", pa.int32(), _WALK["listed"]),
        _column("is_finished", pa.bool_(), _WALK["is_finished"]),
        _column("reason", STRING, _WALK["reason"], nullable=True),
        _column("started_at", INSTANT, _WALK["started_at"]),
        _column("walked_at", INSTANT, _WALK["walked_at"]),
    ],
    metadata={TABLE_KEY: b"walks"},
)
"""`walks/`: one row per run, day and slug of the index."""

COVERAGE: Final = pa.schema(
    [
        _column("day", DAY, "WIB day."),
        _column("section", LABEL, "Slug of the section."),
        _column("listed", pa.int32(), "Distinct articles that the index ever listed for the day."),
        _column("held", pa.int32(), "Of those, held in `articles/`."),
        _column("failed", pa.int32(), "Of those, not held: failed, blocked, not parsed, pending or never requested."),
        _column("excluded", pa.int32(), "Of those, not held by decision: excluded with a reason, or gone."),
        _column("missing", list_of(STRING), "`article_id` of each listed article that is not held, sorted."),
        _column("missing_reasons", list_of(STRING), "Why, in the order of `missing`: outcome, or `outcome: reason`."),
        _column("unlisted", pa.int32(), "Articles of the day known by other routes that the index never listed."),
        _column(
            "estimated_total", pa.float64(), "Articles of the day after Chapman; null when unknown.", nullable=True
        ),
        _column("estimated_low", pa.float64(), "Lower end of its 95 % interval.", nullable=True),
        _column("estimated_high", pa.float64(), "Upper end of its 95 % interval.", nullable=True),
        _column("walked_at", INSTANT, "End of the last finished walk that covers the section.", nullable=True),
        _column("is_complete", pa.bool_(), "Walked to the end after the day was over, and nothing failed."),
    ],
    metadata={TABLE_KEY: b"coverage"},
)
"""`coverage.parquet`: one row per day and section that was ever walked, listed or held."""

RUNS: Final = pa.schema(
    [
        _column("run_id", STRING, "The run."),
        _column("started_at", INSTANT, "Start of the run."),
        _column("finished_at", INSTANT, "End of the run; null when it was killed.", nullable=True),
        _column("software_version", STRING, "Version of the crawler."),
        _column("arguments", STRING, "What the run was asked to do: a JSON object of strings."),
        _column("exit_code", pa.int16(), "Exit code; null when it was killed.", nullable=True),
        _column("finish_reason", STRING, "Why it ended, e.g. `finished`; null when it was killed.", nullable=True),
        _column("requests", pa.int64(), "Requests sent."),
        _column("size_bytes", pa.int64(), "Bytes received."),
        *(_column(str(outcome), pa.int64(), f"Addresses that ended as `{outcome}`.") for outcome in Outcome),
        _column("problems", list_of(STRING), "What the gates at the end of the run found wrong."),
    ],
    metadata={TABLE_KEY: b"runs"},
)
"""`runs.parquet`: one row per run."""

TABLES: Final[Mapping[str, pa.Schema]] = {
    "articles": ARTICLES,
    "revisions": REVISIONS,
    "links": LINKS,
    "visits": VISITS,
    "walks": WALKS,
    "coverage": COVERAGE,
    "runs": RUNS,
}
"""All tables of the archive by name."""


def stamped(schema: pa.Schema, *, run_id: str, software_version: str) -> pa.Schema:
    """Return `schema` with the metadata that every file carries: schema version, run and software version."""
    stamps = {
        VERSION_KEY: str(SCHEMA_VERSION).encode(),
        RUN_KEY: run_id.encode(),
        SOFTWARE_KEY: software_version.encode(),
    }
    return schema.with_metadata({**(schema.metadata or {}), **stamps})


def require_current(schema: pa.Schema, path: str) -> None:
    """Check that the file at `path` with this `schema` was written under the contract of this software.

    Raises `SchemaMismatch` when it names another version, or none.
    """
    found = (schema.metadata or {}).get(VERSION_KEY)
    if found != str(SCHEMA_VERSION).encode():
        version = found.decode("utf-8", "replace") if found else "none"
        raise SchemaMismatch(
            f"{path} has schema version {version}, this software reads and writes {SCHEMA_VERSION}: "
            "run `scrapy migrate`, or install the software that wrote it"
        )
