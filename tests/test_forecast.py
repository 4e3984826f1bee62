"""How long a run will take: told against runs whose whole course is known."""

from __future__ import annotations

import pytest

from kompas_crawler.forecast import RATE_SECONDS, Forecast, Standing, time_left


def course(days: int, articles: int, pages: int, rate: float) -> list[Standing]:
    """Return where a run stands every five seconds: a day after the other, its list first, then its articles."""
    requests = days * (articles + pages)
    standings = []
    for tick in range(int(requests / rate / 5) + 1):
        done = min(requests, int(tick * 5 * rate))
        day, within = divmod(done, articles + pages)
        met = articles if within >= pages else within * articles // pages
        lists_done = day + (within >= pages)
        standings.append(
            Standing(
                seconds=tick * 5.0,
                pages=done,
                open=max(0, met - max(0, within - pages)),
                lists=days,
                lists_done=lists_done,
                list_pages=lists_done * pages,
                has_asked_for_all=lists_done == days,
            )
        )
    return standings


def test_nothing_is_said_before_the_first_list_is_at_its_end() -> None:
    forecast = Forecast()
    early = [forecast.seconds_left(one) for one in course(30, 900, 60, 2.0) if not one.lists_done]
    assert early
    assert set(early) == {None}


def test_once_a_list_is_at_its_end_the_estimate_is_near_the_truth() -> None:
    forecast, whole = Forecast(), 30 * 960 / 2.0
    said = [(one, forecast.seconds_left(one)) for one in course(30, 900, 60, 2.0)]
    told = [(one, seconds) for one, seconds in said if seconds is not None]
    assert len(told) > 0.9 * len(said)
    assert all(abs(one.seconds + seconds - whole) < 0.02 * whole for one, seconds in told)


def test_a_run_that_has_asked_for_everything_takes_as_long_as_what_is_open() -> None:
    forecast = Forecast()
    forecast.seconds_left(Standing(seconds=0, pages=0, open=0, lists=None))
    now = Standing(seconds=20, pages=40, open=30, lists=None, has_asked_for_all=True)
    assert forecast.seconds_left(now) == 15


def test_a_run_that_keeps_current_cannot_tell_before_it_has_asked_for_everything() -> None:
    forecast = Forecast()
    forecast.seconds_left(Standing(seconds=0, pages=0, open=0, lists=None))
    assert forecast.seconds_left(Standing(seconds=60, pages=90, open=30, lists=None)) is None


def test_nothing_is_said_while_nothing_comes() -> None:
    forecast = Forecast()
    for seconds in (0, 30, 31 + RATE_SECONDS, 60 + RATE_SECONDS):
        said = forecast.seconds_left(Standing(seconds=seconds, pages=90, open=30, lists=None, has_asked_for_all=True))
    assert said is None


@pytest.mark.parametrize(
    ("bound", "requests"), [({}, 930.0), ({"articles_left": 100}, 190.0), ({"requests_left": 50}, 50.0)]
)
def test_a_bound_on_articles_or_requests_bounds_the_time(bound: dict[str, int], requests: float) -> None:
    forecast = Forecast()
    forecast.seconds_left(Standing(seconds=0, pages=0, open=0, lists=10))
    now = Standing(seconds=20, pages=20, open=75, lists=10, lists_done=1, list_pages=10, **bound)
    assert forecast.seconds_left(now) == pytest.approx(requests)


def test_people_are_told_no_more_than_can_be_known() -> None:
    assert [time_left(seconds) for seconds in (None, 59, 61, 7_300)] == [
        "time left unknown",
        "under a minute left",
        "about 1 min left",
        "about 2.0 h left",
    ]
