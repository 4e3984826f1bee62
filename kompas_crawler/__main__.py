"""`python -m kompas_crawler COMMAND`, and `kompas-crawler COMMAND`: `scrapy COMMAND` of this project from any folder.

Scrapy finds a project by the `scrapy.cfg` above the working folder. Here the project is this package, wherever it is
installed and whatever other project lies in the folder. A settings module that the environment names
(SCRAPY_SETTINGS_MODULE) goes before: it is for those who build theirs on ours.
"""

from __future__ import annotations

import os
import sys
from pathlib import Path

from scrapy.cmdline import execute
from scrapy.utils.project import ENVVAR

SETTINGS = "kompas_crawler.settings"


def open_standard_streams() -> None:
    """Give standard streams that are closed the null device.

    Scrapy 2.19 does not begin without standard error; and the next file that is opened would get the free number, and
    with it whatever is meant for the terminal.
    """
    for number in range(3):
        try:
            os.fstat(number)
        except OSError:
            os.open(os.devnull, os.O_RDWR)  # takes the lowest number that is free
    sys.stdout = sys.stdout or os.fdopen(1, "w", closefd=False)
    sys.stderr = sys.stderr or os.fdopen(2, "w", closefd=False)


def main() -> None:
    """Run the command that the command line names; ends the process with its exit code."""
    open_standard_streams()
    try:
        Path.cwd()
    except FileNotFoundError:
        print("The folder in which this was started has been removed: start it in another.", file=sys.stderr)
        sys.exit(2)
    os.environ.setdefault(ENVVAR, SETTINGS)
    execute(["scrapy", *sys.argv[1:]])


if __name__ == "__main__":
    main()
