"""What became of an address that gave no content: from an answer's status and body, a redirect, or a failure."""

from __future__ import annotations

from dataclasses import dataclass

from scrapy.exceptions import DownloadTimeoutError, IgnoreRequest, ResponseDataLossError
from scrapy.http import Response
from twisted.python.failure import Failure

from kompas_crawler.items import Outcome
from kompas_crawler.middlewares import RefusedAddress
from kompas_crawler.repeats import UnreadableBody
from kompas_crawler.site.addresses import parse_article_address
from kompas_crawler.site.blocked import diagnose

GONE_STATUSES = frozenset({404, 410})

HOLES = frozenset({"robots_unreachable", "stopped"})
"""Reasons not to ask that say nothing against the address: it is still wanted."""


@dataclass(frozen=True, slots=True)
class Trouble:
    """Why an address gave no content, and the outcome that follows from it."""

    outcome: Outcome
    reason: str
    """Short and machine-readable; stored in `visits`."""
    status: int | None = None


def trouble_of_answer(response: Response, *, expects_html: bool = True) -> Trouble | None:
    """Return why a response is no content, or null when it is."""
    status = response.status
    if status in GONE_STATUSES:
        return Trouble(Outcome.GONE, f"http_{status}", status)
    headers = {name.decode("latin-1"): values[-1].decode("latin-1") for name, values in response.headers.items()}
    diagnosis = diagnose(status, headers, response.body, expects_html=expects_html)
    if diagnosis is not None:
        outcome = Outcome.BLOCKED if diagnosis.is_refusal else Outcome.FAILED
        return Trouble(outcome, diagnosis.reason, status)
    if status != 200:
        return Trouble(Outcome.FAILED, f"http_{status}", status)
    return None


def trouble_of_landing(response: Response, article_id: str) -> Trouble | None:
    """Return that an article's address led to another page, or null when it led to the article."""
    landed = parse_article_address(response.url)
    if landed is not None and landed.article_id == article_id:
        return None
    return Trouble(Outcome.GONE, "redirected", response.status)


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
    if isinstance(error, DownloadTimeoutError):
        return Trouble(Outcome.FAILED, "timeout")
    if isinstance(error, ResponseDataLossError):
        return Trouble(Outcome.FAILED, "cut_short")
    return Trouble(Outcome.FAILED, type(error).__name__)
