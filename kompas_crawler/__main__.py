"""`python -m kompas_crawler COMMAND`, and `kompas-crawler COMMAND`: `scrapy COMMAND` of this project from any folder.

Scrapy finds a project by the `scrapy.cfg` above the working folder. Here the project is this package, wherever it is
installed and whatever other project lies in the folder. A settings module that the environment names
(SCRAPY_SETTINGS_MODULE) goes before: it is for those who build theirs on ours.
"""

from __future__ import annotations

import os
import sys

from scrapy.cmdline import execute
from scrapy.utils.project import ENVVAR

SETTINGS = "kompas_crawler.settings"


def main() -> None:
    """Run the command that the command line names; ends the process with its exit code."""
    os.environ.setdefault(ENVVAR, SETTINGS)
    execute(["scrapy", *sys.argv[1:]])


if __name__ == "__main__":
    main()
