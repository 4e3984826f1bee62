"""The fold of what is seen of an article into its history, against a model that remembers everything."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from hashlib import blake2b

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from kompas_crawler.archive.fingerprint import Fingerprint
from kompas_crawler.archive.revisions import Event, Gone, History, Reading, Revision, Seen, fold
from kompas_crawler.items import ChangeKind


def at(minute: float) -> datetime:
    return datetime(2021, 4, 14, tzinfo=UTC) + timedelta(minutes=minute)


def digest(text: str) -> bytes:
    return blake2b(text.encode(), digest_size=8).digest()


def print_of(text: str, *, title: str = "", credit: str = "", is_complete: bool = True) -> Fingerprint:
    return Fingerprint(
        content=blake2b(f"{title}|{text}|{is_complete}".encode(), digest_size=16).digest(),
        title=digest(title),
        credit=digest(credit),
        date=digest("date"),
        cosmetic=digest(str(is_complete)),
        beginning=digest(text[:1]),
        is_complete=is_complete,
        has_text=bool(text),
    )


def read(minute: float, text: str, **more: object) -> Reading:
    return Reading(at=at(minute), source=(minute, text), fingerprint=print_of(text, **more))  # type: ignore[arg-type]


def told(revision: Revision | None) -> tuple[str, bool] | None:
    return None if revision is None else (revision.source[1], revision.gone_at is not None)  # type: ignore[index]


def texts(history: History) -> str:
    return "".join(str(told(revision)[0]) for revision in history.superseded)  # type: ignore[index]


def test_the_first_reading_begins_revision_one() -> None:
    history = fold(History(), [read(1, "A")])
    assert history.current is not None
    assert (history.current.number, history.current.fetched_at, history.superseded) == (1, at(1), ())


def test_the_same_text_only_moves_the_last_sight() -> None:
    history = fold(History(), [read(1, "A"), read(5, "A")])
    assert history.current is not None
    assert (history.current.fetched_at, history.current.last_seen_at) == (at(1), at(5))
    assert history.superseded == ()


@pytest.mark.parametrize(
    ("changed", "kind"),
    [
        (print_of("B", title="other"), ChangeKind.TITLE),
        (print_of("B"), ChangeKind.BODY),
        (print_of("A", credit="someone"), ChangeKind.CREDIT),
    ],
)
def test_a_change_ends_the_revision_with_its_kind(changed: Fingerprint, kind: ChangeKind) -> None:
    history = fold(History(), [read(1, "A"), Reading(at=at(2), source="new", fingerprint=changed)])
    assert [(one.change_kind, one.replaced_at) for one in history.superseded] == [(kind, at(2))]
    assert history.current is not None
    assert (history.current.number, history.current.source) == (2, "new")


@pytest.mark.parametrize("poorer", [read(2, ""), read(2, "Axx", is_complete=False)], ids=["no text", "first part"])
def test_a_poorer_reading_of_the_same_page_replaces_nothing(poorer: Reading) -> None:
    history = fold(History(), [read(1, "Axxyyy"), poorer])
    assert history.superseded == ()
    assert history.current is not None
    assert (history.current.source, history.current.last_seen_at) == ((1, "Axxyyy"), at(2))


def test_an_incomplete_reading_with_another_beginning_is_a_change() -> None:
    history = fold(History(), [read(1, "Axxyyy"), read(2, "Bxx", is_complete=False)])
    assert texts(history) == "Axxyyy"


def test_a_removed_article_keeps_its_text_and_says_since_when() -> None:
    history = fold(History(), [read(1, "A"), Gone(at=at(4)), Gone(at=at(6))])
    assert history.current is not None
    assert (history.current.source, history.current.gone_at, history.current.number) == ((1, "A"), at(4), 2)
    assert [one.change_kind for one in history.superseded] == [ChangeKind.GONE]


@pytest.mark.parametrize("event", [Seen(at=at(9)), read(9, "A")])
def test_an_article_that_comes_back_is_gone_no_more(event: Event) -> None:
    history = fold(History(), [read(1, "A"), Gone(at=at(4)), event])
    assert history.current is not None
    assert history.current.gone_at is None
    assert [one.change_kind for one in history.superseded] == [ChangeKind.GONE, ChangeKind.BACK]
    assert [told(history.valid_at(at(minute))) for minute in (0, 3, 5, 9)] == [
        None,
        ("A", False),
        ("A", True),
        ("A", False),
    ]


def test_flapping_keeps_the_first_and_the_latest_reign_of_each_text() -> None:
    history = fold(History(), [read(minute, "AB"[minute % 2]) for minute in range(1, 40)])
    assert sorted(texts(history)) == ["A", "A", "B", "B"]
    assert [told(history.valid_at(at(minute))) for minute in (1, 2, 38, 39)] == [
        ("B", False),
        ("A", False),
        ("A", False),
        ("B", False),
    ]


def test_a_slower_crawler_cannot_put_an_older_text_in_front() -> None:
    history = fold(fold(History(), [read(1, "A"), read(9, "B")]), [read(5, "C")])
    assert told(history.current) == ("B", False)
    assert [told(history.valid_at(at(minute))) for minute in (4, 5, 8, 9)] == [
        ("A", False),
        ("C", False),
        ("C", False),
        ("B", False),
    ]


def test_routes_are_the_union_of_all_readings() -> None:
    first = Reading(at=at(1), source=1, fingerprint=print_of("A"), routes=frozenset({"index"}))
    again = Seen(at=at(2), routes=frozenset({"terkini"}))
    current = fold(History(), [first, again]).current
    assert current is not None
    assert current.routes == {"index", "terkini"}


def test_sightings_of_an_article_that_is_not_held_say_nothing() -> None:
    assert fold(History(), [Seen(at=at(1)), Gone(at=at(2))]) == History()


@dataclass
class Remembering:
    """The model: every state in which the page was ever seen, with its instant."""

    states: list[tuple[int, str, bool]]

    def apply(self, minute: int, action: str) -> None:
        if action in "ABC":
            self.states.append((minute, action, False))
        elif self.states:
            self.states.append((minute, self.states[-1][1], action == "gone"))

    def valid_at(self, minute: int) -> tuple[str, bool] | None:
        return next(((text, gone) for since, text, gone in reversed(self.states) if since <= minute), None)

    def changes(self) -> list[tuple[str, bool]]:
        states = [(text, gone) for _, text, gone in self.states]
        return [state for state, before in zip(states, [None, *states], strict=False) if state != before]


def event_of(minute: int, action: str) -> Event:
    if action in "ABC":
        return read(minute, action)
    return Gone(at=at(minute)) if action == "gone" else Seen(at=at(minute))


actions = st.lists(st.sampled_from(["A", "B", "C", "gone", "seen"]), max_size=14)


def histories_of(some: list[str]) -> tuple[Remembering, list[Event]]:
    model = Remembering([])
    for minute, action in enumerate(some):
        model.apply(minute, action)
    return model, [event_of(minute, action) for minute, action in enumerate(some)]


@given(actions)
def test_the_current_revision_is_what_the_page_last_showed(some: list[str]) -> None:
    model, events = histories_of(some)
    assert told(fold(History(), events).current) == model.valid_at(len(some))


@given(actions)
def test_as_of_is_exact_as_long_as_nothing_was_shown_more_than_three_times(some: list[str]) -> None:
    model, events = histories_of(some)
    history = fold(History(), events)
    changes = model.changes()
    if all(changes[:-1].count(state) <= 2 for state in changes):
        found = [told(history.valid_at(at(minute))) for minute in range(len(some))]
        assert found == [model.valid_at(minute) for minute in range(len(some))]


@given(actions)
def test_as_of_never_has_a_gap_and_is_exact_at_the_first_sight_of_a_state(some: list[str]) -> None:
    model, events = histories_of(some)
    history = fold(History(), events)
    first: dict[tuple[str, bool], int] = {}
    for minute, text, gone in model.states:
        first.setdefault((text, gone), minute)
        assert history.valid_at(at(minute)) is not None
    assert all(told(history.valid_at(at(minute))) == state for state, minute in first.items())


@given(actions)
def test_a_history_is_bounded_by_the_number_of_distinct_states(some: list[str]) -> None:
    model, events = histories_of(some)
    assert len(fold(History(), events).superseded) <= 2 * len(set(model.changes()))


@given(actions, st.integers(0, 14))
def test_folding_in_two_steps_is_folding_at_once(some: list[str], cut: int) -> None:
    _, events = histories_of(some)
    assert fold(fold(History(), events[:cut]), events[cut:]) == fold(History(), events)


@given(actions, st.integers(0, 14))
def test_folding_again_changes_nothing(some: list[str], cut: int) -> None:
    _, events = histories_of(some)
    history = fold(History(), events)
    assert fold(history, events[cut:]) == history
    assert fold(history, events[:cut]) == history


def torn_between(before: History, after: History, *, moved: bool) -> History:
    """What a commit leaves that wrote the superseded revisions only, or that died while a text changed its month."""
    another = before.current and after.current and before.current.source != after.current.source
    return History(None if moved and another else before.current, after.superseded)


@example(some=["A", "B", "A", "B", "A", "B"], cut=3, moved=False)
@given(actions, st.integers(0, 14), st.booleans())
def test_an_interrupted_commit_is_finished_by_the_next(some: list[str], cut: int, moved: bool) -> None:
    _, events = histories_of(some)
    before = fold(History(), events[:cut])
    after = fold(before, events[cut:])
    torn = torn_between(before, after, moved=moved)
    assert fold(torn, events[cut:]) == after


@given(actions, st.randoms(use_true_random=False))
def test_no_text_is_lost_whatever_the_order_of_commits(some: list[str], random: object) -> None:
    _, events = histories_of(some)
    random.shuffle(shuffled := list(events))  # type: ignore[attr-defined]
    history = History()
    for event in shuffled:
        history = fold(history, [event])
    kept = {*texts(history), *([told(history.current)[0]] if history.current else [])}  # type: ignore[index]
    assert kept == {action for action in some if action in "ABC"}


@given(actions, st.integers(0, 14), st.integers(0, 14), st.booleans())
def test_an_interrupted_commit_with_a_slower_crawler_is_finished_by_the_next(
    some: list[str], late: int, cut: int, moved: bool
) -> None:
    _, events = histories_of(some)
    slower = [read(late - 0.5, "D")]
    before = fold(History(), events[:cut])
    after = fold(before, [*events[cut:], *slower])
    torn = torn_between(before, after, moved=moved)
    assert fold(torn, [*events[cut:], *slower]) == after


# --- Raw records that are read again ----------------------------------------------------------------------------------


def reread(minute: float, text: str) -> Reading:
    reading = read(minute, text)
    return replace(reading, digest=digest(text))


def retold(history: History) -> History:
    """A history as the files give it where raw records are read again: with digests."""

    def with_digest(one: Revision) -> Revision:
        return replace(one, digest=digest(str(told(one)[0])))  # type: ignore[index]

    current = with_digest(history.current) if history.current else None
    return History(current, tuple(map(with_digest, history.superseded)))


EDITED = [read(1, "A"), read(5, "B"), Gone(at=at(9))]


def test_reading_raw_records_again_changes_nothing_when_they_say_the_same() -> None:
    history = retold(fold(History(), EDITED))
    assert fold(history, [reread(1, "A"), reread(5, "B")]) == history


def test_another_reading_of_a_raw_record_replaces_the_text_of_that_fetch_and_nothing_else() -> None:
    before = retold(fold(History(), EDITED))
    after = fold(before, [reread(1, "A"), reread(5, "C")])
    assert texts(after) == "AC"
    assert told(after.current) == ("C", True)
    assert [replace(one, source=0, fingerprint=print_of("")) for one in after.all] == [
        replace(one, source=0, fingerprint=print_of("")) for one in before.all
    ]


def test_an_edit_that_the_parser_had_made_up_is_no_revision_any_more() -> None:
    before = retold(fold(History(), [read(1, "A"), read(5, "B")]))
    after = fold(before, [reread(1, "A"), reread(5, "A")])
    assert (texts(after), told(after.current), after.current and after.current.last_seen_at) == (
        "",
        ("A", False),
        at(5),
    )


def test_an_edit_that_the_parser_had_missed_becomes_a_revision() -> None:
    before = retold(fold(History(), [read(1, "A"), read(5, "A")]))
    after = fold(before, [reread(1, "A"), reread(5, "B")])
    assert (texts(after), told(after.current)) == ("A", ("B", False))
    assert [one.number for one in after.all] == [1, 2]


def test_the_order_in_which_raw_records_are_read_again_does_not_matter() -> None:
    events = [reread(1, "A"), reread(5, "A"), reread(9, "B")]
    at_once = fold(History(), events)
    late_first = retold(fold(retold(fold(History(), events[1:])), events[:1]))
    assert late_first == at_once


def test_a_lost_current_row_is_made_again_behind_the_revisions_that_are_left() -> None:
    whole = retold(fold(History(), EDITED))
    left = History(None, whole.superseded)
    assert fold(left, [reread(1, "A"), reread(5, "B"), Gone(at=at(9))]) == whole
