"""The runbook knows every exit code, gate and alert, and names nothing that does not exist."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
import yaml

from kompas_crawler import extensions

ROOT = Path(__file__).resolve().parents[2]
RUNBOOK = (ROOT / "deploy" / "RUNBOOK.md").read_text(encoding="utf-8")
PAGES = sorted([*ROOT.glob("deploy/*.md"), *ROOT.glob("docs/*.md"), ROOT / "README.md"])
OF_SCRAPY = {"shell", "fetch", "view", "list", "settings", "version"}


def section(title: str) -> str:
    found = re.search(rf"^(#+) {re.escape(title)}\n(.*?)(?=^#{{1,3}} |\Z)", RUNBOOK, re.MULTILINE | re.DOTALL)
    return found[2] if found else ""


def rows_of(text: str) -> list[list[str]]:
    return [
        [cell.strip() for cell in line.strip("|").split(" | ")] for line in text.splitlines() if line.startswith("|")
    ]


def test_every_exit_code_has_its_line() -> None:
    codes = {value for name, value in vars(extensions).items() if name.startswith("EXIT_")}
    listed = {row[0] for row in rows_of(section("Exit codes of `scrapy crawl kompas`"))[2:]}
    assert listed == {str(code) for code in codes}


def test_every_gate_has_its_line() -> None:
    sources = [(ROOT / "kompas_crawler" / name).read_text(encoding="utf-8") for name in ("gates.py", "extensions.py")]
    gates = {gate for source in sources for gate in re.findall(r'Finding\(\s*"(\w+)"', source)}
    assert gates
    assert gates <= set(re.findall(r"`(\w+)`", " ".join(row[0] for row in rows_of(section("Gates (exit code 1)")))))


def alerts() -> list[str]:
    found = yaml.safe_load((ROOT / "deploy" / "prometheus" / "kompas-alerts.yaml").read_text(encoding="utf-8"))
    return [rule["alert"] for group in found["groups"] for rule in group["rules"]]


@pytest.mark.parametrize("alert", alerts())
def test_every_alert_has_a_section_with_a_command_or_a_way_on(alert: str) -> None:
    assert re.search(r"`[^`]+`|\]\(#", section(alert))


def test_no_section_is_about_an_alert_that_does_not_exist() -> None:
    assert set(re.findall(r"^### (Kompas\w+)$", RUNBOOK, re.MULTILINE)) == set(alerts())


@pytest.mark.parametrize("page", PAGES, ids=lambda path: path.name)
def test_every_command_that_a_page_names_exists(page: Path) -> None:
    named = set(re.findall(r"`?\bscrapy ([a-z][a-z-]+)", "\n".join(re.findall(r"`[^`]+`", page.read_text("utf-8")))))
    ours = {path.stem for path in (ROOT / "kompas_crawler" / "commands").glob("*.py")}
    assert named <= ours | OF_SCRAPY


@pytest.mark.parametrize("page", PAGES, ids=lambda path: path.name)
def test_every_anchor_that_a_page_links_to_is_a_heading(page: Path) -> None:
    text = page.read_text(encoding="utf-8")
    dangling = []
    for file, anchor in re.findall(r"\]\(([^)\s#:]*)#([^)\s]*)\)", text):
        target = (page.parent / file).read_text(encoding="utf-8") if file else text
        headings = re.findall(r"^#+ (.+)$", target, re.MULTILINE)
        if anchor not in {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}:
            dangling.append(f"{file}#{anchor}")
    assert dangling == []
