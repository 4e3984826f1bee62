"""Printed times and machine stamps."""

from __future__ import annotations

import gzip
import json
import re
from datetime import UTC, date, datetime, time
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kompas_crawler.site.dates import WIB, parse_machine_time, parse_printed_time, wib_day


@pytest.mark.parametrize(
    ("text", "wib"),
    [
        ("14/04/2021, 20:59 WIB", "2021-04-14T20:59:00"),
        ("Kompas.com - 14/04/2021, 20:59 WIB", "2021-04-14T20:59:00"),
        ("Kompas.com\u00a0- \n 14/04/2021,\t20:59 WIB", "2021-04-14T20:59:00"),
        ("KOMPAS.com – 14/04/2021, 20.59 WIB", "2021-04-14T20:59:00"),
        ("Kompas.com, 17 Desember 2025, 09:46 WIB", "2025-12-17T09:46:00"),
        ("Kompas.com , 17 April 2026, 10:30 WIB", "2026-04-17T10:30:00"),
        ("Rabu, 4 November 2015 | 21:04 WIB", "2015-11-04T21:04:00"),
        ("Minggu, 22 Maret 2015 | 13:37 WIB", "2015-03-22T13:37:00"),
        ("Jum'at, 2 Agt 2019 | 07:05 WIB", "2019-08-02T07:05:00"),
        ("Senin, 5 Juli 2021 pukul 10.00.05 WIB", "2021-07-05T10:00:05"),
        ("20:59 WIB, 14 April 2021", "2021-04-14T20:59:00"),
        ("November 1, 2020, 08.42 PM", "2020-11-01T20:42:00"),
        ("November 1, 2020, 03.01 AM", "2020-11-01T03:01:00"),
        ("May 1st, 2021, 12:05 AM", "2021-05-01T00:05:00"),
        ("May 1, 2021, 12:05 p.m.", "2021-05-01T12:05:00"),
        ("14/04/2021, 20:59", "2021-04-14T20:59:00"),
        ("14/04/2021, 20:59 Oleh Budi", "2021-04-14T20:59:00"),
        ("05/06/2023, 00:00 WIB", "2023-06-05T00:00:00"),
        ("14/04/2021, 22:59 WITA", "2021-04-14T21:59:00"),
        ("14/04/2021, 01:30 WIT", "2021-04-13T23:30:00"),
        ("14/04/2021, 13:59 UTC", "2021-04-14T20:59:00"),
        ("14/04/2021, 20:59 GMT+7", "2021-04-14T20:59:00"),
        ("2020-10-16 15:28:10", "2020-10-16T15:28:10"),
        ("2021 April 14 20:59 WIB", "2021-04-14T20:59:00"),
        ("2021 April 14 20:59 WIT", "2021-04-14T18:59:00"),
    ],
)
def test_a_printed_time_is_an_instant_and_its_wib_day(text: str, wib: str) -> None:
    printed = parse_printed_time(text)
    assert printed is not None
    assert printed.at == datetime.fromisoformat(wib).replace(tzinfo=WIB)
    assert printed.at.tzinfo is UTC
    assert printed.on == date.fromisoformat(wib[:10])
    assert printed.has_time


@pytest.mark.parametrize(
    ("text", "on"),
    [
        ("26/12/2024", date(2024, 12, 26)),
        ("5/6/2024", date(2024, 6, 5)),
        ("Selasa, 23 Februari 2016", date(2016, 2, 23)),
        ("1 Mei 2021", date(2021, 5, 1)),
        ("2021-05-01", date(2021, 5, 1)),
        ("2021 Mei 1", date(2021, 5, 1)),
        ("26/12/2024 · 3 komentar", date(2024, 12, 26)),
    ],
)
def test_a_day_without_a_time_is_midnight_wib_and_says_so(text: str, on: date) -> None:
    printed = parse_printed_time(text)
    assert printed is not None
    assert (printed.on, printed.has_time) == (on, False)
    assert printed.at == datetime(on.year, on.month, on.day, tzinfo=WIB)


