"""How the site is asked, seen from its own log of requests: never what it forbids, never faster than it wishes."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import pairwise
from pathlib import Path
from statistics import median
from typing import Any

import pytest

from kompas_crawler.replica import Replica, running
from tests.crawl.conftest import ROOT, Crawl, Finished, command_of, crawl_anew, crawler_into, environment_of

DAY = ("since=2021-04-19", "until=2021-04-19")
FEW = (*DAY, "limit=6", "follow=none")
INDEX = "indeks.kompas.com"
INDEX_PAGE = r"^indeks\.kompas\.com/\?.*page=1$"
IN_FLIGHT = 8
"""Requests that may be on their way at once when there is no delay."""

TOLERANCE = 0.05
"""Seconds by which two requests may come closer than they left: a new connection takes longer than a kept one."""

Entry = dict[str, Any]


@dataclass(frozen=True)
class Asked:
    """A crawl that has ended, and what the site saw of it."""

    run: Finished
    requests: list[Entry]

    @property
    def pages(self) -> list[Entry]:
        return [entry for entry in self.requests if entry["path"] != "/robots.txt"]

    @property
    def robots(self) -> list[Entry]:
        return [entry for entry in self.requests if entry["path"] == "/robots.txt"]

    @property
    def gaps(self) -> list[float]:
        return [later["seconds"] - earlier["seconds"] for earlier, later in pairwise(self.requests)]

    @property
    def statuses(self) -> list[int]:
        return [entry["status"] for entry in self.requests]

    @property
    def outcomes(self) -> set[tuple[str, str | None]]:
        return {(visit["outcome"], visit["reason"]) for visit in self.run.visits().values()}

    @property
    def evidence(self) -> dict[str, Any]:
        (path,) = (self.run.output / "evidence").iterdir()
        evidence: dict[str, Any] = json.loads(path.read_text(encoding="ascii"))
        return evidence

    @property
    def record(self) -> dict[str, Any]:
        (path,) = (self.run.output / "runs").iterdir()
        record: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
        return record


Ask = Callable[..., Asked]


@pytest.fixture
def site(replica: Replica) -> Iterator[Replica]:
    """The replica, whose troubles end with the test."""
    yield replica
    replica.calm()


@pytest.fixture
def ask(site: Replica, crawl: Crawl) -> Ask:
    """Crawl a few articles and return what the site saw of it."""

    def run(*arguments: str, **settings: object) -> Asked:
        before = len(site.log())
        texts = {name: str(value) for name, value in settings.items()}
        return Asked(crawl(site.url, *(arguments or FEW), **texts), site.log(before))

    return run


@pytest.fixture(scope="module")
def plain(replica: Replica, module_crawl: Crawl) -> Asked:
    """A crawl of a whole day without any trouble, shared by the tests that only look at it."""
    before = len(replica.log())
    return Asked(module_crawl(replica.url, *DAY), replica.log(before))


# --- Delay ------------------------------------------------------------------------------------------------------------


def test_requests_for_all_hosts_together_keep_the_crawl_delay(site: Replica, ask: Ask):
    site.trouble(robots={"form": "crawl_delay", "delay": 0.3})
    asked = ask()
    assert len({entry["host"] for entry in asked.requests}) > 3
    assert min(asked.gaps) >= 0.3 - TOLERANCE
    assert asked.run.exit_code == 0


def test_the_longest_crawl_delay_of_any_host_holds_for_all(site: Replica, ask: Ask):
    site.trouble(robots={"form": "crawl_delay", "delay": 0.3, "host": INDEX})
    assert min(ask().gaps) >= 0.3 - TOLERANCE


def test_a_configured_delay_is_kept_against_a_replica_too(ask: Ask):
    assert min(ask(DOWNLOAD_DELAY=0.2).gaps) >= 0.2 - TOLERANCE


def test_a_delay_longer_than_the_crawl_delay_is_not_shortened_by_it(site: Replica, ask: Ask):
    site.trouble(robots={"form": "crawl_delay", "delay": 0.1})
    assert min(ask(DOWNLOAD_DELAY=0.3).gaps) >= 0.3 - TOLERANCE


def test_a_replica_that_asks_for_no_delay_is_asked_without_one(plain: Asked):
    assert median(plain.gaps) < 0.2


def test_after_a_503_the_gap_is_twice_as_long(site: Replica, ask: Ask):
    site.trouble(status={"code": 503, "match": INDEX_PAGE, "times": 1})
    asked = ask(DOWNLOAD_DELAY=0.2)
    assert asked.statuses[:3] == [200, 503, 200]
    assert asked.gaps[1] >= 0.4 - TOLERANCE


def test_after_a_timeout_the_gap_is_twice_as_long(site: Replica, ask: Ask):
    site.trouble(hang={"match": INDEX_PAGE, "times": 1})
    asked = ask(DOWNLOAD_DELAY=0.4, DOWNLOAD_TIMEOUT=1)
    assert asked.statuses[:3] == [200, None, 200]
    assert asked.gaps[1] >= 1 - TOLERANCE
    # The good answer to the second try has shortened the doubled gap a little.
    assert asked.gaps[2] >= 2 * 0.4 * 0.9 - TOLERANCE


def test_slow_answers_lengthen_the_gap_up_to_the_longest_allowed(ask: Ask):
    asked = ask(DOWNLOAD_DELAY=0.1, KOMPAS_SLOW_ANSWER_SECONDS=0, KOMPAS_MAX_DELAY_SECONDS=0.5, DOWNLOAD_DELAY_JITTER=0)
    assert min(asked.gaps[:2]) < 0.5
    assert min(asked.gaps[5:]) >= 0.5 - TOLERANCE


# --- Retry-After ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("code", [429, 503])
def test_nothing_is_asked_for_as_many_seconds_as_retry_after_says(site: Replica, ask: Ask, code: int):
    site.trouble(status={"code": code, "match": INDEX_PAGE, "times": 1, "retry_after": 2})
    asked = ask()
    at = asked.statuses.index(code)
    assert asked.gaps[at] >= 2


def test_nothing_is_asked_until_the_date_that_retry_after_names(site: Replica, ask: Ask):
    site.trouble(status={"code": 503, "match": INDEX_PAGE, "times": 1, "retry_after": "date"})
    asked = ask()
    at = asked.statuses.index(503)
    named = (datetime.fromisoformat(asked.requests[at]["at"]) + timedelta(seconds=2)).replace(microsecond=0)
    assert datetime.fromisoformat(asked.requests[at + 1]["at"]) >= named


def test_requests_that_were_waiting_already_keep_silent_too(site: Replica, ask: Ask):
    site.trouble(status={"code": 429, "match": "/read/", "rate": 0.3, "times": 1, "retry_after": 1})
    asked = ask(*DAY, "limit=12", "follow=none", DOWNLOAD_DELAY=0.1)
    refused = [n for n, status in enumerate(asked.statuses) if status == 429]
    assert refused
    assert min(asked.gaps[n] for n in refused) >= 1
    assert asked.run.exit_code == 0


def test_what_was_put_off_is_asked_for_again(site: Replica, ask: Ask):
    site.trouble(status={"code": 429, "match": INDEX_PAGE, "times": 1, "retry_after": 1})
    first, second, *_ = ask().pages
    assert (first["status"], second["status"]) == (429, 200)
    assert first["query"] == second["query"]


def test_an_address_is_put_off_no_more_often_than_retries_are_allowed(site: Replica, ask: Ask):
    site.trouble(status={"code": 503, "match": INDEX_PAGE, "retry_after": 1})
    asked = ask(RETRY_TIMES=1)
    assert [entry["status"] for entry in asked.pages] == [503, 503]
    assert asked.run.exit_code == 1


def test_a_retry_after_longer_than_a_run_waits_ends_it(silenced: Asked):
    assert [entry["status"] for entry in silenced.pages] == [429]
    assert silenced.run.exit_code == 1
    assert "longer than a run waits" in silenced.record["problems"][0]
    assert "The first run after that time goes on" in silenced.record["problems"][0]
    assert silenced.record["finish_reason"] == "retry_after"


@pytest.fixture
def silenced(site: Replica, ask: Ask) -> Asked:
    """A run that was asked for two hours of silence, and ended."""
    site.trouble(status={"code": 429, "match": INDEX_PAGE, "retry_after": 7200})
    asked = ask(KOMPAS_CLOCK="2021-04-20T12:00")
    site.calm()
    return asked


def test_a_run_that_begins_in_the_silence_that_an_earlier_one_met_asks_for_nothing(silenced: Asked, ask: Ask):
    again = ask(KOMPAS_CLOCK="2021-04-20T13:59")
    assert silenced.run.exit_code == 1
    assert again.requests == []
    assert again.run.exit_code == 1
    assert "asked for silence until 2021-04-20 14:00" in again.run.stderr


def test_the_first_run_after_a_silence_goes_on(silenced: Asked, ask: Ask):
    again = ask(KOMPAS_CLOCK="2021-04-20T14:01")
    assert again.run.exit_code == 0
    assert again.run.rows()


def test_a_run_that_keeps_silent_can_be_ended(site: Replica, tmp_path: Path):
    site.trouble(status={"code": 429, "match": INDEX_PAGE, "retry_after": 600})
    process = subprocess.Popen(
        command_of(*FEW),
        cwd=ROOT,
        env=environment_of(tmp_path / "output", site.url),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        text=True,
    )
    with process:
        assert process.stderr is not None
        assert any("asks to wait" in line for line in process.stderr)
        process.terminate()
        process.stderr.read()
        assert process.wait(timeout=60) == 1


# --- robots.txt -------------------------------------------------------------------------------------------------------


def test_nothing_is_asked_of_a_host_before_its_robots_txt(plain: Asked):
    seen: set[str] = set()
    for entry in plain.requests:
        if entry["path"] == "/robots.txt":
            seen.add(entry["host"])
        assert entry["host"] in seen


def test_a_disallowed_host_is_asked_for_its_robots_txt_only(site: Replica, ask: Ask):
    site.trouble(robots={"form": "disallow", "host": "www.kompas.com"})
    asked = ask(*DAY)
    assert {entry["path"] for entry in asked.requests if entry["host"] == "www.kompas.com"} == {"/robots.txt"}
    assert ("excluded", "robots") in asked.outcomes


@pytest.mark.parametrize("form", ["missing", "empty", "joiner"])
def test_a_robots_txt_without_rules_for_us_allows_everything(site: Replica, ask: Ask, form: str):
    site.trouble(robots={"form": form})
    assert ask().run.exit_code == 0


def test_a_forbidden_robots_txt_means_no_rules_and_is_no_refusal(site: Replica, ask: Ask):
    site.trouble(status={"code": 403, "match": "/robots.txt"})
    asked = ask()
    assert len(asked.robots) > 3
    assert asked.run.exit_code == 0


UNREACHABLE = {
    "503": {"robots": {"form": "broken"}},
    "429": {"status": {"code": 429, "match": "/robots.txt"}},
    "challenge": {"challenge": {"code": 200, "match": "/robots.txt"}},
    "accepted but empty": {"empty": {"match": "/robots.txt"}},
    "no answer": {"hang": {"match": "/robots.txt"}},
    "connection reset": {"reset": {"match": "/robots.txt"}},
    "redirect loop": {"redirect": {"to": "{self}", "match": "/robots.txt"}},
    "redirect out of the site": {"redirect": {"to": "https://example.com/robots.txt", "match": "/robots.txt"}},
}


@pytest.mark.parametrize("trouble", UNREACHABLE.values(), ids=UNREACHABLE)
def test_nothing_is_fetched_where_robots_txt_is_unreachable(site: Replica, ask: Ask, trouble: dict[str, object]):
    site.trouble(**trouble)
    asked = ask(RETRY_TIMES=0, DOWNLOAD_TIMEOUT=2)
    assert asked.robots
    assert asked.pages == []
    assert asked.outcomes == {("failed", "robots_unreachable")}
    assert asked.run.exit_code == 1


def test_other_hosts_are_read_while_one_robots_txt_is_unreachable(site: Replica, ask: Ask):
    site.trouble(robots={"form": "broken", "host": "www.kompas.com"})
    asked = ask(*DAY, RETRY_TIMES=0)
    failed = [visit for visit in asked.run.visits().values() if visit["reason"] == "robots_unreachable"]
    assert {visit["url"].split("/")[2] for visit in failed} == {"www.kompas.com"}
    assert asked.run.rows()


def test_a_redirected_robots_txt_is_followed_within_the_site(site: Replica, ask: Ask):
    site.trouble(
        redirect={"to": "https://www.kompas.com/robots.txt", "match": f"^{INDEX}/robots.txt"},
        robots={"form": "disallow", "host": "www.kompas.com"},
    )
    asked = ask()
    assert [entry["host"] for entry in asked.requests] == [INDEX, "www.kompas.com"]
    assert ("excluded", "robots") in asked.outcomes


def test_robots_txt_is_read_again_when_it_is_old(ask: Ask):
    asked = ask(*DAY, "limit=8", DOWNLOAD_DELAY=0.2, KOMPAS_ROBOTS_MAX_AGE_SECONDS=1)
    assert [entry["host"] for entry in asked.robots].count(INDEX) > 1
    assert asked.run.exit_code == 0


def test_the_text_of_robots_txt_is_kept_once_with_every_reading(plain: Asked):
    (robots,) = plain.evidence["robots"]
    assert robots["text"].startswith("User-Agent: *\nDisallow: /search/?q=\n")
    assert [reading["host"] for reading in robots["readings"]] == [entry["host"] for entry in plain.robots]
    assert {reading["status"] for reading in robots["readings"]} == {200}


# --- Reservation ------------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def reserved(replica: Replica, tmp_path_factory: pytest.TempPathFactory) -> Asked:
    """A crawl that meets a reservation and has no permission."""
    before = len(replica.log())
    replica.trouble(robots={"form": "reservation"})
    run = crawler_into(tmp_path_factory.mktemp("reserved") / "output")(replica.url, *FEW)
    replica.calm()
    return Asked(run, replica.log(before))


def test_a_reservation_without_permission_ends_the_run_before_any_page(reserved: Asked):
    assert reserved.run.exit_code == 2
    assert reserved.pages == []


def test_a_reservation_is_shown_with_the_way_to_ask(reserved: Asked):
    assert "reserves all rights to text and data mining (TDM) of this site" in reserved.run.stderr
    assert "https://inside.kompas.com/about-us#meet" in reserved.run.stderr
    assert "KOMPAS_PERMISSION" in reserved.run.stderr


def test_a_reservation_stands_in_the_record_of_the_run(reserved: Asked):
    assert reserved.record["finish_reason"] == "reservation"
    assert "needs the prior written permission of PT. Kompas Cyber Media" in reserved.record["problems"][0]


def test_a_reservation_of_one_host_ends_the_run_where_it_is_met(site: Replica, ask: Ask):
    site.trouble(robots={"form": "reservation", "host": "www.kompas.com"})
    asked = ask(*DAY, DOWNLOAD_DELAY=0.1)
    assert asked.run.exit_code == 2
    assert asked.requests[-1]["host"] == "www.kompas.com"
    assert asked.requests[-1]["path"] == "/robots.txt"


def test_with_a_recorded_permission_a_reservation_is_no_hindrance(site: Replica, ask: Ask):
    site.trouble(robots={"form": "reservation"})
    asked = ask(KOMPAS_PERMISSION="letter of 2026-03-02")
    assert asked.run.exit_code == 0
    assert "letter of 2026-03-02" in asked.record["arguments"]


# --- Refusals ---------------------------------------------------------------------------------------------------------


REFUSALS = {
    "forbidden": ({"status": {"code": 403, "match": "/read/"}}, 403),
    "challenge": ({"challenge": {"match": "/read/"}}, 403),
    "challenge as 503": ({"challenge": {"code": 503, "match": "/read/"}}, 503),
    "empty 202": ({"empty": {"match": "/read/"}}, 202),
}


@pytest.mark.parametrize(("trouble", "status"), REFUSALS.values(), ids=REFUSALS)
def test_three_refusals_in_a_row_end_the_run(site: Replica, ask: Ask, trouble: dict[str, object], status: int):
    site.trouble(**trouble)
    asked = ask(*DAY, DOWNLOAD_DELAY=0.1)
    assert asked.run.exit_code == 3
    assert [entry["status"] for entry in asked.requests[-3:]] == [status] * 3
    assert asked.statuses.count(status) == 3


def test_requests_in_flight_may_end_but_no_new_ones_leave(site: Replica, ask: Ask):
    site.trouble(status={"code": 403, "match": "/read/"})
    asked = ask(*DAY)
    assert asked.run.exit_code == 3
    assert 3 <= asked.statuses.count(403) < 3 + IN_FLIGHT


def test_the_number_of_refusals_that_end_a_run_can_be_set(site: Replica, ask: Ask):
    site.trouble(status={"code": 403, "match": "/read/"})
    assert ask(*DAY, DOWNLOAD_DELAY=0.1, KOMPAS_BLOCK_LIMIT=1).statuses.count(403) == 1


def test_a_single_refusal_does_not_end_the_run(site: Replica, ask: Ask):
    site.trouble(status={"code": 403, "match": "bola.kompas.com/read/"})
    asked = ask(*DAY, KOMPAS_BLOCK_LIMIT=8)
    assert asked.record["finish_reason"] == "finished"
    assert ("blocked", "forbidden") in asked.outcomes


def test_a_refused_crawl_keeps_its_name(site: Replica, ask: Ask):
    site.trouble(status={"code": 403, "match": "/read/"})
    (agent,) = {entry["user_agent"] for entry in ask(*DAY, KOMPAS_CONTACT="mailto:me@uni.example").requests}
    assert agent.startswith("kompas-crawler/")
    assert agent.endswith("(+mailto:me@uni.example)")


def test_what_the_site_answered_is_kept_as_evidence(site: Replica, ask: Ask):
    site.trouble(challenge={"match": "/read/"})
    asked = ask(*DAY, DOWNLOAD_DELAY=0.1)
    last = asked.evidence["refusals"][-1]
    assert len(asked.evidence["refusals"]) == 3
    assert (last["status"], last["reason"], last["mark"]) == (403, "challenge", "cf-mitigated: challenge")
    assert last["url"].endswith(asked.requests[-1]["path"] + "?page=all")
    assert last["headers"].keys() >= {"Cf-Mitigated", "Content-Type", "Date", "Server"}
    assert last["body_start"].startswith("<!DOCTYPE html><html><head><title>Just a moment...")
    assert f"{last['url']} answered 403 (challenge: cf-mitigated: challenge)" in asked.record["problems"][0]


# --- Addresses --------------------------------------------------------------------------------------------------------


def test_a_day_asks_for_nothing_that_robots_txt_of_the_site_disallows(plain: Asked):
    for entry in plain.requests:
        assert entry["path"].split("/")[1] not in {"search", "komentar", "copy"}
        assert not {"source", "jxrecoid", "utm_source"} & {pair.split("=")[0] for pair in entry["query"].split("&")}


def test_a_redirect_to_a_tracked_address_is_followed_without_the_tracking(site: Replica, ask: Ask):
    site.trouble(redirect={"to": "{self}&utm_source=push&source=rss&jxrecoid=1", "match": "/read/", "times": 1})
    asked = ask()
    assert {entry["query"] for entry in asked.pages if "/read/" in entry["path"]} == {"page=all"}
    assert asked.run.exit_code == 0


@pytest.mark.parametrize(
    ("target", "reason"),
    [
        ("https://www.kompas.com/search/?q=banjir", "disallowed_path"),
        ("https://www.kompas.com/komentar/20210419", "disallowed_path"),
        ("https://kompas.com.example.org/", "offsite"),
        ("http://10.0.0.1/", "private_address"),
        ("https://www.kompas.com:8443/", "port"),
    ],
)
def test_a_redirect_to_what_may_not_be_asked_for_is_not_followed(site: Replica, ask: Ask, target: str, reason: str):
    site.trouble(redirect={"to": target, "match": "/read/"})
    asked = ask()
    assert ("gone", f"redirected_{reason}") in asked.outcomes
    assert {entry["path"].split("/")[1] for entry in asked.pages} <= {"", "read", "global", *_sections(asked.pages)}
    assert not any(entry["path"].startswith(("/search", "/komentar")) for entry in asked.requests)


def test_a_redirect_out_of_the_site_reaches_nobody(site: Replica, ask: Ask):
    with running("--today", "2021-04-20") as elsewhere:
        site.trouble(redirect={"to": f"{elsewhere.url}/read/2021/04/19/123456701/a", "match": "/read/"})
        ask()
        assert elsewhere.log() == []


def _sections(entries: list[Entry]) -> set[str]:
    return {entry["path"].split("/")[1] for entry in entries if "/read/" in entry["path"]}


# --- Permission -------------------------------------------------------------------------------------------------------


WATCH = """\
import os, sys

