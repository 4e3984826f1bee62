"""Months: the unit in which the archive keeps and rewrites its tables, and the names of their folders.

Knows how a day, an article's key or a path names its month. Refuses to know what lies in the folders.
"""

from __future__ import annotations

import re
from datetime import date, datetime, timedelta, timezone
from typing import Final, NamedTuple, Self

WIB: Final = timezone(timedelta(hours=7), "WIB")
"""Western Indonesian time, by which the site counts its days. It has no summer time."""
_IN_PATH: Final = re.compile(r"/year=(\d{4})/month=(\d\d)/")


class Month(NamedTuple):
    """A calendar month of Western Indonesian time."""

    year: int
    month: int

    @classmethod
    def of_day(cls, day: date) -> Self:
        """Return the month of a day.

        >>> Month.of_day(date(2021, 4, 30))
        Month(year=2021, month=4)
        """
        return cls(day.year, day.month)

    @classmethod
    def of_instant(cls, instant: datetime) -> Self:
        """Return the month of an aware instant.

        >>> Month.of_instant(datetime.fromisoformat("2021-04-30T17:00:00+00:00"))
        Month(year=2021, month=5)
        """
        return cls.of_day(instant.astimezone(WIB).date())

    @classmethod
    def of_key(cls, article_id: str) -> Self:
        """Return the month that an article's key names; unlike that of its publication it can never change.

        >>> Month.of_key("20210414-205938370")
        Month(year=2021, month=4)
        """
        return cls.of_day(day_of_key(article_id))

    @classmethod
    def of_path(cls, path: str) -> Self | None:
        """Return the month whose folder is part of a path, None when there is none.

        >>> Month.of_path("links/year=2021/month=04/links.parquet")
        Month(year=2021, month=4)
        """
        found = _IN_PATH.search(path)
        return cls(int(found[1]), int(found[2])) if found else None

    @classmethod
    def of_number(cls, number: int) -> Self:
        """Return the month of a number like 202104."""
        return cls(*divmod(number, 100))

    @property
    def number(self) -> int:
        """The month as one number.

        >>> Month(2021, 4).number
        202104
        """
        return self.year * 100 + self.month

    def file(self, table: str, name: str | None = None) -> str:
        """Return the path of a table's file for the month; of another than the one it usually has by `name`.

        >>> Month(2021, 4).file("articles")
        'articles/year=2021/month=04/articles.parquet'
        """
        return f"{table}/year={self.year:04}/month={self.month:02}/{name or table}.parquet"


def day_of_key(article_id: str) -> date:
    """Return the day that an article's key names.

    >>> day_of_key("20210414-205938370")
    datetime.date(2021, 4, 14)
    """
    return date(int(article_id[:4]), int(article_id[4:6]), int(article_id[6:8]))
