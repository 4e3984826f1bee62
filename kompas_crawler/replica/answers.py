"""Which answer belongs to which host, path and query of the generated site. Strings in, answers out; no HTTP."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from itertools import islice

from kompas_crawler.replica.edition import Edition
from kompas_crawler.replica.lists import (
    PER_PAGE,
    IndexPage,
    Shape,
    front,
    index_page,
    more_items,
    shape_on,
    sitemap,
    sitemap_index,
)
from kompas_crawler.replica.newsday import Stub, chance, draws
from kompas_crawler.replica.robots import robots_for
from kompas_crawler.replica.rubrics import INDEX_SITES, Rubric, covers, rubric_of_home

_READ = re.compile(
    r"(?P<before>/(?:[a-z0-9-]+/)?)read/(?P<xml>xml/)?"
    r"(?P<day>\d{4}/\d{2}/\d{2})/(?P<no>\d{7,12})(?:/(?P<slug>[^/]*))?/?",
    re.IGNORECASE,
)
_DAY = re.compile(r"\d{4}-\d{2}-\d{2}")
_MORE = re.compile(r"(?P<place>/(?:[a-z0-9-]+/)?)home/more/(?P<page>\d{1,4})")
_STREAM = 30
"""Articles in the stream of a front, and in each further page of it."""
JSON = "application/json; charset=UTF-8"
HTML = "text/html; charset=UTF-8"
XML = "text/xml; charset=UTF-8"
TEXT = "text/plain; charset=UTF-8"


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """What goes back to the client, before anything spoils it."""

    status: int = 200
    body: bytes = b""
    content_type: str = HTML
    headers: Mapping[str, str] = field(default_factory=dict)
    modified: datetime | None = None
    """For `Last-Modified` and `ETag`; null for what changes all the time."""


def not_found() -> Answer:
    """The page for addresses that lead nowhere."""
    text = (
        "<!DOCTYPE html><html><head><title>404 - Kompas.com</title></head><body><h1>Halaman tidak ditemukan</h1></body>"
    )
    return Answer(status=404, body=f"{text}</html>".encode())


def redirect(to: str, status: int = 301) -> Answer:
    """A redirect."""
    return Answer(status=status, headers={"Location": to})


def parse_day(text: str) -> date | None:
    """The day in `YYYY-MM-DD`, or null.

    >>> parse_day("2021-04-14"), parse_day("14/04/2021"), parse_day("2021-02-30")
    (datetime.date(2021, 4, 14), None, None)
    """
    try:
        return date.fromisoformat(text) if _DAY.fullmatch(text) else None
    except ValueError:
        return None


def page_number(text: str) -> int:
    """A `?page=` of a list; what is no number counts as 1."""
    return max(1, int(text)) if text.isascii() and text.isdigit() else 1


class Site:
    """The generated site."""

    def __init__(self, edition: Edition, list_layouts: str = "mixed") -> None:
        self.edition = edition
        self._list_layouts = list_layouts
        self._index_requests = 0
        self._tagged: dict[tuple[str, date], list[Stub]] = {}

    def answer(self, host: str, path: str, query: Mapping[str, str]) -> Answer:
        """The answer to a GET of `path` with `query` on `host`."""
        if path == "/robots.txt":
            status, text = robots_for(host, self.edition.troubles.parameters("robots"))
            return Answer(status=status, body=text.encode(), content_type=TEXT)
        if host == "indeks.kompas.com":
            return self._index(query) if path == "/" else not_found()
        if match := _READ.fullmatch(path):
            return self._article(host, match, query)
        if path.endswith("/sitemap.xml"):
            return self._sitemap(host, path)
        if host == "www.kompas.com" and path.startswith("/tag/"):
            return self._tag(path.removeprefix("/tag/"), page_number(query.get("page", "")))
        if match := _MORE.fullmatch(path):
            return self._more(host, match["place"], page_number(match["page"]))
        return self._front(host, path)

    def _article(self, host: str, match: re.Match[str], query: Mapping[str, str]) -> Answer:
        day = parse_day(match["day"].replace("/", "-"))
        stub = self.edition.find(day, match["no"]) if day else None
        if stub is None or self.edition.is_gone(stub):
            return not_found()
        if target := self.edition.moved_to(stub):
            return redirect(target.url)
        if (match["slug"] or "").lower() != stub.slug.lower() or not _lives_at(stub, host, match["before"]):
            wanted = query.get("page")
            return redirect(f"{stub.url}?page={wanted}" if wanted else stub.url)
        article = self.edition.article(stub)
        wanted = query.get("page", "1")
        if wanted == "all":
            part = None
        elif wanted.isascii() and wanted.isdigit() and 1 <= int(wanted) <= len(article.parts):
            part = int(wanted)
        else:
            return not_found()
        html = self.edition.html(article, part)
        return Answer(body=html.encode(), modified=article.modified)

    def _index(self, query: Mapping[str, str]) -> Answer:
        now, troubles = self.edition.clock.now, self.edition.troubles
        site = query.get("site", "all")
        day_text = query.get("date", now.date().isoformat())
        day, number = parse_day(day_text), page_number(query.get("page", "1"))
        if day == now.date() and (shifting := troubles.parameters("shifting")):
            self._index_requests += 1
            if self._index_requests % max(1, shifting["every"]) == 0:
                self.edition.step()
        draw = draws(self.edition.newsroom.seed, "index", day_text, site)
        shape = shape_on(draws(self.edition.newsroom.seed, "shape", day_text)[0], self._list_layouts, day or now.date())
        stubs = self._listed(site, day)
        size = PER_PAGE[shape]
        last: int | None = max(1, -(-len(stubs) // size))
        if (low := troubles.parameters("last_page_low")) and last:
            last = max(1, last - low["by"])
        if troubles.parameters("last_page_missing") is not None:
            last = None
        shown = self._repeat(number)
        items = list(stubs[(shown - 1) * size : shown * size])
        if items and chance(draw, 0) < troubles.rate("doubled_item"):
            items.insert(1, items[0])
        page = IndexPage(
            shape=shape, site=site if site in INDEX_SITES else "all", day_text=day_text if day else "", page=number,
            stubs=items, last_page=last, has_foreign=bool(items) and draw[4 + number % 20] < 50, year=now.year,
        )  # fmt: skip
        return Answer(body=index_page(page).encode())

    def _listed(self, site: str, day: date | None) -> Sequence[Stub]:
        quiet = self.edition.troubles.parameters("quiet_day")
        if day is None or site not in INDEX_SITES or (quiet and quiet["day"] in ("", day.isoformat())):
            return []
        return [stub for stub in self.edition.listed(day) if covers(site, stub.rubric)]

    def _repeat(self, number: int) -> int:
        repeated = self.edition.troubles.parameters("repeated_page")
        return number - 1 if repeated and number > repeated["page"] else number

    def _front(self, host: str, path: str) -> Answer:
        home = host + path.rstrip("/")
        rubric = rubric_of_home(home)
        more = f"https://{home}/home/more" if rubric else None
        if rubric:
            stubs: Sequence[Stub] = self._stream_page(rubric, 1)
            title = rubric.category
        elif home in ("www.kompas.com", "kompas.com"):
            stubs, title = list(islice(self._stream(), _STREAM)), "Berita Terkini"
        elif home == "news.kompas.com":
            news = (stub for stub in self._stream() if covers("news", stub.rubric))
            stubs, title = list(islice(news, _STREAM)), "News"
        else:
            return not_found()
        scripted = self.edition.troubles.parameters("scripted_fronts")
        form = str(scripted["form"]) if scripted else None
        return Answer(body=front(title, stubs, self._shape(home), self.edition.clock.now.year, more, form).encode())

    def _more(self, host: str, place: str, page: int) -> Answer:
        home = (host + place).rstrip("/")
        rubric = rubric_of_home(home)
        if rubric is None:
            return not_found()
        is_scripted = self.edition.troubles.parameters("scripted_fronts") is not None
        shape = self._shape(home) if is_scripted else "2017"
        return Answer(body=more_items(self._stream_page(rubric, page), shape).encode(), content_type=JSON)

    def _stream_page(self, rubric: Rubric, page: int) -> Sequence[Stub]:
        scripted = self.edition.troubles.parameters("scripted_fronts")
        size = max(1, scripted["first"]) if scripted else _STREAM
        stubs = self.edition.latest(rubric, size * page)[size * (page - 1) :]
        if scripted is None:
            return stubs
        oldest = self.edition.clock.now - timedelta(days=scripted["days"])
        return [stub for stub in stubs if stub.published >= oldest]

    def _shape(self, home: str) -> Shape:
        today = self.edition.clock.now.date()
        return shape_on(draws(self.edition.newsroom.seed, "front", home)[0], self._list_layouts, today)

    def _stream(self) -> Iterator[Stub]:
        for stub in self.edition.newsroom.backwards(self.edition.clock.now):
            if not self.edition.is_gone(stub):
                yield stub

    def _sitemap(self, host: str, path: str) -> Answer:
        if (host, path) == ("www.kompas.com", "/sitemap.xml"):
            return Answer(body=sitemap_index().encode(), content_type=XML)
        home, _, kind = (host + path.removesuffix("/sitemap.xml")).rpartition("/")
        rubric = rubric_of_home(home)
        if rubric is None or kind not in ("news", "web"):
            return not_found()
        since = self.edition.clock.now - timedelta(days=2 if kind == "news" else 3)
        stubs = []
        for stub in self._stream():
            if stub.published < since:
                break
            if stub.rubric is rubric:
                stubs.append(self.edition.shown(stub))
        return Answer(
            body=sitemap(stubs, None if kind == "news" else self.edition.changed_at).encode(), content_type=XML
        )

    def _tag(self, tag: str, page: int) -> Answer:
        words = tag.replace("+", "-").lower().strip("-/").split("-")
        today = self.edition.clock.now.date()
        key = ("-".join(words), today)
        if key not in self._tagged:
            week = [stub for back in range(7) for stub in self.edition.listed(today - timedelta(days=back))]
            if len(self._tagged) > 100:
                self._tagged.clear()
            self._tagged[key] = [stub for stub in week if all(word in stub.slug.lower() for word in words)]
        stubs = self._tagged[key][(page - 1) * 15 : page * 15]
        return Answer(body=front(tag.replace("-", " "), stubs, "2017", today.year).encode())


def _lives_at(stub: Stub, host: str, before: str) -> bool:
    """Whether the article is served at this host and path: at its own home, or at another one of its section.

    A city's host and the regional one, `properti.` and `www…/properti` both serve an article.
    """
    home = (host + before).rstrip("/").lower()
    if home == stub.home:
        return True
    if home in stub.rubric.other_homes or home == stub.rubric.home:
        return stub.rubric.slug in ("regional", "properti", "money")
    return False
