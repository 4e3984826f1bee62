"""The HTTP server: takes requests for any host of the site, logs and answers them; and the `/__…` control addresses."""

from __future__ import annotations

import json
from collections import deque
from collections.abc import Mapping
from datetime import UTC, date, datetime
from time import monotonic
from typing import Any, Protocol
from urllib.parse import parse_qsl, unquote

from twisted.web.resource import Resource

from kompas_crawler.replica import wire
from kompas_crawler.replica.answers import Answer, not_found, parse_day
from kompas_crawler.replica.clock import Clock, parse_moment
from kompas_crawler.replica.troubles import Troubles
from kompas_crawler.replica.twistedtypes import NOT_DONE_YET, HttpRequest

JSON = "application/json; charset=UTF-8"
_LOGGED = 1_000_000


class Answering(Protocol):
    """A site: the generated or the saved one."""

    def answer(self, host: str, path: str, query: Mapping[str, str]) -> Answer:
        """The answer to a GET."""


class Truths(Protocol):
    """Tells what is true of the articles of some days."""

    def __call__(self, since: date, until: date, *, brief: bool) -> list[dict[str, Any]]:
        """Records, oldest first."""


class ControlError(ValueError):
    """A request to a control address that cannot be understood; answered with 400 and this message."""


class Root(Resource):
    """Answers every request."""

    isLeaf = True  # noqa: N815  # Twisted's name

    def __init__(self, site: Answering, truth: Truths, clock: Clock, troubles: Troubles) -> None:
        super().__init__()  # type: ignore[no-untyped-call]
        self._site = site
        self._truth = truth
        self._clock = clock
        self._troubles = troubles
        self._log: deque[dict[str, Any]] = deque(maxlen=_LOGGED)
        self._started = monotonic()

    def render(self, request: HttpRequest) -> int:
        """Answer one request; always later, as far as Twisted is concerned."""
        _take_absolute_form(request)
        path = unquote(request.path.decode("latin-1"))
        query = dict(parse_qsl(_query_text(request), keep_blank_values=True))
        if path.startswith("/__"):
            wire.send(request, self._control(request, path, query))
            return NOT_DONE_YET
        host = _host(request)
        url = host + request.uri.decode("latin-1")
        spoiler = self._troubles.spoiler_for(url)
        entry = self._enter(request, host, spoiler[0] if spoiler else None)
        if not host.endswith(".kompas.com") and host != "kompas.com":
            answer = self._help() if path == "/" else not_found()
        elif request.method not in (b"GET", b"HEAD"):
            answer = Answer(status=405)
        else:
            answer = self._site.answer(host, path, query)
        if spoiler:
            wire.spoil(request, answer, *spoiler)
        else:
            wire.send(request, answer)
        # Null where the connection hangs or was closed before the first byte.
        entry["status"] = request.code if request.startedWriting else None
        return NOT_DONE_YET

    def _enter(self, request: HttpRequest, host: str, trouble: str | None) -> dict[str, Any]:
        entry = {
            "number": len(self._log) + 1, "at": datetime.now(UTC).isoformat(),
            "seconds": round(monotonic() - self._started, 6), "clock": self._clock.now.isoformat(),
            "method": request.method.decode("latin-1"), "host": host,
            "path": request.path.decode("latin-1"), "query": _query_text(request), "status": None,
            "trouble": trouble, "user_agent": _header(request, b"user-agent"),
            "referer": _header(request, b"referer"),
        }  # fmt: skip
        self._log.append(entry)
        return entry

    def _help(self) -> Answer:
        now = self._clock.now
        text = (
            "<!DOCTYPE html><html><head><title>Replica of Kompas.com</title></head><body><h1>Replica of Kompas.com</h1>"
            f"<p>Its clock says {now:%Y-%m-%d %H:%M} WIB. Ask for the hosts of kompas.com here, for example with "
            "<code>curl -H 'Host: indeks.kompas.com' …</code>. Control: <a href='/__health'>/__health</a>, "
            "<a href='/__truth?brief=1'>/__truth</a>, <a href='/__log'>/__log</a>, <a href='/__clock'>/__clock</a>, "
            "<a href='/__troubles'>/__troubles</a>.</p></body></html>"
        )
        return Answer(body=text.encode())

    def _control(self, request: HttpRequest, path: str, query: Mapping[str, str]) -> Answer:
        try:
            value = self._told(request, path, query)
        except ValueError as error:
            return _json({"error": str(error)}, status=400)
        return not_found() if value is None else _json(value)

    def _told(self, request: HttpRequest, path: str, query: Mapping[str, str]) -> object:
        orders = _orders(request) if request.method == b"POST" else None
        match path:
            case "/__health":
                return {"ok": True, "requests": len(self._log), "clock": self._clock.now.isoformat()}
            case "/__truth":
                since, until = self._window(query)
                return self._truth(since, until, brief=bool(query.get("brief")))
            case "/__log":
                start = int(query.get("after", "0"))
                return [entry for entry in self._log if entry["number"] > start]
            case "/__clock":
                self._move_clock(orders or {})
                return {"now": self._clock.now.isoformat()}
            case "/__troubles":
                if orders is not None:
                    if orders.pop("clear", False):
                        self._troubles.clear()
                    self._troubles.change(orders)
                return self._troubles.as_json()
        return None

    def _window(self, query: Mapping[str, str]) -> tuple[date, date]:
        today = self._clock.now.date().isoformat()
        day = query.get("day", today)
        since, until = parse_day(query.get("since", day)), parse_day(query.get("until", query.get("since", day)))
        if since is None or until is None:
            raise ControlError("day, since and until have the form YYYY-MM-DD")
        return since, until

    def _move_clock(self, orders: dict[str, Any]) -> None:
        unknown = orders.keys() - {"advance", "set"}
        if unknown:
            raise ControlError(f"the clock takes advance (seconds) and set (a moment), not {', '.join(unknown)}")
        if "set" in orders:
            self._clock.set(parse_moment(str(orders["set"])))
        if "advance" in orders:
            self._clock.advance(float(orders["advance"]))


def _take_absolute_form(request: HttpRequest) -> None:
    """Let a client that takes the replica for its proxy ask `GET http://host/path` as any other asks for `/path`."""
    scheme, found, rest = request.uri.partition(b"://")
    if found and scheme in (b"http", b"https"):
        request.uri = b"/" + rest.partition(b"/")[2]
        request.path = request.uri.partition(b"?")[0]


def _query_text(request: HttpRequest) -> str:
    return request.uri.decode("latin-1").partition("?")[2]


def _host(request: HttpRequest) -> str:
    return _header(request, b"host").partition(":")[0].lower()


def _header(request: HttpRequest, name: bytes) -> str:
    return (request.getHeader(name) or b"").decode("latin-1")


def _orders(request: HttpRequest) -> dict[str, Any]:
    text = request.content.read() if request.content else b""
    orders = json.loads(text or b"{}")
    if not isinstance(orders, dict):
        raise ControlError(f"expected a JSON object, found {text[:60]!r}")
    return orders


def _json(value: object, status: int = 200) -> Answer:
    return Answer(status=status, body=json.dumps(value, ensure_ascii=False).encode(), content_type=JSON)
