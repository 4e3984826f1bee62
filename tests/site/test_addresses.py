"""Addresses: which is an article's, what it says, and which may be requested."""

from __future__ import annotations

import gzip
import json
import re
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kompas_crawler.site.addresses import (
    clean_url,
    front_url,
    index_request,
    index_url,
    is_site_host,
    parse_article_address,
    part_url,
    refusal,
)
from kompas_crawler.site.sections import SECTIONS, codes_agree, is_known_section

KEY = "20210414-205938370"
PATH = "read/2021/04/14/205938370"
CANONICAL = f"https://www.kompas.com/global/{PATH}/kota-tua"


@pytest.mark.parametrize(
    ("url", "canonical"),
    [
        (CANONICAL, CANONICAL),
        (f"http://www.kompas.com/global/{PATH}/kota-tua", CANONICAL),
        (f"//www.kompas.com/global/{PATH}/kota-tua", CANONICAL),
        (f"HTTPS://WWW.Kompas.COM/Global/{PATH}/kota-tua", CANONICAL),
        (f"https://www.kompas.com:443/global/{PATH}/kota-tua", CANONICAL),
        (f"https://kompas.com/global/{PATH}/kota-tua", CANONICAL),
        (f"  {CANONICAL}\n", CANONICAL),
        (f"{CANONICAL}/", CANONICAL),
        (f"{CANONICAL}?utm_source=x&utm_medium=y", CANONICAL),
        (f"{CANONICAL}?page=all#page2", CANONICAL),
        (f"{CANONICAL}#komentar", CANONICAL),
        (f"https://amp.kompas.com/global/{PATH}/kota-tua", CANONICAL),
        (f"https://www.kompas.com/amp/global/{PATH}/kota-tua", CANONICAL),
        (f"https://amp.kompas.com/{PATH}/kota-tua", CANONICAL),
        (f"https://amp.kompas.com/global/index.php/{PATH}/kota-tua", CANONICAL),
        (f"http://internasional.kompas.com/amp/{PATH}/kota-tua", f"https://internasional.kompas.com/{PATH}/kota-tua"),
        (f"https://internasional.kompas.com/index.php/{PATH}/a", f"https://internasional.kompas.com/{PATH}/a"),
        (
            "http://internasional.kompas.com/read/xml/2021/04/14/205938370/Kota.Tua",
            f"https://internasional.kompas.com/{PATH}/Kota.Tua",
        ),
        (f"https://kilasdaerah.kompas.com/semarang/{PATH}/a", f"https://kilasdaerah.kompas.com/semarang/{PATH}/a"),
        (f"https://www.kompas.com/global/{PATH}", f"https://www.kompas.com/global/{PATH}"),
        (f"https://www.kompas.com/global/{PATH}/", f"https://www.kompas.com/global/{PATH}"),
        (f"https://www.kompas.com/{PATH}/kota-tua", f"https://www.kompas.com/{PATH}/kota-tua"),
        (f"https://www.kompas.com/global/{PATH}/caf\u00e9", f"https://www.kompas.com/global/{PATH}/caf%C3%A9"),
    ],
)
def test_every_form_of_an_address_has_one_key_and_a_canonical_form(url: str, canonical: str) -> None:
    address = parse_article_address(url)
    assert address is not None
    assert (address.article_id, address.url) == (KEY, canonical)


@pytest.mark.parametrize(
    "slug",
    ["-awal-dan-akhir-", "dua--garis", "rp-2.000-per-liter", ".Titik.Di.Depan.Dan.Belakang.", "Huruf.BESAR", "a%20b"],
)
def test_a_slug_is_kept_as_it_is_printed(slug: str) -> None:
    address = parse_article_address(f"https://money.kompas.com/{PATH}/{slug}")
    assert address is not None
    assert address.slug == slug
    assert address.url.endswith(f"/{slug}")


def test_an_address_without_slug_has_an_empty_one() -> None:
    address = parse_article_address(f"https://money.kompas.com/{PATH}")
    assert address is not None
    assert address.slug == ""


