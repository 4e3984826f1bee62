"""What saved pages say, told by other means than our parser: lxml for the fields, a browser's layout for the text.

It shares no code with `kompas_crawler.site`, so that the two can be held against each other; where they differ, a
person has to look. It is simpler than the parser and knows less: what it does not know of a page it leaves out, and
the comparison then does not count it. Nothing of the pages is stored.
"""

from __future__ import annotations

import re
import shutil
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta, timezone
from typing import Any

import lxml.html
from lxml.html import HtmlElement
from playwright.sync_api import Page, sync_playwright

WIB = timezone(timedelta(hours=7))
BROWSERS = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")

# SITE_FACTS 4, as CSS: what stands among the text and is none of it.
NOT_TEXT = """
script, style, noscript, iframe, aside, figure, form, button, .photo, .photo-infographic, .video, .wSpec,
.ads-on-body, .ads-partner-wrap, [id^=div-gpt], .advertisement, [class^=kompasidRec], [class^=inject-baca-juga],
.read__bacajuga, .kcm-read-terkait, .gate-kgplus, .read__paging, .read__paging__footnote, .read__tagging,
.liftdown_v2_tanda, .fb-quote, .native-wrap, .pickwords, .avcircle, .tagsCloud-tag, .komentar-bar, .twitter-tweet,
.instagram-media, .tiktok-embed, .info-banner, [data-modal-target]
"""
CONTAINERS = (".read__content", "#articleContent", ".kcmread1114", ".kcm-read-text", ".div-read")
# A break is a blank, two breaks in a row are a border; then the page is read as it is laid out on the screen.
READ = """
([containers, notText]) => {
  for (const node of document.querySelectorAll(notText)) node.remove();
  const blank = node => node.nodeType === 8 || (node.nodeType === 3 && !node.data.trim());
  for (const one of [...document.querySelectorAll('br')]) {
    let next = one.nextSibling;
    while (next && blank(next)) next = next.nextSibling;
    one.before(document.createTextNode(next && next.nodeName === 'BR' ? '\\u2029' : ' '));
  }
  for (const one of [...document.querySelectorAll('br')]) one.remove();
  for (const selector of containers) {
    const found = document.querySelector(selector);
    if (found && found.innerText.trim()) return found.innerText;
  }
  return '';
}
"""
# Lines that the site, not the writer, puts into a text; from a call on, the rest of its line too.
NOT_BODY = re.compile(
    r"\W*(?:baca (?:juga|tentang|selengkapnya)|read (?:also|more)|artikel ini telah tayang|oleh ?:|sumber ?:"
    r"|topik pilihan|copyright 2008|baca berita tanpa iklan|penulis adalah|halaman (?:selanjutnya|berikutnya))",
    re.IGNORECASE,
)
CALL = re.compile(
    r"\W*(?:dapatkan update berita pilihan|simak breaking news|anda bisa menjadi kolumnis|kriteria \(salah satu\)"
    r"|cara daftar baca di sini|ikuti terus update|terangi negeri dengan literasi).*",
    re.IGNORECASE | re.DOTALL,
)
_SCRIPT = re.compile(r"<script\b.*?</script\s*>", re.IGNORECASE | re.DOTALL)
_PRINTED = re.compile(r"(\d{2})/(\d{2})/(\d{4}), (\d{2}):(\d{2}) WIB")
_ADDRESS = re.compile(r"/(\d{4})/(\d{2})/(\d{2})/(\d{8,9})(?:/|$)")


def find_browser() -> str | None:
    """Return the path of the browser that lays the pages out; null where none is installed."""
    return next((path for name in BROWSERS if (path := shutil.which(name))), None)


@contextmanager
def opened() -> Iterator[Layouter]:
    """Start the browser, cut off from any network, and end it."""
    flags = ["--host-resolver-rules=MAP * ~NOTFOUND", "--proxy-server=http://127.0.0.1:9", "--disable-gpu"]
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=find_browser(), args=flags, chromium_sandbox=False)
        try:
            page = browser.new_page(java_script_enabled=False)
            page.route("**/*", lambda route: route.abort())
            yield Layouter(page)
        finally:
            browser.close()


@dataclass(slots=True)
class Layouter:
    """A browser that lays out pages without their scripts, styles and pictures."""

    page: Page

    def paragraphs(self, html: bytes) -> list[str]:
        """Return the text of an article as the page shows it, less what the site puts into it."""
        unscripted = _SCRIPT.sub("", html.decode("utf-8", "replace"))  # two thirds of a page, and none of them is run
        self.page.set_content(unscripted, wait_until="domcontentloaded")
        shown: str = self.page.evaluate(READ, [list(CONTAINERS), NOT_TEXT])
        return list(_body_lines(re.split(r"[\n\u2029]+", shown)))


def _body_lines(lines: Sequence[str]) -> Iterator[str]:
    for raw in lines:
        line = " ".join(CALL.sub("", raw.replace("\u200b", "")).split())
        if re.search(r"\w", line) and not NOT_BODY.match(line):
            yield line


def fields(html: bytes, url: str) -> dict[str, Any]:
    """Return the fields of which a page says plainly what they are; a field that it does not state is left out."""
    tree = lxml.html.document_fromstring(html.decode("utf-8", "replace"))
    found: dict[str, Any] = {}
    if match := _ADDRESS.search(url):
        year, month, day, number = match.groups()
        found["article_id"] = f"{year}{month}{day}-{number}"
        found["published_on"] = f"{year}-{month}-{day}"
    if title := _text(_first(tree, "h1.read__title, .kcm-read-content-top h2, .kcm-read-top h2, .baca-content h1")):
        found["title"] = title
    time = _text(_first(tree, ".read__time"))
    if printed := _PRINTED.search(time):
        day, month, year, hour, minute = map(int, printed.groups())
        name = "updated_minute" if "Diperbarui" in time else "published_minute"
        found[name] = datetime(year, month, day, hour, minute, tzinfo=WIB).isoformat()
    for name, selector in (("authors", "#penulis a"), ("editors", "#editor a")):
        if people := [_text(node).strip(" ,") for node in tree.cssselect(selector)]:
            found[name] = people
    if tags := [_text(node) for node in tree.cssselect(".tag__article__link")]:
        found["tags"] = list(dict.fromkeys(tags))
    if path := [_text(node) for node in tree.cssselect(".breadcrumb__wrap a")]:
        found["breadcrumbs"] = [name for name in path if name not in ("Home", "Kompas.com")]
    stated = tree.xpath("//meta[@name='description']/@content")
    if stated and stated[0].strip():
        found["description"] = " ".join(stated[0].split())
    return found


def _first(tree: HtmlElement, selector: str) -> HtmlElement | None:
    return next(iter(tree.cssselect(selector)), None)


def _text(node: HtmlElement | None) -> str:
    return "" if node is None else " ".join(node.text_content().split())
