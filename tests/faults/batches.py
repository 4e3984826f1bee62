"""Faults that each spoil one article: many of them in one crawl of given addresses, judged article by article.

What an article ended in is read from the books; what was stored, from the archive; what was asked for, from the server.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from tests.faults import pages
from tests.faults.answers import fixed
from tests.faults.crawling import Ended, Traces, crawl_bare, crawl_given, defects_of_archive, traces
from tests.faults.misbehaving import Exchange, Misbehaving, misbehaving
from tests.faults.rows import KEPT, RIGHT, Answer, Fault, Result, told

DAY = "2021/04/14"
TARGET_DAY = "2021/04/15"
"""Where a link or redirect of a fault leads, the path names this day and the id of the fault's own article."""

SECONDS_APART = 37
"""Between the times in the ids of two faults: room for ten times as many tries."""

PLAIN_ROBOTS = fixed(b"User-agent: *\nDisallow: /search/\n", content_type="text/plain")


def target(exchange: Exchange) -> str:
    """Return the path by which it shows that a link or redirect of this article was followed."""
    match = pages.ARTICLE.search(exchange.asked.target)
    return f"/read/{TARGET_DAY}/{match['id'] if match else ''}/sasaran"


@dataclass(frozen=True, slots=True, kw_only=True)
class Batch:
    """Faults that share a crawl."""

    name: str
    faults: Sequence[Fault]
    settings: dict[str, object] = field(default_factory=dict)
    robots: Answer = PLAIN_ROBOTS
    bare_timeout: int | None = None
    """Seconds after which the bare spider gives an answer up; null where it has its three minutes."""
    exit_code: int = 1
    """What the crawl must end with: 1 where addresses came to nothing."""
    most_mb: int | None = None
    """What the crawl's process may take at its peak; null where nothing here is large."""

    def play(self, folder: Path, *, tries: int, seed: int, beside_bare: bool) -> list[Result]:
        """Crawl, and judge every article."""
        articles = dict(self._articles(tries))
        by_key = {pages.key_of(urls[0]): fault for urls, fault in articles.items()}
        with misbehaving(self._answering(by_key), seed=seed) as server:
            given = [url for urls in articles for url in urls]
            ended = crawl_given(folder / "ours", server.url, given, **self.settings)
            left = traces(ended, server)
            cookies = sum("cookie" in asked.headers for asked in server.asked)
            bare = self._play_bare(folder / "bare", server, articles) if beside_bare else None
        results = []
        for fault in self.faults:
            mine = [urls for urls, of in articles.items() if of is fault]
            got = Counter(verdict(fault, urls[0], left) for urls in mine)
            beside = bare[1](fault, mine) if bare is not None else None
            expected = fault.expected
            results.append(Result(fault=fault.name, group=fault.group, tries=tries, expected=expected,
                                  got=told(got), bare=beside))  # fmt: skip
        return [*results, *self._of_the_whole(ended, left, set(by_key), cookies, bare[0] if bare else None)]

    def _articles(self, tries: int) -> Iterator[tuple[tuple[str, ...], Fault]]:
        for number, fault in enumerate(self.faults):
            for attempt in range(tries):
                # Ten tries fit into the counter digit of an id; the next ten are of the next second.
                second = 3_600 + number * SECONDS_APART + attempt // 10
                clock = f"{second // 3600 % 24:02}{second // 60 % 60:02}{second % 60:02}"
                site_id = f"{clock}{attempt % 10}1"
                place = f"https://{fault.host}.kompas.com/read/{DAY}/{site_id}"
                yield tuple(f"{place}/{slug}" for slug in fault.slugs), fault

    def _answering(self, by_key: dict[str, Fault]) -> Answer:
        nothing = fixed(b"<!DOCTYPE html><html><h1>404</h1></html>", status="404 Not Found")

        async def answer(exchange: Exchange) -> None:
            path = exchange.asked.target
            if path.startswith("/robots.txt"):
                await self.robots(exchange)
                return
            fault = by_key.get(pages.key_of(path)) if pages.ARTICLE.search(path) else None
            # Whoever follows a fault's link is let in, so that it shows what he makes of it.
            if fault is None and TARGET_DAY in path:
                await fixed(pages.article(exchange.url).encode())(exchange)
                return
            await (fault.answer if fault is not None else nothing)(exchange)

        return answer

    def _play_bare(
        self, folder: Path, server: Misbehaving, articles: dict[tuple[str, ...], Fault]
    ) -> tuple[Ended, Callable[[Fault, list[tuple[str, ...]]], str]]:
        names = ("DOWNLOAD_TIMEOUT", "CONCURRENT_REQUESTS")
        shared = {name: value for name, value in self.settings.items() if name in names}
        shared |= {"DOWNLOAD_TIMEOUT": self.bare_timeout} if self.bare_timeout is not None else {}
        ended = crawl_bare(folder, server, [url for urls in articles for url in urls], **shared)
        items = ended.items()

        def verdicts(fault: Fault, mine: list[tuple[str, ...]]) -> str:
            return told(Counter(bare_verdict(fault, urls[0], items) for urls in mine))

        return ended, verdicts

    def _of_the_whole(
        self, ended: Ended, left: Traces, keys: set[str], cookies: int, bare: Ended | None
    ) -> Iterator[Result]:
        """Return what holds for the crawl as a whole."""

        def result(what: str, expected: str, got: object, beside: str | None = None) -> Result:
            fault = f"all of these in one crawl ({self.name}): {what}"
            return Result(fault=fault, group="the whole crawl", tries=1, expected=expected, got=str(got),
                          bare=beside)  # fmt: skip

        yield result("exit code", str(self.exit_code), ended.exit_code, _ending(bare, self.exit_code))
        yield result("rows of other articles", "0", len(left.rows.keys() - keys))
        yield result("errors in our own code", "0", ended.log.count("Traceback (most recent call last)"))
        yield result("cookies sent back", "0", cookies)
        yield result("what `scrapy verify` finds", "[]", defects_of_archive(ended))
        if self.most_mb is not None:
            is_within = ended.peak_mb <= self.most_mb
            expected = f"at most {self.most_mb} MB"
            got = expected if is_within else f"{ended.peak_mb:.0f} MB"
            yield result("memory at the peak", expected, got, bare and f"{bare.peak_mb:.0f} MB at the peak")