def note(event, arguments):
    if event in {"socket.connect", "socket.getaddrinfo", "socket.gethostbyname", "socket.sendto", "socket.sendmsg"}:
        with open(os.environ["WATCHED"], "a") as file:
            file.write(event + "\\n")

sys.addaudithook(note)
"""


@pytest.fixture
def watched(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Note every connection and look-up of the processes that a test starts; return where."""
    (tmp_path / "watch").mkdir()
    (tmp_path / "watch" / "sitecustomize.py").write_text(WATCH)
    monkeypatch.setenv("PYTHONPATH", str(tmp_path / "watch"))
    monkeypatch.setenv("WATCHED", str(tmp_path / "events"))
    return tmp_path / "events"


@pytest.mark.parametrize(
    "settings",
    [{}, {"KOMPAS_CONTACT": "mailto:me@uni.example"}, {"KOMPAS_PERMISSION": "letter"}],
    ids=["nothing given", "contact only", "permission only"],
)
def test_without_permission_not_one_byte_leaves(tmp_path: Path, watched: Path, settings: dict[str, str]):
    run = crawl_anew(tmp_path / "output", None, *FEW, **settings)
    assert run.exit_code == 2
    assert "How to ask" in run.stderr
    assert not watched.exists()


def test_the_watch_sees_a_crawl_that_asks(site: Replica, tmp_path: Path, watched: Path):
    assert crawl_anew(tmp_path / "output", site.url, *FEW).exit_code == 0
    assert "socket.connect" in watched.read_text()


