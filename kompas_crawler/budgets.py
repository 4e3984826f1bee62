"""How many requests a run may make, in all and of each kind that it makes of its own accord.

Counts what is asked for, once each; Scrapy's repetitions and robots.txt come on top. What is spent stays spent.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from enum import StrEnum


class Purpose(StrEnum):
    """What a request is made for, the most urgent first."""

    NEW = "new"
    """To read an article that is not held, or a list of recent ones."""
    REVISIT = "revisit"
    """To look again at an article that is held."""
    RESWEEP = "resweep"
    """To walk an older day again."""


PRIORITIES = {Purpose.NEW: 0, Purpose.REVISIT: -10, Purpose.RESWEEP: -20}
"""Scrapy's priority of lists and revisits; articles that are not held go before all of them."""


@dataclass(slots=True)
class Budget:
    """What may be asked for in one run; 0 stands for no bound."""

    requests: int = 0
    """At most so many, whatever for."""
    revisits: int = 0
    """At most so many looks at held articles."""
    resweeps: int = 0
    """No further older day is begun after so many pages of older days."""
    spent: Counter[Purpose] = field(default_factory=Counter)

    def allows(self, purpose: Purpose) -> bool:
        """Return whether one more request may be made.

        >>> budget = Budget(revisits=1)
        >>> budget.spend(Purpose.REVISIT)
        >>> budget.allows(Purpose.REVISIT), budget.allows(Purpose.NEW)
        (False, True)
        """
        bound = {Purpose.NEW: 0, Purpose.REVISIT: self.revisits, Purpose.RESWEEP: self.resweeps}[purpose]
        return not self.is_spent and (not bound or self.spent[purpose] < bound)

    @property
    def is_spent(self) -> bool:
        """Whether nothing at all may be asked for any more."""
        return bool(self.requests) and self.spent.total() >= self.requests

    def spend(self, purpose: Purpose) -> None:
        """Note one request."""
        self.spent[purpose] += 1