@pytest.mark.parametrize(
    "url",
    [
        f"https://fake-kompas.com/{PATH}/a",
        f"https://kompas.com.evil.org/{PATH}/a",
        f"https://kompas.com@evil.org/{PATH}/a",
        f"https://user:word@www.kompas.com/{PATH}/a",
        f"https://xn--kmpas-nta.com/{PATH}/a",
        f"https://www.\u212aompas.com/{PATH}/a",
        f"https://www.kompa\u017f.com/{PATH}/a",
        f"https://www.kompas.com\\@evil.org/{PATH}/a",
        f"https://www.kompas.com\\{PATH}/a",
        f"https://www.kompas.com/{PATH}/a\\",
        f"https://www.kompas.com/{PATH}/a b",
        f"https://www.kompas.com/{PATH}/a\tb",
        f"https://www.kompas.com/{PATH}/a\nb",
        f"https://www.kompas.com/{PATH}/a\x00",
        f"https://www.kompas.com/{PATH}/a\u2028b",
        f"https://www.kompas.com/{PATH}/a\u200bb",
        f"https://www.kompas.com/{PATH}/a?utm_source=x\nDownload",
        f"https://www.kompas.com:8080/{PATH}/a",
        f"ftp://www.kompas.com/{PATH}/a",
        f"android-app://app.contoh/http/www.kompas.com/{PATH}/a",
        f"https://www.kompas.id/{PATH}/a",
        f"https://www.kompas.tv/{PATH}/a",
        f"https://www.kompasiana.com/{PATH}/a",
        "https://www.kompas.com/global/read/2021/02/30/205938370/a",
        "https://www.kompas.com/global/read/2021/13/01/205938370/a",
        "https://www.kompas.com/global/read/0000/01/01/205938370/a",
        "https://www.kompas.com/global/read/2021/04/14/123456/a",
        "https://www.kompas.com/global/read/2021/04/14/1234567890123/a",
        "https://www.kompas.com/global/read/2021/04/14/20593a370/a",
        "http://bola.kompas.com/image/2021/04/14/20593808/a?page=1",
        "http://www.kompas.com/badminton/komentar/2021/04/14/20593808/a",
        "https://www.kompas.com/tren/copy/2021/04/14/205938065/a",
        "https://www.kompas.com/food/gallery/detail/2021/04/14/a",
        f"https://www.kompas.com/komentar/{PATH}/a",
        "https://jeo.kompas.com/kota-tua",
        f"https://vik.kompas.com/{PATH}/a",
        f"https://video.kompas.com/{PATH}/a",
        "http://foto.kompas.com/photo/read/2021/04/14/15056360470a1/Kota.Tua",
        "https://buku.kompas.com/",
        "http://tv.kompas.com/read/2021/04/14/4743943053001/kota.tua",
        f"https://www.kompas.com/tag/kota?url=https://www.kompas.com/global/{PATH}/a",
        f"http://bola.kompas.com/sso/login/?next=http://bola.kompas.com/{PATH}/a",
        "/global/read/2021/04/14/205938370/a",
        "https://www.kompas.com/global",
        "javascript:void(0)",
        "https://[::1",
        "",
    ],
)
def test_what_is_not_an_article_of_the_site_is_none(url: str) -> None:
    assert parse_article_address(url) is None


@pytest.mark.parametrize(
    ("query", "part"),
    [
        ("", 1),
        ("?page=1", 1),
        ("?page=2", 2),
        ("?page=11&utm_source=x", 11),
        ("?utm_source=x&amp;page=3", 3),
        ("?page=all", None),
        ("?page=all#page2", None),
        ("#page2", 1),
        ("?page=0", 1),
        ("?page=dua", 1),
        ("?homepage=2", 1),
    ],
)
def test_the_part_is_the_page_parameter(query: str, part: int | None) -> None:
    address = parse_article_address(CANONICAL + query)
    assert address is not None
    assert address.part == part


@pytest.mark.parametrize(
    ("site_id", "code", "at"),
    [
        ("205938370", 70, datetime(2021, 4, 14, 13, 59, 38, tzinfo=UTC)),
        ("20593808", 8, datetime(2021, 4, 14, 13, 59, 38, tzinfo=UTC)),
        ("000000070", 70, datetime(2021, 4, 13, 17, 0, 0, tzinfo=UTC)),
        ("246012370", 70, None),
        ("20593800", None, datetime(2021, 4, 14, 13, 59, 38, tzinfo=UTC)),
        ("2059383", None, None),
        ("2059383701", None, None),
        ("205938370123", None, None),
    ],
)
def test_an_id_of_eight_or_nine_digits_holds_the_wib_time_and_the_code(
    site_id: str, code: int | None, at: datetime | None
) -> None:
    address = parse_article_address(f"https://www.kompas.com/global/read/2021/04/14/{site_id}/a")
    assert address is not None
    assert (address.section_code, address.published_at) == (code, at)
    assert address.published_on == date(2021, 4, 14)


@pytest.mark.parametrize(
    ("place", "site_id", "section", "is_known"),
    [
        ("nasional.kompas.com", "20593801", "nasional", True),
        ("bandung.kompas.com", "205938378", "regional", True),
        ("kotabaru.kompas.com", "205938378", "regional", False),
        ("www.kompas.com/jawa-barat", "205938388", "regional", True),
        ("bisniskeuangan.kompas.com", "205938326", "money", True),
        ("entertainment.kompas.com", "205938366", "hype", True),
        ("olahraga.kompas.com", "20593801", "sports", True),
        ("kilasbadan.kompas.com", "20593801", "kilasbadan", True),
        ("www.kompas.com/rubrikbaru", "205938399", "rubrikbaru", False),
        ("new.www.kompas.com/tren", "205938365", "tren", True),
    ],
)
def test_the_section_is_read_from_host_path_or_code(place: str, site_id: str, section: str, is_known: bool) -> None:
    address = parse_article_address(f"https://{place}/read/2021/04/14/{site_id}/a")
    assert address is not None
    assert (address.section, address.is_known_section) == (section, is_known)


