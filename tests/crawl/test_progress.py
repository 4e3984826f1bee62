"""What people see while a crawl runs on a terminal."""

from __future__ import annotations

import os
import re
import struct
import subprocess
from fcntl import ioctl
from pathlib import Path
from termios import TIOCSWINSZ

import pytest

from kompas_crawler.replica import Replica
from tests.crawl.conftest import ROOT, command_of, environment_of

COLUMNS = 100


def crawl_on_a_terminal(site: Replica, output: Path, *arguments: str) -> str:
    """Crawl with standard error on a terminal of 100 columns; return everything that was written there."""
    terminal, end = os.openpty()
    ioctl(end, TIOCSWINSZ, struct.pack("HHHH", 24, COLUMNS, 0, 0))
    environment = {name: value for name, value in environment_of(output, site.url).items() if name != "COLUMNS"}
    process = subprocess.Popen(
        command_of(*arguments, DOWNLOAD_DELAY="0.05"),
        cwd=ROOT,
        env=environment | {"TERM": "xterm"},
        stdin=end,
        stdout=subprocess.DEVNULL,
        stderr=end,
    )
    os.close(end)
    seen = b""
    try:
        while some := os.read(terminal, 65_536):
            seen += some
    except OSError:  # the last one who had it open is gone
        pass
    finally:
        os.close(terminal)
    assert process.wait(timeout=60) == 0
    return seen.decode()


@pytest.mark.slow
def test_a_line_on_the_terminal_says_how_far_the_run_is_and_how_long_it_will_take(
    replica: Replica, tmp_path: Path
) -> None:
    days = ("since=2021-04-18", "until=2021-04-19", "follow=none")
    seen = crawl_on_a_terminal(replica, tmp_path / "output", *days)
    lines = re.findall(r"\r\x1b\[2K(\d+:\d\d:\d\d  [^\r\n\x1b]*)", seen)
    assert any("time left unknown" in line and "lists 0/2" in line for line in lines)
    assert any("lists 2/2" in line for line in lines)
    assert max(map(len, lines)) < COLUMNS
