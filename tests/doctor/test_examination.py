"""The doctor, against faults that were planted one at a time into settings, machine, archive and site."""

from __future__ import annotations

import json
import shutil
import time
from collections.abc import Callable, Iterator, Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from scrapy.settings import Settings

from kompas_crawler import settings as project
from kompas_crawler.archive import Archive, RunRecord
from kompas_crawler.doctor.archive import of_lock
from kompas_crawler.doctor.examination import Examination, examine
from kompas_crawler.doctor.findings import Level
from kompas_crawler.doctor.surroundings import of_clock, of_cron, of_versions
from kompas_crawler.replica import Replica, running
from kompas_crawler.standing.status import Holder
from tests.archive.made import VERSION, article, one_commit, seen

LIVE = {"KOMPAS_CONTACT": "mailto:crawl@universitas.ac.id", "KOMPAS_PERMISSION": "letter 12/KCM"}
pytestmark = pytest.mark.xdist_group("doctor")

ENVIRONMENT = {"HOME": "/", "PATH": "/usr/bin:/bin"}
NOW = datetime(2027, 1, 1, tzinfo=UTC)


@pytest.fixture
def archive(tmp_path: Path) -> Archive:
    """A sound archive of the live site."""
    return one_commit(tmp_path / "output")


def look(
    archive: Archive | str,
    *,
    environment: Mapping[str, str] = ENVIRONMENT,
    is_offline: bool = True,
    free: float = 0,
    **given: object,
) -> Examination:
    settings = Settings()
    settings.setmodule(project, priority="project")
    location = archive if isinstance(archive, str) else archive.location
    settings.setdict({"KOMPAS_OUTPUT": location, "KOMPAS_REPLICA": None, **LIVE, **given}, priority="cmdline")
    return examine(settings, environment, is_offline=is_offline, least_free_bytes=free)


def said(found: Examination, level: Level = Level.FAULT) -> dict[str, str]:
    return {one.check: f"{one.message} → {one.remedy}" for one in found.findings if one.level is level}


def test_a_sound_archive_with_contact_and_permission_has_no_faults(archive: Archive) -> None:
    assert said(look(archive)) == {}


def test_a_folder_that_is_not_there_yet_is_no_fault(tmp_path: Path) -> None:
    assert said(look(str(tmp_path / "not" / "yet"))) == {}
    assert not (tmp_path / "not").exists()


@pytest.mark.parametrize(
    ("given", "check", "word"),
    [
        ({"KOMPAS_CONTACT": None}, "permission", "KOMPAS_CONTACT"),
        ({"KOMPAS_PERMISSION": " "}, "permission", "about-us#meet"),
        ({"KOMPAS_CONTACT": "a person"}, "permission", "no way to reach you"),
        ({"KOMPAS_REPLICA": "ftp://x"}, "permission", "give http://HOST:PORT"),
        ({"KOMPAS_COMIT_SECONDS": "60"}, "settings", "write KOMPAS_COMMIT_SECONDS"),
        ({"KOMPASS_OUTPUT": "x"}, "settings", "write KOMPAS_OUTPUT"),
        ({"KOMPAS_BLOCK_LIMIT": "three"}, "settings", "KOMPAS_BLOCK_LIMIT='three' is no number"),
        ({"KOMPAS_COMMIT_SECONDS": "-1"}, "settings", "no number from 0 up"),
        ({"DOWNLOAD_DELAY": "fast"}, "settings", "DOWNLOAD_DELAY"),
        ({"KOMPAS_QUIET_HOURS": "6pm-10pm"}, "settings", "KOMPAS_QUIET_HOURS=18:00-22:00"),
        ({"KOMPAS_REVISIT_HOURS": "24,2"}, "settings", "rising hours"),
        ({"KOMPAS_CLOCK": "2021-04-20T12:00"}, "settings", "for a replica"),
        ({"ROBOTSTXT_OBEY": "0"}, "settings", "would not be obeyed"),
        ({"KOMPAS_OUTPUT": ""}, "archive", "KOMPAS_OUTPUT is empty"),
        ({"KOMPAS_OUTPUT": "/proc/kompas"}, "writing", "nothing can be written"),
        ({"KOMPAS_OUTPUT": "gopher://x/y"}, "archive", "is not an address"),
    ],
)
def test_a_setting_that_stops_a_crawl_is_found(
    archive: Archive, given: dict[str, object], check: str, word: str
) -> None:
    assert word in said(look(archive, **given)).get(check, "")


