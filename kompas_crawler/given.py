"""The file of addresses that a user gives: one address a line, blank lines and lines that begin with # left out.

Read before anything is fetched. What an address means is the business of `site.addresses`.
"""

from __future__ import annotations

from pathlib import Path

from kompas_crawler.errors import UsageError

MOST_CHARACTERS = 2_000
"""A longer line is no address: the file is something else."""


def read_addresses(path: str) -> tuple[str, ...]:
    """Return the addresses of a file, in order, each once.

    Raises `UsageError`, naming the file and what was expected, when it cannot be read, is no text, holds a line that
    is no web address, or holds none at all.
    """
    try:
        text = Path(path).read_text(encoding="utf-8-sig")
    except OSError as error:
        raise UsageError(f"addresses={path!r} cannot be read: {error.strerror or error}") from error
    except ValueError as error:  # not UTF-8, or a path with a zero byte
        raise UsageError(f"addresses={path!r} is no text in UTF-8: {error}") from error
    found = dict.fromkeys(
        _address(line, f"addresses={path!r}, line {number}")
        for number, line in enumerate(map(str.strip, text.splitlines()), start=1)
        if line and not line.startswith("#")
    )
    if not found:
        raise UsageError(f"addresses={path!r} holds no address; give one a line, e.g. {_EXAMPLE}")
    return tuple(found)


_EXAMPLE = "https://www.kompas.com/global/read/2021/04/14/205938370/judul"


def _address(line: str, place: str) -> str:
    is_address = line.startswith(("https://", "http://")) and not any(map(str.isspace, line))
    if not is_address or len(line) > MOST_CHARACTERS:
        raise UsageError(f"{place}: {line[:80]!r} is no web address; give one a line, e.g. {_EXAMPLE}")
    return line
