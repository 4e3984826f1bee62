"""Each trouble of the replica does what its line in the catalogue says."""

from __future__ import annotations

import gzip
import zlib
from collections.abc import Iterator
from contextlib import AbstractContextManager
from datetime import date
from email.utils import parsedate_to_datetime
from http.client import HTTPResponse, IncompleteRead, RemoteDisconnected
from urllib.error import HTTPError
from urllib.parse import urlsplit

import pytest

from kompas_crawler.replica import Replica, running
from kompas_crawler.replica.troubles import CATALOGUE, Troubles
from tests.replica.browsing import DAY, asking, keys_in, walk

PAGE = "/?site=all&date=2021-04-14&page=1"
INDEX = "indeks.kompas.com"


@pytest.fixture(scope="module")
def troubled() -> Iterator[Replica]:
    with running("--today", "2021-04-20", "--articles-per-day", "60") as replica:
        yield replica


@pytest.fixture
def unruly(troubled: Replica) -> Iterator[Replica]:
    yield troubled
    troubled.calm()
    troubled.set_clock("2021-04-20")


def ask(
    replica: Replica, path: str = PAGE, host: str = INDEX, timeout: float = 20, **headers: str
) -> AbstractContextManager[HTTPResponse]:
    return asking(replica, host, path, timeout=timeout, **headers)


def whole(replica: Replica) -> bytes:
    return replica.get(INDEX, PAGE)


@pytest.mark.parametrize("code", [403, 429, 500, 503])
def test_status_answers_with_the_code(unruly: Replica, code: int) -> None:
    unruly.trouble(status={"code": code})
    with ask(unruly) as answer:
        assert (answer.status, answer.getheader("Retry-After")) == (code, None)


def test_status_can_ask_to_wait_for_seconds_or_until_a_date(unruly: Replica) -> None:
    unruly.trouble(status={"code": 429, "retry_after": 7})
    with ask(unruly) as answer:
        assert answer.getheader("Retry-After") == "7"
    unruly.trouble(status={"code": 503, "retry_after": "date"})
    with ask(unruly) as answer:
        assert parsedate_to_datetime(str(answer.getheader("Retry-After"))).tzinfo is not None


def test_challenge_is_a_refusal_that_asks_for_scripts(unruly: Replica) -> None:
    unruly.trouble(challenge=True)
    with ask(unruly) as answer:
        assert (answer.status, b"JavaScript" in answer.read()) == (403, True)


@pytest.mark.parametrize("code", [200, 202])
def test_empty_answers_without_a_body(unruly: Replica, code: int) -> None:
    unruly.trouble(empty={"code": code})
    with ask(unruly) as answer:
        assert (answer.status, answer.read()) == (code, b"")


def test_busy_is_a_page_with_status_200_and_no_news(unruly: Replica) -> None:
    unruly.trouble(busy=True)
    with ask(unruly) as answer:
        body = answer.read().decode()
        assert (answer.status, "sibuk" in body, keys_in(body)) == (200, True, [])


@pytest.mark.parametrize(
    ("to", "location"),
    [
        ("https://example.org/", "https://example.org/"),
        ("{front}", "https://indeks.kompas.com/"),
        ("{self}", f"https://indeks.kompas.com{PAGE}"),
        ("http://127.0.0.1:1/", "http://127.0.0.1:1/"),
    ],
)
def test_redirect_leads_where_it_is_told(unruly: Replica, to: str, location: str) -> None:
    unruly.trouble(redirect={"to": to})
    with ask(unruly) as answer:
        assert (answer.status, answer.getheader("Location")) == (302, location)


def test_slow_body_comes_whole_but_not_at_once(unruly: Replica) -> None:
    body = whole(unruly)
    unruly.trouble(slow_body={"bytes_per_second": len(body) * 2})
    with ask(unruly) as answer:
        first = answer.read1(len(body))
        assert 0 < len(first) < len(body)
        assert first + answer.read() == body


def test_hang_takes_the_request_and_never_answers(unruly: Replica) -> None:
    unruly.trouble(hang=True)
    with pytest.raises(TimeoutError), ask(unruly, timeout=0.3):
        pass
    assert (unruly.log()[-1]["trouble"], unruly.log()[-1]["status"]) == ("hang", None)


