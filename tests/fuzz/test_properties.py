"""Whatever bytes come, every reader answers within its contract, raises what it documents, and does not hang.

The examples follow from the code and the seeds alone, so that a run can be repeated. `KOMPAS_FUZZ_EXAMPLES` asks for
more of them; `make fuzz` lets a coverage-guided fuzzer look further.
"""

from __future__ import annotations

import os
import re
import time

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from tests.fuzz.targets import MOST_SECONDS, NUMBERS, TARGETS, Target

pytestmark = pytest.mark.xdist_group("fuzz")

EXAMPLES = int(os.environ.get("KOMPAS_FUZZ_EXAMPLES", "250"))
SLACK = 4
"""A busy machine's processor time is not all ours: here a page may take so many times as long."""


@st.composite
def changed(draw: st.DrawFn, target: Target) -> bytes:
    """A seed with a few cuts, repetitions, insertions and flipped bits, or bytes of no seed at all."""
    seeds = target.seeds()
    if draw(st.integers(0, 9)) == 0:
        return draw(st.binary(max_size=200)) + draw(st.sampled_from(target.words or (b"",)))
    content = bytearray(draw(st.sampled_from(seeds)))
    for _ in range(draw(st.integers(0, 5))):
        start = draw(st.integers(0, len(content)))
        end = min(len(content), start + draw(st.integers(0, 300)))
        match draw(st.sampled_from(["cut", "repeat", "put", "put", "flip", "drop"])):
            case "cut":
                del content[start:end]
            case "drop":
                del content[start:]
            case "repeat":
                content[start:start] = content[start:end] * draw(st.integers(1, 20))
            case "put":
                content[start:start] = draw(st.sampled_from(target.words or (b"\x00",)))
            case _:
                content[start:end] = bytes(byte ^ draw(st.integers(1, 255)) for byte in content[start : start + 1])
    return bytes(content)


@pytest.mark.parametrize("target", TARGETS, ids=lambda target: target.name)
def test_no_bytes_make_a_reader_crash_hang_or_leave_its_contract(target: Target) -> None:
    @settings(
        max_examples=EXAMPLES,
        derandomize=True,
        database=None,
        deadline=None,
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    @given(changed(target))
    def play(content: bytes) -> None:
        begun = time.process_time()
        target.play(content)
        assert time.process_time() - begun < MOST_SECONDS * SLACK, f"{len(content)} bytes took too long"

    play()


@pytest.mark.parametrize("target", TARGETS, ids=lambda target: target.name)
def test_every_seed_is_read_in_time(target: Target) -> None:
    for seed in target.seeds():
        target.play(seed)
        begun = time.process_time()
        target.play(seed)
        assert time.process_time() - begun < MOST_SECONDS


SEEDS_WITH_NUMBERS, NUMBERS_OF_SEED = 8, 60


@pytest.mark.parametrize("target", TARGETS, ids=lambda target: target.name)
def test_a_number_of_any_size_and_script_may_stand_where_a_number_stands(target: Target) -> None:
    for seed in target.seeds()[:SEEDS_WITH_NUMBERS]:
        for found in list(re.finditer(rb"\d+", seed))[:NUMBERS_OF_SEED]:
            for number in NUMBERS:
                target.play(seed[: found.start()] + number + seed[found.end() :])
