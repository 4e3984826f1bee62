"""Answers that are no pages, told apart; and pages that must pass."""

from __future__ import annotations

import gzip
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kompas_crawler.site.blocked import BlockReason, diagnose

HTML = {"Content-Type": "text/html; charset=UTF-8"}


def page(title: str, body: str = "", head: str = "") -> bytes:
    return f"<!DOCTYPE html><html><head><title>{title}</title>{head}</head><body>{body}</body></html>".encode()


def article(title: str, body: str) -> bytes:
    return page(title, f'<h1 class="read__title">{title}</h1><p>{body}</p>', '<meta property="og:title" content="x">')


@pytest.mark.parametrize(("status", "is_refusal"), [(200, False), (202, True), (204, False)])
@pytest.mark.parametrize("body", [b"", b" \r\n\t "])
def test_a_success_without_content_is_an_empty_body(status: int, is_refusal: bool, body: bytes) -> None:
    diagnosis = diagnose(status, HTML, body)
    assert diagnosis is not None
    assert (diagnosis.reason, diagnosis.is_refusal) == (BlockReason.EMPTY_BODY, is_refusal)


@pytest.mark.parametrize("status", [401, 403, 451])
def test_a_status_of_refusal_is_forbidden(status: int) -> None:
    diagnosis = diagnose(status, HTML, page("Kota tua"))
    assert diagnosis is not None
    assert (diagnosis.reason, diagnosis.is_refusal) == (BlockReason.FORBIDDEN, True)


def test_429_is_a_rate_limit_and_no_refusal() -> None:
    diagnosis = diagnose(429, HTML, b"slow down")
    assert diagnosis is not None
    assert (diagnosis.reason, diagnosis.is_refusal) == (BlockReason.RATE_LIMITED, False)


@pytest.mark.parametrize("status", [200, 202, 403, 429, 503])
@pytest.mark.parametrize(
    ("headers", "body"),
    [
        ({"CF-Mitigated": "challenge"}, b""),
        ({"x-amzn-waf-action": "challenge"}, b""),
        ({}, page("Just a moment...")),
        ({}, page("Attention Required! | Cloudflare")),
        ({}, page("Access Denied", "Reference #18.1 https://errors.edgesuite.net/18.1")),
        ({}, page("Verifikasi bahwa Anda manusia")),
        ({}, page("Pardon Our Interruption")),
        ({}, page("www.kompas.com", "<script>window._cf_chl_opt={cvId:'3'}</script>")),
        ({}, page("www.kompas.com", '<script src="https://geo.captcha-delivery.com/c.js"></script>')),
        ({}, b'<html><iframe src="/_Incapsula_Resource?incident_id=1">Request unsuccessful.</iframe></html>'),
        ({}, page("", '<script>window.awsWafCookieDomainList = [];window.gokuProps = {"key":"a"}</script>')),
        ({}, page("Kompas", '<form><div class="g-recaptcha" data-sitekey="a"></div></form>')),
        ({}, page("Kompas", '<div id="px-captcha"></div>')),
    ],
)
def test_a_bot_wall_is_a_challenge_with_any_status(status: int, headers: dict[str, str], body: bytes) -> None:
    diagnosis = diagnose(status, HTML | headers, body)
    assert diagnosis is not None
    assert (diagnosis.reason, diagnosis.is_refusal) == (BlockReason.CHALLENGE, True)
    assert diagnosis.evidence


@pytest.mark.parametrize(
    "body",
    [
        page("503 Service Temporarily Unavailable"),
        page("502 Bad Gateway"),
        page("Internal Server Error"),
        page("Site Maintenance"),
        page("Under maintenance"),
        page("Situs sedang dalam pemeliharaan"),
        page("Database Error"),
        page("Kompas.com", "<h1>Server sedang sibuk</h1><p>Silakan coba beberapa saat lagi.</p>"),
        b"<h1>An Error Was Encountered</h1>",
        b"Error establishing a database connection",
        b"busy",
    ],
)
def test_an_error_with_a_status_of_success_is_a_soft_error(body: bytes) -> None:
    diagnosis = diagnose(200, HTML, body)
    assert diagnosis is not None
    assert (diagnosis.reason, diagnosis.is_refusal) == (BlockReason.SOFT_ERROR, False)


@pytest.mark.parametrize("content_type", ["application/json", "image/jpeg", "application/pdf; a=b", "text/xml"])
def test_another_content_type_is_not_html(content_type: str) -> None:
    diagnosis = diagnose(200, {"content-type": content_type}, b"{}")
    assert diagnosis is not None
    assert diagnosis.reason is BlockReason.NOT_HTML


