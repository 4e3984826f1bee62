"""A finding of the doctor: what was looked at, how bad it is, what was found, and what to do about it."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Level(StrEnum):
    """How bad a finding is."""

    FINE = "fine"
    """As it should be."""
    WARNING = "warning"
    """A crawl runs, but something is likely not meant so, or will be trouble later."""
    FAULT = "fault"
    """A crawl does not run, or does something else than it was asked for."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """One thing that was looked at."""

    check: str
    """What was looked at: `settings`, `permission`, `robots`, `clock`, `browser`, `disk`, `writing`, `lock`,
    `versions`, `python`, `index`, `leftovers` or `cron`."""
    level: Level
    """`fine`, `warning` or `fault`."""
    message: str
    """What was found."""
    remedy: str | None
    """What to do about it; null when nothing is to be done."""


def fine(check: str, message: str) -> Finding:
    """Return that something is as it should be."""
    return Finding(check=check, level=Level.FINE, message=message, remedy=None)


def warning(check: str, message: str, remedy: str) -> Finding:
    """Return something that does not stop a crawl."""
    return Finding(check=check, level=Level.WARNING, message=message, remedy=remedy)


def fault(check: str, message: str, remedy: str) -> Finding:
    """Return something that does."""
    return Finding(check=check, level=Level.FAULT, message=message, remedy=remedy)
