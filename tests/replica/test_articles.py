"""Article pages of the replica carry what its truth says, in every layout."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from datetime import date
from html import unescape
from urllib.error import HTTPError
from urllib.parse import urlsplit

import pytest
from selectolax.lexbor import LexborHTMLParser

from kompas_crawler.replica import Replica, running

LAYOUTS = ["b1", "b2", "d", "e1", "e2", "f"]
SINCE, UNTIL = date(2021, 4, 13), date(2021, 4, 15)


@pytest.fixture(scope="module", params=LAYOUTS)
def fixed(request: pytest.FixtureRequest) -> Iterator[tuple[str, Replica]]:
    with running("--today", "2021-04-20", "--articles-per-day", "60", "--layouts", request.param) as replica:
        yield request.param, replica


def page_of(replica: Replica, record: dict[str, str], part: str = "all") -> str:
    address = urlsplit(record["url"])
    return replica.get(address.netloc, f"{address.path}?page={part}").decode()


def squeezed(html: str) -> str:
    """The page's words without markup and white space, as a browser's tree has them."""
    tree = LexborHTMLParser(html)
    tree.strip_tags(["script", "style"])
    return re.sub(r"\s+", "", tree.body.text() if tree.body else "")


def test_every_paragraph_of_the_truth_stands_on_the_page_in_order(fixed: tuple[str, Replica]) -> None:
    _, replica = fixed
    for record in replica.truth(SINCE, UNTIL):
        text = squeezed(page_of(replica, record))
        at = 0
        for paragraph in record["body"]:
            at = text.find(re.sub(r"\s+", "", paragraph), at)
            assert at >= 0, (record["url"], paragraph)


def test_the_headline_and_the_credits_stand_on_the_page(fixed: tuple[str, Replica]) -> None:
    _, replica = fixed
    for record in replica.truth(SINCE):
        page = unescape(page_of(replica, record))
        assert record["title"] in page
        # On opinion pages of 2020–21 the columnist is named in the meta only; paid texts name nobody.
        assert all(name in page for name in record["authors"] + record["editors"]), record["url"]


def test_every_link_of_the_truth_stands_on_the_page(fixed: tuple[str, Replica]) -> None:
    _, replica = fixed
    for record in replica.truth(SINCE):
        links = {n.attributes["href"] for n in LexborHTMLParser(page_of(replica, record)).css("a[href]")}
        targets = {
            re.sub(r"^http:|\?utm_source=RD.*$", lambda m: "https:" if m[0] == "http:" else "", str(link))
            for link in links
        }
        assert {link["url"] for link in record["links"]} <= targets


def test_pages_of_2019_and_later_hold_valid_json_ld_with_the_printed_time(fixed: tuple[str, Replica]) -> None:
    layout, replica = fixed
    if layout in ("b1", "b2"):
        assert "ld+json" not in "".join(
            page_of(replica, r) for r in replica.truth(SINCE, brief=True) if r["layout"] == layout
        )
        return
    for record in replica.truth(SINCE, brief=True):
        blocks = re.findall(r'<script type="application/ld\+json">(.*?)</script>', page_of(replica, record), re.DOTALL)
        values = [json.loads(block) for block in blocks]
        news = [v for value in values for v in value.get("@graph", [value]) if v["@type"] == "NewsArticle"]
        assert [v["headline"] for v in news] == [record["title"]]


def test_the_parts_of_a_paged_article_hold_its_body_between_them(replica: Replica) -> None:
    paged = [r for r in replica.truth(SINCE, UNTIL) if r["page_count"] > 1]
    assert paged
    for record in paged:
        for number, part in enumerate(record["parts"], 1):
            text = squeezed(page_of(replica, record, str(number)))
            assert all(re.sub(r"\s+", "", paragraph) in text for paragraph in part)
        assert [p for part in record["parts"] for p in part] == record["body"]


def test_a_part_that_does_not_exist_is_not_found(replica: Replica) -> None:
    record = replica.truth(SINCE)[0]
    with pytest.raises(HTTPError, match="404"):
        page_of(replica, record, str(record["page_count"] + 1))


def test_the_news_follow_from_the_seed_alone(replica: Replica) -> None:
    with running("--today", "2021-04-20", "--articles-per-day", "60") as same:
        assert same.truth(SINCE) == replica.truth(SINCE)
    with running("--today", "2021-04-20", "--articles-per-day", "60", "--seed", "2") as other:
        assert other.truth(SINCE) != replica.truth(SINCE)


def test_three_months_hold_every_kind_of_piece(replica: Replica) -> None:
    kinds = {r["content_type"] for r in replica.truth(date(2021, 1, 1), date(2021, 3, 31), brief=True)}
    assert kinds == {"standard", "opinion", "advertorial", "brand", "kilas", "fact_check"}


def test_an_article_id_is_its_time_a_counter_and_the_section_s_code(replica: Replica) -> None:
    for record in replica.truth(SINCE, brief=True):
        article_no = record["key"].split("-")[1]
        assert article_no[:6] == record["published_at"][11:19].replace(":", "")
        assert int(article_no[7:]) == record["section_code"]
