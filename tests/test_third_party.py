"""Every package that the lock installs is listed with its licence, and none that must not be."""

from __future__ import annotations

import re
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
ROWS = re.findall(r"^\| ([^ |]+) \| ([^ |]+) \| ([^|]+) \|$", (ROOT / "THIRD_PARTY.md").read_text(), re.MULTILINE)
NOT_ALLOWED = re.compile(r"\b(?:AGPL|SSPL|BUSL|Commons Clause|Proprietary|Non-?Commercial)\b|Affero", re.IGNORECASE)


def test_the_list_names_what_the_lock_installs() -> None:
    pinned = re.findall(r"^([A-Za-z0-9._-]+)==(\S+)", (ROOT / "requirements.lock").read_text(), re.MULTILINE)
    listed = [(name, version) for name, version, _ in ROWS if name != "package"]
    assert listed == sorted(set(pinned)), "run `make licences`"


def test_no_package_has_a_licence_that_would_bind_its_users() -> None:
    assert [(name, licence) for name, _, licence in ROWS if NOT_ALLOWED.search(licence)] == []
