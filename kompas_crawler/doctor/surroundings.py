"""The machine: Python, the packages it has, its clock, a browser, and what a job of cron finds of all that."""

from __future__ import annotations

import re
import shutil
import sys
from collections.abc import Iterator, Mapping
from datetime import datetime, timedelta
from importlib.metadata import PackageNotFoundError, requires, version
from pathlib import Path
from typing import Final
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from packaging.requirements import Requirement
from packaging.version import InvalidVersion, Version

from kompas_crawler.archive.months import WIB
from kompas_crawler.doctor.findings import Finding, fault, fine, warning
from kompas_crawler.permission import PRODUCT
from kompas_crawler.rendering.session import find_browser

OLDEST_PYTHON: Final = (3, 11)
CRON_PATH: Final = "/usr/bin:/bin"
"""What PATH usually is in a job of cron."""
WRITTEN_ON: Final = datetime(2026, 11, 1, tzinfo=WIB)
"""No clock of a machine that runs this software can rightly show an earlier time."""
ZONE: Final = "Asia/Jakarta"
CLOCKS_MAY_DIFFER: Final = timedelta(minutes=2)


def of_python() -> Iterator[Finding]:
    """Yield whether Python is new enough."""
    here = ".".join(map(str, sys.version_info[:3]))
    if sys.version_info < OLDEST_PYTHON:
        wanted = ".".join(map(str, OLDEST_PYTHON))
        yield fault("python", f"Python {here} is too old", f"install {wanted} or newer, and this software into it")
    else:
        yield fine("python", f"Python {here} ({sys.executable})")


def of_versions() -> Iterator[Finding]:
    """Yield the packages that are missing or older than this software needs them; optional ones only when too old."""
    try:
        lines = requires(PRODUCT) or []
    except PackageNotFoundError:
        remedy = "run `pip install .` (or `make setup`) in the checkout"
        yield fault("versions", f"{PRODUCT} is not installed in this Python, only found in a folder", remedy)
        return
    wanted = [Requirement(line) for line in lines]
    found = [finding for one in wanted for finding in _of_package(one)]
    yield from found
    if not found:
        count = sum(_is_needed(one) for one in wanted)
        yield fine("versions", f"{PRODUCT} {version(PRODUCT)}, its {count} packages are new enough")


def _is_needed(one: Requirement) -> bool:
    return one.marker is None or one.marker.evaluate({"extra": ""})


def _of_package(one: Requirement) -> Iterator[Finding]:
    remedy = f"run `pip install '{one.name}{one.specifier}'`"
    try:
        here = Version(version(one.name))
    except (PackageNotFoundError, InvalidVersion, TypeError):  # TypeError: its metadata names no version
        if _is_needed(one):
            yield fault("versions", f"{one.name} is not installed", remedy)
        return
    if one.specifier.contains(here, prereleases=True):
        return
    report = fault if _is_needed(one) else warning
    yield report("versions", f"{one.name} {here} is not {one.specifier}", remedy)


def of_clock(now: datetime, *, last_run_at: datetime | None, site_at: datetime | None) -> Iterator[Finding]:
    """Yield whether the clock can be believed and the zone of the site is known.

    `last_run_at` is when the last run on record ended, `site_at` what the site's clock showed at `now`; null where that
    is not known.
    """
    remedy = "set the clock, best by a service such as systemd-timesyncd or chrony"
    latest = max(WRITTEN_ON, last_run_at or WRITTEN_ON)
    if now < latest - CLOCKS_MAY_DIFFER:
        why = "the last run" if last_run_at == latest else "this software"
        message = f"the clock shows {now:%Y-%m-%d %H:%M} UTC, which is before {why} ({latest:%Y-%m-%d})"
        yield fault("clock", message, remedy)
    elif site_at is not None and abs(now - site_at) > CLOCKS_MAY_DIFFER:
        message = f"{abs(now - site_at)} {'ahead of' if now > site_at else 'behind'} the site's clock"
        yield warning("clock", message, remedy)
    else:
        yield fine("clock", f"{now.astimezone(WIB):%Y-%m-%d %H:%M} WIB; days are WIB days, whatever zone is set here")
    yield from of_zone()


def of_zone() -> Iterator[Finding]:
    """Yield whether the zone of the site is there and is what we reckon with."""
    try:
        offset = ZoneInfo(ZONE).utcoffset(WRITTEN_ON.replace(tzinfo=None))
    except ZoneInfoNotFoundError:
        yield fault("clock", f"the zone {ZONE} is not known here", "run `pip install tzdata`")
        return
    if offset != timedelta(hours=7):
        message = f"the zone {ZONE} is {offset} ahead of UTC here, not 7 hours"
        yield fault("clock", message, "run `pip install -U tzdata`")


def of_browser(given: str) -> Iterator[Finding]:
    """Yield whether render=fallback and render=fronts find a browser; `given` is KOMPAS_BROWSER."""
    path = find_browser(given)
    remedy = "run `apt-get install chromium` and `pip install 'kompas-crawler[browser]'`"
    if path is not None:
        yield fine("browser", path)
    elif given and shutil.which(given) is None:
        yield warning("browser", f"KOMPAS_BROWSER={given} is no program here", f"leave it empty, or {remedy}")
    else:
        message = "none, or its Python packages are missing; only -a render=fallback and render=fronts need one"
        yield warning("browser", message, remedy)


def of_cron(environment: Mapping[str, str], output: str) -> Iterator[Finding]:
    """Yield what a job of cron would lack: HOME, PATH, the folder of the archive."""
    home = environment.get("HOME")
    if not home or not Path(home).is_dir():
        message = f"HOME={home} is no folder" if home else "HOME is not set"
        yield warning("cron", message, "set it in the crontab (HOME=/home/you): caches and browsers need it")
    path = environment.get("PATH")
    if not path:
        yield warning("cron", "PATH is not set", f"set it in the crontab (PATH={CRON_PATH})")
    program = Path(sys.executable)
    if shutil.which(program.name, path=CRON_PATH) == str(program):
        yield fine("cron", f"cron finds {program.name} by itself")
        return
    folder = "" if "://" in output or Path(output).is_absolute() else f"cd {Path.cwd()} && "
    job = f"{folder}{program} -m kompas_crawler crawl kompas"
    yield fine("cron", f"cron has PATH={CRON_PATH} and none of this shell's settings; a job: {_shortened(job)}")


def _shortened(job: str) -> str:
    """Return a command in which the folder of the user is written as cron may write it.

    >>> _shortened("/usr/bin/python3 -m kompas_crawler")
    '/usr/bin/python3 -m kompas_crawler'
    """
    return re.sub(rf"{re.escape(str(Path.home()))}(?=/)", "$HOME", job) if str(Path.home()) != "/" else job
