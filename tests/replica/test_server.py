"""What the replica does with single requests: addresses, headers, log, clock, and the end of its process."""

from __future__ import annotations

import gzip
import json
import signal
import subprocess
import sys
from datetime import date, datetime
from urllib.parse import urlsplit

import pytest

from kompas_crawler.replica import Replica, running
from kompas_crawler.replica.__main__ import main
from kompas_crawler.replica.client import ReplicaFailed
from tests.replica.browsing import DAY, asking

COMMAND = [sys.executable, "-m", "kompas_crawler.replica", "--today", "2021-04-20", "--articles-per-day", "20"]


def place(record: dict[str, str]) -> tuple[str, str]:
    address = urlsplit(record["url"])
    return address.netloc, address.path


@pytest.fixture(scope="module")
def record(replica: Replica) -> dict[str, str]:
    return next(r for r in replica.truth(DAY, brief=True) if r["url"].startswith("https://tekno.kompas.com"))


def test_the_page_comes_with_the_length_or_in_chunks(replica: Replica, record: dict[str, str]) -> None:
    with asking(replica, *place(record)) as answer:
        assert answer.getheader("Transfer-Encoding") == "chunked"
        assert len(answer.read()) > 15_000
    with asking(replica, "indeks.kompas.com", "/") as answer:
        assert int(str(answer.getheader("Content-Length"))) == len(answer.read())


def test_an_answer_is_packed_for_clients_that_take_it(replica: Replica, record: dict[str, str]) -> None:
    with (
        asking(replica, *place(record), Accept_Encoding="gzip, deflate") as packed,
        asking(replica, *place(record)) as plain,
    ):
        assert packed.getheader("Content-Encoding") == "gzip"
        assert gzip.decompress(packed.read()) == plain.read()


def test_an_unchanged_page_answers_304(replica: Replica, record: dict[str, str]) -> None:
    with asking(replica, *place(record)) as first:
        tag, modified = str(first.getheader("ETag")), str(first.getheader("Last-Modified"))
    with asking(replica, *place(record), If_None_Match=tag) as again:
        assert (again.status, again.read()) == (304, b"")
    with asking(replica, *place(record), If_Modified_Since=modified) as again:
        assert again.status == 304
    with asking(replica, *place(record), If_None_Match='"other"') as again:
        assert again.status == 200


def test_head_answers_without_a_body(replica: Replica, record: dict[str, str]) -> None:
    with asking(replica, *place(record), method="HEAD") as answer:
        assert (answer.status, answer.read()) == (200, b"")


@pytest.mark.parametrize(
    ("host", "path"),
    [
        ("tekno.kompas.com", "{path}-dan-lain-lain"),
        ("bola.kompas.com", "{path}"),
        ("www.kompas.com", "/tekno{path}"),
        ("amp.kompas.com", "/tekno{path}"),
    ],
)
def test_a_wrong_slug_or_host_redirects_to_the_canonical_address(
    replica: Replica, record: dict[str, str], host: str, path: str
) -> None:
    with asking(replica, host, path.format(path=place(record)[1])) as answer:
        assert (answer.status, answer.getheader("Location")) == (301, record["url"])


def test_a_redirect_keeps_the_part_that_was_asked_for(replica: Replica, record: dict[str, str]) -> None:
    with asking(replica, "bola.kompas.com", f"{place(record)[1]}?page=all") as answer:
        assert answer.getheader("Location") == f"{record['url']}?page=all"


@pytest.mark.parametrize(
    ("host", "path"),
    [
        ("tekno.kompas.com", "/read/2021/04/14/23595907/tidak-ada"),
        ("tekno.kompas.com", "/read/2021/02/30/10000007/tidak-ada"),
        ("tekno.kompas.com", "/read/2021/04/21/10000007/besok"),
        ("www.kompas.com", "/tidak/ada"),
        ("indeks.kompas.com", "/news/2017-09-17/1"),
        ("vik.kompas.com", "/"),
    ],
)
def test_addresses_that_lead_nowhere_are_not_found(replica: Replica, host: str, path: str) -> None:
    with asking(replica, host, path) as answer:
        assert answer.status == 404


def test_properti_articles_are_served_on_both_their_hosts(replica: Replica) -> None:
    truth = replica.truth(date(2021, 4, 1), date(2021, 4, 19), brief=True)
    host, path = place(next(r for r in truth if r["section"] == "properti"))
    short = path.removeprefix("/properti")
    for served in (("properti.kompas.com", short), ("www.kompas.com", f"/properti{short}")):
        with asking(replica, *served) as answer:
            assert (answer.status, f'rel="canonical" href="https://{host}{path}"' in answer.read().decode()) == (
                200,
                True,
            )


