"""Faults of a whole site: nobody there, a storm of errors, a wall, a delay of years, DNS that lies; and of pipelines.

Each is a crawl of its own; what it must end with is an exit code, the reason of its end, and how little was asked.
"""

from __future__ import annotations

import json
import os
import socket
import time
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from kompas_crawler.settings import ITEM_PIPELINES
from tests.crawl.conftest import ROOT
from tests.faults import pages
from tests.faults.answers import error, fixed, good, head, message, page_of, raw
from tests.faults.batches import PLAIN_ROBOTS
from tests.faults.contents import WALL
from tests.faults.crawling import Ended, crawl_given, defects_of_archive
from tests.faults.misbehaving import Exchange, misbehaving
from tests.faults.rows import Answer, Result, told

ADDRESSES = tuple(f"https://nasional.kompas.com/read/2021/04/14/1{n:05}01/x" for n in range(30))


@dataclass(frozen=True, slots=True, kw_only=True)
class Storm:
    """A crawl of thirty articles from a site that has one fault everywhere."""

    name: str
    answer: Answer
    expected: str
    """`exit CODE, REASON, N rows`."""
    robots: Answer = PLAIN_ROBOTS
    most_requests: int = 70
    settings: Mapping[str, object] = field(default_factory=dict)
    is_nobody_there: bool = False

    def play(self, folder: Path, *, tries: int, seed: int, beside_bare: bool) -> list[Result]:
        """Crawl in each try. The bare spider has no exit codes to compare."""
        got: Counter[str] = Counter()
        for attempt in range(tries):
            with misbehaving(self._answer, seed=seed + attempt) as server:
                place = f"http://127.0.0.1:{_closed_port()}" if self.is_nobody_there else server.url
                settings = {"KOMPAS_BLOCK_LIMIT": None} | dict(self.settings)
                ended = crawl_given(folder / str(attempt), place, ADDRESSES, **settings)
            got[self._judged(ended, len(server.asked))] += 1
        return [Result(fault=self.name, group="storm", tries=tries, expected=self.expected, got=told(got))]

    async def _answer(self, exchange: Exchange) -> None:
        await (self.robots if exchange.asked.target == "/robots.txt" else self.answer)(exchange)

    def _judged(self, ended: Ended, requests: int) -> str:
        said = f"{ending(ended)}, {len(ended.rows())} rows"
        if requests > self.most_requests:
            said += f", {requests} requests"
        if "Traceback (most recent call last)" in ended.log:
            said += ", errors in our own code"
        return said + (f", {found}" if (found := defects_of_archive(ended)) else "")


def ending(ended: Ended) -> str:
    """Return exit code and reason of a crawl's end, as its record has them."""
    (path,) = (ended.folder / "output" / "runs").iterdir()
    return f"exit {ended.exit_code}, {json.loads(path.read_text())['finish_reason']}"


def _closed_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as listening:
        port: int = listening.getsockname()[1]
    return port


def _delayed(seconds: str) -> Answer:
    return fixed(f"User-agent: *\nCrawl-delay: {seconds}\n".encode(), content_type="text/plain")


async def _every_third(exchange: Exchange) -> None:
    """Send the article, but every third time a refusal."""
    match = pages.ARTICLE.search(exchange.asked.target)
    await (error("403 Forbidden") if match and int(match["id"][1:6]) % 3 == 0 else good())(exchange)


def _silenced(seconds: int) -> Answer:
    """Ask for silence once, then send articles; to whom asks again too soon, an error."""
    began: dict[str, float] = {}

    async def answer(exchange: Exchange) -> None:
        now = time.monotonic()
        if exchange.trap not in began:  # whose port no other server has
            began[exchange.trap] = now
            await error("429 Too Many Requests", f"Retry-After: {seconds}")(exchange)
        else:
            await (good() if now - began[exchange.trap] >= seconds else error("404 Too Soon"))(exchange)

    return answer


def _with_a_defect(order: int) -> dict[str, object]:
    """Put a pipeline that raises among the crawler's own; no share of failures alone is to fail the run."""
    pipelines = ITEM_PIPELINES | {"tests.faults.refusing_pipeline.Refusing": order}
    return {"ITEM_PIPELINES": json.dumps(pipelines), "KOMPAS_FAILURE_TOLERANCE": 1.0}


_FEW = 12
"""Requests that may be on their way when a run is stopped, and robots.txt."""