@pytest.mark.parametrize("content_type", ["text/html", "TEXT/HTML;charset=utf-8", "application/xhtml+xml"])
def test_html_is_html_under_each_of_its_names(content_type: str) -> None:
    assert diagnose(200, {"Content-Type": content_type}, page("Kota tua")) is None


def test_an_answer_without_content_type_is_judged_by_its_body() -> None:
    assert diagnose(200, {}, page("Kota tua")) is None


def test_a_sitemap_is_no_html_and_may_be_so() -> None:
    assert diagnose(200, {"Content-Type": "text/xml"}, b"<urlset></urlset>", expects_html=False) is None


def test_a_sitemap_behind_a_wall_is_still_a_challenge() -> None:
    diagnosis = diagnose(200, HTML, page("Just a moment..."), expects_html=False)
    assert diagnosis is not None
    assert diagnosis.reason is BlockReason.CHALLENGE


@pytest.mark.parametrize("kept", [0.3, 0.6, 0.95])
def test_a_document_that_is_never_closed_is_truncated(kept: float) -> None:
    whole = article("Kota tua", "Rumah-rumah lama di tepi sungai. " * 2000)
    assert diagnose(200, HTML, whole) is None
    diagnosis = diagnose(200, HTML, whole[: int(len(whole) * kept)])
    assert diagnosis is not None
    assert (diagnosis.reason, diagnosis.is_refusal) == (BlockReason.TRUNCATED, False)


def test_a_fragment_that_opens_no_document_is_not_truncated() -> None:
    assert diagnose(200, HTML, b'<div class="articleItem"><a href="/a">Kota tua') is None


def test_what_follows_the_end_of_a_document_does_not_make_it_truncated() -> None:
    assert diagnose(200, HTML, page("Kota tua") + b"<!-- static -->" * 1000) is None


@pytest.mark.parametrize(
    ("title", "body"),
    [
        ("Just a Moment, Film Baru tentang Kota Tua", "Film itu tayang."),
        ("Access Denied: Buku tentang Peretas", "Captcha dan access denied di mana-mana. _cf_chl_opt"),
        ("503 Rumah Rusak akibat Banjir", "Server busy. Under maintenance. Coba beberapa saat lagi."),
        ("Server Sedang Sibuk, Pendaftaran Tertunda", "Service unavailable, kata panitia."),
    ],
)
def test_an_article_about_walls_and_errors_is_a_page(title: str, body: str) -> None:
    assert diagnose(200, HTML, article(title, body)) is None


def test_a_page_that_was_let_through_a_wall_is_a_page() -> None:
    body = article("Kota tua", '<script src="/cdn-cgi/challenge-platform/scripts/jsd/main.js"></script>')
    assert diagnose(200, HTML | {"x-datadome": "protected"}, body) is None


@pytest.mark.parametrize("status", [301, 304, 404, 410, 500, 502, 503])
def test_a_status_that_speaks_for_itself_is_no_block(status: int) -> None:
    assert diagnose(status, HTML, b"") is None


@given(st.integers(100, 599), st.dictionaries(st.text(), st.text()), st.binary())
def test_no_answer_makes_the_detector_raise(status: int, headers: dict[str, str], body: bytes) -> None:
    diagnose(status, headers, body)


@pytest.mark.pages
def test_every_real_page_passes(pages_dir: Path) -> None:
    pages = list(pages_dir.glob("*.html.gz"))
    assert len(pages) > 130
    for file in pages:
        assert diagnose(200, HTML, gzip.decompress(file.read_bytes())) is None, file.name


@pytest.mark.pages
def test_every_real_robots_file_passes(pages_dir: Path) -> None:
    for file in pages_dir.glob("*.txt.gz"):
        body = gzip.decompress(file.read_bytes())
        assert diagnose(200, {"Content-Type": "text/plain"}, body, expects_html=False) is None, file.name


@pytest.mark.pages
def test_a_real_page_cut_in_half_is_truncated(pages_dir: Path) -> None:
    cut = 0
    for file in pages_dir.glob("article__2020-1*.html.gz"):
        body = gzip.decompress(file.read_bytes())
        diagnosis = diagnose(200, HTML, body[: len(body) // 2])
        assert diagnosis is not None, file.name
        assert diagnosis.reason is BlockReason.TRUNCATED, file.name
        cut += 1
    assert cut > 50
