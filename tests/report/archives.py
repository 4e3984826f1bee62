"""Small archives for the report's tests, each odd in its own way."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any

from kompas_crawler.archive import Archive
from kompas_crawler.archive.runs import RunRecord
from kompas_crawler.archive.selection import window
from kompas_crawler.archive.storage import storage_at
from kompas_crawler.items import Outcome
from kompas_crawler.report.facts import Facts, facts_of
from tests.archive.samples import article, coverage, instant, visit, write, write_months

MADE_AT = instant("2021-05-01")
MARKUP = '"><img src=x onerror=alert(1)><script>alert(2)</script>{{ 7*7 }}'
"""A headline as nobody should write one."""


def facts(root: Path, since: str | None = None, until: str | None = None) -> Facts:
    return facts_of(storage_at(str(root)), window=window(since, until), made_at=MADE_AT)


def link(source: str, target: str, kind: str = "baca_juga", **changes: Any) -> dict[str, Any]:
    """Return a row of `links` from an article of 14 April 2021 to one of the section in its address."""
    row = {
        "article_id": source,
        "published_on": date(int(source[:4]), int(source[4:6]), int(source[6:8])),
        "kind": kind,
        "position": 1,
        "text": f"Judul {target}",
        "target_url": f"https://money.kompas.com/read/{target[:4]}/{target[4:6]}/{target[6:8]}/{target[9:]}/judul",
        "target_article_id": target,
        "first_seen_at": instant("2021-04-14"),
        "last_seen_at": instant("2021-04-14"),
    }
    return row | changes


def key(day: str, number: int, code: int = 70) -> str:
    return f"{day.replace('-', '')}-{90000 + number:06}1{code}"


def missing(day: str, section: str, *articles: tuple[str, str], listed: int = 10) -> dict[str, Any]:
    """Return a row of `coverage` that lacks articles."""
    return coverage(
        day,
        section,
        listed=listed,
        held=listed - len(articles),
        failed=len(articles),
        missing=[name for name, _ in articles],
        missing_reasons=[reason for _, reason in articles],
        is_complete=False,
    )


def revision(row: dict[str, Any], number: int, title: str, kind: str, replaced_at: datetime) -> dict[str, Any]:
    return row | {"revision": number, "title": title, "change_kind": kind, "replaced_at": replaced_at}


def lively(root: Path) -> Path:
    """An archive with everything: holes, edits, links, runs, and a headline full of markup."""
    days = ["2021-04-12", "2021-04-13", "2021-04-14"]
    rows = [
        article(key(day, n), title=f"Judul ke-{n}", flags=["no_author"] if n == 1 else [])
        for day in days
        for n in range(8)
    ]
    for row in rows:
        row["last_seen_at"] = row["first_seen_at"] + timedelta(days=1)
    odd = rows[0] | {"title": MARKUP, "section": "nasional", "revision": 2}
    gone = rows[1] | {"gone_at": instant("2021-04-20")}
    write_months(root, "articles", [odd, gone, *rows[2:]])
    before = revision(odd, 1, "Harga Cabai Naik", "title", odd["published_at"] + timedelta(hours=5))
    other = revision(rows[5], 0, "Judul ke-5", "body", rows[5]["published_at"] + timedelta(days=3))
    write_months(root, "revisions", [before, other])
    targets = [rows[0]["article_id"], rows[9]["article_id"], key("2020-01-02", 5, 26)]
    links = [link(row["article_id"], target) for row in rows for target in targets[: 1 + len(row["title"]) % 3]]
    links += [link(rows[0]["article_id"], key("2019-01-01", 1), "terkini", text=MARKUP)]
    write_months(root, "links", links)
    write(
        root,
        "coverage",
        "coverage.parquet",
        [
            coverage("2021-04-12", "global", listed=8, held=8),
            coverage("2021-04-12", "nasional", listed=1, held=1),
            missing(
                "2021-04-13", "global", (key("2021-04-13", 77), "failed: status_500"), (key("2021-04-13", 78), MARKUP)
            ),
            coverage("2021-04-13", "nasional"),
            coverage("2021-04-14", "global", listed=8, held=8, is_complete=False),
            coverage("2021-04-14", "nasional"),
        ],
    )
    address = "https://www.kompas.com/global/read/2021/04/14/1/x"
    visits = [visit(f"{address}{n}", status=200, seconds=0.5) for n in range(9)]
    visits += [visit(f"{address}{n}", outcome="failed", reason="timeout") for n in range(9, 11)]
    write(root, "visits", "visits/year=2021/month=04/r1.parquet", visits)
    run(root, "r1", exit_code=1, problems=(MARKUP,))
    return root


def run(root: Path, run_id: str, *, exit_code: int | None = 0, problems: tuple[str, ...] = ()) -> None:
    started_at = instant("2021-04-15")
    Archive(str(root)).write_run(
        RunRecord(
            run_id=run_id,
            started_at=started_at,
            finished_at=None if exit_code is None else started_at + timedelta(minutes=90),
            software_version="0.1.0",
            arguments={"since": "2021-04-12", "until": "2021-04-14"},
            exit_code=exit_code,
            finish_reason=None if exit_code is None else "finished",
            requests=11,
            size_bytes=1000,
            outcomes={Outcome.KEPT_NEW: 9, Outcome.FAILED: 2},
            problems=problems,
        )
    )


def years(root: Path) -> Path:
    """Ten years of coverage of some sections, a day in fifty with a hole, and few articles."""
    first = date(2015, 1, 1)
    rows = []
    for count in range(3650):
        day = (first + timedelta(days=count)).isoformat()
        for section in ("global", "nasional", "kilasdaerah"):
            name = (key(day, 1), "failed: timeout")
            rows.append(missing(day, section, name) if count % 50 == 7 else coverage(day, section, listed=9, held=9))
    write(root, "coverage", "coverage.parquet", rows)
    write_months(root, "articles", [article(key(f"{year}-06-01", 1)) for year in range(2015, 2025)])
    return root