# --- Quiet hours and settings -----------------------------------------------------------------------------------------


def test_a_run_that_would_begin_in_quiet_hours_ends_at_once_without_failing(ask: Ask):
    asked = ask(KOMPAS_QUIET_HOURS="18:00-22:00", KOMPAS_CLOCK="2021-04-20T20:00")
    assert asked.run.exit_code == 0
    assert asked.requests == []
    assert "nothing was begun" in asked.run.stderr


def test_a_run_that_meets_quiet_hours_pauses_and_goes_on(ask: Ask):
    asked = ask(KOMPAS_QUIET_HOURS="20:00:02-20:00:06", KOMPAS_CLOCK="2021-04-20T20:00:00", DOWNLOAD_DELAY=0.4)
    pause = max(asked.gaps)
    assert 3 < pause < 7
    assert sum(gap > 2 for gap in asked.gaps) == 1
    assert asked.gaps.index(pause) > 0
    assert asked.run.exit_code == 0


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("KOMPAS_QUIET_HOURS", "18-22"),
        ("KOMPAS_QUIET_HOURS", "18:00-18:00"),
        ("KOMPAS_BLOCK_LIMIT", "0"),
        ("KOMPAS_MAX_DELAY_SECONDS", "soon"),
        ("KOMPAS_RETRY_AFTER_MAX_SECONDS", "-1"),
        ("DOWNLOAD_DELAY", "nan"),
    ],
)
def test_a_setting_that_cannot_be_used_is_refused_before_anything_is_fetched(ask: Ask, name: str, value: str):
    asked = ask(**{name: value})
    assert asked.run.exit_code == 2
    assert asked.requests == []
    assert name in asked.run.stderr