STORMS = (
    Storm(name="nobody there", answer=good(), expected="exit 1, finished, 0 rows", is_nobody_there=True),
    Storm(name="403 everywhere", answer=error("403 Ditolak"), expected="exit 3, blocked, 0 rows", most_requests=_FEW),
    Storm(name="401 everywhere", answer=error("401 Ditolak"), expected="exit 3, blocked, 0 rows", most_requests=_FEW),
    Storm(name="a browser check everywhere", answer=fixed(WALL.encode()), expected="exit 3, blocked, 0 rows",
          most_requests=_FEW),
    Storm(name="empty 202 everywhere", answer=fixed(b"", status="202 Accepted"), expected="exit 3, blocked, 0 rows",
          most_requests=_FEW),
    Storm(name="403 for every third article", answer=_every_third, expected="exit 1, finished, 20 rows"),
    Storm(name="500 everywhere", answer=error("500 Internal Server Error"), expected="exit 1, finished, 0 rows"),
    Storm(name="reset everywhere", answer=raw(lambda _: b""), expected="exit 1, finished, 0 rows"),
    Storm(name="429 everywhere, Retry-After: 0", answer=error("429 Too Many Requests", "Retry-After: 0"),
          expected="exit 1, finished, 0 rows"),
    Storm(name="429 once, Retry-After: 3", answer=_silenced(3), expected="exit 0, finished, 30 rows",
          settings={"CONCURRENT_REQUESTS": 1}),
    Storm(name="429 with a Retry-After of thirty years", answer=error("429 Too Many", "Retry-After: 999999999"),
          expected="exit 1, retry_after, 0 rows", most_requests=_FEW),
    Storm(name="503 with a Retry-After of forty digits", answer=error("503 Busy", "Retry-After: " + "9" * 40),
          expected="exit 1, retry_after, 0 rows", most_requests=_FEW),
    Storm(name="503 with a Retry-After in the year 9999", answer=error(
          "503 Busy", "Retry-After: Fri, 31 Dec 9999 23:59:59 GMT"), expected="exit 1, retry_after, 0 rows",
          most_requests=_FEW),
    Storm(name="a Crawl-delay of thirty years", answer=good(), robots=_delayed("999999999"),
          expected="exit 1, crawl_delay, 0 rows", most_requests=_FEW),
    Storm(name="a Crawl-delay without end", answer=good(), robots=_delayed("inf"),
          expected="exit 0, finished, 30 rows"),
    Storm(name="busy pages everywhere", answer=fixed(b"<html><title>Server sedang sibuk</title></html>"),
          expected="exit 1, finished, 0 rows"),
    Storm(name="the same article for every address", answer=raw(lambda x: message(
          page_of(x).replace(x.url.split("/")[7].encode(), b"10000001"))), expected="exit 1, finished, 1 rows"),
    Storm(name="304 everywhere", answer=raw(lambda _: head(status="304 Not Modified")),
          expected="exit 1, finished, 0 rows"),
    Storm(name="a pipeline that raises for every third article", answer=good(), settings=_with_a_defect(250),
          expected="exit 1, finished, 20 rows, errors in our own code"),
    Storm(name="an exporter of yours that raises for every third article", answer=good(), settings=_with_a_defect(999),
          expected="exit 1, finished, 30 rows, errors in our own code"),
)  # fmt: skip

# --- DNS --------------------------------------------------------------------------------------------------------------

LIES: Mapping[str, str] = {
    "bola": "127.0.0.1", "tekno": "10.1.2.3", "money": "192.168.1.1", "travel": "172.16.5.5",
    "health": "169.254.169.254", "sains": "0.0.0.0", "otomotif": "100.64.0.1", "properti": "224.0.0.1",
    "edukasi": "255.255.255.255", "lifestyle": "192.0.2.1",
}  # fmt: skip
"""What the machine's DNS says of hosts of the site."""

LYING_DNS = '''\
"""Put before everything else on the path of a crawl: the machine's name service, with wrong answers for one site."""
import json, os, socket
_LIES, _honest = json.loads(os.environ["KOMPAS_TEST_LIES"]), socket.gethostbyname
def _lying(name):
    label, _, domain = name.partition(".")
    return _LIES[label] if domain == "kompas.com" else _honest(name)
socket.gethostbyname = _lying
'''


@dataclass(frozen=True, slots=True, kw_only=True)
class LyingDns:
    """A crawl of the live hosts whose names all lead to addresses that are not public."""

    name: str = "dns"

    def play(self, folder: Path, *, tries: int, seed: int, beside_bare: bool) -> list[Result]:
        """Crawl in each try, without a replica: nothing leaves the machine, as no name leads out of it."""
        got = {label: Counter[str]() for label in LIES}
        paths = (f"/read/2021/04/14/1{number:05}01/x" for number in range(len(LIES)))
        addresses = {label: f"https://{label}.kompas.com{path}" for label, path in zip(LIES, paths, strict=True)}
        for attempt in range(tries):
            place = folder / str(attempt)
            (place / "site").mkdir(parents=True)
            (place / "site" / "sitecustomize.py").write_text(LYING_DNS)
            ended = self._crawl(place, addresses)
            visits = {row["url"]: row for row in ended.rows("visits")}
            for label, address in addresses.items():
                visit = visits[address]
                named = f"{label}.kompas.com leads to {LIES[label]}, which is no public address"
                was_told = " and said so" if named in ended.log else ""
                got[label][f"{visit['outcome']}: {visit['reason']}{was_told}"] += 1
        expected = "failed: robots_unreachable and said so"
        return [
            Result(fault=f"DNS: a host of the site leads to {LIES[label]}", group="dns", tries=tries,
                   expected=expected, got=told(counts))
            for label, counts in got.items()
        ]  # fmt: skip

    @staticmethod
    def _crawl(place: Path, addresses: Mapping[str, str]) -> Ended:
        path = os.pathsep.join([str(place / "site"), str(ROOT), *filter(None, [os.environ.get("PYTHONPATH")])])
        live = {"KOMPAS_TEST_LIES": json.dumps(LIES), "PYTHONPATH": path, "no_proxy": "*"}
        identity = {"KOMPAS_CONTACT": "suite@example.org", "KOMPAS_PERMISSION": "invented names, nothing is asked"}
        return crawl_given(
            place, "", addresses.values(), live=live, KOMPAS_CLOCK=None, DOWNLOAD_DELAY=0, RETRY_TIMES=0, **identity
        )


DNS = LyingDns()
