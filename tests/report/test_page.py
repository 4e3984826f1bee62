"""The page in a real browser: alone, on a phone, in the dark, by keyboard, in both languages, whatever it holds."""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Iterator
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from kompas_crawler.rendering.session import find_browser
from kompas_crawler.report.page import render
from kompas_crawler.report.words import Language
from tests.archive.samples import article, coverage, write, write_months
from tests.report.archives import MARKUP, facts, key, lively, run, years

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

pytestmark = [
    pytest.mark.xdist_group("report"),
    pytest.mark.skipif(find_browser(None) is None, reason="no Chromium is installed: apt-get install chromium"),
]
WIDE, PHONE = {"width": 1200, "height": 900}, {"width": 360, "height": 740}

CONTRASTS = """
() => {
  const canvas = new OffscreenCanvas(1, 1).getContext("2d", {willReadFrequently: true});
  const rgba = colour => {
    if (colour === "none") return [0, 0, 0, 0];
    canvas.clearRect(0, 0, 1, 1);
    canvas.fillStyle = colour;
    canvas.fillRect(0, 0, 1, 1);
    return [...canvas.getImageData(0, 0, 1, 1).data];
  };
  const linear = part => part <= .04045 ? part / 12.92 : ((part + .055) / 1.055) ** 2.4;
  const light = ([r, g, b]) => .2126 * linear(r / 255) + .7152 * linear(g / 255) + .0722 * linear(b / 255);
  const ratio = (a, b) => {
    const [more, less] = [light(a), light(b)].sort((x, y) => y - x);
    return (more + .05) / (less + .05);
  };
  const behind = element => {
    for (let one = element; one; one = one.parentElement) {
      const colour = rgba(getComputedStyle(one).backgroundColor);
      if (colour[3] > 0) return colour;
    }
    return [255, 255, 255, 255];
  };
  const under = text => {
    const box = text.getBoundingClientRect(), x = box.x + box.width / 2, y = box.y + box.height / 2;
    const isUnder = shape => {
      const at = shape.getBoundingClientRect();
      const isFilled = rgba(getComputedStyle(shape).fill)[3] > 0;
      return isFilled && at.width && at.x <= x && x <= at.right && at.y <= y && y <= at.bottom;
    };
    const shapes = [...text.ownerSVGElement.querySelectorAll("path, rect")].filter(isUnder);
    return shapes.length ? rgba(getComputedStyle(shapes.at(-1)).fill) : behind(text.ownerSVGElement);
  };
  const poor = [];
  for (const element of document.querySelectorAll("body *")) {
    const hasText = [...element.childNodes].some(node => node.nodeType === 3 && node.data.trim());
    if (!hasText || !element.checkVisibility()) continue;
    const style = getComputedStyle(element), isDrawn = element.ownerSVGElement != null;
    const found = ratio(rgba(isDrawn ? style.fill : style.color), isDrawn ? under(element) : behind(element));
    if (found < (parseFloat(style.fontSize) >= 24 ? 3 : 4.5))
      poor.push(`${element.textContent.trim().slice(0, 40)}: ${found.toFixed(2)}`);
  }
  return poor;
}
"""


class Opened:
    """A report in a tab, with all that the browser said and asked for."""

    def __init__(self, page: Page, path: Path) -> None:
        self.page = page
        self.said: list[str] = []
        self.asked: list[str] = []
        self.refused: list[str | None] = []
        page.on("console", lambda message: self.said.append(message.text))
        page.on("pageerror", lambda error: self.said.append(str(error)))
        page.on("dialog", lambda dialog: (self.said.append(dialog.message), dialog.dismiss()))
        page.on("request", lambda request: self.asked.append(request.url))
        page.on("requestfailed", lambda request: self.refused.append(request.failure))
        page.goto(path.as_uri())

    def choose(self, language: str) -> None:
        self.page.click(f"label[for=in-{language}]")

    def open_everything(self) -> None:
        for summary in self.page.query_selector_all("summary"):
            if summary.is_visible():
                summary.click()

    def ask(self, script: str) -> Any:
        return self.page.evaluate(script)


Open = Callable[..., Opened]


def empty(root: Path) -> Path:
    run(root, "r1")
    return root


def one_day(root: Path) -> Path:
    write(root, "coverage", "coverage.parquet", [coverage("2021-04-12", "global", listed=1, held=1)])
    write_months(root, "articles", [article(key("2021-04-12", 1))])
    return root


def metadata_only(root: Path) -> Path:
    row = article(key("2021-04-12", 1), flags=["metadata_only"], layout="list", body="", word_count=0)
    write_months(root, "articles", [row])
    return root


ARCHIVES = {make.__name__: make for make in (lively, years, empty, one_day, metadata_only)}
every_archive = pytest.mark.parametrize("name", ARCHIVES)


