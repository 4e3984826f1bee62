"""Troubles of the process: signals, limits of the kernel, standard streams, environments, a second run."""

from __future__ import annotations

import os
import resource
import shutil
import signal
from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

from tests.faults.ground import Ground, ground
from tests.faults.judging import WHOLE
from tests.faults.processes import AT_WORK, Crawling, Start, broken_pipe, failed, strained, struck
from tests.faults.rows import Result, told
from tests.faults.small_disks import SMALL_DISKS, can_mount

UNHARMED = "exit 0, whole"
STOPPED = "exit 1, then whole"
KILLED = "killed by SIGKILL, then whole"
REFUSED = "exit 4, then whole"
LIMITED = "complete only if it is, then whole"
AT_ONCE = 2
"""Crawls at the same time: one for each core."""


@dataclass(frozen=True, slots=True)
class Strain:
    """One kind of trouble with a process."""

    group: str
    name: str
    expected: str
    play: Callable[[Ground], str]
    is_further: bool = False
    """Left out of the short form: a kind that is much like another."""


@dataclass(frozen=True, slots=True)
class Processes:
    """The part of the suite about processes; with one try for each kind, its short form."""

    name: str = "processes under strain"

    def play(self, folder: Path, *, tries: int, seed: int, beside_bare: bool = False) -> list[Result]:
        """Try every kind so often."""
        small = [Strain("disk", *row) for row in SMALL_DISKS] if can_mount() else []
        strains = [strain for strain in (*STRAINS, *small) if tries > 1 or not strain.is_further]
        with ground(folder) as place, ThreadPoolExecutor(AT_ONCE) as pool:
            got = [[pool.submit(strain.play, place) for _ in range(tries)] for strain in strains]
            return [
                Result(fault=strain.name, group=strain.group, tries=tries, expected=strain.expected,
                       got=told(Counter(future.result() for future in futures)))
                for strain, futures in zip(strains, got, strict=True)
            ]  # fmt: skip


def _signals(*numbers: int) -> Callable[[Ground], str]:
    def strike(crawling: Crawling) -> None:
        for number in numbers:
            crawling.send(number)

    return lambda place: struck(place, strike)


def _twice(number: int) -> Callable[[Ground], str]:
    def strike(crawling: Crawling) -> None:
        crawling.send(number)
        # The second one is only a second one once the first was taken.
        while "shutting down gracefully" not in crawling.log() and not crawling.has_ended_within(0.01):
            pass
        crawling.send(number)

    return lambda place: struck(place, strike)


def _paused(place: Ground) -> str:
    output = place.archive()
    crawling = Crawling(place, output, Start(settings=AT_WORK))
    if crawling.is_at_work():
        crawling.send(signal.SIGSTOP)
        os.waitid(os.P_PID, crawling.process.pid, os.WSTOPPED | os.WNOWAIT)
        crawling.send(signal.SIGCONT)
    return f"{crawling.told()}, {place.now(output)}"


def _no_hangup(place: Ground) -> str:
    output = place.archive()
    start = Start(settings=AT_WORK, before=lambda: signal.signal(signal.SIGHUP, signal.SIG_IGN) and None)
    crawling = Crawling(place, output, start)
    if crawling.is_at_work():
        crawling.send(signal.SIGHUP)
    return f"{crawling.told()}, {place.now(output)}"


def _limited_at_work(kind: int, limit: Callable[[int], int]) -> Callable[[Ground], str]:
    """Set a limit of the kernel while it works. How it ends depends on who meets the limit first."""

    def play(place: Ground) -> str:
        output = place.archive()
        crawling = Crawling(place, output, Start(settings=AT_WORK))
        if crawling.is_at_work():
            most = limit(crawling.process.pid)
            resource.prlimit(crawling.process.pid, kind, (most, most))
        ended = crawling.told()
        is_lie = ended.startswith("exit 0") and place.now(output) != WHOLE
        said = f"{ended} though it is not" if is_lie or ended == "hung" else "complete only if it is"
        return f"{said}, {place.after(output)}"

    return play


def _memory_of(field: str, *, more_kb: int) -> Callable[[int], int]:
    def limit(pid: int) -> int:
        lines = Path(f"/proc/{pid}/status").read_text().splitlines()
        size = next(int(line.split()[1]) for line in lines if line.startswith(f"{field}:"))
        return (size + more_kb) * 1024

    return limit


def _files_open(pid: int) -> int:
    return sum(1 for _ in Path(f"/proc/{pid}/fd").iterdir())


def _environment(**variables: str | None) -> Callable[[Ground], str]:
    return lambda place: strained(place, Start(environment=variables))


