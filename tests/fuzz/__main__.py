"""Fuzz the readers of foreign bytes, led by coverage: each target in a process of its own for so many seconds.

    python -m tests.fuzz --seconds 60 [--only dates] [--corpus .fuzz]

What a target finds is written to `<corpus>/finds/<target>/`, and the exit code is 1. Where atheris is not installed
(it has no wheel for this machine) nothing is done, and that is said. The corpus is kept and grown from run to run.
"""

from __future__ import annotations

import argparse
import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path

from tests.fuzz.targets import BY_NAME, TARGETS, Target

MOST_BYTES = 300_000
MOST_MB = 2_048


def grow(target: Target, corpus: Path, seconds: int) -> int:
    """Fuzz one target in a process of its own; return its exit code."""
    folder, finds = corpus / target.name, corpus / "finds" / target.name
    folder.mkdir(parents=True, exist_ok=True)
    finds.mkdir(parents=True, exist_ok=True)
    for number, seed in enumerate(target.seeds()):
        (folder / f"seed-{number:03}").write_bytes(seed)
    words = corpus / f"{target.name}.dict"
    words.write_text("".join(f'"{_escaped(word[:60])}"\n' for word in target.words))
    command = [sys.executable, "-W", "ignore", "-m", "tests.fuzz.inside", target.name, str(folder)]
    command += [f"-dict={words}", f"-max_total_time={seconds}", f"-max_len={MOST_BYTES}", f"-artifact_prefix={finds}/"]
    command += ["-timeout=10", f"-rss_limit_mb={MOST_MB}", "-print_final_stats=1", "-verbosity=0"]
    return subprocess.run(command, check=False).returncode


def _escaped(word: bytes) -> str:
    return "".join(f"\\x{byte:02x}" for byte in word)


def main() -> int:
    """Fuzz all targets, or those that are named, one after the other."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seconds", type=int, default=60, help="for each target")
    parser.add_argument("--only", choices=sorted(BY_NAME), action="append", help="fuzz this target only")
    parser.add_argument("--corpus", type=Path, default=Path(".fuzz"))
    options = parser.parse_args()
    if find_spec("atheris") is None:
        print("Skipped: atheris, the coverage-guided fuzzer, is not installed here (it has no wheel for this machine).")
        return 0
    chosen = [target for target in TARGETS if not options.only or target.name in options.only]
    codes = {}
    for target in chosen:
        print(f"{target.name}: {options.seconds} s", flush=True)
        codes[target.name] = grow(target, options.corpus, options.seconds)
    bad = sorted(name for name, code in codes.items() if code)
    print(f"{len(chosen)} targets, finds in: {', '.join(bad) or 'none'}")
    return 1 if bad else 0


if __name__ == "__main__":
    sys.exit(main())