@pytest.fixture(scope="module")
def pages(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """The reports of all archives."""
    made = {}
    for name, make in ARCHIVES.items():
        root = make(tmp_path_factory.mktemp(name))
        made[name] = root / "report.html"
        made[name].write_text(render(facts(root), Language.ENGLISH), encoding="utf-8")
    return made


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        launched = playwright.chromium.launch(executable_path=find_browser(None), chromium_sandbox=os.geteuid() != 0)
        yield launched
        launched.close()


@pytest.fixture
def show(browser: Browser, pages: dict[str, Path]) -> Iterator[Open]:
    contexts = []

    def opened(name: str = "lively", viewport: Any = WIDE, scheme: Any = "light") -> Opened:
        context = browser.new_context(viewport=viewport, color_scheme=scheme)
        contexts.append(context)
        return Opened(context.new_page(), pages[name])

    yield opened
    for context in contexts:
        context.close()


@every_archive
def test_it_asks_for_nothing_and_complains_of_nothing(show: Open, pages: dict[str, Path], name: str) -> None:
    opened = show(name)
    opened.open_everything()
    assert (opened.asked, opened.said) == ([pages[name].as_uri()], [])


def test_a_headline_full_of_markup_is_shown_as_it_is_and_does_nothing(show: Open) -> None:
    opened = show()
    opened.open_everything()
    assert opened.ask("document.querySelectorAll('img, script, [onerror], [onload]').length") == 0
    assert opened.page.get_by_text(MARKUP).count() >= 3, "as headline, as reason, as problem of a run"
    assert opened.said == []


def test_the_browser_would_run_no_script_and_load_no_picture_though_one_got_in(show: Open) -> None:
    opened = show()
    opened.ask(
        """() => {
            const script = document.createElement("script"); script.textContent = "window.ran = true";
            const picture = document.createElement("img"); picture.src = "http://127.0.0.1:9/x.png";
            const styled = document.createElement("p"); styled.setAttribute("style", "color: red");
            document.body.append(script, picture, styled);
        }"""
    )
    assert opened.ask("window.ran") is None
    assert opened.refused == ["csp"]
    assert len([text for text in opened.said if "Content Security Policy" in text]) == 3


def test_its_own_style_is_let_in_by_the_policy(show: Open) -> None:
    assert show().ask("getComputedStyle(document.querySelector('main h2')).letterSpacing") != "normal"


@every_archive
@pytest.mark.parametrize("language", ["indonesian", "english"])
def test_a_phone_scrolls_it_in_one_direction_only(show: Open, name: str, language: str) -> None:
    opened = show(name, PHONE)
    opened.choose(language)
    opened.open_everything()
    assert opened.ask("document.documentElement.scrollWidth") <= PHONE["width"]


@pytest.mark.parametrize("name", ["lively", "years"])
@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("viewport", [WIDE, PHONE], ids=["wide", "phone"])
def test_every_text_stands_out_from_what_is_behind_it(show: Open, name: str, scheme: str, viewport: Any) -> None:
    opened = show(name, viewport, scheme)
    opened.open_everything()
    assert opened.ask(CONTRASTS) == []


def test_the_dark_page_is_dark(show: Open) -> None:
    colours = [
        show(scheme=scheme).ask("getComputedStyle(document.body).backgroundColor") for scheme in ("light", "dark")
    ]
    light, dark = (sum(map(int, re.findall(r"\d+", colour)[:3])) for colour in colours)
    assert light > 700 > 120 > dark


@every_archive
def test_headings_go_down_by_one_level_at_a_time_from_a_single_first(show: Open, name: str) -> None:
    levels = show(name).ask("[...document.querySelectorAll('h1, h2, h3, h4, h5, h6')].map(one => +one.tagName[1])")
    assert levels.count(1) == 1
    assert levels[0] == 1
    assert all(later - earlier <= 1 for earlier, later in pairwise(levels))


def test_there_is_one_of_each_landmark(show: Open) -> None:
    page = show().page
    landmarks = ("banner", "main", "navigation", "contentinfo")
    assert {name: page.get_by_role(name).count() for name in landmarks} == dict.fromkeys(landmarks, 1)


@pytest.mark.parametrize("name", ["lively", "years"])
@pytest.mark.parametrize("viewport", [WIDE, PHONE], ids=["wide", "phone"])
def test_of_each_chart_one_drawing_is_seen_and_named_and_there_is_a_table(show: Open, name: str, viewport: Any) -> None:
    opened = show(name, viewport)
    figures = opened.page.query_selector_all("figure")
    drawings = opened.page.get_by_role("img").all()
    assert len(drawings) == len(figures) >= 3
    names = [figure.query_selector("figcaption .in-en, figcaption").inner_text().strip() for figure in figures]
    assert [len(opened.page.get_by_role("img", name=name, exact=True).all()) for name in names] == [1] * len(names)
    assert all(len(figure.query_selector_all("tbody tr")) > 0 for figure in figures)


@every_archive
def test_every_table_has_headings_and_every_box_that_scrolls_a_name(show: Open, name: str) -> None:
    opened = show(name)
    opened.open_everything()
    assert (
        opened.ask(
            "[...document.querySelectorAll('table')].filter(one => !one.querySelector('thead th[scope=col]')).length"
        )
        == 0
    )
    regions = opened.page.get_by_role("region").all()
    assert all(region.evaluate("one => one.ariaLabel || one.getAttribute('aria-labelledby')") for region in regions)


@every_archive
def test_what_a_name_refers_to_is_there_once(show: Open, name: str) -> None:
    opened = show(name)
    ids = opened.ask("[...document.querySelectorAll('[id]')].map(one => one.id)")
    assert len(ids) == len(set(ids))
    broken = opened.ask(
        """[...document.querySelectorAll("[aria-labelledby], a[href^='#'], label[for]")]
           .map(one => one.getAttribute("aria-labelledby") || one.htmlFor || one.hash.slice(1))
           .filter(id => !document.getElementById(id))"""
    )
    assert broken == []


def test_by_keyboard_everything_is_reached_and_is_seen_to_be(show: Open) -> None:
    opened = show()
    wanted = opened.ask(
        """[...document.querySelectorAll("a[href], summary, [tabindex='0'], input:checked")]
           .filter(one => one.checkVisibility({visibilityProperty: true})).length"""
    )
    reached, unseen = [], []
    for _ in range(wanted + 5):
        opened.page.keyboard.press("Tab")
        state = opened.ask(
            """() => { const one = document.activeElement, shown = one.matches("input") ? one.nextElementSibling : one;
               if (!one.dataset.place) one.dataset.place = Math.random();
               return [one.tagName, one.dataset.place, getComputedStyle(shown).outlineStyle]; }"""
        )
        if state[0] == "BODY":
            break
        reached.append(state[1])
        if state[2] == "none":
            unseen.append(state)
    assert len(set(reached)) == wanted
    assert unseen == []


def test_the_first_stop_of_the_keyboard_leads_past_the_head(show: Open) -> None:
    opened = show()
    opened.page.keyboard.press("Tab")
    assert opened.ask("document.activeElement.hash") == "#main"


def test_the_arrow_keys_change_the_language(show: Open) -> None:
    opened = show()
    assert "articles missing" in opened.page.inner_text("h1")
    opened.page.focus("#in-english")
    opened.page.keyboard.press("ArrowLeft")
    assert opened.page.inner_text("h1").startswith("1 dari 3 hari lengkap")
    assert "artikel hilang" in opened.page.inner_text("h1")


def test_numbers_and_months_change_with_the_language(show: Open) -> None:
    opened = show("years")
    seen = {}
    for language in ("english", "indonesian"):
        opened.choose(language)
        seen[language] = opened.page.inner_text("main")
    assert "3,577 of 3,650 days" in seen["english"]
    assert "3.577 dari 3.650 hari" in seen["indonesian"]
    assert "Aug" in seen["english"]
    assert "Agu" in seen["indonesian"]


@pytest.mark.parametrize("language", Language)
def test_it_opens_in_the_language_that_was_asked_for(browser: Browser, tmp_path: Path, language: Language) -> None:
    path = tmp_path / "report.html"
    path.write_text(render(facts(one_day(tmp_path)), language), encoding="utf-8")
    page = browser.new_page()
    page.goto(path.as_uri())
    assert page.get_attribute("html", "lang") == language
    assert page.inner_text("h1").startswith(
        "1 dari 1 hari" if language is Language.INDONESIAN else "1 of 1 day complete"
    )
    page.close()


@pytest.mark.parametrize(
    ("name", "sentences"),
    [
        ("lively", ["1 of 3 days complete, 2 articles missing.", "Harga Cabai Naik", "code 1", "no answer"]),
        ("empty", ["This archive is empty.", "No index list was read yet", "There are no links.", "all ended well"]),
        (
            "one_day",
            ["1 of 1 day complete, no article missing.", "No article was read twice yet", "No run is on record."],
        ),
        (
            "metadata_only",
            ["1 articles; what is missing is not known.", "1 are known from lists only", "known from lists only"],
        ),
        ("years", ["3,577 of 3,650 days complete, 219 articles missing.", "The newest ones"]),
    ],
)
def test_each_archive_is_told_what_can_be_said_of_it(show: Open, name: str, sentences: list[str]) -> None:
    text = " ".join(show(name).page.inner_text("body").split())
    assert [sentence for sentence in sentences if sentence not in text] == []


def test_missing_articles_are_named_with_their_reasons(show: Open) -> None:
    text = show().page.inner_text("#holdings")
    assert f"{key('2021-04-13', 77)} failed: status_500" in text


@pytest.mark.parametrize("name", ["lively", "years"])
def test_it_is_small(pages: dict[str, Path], name: str) -> None:
    assert pages[name].stat().st_size < 2_000_000
