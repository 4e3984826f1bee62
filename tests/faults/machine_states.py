"""Archives that somebody or something has harmed: damaged, removed, foreign and torn files, locks, clocks that jump.

What can be made again is made again without a word; what cannot is told with the file and what to do, exit code 4, and
nothing is written over it.
"""

from __future__ import annotations

import fcntl
import json
import os
import shutil
import socket
import sqlite3
from collections import Counter
from collections.abc import Callable
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

from tests.faults.ground import WINDOW, Ground, ground, told_ending
from tests.faults.rows import Result, told
from tests.faults.worker import NOBODY

UNHARMED = "exit 0, whole"
TOLD = "exit 4, names the file, leaves it as it is; taken away: exit 0"
Harm = Callable[[Path], Path | None]
"""Does harm to an archive; returns the file that is harmed, null where none is to be named."""


@dataclass(frozen=True, slots=True)
class State:
    """One kind of harm."""

    name: str
    expected: str
    play: Callable[[Ground], str]


@dataclass(frozen=True, slots=True)
class States:
    """The part of the suite about harmed archives."""

    name: str = "archives that were harmed"

    def play(self, folder: Path, *, tries: int, seed: int, beside_bare: bool = False) -> list[Result]:
        """Try every kind so often."""
        with ground(folder) as place:
            return [
                Result(fault=state.name, group="archive", tries=tries, expected=state.expected,
                       got=told(Counter(state.play(place) for _ in range(tries))))
                for state in STATES
            ]  # fmt: skip


def _mended(harm: Harm) -> Callable[[Ground], str]:
    """The next crawl mends it by itself."""

    def play(place: Ground) -> str:
        output = place.archive()
        harm(output)
        ending = place.crawl(output)
        return f"{told_ending(ending)}, {place.now(output)}" + (f": {ending.message}" if ending.exit_code else "")

    return play


def _told(harm: Harm) -> Callable[[Ground], str]:
    """The next crawl says so and touches nothing; when the file is taken away, it goes on."""

    def play(place: Ground) -> str:
        output = place.archive()
        harmed = harm(output)
        assert harmed is not None
        content = harmed.read_bytes()
        ending = place.crawl(output)
        names_it = harmed.relative_to(output).as_posix() in (ending.message or "")
        as_it_was = harmed.exists() and harmed.read_bytes() == content
        harmed.unlink(missing_ok=True)
        again = place.crawl(output)
        said = "names the file" if names_it else f"says {ending.message!r}"
        kept = "leaves it as it is" if as_it_was else "touched it"
        then = f"exit {again.exit_code}" + (f" ({again.message})" if again.exit_code else "")
        return f"{told_ending(ending)}, {said}, {kept}; taken away: {then}"

    return play


def _refused(harm: Harm) -> Callable[[Ground], str]:
    """The next crawl does not begin."""

    def play(place: Ground) -> str:
        output = place.archive()
        harm(output)
        return told_ending(place.crawl(output))

    return play


def _one(output: Path, pattern: str) -> Path:
    return sorted(output.rglob(pattern))[0]


