"""What one run is asked to do: the spider's arguments, checked before anything is fetched or written.

Pure: takes the arguments as strings and today's date, returns a `Plan` or raises `UsageError` naming the argument, the
value, what is allowed and an example. The file that `addresses=` names is read by `given`.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum

from kompas_crawler.errors import UsageError
from kompas_crawler.items import Route
from kompas_crawler.site.sections import SECTION_ARGUMENTS, SITE_SLUGS, sections_of_site_slug, site_slug_of

FOLLOWABLE = (Route.BACA_JUGA, Route.TERKINI, Route.TERKAIT)
"""The kinds of links that `follow=` may name, as the routes they are recorded under."""

LIST_ROUTES = (Route.INDEX, Route.SITEMAP, Route.FRONT)
"""The kinds of lists that `routes=` may name."""

ARGUMENTS = ("since", "until", "sections", "routes", "addresses", "follow", "depth", "limit", "content", "render")
"""Every argument of the spider."""

FIRST_DAY = date(1995, 9, 14)
"""Kompas Online opened on this day; nothing can be listed before."""


class Content(StrEnum):
    """How much of an article is kept."""

    FULL = "full"
    """The page of each article is read."""
    METADATA = "metadata"
    """Only what lists say of it: address, section, title, time. No page of an article is asked for."""


class Render(StrEnum):
    """What a browser is used for."""

    FALLBACK = "fallback"
    """Article pages that come without a body."""
    FRONTS = "fronts"
    """Fronts whose stream grows by a button or by scrolling."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """The checked arguments of one run."""

    since: date
    """First WIB day, inclusive."""
    until: date
    """Last WIB day, inclusive."""
    sites: tuple[str, ...] = ("all",)
    """`site=` slugs of the index that are walked for each day."""
    sections: frozenset[str] | None = None
    """Section slugs that are kept; null keeps every section."""
    follow: frozenset[Route] = frozenset({Route.BACA_JUGA, Route.TERKINI})
    """Kinds of links on article pages that are followed, within the window and the sections."""
    depth: int = 1
    """How many links away from a listed article is still followed."""
    limit: int | None = None
    """At most this many articles are fetched; null for no limit."""
    routes: frozenset[Route] = frozenset({Route.INDEX})
    """Kinds of lists that are read."""
    addresses: str | None = None
    """Path of a file of addresses to take up, whatever the window and the sections; null for none."""
    content: Content = Content.FULL
    """How much of an article is kept."""
    render: frozenset[Render] = frozenset()
    """What a browser is used for; empty for nothing."""
    keeps_current: bool = False
    """The run keeps an archive current: no days were asked for, so older days and articles are looked at as they
    fall due."""

    @property
    def days(self) -> tuple[date, ...]:
        """Every day of the window, newest first: what is read today matters most today.

        >>> [day.day for day in Plan(since=date(2021, 4, 1), until=date(2021, 4, 3)).days]
        [3, 2, 1]
        """
        return tuple(self.until - timedelta(days=n) for n in range((self.until - self.since).days + 1))

    def as_arguments(self) -> dict[str, str]:
        """Return the arguments of this plan, every one of them written out.

        They ask for the same again, but for a run that keeps current: that is asked for by giving no days.

        >>> Plan(since=date(2021, 4, 1), until=date(2021, 4, 3), depth=0).as_arguments()["until"]
        '2021-04-03'
        """
        kept = sorted(self.sections) if self.sections is not None else ["all"]
        arguments = {
            "since": self.since.isoformat(),
            "until": self.until.isoformat(),
            "sections": ",".join(kept),
            "routes": ",".join(sorted(self.routes)) or "none",
            "follow": ",".join(sorted(self.follow)) or "none",
            "depth": str(self.depth),
            "content": str(self.content),
            "render": ",".join(sorted(self.render)) or "off",
        }
        if self.addresses is not None:
            arguments["addresses"] = self.addresses
        return arguments if self.limit is None else {**arguments, "limit": str(self.limit)}

    def keeps_section(self, section: str) -> bool:
        """Return whether articles of that section are kept."""
        return self.sections is None or section in self.sections

    def refusal(self, section: str, day: date) -> str | None:
        """Return why an article of that section and WIB day is not asked for, or null when it is.

        >>> plan = Plan(since=date(2021, 4, 1), until=date(2021, 4, 3), sections=frozenset({"global"}))
        >>> plan.refusal("global", date(2021, 4, 2)), plan.refusal("bola", date(2021, 4, 2))
        (None, 'other_section')
        >>> plan.refusal("global", date(2018, 1, 1))
        'outside_window'
        """
        if not self.since <= day <= self.until:
            return "outside_window"
        return None if self.keeps_section(section) else "other_section"


def read_arguments(arguments: Mapping[str, str], *, today: date) -> Plan:
    """Return the plan that spider arguments ask for; without any, today and yesterday of every section.

    `today` is the current WIB day. `_job` is passed by: Scrapyd gives its own number of the job to every spider.
    Raises `UsageError` for unknown names and unusable values.

    >>> plan = read_arguments({"since": "2021-04-01", "sections": "news"}, today=date(2021, 4, 30))
    >>> plan.sites, sorted(plan.sections)
    (('news',), ['global', 'megapolitan', 'nasional', 'regional'])
    >>> read_arguments({"since": "14/04/2021"}, today=date(2026, 1, 1))
    Traceback (most recent call last):
    ...
    kompas_crawler.errors.UsageError: since='14/04/2021' is not a day; give YYYY-MM-DD, e.g. -a since=2021-04-14
    """
    if unknown := sorted(set(arguments) - set(ARGUMENTS) - {"_job"}):
        raise UsageError(f"unknown argument {unknown[0]!r}; the spider takes {', '.join(sorted(ARGUMENTS))}")
    since, until = _window(arguments, today)
    sites, sections = read_sections(arguments.get("sections"))
    keeps_current = "since" not in arguments and "addresses" not in arguments
    return Plan(
        since=since,
        until=until,
        sites=sites,
        sections=sections,
        routes=_routes(arguments),
        addresses=arguments.get("addresses"),
        content=_content(arguments.get("content", "full")),
        render=_render(arguments.get("render", "off")),
        keeps_current=keeps_current,
        follow=_chosen("follow", arguments.get("follow", "baca_juga,terkini"), FOLLOWABLE),
        depth=_count("depth", arguments.get("depth", "1"), least=0),
        limit=_count("limit", arguments["limit"], least=1) if "limit" in arguments else None,
    )


def _window(arguments: Mapping[str, str], today: date) -> tuple[date, date]:
    if "until" in arguments and "since" not in arguments:
        raise UsageError(f"until={arguments['until']!r} needs a since; give both, e.g. -a since=2021-04-01")
    until = read_day("until", arguments["until"]) if "until" in arguments else today
    since = read_day("since", arguments["since"]) if "since" in arguments else today - timedelta(days=1)
    if since > until:
        raise UsageError(f"since={since} is after until={until}; give the earlier day as since")
    if until > today:
        raise UsageError(f"until={until} is in the future; the last day that can be asked for is {today} (WIB)")
    if since < FIRST_DAY:
        raise UsageError(f"since={since} is before the site existed; the first day is {FIRST_DAY}")
    return since, until


def read_day(name: str, text: str, option: str = "-a {}=") -> date:
    """Return the day that an argument names. Raises `UsageError`; `option` is how the argument is written."""
    try:
        if len(text) != len("2021-04-14"):  # the compact 20210414 is ISO too, but not what we document
            raise ValueError(text)
        return date.fromisoformat(text)
    except ValueError:
        message = f"{name}={text!r} is not a day; give YYYY-MM-DD, e.g. {option.format(name)}2021-04-14"
        raise UsageError(message) from None


def _words(name: str, text: str) -> list[str]:
    words = [word.strip() for word in text.split(",")]
    if not all(words):
        raise UsageError(f"{name}={text!r} holds an empty name; give names parted by commas")
    return list(dict.fromkeys(words))


def read_sections(text: str | None) -> tuple[tuple[str, ...], frozenset[str] | None]:
    """Return the `site=` slugs to walk and the section slugs to keep, null for all. Raises `UsageError`."""
    if text is None:
        return ("all",), None
    sites: list[str] = []
    kept: set[str] = set()
    words = _words("sections", text)
    if "all" in words:
        return ("all",), None
    for word in words:
        if word in SITE_SLUGS:
            sites.append(word)
            kept |= sections_of_site_slug(word)
        elif word in SECTION_ARGUMENTS:
            sites.append(site_slug_of(word))
            kept.add(word)
        else:
            allowed = ", ".join(sorted(SECTION_ARGUMENTS))
            raise UsageError(f"sections={text!r} names {word!r}, which is no section; allowed: {allowed}")
    if "all" in sites:  # the widest list holds them all; walking a narrower one too would ask twice
        return ("all",), frozenset(kept)
    return tuple(sorted(set(sites))), frozenset(kept)


def _routes(arguments: Mapping[str, str]) -> frozenset[Route]:
    """Return the lists to read: by default all of them, the index alone for older days, none for given addresses.

    Sitemaps and fronts hold recent articles only.
    """
    if "routes" in arguments:
        routes = _chosen("routes", arguments["routes"], LIST_ROUTES)
        if not routes and "addresses" not in arguments:
            raise UsageError("routes='none' leaves nothing to read; give addresses=FILE as well, or name a route")
        return routes
    if "since" in arguments:
        return frozenset({Route.INDEX})
    return frozenset() if "addresses" in arguments else frozenset(LIST_ROUTES)


def _chosen(name: str, text: str, allowed: Sequence[Route]) -> frozenset[Route]:
    if text == "none":
        return frozenset()
    routes = {route.value: route for route in allowed}
    words = _words(name, text)
    if unknown := [word for word in words if word not in routes]:
        message = f"{name}={text!r} names {unknown[0]!r}; allowed: none, or any of {', '.join(routes)}"
        raise UsageError(message)
    return frozenset(routes[word] for word in words)


def _content(text: str) -> Content:
    try:
        return Content(text)
    except ValueError:
        raise UsageError(f"content={text!r} is not usable; allowed: {', '.join(Content)}") from None


def _render(text: str) -> frozenset[Render]:
    if text == "off":
        return frozenset()
    uses = {use.value: use for use in Render}
    if unknown := [word for word in _words("render", text) if word not in uses]:
        allowed = f"off, or any of {', '.join(uses)} (parted by commas)"
        raise UsageError(f"render={text!r} names {unknown[0]!r}; allowed: {allowed}")
    return frozenset(uses[word] for word in _words("render", text))


def _count(name: str, text: str, *, least: int) -> int:
    try:
        number = int(text)
    except ValueError:
        number = least - 1
    if number < least:
        raise UsageError(f"{name}={text!r} is not usable; give a whole number from {least} up")
    return number
