"""Faults of what the site says about itself: robots.txt, sitemaps, the index. Each has a host or day of its own."""

from __future__ import annotations

import gzip
import json
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

from tests.faults import pages
from tests.faults.answers import MB, bomb, error, fixed, good, head, message, raw, redirect, streamed
from tests.faults.batches import PLAIN_ROBOTS, Batch
from tests.faults.contents import WALL
from tests.faults.crawling import Ended, crawl, defects_of_archive
from tests.faults.misbehaving import Exchange, Misbehaving, misbehaving
from tests.faults.rows import KEPT, Answer, Fault, Result, told

# --- robots.txt -------------------------------------------------------------------------------------------------------

_UNREACHABLE = "failed: robots_unreachable"
_FORBIDDEN = "excluded: robots"
_ALL = b"User-agent: *\nDisallow: /\n"


def _text(body: bytes) -> Answer:
    return fixed(body, content_type="text/plain")


def _reset(_: Exchange) -> bytes:
    return b""


_ROBOTS: tuple[tuple[str, Answer, str], ...] = (
    ("404", error("404 Not Found"), KEPT),
    ("403", error("403 Verboten"), KEPT),
    ("401", error("401 Unauthorized"), KEPT),
    ("429", error("429 Too Many Requests"), _UNREACHABLE),
    ("500", error("500 Internal Server Error"), _UNREACHABLE),
    ("503", error("503 Service Unavailable"), _UNREACHABLE),
    ("304", raw(lambda _: head(status="304 Not Modified")), _UNREACHABLE),
    ("no answer", raw(_reset), _UNREACHABLE),
    ("empty", _text(b""), KEPT),
    ("a page that says the server is busy", fixed(b"<html><title>503 Service Unavailable</title></html>"),
     _UNREACHABLE),
    ("a browser check", fixed(WALL.encode()), _UNREACHABLE),
    ("some page", fixed(b"<!DOCTYPE html><html><h1>Kompas</h1></html>"), KEPT),
    ("noise", raw(lambda x: message(x.chance.randbytes(20_000), content_type="text/plain")), KEPT),
    ("zero bytes between its letters", _text(_ALL.decode().encode("utf-16-le")), _FORBIDDEN),
    ("UTF-16 with a byte order mark", _text(_ALL.decode().encode("utf-16")), _FORBIDDEN),
    ("UTF-8 with a byte order mark", _text(b"\xef\xbb\xbf" + _ALL), _FORBIDDEN),
    ("a zero-width joiner before User-agent", _text("\u200dUser-agent: *\nDisallow: /\n".encode()), _FORBIDDEN),
    ("carriage returns alone", _text(_ALL.replace(b"\n", b"\r")), _FORBIDDEN),
    ("everything disallowed", _text(_ALL), _FORBIDDEN),
    ("our name disallowed", _text(b"User-agent: kompas-crawler\nDisallow: /\n\nUser-agent: *\nDisallow:\n"),
     _FORBIDDEN),
    ("rules without a user agent", _text(b"Disallow: /\n"), KEPT),
    ("fifty thousand rules", _text(b"User-agent: *\n" + b"".join(b"Disallow: /x%d\n" % n for n in range(50_000))),
     KEPT),
    ("a rule of a megabyte", _text(b"User-agent: *\nDisallow: /" + b"x" * MB), KEPT),
    ("a rule of fifty stars", _text(b"User-agent: *\nDisallow: /" + b"*a" * 50 + b"*b$\n"), KEPT),
    ("a file of 20 MB", streamed(head(content_type="text/plain"), lambda: iter([b"# kata\n" * 150_000] * 20)),
     _UNREACHABLE),
    ("a bomb", raw(lambda _: message(bomb("gzip", 200), "Content-Encoding: gzip")), _UNREACHABLE),
    ("gzip announced, plain sent", fixed(_ALL, "Content-Encoding: gzip"), _FORBIDDEN),
    ("gzip that breaks off", fixed(gzip.compress(_ALL)[:-9], "Content-Encoding: gzip"), _UNREACHABLE),
    ("a redirect to another host", redirect(lambda _: "http://evil.test/robots.txt"), _UNREACHABLE),
    ("a redirect to 127.0.0.1", redirect(lambda x: f"{x.trap}/robots.txt"), _UNREACHABLE),
    ("a redirect to itself", redirect(lambda x: f"{x.scheme}://{x.asked.host}/robots.txt"), _UNREACHABLE),
    ("Crawl-delay below zero", _text(b"User-agent: *\nCrawl-delay: -5\nDisallow:\n"), KEPT),
    ("Crawl-delay that is no number", _text(b"User-agent: *\nCrawl-delay: pelan\nDisallow:\n"), KEPT),
    ("Crawl-delay: nan", _text(b"User-agent: *\nCrawl-delay: nan\nDisallow:\n"), KEPT),
)  # fmt: skip


