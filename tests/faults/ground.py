"""Where the troubles of the machine are played: a small site, a worker, and an archive that holds its first day.

Every trouble meets a copy of that archive while a crawl adds a second day to it, so there is something to lose and
something to win.
"""

from __future__ import annotations

import shutil
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import count
from pathlib import Path

from kompas_crawler.replica import Replica, running
from tests.faults.judging import WHOLE, Rows, lost_of, rows_of, state_of
from tests.faults.worker import Ending, Worker

FIRST_DAY, SECOND_DAY = "2021-04-18", "2021-04-19"
BEFORE = (f"since={FIRST_DAY}", f"until={FIRST_DAY}", "follow=none")
WINDOW = (f"since={FIRST_DAY}", f"until={SECOND_DAY}", "follow=none")
CLOCK = "2021-04-20T12:00"
SETTINGS = {"KOMPAS_CLOCK": CLOCK, "DOWNLOAD_DELAY": 0}
ARTICLES_PER_DAY = 12


@dataclass(frozen=True, slots=True)
class Ground:
    """The site, the worker and what an undisturbed crawl makes."""

    folder: Path
    site: Replica
    worker: Worker
    held: Path
    """An archive with the first day."""
    before: Rows
    """What it holds."""
    undisturbed: Rows
    """What an undisturbed crawl of both days leaves."""
    numbers: Iterator[int]

    def archive(self) -> Path:
        """Return a copy of the archive with the first day, for one trouble alone."""
        place = self.folder / f"{next(self.numbers):04}" / "archive"
        shutil.copytree(self.held, place)
        return place

    def place(self) -> Path:
        """Return a folder that is not there yet."""
        place = self.folder / f"{next(self.numbers):04}" / "archive"
        place.parent.mkdir(parents=True)
        return place

    def crawl(self, output: object, arguments: Sequence[str] = WINDOW, **more: object) -> Ending:
        """Crawl both days in the worker."""
        disk, store = more.pop("disk", None), more.pop("store", None)
        settings = {**SETTINGS, **more}
        return self.worker.crawl(output, self.site.url, *arguments, disk=disk, store=store, **settings)  # type: ignore[arg-type]

    def after(self, output: Path) -> str:
        """Return what came of it once the trouble was over: `then whole`, or what is wrong."""
        lost = lost_of(self.before, output)
        ending = self.crawl(output)
        state = state_of(output, self.undisturbed) if ending.exit_code == 0 else f"exit {ending.exit_code}"
        shutil.rmtree(output.parent, ignore_errors=True) if state == WHOLE and not lost else None
        return f"then {state}{lost}"

    def now(self, output: Path) -> str:
        """Return what is there without a further crawl: `whole`, or what is wrong."""
        return state_of(output, self.undisturbed) + lost_of(self.before, output)


@contextmanager
def ground(folder: Path) -> Iterator[Ground]:
    """Yield a ground below a folder. It takes some four seconds to make."""
    arguments = ("--seed", "5", "--today", "2021-04-20T23:59", "--articles-per-day", str(ARTICLES_PER_DAY))
    folder.mkdir(parents=True, exist_ok=True)
    with running(*arguments) as site, Worker(folder) as worker:
        held, whole = folder / "held", folder / "whole"
        for place, window in ((held, BEFORE), (whole, BEFORE), (whole, WINDOW)):
            ending = worker.crawl(place, site.url, *window, **SETTINGS)
            assert ending.exit_code == 0, ending
        yield Ground(folder, site, worker, held, rows_of(held), rows_of(whole), count())


def told_ending(ending: Ending) -> str:
    """Return how a crawl in the worker ended, with what nobody caught."""
    return f"exit {ending.exit_code}" + (", a traceback" if ending.tracebacks else "")
