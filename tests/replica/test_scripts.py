"""Pages of the replica that need a browser: what they lack without one, and what their scripts would fetch."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from datetime import date

import pytest

from kompas_crawler.replica import Replica, running
from tests.replica.browsing import keys_in

HOST = "nasional.kompas.com"


@pytest.fixture(scope="module")
def replica() -> Iterator[Replica]:
    with running("--seed", "5", "--today", "2021-04-20T23:00", "--articles-per-day", "200") as server:
        yield server


@pytest.fixture(autouse=True)
def calm(replica: Replica) -> None:
    replica.calm()


@pytest.mark.parametrize("form", ["scroll", "button"])
def test_a_scripted_front_shows_its_first_articles_and_names_no_next_page(replica: Replica, form: str) -> None:
    replica.trouble(scripted_fronts={"form": form, "first": 10})
    html = replica.get(HOST, "/").decode()
    assert len(keys_in(html)) == 10
    assert "btn-load-more" not in html


def test_the_pages_behind_a_scripted_front_hold_the_articles_of_its_last_days(replica: Replica) -> None:
    replica.trouble(scripted_fronts={"first": 10, "days": 2})
    found, page = keys_in(replica.get(HOST, "/").decode()), 2
    while more := keys_in(json.loads(replica.get(HOST, f"/home/more/{page}"))["result"]):
        found, page = found + more, page + 1
    days = [date(2021, 4, day) for day in (18, 19, 20)]
    truth = {
        record["key"]
        for day in days
        for record in replica.truth(day, brief=True)
        if record["section"] == "nasional" and record["published_at"] >= "2021-04-18T23:00"
    }
    assert set(found) == truth
    assert page > 3


@pytest.mark.parametrize(("form", "marked"), [("body", True), ("page", False)])
def test_a_shell_has_the_text_of_its_article_only_in_a_script(replica: Replica, form: str, marked: bool) -> None:
    article = next(one for one in replica.truth(date(2021, 4, 19)) if one["layout"] not in ("b1", "b2"))
    host, _, path = article["url"].removeprefix("https://").partition("/")
    sentence = next(
        paragraph for paragraph in reversed(article["body"]) if '"' not in paragraph and "&" not in paragraph
    )
    assert sentence[:40] in re.sub(r"(?s)<script.*?</script>", "", replica.get(host, f"/{path}?page=all").decode())
    replica.trouble(empty_shell={"form": form})
    html = replica.get(host, f"/{path}?page=all").decode()
    shown = re.sub(r"(?s)<script.*?</script>", "", html)
    assert sentence[:40] in html
    assert sentence[:40] not in shown
    assert ('class="read__content' in shown) is marked


def test_a_share_of_the_articles_comes_as_shells_and_always_the_same(replica: Replica) -> None:
    replica.trouble(empty_shell={"rate": 0.5})
    urls = [one["url"].removeprefix("https://").partition("/") for one in replica.truth(date(2021, 4, 19), brief=True)]
    first, second = ([b"setTimeout" in replica.get(host, f"/{path}") for host, _, path in urls[:40]] for _ in range(2))
    assert first == second
    assert 5 < sum(first) < 35