@pytest.mark.parametrize(
    ("number", "names"),
    [
        (1, "Januari Jan January"),
        (2, "Februari Feb Pebruari February"),
        (3, "Maret Mar March"),
        (4, "April Apr"),
        (5, "Mei May"),
        (6, "Juni Jun June"),
        (7, "Juli Jul July"),
        (8, "Agustus Agu Agt Ags August Aug"),
        (9, "September Sep Sept"),
        (10, "Oktober Okt October Oct"),
        (11, "November Nov Nopember"),
        (12, "Desember Des December Dec"),
    ],
)
def test_every_name_of_a_month_is_read(number: int, names: str) -> None:
    for name in names.split():
        for form in (f"2 {name} 2021", f"2 {name.upper()}. 2021", f"{name} 2, 2021"):
            printed = parse_printed_time(form)
            assert printed is not None, form
            assert printed.on == date(2021, number, 2), form


@pytest.mark.parametrize(
    "text",
    [
        "Kompas.com - Diperbarui 10/09/2022, 14:13 WIB",
        "Kompas.com, Diperbarui 10/09/2022, 14:13 WIB",
        "Diperbarui: Sabtu, 10 September 2022 | 14:13 WIB",
        "Terakhir diperbarui 10 September 2022 14.13",
        "Updated September 10, 2022, 02.13 PM",
    ],
)
def test_an_update_is_told_from_a_publication(text: str) -> None:
    printed = parse_printed_time(text)
    assert printed is not None
    assert printed.is_update
    assert printed.at == datetime(2022, 9, 10, 7, 13, tzinfo=UTC)


def test_a_publication_that_is_followed_by_an_update_is_the_publication() -> None:
    printed = parse_printed_time("Tayang 14/04/2021, 20:59 WIB Diperbarui 15/04/2021, 10:00 WIB")
    assert printed is not None
    assert (printed.on, printed.is_update) == (date(2021, 4, 14), False)


def test_the_text_is_kept_as_printed_with_folded_white_space() -> None:
    printed = parse_printed_time("  Kompas.com\n -\u00a014/04/2021,  20:59 WIB ")
    assert printed is not None
    assert printed.text == "Kompas.com - 14/04/2021, 20:59 WIB"


@pytest.mark.parametrize(
    "text",
    [
        "",
        "Kompas.com",
        "3 jam lalu",
        "3 jam yang lalu",
        "kemarin",
        "Mei",
        "April 2021",
        "14 April",
        "14/04",
        "14/04/21",
        "31/02/2021",
        "04/14/2021",
        "31 Februari 2021",
        "February 31, 2021",
        "0 April 2021",
        "14/04/2021, 25:00 WIB",
        "14/04/2021, 20:61 WIB",
        "14/04/2021, 20:5 WIB",
        "14/04/2021, 20:59 PM",
        "14/04/2021, 20:59 EST",
        "2021-02-30 10:00:00",
        "14/04/20211",
        "114/04/2021",
        "\u0661\u0664/04/2021",
    ],
)
def test_what_is_relative_impossible_or_partial_is_none(text: str) -> None:
    assert parse_printed_time(text) is None


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("2026-10-01T15:49:59+00:00", datetime(2026, 10, 1, 15, 49, 59, tzinfo=UTC)),
        ("2026-10-01T15:49:59Z", datetime(2026, 10, 1, 15, 49, 59, tzinfo=UTC)),
        ("2026-06-01T18:06:00+07:00", datetime(2026, 6, 1, 11, 6, tzinfo=UTC)),
        ("2026-06-01T18:06:00+0700", datetime(2026, 6, 1, 11, 6, tzinfo=UTC)),
        ("2026-06-01 18:06:00 +0700", datetime(2026, 6, 1, 11, 6, tzinfo=UTC)),
        ("2026-06-01T18:06+07:00", datetime(2026, 6, 1, 11, 6, tzinfo=UTC)),
        ("2026-06-01T18:06:00.000Z", datetime(2026, 6, 1, 18, 6, tzinfo=UTC)),
        (" 2020-10-16 15:28:10 ", datetime(2020, 10, 16, 8, 28, 10, tzinfo=UTC)),
        ("2020-10-16T00:30:00", datetime(2020, 10, 15, 17, 30, tzinfo=UTC)),
    ],
)
def test_a_machine_stamp_is_read_with_its_offset_and_wib_without_one(text: str, expected: datetime) -> None:
    assert parse_machine_time(text) == expected


