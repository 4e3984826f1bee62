"""How the story of an article is told to people. Reads nothing."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Any, Final

from rich.console import Group, RenderableType
from rich.padding import Padding
from rich.text import Text

from kompas_crawler.console import plain_table
from kompas_crawler.site.dates import WIB
from kompas_crawler.story import Change, Row, Story, Told
from kompas_crawler.worddiff import Words

_STYLES: Final = {"=": "", "-": "red strike", "+": "bold green"}
_BRACKETS: Final = {"=": "{}", "-": "[-{}-]", "+": "{{+{}+}}"}
"""Marks of a change where there is no colour, as `git diff --word-diff` sets them."""
_COLUMNS: Final = ("when (WIB)", "outcome", "reason", "status", "bytes", "s", "what", "by", "run", "exit")
_NO_RAW: Final = "none is kept"


def render(story: Story) -> RenderableType:
    """Return the story of an article that some run met, for a console."""
    parts = [_head(story), *_quarantine(story), *_found(story), *_visits(story), *_history(story), *_coverage(story)]
    return Group(*parts)


def render_unknown(story: Story) -> RenderableType:
    """Return what is known of the day of an article that no run ever met, and how to get it."""
    lines = [Text(f"{story.article_id} was met by no run: no list, link or file of addresses named it.", style="bold")]
    if story.walks:
        lines.append(Text(f"The index of {story.day} was walked:"))
        lines += [Text(f"  {_walk(walk)}") for walk in story.walks]
        listed = sum(row["listed"] for row in story.coverage)
        held = sum(row["held"] for row in story.coverage)
        lines.append(Text(f"Coverage of the day: {listed} articles listed, {held} of them held."))
    else:
        lines.append(Text(f"No run walked the index of {story.day}."))
    lines += [
        Text("To get it:"),
        Text(f"  scrapy crawl kompas -a since={story.day} -a until={story.day}    # the whole day"),
        Text("  scrapy crawl kompas -a addresses=FILE    # only the addresses in a file, one a line"),
    ]
    return Group(*lines)


def _head(story: Story) -> RenderableType:
    row = story.article
    lines = Text()
    lines.append(f"{story.article_id}  ", style="bold")
    lines.append(story.url or "")
    if row is None:
        lines.append("\nnot held", style="bold red")
        if story.missing_reason:
            lines.append(f": {story.missing_reason}")
        return lines
    lines.append(f"\n{row['title']}", style="bold")
    lines.append(f"\n{row['section']} · {row['content_type']} · published {_time(row['published_at'])}")
    lines.append(f" (from {row['published_source']})")
    if row["updated_at"]:
        lines.append(f" · updated {_time(row['updated_at'])}")
    lines.append(f"\nlayout {row['layout']}, parser version {row['parser_version']}")
    lines.append(f" · {row['word_count']} words in {row['paragraph_count']} paragraphs")
    lines.append(f" · {row['pages_fetched']} of {row['page_count']} parts" if row["page_count"] > 1 else "")
    lines.append(" · rendered by a browser" if row["rendered"] else "")
    if row["gone_at"]:
        lines.append(f"\nremoved by the site, found on {_time(row['gone_at'])}", style="bold red")
    if row["duplicate_of"]:
        lines.append(f"\nnear-duplicate of {row['duplicate_of']}", style="yellow")
    lines.append("\nflags: ")
    lines.append(", ".join(row["flags"]) or "none", style="yellow" if row["flags"] else "")
    lines.append(f"\nraw page: {_raw(row)}")
    return lines


def _quarantine(story: Story) -> Iterator[RenderableType]:
    for one in story.withheld:
        yield _title("In quarantine")
        what = "its row" if one.is_row else "its page, which fitted no layout,"
        yield Text(f"  {what} was withheld of run {one.run_id}:", style="red")
        yield from (Text(f"    {finding}") for finding in one.findings)
        yield Text(f"  look at quarantine/{one.run_id}/samples, then type")
        yield Text(f"    scrapy release {one.run_id}    # the pages are as they are: publish")
        yield Text(f"    scrapy reparse --since {story.day} --until {story.day}    # the parser was mended")


def _found(story: Story) -> Iterator[RenderableType]:
    yield _title("Found by")
    listed = sorted({visit["listed_on"] for visit in story.visits if visit["listed_on"]})
    yield Text(f"  {', '.join(story.routes) or 'nothing on record'}")
    if listed:
        yield Text(f"  listed by the index of {', '.join(map(str, listed))}")
    for link in story.linked_from:
        yield Text(f"  {link['kind']} of {link['article_id']}: {link['text']}")


def _visits(story: Story) -> Iterator[RenderableType]:
    yield _title("In every run")
    table = plain_table(*_COLUMNS, numbers=("status", "bytes", "s", "exit"))
    for visit in story.visits:
        run = story.runs.get(visit["run_id"], {})
        table.add_row(
            _time(visit["visited_at"]),
            visit["outcome"],
            *map(_cell, (visit["reason"], visit["status"], visit["size_bytes"])),
            "" if visit["seconds"] is None else f"{visit['seconds']:.2f}",
            visit["page_kind"]
            if "?" not in visit["url"]
            else f"{visit['page_kind']} ?{visit['url'].partition('?')[2]}",
            ", ".join(visit["discovered_by"]),
            visit["run_id"],
            _cell(run.get("exit_code")),
        )
    yield Padding(table, (0, 0, 0, 2))


def _what(visit: Row) -> str:
    _, mark, query = visit["url"].partition("?")
    return f"{visit['page_kind']} {mark}{query}".rstrip()


def _history(story: Story) -> Iterator[RenderableType]:
    if not story.revisions:
        return
    yield _title("Revisions")
    for told in story.revisions:
        yield Text(f"  {_revision(told)}", style="bold")
        if told.change is not None:
            yield from (Padding(line, (0, 0, 0, 4)) for line in _change(told.change))


def _revision(told: Told) -> str:
    row = told.row
    ended = f", ended by {row['change_kind']} {_time(row['replaced_at'])}" if row.get("replaced_at") else ", current"
    raw = f", raw {_raw(row)}" if row["raw_file"] else ""
    seen = f"fetched {_time(row['fetched_at'])}, last seen {_time(row['last_seen_at'])}"
    return f"{row['revision']}: {seen}{ended}; run {row['run_id']}{raw}"


def _change(change: Change) -> Iterator[RenderableType]:
    if change.title:
        yield Text("title: ").append_text(_marked(change.title))
    for paragraph in change.paragraphs:
        yield Text(f"¶ {paragraph.position}: ").append_text(_marked(paragraph.words))
    for name, (was, now) in change.columns.items():
        yield Text(f"{name}: ").append_text(_marked((("-", _shown(was)), ("+", _shown(now)))))
    if not (change.title or change.paragraphs or change.columns):
        yield Text("the page says the same", style="dim")


def _marked(words: Words) -> Text:
    line = Text()
    for number, (mark, text) in enumerate(words):
        line.append(" " if number else "")
        line.append(_BRACKETS[mark].format(text), style=_STYLES[mark])
    return line


def _coverage(story: Story) -> Iterator[RenderableType]:
    yield _title(f"Coverage of {story.day}")
    for row in story.coverage:
        state = "complete" if row["is_complete"] else "not complete"
        counts = f"{row['listed']} listed, {row['held']} held, {row['failed']} failed, {row['excluded']} excluded"
        yield Text(f"  {row['section']}: {counts}; {state}")
    if story.missing_reason:
        yield Text(f"  missing here because of: {story.missing_reason}", style="red")
    for walk in story.walks:
        yield Text(f"  {_walk(walk)}", style="dim")
    if not story.coverage and not story.walks:
        yield Text("  the index of the day was never walked")


def _walk(walk: Row) -> str:
    end = "to its end" if walk["is_finished"] else f"not to its end ({walk['reason']})"
    pages = f"{walk['pages']} pages, {walk['listed']} articles"
    return f"{_time(walk['walked_at'])} site={walk['site']}: {pages}, {end}; run {walk['run_id']}"


def _raw(row: Mapping[str, Any]) -> str:
    if row["raw_file"]:
        return f"{row['raw_file']} at byte {row['raw_offset']}"
    return "removed by retention" if "raw_pruned" in row["flags"] else _NO_RAW


def _title(text: str) -> Text:
    return Text(f"\n{text}", style="bold cyan")


def _cell(value: object) -> str:
    return "" if value is None else str(value)


def _shown(value: object) -> str:
    if isinstance(value, list):
        return ", ".join(map(str, value)) or "none"
    return "none" if value is None else _time(value) if isinstance(value, datetime) else str(value)


def _time(at: datetime) -> str:
    return f"{at.astimezone(WIB):%Y-%m-%d %H:%M:%S}"