@pytest.mark.parametrize(
    ("environment", "level", "word"),
    [
        ({"KOMPAS_REQUEST_BUDGET": "50"}, Level.FAULT, "give it as -s KOMPAS_REQUEST_BUDGET=50"),
        ({"KOMPAS_OUTPTU": "x"}, Level.FAULT, "write KOMPAS_OUTPUT"),
        ({"KOMPAS_COLOUR": "red"}, Level.WARNING, "nothing reads it"),
    ],
)
def test_a_variable_that_nothing_reads_is_found(
    archive: Archive, environment: dict[str, str], level: Level, word: str
) -> None:
    assert word in said(look(archive, environment=ENVIRONMENT | environment), level)["settings"]


def test_a_contact_at_an_address_of_examples_is_a_warning(archive: Archive) -> None:
    found = look(archive, KOMPAS_CONTACT="mailto:you@university.example")
    assert "nobody could be reached" in said(found, Level.WARNING)["permission"]


def test_a_file_where_the_archive_should_be_is_found(tmp_path: Path) -> None:
    (tmp_path / "output").write_text("x")
    assert "is no folder" in said(look(str(tmp_path / "output")))["writing"]


def test_a_full_disk_is_found(archive: Archive) -> None:
    assert "free some space" in said(look(archive, free=1e18))["disk"]


def test_the_probe_of_the_right_to_write_leaves_nothing_behind(archive: Archive) -> None:
    before = sorted(Path(archive.location).rglob("*"))
    look(archive)
    assert sorted(path for path in Path(archive.location).rglob("*") if "sqlite-" not in path.name) == [
        path for path in before if "sqlite-" not in path.name
    ]


def test_articles_of_a_replica_and_of_the_site_are_not_mixed(archive: Archive) -> None:
    now = datetime.now(UTC)
    record = {"run_id": "r1", "started_at": now, "finished_at": now, "software_version": VERSION}
    arguments = {"kompas_replica": "http://127.0.0.1:1"}
    archive.write_run(RunRecord(**record, arguments=arguments, exit_code=0, finish_reason="finished"))
    assert "holds articles of a replica" in said(look(archive))["archive"]


def test_a_held_lock_is_named(archive: Archive) -> None:
    with archive.lock("r7"):
        found = look(archive, is_offline=False)
    assert "r7" in said(found, Level.WARNING)["lock"]
    assert "has the site to itself" in said(found, Level.FINE)["robots"]


def test_a_lock_whose_process_was_killed_is_found(archive: Archive) -> None:
    path = Path(archive.location) / "archive.lock"
    with archive.lock("r7"):
        owner = json.loads(path.read_bytes())
    path.write_text(json.dumps(owner | {"pid": 2**22 - 7}))
    assert "scrapy commit" in said(look(archive), Level.WARNING)["lock"]


def test_a_run_that_hangs_is_found() -> None:
    heard = "2026-12-31T20:00:00+00:00"
    holder = Holder(run_id="r7", pid=7, host="here", since=heard, heartbeat=heard, is_dead=False)
    (finding,) = of_lock(holder, NOW)
    assert (finding.level, "last heard of 4 hours ago" in finding.message) == (Level.FAULT, True)


def test_an_index_of_an_earlier_state_is_found(archive: Archive) -> None:
    old = archive.index_path.read_bytes()
    with archive.stage("r2", software_version=VERSION) as staging:
        staging.observe(seen(article(2)))
    for number in range(2):  # the one before the last commit may be that of one which died at its very end
        with archive.stage(f"r{3 + number}", software_version=VERSION) as staging:
            staging.observe(seen(article(3 + number)))
        archive.commit()
    archive.close()
    archive.index_path.write_bytes(old)
    assert "rebuild-index" in said(look(archive), Level.WARNING)["index"]


def test_an_index_that_lacks_articles_is_found(archive: Archive) -> None:
    (path,) = Path(archive.location).rglob("articles.parquet")
    other = path.parent.parent / "month=05"
    other.mkdir()
    shutil.copy(path, other)
    assert "it knows 1 articles, the files hold 2" in said(look(archive))["index"]


def test_an_index_that_is_no_database_is_found(archive: Archive) -> None:
    archive.index_path.write_bytes(b"not a database" * 500)
    assert "rebuild-index" in said(look(archive))["index"]


def test_what_a_killed_run_left_behind_is_found(archive: Archive) -> None:
    with archive.stage("r2", software_version=VERSION) as staging:
        staging.observe(seen(article(2)))
    assert "staging/r2" in said(look(archive), Level.WARNING)["leftovers"]