@pytest.mark.parametrize(
    "text",
    [
        "",
        "2020-10-16",
        "2020-02-30T10:00:00Z",
        "2020-10-16T25:00:00",
        "0000-00-00 00:00:00",
        "16/10/2020 10:00",
        "1602837690",
    ],
)
def test_what_is_no_machine_stamp_is_none(text: str) -> None:
    assert parse_machine_time(text) is None


def test_the_day_of_an_instant_is_the_wib_day() -> None:
    assert wib_day(datetime(2021, 4, 13, 16, 59, tzinfo=UTC)) == date(2021, 4, 13)
    assert wib_day(datetime(2021, 4, 13, 17, 0, tzinfo=UTC)) == date(2021, 4, 14)


@given(
    st.text()
    | st.from_regex(r"(Kompas\.com )?[0-9]{1,2}[ /.-](Mei|[0-9]{2})[ /.-][0-9]{4},? [0-9:. ]{0,8}(WIB|PM|GMT)?")
)
def test_no_text_makes_a_date_function_raise(text: str) -> None:
    parse_machine_time(text)
    printed = parse_printed_time(text)
    assert printed is None or printed.on == wib_day(printed.at)


@given(st.dates(date(1995, 1, 1), date(2099, 12, 31)), st.times())
def test_day_and_month_are_never_swapped(day: date, clock: time) -> None:
    at = datetime.combine(day, clock, tzinfo=WIB)
    printed = parse_printed_time(at.strftime("Kompas.com - %d/%m/%Y, %H:%M WIB"))
    assert printed is not None
    assert printed.at == at.replace(second=0, microsecond=0)


@pytest.mark.pages
def test_the_printed_time_of_every_real_article_is_the_minute_the_index_names(pages_dir: Path) -> None:
    read = 0
    for line in (pages_dir / "index.jsonl").read_text("utf-8").splitlines():
        row = json.loads(line)
        html = gzip.decompress((pages_dir / row["file"]).read_bytes()).decode("utf-8", "replace")
        block = re.search(r'<div class="read__time">(.*?)</div>', html, re.DOTALL)
        if row["kind"] != "article" or row["complete"] != "complete" or block is None:
            continue
        printed = parse_printed_time(re.sub(r"<[^>]+>", "", block[1]))
        assert printed is not None, row["file"]
        assert printed.has_time
        assert printed.at.astimezone(WIB).strftime("%Y-%m-%d %H:%M") == row["published"][:16], row["file"]
        assert printed.is_update == ("Diperbarui" in block[1])
        read += 1
    assert read > 100


@pytest.mark.pages
def test_every_date_of_the_real_lists_is_read(pages_dir: Path) -> None:
    read = 0
    for page in pages_dir.glob("*.html.gz"):
        html = gzip.decompress(page.read_bytes()).decode("utf-8", "replace")
        for text in re.findall(
            r'class="(?:article__date|headline__big__date|grey small)">\s*([^<]*[0-9]{4}[^<]*)<', html
        ):
            printed = parse_printed_time(text)
            assert printed is not None, text
            assert printed.has_time == (":" in text), text
            read += 1
    assert read > 1000
