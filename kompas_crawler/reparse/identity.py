"""What two starts of one reparse have in common, by which an interrupted one is found again."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from hashlib import blake2b
from typing import Final

from kompas_crawler.reparse.units import Unit
from kompas_crawler.site.layouts import LAYOUTS

FOLDER: Final = "reparse"
"""Where in the archive the progress of a reparse is noted."""


def identity_of(units: Sequence[Unit], arguments: Mapping[str, str], software_version: str) -> str:
    """Return the identity of a reparse: the same work by the same parser."""
    parsers = {layout.name: layout.parser_version for layout in LAYOUTS}
    content = json.dumps([[repr(unit) for unit in units], dict(arguments), software_version, parsers], sort_keys=True)
    return blake2b(content.encode(), digest_size=16).hexdigest()
