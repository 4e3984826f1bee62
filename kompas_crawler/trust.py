"""How far the word of sitemaps on changes (`lastmod`) is believed. Pure: what looks found in, a verdict out.

It is believed where it has proved right, on looks that were made without asking it: it must have told of nearly every
change that they found, and seldom of one where there was none. A sample of articles is always looked at without its
advice, so that the proof goes on, and belief ends soon after sitemaps stop telling the truth.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from hashlib import blake2b

from kompas_crawler.archive.announcements import Judged
from kompas_crawler.errors import UsageError

PERIOD = timedelta(days=30)
"""Looks of so long count."""
FEWEST_CHANGES = 20
"""Nothing is believed before looks have found so many changes on which a sitemap has spoken."""
LAST_CHANGES = 60
"""Of more changes these last ones count."""
ANNOUNCED_SHARE = 0.95
"""So many of the changes must have been announced."""
TRUE_SHARE = 0.5
"""So many of the announcements must have been of a change that was found."""


@dataclass(frozen=True, slots=True)
class Trust:
    """Whether sitemaps are believed, and the figures that say so."""

    changes: int = 0
    """Changes that looks found, and on which a sitemap has spoken since."""
    announced: int = 0
    """Those of which it told."""
    announcements: int = 0
    """Looks, at changed and unchanged articles, since whose last one a sitemap told of a change."""
    control: float = 1.0
    """Share of the articles that are looked at without a sitemap's advice."""

    @property
    def is_earned(self) -> bool:
        """Whether sitemaps have proved reliable."""
        tells_all = self.changes >= FEWEST_CHANGES and self.announced >= ANNOUNCED_SHARE * self.changes
        return tells_all and self.announced >= TRUE_SHARE * self.announcements

    def covers(self, article_id: str) -> bool:
        """Return whether what a sitemap says of this article decides when it is looked at."""
        return self.is_earned and not is_control(article_id, self.control)

    def __str__(self) -> str:
        verdict = "believed" if self.is_earned else "not believed"
        return (
            f"sitemaps announced {self.announced} of the last {self.changes} changes that were found without them, in "
            f"{self.announcements} announcements: {verdict}"
        )


def trust_of(looks: Sequence[Judged], control: float) -> Trust:
    """Return what the looks of late, the last ones first, say of the sitemaps' word.

    >>> right, silent = Judged(is_changed=True, is_announced=True), Judged(is_changed=True, is_announced=False)
    >>> trust_of([right] * 20, 0.1).is_earned, trust_of([silent, silent] + [right] * 30, 0.1).is_earned
    (True, False)
    """
    changes = announced = announcements = 0
    for look in looks:
        changes += look.is_changed
        announced += look.is_changed and look.is_announced
        announcements += look.is_announced
        if changes == LAST_CHANGES:
            break
    return Trust(changes, announced, announcements, control)


def is_control(article_id: str, share: float) -> bool:
    """Return whether an article belongs to the sample; the same articles do in every run.

    >>> is_control("20210414-120000170", 1.0), is_control("20210414-120000170", 0.0)
    (True, False)
    """
    draw = int.from_bytes(blake2b(article_id.encode(), digest_size=4).digest(), "big")
    return draw < share * 2**32


def read_control(value: float) -> float:
    """Return the share of the sample that the setting asks for. Raises `UsageError` when it is none.

    Without a sample, a sitemap that stops telling the truth would be believed for ever.
    """
    if not 0 < value <= 1:
        message = f"KOMPAS_REVISIT_CONTROL={value} is not usable; give a share above 0, 1 to believe no sitemap"
        raise UsageError(message)
    return value
