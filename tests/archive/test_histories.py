"""Random histories through the real archive, against a model in memory that remembers everything."""

from __future__ import annotations

import tempfile
from collections import defaultdict
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from kompas_crawler.archive import Archive, Removal, Sighting
from kompas_crawler.archive.months import Month
from kompas_crawler.archive.staging import Staging
from tests.archive.looks import check_sound, everything, indexed, rows, valid_at
from tests.archive.made import NOON, VERSION, article, key_of, minutes, seen

State = tuple[str, bool, int]
"""Text, absence and month of publication."""


@dataclass
class Model:
    """Every state of every article with its instant."""

    states: defaultdict[int, list[tuple[datetime, State]]] = field(default_factory=lambda: defaultdict(list))

    def note(self, number: int, at: datetime, *, text: str | None = None, gone: bool = False, month: int = 0) -> None:
        states = self.states[number]
        if text is not None:
            states.append((at, (text, False, month)))
        elif states:
            held, _, held_month = states[-1][1]
            states.append((at, (held, gone, held_month)))

    def valid_at(self, instant: datetime) -> dict[str, tuple[str, bool]]:
        found = {}
        for number, states in self.states.items():
            past = [state for at, state in states if at <= instant]
            if past:
                found[key_of(number)] = past[-1][:2]
        return found

    def flaps_often(self) -> bool:
        """Whether some article ended the same state three times: then as_of is exact at its ends only."""
        for states in self.states.values():
            changes = [
                state
                for (_, state), before in zip(states, [None, *(one for _, one in states)], strict=False)
                if state != before
            ]
            if any(changes[:-1].count(state) > 2 for state in changes):
                return True
        return False


steps = st.lists(
    st.one_of(
        st.tuples(st.just("read"), st.integers(1, 3), st.sampled_from(["A", "B", "C"]), st.integers(0, 1)),
        st.tuples(st.just("gone"), st.integers(1, 3)),
        st.tuples(st.just("seen"), st.integers(1, 3)),
        st.tuples(st.just("commit")),
    ),
    max_size=16,
)


def take(step: tuple[object, ...], at: datetime, staging: Staging, model: Model) -> None:
    match step:
        case ("read", int(number), str(text), int(month)):
            published_at = NOON + timedelta(days=30 * month, seconds=number)
            staging.observe(seen(article(number, body=text, published_at=published_at), at))
            model.note(number, at, text=text, month=month)
        case ("gone", int(number)):
            staging.removed(Removal(article_id=key_of(number), seen_at=at, status=404))
            model.note(number, at, gone=True)
        case ("seen", int(number)):
            staging.sighted(Sighting(article_id=key_of(number), seen_at=at))
            model.note(number, at)


def lived_through(archive: Archive, some: list[tuple[object, ...]], *, commits: bool = True) -> Model:
    model, run = Model(), 0
    staging = archive.stage("r0", software_version=VERSION)
    for minute, step in enumerate(some):
        if step == ("commit",) and not commits:
            continue
        if step == ("commit",):
            staging.close()
            archive.commit()
            run += 1
            staging = archive.stage(f"r{run}", software_version=VERSION)
        else:
            take(step, minutes(minute), staging, model)
    staging.close()
    archive.commit()
    return model


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(steps)
def test_an_archive_tells_what_was_seen_at_every_moment(some: list[tuple[object, ...]]) -> None:
    with tempfile.TemporaryDirectory() as folder:
        archive = Archive(folder)
        model = lived_through(archive, some)
        check_sound(archive)
        end = minutes(len(some))
        current = {row["article_id"]: (row["body"], row["gone_at"] is not None) for row in rows(archive, "articles")}
        assert current == model.valid_at(end)
        months = {row["article_id"]: row["month"] for row in rows(archive, "articles")}
        assert months == {
            key_of(number): Month(2021, 4 + states[-1][1][2]) for number, states in model.states.items() if states
        }
        if not model.flaps_often():
            instants = [minutes(minute) for minute in range(len(some))]
            assert [valid_at(archive, instant) for instant in instants] == [model.valid_at(one) for one in instants]
        archive.close()


@settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(steps)
def test_when_the_commits_are_made_makes_no_difference(some: list[tuple[object, ...]]) -> None:
    with tempfile.TemporaryDirectory() as often, tempfile.TemporaryDirectory() as once:
        archives = Archive(str(Path(often))), Archive(str(Path(once)))
        lived_through(archives[0], some)
        lived_through(archives[1], some, commits=False)
        tables = [everything(archive) for archive in archives]
        for table in tables:
            for row in [*table["articles"], *table["revisions"]]:
                del row["run_id"]
        assert tables[0]["articles"] == tables[1]["articles"]
        assert tables[0]["revisions"] == tables[1]["revisions"]
        for archive in archives:
            archive.close()


@settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(steps)
def test_the_index_of_any_history_can_be_made_again(some: list[tuple[object, ...]]) -> None:
    with tempfile.TemporaryDirectory() as folder:
        archive = Archive(folder)
        if lived_through(archive, some).states:
            grown = indexed(archive.index_path) if archive.index_path.exists() else None
            archive.rebuild_index()
            assert grown in (None, indexed(archive.index_path))
        archive.close()
