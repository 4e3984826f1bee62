"""What a reparse is asked to do, and what one unit of it reports: records that go to workers and come back as JSON."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from typing import Any, Final, Self

from kompas_crawler.items import Outcome
from kompas_crawler.reparse.differences import Differences
from kompas_crawler.reparse.measured import Measured
from kompas_crawler.site.addresses import ArticleAddress

UNPARSED: Final = "unparsed"
"""Name that stands among those of the layouts for pages that fit none."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Choice:
    """Which articles are read again."""

    since: date | None = None
    """First WIB day of publication, by the address; null for no bound."""
    until: date | None = None
    sections: frozenset[str] | None = None
    """Section slugs; null for all."""
    layouts: frozenset[str] | None = None
    """Layouts, of the page as it is read now or of the row as it is held; null for all."""

    def takes(self, address: ArticleAddress) -> bool:
        """Return whether an article is read at all."""
        return self.takes_day(address.published_on) and (self.sections is None or address.section in self.sections)

    def takes_day(self, day: date) -> bool:
        """Return whether articles of a WIB day are read."""
        return (self.since is None or self.since <= day) and (self.until is None or day <= self.until)

    def takes_layout(self, *names: str) -> bool:
        """Return whether an article is read that has any of these layouts."""
        return self.layouts is None or not self.layouts.isdisjoint(names)


@dataclass(frozen=True, slots=True, kw_only=True)
class Task:
    """What every unit of a reparse needs to know."""

    location: str
    """Of the archive."""
    run_id: str
    started_at: datetime
    """Aware."""
    software_version: str
    choice: Choice = Choice()
    writes: bool = True
    """Results are staged; else they are only compared with what is held."""
    is_judged: bool = False
    """The archive has a past by which rows can be judged of which nothing is held."""
    is_shared: bool = False
    """The commit will be shared by others: what is staged is laid out for that."""


@dataclass(frozen=True, slots=True)
class Decision:
    """How one reading of an article ended."""

    article_id: str
    url: str
    at: datetime
    """When the page was fetched, aware UTC."""
    outcome: Outcome


@dataclass(slots=True)
class Report:
    """What one unit came to."""

    unit: str
    records: int = 0
    """Answers that the unit holds."""
    passed_over: Counter[str] = field(default_factory=Counter)
    """Of those, the ones that are no page of an article that was read, by the word that says why."""
    pages: int = 0
    """Of those, the ones that belong to readings."""
    loose: list[tuple[str, str, int]] = field(default_factory=list)
    """Of those, the ones to be read with the pages of other units: kind of unit, path, offset."""
    decisions: list[Decision] = field(default_factory=list)
    lost: int = 0
    """Readings that gave a row before and give none now."""
    differences: Differences = field(default_factory=Differences)
    measured: Measured = field(default_factory=Measured)
    """What is amiss with the rows that were staged, and with those whose place they take."""
    retold: list[tuple[str, str, datetime]] = field(default_factory=list)
    """Fetches of which a run has something in quarantine, and which give another row now: run, key, time."""
    looks: int = 0
    """Sightings and removals that were staged from the books."""
    seconds: float = 0.0

    @property
    def is_even(self) -> bool:
        """Whether every record is accounted for."""
        return self.records == self.passed_over.total() + self.pages + len(self.loose)

    def as_json(self) -> dict[str, Any]:
        """Return what is to be remembered of a unit that is done."""
        return {
            "unit": self.unit,
            "records": self.records,
            "passed_over": dict(self.passed_over),
            "pages": self.pages,
            "loose": self.loose,
            "decisions": [[one.article_id, one.url, one.at.isoformat(), one.outcome] for one in self.decisions],
            "lost": self.lost,
            "looks": self.looks,
            "seconds": self.seconds,
            "measured": self.measured.as_json(),
            "retold": [[run_id, key, at.isoformat()] for run_id, key, at in self.retold],
            "differences": self.differences.as_json(),
        }

    @classmethod
    def from_json(cls, told: Mapping[str, Any]) -> Self:
        """Return the report that was remembered. Raises `KeyError`, `TypeError`, `ValueError` for anything else."""
        return cls(
            unit=told["unit"],
            records=told["records"],
            passed_over=Counter(told["passed_over"]),
            pages=told["pages"],
            loose=[(kind, path, offset) for kind, path, offset in told["loose"]],
            decisions=[
                Decision(key, url, datetime.fromisoformat(at).astimezone(UTC), Outcome(outcome))
                for key, url, at, outcome in told["decisions"]
            ],
            lost=told["lost"],
            looks=told["looks"],
            seconds=told["seconds"],
            measured=Measured.from_json(told["measured"]),
            retold=[(run_id, key, datetime.fromisoformat(at).astimezone(UTC)) for run_id, key, at in told["retold"]],
            differences=Differences.from_json(told["differences"]),
        )
