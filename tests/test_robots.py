"""What an answer for robots.txt stands for."""

from __future__ import annotations

import pytest
from scrapy.http import Response
from scrapy.robotstxt import ProtegoRobotParser

from kompas_crawler.permission import PRODUCT
from kompas_crawler.robots import robots_text

URL = "https://www.kompas.com/robots.txt"
PAGE = "https://www.kompas.com/global/read/2021/04/14/205938370/a"


def text_of(status: int, body: bytes = b"User-agent: *\nDisallow: /") -> str | None:
    return robots_text(Response(URL, status=status, body=body))


@pytest.mark.parametrize("status", [400, 401, 403, 404, 410, 451])
def test_a_client_error_means_no_rules(status: int):
    assert text_of(status) == ""


@pytest.mark.parametrize("status", [302, 304, 429, 500, 502, 503, 504])
def test_no_usable_answer_means_that_nothing_may_be_fetched(status: int):
    assert text_of(status) is None


@pytest.mark.parametrize(
    "body",
    [
        b"<html><head><title>Just a moment...</title></head></html>",
        b"<html><head><title>503 Service Unavailable</title></head></html>",
    ],
)
def test_a_page_of_a_wall_or_of_an_error_is_no_robots_txt(body: bytes):
    assert text_of(200, body) is None


def test_an_empty_202_is_no_robots_txt():
    assert text_of(202, b"") is None


def test_an_empty_file_holds_no_rules():
    assert text_of(200, b"") == ""


@pytest.mark.parametrize("mark", ["\ufeff", "\u200d", "\u200b"], ids=["byte order mark", "joiner", "space"])
def test_invisible_characters_before_a_group_do_not_hide_it(mark: str):
    text = text_of(200, f"{mark}User-agent: *\nDisallow: /global/".encode())
    assert text is not None
    assert not ProtegoRobotParser(text.encode(), None).allowed(PAGE, PRODUCT)


@pytest.mark.parametrize(
    ("rules", "is_allowed"),
    [
        ("User-agent: *\nDisallow: /\n\nUser-agent: kompas-crawler\nAllow: /", True),
        ("User-agent: kompas-crawler\nDisallow: /\n\nUser-agent: *\nAllow: /", False),
        ("User-agent: GPTBot\nDisallow: /", True),
        ("User-agent: *\nDisallow: /global/read/\nAllow: /global/read/2021/", True),
    ],
)
def test_the_group_that_names_us_goes_before_the_one_for_all(rules: str, is_allowed: bool):
    assert ProtegoRobotParser((text_of(200, rules.encode()) or "").encode(), None).allowed(PAGE, PRODUCT) is is_allowed