@given(
    st.text() | st.text(alphabet="htps:/.@?#kompascread0123456789%&=[]\\ -\n").map("https://www.kompas.com/".__add__)
)
def test_no_string_makes_an_address_function_raise(text: str) -> None:
    parse_article_address(text)
    clean_url(text)
    refusal(text)
    index_request(text)


@pytest.mark.parametrize("host", ["kompas.com", "www.kompas.com", "new.www.kompas.com", "BOLA.kompas.com"])
def test_hosts_of_the_site(host: str) -> None:
    assert is_site_host(host)


@pytest.mark.parametrize(
    "host", ["fake-kompas.com", "kompas.com.evil.org", "kompas.id", ".kompas.com", "\u212aompas.com", ""]
)
def test_hosts_that_only_look_like_the_site(host: str) -> None:
    assert not is_site_host(host)


@pytest.mark.parametrize(
    ("url", "cleaned"),
    [
        (f"{CANONICAL}?utm_source=x&page=2&jxrecoid=1#a", f"{CANONICAL}?page=2"),
        (f"{CANONICAL}?page=1", CANONICAL),
        (f"{CANONICAL}?page=all#page2", f"{CANONICAL}?page=all"),
        (f"{CANONICAL}?lain=1", CANONICAL),
        (
            "https://indeks.kompas.com/?site=bola&date=2021-04-14&page=2#x",
            "https://indeks.kompas.com/?site=bola&date=2021-04-14&page=2",
        ),
        ("https://edukasi.kompas.com/?source=navbar", "https://edukasi.kompas.com/"),
        ("https://www.kompas.com/tag/kota?UTM_Source=a&page=2", "https://www.kompas.com/tag/kota?page=2"),
        (
            "https://www.kompas.com/x?engine=V&google_btn=1&lgn_method=google&fbclid=a&gclid=b&jxrecoid=c",
            "https://www.kompas.com/x",
        ),
        ("https://contoh.id/a?id=1&utm_medium=b#c", "https://contoh.id/a?id=1"),
    ],
)
def test_cleaning_keeps_only_what_matters(url: str, cleaned: str) -> None:
    assert clean_url(url) == cleaned


@pytest.mark.parametrize(
    ("url", "reason"),
    [
        ("ftp://www.kompas.com/a", "scheme"),
        ("file:///etc/hostname", "scheme"),
        ("javascript:void(0)", "scheme"),
        ("/global", "scheme"),
        ("https:///global", "malformed"),
        ("https://[::1/", "malformed"),
        ("https://www.kompas.com:99999/", "malformed"),
        ("https://www.kompas.com/a b", "malformed"),
        ("https://www.kompas.com/\\evil.org", "malformed"),
        ("https://www.kompas.com/\r\nHost: evil.org", "malformed"),
        ("https://kompas.com@evil.org/", "userinfo"),
        ("https://a:b@www.kompas.com/", "userinfo"),
        ("http://127.0.0.1/", "private_address"),
        ("http://169.254.169.254/latest", "private_address"),
        ("http://[::1]/", "private_address"),
        ("http://localhost:8080/", "private_address"),
        ("http://basisdata.internal/", "private_address"),
        ("http://2130706433/", "private_address"),
        ("https://8.8.8.8/", "offsite"),
        ("https://www.kompas.id/a", "offsite"),
        ("https://fake-kompas.com/", "offsite"),
        ("https://www.kompas.com:8443/", "port"),
        ("http://www.kompas.com:443/", "port"),
        ("https://apis.kompas.com/api/comment/list", "disallowed_host"),
        ("https://search.kompas.com/search?q=a", "disallowed_host"),
        ("https://www.kompas.com/search/?q=a", "disallowed_path"),
        ("https://www.kompas.com/%73earch/?q=a", "disallowed_path"),
        ("https://bola.kompas.com//komentar/2021/04/14/20593808/a", "disallowed_path"),
        ("https://www.kompas.com/tren/copy/2021/04/14/205938065/a", "disallowed_path"),
        (f"{CANONICAL}?jxrecoid=1", "disallowed_query"),
        (f"{CANONICAL}?page=2&utm_source=x", "disallowed_query"),
    ],
)
def test_an_address_that_may_not_be_requested_has_a_reason(url: str, reason: str) -> None:
    assert refusal(url) == reason


