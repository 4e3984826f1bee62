"""The text of a robots.txt and its reservation of rights over mining."""

from __future__ import annotations

import gzip
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kompas_crawler.site.robots import clean_robots, text_and_data_mining_reservation

RULES = "User-agent: *\nDisallow: /search/?q=\n\nSitemap: https://www.kompas.com/sitemap.xml\n"


@pytest.mark.parametrize(
    "comment",
    [
        "# Text and data mining of this site needs our prior written permission.",
        "# TEXT & DATA MINING: ALL RIGHTS RESERVED",
        "# We opt out of TDM under Article 4 of Directive (EU) 2019/790.",
        "# TDM-Reservation: 1",
        "# Any use of automated tools to scrape this site is subject to the\n# prior written consent of the publisher.",
        "# No part of this site may be used to train machine learning systems without our express permission.",
        "# Permission to mine text and data must be requested in writing.",
        "# Automated collection of content for AI development requires a licence agreement.",
        "# You may not use any robot or spider without prior express written permission.",
        "# Data mining\n#\n# is prohibited",
        "# Dilarang melakukan penambangan teks dan data atas isi situs ini.",
        "# Pengambilan data secara otomatis wajib mendapat izin tertulis dari penerbit.",
        "# Scraping tanpa izin tertulis tidak diperkenankan.",
        "#### ---- Text-and-data-mining is not permitted ---- ####",
        "Text and data mining requires prior written permission.",
        "# text and\u200d data mining requires written permission",
    ],
)
def test_a_reservation_is_found_in_either_language(comment: str) -> None:
    assert text_and_data_mining_reservation(f"{comment}\n{RULES}") is not None
    assert text_and_data_mining_reservation(f"{RULES}\n{comment}\n") is not None


def test_the_passage_is_the_whole_comment_in_one_line() -> None:
    text = (
        f"# ======\n# Hak cipta penerbit.\n#\n#  Text and data mining\n# needs written permission.\n# ======\n{RULES}"
    )
    expected = "Hak cipta penerbit. Text and data mining needs written permission."
    assert text_and_data_mining_reservation(text) == expected


def test_comments_of_different_groups_are_different_passages() -> None:
    text = "# data mining bots\nUser-agent: A\nDisallow: /\n# without permission\nUser-agent: B\nDisallow: /\n"
    assert text_and_data_mining_reservation(text) is None


def test_a_comment_behind_a_rule_counts() -> None:
    text = "User-agent: * # text and data mining is prohibited\nDisallow:\n"
    assert text_and_data_mining_reservation(text) == "text and data mining is prohibited"


@pytest.mark.parametrize(
    "comment",
    [
        "",
        "# robots.txt of the site",
        "# AI scrapers",
        "# Block crawlers that ignore the rules",
        "# Crawling of search results is not allowed",
        "# TDM-Reservation: 0",
        "# All rights reserved",
        "# Rules for all robots, see robotstxt.org",
        "# Text and data mining is welcome here",
        "User-agent: tdm-reserved-bot\nDisallow: /data-mining-prohibited/",
    ],
)
def test_an_ordinary_comment_or_rule_is_no_reservation(comment: str) -> None:
    assert text_and_data_mining_reservation(f"{comment}\n{RULES}") is None


@pytest.mark.parametrize(
    ("body", "text"),
    [
        (b"\xef\xbb\xbfUser-agent: *\n", "User-agent: *\n"),
        ("\u200dUser-agent: A\n".encode(), "User-agent: A\n"),
        ("User-agent: *\n".encode("utf-16"), "User-agent: *\n"),
        (b"User-agent: *\r\nDisallow: /a\rAllow: /b", "User-agent: *\nDisallow: /a\nAllow: /b"),
        (b"Disallow: /\xff", "Disallow: /\ufffd"),
        (b"", ""),
    ],
)
def test_a_cleaned_text_holds_only_what_a_parser_reads(body: bytes, text: str) -> None:
    assert clean_robots(body) == text


@given(st.binary())
def test_no_bytes_make_a_robots_function_raise(body: bytes) -> None:
    text_and_data_mining_reservation(clean_robots(body))


@pytest.mark.pages
def test_no_saved_robots_file_holds_a_reservation_and_each_is_cleaned_of_joiners(pages_dir: Path) -> None:
    files = list(pages_dir.glob("other__robots_*.txt.gz"))
    assert len(files) >= 8
    for file in files:
        text = clean_robots(gzip.decompress(file.read_bytes()))
        assert text_and_data_mining_reservation(text) is None, file.name
        assert text.isascii(), file.name
        assert "User-agent:" in text or "User-Agent:" in text