def _host_of(number: int) -> str:
    return f"robots{number}"


async def _robots_of_host(exchange: Exchange) -> None:
    label = exchange.asked.host.partition(".")[0]
    number = int(label.removeprefix("robots")) if label.startswith("robots") else -1
    await (_ROBOTS[number][1] if number >= 0 else PLAIN_ROBOTS)(exchange)


ROBOTS = Batch(
    name="robots.txt",
    robots=_robots_of_host,
    most_mb=500,
    faults=tuple(
        Fault(name=f"robots.txt: {name}", group="robots.txt", answer=good(), expected=expected, host=_host_of(number))
        for number, (name, _, expected) in enumerate(_ROBOTS)
    ),
)

# --- Sitemaps ---------------------------------------------------------------------------------------------------------

_TODAY = "https://nasional.kompas.com/read/2021/04/19/1{:05}01/x"
_ENTRY = '<urlset xmlns="http://www.sitemaps.org/schemas/sitemap/0.9"><url><loc>{}</loc></url></urlset>'
_LAUGHS = "".join(f'<!ENTITY l{n} "{f"&l{n - 1};" * 10}">' for n in range(1, 12))
_UNSAFE = "unparsed: unsafe_xml"
_MALFORMED = "unparsed: malformed_xml"


def _xml(text: str) -> Answer:
    return fixed(text.encode(), content_type="text/xml")


def _entity(definition: str) -> Answer:
    return raw(lambda x: message(
        f'<!DOCTYPE urlset [{definition.replace("TRAP", x.trap)}]>{_ENTRY.format("&e;")}'.encode(),
        content_type="text/xml"))  # fmt: skip


