"""Settings: names that nothing reads, values that cannot be used, contact and permission."""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterator, Mapping
from math import isfinite
from typing import Any, Final

from scrapy.settings import BaseSettings

from kompas_crawler import settings as project
from kompas_crawler.doctor.findings import Finding, fault, fine, warning
from kompas_crawler.errors import PermissionMissing, UsageError
from kompas_crawler.permission import read_identity
from kompas_crawler.quiet_hours import parse_quiet_hours
from kompas_crawler.raw_pages import read_settings as read_raw_settings
from kompas_crawler.spiders.kompas import read_task

OURS: Final = tuple(name for name in vars(project) if name.startswith("KOMPAS_"))
"""Every setting of ours."""
_PLACEHOLDER: Final = re.compile(r"[@./]example\.(?:com|org|net)\b|\.(?:example|invalid|test)\b", re.IGNORECASE)
"""Addresses of examples, which reach nobody (RFC 2606)."""
_IN_SETTINGS: Final = "settings"


def of_settings(settings: BaseSettings, environment: Mapping[str, str]) -> Iterator[Finding]:
    """Yield what is wrong with the settings as the crawl would see them, or that nothing is."""
    found = [*_unknown(settings, environment), *_ignored(settings, environment), *_values(settings)]
    yield from found
    if not found:
        yield fine(_IN_SETTINGS, f"{len(OURS)} settings of ours are known and usable")


def of_permission(settings: BaseSettings) -> Iterator[Finding]:
    """Yield whether a crawl may begin: a contact and a permission for the live site, or a replica."""
    contact, permission, replica = (settings[f"KOMPAS_{name}"] for name in ("CONTACT", "PERMISSION", "REPLICA"))
    try:
        identity = read_identity(contact=contact, permission=permission, replica=replica)
    except PermissionMissing as error:
        missing = str(error).rpartition("Missing: ")[2].rstrip(".")
        yield fault(
            "permission",
            f"a crawl of the live site needs {missing}",
            "ask PT. Kompas Cyber Media (https://inside.kompas.com/about-us#meet), then set both; or try it out "
            "against the replica: `scrapy demo`. docs/politeness.md says more",
        )
        return
    except UsageError as error:
        yield fault("permission", str(error), "set it so, or leave it out")
        return
    if identity.replica:
        yield fine("permission", f"none is needed: {identity.replica} stands for the site")
    elif _PLACEHOLDER.search(identity.contact or ""):
        yield warning(
            "permission",
            f"KOMPAS_CONTACT={identity.contact} is an address of examples; nobody could be reached there",
            "give your own e-mail or web address",
        )
    else:
        yield fine("permission", f"{identity.permission}; contact {identity.contact}")


def _unknown(settings: BaseSettings, environment: Mapping[str, str]) -> Iterator[Finding]:
    """Yield names that look like ours and are not."""
    given = {name: "-s" for name in settings if str(name).startswith("KOMPAS_")}
    given |= {name: "the environment" for name in environment if name.startswith("KOMPAS_")}
    given |= {name: "-s" for name in settings if _is_near_miss(str(name))}
    for name, where in given.items():
        if name in OURS:
            continue
        near = _meant(name)
        message = f"{name} (in {where}) is no setting: nothing reads it"
        if near is not None:
            yield fault(_IN_SETTINGS, message, f"write {near}, if that is what was meant")
        else:
            yield warning(_IN_SETTINGS, message, "leave it out; docs/crawling.md and docs/politeness.md name them all")


def _meant(name: str) -> str | None:
    """Return the setting that was perhaps meant; null when none is like it. What they all begin with says nothing.

    >>> _meant("KOMPASS_OUTPTU"), _meant("KOMPAS_COLOUR")
    ('KOMPAS_OUTPUT', None)
    """
    rests = {ours.partition("_")[2]: ours for ours in OURS}
    near = difflib.get_close_matches(name.partition("_")[2], rests, n=1, cutoff=0.75)
    return rests[near[0]] if near else None


def _is_near_miss(name: str) -> bool:
    """Return whether a name that lacks our prefix was given in the place of one that has it.

    >>> _is_near_miss("KOMPASS_OUTPUT"), _is_near_miss("LOG_LEVEL")
    (True, False)
    """
    return not name.startswith("KOMPAS_") and name.startswith("KOMP")


def _ignored(settings: BaseSettings, environment: Mapping[str, str]) -> Iterator[Finding]:
    """Yield settings of ours that stand in the environment and are not read from there."""
    for name in OURS:
        if name in environment and not _is_same(settings[name], environment[name]):
            if settings.getpriority(name) == CMDLINE:
                continue  # -s goes before the environment, as it should
            yield fault(
                _IN_SETTINGS,
                f"{name}={environment[name]} stands in the environment, where it is not looked for; "
                f"the crawl would go by {settings[name]}",
                f"give it as -s {name}={environment[name]}",
            )


CMDLINE: Final = 40
"""Scrapy's priority of `-s`."""


def _is_same(value: Any, text: str) -> bool:
    """Return whether a setting has the value that a text names.

    >>> _is_same(600, "600.0"), _is_same("output", "elsewhere"), _is_same(None, "")
    (True, False, True)
    """
    if isinstance(value, int | float):
        try:
            return float(text) == value
        except ValueError:
            return False
    return (value or "") == text


def _values(settings: BaseSettings) -> Iterator[Finding]:
    """Yield values that a crawl would refuse, or stumble over later."""
    numbers = [name for name in OURS if isinstance(getattr(project, name), int | float)]
    bad = [name for name in (*numbers, "DOWNLOAD_DELAY", "DOWNLOAD_DELAY_JITTER") if not _is_number(settings[name])]
    for name in bad:
        default = getattr(project, name)
        yield fault(_IN_SETTINGS, f"{name}={settings[name]!r} is no number from 0 up", f"give one, e.g. {default}")
    try:
        parse_quiet_hours(settings["KOMPAS_QUIET_HOURS"])
    except UsageError as error:
        yield fault(_IN_SETTINGS, str(error), "e.g. -s KOMPAS_QUIET_HOURS=18:00-22:00")
    if not bad:  # what follows reads them
        try:
            read_raw_settings(settings)
            read_task({}, settings)
        except UsageError as error:
            yield fault(_IN_SETTINGS, str(error), "set it so, or leave it out")
    yield from _politeness(settings)


def _is_number(value: Any) -> bool:
    try:
        return isfinite(float(value)) and float(value) >= 0
    except (TypeError, ValueError):
        return False


def _politeness(settings: BaseSettings) -> Iterator[Finding]:
    """Yield settings that would treat the live site worse than its owner asks."""
    if settings["KOMPAS_REPLICA"]:
        return
    if not settings.getbool("ROBOTSTXT_OBEY"):
        yield fault(_IN_SETTINGS, "ROBOTSTXT_OBEY is off: robots.txt would not be obeyed", "leave it on")
    if _is_number(settings["DOWNLOAD_DELAY"]) and float(settings["DOWNLOAD_DELAY"]) < 1:
        message = f"DOWNLOAD_DELAY={settings['DOWNLOAD_DELAY']} asks the live site more than once a second"
        yield warning(_IN_SETTINGS, message, f"leave it at {project.DOWNLOAD_DELAY}, unless the owner agreed")