def test_reset_closes_before_the_first_byte(unruly: Replica) -> None:
    unruly.trouble(reset=True)
    with pytest.raises((RemoteDisconnected, ConnectionResetError)), ask(unruly):
        pass


@pytest.mark.parametrize("name", ["cut_body", "cut_chunked"])
def test_a_cut_with_a_length_or_in_chunks_can_be_noticed(unruly: Replica, name: str) -> None:
    body = whole(unruly)
    unruly.trouble(**{name: True})
    with ask(unruly) as answer, pytest.raises(IncompleteRead) as cut:
        answer.read()
    assert cut.value.partial == body[: len(body) // 2]


def test_a_cut_without_any_length_looks_like_a_whole_answer(unruly: Replica) -> None:
    body = whole(unruly)
    unruly.trouble(cut_plain=True)
    with ask(unruly) as answer:
        assert answer.getheader("Content-Length") is None
        assert answer.getheader("Transfer-Encoding") is None
        assert answer.read() == body[: len(body) // 2]


def test_wrong_length_announces_fewer_bytes_than_it_sends(unruly: Replica) -> None:
    body = whole(unruly)
    unruly.trouble(wrong_length={"missing": 123})
    with ask(unruly) as answer:
        assert int(str(answer.getheader("Content-Length"))) == len(body) - 123
        assert answer.read() == body[:-123]


def test_gzip_bomb_swells_to_its_size(unruly: Replica) -> None:
    unruly.trouble(gzip_bomb={"size_mb": 20})
    with ask(unruly, Accept_Encoding="gzip") as answer:
        packed = answer.read()
    assert len(packed) < 100_000
    assert len(gzip.decompress(packed)) > 20 * 2**20


def test_broken_gzip_cannot_be_unpacked(unruly: Replica) -> None:
    unruly.trouble(broken_gzip=True)
    with ask(unruly, Accept_Encoding="gzip") as answer:
        packed = answer.read()
    with pytest.raises((zlib.error, gzip.BadGzipFile, EOFError)):
        gzip.decompress(packed)


def test_last_page_low_announces_too_few_pages_but_serves_them_all() -> None:
    with running("--today", "2021-04-20", "--articles-per-day", "90", "--list-layouts", "2017") as replica:
        last = 'paging__link--last" href="https://indeks.kompas.com/?site=all&amp;date=2021-04-14&amp;page='
        pages = len(walk(replica, DAY))
        assert f"{last}{pages}" in whole(replica).decode()
        replica.trouble(last_page_low={"by": 3})
        assert f"{last}{pages - 3}" in whole(replica).decode()
        assert len(walk(replica, DAY)) == pages


def test_last_page_missing_announces_no_further_page() -> None:
    with running("--today", "2021-04-20", "--list-layouts", "2017") as replica:
        assert b"paging__link--next" in whole(replica)
        replica.trouble(last_page_missing=True)
        assert b"paging__link" not in whole(replica)


def test_shifting_pushes_items_across_page_borders_while_one_walks_the_current_day(unruly: Replica) -> None:
    today = date(2021, 4, 20)
    before = len(unruly.truth(today, brief=True))
    unruly.trouble(shifting={"every": 1})
    pages = walk(unruly, today)
    listed = [key for page in pages for key in page]
    assert len(set(listed)) < len(listed)
    assert len(unruly.truth(today, brief=True)) == before + len(pages) + 1


def test_shifting_leaves_other_days_alone(unruly: Replica) -> None:
    unruly.trouble(shifting={"every": 1})
    walk(unruly, DAY)
    assert unruly.advance() == "2021-04-20T12:00:00+07:00"


def test_repeated_page_shows_a_page_twice_and_loses_nothing(unruly: Replica) -> None:
    pages = walk(unruly, DAY)
    unruly.trouble(repeated_page={"page": 2})
    assert walk(unruly, DAY) == [*pages[:2], pages[1], *pages[2:]]


def test_doubled_item_stands_on_its_page_twice(unruly: Replica) -> None:
    unruly.trouble(doubled_item={"rate": 1.0})
    html = whole(unruly).decode()
    first = keys_in(html)[0].split("-")[1]
    plain = html.count(f"/{first}/")
    unruly.calm()
    assert plain == 2 * whole(unruly).decode().count(f"/{first}/")


def test_quiet_day_lists_nothing_on_its_day_only(unruly: Replica) -> None:
    unruly.trouble(quiet_day={"day": "2021-04-14"})
    assert walk(unruly, DAY) == []
    assert walk(unruly, date(2021, 4, 13))
    assert unruly.truth(DAY, brief=True)


def test_edits_make_revisions_that_the_page_shows(unruly: Replica) -> None:
    before = {record["key"]: record for record in unruly.truth(DAY)}
    unruly.trouble(edits={"rate": 1.0})
    edited = unruly.truth(DAY)
    assert all(record["revision"] > 1 for record in edited)
    retitled = next(r for r in edited if "title" in r["changed"] and r["title"] != before[r["key"]]["title"])
    address = urlsplit(retitled["url"])
    assert retitled["title"].split(",")[0] in unruly.get(address.netloc, address.path).decode()


def test_edits_come_at_their_time_and_at_their_rate(unruly: Replica) -> None:
    unruly.trouble(edits=True)
    unruly.set_clock("2021-04-14T23:59:59")
    same_day = sum(record["revision"] > 1 for record in unruly.truth(date(2021, 4, 8), DAY, brief=True))
    unruly.set_clock("2021-04-25")
    records = unruly.truth(date(2021, 4, 8), DAY, brief=True)
    later = sum(record["revision"] > 1 for record in records)
    assert same_day < later
    assert 0.12 < later / len(records) < 0.27


def test_deletions_take_articles_off_the_lists_and_answer_404(unruly: Replica) -> None:
    unruly.trouble(deletions={"rate": 0.3})
    records = unruly.truth(DAY, brief=True)
    gone = [record for record in records if record["gone"]]
    assert 0 < len(gone) < len(records)
    assert {k for page in walk(unruly, DAY) for k in page} == {r["key"] for r in records if not r["gone"]}
    address = urlsplit(gone[0]["url"])
    with pytest.raises(HTTPError, match="404"):
        unruly.get(address.netloc, address.path)


def test_moved_articles_redirect_to_other_articles(unruly: Replica) -> None:
    unruly.trouble(moved={"rate": 1.0})
    record = unruly.truth(DAY, brief=True)[0]
    address = urlsplit(record["url"])
    with ask(unruly, address.path, address.netloc) as answer:
        target = str(answer.getheader("Location"))
        assert answer.status == 301
    assert "/read/2021/" in target
    assert target != record["url"]


@pytest.mark.parametrize(
    ("form", "before", "after"),
    [
        ("renamed", 'class="read__content"', 'class="nx-read--content"'),
        ("dates", "2021, ", "2 jam yang lalu"),
        ("byline", 'id="penulis"', '<div class="nx-byline"'),
    ],
)
def test_a_layout_change_touches_articles_from_its_day_on(form: str, before: str, after: str) -> None:
    with running("--today", "2021-04-20", "--articles-per-day", "60", "--layouts", "d") as replica:
        replica.trouble(layout_change={"since": "2021-04-14", "form": form})
        pages = []
        for day in (date(2021, 4, 13), DAY):
            record = next(r for r in replica.truth(day) if r["content_type"] == "standard" and r["authors"])
            address = urlsplit(record["url"])
            pages.append(replica.get(address.netloc, address.path).decode().replace("-_", "_"))
    assert before in pages[0]
    assert after not in pages[0]
    assert after in pages[1]


@pytest.mark.parametrize("layout", ["b1", "b2", "d", "e1", "e2", "f"])
def test_an_emptied_layout_has_no_text_left(layout: str) -> None:
    with running("--today", "2021-04-20", "--articles-per-day", "60", "--layouts", layout) as replica:
        replica.trouble(layout_change={"form": "emptied"})
        for record in replica.truth(DAY):
            address = urlsplit(record["url"])
            page = replica.get(address.netloc, address.path).decode()
            assert not any(p in page for p in record["parts"][0] if "KOMPAS.com" in p)
            assert record["authors"] == [] or 'class="footer' in page or "kcm-footer" in page


@pytest.mark.parametrize(
    ("form", "expected"),
    [
        ("reservation", "text and data mining"),
        ("crawl_delay", "Crawl-delay: 2"),
        ("disallow", "Disallow: /\n"),
        ("joiner", "\u200dUser-agent: CCBot"),
    ],
)
def test_robots_txt_takes_the_form_it_is_told(unruly: Replica, form: str, expected: str) -> None:
    assert expected not in unruly.get("www.kompas.com", "/robots.txt").decode().replace("Disallow: /\n", "", 2)
    unruly.trouble(robots={"form": form})
    assert expected in unruly.get("www.kompas.com", "/robots.txt").decode()


@pytest.mark.parametrize(("form", "status"), [("missing", 404), ("broken", 503), ("empty", 200)])
def test_robots_txt_can_be_missing_broken_or_empty_on_one_host(unruly: Replica, form: str, status: int) -> None:
    unruly.trouble(robots={"form": form, "host": INDEX})
    with ask(unruly, "/robots.txt") as answer:
        assert answer.status == status
    with ask(unruly, "/robots.txt", "www.kompas.com") as answer:
        assert b"Sitemap:" in answer.read()


def test_a_spoiler_hits_its_share_of_the_requests(unruly: Replica) -> None:
    unruly.trouble(status={"rate": 0.3})
    statuses = []
    for _ in range(200):
        with ask(unruly) as answer:
            statuses.append(answer.status)
    assert 35 < statuses.count(503) < 90


def test_a_spoiler_can_hit_the_first_requests_of_an_address_only(unruly: Replica) -> None:
    unruly.trouble(status={"times": 2})
    statuses = []
    for _ in range(4):
        with ask(unruly) as answer:
            statuses.append(answer.status)
    assert statuses == [503, 503, 200, 200]


def test_a_spoiler_can_aim_and_spares_robots_txt(unruly: Replica) -> None:
    unruly.trouble(status={"match": "page=2"})
    with ask(unruly) as answer:
        assert answer.status == 200
    with ask(unruly, PAGE.replace("page=1", "page=2")) as answer:
        assert answer.status == 503
    unruly.trouble(status=True)
    with ask(unruly, "/robots.txt") as answer:
        assert answer.status == 200


def test_a_sticky_spoiler_hits_an_address_always_or_never(unruly: Replica) -> None:
    unruly.trouble(status={"rate": 0.5, "sticky": True})
    for page in range(1, 9):
        statuses = set()
        for _ in range(5):
            with ask(unruly, PAGE.replace("page=1", f"page={page}")) as answer:
                statuses.add(answer.status)
        assert len(statuses) == 1


@pytest.mark.parametrize(
    "orders",
    [
        {"nosuch": True},
        {"status": {"nosuch": 1}},
        {"status": {"rate": "often"}},
        {"status": 3},
        {"status": {"code": "503"}},
        {"status": {"times": True}},
        {"status": {"match": "("}},
        {"layout_change": {"form": "sideways"}},
        {"robots": {"form": "sideways"}},
    ],
)
def test_wrong_orders_are_refused_and_change_nothing(orders: dict[str, object]) -> None:
    troubles = Troubles(1)
    with pytest.raises(ValueError):
        troubles.change(orders)
    assert troubles.as_json()["on"] == {}


def test_every_trouble_of_the_catalogue_can_be_switched_on_with_its_defaults() -> None:
    troubles = Troubles(1)
    troubles.change(dict.fromkeys(CATALOGUE, True))
    assert set(troubles.as_json()["on"]) == set(CATALOGUE)


def test_the_control_address_tells_what_was_wrong(unruly: Replica) -> None:
    with pytest.raises(HTTPError) as refused:
        unruly.trouble(nosuch=True)
    assert refused.value.code == 400
    assert "no trouble is called 'nosuch'" in refused.value.read().decode()
    refused.value.close()
