"""The hours in which nothing is asked for."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from kompas_crawler.errors import UsageError
from kompas_crawler.quiet_hours import parse_quiet_hours
from kompas_crawler.site.dates import WIB


@pytest.mark.parametrize("text", [None, "", "  "])
def test_nothing_given_is_no_quiet_hours(text: str | None):
    assert parse_quiet_hours(text) is None


@pytest.mark.parametrize(
    ("text", "read"),
    [
        ("18:00-22:00", "18:00-22:00 WIB"),
        (" 18:00 - 22:00 ", "18:00-22:00 WIB"),
        ("22:00-06:30", "22:00-06:30 WIB"),
        ("18:00-24:00", "18:00-00:00 WIB"),
        ("00:00-06:00", "00:00-06:00 WIB"),
        ("23:59:30-23:59:50", "23:59-23:59 WIB"),
    ],
)
def test_a_span_of_the_day_is_read(text: str, read: str):
    assert str(parse_quiet_hours(text)) == read


@pytest.mark.parametrize(
    "text",
    [
        "18-22", "18:00", "18:00-", "-22:00", "18:00–22:00", "6pm-10pm", "18:00-25:00", "18:60-19:00", "24:00-06:00",
        "1800-2200", "18:00-22:00,23:00-24:00", "18:00-22:00 WIB", "18:00-18:00", "00:00-24:00", "٠٨:٠٠-٠٩:٠٠",
    ],
)  # fmt: skip
def test_anything_else_is_refused_by_name(text: str):
    with pytest.raises(UsageError, match="KOMPAS_QUIET_HOURS"):
        parse_quiet_hours(text)


@pytest.mark.parametrize(
    ("hours", "now", "until"),
    [
        ("18:00-22:00", "2021-04-14T17:59:59", None),
        ("18:00-22:00", "2021-04-14T18:00:00", "2021-04-14T22:00"),
        ("18:00-22:00", "2021-04-14T21:59:59", "2021-04-14T22:00"),
        ("18:00-22:00", "2021-04-14T22:00:00", None),
        ("22:00-06:00", "2021-04-14T21:59:59", None),
        ("22:00-06:00", "2021-04-14T22:00:00", "2021-04-15T06:00"),
        ("22:00-06:00", "2021-04-15T00:00:00", "2021-04-15T06:00"),
        ("22:00-06:00", "2021-04-15T05:59:59", "2021-04-15T06:00"),
        ("22:00-06:00", "2021-04-15T06:00:00", None),
        ("18:00-24:00", "2021-04-30T23:59:59", "2021-05-01T00:00"),
        ("18:00-24:00", "2021-05-01T00:00:00", None),
    ],
)
def test_quiet_hours_hold_from_their_first_to_before_their_last_moment(hours: str, now: str, until: str | None):
    quiet = parse_quiet_hours(hours)
    assert quiet is not None
    expected = datetime.fromisoformat(until).replace(tzinfo=WIB) if until else None
    assert quiet.until(datetime.fromisoformat(now).replace(tzinfo=WIB)) == expected


def test_the_hours_are_those_of_jakarta_whatever_the_zone_of_the_machine():
    quiet = parse_quiet_hours("18:00-22:00")
    assert quiet is not None
    assert quiet.until(datetime(2021, 4, 14, 11, 0, tzinfo=UTC)) is not None
    assert quiet.until(datetime(2021, 4, 14, 18, 0, tzinfo=UTC)) is None