def _cut(pattern: str) -> Harm:
    def harm(output: Path) -> Path:
        path = _one(output, pattern)
        content = path.read_bytes()
        path.write_bytes(content[: len(content) // 2])
        return path

    return harm


def _emptied(pattern: str) -> Harm:
    def harm(output: Path) -> Path:
        path = _one(output, pattern)
        path.write_bytes(b"")
        return path

    return harm


def _flipped(pattern: str) -> Harm:
    """Flip every bit of the middle: the frame of the file stays whole."""

    def harm(output: Path) -> Path:
        path = _one(output, pattern)
        content = bytearray(path.read_bytes())
        first, last = len(content) // 4, len(content) // 2
        content[first:last] = bytes(byte ^ 0xFF for byte in content[first:last])
        path.write_bytes(content)
        return path

    return harm


def _removed(pattern: str) -> Harm:
    def harm(output: Path) -> None:
        path = _one(output, pattern)
        shutil.rmtree(path) if path.is_dir() else path.unlink()

    return harm


def _put(name: str, content: bytes = b"not ours") -> Harm:
    def harm(output: Path) -> Path:
        path = output / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
        return path

    return harm


def _lock(**more: object) -> Harm:
    owner = {"token": "0" * 32, "run_id": "20210101T000000Z-000000", "pid": NOBODY, "host": socket.gethostname(),
             "since": "2021-01-01T00:00:00+00:00", "heartbeat": "2021-01-01T00:00:00+00:00"}  # fmt: skip
    return _put("archive.lock", json.dumps(owner | more).encode())


def _other_index(output: Path) -> None:
    with closing(sqlite3.connect(output / "index.sqlite")) as connection:
        connection.execute("UPDATE meta SET value = 'of another version'")
        connection.commit()


def _held_by_another(place: Ground) -> str:
    """Another process holds the kernel's lock, and its file names nobody."""
    output = place.archive()
    with (output / "archive.lock").open("w") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        ending = place.crawl(output)
    return f"{told_ending(ending)}, {place.after(output)}"


def _read_meanwhile(place: Ground) -> str:
    """A reader holds a transaction on the index, as a notebook does that was left open."""
    output = place.archive()
    with closing(sqlite3.connect(output / "index.sqlite", isolation_level=None)) as connection:
        connection.execute("BEGIN")
        connection.execute("SELECT count(*) FROM articles").fetchone()
        ending = place.crawl(output)
    return f"{told_ending(ending)}, {place.now(output)}"


def _staged_torn(output: Path) -> Path:
    """A batch that a disk lost half of, after a crawl that was killed."""
    path = output / "staging/20210420T050000Z-abcdef/20210420T050000-0123456789ab-000001.articles.parquet"
    path.parent.mkdir(parents=True)
    path.write_bytes(_one(output, "articles.parquet").read_bytes()[:3_000])
    return path


def _left_unfinished(output: Path) -> None:
    _put(f".unfinished/{socket.gethostname()}.{NOBODY}.{'0' * 32}")(output)


def _as_folder(name: str) -> Harm:
    def harm(output: Path) -> None:
        (output / name).unlink()
        (output / name).mkdir()

    return harm


def _at(*clocks: str) -> Callable[[Ground], str]:
    """Crawls at these times, one after the other, as the clock of the machine jumps; the last at the right time."""

    def play(place: Ground) -> str:
        output = place.archive()
        ends = [place.crawl(output, KOMPAS_CLOCK=clock) for clock in clocks]
        odd = [told_ending(ending) for ending in ends if ending.exit_code or ending.tracebacks]
        return f"{odd[0] if odd else 'exit 0'}, {place.after(output)}"

    return play


def _health_elsewhere(place: Ground) -> str:
    output = place.archive()
    ending = place.crawl(output, KOMPAS_HEALTH_DIR="/proc/nowhere")
    return f"{told_ending(ending)}, {place.now(output)}"


def _location(name: str) -> Callable[[Ground], str]:
    def play(place: Ground) -> str:
        return told_ending(place.crawl(name, WINDOW))

    return play


def _torn_raw(output: Path) -> None:
    """A raw file whose writer was killed within a record."""
    path = _one(output, "*.warc.gz")
    note = output / "raw" / ".open" / f"{path.name}.open"
    note.parent.mkdir(exist_ok=True)
    note.write_text(path.relative_to(output).as_posix())
    with path.open("ab") as file:
        file.write(path.read_bytes()[:60])


def _stranger_unwritable(output: Path) -> None:
    (output / "notes.txt").write_text("my notes")
    os.mkfifo(output / "pipe")


def _file_manager(output: Path) -> None:
    for folder in ("", "staging/", "runs/", "raw/"):
        _put(f"{folder}.DS_Store")(output)


STATES: tuple[State, ...] = (
    State("the index is removed", UNHARMED, _mended(_removed("index.sqlite"))),
    State("the index is empty", UNHARMED, _mended(_emptied("index.sqlite"))),
    State("the index is of another version", UNHARMED, _mended(_other_index)),
    State("the index is cut in half", UNHARMED, _mended(_cut("index.sqlite"))),
    State("the index is no database", UNHARMED, _mended(_put("index.sqlite"))),
    State("the index is damaged in its middle", UNHARMED, _mended(_flipped("index.sqlite"))),
    State("the index is a folder", "exit 4", _refused(_as_folder("index.sqlite"))),
    State("a reader holds the index open", UNHARMED, _read_meanwhile),
    State("a month of articles is cut in half", TOLD, _told(_cut("articles.parquet"))),
    State("a month of articles is empty", TOLD, _told(_emptied("articles.parquet"))),
    State("a month of articles is damaged in its middle", TOLD, _told(_flipped("articles.parquet"))),
    State("a month of links is damaged", TOLD, _told(_flipped("links.parquet"))),
    State("coverage.parquet is cut in half", TOLD, _told(_cut("coverage.parquet"))),
    State("runs.parquet is cut in half", TOLD, _told(_cut("runs.parquet"))),
    State("coverage.parquet is removed", UNHARMED, _mended(_removed("coverage.parquet"))),
    State("runs.parquet is removed", UNHARMED, _mended(_removed("runs.parquet"))),
    State("commit.json is damaged", TOLD, _told(_cut("commit.json"))),
    State("commit.json is removed", UNHARMED, _mended(_removed("commit.json"))),
    State("health.json is damaged", UNHARMED, _mended(_cut("health.json"))),
    State("a batch in staging is torn", TOLD, _told(_staged_torn)),
    State("a foreign file in staging", TOLD, _told(_put("staging/notes.txt"))),
    State("what a file manager leaves in the folders", UNHARMED,
          _mended(_file_manager)),
    State("a pipe and notes beside the tables", UNHARMED, _mended(_stranger_unwritable)),
    State("a half-written file of a dead process", UNHARMED, _mended(_left_unfinished)),
    State("the last raw file is torn", UNHARMED, _mended(_torn_raw)),
    State("the lock of a dead process", UNHARMED, _mended(_lock())),
    State("the lock of another machine", UNHARMED, _mended(_lock(host="elsewhere", pid=1))),
    State("a lock file that is torn", UNHARMED, _mended(_put("archive.lock", b'{"token": "00'))),
    State("a lock file of bytes", UNHARMED, _mended(_put("archive.lock", bytes(range(256))))),
    State("a lock that a process holds without a word", "exit 5, then whole", _held_by_another),
    State("a folder in the lock's place", "exit 4", _refused(_as_folder("archive.lock"))),
    State("the clock set back twelve hours", "exit 0, then whole", _at("2021-04-20T00:00")),
    State("the clock set forward a year, then right", "exit 0, then whole", _at("2022-04-20T12:00")),
    State("the clock jumps to and fro", "exit 0, then whole",
          _at("2021-04-20T18:00", "2021-04-20T06:00", "2021-04-21T12:00", "2021-04-20T07:00")),
    State("the clock forgets everything (1970)", "exit 2, then whole", _at("1970-01-01T00:00")),
    State("health cannot be written where it should", UNHARMED, _health_elsewhere),
    State("the archive is to lie in /proc", "exit 4", _location("/proc/nowhere")),
    State("the archive is to lie below a file", "exit 4", _location("/etc/passwd/archive")),
)  # fmt: skip