def _ending(bare: Ended | None, expected: int) -> str | None:
    """Return how the bare spider ended; null where there is none."""
    if bare is None:
        return None
    if bare.exit_code < 0:
        return "a crawl had to be ended"
    return RIGHT if bare.exit_code == expected else f"a crawl with exit code {bare.exit_code}"


def verdict(fault: Fault, url: str, left: Traces) -> str:
    """Return what an article ended in, with everything that goes beyond it."""
    key = pages.key_of(url)
    visit = left.visits.get(key)
    if visit is None:
        return "not in the books"
    rows = left.rows.get(key, [])
    if visit["reason"] == "quarantined" and rows:
        # The gate withheld it among so many odd pages, and it was released: the books of the run stay as they were.
        visit = {"outcome": KEPT, "reason": None}
    said = visit["outcome"] + (f": {visit['reason']}" if visit["reason"] else "")
    if visit["outcome"] == KEPT and len(rows) != 1:
        said += f", {len(rows)} rows"
    elif visit["outcome"] == KEPT and rows[0]["body"] != (wanted := text_of(fault, url)):
        said += f", another text ({_difference(rows[0]['body'], wanted)})"
    elif visit["outcome"] != KEPT and rows:
        said += ", stored all the same"
    target_key = key.replace(DAY.replace("/", ""), TARGET_DAY.replace("/", ""))
    return said + (", its link was followed" if left.requests.get(target_key) else "")


def text_of(fault: Fault, url: str) -> str:
    """Return the body that the archive must hold."""
    return pages.text_of(url) + (f"\n\n{fault.further}" if fault.further else "")


def _difference(got: str, wanted: str) -> str:
    at = next((n for n, (a, b) in enumerate(zip(got, wanted, strict=False)) if a != b), min(len(got), len(wanted)))
    return f"{len(got)} characters for {len(wanted)}, from {got[at : at + 20]!r}"


def bare_verdict(fault: Fault, url: str, items: Sequence[dict[str, Any]]) -> str:
    """Return what the bare spider made of an article: `right`, or what is wrong with it."""
    site_id = pages.key_of(url).partition("-")[2]
    mine = [item for item in items if f"/{site_id}/" in item["url"]]
    strangers = [item for item in mine if DAY not in item["url"]] + _by_referer(items, site_id)
    own = [item for item in mine if DAY in item["url"]]
    texts = {re.sub(r"\s+", " ", item["body"] or "").strip() for item in own}
    wanted = re.sub(r"\s+", " ", text_of(fault, url))
    if strangers:
        return f"stored {strangers[0]['url'][:60]}"
    if not fault.expected.startswith(KEPT):
        if not own:
            return RIGHT
        return "stored, without text" if texts == {""} else "stored as an article"
    if len(own) > 1:
        return f"stored {len(own)} times"
    return RIGHT if texts == {wanted} else ("not stored" if not own else "stored with another text")


def _by_referer(items: Sequence[dict[str, Any]], site_id: str) -> list[dict[str, Any]]:
    """Return what was stored of addresses that name no id, and were found on this article's page."""
    return [item for item in items if f"/{site_id}/" in (item["found_on"] or "") and f"/{site_id}/" not in item["url"]]
