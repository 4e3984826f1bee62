"""What a reparse brings is judged before it is published; what was withheld is published once it is read rightly."""

from __future__ import annotations

import io
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from rich.console import Console, RenderableType

from kompas_crawler import answers
from kompas_crawler.archive import Archive, Gate, Observation
from kompas_crawler.archive.quarantine import decisions
from kompas_crawler.archive.storage import read
from kompas_crawler.fleet.runners import in_this_process
from kompas_crawler.items import Flag, Outcome, PageKind, ParsedArticle, Route, Visit
from kompas_crawler.reparse.conductor import Order, Result
from kompas_crawler.reparse.conductor import Reparse as Performance
from kompas_crawler.reparse.task import Choice
from kompas_crawler.resweeps import read_resweeps
from kompas_crawler.revisits import read_revisits
from kompas_crawler.site.articles import parse_article
from kompas_crawler.standing.status import status_of
from kompas_crawler.standing.status_page import print_status
from kompas_crawler.story import read_story
from kompas_crawler.storytelling import render
from tests.archive.looks import everything
from tests.reparse.conftest import NOON, Page, write_raw


def perform(output: Path, run=in_this_process) -> Result:
    return Performance(Archive(str(output)), Order(Choice()), run, tolerance=0.01).perform()


def rows_of(output: Path) -> list[dict[str, Any]]:
    return everything(Archive(str(output)))["articles"]


def keep(output: Path, pages: list[Page]) -> Path:
    write_raw(output, "r1", [(page.url, 200, page.body) for page in pages])
    return output


def emptied(parsed: ParsedArticle) -> ParsedArticle:
    """What a parser makes of a page in whose layout it does not find the text."""
    article = replace(parsed.article, body="", word_count=0, paragraph_count=0, flags=(Flag.EMPTY_BODY,))
    return replace(parsed, article=article)


@pytest.fixture
def blind(monkeypatch: pytest.MonkeyPatch) -> pytest.MonkeyPatch:
    """A parser that finds no text, until the patch is undone."""
    monkeypatch.setattr(answers, "parse_article", lambda html, url, charset: emptied(parse_article(html, url, charset)))
    return monkeypatch


def withhold(output: Path, pages: list[Page], run_id: str = "r1", *, unparsed: int = 0) -> Archive:
    """Let the gate withhold what a crawl made of its pages with such a parser."""
    pointers = write_raw(output, run_id, [(page.url, 200, page.body) for page in pages])
    archive = Archive(str(output))
    stage_emptied(archive, pages, run_id, pointers, unparsed=unparsed)
    report = archive.commit(Gate(archive.storage))
    assert len(report.withheld) == 1
    return archive


def stage_emptied(archive: Archive, pages: list[Page], run_id: str, pointers=(), *, unparsed: int = 0) -> None:
    with archive.stage(run_id, software_version="1", started_at=NOON) as staging:
        for number, page in enumerate(pages):
            parsed, at = emptied(parse_article(page.body, page.url)), NOON + timedelta(seconds=number)
            file, offset = pointers[number] if pointers else (None, None)
            outcome = Outcome.UNPARSED if number < unparsed else Outcome.KEPT_NEW
            if outcome is Outcome.KEPT_NEW:
                staging.observe(
                    Observation(
                        article=parsed.article,
                        links=parsed.links,
                        fetched_at=at,
                        discovered_by=(Route.INDEX,),
                        raw_file=file,
                        raw_offset=offset,
                    )
                )
            staging.visit(
                Visit(
                    run_id=run_id,
                    url=parsed.article.url,
                    page_kind=PageKind.ARTICLE,
                    article_id=parsed.article.article_id,
                    outcome=outcome,
                    discovered_by=(Route.INDEX,),
                    section=parsed.article.section,
                    visited_at=at,
                )
            )


# --- Judged before it is published ------------------------------------------------------------------------------------


def test_rows_that_a_worse_parser_would_replace_stay_and_the_new_ones_are_withheld(
    tmp_path: Path, pages: list[Page], blind: pytest.MonkeyPatch
):
    output = keep(tmp_path, pages)
    with blind.context() as seeing:
        seeing.setattr(answers, "parse_article", parse_article)
        perform(output)
    before = rows_of(output)
    result = perform(output)
    (decision,) = decisions(Archive(str(output)).storage)
    assert result.record is not None
    assert result.record.exit_code == 1
    assert (decision.run_id, len(decision.withheld)) == (result.run_id, len(pages))
    assert "without a text" in " ".join(decision.findings)
    assert rows_of(output) == before


def test_what_was_withheld_of_a_reparse_can_be_released(tmp_path: Path, pages: list[Page], blind):
    output = keep(tmp_path, pages)
    with blind.context() as seeing:
        seeing.setattr(answers, "parse_article", parse_article)
        perform(output)
    run_id = perform(output).run_id
    Archive(str(output)).release(run_id)
    assert {row["body"] for row in rows_of(output)} == {""}


def test_oddities_that_the_rows_had_before_are_no_reason_to_withhold_them(tmp_path: Path, pages: list[Page], blind):
    output = keep(tmp_path, pages)
    assert perform(output).problems == ()
    blind.setattr(
        answers,
        "parse_article",
        lambda html, url, charset: replace(
            emptied(parse_article(html, url, charset)),
            article=replace(emptied(parse_article(html, url)).article, tags=("x",)),
        ),
    )
    assert perform(output).problems == ()
    assert {tuple(row["tags"]) for row in rows_of(output)} == {("x",)}


