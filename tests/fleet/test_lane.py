"""The one lane of a fleet, spoken to as a crawl speaks to it."""

from __future__ import annotations

import json
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, date, datetime
from itertools import pairwise
from time import monotonic
from typing import IO, Any

import pytest

from kompas_crawler.errors import ArchiveError, UsageError
from kompas_crawler.fleet.lane_server import LaneServer
from kompas_crawler.fleet.wire import LONGEST_LINE, LaneAddress, Stop
from kompas_crawler.lane import Timetable
from kompas_crawler.pace import Pace

DELAY = 0.1
WINDOW = (date(2021, 4, 1), date(2021, 4, 30))


def brief(unit: str) -> bytes:
    if unit != "unit-1":
        raise ArchiveError(f"{unit} is no unit")
    return b"what is held"


@pytest.fixture
def lane() -> Iterator[LaneServer]:
    pace = Pace(delay_seconds=DELAY, max_delay_seconds=60, jitter=0)
    with LaneServer(
        Timetable(pace, None, lambda: datetime.now(UTC)), block_limit=3, window=WINDOW, brief=brief
    ) as server:
        yield server


class Crawl:
    """A crawl's end of a connection."""

    def __init__(self, stream: IO[bytes]) -> None:
        self._stream = stream

    def say(self, **words: Any) -> None:
        self._stream.write(json.dumps(words).encode() + b"\n")
        self._stream.flush()

    def hear(self, word: str) -> Any:
        """Wait until the lane says a word; return what it says of it. None when it has hung up."""
        for line in self._stream:
            said = json.loads(line)
            if word in said:
                return said[word]
        return None

    def leave(self) -> float:
        """Ask for a departure, wait for it, and say that the request left."""
        self.say(do="ask")
        assert self.hear("go")
        at = monotonic()
        self.say(do="left")
        return at


@contextmanager
def connected(lane: LaneServer, run: str = "r1", unit: str = "unit-1", **more: Any) -> Iterator[Crawl]:
    address = lane.address
    with (
        socket.create_connection((address.host, address.port), timeout=10) as connection,
        connection.makefile("rwb") as stream,
    ):
        crawl = Crawl(stream)  # type: ignore[arg-type] # a pair of buffers is no IO to mypy
        crawl.say(**({"do": "hello", "token": address.token, "run": run, "unit": unit} | more))
        yield crawl


def test_departures_of_several_crawls_keep_the_delay(lane: LaneServer) -> None:
    with connected(lane, "r1", "u1") as one, connected(lane, "r2", "u2") as other:
        times = [crawl.leave() for crawl in (one, other, one, other)]
    assert min(later - earlier for earlier, later in pairwise(times)) >= DELAY - 0.005


def test_a_departure_that_a_lost_crawl_was_given_is_void_and_the_next_one_gets_its_own(lane: LaneServer) -> None:
    with connected(lane, "r1", "u1") as lost:
        lost.say(do="ask")
        assert lost.hear("go")
    with connected(lane, "r2", "u2") as other:
        assert other.leave() > 0


def test_a_silence_that_one_crawl_is_asked_for_holds_for_all(lane: LaneServer) -> None:
    with connected(lane, "r1", "u1") as one, connected(lane, "r2", "u2") as other:
        begun = one.leave()
        one.say(do="silence", seconds=0.5)
        one.say(do="ask")
        assert other.leave() - begun >= 0.5


def test_the_crawl_delay_that_one_crawl_met_holds_for_all(lane: LaneServer) -> None:
    with connected(lane, "r1", "u1") as one, connected(lane, "r2", "u2") as other:
        one.say(do="distance", host="www.kompas.com", seconds=0.4)
        begun = one.leave()
        assert other.leave() - begun >= 0.4 - 0.005


def test_refusals_in_a_row_stop_all_whoever_met_them(lane: LaneServer) -> None:
    with connected(lane, "r1", "u1") as one, connected(lane, "r2", "u2") as other:
        for crawl in (one, other, one):
            crawl.say(do="refused")
            # An answer to what is said after it shows that it was heard.
            crawl.say(do="claim", host="x")
            crawl.say(do="release", host="x")
            crawl.hear("claimed")
        assert other.hear("stop")["exit_code"] == 3
    assert lane.stopped is not None
    assert lane.stopped.reason == "blocked"


