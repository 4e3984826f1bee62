"""What sitemaps said, and what looks found: kept beside each other, and judged."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest

from kompas_crawler.archive import Archive, Removal
from kompas_crawler.archive.announcements import KEPT_FOR, Announcements, Judged, Look, Told
from tests.archive.made import NOON, VERSION, article, keep, key_of, minutes, seen, visit

SITEMAP = "https://nasional.kompas.com/web/sitemap.xml"
KEY = key_of(1)


@pytest.fixture
def archive(tmp_path: Path) -> Archive:
    archive = Archive(str(tmp_path / "output"))
    keep(archive, seen(article(1)), seen(article(2)))
    staging = archive.stage("r1", software_version=VERSION)
    staging.visit(visit(1))
    staging.visit(visit(2))
    staging.close()
    archive.commit()
    return archive


@pytest.fixture
def announcements(archive: Archive) -> Announcements:
    agenda = archive.agenda()
    assert agenda is not None
    return agenda.announcements


def tell(announcements: Announcements, read: int, changed: int | None, *, is_named: bool = True) -> None:
    told = Told(minutes(read), None if changed is None else minutes(changed), is_named)
    announcements.note({KEY: (SITEMAP, told)}, [], minutes(read))


def look(announcements: Announcements, *, is_changed: bool) -> None:
    """A look at minute 10; the article had been seen at minute 0."""
    announcements.note({}, [Look(KEY, NOON, minutes(10), is_changed)], minutes(10))


def test_where_nothing_was_noted_there_is_nothing(announcements: Announcements):
    assert announcements.told(KEY) is None
    assert announcements.named(SITEMAP, NOON - timedelta(1)) == {}
    assert announcements.judged(NOON - timedelta(1)) == []


def test_the_last_word_of_a_sitemap_is_kept(announcements: Announcements):
    tell(announcements, 1, 0)
    tell(announcements, 9, 5)
    assert announcements.told(KEY) == Told(minutes(9), minutes(5))


@pytest.mark.parametrize(
    ("is_changed", "changed", "judged"),
    [
        (True, 5, Judged(is_changed=True, is_announced=True)),
        (True, -5, Judged(is_changed=True, is_announced=False)),
        (False, -5, Judged(is_changed=False, is_announced=False)),
        (False, 5, Judged(is_changed=False, is_announced=True)),
        (True, 15, None),  # of a later change
    ],
)
def test_a_look_is_judged_by_the_sitemap_that_is_read_after_it(
    announcements: Announcements, is_changed: bool, changed: int, judged: Judged | None
):
    look(announcements, is_changed=is_changed)
    assert announcements.judged(NOON) == []
    tell(announcements, 20, changed)
    assert announcements.judged(NOON) == ([] if judged is None else [judged])


def test_a_sitemap_that_was_read_before_a_look_judges_nothing(announcements: Announcements):
    tell(announcements, 9, -5)
    look(announcements, is_changed=True)
    assert announcements.judged(NOON) == []


def test_an_article_that_is_gone_was_announced_by_a_sitemap_that_names_it_no_more(announcements: Announcements):
    look(announcements, is_changed=True)
    tell(announcements, 20, None, is_named=False)
    assert announcements.judged(NOON) == [Judged(is_changed=True, is_announced=True)]


def test_a_verdict_stands_whatever_sitemaps_say_later(announcements: Announcements):
    look(announcements, is_changed=True)
    tell(announcements, 20, -5)
    tell(announcements, 30, 5)
    assert announcements.judged(NOON) == [Judged(is_changed=True, is_announced=False)]


def test_what_a_sitemap_named_is_told_as_far_back_as_asked(announcements: Announcements):
    tell(announcements, 1, 0)
    published = article(1).published_at
    assert announcements.named(SITEMAP, published - timedelta(seconds=1)) == {KEY: visit(1).url}
    assert announcements.named(SITEMAP, published) == {}
    assert announcements.named("https://bola.kompas.com/web/sitemap.xml", published - timedelta(1)) == {}


def test_what_a_sitemap_names_no_more_or_is_known_to_be_gone_is_not_told_again(
    archive: Archive, announcements: Announcements
):
    announcements.note({key_of(2): (SITEMAP, Told(minutes(1), NOON))}, [], minutes(1))
    tell(announcements, 1, None, is_named=False)
    staging = archive.stage("r2", software_version=VERSION)
    staging.removed(Removal(article_id=key_of(2), seen_at=minutes(5), status=404))
    staging.close()
    archive.commit()
    assert announcements.named(SITEMAP, NOON - timedelta(1)) == {}


def test_old_notes_are_dropped(announcements: Announcements):
    look(announcements, is_changed=True)
    tell(announcements, 20, 5)
    announcements.note({}, [], minutes(21) + KEPT_FOR)
    assert announcements.told(KEY) is None
    assert announcements.judged(NOON) == []


def test_a_rebuilt_index_begins_without_them(archive: Archive, announcements: Announcements):
    tell(announcements, 1, 0)
    archive.rebuild_index()
    agenda = archive.agenda()
    assert agenda is not None
    assert agenda.announcements.told(KEY) is None
