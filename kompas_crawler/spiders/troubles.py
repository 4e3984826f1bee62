"""From Scrapy's responses and failures to what they mean: what a response says, and what a failure ended in."""

from __future__ import annotations

from scrapy.exceptions import (
    CannotResolveHostError,
    DownloadCancelledError,
    DownloadConnectionRefusedError,
    DownloadFailedError,
    DownloadTimeoutError,
    IgnoreRequest,
    ResponseDataLossError,
)
from scrapy.http import Response
from twisted.python.failure import Failure

from kompas_crawler.answers import Received, Trouble
from kompas_crawler.items import Outcome
from kompas_crawler.middlewares import RefusedAddress
from kompas_crawler.repeats import UnreadableBody

HOLES = frozenset({"robots_unreachable", "stopped"})
"""Reasons not to ask that say nothing against the address: it is still wanted."""

REASONS = {
    CannotResolveHostError: "not_resolved",
    DownloadConnectionRefusedError: "connection_refused",
    DownloadTimeoutError: "timeout",
    # The connection was lost before the body, or what came is no HTTP.
    DownloadFailedError: "broken_answer",
    ResponseDataLossError: "cut_short",
    # Scrapy gives a download up by itself for one cause alone, DOWNLOAD_MAXSIZE.
    DownloadCancelledError: "too_large",
    # What we ask for is a well-formed address; only a Location makes one of which Scrapy can build no request.
    ValueError: "bad_redirect",
}
"""What failures to answer are called in the books."""


def received(response: Response) -> Received:
    """Return what a response says, apart from Scrapy."""
    headers = {name.decode("latin-1"): values[-1].decode("latin-1") for name, values in response.headers.items()}
    return Received(response.url, response.status, headers, response.body)


def trouble_of_failure(failure: Failure) -> Trouble:
    """Return what a request that got no usable answer ended in."""
    error = failure.value
    if isinstance(error, RefusedAddress):
        if error.reason in HOLES:
            return Trouble(Outcome.FAILED, error.reason)
        if error.reason == "robots" or "redirect_urls" not in failure.request.meta:  # type: ignore[attr-defined] # set by Scrapy
            return Trouble(Outcome.EXCLUDED, error.reason)
        return Trouble(Outcome.GONE, f"redirected_{error.reason}")
    if isinstance(error, UnreadableBody):
        return Trouble(Outcome.FAILED, error.reason)
    if isinstance(error, IgnoreRequest):
        return Trouble(Outcome.FAILED, "redirect_loop")
    reason = next((name for kind, name in REASONS.items() if isinstance(error, kind)), type(error).__name__)
    return Trouble(Outcome.FAILED, reason)