_SITEMAPS: tuple[tuple[str, Answer, str], ...] = (
    ("sound", _xml(pages.sitemap([])), "read"),
    ("entities within entities", _entity(f'<!ENTITY l0 "lol">{_LAUGHS}<!ENTITY e "&l11;">'), _MALFORMED),
    ("an entity of a megabyte, a thousand times", _xml(
        f'<!DOCTYPE urlset [<!ENTITY e "{"x" * MB}">]>{_ENTRY.format("&e;" * 1_000)}'), _MALFORMED),
    ("an entity from a file", _entity('<!ENTITY e SYSTEM "file:///etc/passwd">'), _UNSAFE),
    ("an entity from 127.0.0.1", _entity('<!ENTITY e SYSTEM "TRAP/rahasia">'), _UNSAFE),
    ("a parameter entity from 127.0.0.1", _entity('<!ENTITY % p SYSTEM "TRAP/dtd"> %p;<!ENTITY e "">'), _UNSAFE),
    ("a document type from 127.0.0.1", raw(lambda x: message(
        f'<!DOCTYPE urlset SYSTEM "{x.trap}/dtd">{_ENTRY.format("x")}'.encode(), content_type="text/xml")), _UNSAFE),
    ("a style sheet from 127.0.0.1", raw(lambda x: message(
        f'<?xml-stylesheet href="{x.trap}/xsl"?>{_ENTRY.format("x")}'.encode(), content_type="text/xml")), "read"),
    ("an inclusion of a file", _xml(
        '<urlset xmlns:xi="http://www.w3.org/2001/XInclude"><url><loc><xi:include href="file:///etc/passwd"/></loc>'
        "</url></urlset>"), "read"),
    ("a gzip bomb as a file", fixed(bomb("gzip", 200), content_type="application/gzip"), "unparsed: too_large"),
    ("a gzip bomb as a coding", fixed(bomb("gzip", 200), "Content-Encoding: gzip"), "failed: too_large"),
    ("a gzip file that breaks off", fixed(gzip.compress(pages.sitemap(["x"] * 900).encode())[:-30]), _MALFORMED),
    ("a million entries", streamed(head(content_type="text/xml"), lambda: iter(
        [b"<urlset>", *[b"<url><loc>https://www.kompas.com/x</loc></url>" * 10_000] * 100])), "failed: too_large"),
    ("ten thousand times one article of another year", _xml(pages.sitemap(
        ["https://www.kompas.com/global/read/2011/04/19/10000070/x"] * 10_000)), "read"),
    ("a hundred thousand elements deep", _xml("<urlset>" + "<url>" * 100_000), _MALFORMED),
    ("cut in its middle", _xml(pages.sitemap([_TODAY.format(1)])[:-40]), _MALFORMED),
    ("a page in its place", _xml(pages.article("https://www.kompas.com/")), _MALFORMED),
    ("another XML in its place", _xml("<rss/>"), "unparsed: not_a_list"),
    ("noise", raw(lambda x: message(b"\x00" + x.chance.randbytes(9_000), content_type="text/xml")), _MALFORMED),
    ("empty", fixed(b"", content_type="text/xml"), "failed: empty_body"),
    ("UTF-16", fixed(pages.sitemap([]).replace("UTF-8", "UTF-16").encode("utf-16"), content_type="text/xml"), "read"),
    ("404", error("404 Not Found"), "gone: http_404"),
    ("500", error("500 Internal Server Error"), "failed: http_500"),
    ("a redirect to 127.0.0.1", redirect(lambda x: f"{x.trap}/sitemap.xml"), "gone: redirected_private_address"),
    ("addresses of other hosts and files", raw(lambda x: message(pages.sitemap(
        [f"{x.trap}/read/2021/04/19/12000001/x", "file:///etc/passwd", "https://evil.test/read/2021/04/19/12000001/x",
         "javascript:1", "https://www.kompas.com@evil.test/read/2021/04/19/12000001/x"]).encode(),
        content_type="text/xml")), "read"),
    ("sitemaps on other hosts", raw(lambda x: message(pages.sitemap_index(
        [f"{x.trap}/news/sitemap.xml", "https://evil.test/news/sitemap.xml", "file:///news/sitemap.xml"]).encode(),
        content_type="text/xml")), "read"),
    ("an index that names itself", raw(lambda x: message(
        pages.sitemap_index([x.url] * 50).encode(), content_type="text/xml")), "read"),
    ("times of change that are none", _xml(pages.sitemap([_TODAY.format(2)]).replace(
        "</loc>", "</loc><lastmod>99999-99-99T99:99:99+99:99</lastmod>")), "read"),
    ("an index of ten thousand sitemaps", raw(lambda x: message(pages.sitemap_index(
        [f"{x.url}?n={n}" for n in range(10_000)]).encode(), content_type="text/xml")), "read"),
)  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class Sitemaps:
    """Sitemaps that a sound index of sitemaps names, each with a fault of its own."""

    name: str = "sitemaps"
    most_mb: int = 600
    most_requests: int = 1_200
    """For files and articles together; with the tries of those that fail."""

    def play(self, folder: Path, *, tries: int, seed: int, beside_bare: bool) -> list[Result]:
        """Read them all in each try. The bare spider reads no sitemaps."""
        got = [Counter[str]() for _ in _SITEMAPS]
        whole: list[Result] = []
        for attempt in range(tries):
            with misbehaving(self._answer, seed=seed + attempt) as server:
                ended = crawl(folder / str(attempt), server.url, "since=2021-04-12", "until=2021-04-20",
                              "routes=sitemap", "follow=none")  # fmt: skip
            visits = ended.visits()
            for number, counts in enumerate(got):
                visit = visits.get(self._url(number))
                counts[_said(visit) if visit else "not asked for"] += 1
            whole = self._of_the_whole(ended, server)
        rows = [
            Result(fault=f"sitemap: {name}", group="sitemap", tries=tries, expected=expected, got=told(counts))
            for (name, _, expected), counts in zip(_SITEMAPS, got, strict=True)
        ]
        return rows + whole

    @staticmethod
    def _url(number: int) -> str:
        return f"https://peta{number}.kompas.com/news/sitemap.xml"

    async def _answer(self, exchange: Exchange) -> None:
        label, path = exchange.asked.host.partition(".")[0], exchange.asked.target
        if path == "/robots.txt":
            await PLAIN_ROBOTS(exchange)
        elif label == "www" and path == "/sitemap.xml":
            await _xml(pages.sitemap_index(map(self._url, range(len(_SITEMAPS)))))(exchange)
        elif label.startswith("peta") and "?" not in path:
            await _SITEMAPS[int(label.removeprefix("peta"))][1](exchange)
        elif label.startswith("peta"):
            await _xml(pages.sitemap([]))(exchange)
        else:
            await good()(exchange)

    def _of_the_whole(self, ended: Ended, server: Misbehaving) -> list[Result]:
        facts = (
            ("exit code", "1", str(ended.exit_code)),
            ("requests at the trap", "0", str(len(server.trapped))),
            ("requests", f"at most {self.most_requests}", _within(len(server.asked), self.most_requests)),
            ("memory at the peak", f"at most {self.most_mb} MB", _within(round(ended.peak_mb), self.most_mb, " MB")),
            ("errors in our own code", "0", str(ended.log.count("Traceback (most recent call last)"))),
            ("what `scrapy verify` finds", "[]", str(defects_of_archive(ended))),
        )
        return [_whole(self.name, *fact) for fact in facts]


