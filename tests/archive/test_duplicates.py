"""Which articles are marked as copies, and that neither the order of arrival nor the batch decides it."""

from __future__ import annotations

import random
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kompas_crawler.archive.duplicates import (
    MIN_WORDS,
    NearDuplicates,
    Text,
    estimated_similarity,
    shingles,
    sign,
    words_of,
)

START = datetime(2021, 4, 1, tzinfo=UTC)
VOCABULARY = [f"kata{number}" for number in range(5_000)]


def prose(seed: int, words: int = 300) -> list[str]:
    return random.Random(seed).choices(VOCABULARY, k=words)


def edited(words: list[str], edits: int, seed: int = 0) -> list[str]:
    """Return `words` with `edits` single words exchanged."""
    generator = random.Random(seed)
    changed = list(words)
    for place in generator.sample(range(len(words)), edits):
        changed[place] = f"lain{generator.randrange(10_000)}"
    return changed


def text(article_id: str, words: list[str], hour: int = 0) -> Text:
    return Text(article_id, START + timedelta(hours=hour), " ".join(words))


@pytest.fixture
def near() -> Iterator[NearDuplicates]:
    with closing(sqlite3.connect(":memory:")) as connection:
        yield NearDuplicates(connection)


def marks_of(texts: list[Text], batch: int = 1_000) -> dict[str, str]:
    """Return the marks of an archive that took `texts` in, in the order and batches given."""
    with closing(sqlite3.connect(":memory:")) as connection:
        near = NearDuplicates(connection)
        for start in range(0, len(texts), batch):
            near.update(texts[start : start + batch])
        return dict(near.marks())


def test_the_earlier_article_is_the_original(near: NearDuplicates) -> None:
    assert near.update([text("b", prose(1), hour=2), text("a", prose(1), hour=1)]) == {"b": "a"}


def test_of_two_at_the_same_time_the_smaller_key_is_the_original(near: NearDuplicates) -> None:
    assert near.update([text("b", prose(1)), text("a", prose(1))]) == {"b": "a"}


def test_different_articles_are_not_marked(near: NearDuplicates) -> None:
    assert near.update([text(str(seed), prose(seed), hour=seed) for seed in range(50)]) == {}


def test_short_bodies_are_never_matched(near: NearDuplicates) -> None:
    short = prose(1, words=MIN_WORDS - 1)
    assert near.update([text("a", short), text("b", short)]) == {}


def test_case_and_punctuation_do_not_hide_a_copy(near: NearDuplicates) -> None:
    words = prose(1)
    loud = [f"“{word.upper()}”," for word in words]
    assert near.update([text("a", words), text("b", loud, hour=1)]) == {"b": "a"}


def test_a_mark_points_to_the_original_and_not_to_another_copy(near: NearDuplicates) -> None:
    near.update([text(name, prose(1), hour) for hour, name in enumerate("abcd")])
    assert dict(near.marks()) == {"b": "a", "c": "a", "d": "a"}


def test_an_earlier_article_that_arrives_late_becomes_the_original(near: NearDuplicates) -> None:
    near.update([text("b", prose(1), hour=2), text("c", prose(1), hour=3)])
    assert near.update([text("a", prose(1), hour=1)]) == {"b": "a", "c": "a"}


def test_a_copy_whose_body_is_rewritten_loses_its_mark(near: NearDuplicates) -> None:
    near.update([text("a", prose(1), hour=1), text("b", prose(1), hour=2)])
    assert near.update([text("b", prose(2), hour=2)]) == {"b": None}


def test_when_the_original_is_rewritten_the_next_copy_takes_its_place(near: NearDuplicates) -> None:
    near.update([text(name, prose(1), hour) for hour, name in enumerate("abc")])
    assert near.update([text("a", prose(2))]) == {"b": None, "c": "b"}


def test_an_original_cut_short_releases_its_copies(near: NearDuplicates) -> None:
    near.update([text("a", prose(1), hour=1), text("b", prose(1), hour=2)])
    assert near.update([text("a", ["dihapus"], hour=1)]) == {"b": None}


def test_taking_in_the_same_articles_again_changes_nothing(near: NearDuplicates) -> None:
    texts = [text(name, prose(1), hour) for hour, name in enumerate("abc")]
    near.update(texts)
    assert near.update(texts) == {}


def test_a_drifting_series_is_not_swallowed_by_its_first_member() -> None:
    series = [prose(1)]
    for day in range(1, 8):
        series.append(edited(series[-1], 8, seed=day))
    marks = marks_of([text(f"{day}", words, hour=24 * day) for day, words in enumerate(series)])
    signatures = sign([" ".join(words) for words in series])
    assert "7" not in marks or marks["7"] != "0"
    assert all(estimated_similarity(signatures[int(copy)], signatures[int(of)]) >= 0.8 for copy, of in marks.items())


@settings(max_examples=25, deadline=None)
@given(
    families=st.lists(st.lists(st.integers(0, 14), min_size=1, max_size=4), min_size=1, max_size=4),
    order=st.randoms(use_true_random=False),
    batch=st.integers(1, 5),
)
def test_neither_order_nor_batches_decide_the_marks(
    families: list[list[int]], order: random.Random, batch: int
) -> None:
    texts = [
        text(f"{family}-{member}", edited(prose(family), edits, seed=10 * family + member), hour=member)
        for family, members in enumerate(families)
        for member, edits in enumerate(members)
    ]
    shuffled = list(texts)
    order.shuffle(shuffled)
    assert marks_of(shuffled, batch) == marks_of(texts)


def test_changed_marks_of_all_updates_add_up_to_the_marks(near: NearDuplicates) -> None:
    texts = [text(f"{seed}-{n}", edited(prose(seed), n), hour=9 - n) for seed in range(5) for n in range(4)]
    told: dict[str, str | None] = {}
    for one in texts:
        told |= near.update([one])
    assert {copy: of for copy, of in told.items() if of} == dict(near.marks())


def test_signatures_are_the_same_on_every_machine() -> None:
    (signature,) = sign(["hujan deras mengguyur ibu kota sejak pagi hingga sore"])
    assert signature.hex()[:32] == "4f0607f78e664543a5e64ebbaafdd50f"


def test_near_copies_are_found_and_others_are_not() -> None:
    """Copies with up to five words in a hundred exchanged; others share half their text."""
    originals = [text(f"a{seed:03}", prose(seed)) for seed in range(200)]
    copies = [text(f"b{seed:03}", edited(prose(seed), 2 + seed % 8), hour=1) for seed in range(200)]
    halves = [text(f"c{seed:03}", prose(seed)[:150] + prose(1_000 + seed)[:150], hour=2) for seed in range(200)]
    marks = marks_of([*originals, *copies, *halves])
    right = sum(marks.get(f"b{seed:03}") == f"a{seed:03}" for seed in range(200))
    assert right / 200 >= 0.97
    assert not any(copy.startswith(("a", "c")) for copy in marks)


def test_the_tables_say_when_another_method_made_them(near: NearDuplicates) -> None:
    near.update([text("a", prose(1))])
    assert near.is_current
    near._connection.execute("UPDATE near_method SET method = 'simhash'")
    assert not near.is_current
    near.clear()
    assert near.is_current


def test_a_body_shorter_than_a_shingle_has_none() -> None:
    assert shingles(words_of("dua kata")) == []
