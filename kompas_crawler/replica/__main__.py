"""Command line of the replica: `python -m kompas_crawler.replica [--port N] [--pages DIR] [--seed N] …`."""

from __future__ import annotations

import argparse
import json
import os
import stat
import sys
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path
from threading import Thread

from twisted.internet.error import ReactorNotRunning
from twisted.internet.task import LoopingCall
from twisted.web.server import Site as HttpSite

from kompas_crawler.replica.answers import Site
from kompas_crawler.replica.articles import LAYOUTS, Desk
from kompas_crawler.replica.clock import Clock, parse_moment
from kompas_crawler.replica.edition import Edition
from kompas_crawler.replica.lists import SHAPES
from kompas_crawler.replica.newsday import Newsroom
from kompas_crawler.replica.saved import SavedSite
from kompas_crawler.replica.server import Root
from kompas_crawler.replica.troubles import CATALOGUE, Troubles
from kompas_crawler.replica.twistedtypes import reactor


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m kompas_crawler.replica",
        description="A local imitation of Kompas.com: real hosts, addresses and layouts, invented news.",
        epilog="Troubles: " + "; ".join(f"{t.name}: {t.effect}" for t in CATALOGUE.values()),
    )
    parser.add_argument("--port", type=int, default=0, help="port on 127.0.0.1 (default: a free one)")
    parser.add_argument(
        "--pages", type=Path, help="serve the saved pages of this folder (index.jsonl) and nothing else"
    )
    parser.add_argument("--seed", type=int, default=1, help="the news follow from it (default 1)")
    parser.add_argument(
        "--today", type=parse_moment, metavar="YYYY-MM-DD[THH:MM]",
        help="the site's time, WIB, standing still until moved by /__clock (default: the real time, which goes on)",
    )  # fmt: skip
    parser.add_argument("--articles-per-day", type=int, default=240, help="on a weekday (default 240)")
    parser.add_argument("--layouts", choices=["mixed", "era", *LAYOUTS], default="mixed", help="of articles")
    parser.add_argument("--list-layouts", choices=["mixed", "era", *SHAPES], default="mixed", help="of lists")
    parser.add_argument("--full", action="store_true", help="pages with the weight of real ones (190 KB)")
    parser.add_argument(
        "--troubles", type=json.loads, default={}, metavar="JSON",
        help='switches, such as \'{"status": {"code": 503, "rate": 0.1}, "edits": true}\'',
    )  # fmt: skip
    parser.add_argument(
        "--exit-with-parent", action="store_true",
        help="end when the parent process does, or when standard input is a pipe that closes",
    )  # fmt: skip
    return parser


def main(arguments: Sequence[str] | None = None) -> int:
    """Serve until told to stop; returns the exit code."""
    parser = _parser()
    options = parser.parse_args(arguments)
    clock, troubles = Clock(options.today), Troubles(options.seed)
    try:
        troubles.change(options.troubles)
        root, story = _root(options, clock, troubles)
    except (ValueError, FileNotFoundError) as error:
        parser.error(str(error))
    http = HttpSite(root)  # type: ignore[no-untyped-call]
    port = reactor.listenTCP(options.port, http, interface="127.0.0.1")
    # Told when it runs and no sooner: a signal that follows at once must find its handler.
    reactor.callWhenRunning(_tell, f"Replica of Kompas.com at http://127.0.0.1:{port.getHost().port} ({story})")
    if options.exit_with_parent:
        _watch_parent()
    reactor.run()
    return 0


def _root(options: argparse.Namespace, clock: Clock, troubles: Troubles) -> tuple[Root, str]:
    if options.pages:
        saved = SavedSite(options.pages)

        return Root(saved, saved.truth, clock, troubles), f"{len(saved.articles)} saved articles"
    newsroom = Newsroom(options.seed, options.articles_per_day)
    edition = Edition(newsroom, Desk(newsroom, options.layouts), clock, troubles, full=options.full)
    site = Site(edition, options.list_layouts)
    return Root(site, edition.truth, clock, troubles), f"seed {options.seed}, {clock.now:%Y-%m-%d %H:%M} WIB"


def _tell(line: str) -> None:
    print(line, flush=True)


def _watch_parent() -> None:
    parent = os.getppid()

    def look() -> None:
        if os.getppid() != parent:
            _stop()

    LoopingCall(look).start(0.5)
    # A terminal or /dev/null says nothing about the parent; a pipe ends with its writer.
    if stat.S_ISFIFO(os.fstat(sys.stdin.fileno()).st_mode):
        Thread(target=_wait_for_end, daemon=True).start()


def _wait_for_end() -> None:
    while os.read(sys.stdin.fileno(), 1024):
        pass
    reactor.callFromThread(_stop)


def _stop() -> None:
    # A signal may have come first.
    with suppress(ReactorNotRunning):
        reactor.stop()


if __name__ == "__main__":
    sys.exit(main())
