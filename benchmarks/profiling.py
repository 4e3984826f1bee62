"""Where the time of a crawled page goes, stage by stage.

    python -m benchmarks.profiling                    # or: make profile; 1,500 pages
    python -m benchmarks.profiling --pages 300 -s KOMPAS_RAW=off

With py-spy (`pip install py-spy`), which looks at the process from outside; without it by cProfile, which counts calls
and so makes what consists of many small ones look dearer than it is.
"""

from __future__ import annotations

import argparse
import contextlib
import cProfile
import pstats
import runpy
import shutil
import subprocess
import sys
import tempfile
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

from benchmarks.pageserver import HOST, article_path, serving
from benchmarks.processes import PROJECT

STAGES: Mapping[str, str] = {
    "imports": "_find_and_load",
    "commit": "Archive.commit",
    "parse": "parse_article",
    "specimens for the gate": "Specimens.note",
    "pipelines and staging": "ItemPipelineManager.process_item_async",
    "raw pages": "RunKeeper.keep_raw",
    "unpack": "UnpackMiddleware.process_response",
    "other downloader middlewares": "DownloaderMiddlewareManager._handle_mw_method",
    "links followed": "Articles._follow",
    "waiting": "Condition.wait",
}
"""The function within which a stage happens; the first that a stack holds counts. The rest is the engine's."""
ENGINE = "Scrapy's and Twisted's engine"
RATE = 200


def stages(stacks: Iterable[str]) -> Counter[str]:
    """Return how many samples fell into which stage, from py-spy's folded stacks.

    >>> stages(["main (a.py:1);parse_article (b.py:2);split (c.py:3) 7", "main (a.py:1);select (d.py:4) 2"])
    Counter({'parse': 7, "Scrapy's and Twisted's engine": 2})
    """
    found: Counter[str] = Counter()
    for line in stacks:
        stack, _, count = line.rpartition(" ")
        names = {frame.partition(" (")[0] for frame in stack.split(";")}
        found[next((stage for stage, name in STAGES.items() if name in names), ENGINE)] += int(count)
    return found


def command_of(addresses: Path, folder: Path, server: str, settings: Sequence[str]) -> list[str]:
    """Return the arguments of `scrapy` for the crawl that is looked at."""
    given = [f"KOMPAS_OUTPUT={folder / 'archive'}", f"KOMPAS_REPLICA={server}", "LOG_LEVEL=ERROR", *settings]
    return ["crawl", "kompas", "-a", f"addresses={addresses}", *(word for one in given for word in ("-s", one))]


def by_pyspy(program: str, arguments: Sequence[str], folder: Path) -> None:
    """Run the crawl under py-spy and print its stages."""
    stacks = folder / "stacks"
    record = [program, "record", "--rate", str(RATE), "--format", "raw", "--output", str(stacks), "--"]
    subprocess.run(
        [*record, sys.executable, "-m", "scrapy", *arguments], cwd=PROJECT, check=True, stdout=subprocess.DEVNULL
    )
    found = stages(stacks.read_text().splitlines())
    del found["waiting"]
    total = found.total()
    print(f"{total / RATE:.1f} s of samples")
    for stage, count in found.most_common():
        print(f"{count / total:7.1%}  {stage}")


def by_cprofile(arguments: Sequence[str]) -> None:
    """Run the crawl in this process under cProfile and print its dearest functions."""
    sys.argv = ["scrapy", *arguments]
    profile = cProfile.Profile()
    with contextlib.suppress(SystemExit):  # Scrapy's way to return its exit code
        profile.runcall(runpy.run_module, "scrapy", run_name="__main__")
    pstats.Stats(profile).sort_stats("tottime").print_stats(40)


def main() -> None:
    """Profile one crawl."""
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("--pages", type=int, default=1_500)
    options.add_argument("-s", dest="settings", action="append", default=[], metavar="NAME=VALUE")
    chosen = options.parse_args()
    program = shutil.which("py-spy", path=str(Path(sys.executable).parent)) or shutil.which("py-spy")
    with serving() as server, tempfile.TemporaryDirectory() as place:
        folder = Path(place)
        addresses = folder / "addresses.txt"
        addresses.write_text("".join(f"https://{HOST}{article_path(number)}\n" for number in range(chosen.pages)))
        arguments = command_of(addresses, folder, server, chosen.settings)
        if program is not None:
            by_pyspy(program, arguments, folder)
        else:
            by_cprofile(arguments)


if __name__ == "__main__":
    main()
