"""Write THIRD_PARTY.md: every package of requirements.lock with its version and licence, as its own metadata says.

    python .ci/licences.py > THIRD_PARTY.md

A package for other systems only is not installed here: its licence is taken over from the file that is there.
"""

from __future__ import annotations

import re
import sys
from importlib.metadata import PackageMetadata, PackageNotFoundError, metadata
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
LISTED = ROOT / "THIRD_PARTY.md"
PINNED = re.compile(r"^([A-Za-z0-9._-]+)==(\S+)", re.MULTILINE)
ROW = re.compile(r"^\| ([^ |]+) \| [^|]+ \| ([^|]+) \|$", re.MULTILINE)
HEAD = """# Third-party packages

What `requirements.lock` installs, with licences as the packages' own metadata state them. The crawler itself needs only
some of it; the rest serves the extras, tests and benchmarks. Nothing of it is part of this repository or of its wheel.
Made by `make licences`; a test holds it against the lock.

| package | version | licence |
|---|---|---|
"""
LONGEST = 80
"""A longer field is the text of a licence, not its name."""


def licence_of(about: PackageMetadata) -> str:
    """Return the licence that a package states: an SPDX expression, else its classifiers, else a free field."""
    if expression := about.get("License-Expression"):
        return expression
    names = [line.rpartition(" :: ")[2] for line in about.get_all("Classifier") or [] if line.startswith("License :: ")]
    if names := [name for name in names if name != "OSI Approved"]:
        return ", ".join(names)
    said = " ".join((about.get("License") or "").split())
    return said if 0 < len(said) <= LONGEST else "see the package"


def main() -> None:
    """Print the file."""
    known = dict(ROW.findall(LISTED.read_text())) if LISTED.exists() else {}
    print(HEAD, end="")
    for name, version in sorted(set(PINNED.findall((ROOT / "requirements.lock").read_text()))):
        try:
            licence = licence_of(metadata(name))
        except PackageNotFoundError:
            licence = known.get(name, "see the package").strip()
        print(f"| {name} | {version} | {licence.replace('|', '/')} |")


if __name__ == "__main__":
    sys.exit(main())
