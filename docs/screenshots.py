"""The pictures of the documentation, taken from the demonstration's archive with the browser that is installed.

    python -m docs.screenshots        # or: make screenshots

The demonstration crawls into a temporary folder, so that a picture shows nothing of this machine but its fonts.
"""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path

from rich.console import Console
from rich.text import Text

from kompas_crawler.rendering.session import find_browser

ROOT = Path(__file__).resolve().parents[1]
IMAGES = ROOT / "docs" / "images"
SIZE_LIMIT = 200_000
"""Bytes of one picture: a clone of the repository should stay light."""


COLUMNS = 96
"""Width of the terminal."""


def demonstrate(folder: Path) -> Path:
    """Run the demonstration in `folder`; return the archive that it leaves there."""
    environment = {name: value for name, value in os.environ.items() if not name.startswith("KOMPAS_")}
    environment |= {"SCRAPY_SETTINGS_MODULE": "kompas_crawler.settings", "PYTHONPATH": str(ROOT)}
    command = [sys.executable, "-m", "scrapy", "demo", "-s", "KOMPAS_OUTPUT=output"]
    subprocess.run(  # noqa: S603
        command, cwd=folder, env=environment, check=True, stdin=subprocess.DEVNULL, capture_output=True
    )
    return folder / "output"


def take(report: Path, picture: Path) -> None:
    """Take a picture of the top of a report, as a desktop shows it."""
    from playwright.sync_api import sync_playwright

    browser = find_browser(None)
    if browser is None:
        sys.exit("no Chromium is installed: apt-get install chromium")
    with sync_playwright() as playwright:
        launched = playwright.chromium.launch(executable_path=browser, chromium_sandbox=os.geteuid() != 0)
        page = launched.new_page(viewport={"width": 1040, "height": 1000}, color_scheme="light")
        page.goto(report.as_uri())
        page.click("label[for=in-english]")
        page.screenshot(path=picture)
        launched.close()
    if picture.stat().st_size > SIZE_LIMIT:
        sys.exit(f"{picture} has {picture.stat().st_size:,} bytes; {SIZE_LIMIT:,} are allowed: take less of the page")


def take_terminal(folder: Path, commands: Sequence[Sequence[str]], picture: Path) -> None:
    """Take a picture of what commands print on a terminal, over the archive in `folder / "output"`."""
    environment = os.environ | {"FORCE_COLOR": "1", "COLUMNS": str(COLUMNS), "PYTHONPATH": str(ROOT)}
    with Path(os.devnull).open("w") as nowhere:
        terminal = Console(record=True, width=COLUMNS, file=nowhere, force_terminal=True)
        for command in commands:
            words = [sys.executable, "-m", "kompas_crawler", *command]
            shown = subprocess.run(words, cwd=folder, env=environment, check=True, capture_output=True, text=True)  # noqa: S603
            terminal.print(f"[bold]$[/bold] scrapy {' '.join(command)}", highlight=False)
            terminal.print(Text.from_ansi(shown.stdout))
        terminal.save_svg(str(picture), title="kompas-crawler", unique_id="terminal")


def main() -> None:
    """Take all pictures."""
    IMAGES.mkdir(exist_ok=True)
    with tempfile.TemporaryDirectory() as folder:
        take(demonstrate(Path(folder)) / "report.html", IMAGES / "report.png")
        take_terminal(Path(folder), [["coverage"]], IMAGES / "terminal.svg")
    print(f"Pictures: {IMAGES}")


if __name__ == "__main__":
    main()