def test_a_package_below_its_lower_bound_is_found(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = tmp_path / "w3lib-1.0.dist-info"
    folder.mkdir()
    (folder / "METADATA").write_text("Metadata-Version: 2.1\nName: w3lib\nVersion: 1.0\n")
    monkeypatch.syspath_prepend(str(tmp_path))
    faults = [one for one in of_versions() if one.level is Level.FAULT]
    assert [one.message for one in faults] == ["w3lib 1.0 is not >=2.5"]


@pytest.mark.parametrize(
    ("now", "last_run_at", "word"),
    [
        (datetime(2009, 1, 1, tzinfo=UTC), None, "before this software"),
        (NOW, NOW + timedelta(days=1), "before the last run"),
    ],
)
def test_a_clock_that_was_set_back_is_found(now: datetime, last_run_at: datetime | None, word: str) -> None:
    findings = of_clock(now, last_run_at=last_run_at, site_at=None)
    assert [word in one.message for one in findings if one.level is Level.FAULT] == [True]


def test_a_clock_that_differs_from_the_sites_is_found() -> None:
    (finding,) = of_clock(NOW, last_run_at=None, site_at=NOW - timedelta(minutes=9))
    assert (finding.level, finding.message) == (Level.WARNING, "0:09:00 ahead of the site's clock")


@pytest.mark.parametrize("zone", ["America/New_York", "Asia/Jayapura", "UTC"])
def test_the_zone_of_the_machine_makes_no_difference(
    archive: Archive, zone: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TZ", zone)
    time.tzset()
    try:
        found = look(archive)
    finally:
        monkeypatch.undo()
        time.tzset()
    assert "clock" in said(found, Level.FINE)
    assert "clock" not in said(found) | said(found, Level.WARNING)


@pytest.mark.parametrize(("missing", "word"), [("HOME", "HOME is not set"), ("PATH", "PATH is not set")])
def test_what_cron_lacks_is_found(missing: str, word: str) -> None:
    environment = {name: value for name, value in ENVIRONMENT.items() if name != missing}
    assert [word in one.message for one in of_cron(environment, "output") if one.level is Level.WARNING] == [True]


def test_a_job_for_cron_names_the_folder_of_a_relative_archive() -> None:
    (finding,) = of_cron(ENVIRONMENT, "output")
    assert f"cd {Path.cwd()} && " in finding.message.replace("$HOME", str(Path.home()))


def test_a_browser_that_is_not_there_is_a_warning(archive: Archive) -> None:
    found = look(archive, KOMPAS_BROWSER="/no/such/browser")
    assert "/no/such/browser" in said(found, Level.WARNING)["browser"]


@pytest.fixture(scope="module")
def replica() -> Iterator[Replica]:
    with running("--seed", "7", "--today", "2021-04-20T23:59", "--articles-per-day", "5") as server:
        yield server


@pytest.fixture
def ask(replica: Replica, tmp_path: Path) -> Iterator[Callable[..., Examination]]:
    given = {"KOMPAS_REPLICA": replica.url, "KOMPAS_PERMISSION": None}
    yield lambda **more: look(str(tmp_path / "output"), is_offline=False, **given | more)
    replica.calm()


def test_it_is_asked_once_and_by_name(ask: Callable[..., Examination], replica: Replica) -> None:
    before = len(replica.log())
    found = ask()
    (request,) = replica.log(before)
    assert said(found) == {}
    assert (request["host"], request["path"]) == ("www.kompas.com", "/robots.txt")
    assert request["user_agent"].startswith("kompas-crawler/")


def test_offline_it_is_not_asked(replica: Replica, tmp_path: Path) -> None:
    before = len(replica.log())
    look(str(tmp_path), KOMPAS_REPLICA=replica.url)
    assert replica.log(before) == []


def test_without_permission_the_live_site_is_not_asked(tmp_path: Path) -> None:
    found = look(str(tmp_path), is_offline=False, KOMPAS_PERMISSION=None)
    assert "not asked for" in said(found, Level.FINE)["robots"]


@pytest.mark.parametrize("status", [429, 503])
def test_a_robots_txt_that_is_not_answered_is_found(
    ask: Callable[..., Examination], replica: Replica, status: int
) -> None:
    replica.trouble(status={"code": status, "match": "robots"})
    assert f"answered {status}" in said(ask())["robots"]


def test_a_replica_that_does_not_run_is_found(ask: Callable[..., Examination]) -> None:
    assert "cannot be read" in said(ask(KOMPAS_REPLICA="http://127.0.0.1:9"))["robots"]


@pytest.mark.parametrize(
    ("form", "word"), [("reservation", "no permission is recorded"), ("disallow", "it forbids articles")]
)
def test_a_robots_txt_that_keeps_the_crawl_out_is_found(
    ask: Callable[..., Examination], replica: Replica, form: str, word: str
) -> None:
    replica.trouble(robots={"form": form})
    assert word in said(ask())["robots"]


def test_a_reservation_with_a_recorded_permission_is_fine(ask: Callable[..., Examination], replica: Replica) -> None:
    replica.trouble(robots={"form": "reservation"})
    assert "a permission is recorded" in said(ask(KOMPAS_PERMISSION="letter"), Level.FINE)["robots"]