def test_the_log_tells_every_request_but_those_of_control(replica: Replica, record: dict[str, str]) -> None:
    seen = replica.log()[-1]["number"]
    with asking(replica, *place(record), User_Agent="tester/1.0", Referer="https://indeks.kompas.com/"):
        pass
    with asking(replica, "www.kompas.com", "/tidak-ada?page=2"):
        pass
    replica.truth(DAY, brief=True)
    first, second = replica.log(after=seen)
    assert (first["host"], first["path"]) == place(record)
    assert (first["method"], first["status"], first["user_agent"]) == ("GET", 200, "tester/1.0")
    assert first["referer"] == "https://indeks.kompas.com/"
    assert (second["path"], second["query"], second["status"]) == ("/tidak-ada", "page=2", 404)


def test_without_a_chosen_day_the_clock_is_the_real_one() -> None:
    with running("--articles-per-day", "20") as replica:
        told = datetime.fromisoformat(replica.advance())
    assert abs((datetime.now(told.tzinfo) - told).total_seconds()) < 60


def test_the_clock_can_be_moved_and_set(replica: Replica) -> None:
    with running("--today", "2021-04-20T08:30") as own:
        assert own.advance(hours=2, seconds=5) == "2021-04-20T10:30:05+07:00"
        assert own.set_clock("2022-01-01") == "2022-01-01T12:00:00+07:00"


@pytest.mark.parametrize(
    ("path", "body"),
    [
        ("/__clock", b'{"forward": 3}'),
        ("/__clock", b'{"set": "tomorrow"}'),
        ("/__troubles", b"[1]"),
        ("/__troubles", b"not json"),
        ("/__truth?day=yesterday", None),
        ("/__log?after=x", None),
    ],
)
def test_a_control_request_that_makes_no_sense_is_answered_400(replica: Replica, path: str, body: bytes | None) -> None:
    target = [sys.executable, "-c", _POST, replica.url + path, body.decode() if body else ""]
    answer = subprocess.run(target, capture_output=True, text=True, check=True)
    status, error = answer.stdout.split(" ", 1)
    assert (status, set(json.loads(error))) == ("400", {"error"})


_POST = """
import sys, urllib.error, urllib.request
try:
    urllib.request.urlopen(urllib.request.Request(sys.argv[1], data=sys.argv[2].encode() or None))
except urllib.error.HTTPError as error:
    print(error.code, error.read().decode())
"""


def test_the_local_address_itself_explains_the_replica(replica: Replica) -> None:
    assert b"/__truth" in replica.get("127.0.0.1", "/")
    assert json.loads(replica.get("anything", "/__health"))["ok"] is True


def test_it_listens_on_the_loopback_only_and_prints_its_address_in_one_line() -> None:
    with subprocess.Popen(COMMAND, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout
        line = process.stdout.readline()
        process.send_signal(signal.SIGINT)
        assert process.stdout.read() == ""
    assert line.startswith("Replica of Kompas.com at http://127.0.0.1:")
    assert process.returncode == 0


def test_sigterm_ends_it_cleanly() -> None:
    with subprocess.Popen(COMMAND, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as process:
        assert process.stdout
        assert process.stderr
        process.stdout.readline()
        process.terminate()
        assert process.stderr.read() == ""
    assert process.returncode == 0


def test_it_ends_when_its_standard_input_closes() -> None:
    command = [*COMMAND, "--exit-with-parent"]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdin
        assert process.stdout
        process.stdout.readline()
        process.stdin.close()
        assert process.wait(timeout=20) == 0


def test_it_ends_when_its_parent_dies() -> None:
    command = [*COMMAND, "--exit-with-parent"]
    parent = (
        "import subprocess, sys\n"
        f"child = subprocess.Popen({command!r}, stdin=subprocess.DEVNULL)\n"
        "sys.stdin.readline()\n"
    )
    with subprocess.Popen(
        [sys.executable, "-c", parent], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout
        assert process.stdout.readline().startswith("Replica of Kompas.com at ")
        process.kill()
        # The replica holds the other end of this pipe, which so ends when the replica does and no sooner.
        assert process.stdout.read() == ""


@pytest.mark.parametrize(
    "arguments",
    [
        ["--today", "yesterday"],
        ["--layouts", "z"],
        ["--troubles", "{"],
        ["--troubles", '{"nosuch": true}'],
        ["--pages", "/nonexistent"],
    ],
)
def test_wrong_arguments_are_refused_before_it_listens(
    arguments: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit) as ended:
        main(arguments)
    assert ended.value.code == 2
    assert "error:" in capsys.readouterr().err


def test_a_replica_that_cannot_start_is_an_error() -> None:
    with pytest.raises(ReplicaFailed, match="instead of its address"), running("--port", "1", "--layouts", "z"):
        pass
