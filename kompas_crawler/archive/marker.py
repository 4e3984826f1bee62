"""The marker of an archive: `commit.json`, which names the last commit that was finished, and the schema it wrote.

Knows that file. Refuses to know what a commit does.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Final

from kompas_crawler.archive import schema as schemas
from kompas_crawler.archive.storage import Storage, read
from kompas_crawler.errors import ArchiveError, SchemaMismatch

MARKER: Final = "commit.json"


@dataclass(frozen=True, slots=True)
class Marker:
    """The content of `commit.json`: the last commit that was finished."""

    commit: str
    committed_at: str
    """ISO 8601, UTC."""
    schema_version: int
    software_version: str


def read_marker(storage: Storage) -> Marker | None:
    """Return the last finished commit of an archive, of whatever schema version; None when there was none."""
    content = read(storage, MARKER)
    if content is None:
        return None
    try:
        return Marker(**json.loads(content))
    except (ValueError, TypeError) as error:
        raise ArchiveError(
            f"{MARKER} in {storage.location} is damaged: remove it, the next commit makes it again"
        ) from error


def last_commit(storage: Storage) -> str | None:
    """Return the name of the last finished commit of an archive, None when there was none.

    Raises `SchemaMismatch` when it was made under another schema version.
    """
    marker = read_marker(storage)
    if marker is None:
        return None
    if marker.schema_version != schemas.SCHEMA_VERSION:
        raise SchemaMismatch(
            f"the archive {storage.location} has schema version {marker.schema_version}, this software reads and "
            f"writes {schemas.SCHEMA_VERSION}: run `scrapy migrate`, or install version {marker.software_version}"
        )
    return marker.commit