def _before(call: Callable[[], object]) -> Callable[[Ground], str]:
    return lambda place: strained(place, Start(before=lambda: call() and None))


def _limited(kind: int, most: int) -> Callable[[Ground], str]:
    return lambda place: failed(place, Start(before=lambda: resource.setrlimit(kind, (most, most))))


def _into(stream: str, path: str) -> Callable[[Ground], str]:
    def play(place: Ground) -> str:
        with Path(path).open("wb") as sink:
            if stream == "stdout":
                return strained(place, Start(stdout=sink))
            output = place.archive()
            return f"{Crawling(place, output, stderr=sink.fileno()).told()}, {place.now(output)}"

    return play


def _into_broken_pipe(stream: str) -> Callable[[Ground], str]:
    def play(place: Ground) -> str:
        with broken_pipe() as pipe:
            if stream == "stdout":
                return strained(place, Start(stdout=pipe))
            output = place.archive()
            return f"{Crawling(place, output, stderr=pipe).told()}, {place.now(output)}"

    return play


def _closed(*descriptors: int) -> Callable[[Ground], str]:
    """Under `kompas-crawler`, which needs none of the streams."""
    words = " ".join(f"{number}>&-" for number in descriptors)
    script = f'shift 2 && exec "$0" -m kompas_crawler "$@" {words}'
    return lambda place: strained(place, Start(within=("sh", "-c", script)))


def _closed_for_scrapy(place: Ground) -> str:
    """Scrapy 2.19 itself does not begin: nothing is harmed, and the exit code says so."""
    return failed(place, Start(within=("sh", "-c", 'exec "$0" "$@" 2>&-')))


def _folder_removed(place: Ground) -> str:
    folder = place.place()
    folder.mkdir()
    script = f'cd "{folder}" && rmdir "{folder}" && shift 2 && exec "$0" -m kompas_crawler "$@"'
    return failed(place, Start(within=("sh", "-c", script)))


def _somewhere(name: str) -> Callable[[Ground], str]:
    def play(place: Ground) -> str:
        there = place.archive()
        output = there.parent / name
        output.parent.mkdir(parents=True, exist_ok=True)
        there.rename(output)
        return strained(place, Start(), output=output)

    return play


def _linked(place: Ground) -> str:
    there = place.archive()
    link = there.with_name("link")
    link.symlink_to(there, target_is_directory=True)
    return strained(place, Start(), output=link)


def _two_runs(place: Ground) -> str:
    output = place.archive()
    first = Crawling(place, output, Start(settings=AT_WORK))
    first.is_at_work()
    first.send(signal.SIGSTOP)  # it cannot come to its end before the second one begins
    second = Crawling(place, output).told()
    first.send(signal.SIGCONT)
    return f"{second} and {first.told()}, {place.now(output)}"


def _two_at_the_same_instant(place: Ground) -> str:
    output = place.archive()
    both = [Crawling(place, output, Start(settings=AT_WORK)) for _ in range(2)]
    ends = {crawling.told() for crawling in both}
    # On a busy machine one may be over before the other has begun.
    said = "one after the other" if {"exit 0"} <= ends <= {"exit 0", "exit 5"} else " and ".join(sorted(ends))
    return f"{said}, {place.now(output)}"


def _folder_gone(place: Ground) -> str:
    """Somebody removes the whole archive under a crawl; only what the site still has can come back."""
    output = place.archive()
    crawling = Crawling(place, output, Start(settings=AT_WORK))
    if crawling.is_at_work():
        gone = output.rename(output.with_name("gone"))  # at once, whatever is being written there
        shutil.rmtree(gone, ignore_errors=True)
    told_end = crawling.told()
    again = place.crawl(output)
    return f"{told_end}, then exit {again.exit_code}, {place.now(output)}"


_ZONES = ("America/St_Johns", "Pacific/Kiritimati", "Pacific/Pago_Pago", "Asia/Makassar", "Nowhere/Nothing")