@pytest.mark.parametrize(
    "url",
    [
        CANONICAL,
        f"{CANONICAL}?page=2",
        "https://indeks.kompas.com/?site=all&date=2021-04-14&page=2",
        "https://www.kompas.com/robots.txt",
        "https://www.kompas.com/sitemap.xml",
        "http://bola.kompas.com:80/",
        "https://www.kompas.com/tren/read/2021/04/14/205938065/search",
    ],
)
def test_an_address_that_may_be_requested_has_no_refusal(url: str) -> None:
    assert refusal(url) is None


@pytest.mark.parametrize(("part", "url"), [(1, CANONICAL), (2, f"{CANONICAL}?page=2"), (None, f"{CANONICAL}?page=all")])
def test_the_address_of_a_part_reads_back_as_that_part(part: int | None, url: str) -> None:
    assert part_url(f"{CANONICAL}?page=7#x", part) == url
    address = parse_article_address(url)
    assert address is not None
    assert address.part == part


@given(st.sampled_from(["all", "global", "ikn"]), st.dates(date(2008, 1, 1)), st.integers(1, 999_999))
def test_an_index_address_reads_back_as_what_was_asked_for(site: str, day: date, page: int) -> None:
    assert index_request(index_url(site, day, page)) == (site, day, page)


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        ("https://indeks.kompas.com/news/2017-09-17/3", ("news", date(2017, 9, 17), 3)),
        ("http://indeks.kompas.com/news/2017-09-17", ("news", date(2017, 9, 17), 1)),
        ("https://indeks.kompas.com?site=tren&date=2021-04-14", ("tren", date(2021, 4, 14), 1)),
        ("https://indeks.kompas.com/?date=2021-04-14&page=2", ("all", date(2021, 4, 14), 2)),
    ],
)
def test_every_form_of_an_index_address_is_read(url: str, expected: tuple[str, date, int]) -> None:
    assert index_request(url) == expected


@pytest.mark.parametrize(
    "url",
    [
        "https://indeks.kompas.com/?site=tren&page=2",
        "https://indeks.kompas.com/?site=tren&date=2021-02-30",
        "https://indeks.kompas.com/?site=tren&date=20210414",
        "https://indeks.kompas.com/?site=tren&date=2021-04-14&page=0",
        "https://indeks.kompas.com/?site=tren&date=2021-04-14&page=dua",
        "https://indeks.kompas.com/news/2017-13-17/3",
        "https://indeks.kompas.com/headline",
        "https://www.kompas.com/?site=tren&date=2021-04-14",
    ],
)
def test_an_address_that_asks_for_no_index_day_is_none(url: str) -> None:
    assert index_request(url) is None


@pytest.mark.parametrize("section", sorted(SECTIONS))
def test_every_front_may_be_requested(section: str) -> None:
    assert refusal(front_url(section)) is None


def test_an_advertorial_front_is_on_its_own_host() -> None:
    assert front_url("kilasdaerah") == "https://kilasdaerah.kompas.com/"


def _index(pages_dir: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in (pages_dir / "index.jsonl").read_text("utf-8").splitlines()]


@pytest.mark.pages
def test_every_real_article_address_tells_key_section_and_minute(pages_dir: Path) -> None:
    """But for updated pages, whose `published` is the update: there the id is the earlier of the two."""
    read = 0
    for row in _index(pages_dir):
        if not row["kind"].startswith("article") or row["complete"] != "complete":
            continue
        address = parse_article_address(row["url"])
        assert address is not None, row["url"]
        year, month, day, site_id = re.split(r".*?/(\d{4})/(\d\d)/(\d\d)/(\d+)", row["url"])[1:5]
        assert address.article_id == f"{year}{month}{day}-{site_id}"
        assert is_known_section(address.section)
        assert codes_agree(address.section, address.section_code)
        assert address.published_at is not None
        minute = (address.published_at + timedelta(hours=7)).strftime("%Y-%m-%d %H:%M")
        assert minute == row["published"][:16] or minute < row["published"][:10]
        read += 1
    assert read > 100


@pytest.mark.pages
def test_every_link_of_the_real_pages_is_answered_and_every_article_link_may_be_requested(pages_dir: Path) -> None:
    links: set[str] = set()
    for page in pages_dir.glob("*.html.gz"):
        links.update(
            re.findall(
                r"""href\s*=\s*["']([^"']+)["']""", gzip.decompress(page.read_bytes()).decode("utf-8", "replace")
            )
        )
    articles = 0
    for link in links:
        address = parse_article_address(link)
        cleaned = clean_url(link)
        reason = refusal(cleaned)
        if address is not None:
            articles += 1
            assert reason is None, link
            assert codes_agree(address.section, address.section_code), link
            assert address.is_known_section, link
            assert parse_article_address(address.url) == parse_article_address(part_url(link, 1)), link
    assert articles > 1000
