"""That what a command took is its own, whoever asks."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from benchmarks.processes import cost_of

PARENT_MB = 300


def test_the_peak_of_a_command_is_not_that_of_its_parent(tmp_path: Path) -> None:
    held = b"x" * (PARENT_MB << 20)
    assert cost_of([sys.executable, "-S", "-c", "pass"], tmp_path).peak_mb < PARENT_MB / 3
    assert len(held) == PARENT_MB << 20


def test_the_peak_of_a_command_counts_what_it_held_for_a_moment(tmp_path: Path) -> None:
    command = [sys.executable, "-S", "-c", f"len(b'x' * ({PARENT_MB} << 20))"]
    assert cost_of(command, tmp_path).peak_mb > PARENT_MB


def test_a_command_that_fails_is_told_with_what_it_wrote(tmp_path: Path) -> None:
    with pytest.raises(RuntimeError, match=r"ended with 3: (?s:.*)sunk"):
        cost_of([sys.executable, "-c", "import sys; print('sunk', file=sys.stderr); sys.exit(3)"], tmp_path)