STRAINS: tuple[Strain, ...] = (
    Strain("signal", "SIGTERM", STOPPED, _signals(signal.SIGTERM)),
    Strain("signal", "SIGINT", STOPPED, _signals(signal.SIGINT)),
    Strain("signal", "SIGINT twice", STOPPED, _twice(signal.SIGINT)),
    Strain("signal", "SIGTERM twice", STOPPED, _twice(signal.SIGTERM), is_further=True),
    Strain("signal", "SIGHUP: the terminal hangs up", STOPPED, _signals(signal.SIGHUP)),
    Strain("signal", "SIGHUP twice, as shell and kernel send it", STOPPED, _signals(signal.SIGHUP, signal.SIGHUP),
           is_further=True),
    Strain("signal", "SIGHUP under nohup", UNHARMED, _no_hangup),
    Strain("signal", "SIGTERM, then SIGKILL", KILLED, _signals(signal.SIGTERM, signal.SIGKILL), is_further=True),
    Strain("signal", "SIGKILL", KILLED, _signals(signal.SIGKILL)),
    Strain("signal", "SIGSTOP, SIGCONT", UNHARMED, _paused),
    Strain("limit", "out of memory (data)", LIMITED,
           _limited_at_work(resource.RLIMIT_DATA, _memory_of("VmData", more_kb=0))),
    Strain("limit", "out of memory (address space)", LIMITED,
           _limited_at_work(resource.RLIMIT_AS, _memory_of("VmSize", more_kb=0))),
    Strain("limit", "no more open files while at work", LIMITED,
           _limited_at_work(resource.RLIMIT_NOFILE, _files_open)),
    Strain("limit", "forty open files from the beginning", UNHARMED,
           _before(lambda: resource.setrlimit(resource.RLIMIT_NOFILE, (40, 40)))),
    Strain("limit", "processor time used up (SIGXCPU)", LIMITED,
           _limited_at_work(resource.RLIMIT_CPU, lambda _: 1), is_further=True),
    Strain("disk", "no file beyond 2 kB", REFUSED, _limited(resource.RLIMIT_FSIZE, 2_000)),
    Strain("disk", "no file beyond 60 kB", REFUSED, _limited(resource.RLIMIT_FSIZE, 60_000)),
    Strain("streams", "standard output closed", UNHARMED, _closed(1)),
    Strain("streams", "standard output full", UNHARMED, _into("stdout", "/dev/full")),
    Strain("streams", "standard output a broken pipe", UNHARMED, _into_broken_pipe("stdout")),
    Strain("streams", "standard error closed", UNHARMED, _closed(2)),
    Strain("streams", "standard error closed, under `scrapy crawl`", STOPPED, _closed_for_scrapy),
    Strain("streams", "standard error full", UNHARMED, _into("stderr", "/dev/full")),
    Strain("streams", "standard error a broken pipe", UNHARMED, _into_broken_pipe("stderr"), is_further=True),
    Strain("streams", "all three closed", UNHARMED, _closed(0, 1, 2)),
    Strain("streams", "no terminal, a session of its own", UNHARMED,
           lambda place: strained(place, Start(has_session=True)), is_further=True),
    *(Strain("environment", f"TZ={zone}", UNHARMED, _environment(TZ=zone), is_further=number > 1)
      for number, zone in enumerate(_ZONES)),
    Strain("environment", "LC_ALL=C", UNHARMED, _environment(LC_ALL="C", LANG=None)),
    Strain("environment", "LC_ALL=POSIX without UTF-8 mode", UNHARMED,
           _environment(LC_ALL="POSIX", PYTHONUTF8="0", PYTHONCOERCECLOCALE="0", PYTHONIOENCODING="ascii")),
    Strain("environment", "a locale that is not installed", UNHARMED, _environment(LC_ALL="xx_YY.KOI8-R"),
           is_further=True),
    Strain("environment", "no HOME", UNHARMED, _environment(HOME=None)),
    Strain("environment", "HOME is no folder", UNHARMED, _environment(HOME="/dev/null"), is_further=True),
    Strain("environment", "TMPDIR is no folder", UNHARMED, _environment(TMPDIR="/dev/null"), is_further=True),
    Strain("environment", "PYTHONOPTIMIZE=2", UNHARMED, _environment(PYTHONOPTIMIZE="2"), is_further=True),
    Strain("environment", "umask 077", UNHARMED, _before(lambda: os.umask(0o077))),
    Strain("environment", "working folder removed", "exit 2, then whole", _folder_removed),
    Strain("environment", "a path with spaces, accents and a line break", UNHARMED, _somewhere("ar sip é\n*/ke dua")),
    Strain("environment", "a path of two hundred letters a folder", UNHARMED, _somewhere("a" * 200 + "/" + "b" * 200),
           is_further=True),
    Strain("environment", "the archive behind a symbolic link", UNHARMED, _linked),
    Strain("two runs", "a second run while one is at work", "exit 5 and exit 0, whole", _two_runs),
    Strain("two runs", "two runs started at once", "one after the other, whole", _two_at_the_same_instant),
    Strain("disk", "the archive removed under a crawl", "exit 4, then exit 0, whole", _folder_gone),
)  # fmt: skip
