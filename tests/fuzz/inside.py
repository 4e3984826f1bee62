"""The process in which one target is fuzzed: `python -m tests.fuzz.inside TARGET FOLDER [libFuzzer's options]`.

Nothing of the package may be imported before atheris can count what its code does, so nothing of it is imported above.
"""

from __future__ import annotations

import sys
import time

import atheris

SLOWED = 5
"""Counting coverage makes everything so many times slower."""


def main() -> None:
    """Run libFuzzer over a target; it ends the process."""
    with atheris.instrument_imports(include=["kompas_crawler"], enable_loader_override=False):
        from tests.fuzz.targets import BY_NAME, MOST_SECONDS
    name, *words = sys.argv[1:]
    target = BY_NAME[name]

    def one(content: bytes) -> None:
        begun = time.process_time()
        target.play(content)
        spent = time.process_time() - begun
        if spent > MOST_SECONDS * SLOWED:
            raise TimeoutError(f"{len(content)} bytes took {spent:.2f} s of processor time")

    atheris.Setup([sys.argv[0], *words], one)
    atheris.Fuzz()


if __name__ == "__main__":
    main()
