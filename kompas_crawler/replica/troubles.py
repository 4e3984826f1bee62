"""The troubles that the imitated site can be told to make, each a named switch with its parameters.

`CATALOGUE` documents them. Some spoil answers on their way out (see `wire`), some make the site itself misbehave
(see `edition`, `lists`, `robots`). Which requests are hit follows from the seed, so a run can be repeated.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from kompas_crawler.replica import layoutchange, robots, scripts
from kompas_crawler.replica.newsday import chance, draws

_AIM: Mapping[str, Any] = {"rate": 1.0, "match": "", "times": 0, "sticky": False}
"""Which answers a spoiler hits: a share of the requests (`rate`) whose host, path and query hold the regular
expression `match`; only the first `times` requests of each address when that is not 0; with `sticky` an address is
hit always or never, else each request anew. robots.txt is spared unless `match` names it."""


@dataclass(frozen=True, slots=True)
class Trouble:
    """One switch."""

    name: str
    effect: str
    parameters: Mapping[str, Any] = field(default_factory=dict)
    spoils_answers: bool = False


def _spoiler(name: str, effect: str, **parameters: object) -> Trouble:
    return Trouble(name, effect, {**_AIM, **parameters}, spoils_answers=True)


CATALOGUE: dict[str, Trouble] = {
    trouble.name: trouble
    for trouble in (
        _spoiler("status", "Answer with an error status; retry_after is seconds, 'date' (an HTTP date in 2 s) or null.",
                 code=503, retry_after=None),
        _spoiler("challenge", "Answer with a browser check instead of the page.", code=403),
        _spoiler("empty", "Answer with no body at all.", code=202),
        _spoiler("busy", "Answer 200 with a page that says the servers are busy."),
        _spoiler("redirect", "Redirect to `to`; '{front}' stands for the section's front, '{self}' for the address.",
                 to="{front}", code=302),
        _spoiler("slow_body", "Send the body at a crawl.", bytes_per_second=2_000),
        _spoiler("hang", "Take the request and never answer."),
        _spoiler("reset", "Close the connection before the first byte."),
        _spoiler("cut_body", "Announce the whole length, send half, close."),
        _spoiler("cut_chunked", "Send half in chunks, close without the last chunk."),
        _spoiler("cut_plain", "Send half without any length, close: nothing but the text tells."),
        _spoiler("wrong_length", "Announce fewer bytes than are sent.", missing=200),
        _spoiler("gzip_bomb", "Send a small gzip body that swells to `size_mb`.", size_mb=200),
        _spoiler("broken_gzip", "Send a gzip body with a damaged middle."),
        Trouble("last_page_low", "The index announces too low a last page.", {"by": 2}),
        Trouble("last_page_missing", "The index announces no last page and no next page."),
        Trouble("shifting", "A new article comes out after each `every` requests to the current day's index.",
                {"every": 2}),
        Trouble("repeated_page", "Page `page` + 1 of the index shows page `page` again.", {"page": 2}),
        Trouble("doubled_item", "The first item of an index page stands on it twice.", {"rate": 0.2}),
        Trouble("quiet_day", "The index lists nothing on `day`, though there are articles.", {"day": ""}),
        Trouble("edits", "A share of the articles is edited, most within a day of publication.", {"rate": 0.195}),
        Trouble("deletions", "A share of the articles is taken down within a week: 404, off the lists.",
                {"rate": 0.015}),
        Trouble("moved", "A share of the articles redirects to another article.", {"rate": 0.026}),
        Trouble("layout_change", "Articles published on `since` or later (empty: all) wear a changed layout: `form` "
                "renamed (classes), emptied (no body), dates (relative time only), byline (moved).",
                {"since": "", "form": "renamed"}),
        Trouble("scripted_fronts", "Fronts of sections show `first` articles; a script adds as many again, as far as "
                "those of the last `days` reach: scroll (when the end comes into view), button (without an address).",
                {"form": "scroll", "first": 10, "days": 2}),
        Trouble("empty_shell", "A share of the articles comes as a shell that a script fills: body (all but the text "
                "is there), page (nothing a reader sees is there).", {"form": "body", "rate": 1.0}),
        Trouble("robots", "robots.txt in another form: reservation, crawl_delay, disallow, joiner, missing, broken, "
                "empty.", {"form": "reservation", "delay": 2.0, "host": ""}),
    )
}  # fmt: skip


class Troubles:
    """The switches that are on."""

    def __init__(self, seed: int) -> None:
        self._seed = seed
        self._on: dict[str, dict[str, Any]] = {}
        self._hits: Counter[tuple[str, str]] = Counter()

    def change(self, changes: Mapping[str, Any]) -> None:
        """Switch troubles: `{"status": {"code": 429, "rate": 0.1}}` on, `{"status": null}` off, `true` by default.

        Raises:
            ValueError: a name or parameter is not in the catalogue, or a value is of another type than its default.
        """
        fresh = {name: _checked(name, value) for name, value in changes.items()}
        for name, parameters in fresh.items():
            self._on.pop(name, None)
            if parameters is not None:
                self._on[name] = parameters
        self._hits.clear()

    def clear(self) -> None:
        """Switch everything off."""
        self._on.clear()
        self._hits.clear()

    def parameters(self, name: str) -> Mapping[str, Any] | None:
        """Parameters of a trouble that is on; null when it is off."""
        return self._on.get(name)

    def rate(self, name: str) -> float:
        """`rate` of a trouble; 0 when it is off."""
        return float(self._on.get(name, {}).get("rate", 0.0))

    def spoiler_for(self, url: str) -> tuple[str, Mapping[str, Any]] | None:
        """The first trouble that spoils the answer to this request, or null. `url` is host, path and query."""
        for name, parameters in self._on.items():
            if CATALOGUE[name].spoils_answers and self._hits_answer(name, parameters, url):
                return name, parameters
        return None

    def _hits_answer(self, name: str, parameters: Mapping[str, Any], url: str) -> bool:
        match = parameters["match"]
        if not re.search(match, url) or (not match and url.endswith("/robots.txt")):
            return False
        asked = self._hits[name, url]
        self._hits[name, url] += 1
        if parameters["times"] and asked >= parameters["times"]:
            return False
        draw = draws(self._seed, name, url, "" if parameters["sticky"] else asked)
        return chance(draw, 0) < float(parameters["rate"])

    def as_json(self) -> dict[str, Any]:
        """The switches that are on, and the catalogue."""
        known = {t.name: {"effect": t.effect, "parameters": dict(t.parameters)} for t in CATALOGUE.values()}
        return {"on": self._on, "known": known}


_FORMS = {
    "layout_change": layoutchange.FORMS,
    "robots": robots.FORMS,
    "scripted_fronts": scripts.STREAMS,
    "empty_shell": scripts.SHELLS,
}


def _checked_pattern(name: str, pattern: str) -> None:
    try:
        re.compile(pattern)
    except re.error as error:
        raise ValueError(f"{name}.match is no regular expression: {error}") from error


def _is_like(value: object, default: object) -> bool:
    if default is None:
        return value is None or isinstance(value, int | str)
    if isinstance(value, bool) or isinstance(default, bool):
        return isinstance(value, bool) and isinstance(default, bool)
    return isinstance(value, int | float if isinstance(default, float) else type(default))


def _checked(name: str, value: object) -> dict[str, Any] | None:
    if name not in CATALOGUE:
        raise ValueError(f"no trouble is called {name!r}; known are {', '.join(CATALOGUE)}")
    if value is None or value is False:
        return None
    given = {} if value is True else value
    if not isinstance(given, Mapping):
        raise ValueError(f"{name}: give true, null or an object of parameters, not {value!r}")
    defaults = CATALOGUE[name].parameters
    for key, parameter in given.items():
        if key not in defaults:
            raise ValueError(f"{name} has no parameter {key!r}; it has {', '.join(defaults) or 'none'}")
        if not _is_like(parameter, defaults[key]):
            raise ValueError(f"{name}.{key} should be like {defaults[key]!r}, not {parameter!r}")
        if key == "form" and parameter not in _FORMS[name]:
            raise ValueError(f"{name}.form is one of {', '.join(_FORMS[name])}, not {parameter!r}")
        if key == "match":
            _checked_pattern(name, str(parameter))
    return {**defaults, **given}