# --- The index --------------------------------------------------------------------------------------------------------

_LISTED = "https://www.kompas.com/global/read/2021/04/{}/1{:05}70/x"


def _page_number(exchange: Exchange) -> int:
    return int(parse_qs(urlsplit(exchange.asked.target).query)["page"][0])


def _html(text: str) -> Answer:
    return fixed(text.encode())


def _items(day: str, first: int, count: int = 15) -> str:
    return pages.index(_LISTED.format(day, first + n) for n in range(count))


def _turning(day: str, shown: Mapping[int, int] | int) -> Answer:
    """Send pages of which page N shows the items of page `shown[N]`, or of N modulo `shown`; 0: always new ones."""

    def made(exchange: Exchange) -> bytes:
        page = _page_number(exchange)
        number = shown.get(page) if isinstance(shown, Mapping) else page % shown if shown else page
        return message((_items(day, number * 15) if number is not None else pages.index([])).encode())

    return raw(made)


def _first_then_nothing(text: str) -> Answer:
    return raw(lambda x: message((text if _page_number(x) == 1 else pages.index([])).encode()))


_INDEX: Mapping[str, tuple[str, Answer, str]] = {
    "19": ("sound", _turning("19", {1: 1, 2: 2}), "finished, 3 pages, 30 listed"),
    "18": ("empty", _html(pages.index([])), "finished, 1 pages, 0 listed"),
    "17": ("the same page for ever", _turning("17", 1), "finished, 3 pages, 15 listed"),
    "16": ("two pages in turn for ever", _turning("16", 2), "finished, 4 pages, 30 listed"),
    "15": ("new articles for ever", _turning("15", 0), "page_cap, 20 pages, 300 listed"),
    "14": ("a page that says the server is busy", _html("<html><title>Server sedang sibuk</title></html>"),
           "soft_error, 0 pages, 0 listed"),
    "13": ("500", error("500 Internal Server Error"), "http_500, 0 pages, 0 listed"),
    "12": ("cut in its middle", raw(lambda _: message(_items("12", 0)[:-60].encode())),
           "truncated, 0 pages, 0 listed"),
    "11": ("an article in its place", _html(pages.article("https://www.kompas.com/global/read/2021/04/11/10000070/x")),
           "article_page, 0 pages, 0 listed"),
    "10": ("markup that changed", _html(_items("10", 0).replace("article__", "a-").replace("latest--", "l-")),
           "list_markup_changed, 0 pages, 0 listed"),
    "09": ("a bomb", fixed(bomb("gzip", 200), "Content-Encoding: gzip"), "too_large, 0 pages, 0 listed"),
    "08": ("five thousand articles on a page", _first_then_nothing(_items("08", 0, 5_000)),
           "finished, 2 pages, 5000 listed"),
    "07": ("one article under a hundred slugs", _first_then_nothing(pages.index(
        _LISTED.format("07", 1) + str(n) for n in range(100))), "finished, 2 pages, 1 listed"),
    "06": ("days that do not exist, and other hosts", _first_then_nothing(pages.index([
        _LISTED.format("06", 1), "https://www.kompas.com/global/read/2021/02/30/10000170/x",
        "https://www.kompas.com/global/read/0000/00/00/10000170/x", "http://127.0.0.1/read/2021/04/06/10000170/x",
        "file:///etc/passwd", "https://www.kompas.com@evil.test/global/read/2021/04/06/10000170/x"])),
        "finished, 2 pages, 1 listed"),
    "05": ("an article of the year 2031", _first_then_nothing(pages.index([
        _LISTED.format("05", 1), "https://www.kompas.com/global/read/2031/12/31/10000170/x"])),
        "finished, 2 pages, 2 listed"),
    "04": ("a million nested elements", _html("<div>" * 1_000_000 + _items("04", 0)), "too_deep, 0 pages, 0 listed"),
    "03": ("no answer", raw(_reset), "broken_answer, 0 pages, 0 listed"),
    "02": ("a redirect to 127.0.0.1", redirect(lambda x: f"{x.trap}/index"),
           "redirected_private_address, 0 pages, 0 listed"),
}  # fmt: skip
"""By the day of April 2021 that shows it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Index:
    """An index each of whose days has a fault of its own."""

    name: str = "index"
    most_requests: int = 150

    def play(self, folder: Path, *, tries: int, seed: int, beside_bare: bool) -> list[Result]:
        """Walk all days in each try, without asking for an article. The bare spider walks no index."""
        got = {day: Counter[str]() for day in _INDEX}
        whole: list[Result] = []
        for attempt in range(tries):
            with misbehaving(self._answer, seed=seed + attempt) as server:
                ended = crawl(folder / str(attempt), server.url, "since=2021-04-02", "until=2021-04-19",
                              "sections=global", "content=metadata", KOMPAS_PAGE_CAP=20)  # fmt: skip
            walks = {f"{walk['day']:%d}": walk for walk in ended.rows("walks")}
            for day, counts in got.items():
                walk = walks[day]
                ending = "finished" if walk["is_finished"] else walk["reason"]
                counts[f"{ending}, {walk['pages']} pages, {walk['listed']} listed"] += 1
            whole = self._of_the_whole(ended, server)
        rows = [
            Result(fault=f"index: {name}", group="index", tries=tries, expected=expected, got=told(got[day]))
            for day, (name, _, expected) in _INDEX.items()
        ]
        return rows + whole

    async def _answer(self, exchange: Exchange) -> None:
        query = parse_qs(urlsplit(exchange.asked.target).query)
        if exchange.asked.target == "/robots.txt" or "date" not in query:
            await PLAIN_ROBOTS(exchange)
        else:
            await _INDEX[query["date"][0][-2:]][1](exchange)

    def _of_the_whole(self, ended: Ended, server: Misbehaving) -> list[Result]:
        (record,) = (ended.folder / "output" / "runs").iterdir()
        days = {row["published_on"].year for row in ended.rows()}
        facts = (
            ("exit code", "1", str(ended.exit_code)),
            ("years of the stored articles", "{2021}", str(days)),
            ("the report names the walks that did not end", "True",
             str(any("did not reach the end" in problem for problem in json.loads(record.read_text())["problems"]))),
            ("requests at the trap", "0", str(len(server.trapped))),
            ("requests", f"at most {self.most_requests}", _within(len(server.asked), self.most_requests)),
            ("errors in our own code", "0", str(ended.log.count("Traceback (most recent call last)"))),
            ("what `scrapy verify` finds", "[]", str(defects_of_archive(ended))),
        )  # fmt: skip
        return [_whole(self.name, *fact) for fact in facts]


def _said(visit: Mapping[str, str | None]) -> str:
    return f"{visit['outcome']}" + (f": {visit['reason']}" if visit["reason"] else "")


def _within(number: int, most: int, unit: str = "") -> str:
    return f"at most {most}{unit}" if number <= most else f"{number}{unit}"


def _whole(name: str, what: str, expected: str, got: str) -> Result:
    fault = f"all of these in one crawl ({name}): {what}"
    return Result(fault=fault, group="the whole crawl", tries=1, expected=expected, got=got)


SITEMAPS = Sitemaps()
INDEX = Index()