def test_a_reason_that_concerns_one_crawl_alone_stops_no_other(lane: LaneServer) -> None:
    with connected(lane, "r1", "u1") as one:
        one.say(do="stop", exit_code=4, reason="storage", message="the disk is full")
        assert one.leave() > 0
    assert lane.stopped is None


def test_a_crawl_that_comes_after_the_stop_is_told_of_it(lane: LaneServer) -> None:
    lane.stop(Stop(3, "blocked", "the site refuses"))
    with connected(lane) as late:
        assert late.hear("stop")["reason"] == "blocked"


def test_an_earlier_attempt_at_a_unit_ends_when_another_begins(lane: LaneServer) -> None:
    with connected(lane, "r1", "u1") as first:
        first.hear("welcome")
        with connected(lane, "r2", "u1") as second:
            assert first.hear("stop")["reason"] == "superseded"
            assert second.leave() > 0


def test_what_one_crawl_reads_in_a_robots_txt_is_told_to_who_waits_for_it(lane: LaneServer) -> None:
    said = {"host": "www.kompas.com", "status": 200, "text": "User-agent: *", "read_at": "2021-04-20T00:00:00+00:00"}
    with connected(lane, "r1", "u1") as one, connected(lane, "r2", "u2") as other:
        one.say(do="claim", host="www.kompas.com")
        assert one.hear("claimed")
        other.say(do="claim", host="www.kompas.com")
        one.say(do="robots", **said)
        one.say(do="release", host="www.kompas.com")
        assert other.hear("robots") == said
        assert other.hear("claimed") == "www.kompas.com"
    assert lane.robots()["www.kompas.com"].text == "User-agent: *"


def test_the_reader_of_a_robots_txt_that_is_lost_is_followed_by_the_next(lane: LaneServer) -> None:
    with connected(lane, "r2", "u2") as other:
        with connected(lane, "r1", "u1") as lost:
            lost.say(do="claim", host="www.kompas.com")
            assert lost.hear("claimed")
            other.say(do="claim", host="www.kompas.com")
        assert other.hear("claimed") == "www.kompas.com"


def test_what_a_unit_left_to_others_is_known_when_it_has_ended(lane: LaneServer) -> None:
    with connected(lane) as crawl:
        crawl.hear("welcome")
        crawl.say(do="others", key="20210402-1", url="https://www.kompas.com/x", route="baca_juga")
    assert [one.route for one in lane.left_to_others("r1")] == ["baca_juga"]


def test_a_unit_is_told_what_is_held(lane: LaneServer) -> None:
    with connected(lane, do="brief") as crawl:
        assert crawl.hear("bytes") == len(b"what is held")
    with connected(lane, do="brief", unit="unit-2") as crawl:
        assert "no unit" in crawl.hear("error")


@pytest.mark.parametrize(
    "words",
    [{"token": "guessed"}, {"token": None}, {"run": 5}, {"do": "brief", "unit": None}],
)
def test_who_does_not_know_how_to_begin_is_hung_up_on(lane: LaneServer, words: dict[str, Any]) -> None:
    with connected(lane, **words) as crawl:
        assert crawl.hear("welcome") is None


@pytest.mark.parametrize(
    "line",
    [
        b"no json\n",
        b"[1]\n",
        b'{"do":"dance"}\n',
        b'{"do":"silence","seconds":-1}\n',
        b'{"do":"silence","seconds":1e999}\n',
        b'{"do":"distance","host":7,"seconds":1}\n',
        b"x" * (LONGEST_LINE + 10) + b"\n",
    ],
    ids=lambda line: line[:30].decode(),
)
def test_who_talks_nonsense_is_hung_up_on_and_the_others_go_on(lane: LaneServer, line: bytes) -> None:
    with connected(lane, "r1", "u1") as fool, connected(lane, "r2", "u2") as other:
        fool.hear("welcome")
        fool._stream.write(line)
        fool._stream.flush()
        assert fool.hear("anything") is None
        assert other.leave() > 0


@pytest.mark.parametrize("text", ["", "tcp://10.0.0.5:4001", "http://secret@10.0.0.5:4001", "tcp://secret@10.0.0.5:x"])
def test_an_address_that_is_none_is_refused_without_naming_the_token(text: str) -> None:
    with pytest.raises(UsageError) as refused:
        LaneAddress.parse(text)
    assert "secret" not in str(refused.value)