def test_a_text_that_shrinks_by_half_is_noticed(tmp_path: Path, pages: list[Page], monkeypatch: pytest.MonkeyPatch):
    output = keep(tmp_path, pages)
    perform(output)

    def halved(html: bytes, url: str, charset: str | None) -> ParsedArticle:
        parsed = parse_article(html, url, charset)
        words = parsed.article.body.split()[: parsed.article.word_count // 3]
        return replace(parsed, article=replace(parsed.article, body=" ".join(words), word_count=len(words)))

    monkeypatch.setattr(answers, "parse_article", halved)
    assert any("shorter than nearly all before" in problem for problem in perform(output).problems)


def test_rows_that_a_new_archive_lacks_are_published_without_floors(tmp_path: Path, pages: list[Page], blind):
    assert perform(keep(tmp_path, pages)).problems == ()
    assert len(rows_of(tmp_path)) == len(pages)


def test_what_others_have_staged_meanwhile_is_judged_like_theirs(tmp_path: Path, pages: list[Page]):
    output = keep(tmp_path, pages[:6])

    def run(work, units):
        stage_emptied(Archive(str(output)), pages[6:], "fleet-1")
        yield from in_this_process(work, units)

    result = perform(output, run)
    (decision,) = decisions(Archive(str(output)).storage)
    assert decision.run_id == "fleet-1"
    assert len(rows_of(output)) == 6
    assert any("fleet-1" in problem for problem in result.problems)


# --- Out of quarantine ------------------------------------------------------------------------------------------------


def test_a_mended_parser_publishes_the_pages_of_a_withheld_run_and_ends_its_quarantine(
    tmp_path: Path, pages: list[Page]
):
    archive = withhold(tmp_path, pages)
    result = perform(tmp_path)
    assert {row["article_id"]: row["body"] for row in rows_of(tmp_path)} == {
        one.article_id: one.body for one in (parse_article(page.body, page.url).article for page in pages)
    }
    assert decisions(archive.storage) == []
    assert archive.storage.files("quarantine") == []
    assert result.resolved == {"r1": len(pages)}


def test_pages_of_no_row_leave_quarantine_with_the_others(tmp_path: Path, pages: list[Page]):
    archive = withhold(tmp_path, pages, unparsed=8)
    assert any(one.unparsed for one in decisions(archive.storage))
    perform(tmp_path)
    assert decisions(archive.storage) == []
    assert len(rows_of(tmp_path)) == len(pages)


def test_a_parser_that_is_not_mended_leaves_everything_in_quarantine(tmp_path: Path, pages: list[Page], blind):
    archive = withhold(tmp_path, pages)
    before = {path: read(archive.storage, path) for path in archive.storage.files("quarantine")}
    result = perform(tmp_path)
    assert result.readings == {Outcome.EXCLUDED: len(pages)}
    assert {path: read(archive.storage, path) for path in archive.storage.files("quarantine")} == before
    assert rows_of(tmp_path) == []


def test_a_parser_that_is_mended_in_vain_gives_rows_that_are_withheld_again(
    tmp_path: Path, pages: list[Page], blind: pytest.MonkeyPatch
):
    archive = withhold(tmp_path, pages)

    def otherwise(html: bytes, url: str, charset: str | None) -> ParsedArticle:
        parsed = emptied(parse_article(html, url, charset))
        return replace(parsed, article=replace(parsed.article, tags=("baru",)))

    blind.setattr(answers, "parse_article", otherwise)
    result = perform(tmp_path)
    assert {one.run_id for one in decisions(archive.storage)} == {"r1", result.run_id}
    assert rows_of(tmp_path) == []


def test_only_the_articles_that_were_read_again_leave_quarantine(tmp_path: Path, pages: list[Page]):
    archive = withhold(tmp_path, pages)
    chosen = parse_article(pages[0].body, pages[0].url).article.section
    order = Order(Choice(sections=frozenset({chosen})))
    Performance(Archive(str(tmp_path)), order, in_this_process, tolerance=0.01).perform()
    keys = {row["article_id"] for row in rows_of(tmp_path)}
    (decision,) = decisions(archive.storage)
    assert keys
    assert keys | set(decision.withheld) == {parse_article(page.body, page.url).article.article_id for page in pages}
    assert keys.isdisjoint(decision.withheld)
    archive.release("r1")
    bodies = {row["article_id"]: row["body"] for row in rows_of(tmp_path)}
    assert len(bodies) == len(pages)
    assert all(bodies[key] for key in keys)


def told(renderable: RenderableType) -> str:
    console = Console(file=io.StringIO(), width=200)
    console.print(renderable)
    return console.file.getvalue()  # type: ignore[attr-defined, no-any-return]


def test_why_says_that_an_article_lies_in_quarantine_and_what_to_type(tmp_path: Path, pages: list[Page]):
    archive = withhold(tmp_path, pages)
    key = parse_article(pages[0].body, pages[0].url).article.article_id
    text = told(render(read_story(archive.storage, key)))
    assert "its row was withheld of run r1" in text
    assert "scrapy release r1" in text
    assert "scrapy reparse --since 2021-04-19 --until 2021-04-19" in text


def test_status_says_that_a_run_lies_in_quarantine_and_what_to_type(tmp_path: Path, pages: list[Page]):
    archive = withhold(tmp_path, pages)
    console = Console(file=io.StringIO(), width=200)
    now = NOON + timedelta(days=1)
    print_status(
        status_of(archive, now=now, revisits=read_revisits("23", 12), resweeps=read_resweeps("1", 38)), console
    )
    text = console.file.getvalue()  # type: ignore[attr-defined]
    assert f"r1: {len(pages)} articles withheld" in text
    assert "scrapy release r1" in text
