"""Ordinary runs raise no alarm, and each change of the layout is noticed in the very run: by pages, without a crawl."""

from __future__ import annotations

import gzip
import json
import random
from datetime import date, timedelta
from pathlib import Path

import pytest

from kompas_crawler.quality import Baseline, baseline_of
from kompas_crawler.replica.layoutchange import FORMS, changed
from kompas_crawler.site import parse_article
from tests.quality.ordinary import Batch, Row, Site, at, row_of

pytestmark = pytest.mark.xdist_group("ordinary")

BEGIN = date(2021, 4, 1)
HOURS = (7, 10, 12, 14, 17, 24)
"""Ends of six runs a day, of 5 to 60 articles each."""
DAYS_BEFORE = 4


@pytest.fixture(scope="module")
def site() -> Site:
    return Site(seed=7, layouts="e1", articles_per_day=160)


@pytest.fixture(scope="module")
def usual(site: Site) -> Baseline:
    """What an archive of some days would call usual."""
    return baseline_of(site.batch(at(BEGIN, 0), at(BEGIN + timedelta(days=DAYS_BEFORE), 0)).rows)


@pytest.fixture(scope="module")
def runs(site: Site) -> list[Batch]:
    """Thirty runs, each of what came out since the last one."""
    found = []
    for number in range(30):
        day, (since, until) = number // 6, ((0, *HOURS)[number % 6], HOURS[number % 6])
        begin = BEGIN + timedelta(days=DAYS_BEFORE + day)
        found.append(site.batch(at(begin, since), at(begin, until)))
    return found


def test_the_runs_are_of_the_size_of_ordinary_ones(runs: list[Batch]) -> None:
    sizes = sorted(len(batch.rows) for batch in runs)
    assert (len(sizes), sizes[0] >= 3, sizes[-1] <= 80) == (30, True, True)


def test_thirty_ordinary_runs_raise_at_most_one_false_alarm(runs: list[Batch], usual: Baseline) -> None:
    alarms = [str(finding) for batch in runs for finding in batch.verdict(usual).findings]
    assert len(alarms) <= 1, alarms


def test_thirty_first_runs_of_new_archives_raise_at_most_one_false_alarm(runs: list[Batch]) -> None:
    alarms = [str(finding) for batch in runs for finding in batch.verdict(Baseline()).findings]
    assert len(alarms) <= 1, alarms


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize(("since", "until"), [(10, 11), (7, 14)], ids=["an hour", "half a day"])
@pytest.mark.parametrize("is_new", [False, True], ids=["archive with a past", "new archive"])
def test_a_change_of_the_layout_is_noticed_in_the_very_run(
    form: str, since: int, until: int, is_new: bool, site: Site, usual: Baseline
) -> None:
    day = BEGIN + timedelta(days=DAYS_BEFORE)
    site.troubles.change({"layout_change": {"form": form}})
    batch = site.batch(at(day, since), at(day, until))
    site.troubles.clear()
    verdict = batch.verdict(Baseline() if is_new else usual)
    assert verdict.findings
    assert {row["section"] for row in batch.rows if _is_spoilt(form, row)} <= verdict.sections


def _is_spoilt(form: str, row: Row) -> bool:
    """Whether a row is one that should not be published."""
    return {
        "renamed": "fallback_title" in row["flags"],
        "emptied": not row["body"],
        "dates": not row["published_text"] and not row["updated_text"],
        "byline": "fallback_credit" in row["flags"],
    }[form]


@pytest.fixture(scope="module")
def real_pages(pages_dir: Path) -> list[tuple[str, str]]:
    """Whole saved articles with their addresses."""
    entries = [json.loads(line) for line in (pages_dir / "index.jsonl").read_text(encoding="utf-8").splitlines()]
    whole = [entry for entry in entries if entry["kind"] == "article" and entry["complete"] == "complete"]
    return [(gzip.decompress((pages_dir / one["file"]).read_bytes()).decode(), one["url"]) for one in whole]


@pytest.mark.pages
def test_random_batches_of_real_pages_raise_no_more_alarms_than_allowed(real_pages: list[tuple[str, str]]) -> None:
    rows = [row_of(parse_article(page.encode(), url).article) for page, url in real_pages]
    chance = random.Random(5)
    batches = [Batch(chance.sample(rows, chance.choice([5, 10, 20, 40, 60])), []) for _ in range(100)]
    assert sum(bool(batch.verdict(Baseline()).findings) for batch in batches) <= 3


@pytest.mark.pages
@pytest.mark.parametrize("form", ["emptied", "dates", "byline"])
def test_a_change_of_real_pages_is_noticed(form: str, real_pages: list[tuple[str, str]]) -> None:
    pages = random.Random(5).sample(real_pages, 20)
    rows = [row_of(parse_article(changed(page, form).encode(), url).article) for page, url in pages]
    assert Batch(rows, []).verdict(Baseline()).findings
