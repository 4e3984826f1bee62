"""What of a crawl is kept raw: which answers, under which switch, and where a later part finds that they are.

An answer is written the moment it has come, before anything unpacks or reads it, and nobody holds its bytes for that:
a request's `meta` names the record from then on. What records look like is the business of `kompas_crawler.archive`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime
from enum import StrEnum
from typing import Final, Self
from urllib.parse import urlsplit

from scrapy import Request
from scrapy.http import Headers, Response, TextResponse
from scrapy.settings import BaseSettings

from kompas_crawler.archive import Archive, RawPointer, RawWriter, WireExchange
from kompas_crawler.archive.raw import RecentPayloads
from kompas_crawler.article_reading import Fetch
from kompas_crawler.books import Answer
from kompas_crawler.errors import UsageError
from kompas_crawler.site.addresses import parse_article_address

RAW: Final = "kompas_raw"
"""Where a request's `meta` holds the place of the answer's record."""

FETCHED_AT: Final = "kompas_fetched_at"
"""Where it holds when the answer had come."""

IS_RESOURCE: Final = "kompas_is_resource"
"""Marks what a page in the browser loads beside itself: what that does to the page is kept with the page."""

GROUNDS: Final = "urn:kompas-crawler:grounds"
"""Under this name a run's files say who may be asked about it and what allows it."""

MEGABYTE: Final = 1_000_000


class Keep(StrEnum):
    """Which answers are kept raw."""

    ON = "on"
    """All: articles, lists, sitemaps, fronts, robots.txt."""
    ARTICLES = "articles"
    """Those to requests for articles and their parts."""
    OFF = "off"
    """None."""


def raw_of(asked: Request | Response) -> RawPointer | None:
    """Return where an answer, or the last one to a request, is kept; null when it is not."""
    pointer: RawPointer | None = asked.meta.get(RAW)
    return pointer


def fetch_of(response: Response) -> Fetch:
    """Return when an answer had come, and where it is kept."""
    raw = raw_of(response)
    return Fetch(response.meta[FETCHED_AT], *(raw if raw is not None else (None, None)))


def answer_of(response: Response) -> Answer:
    """Return what the books note of an answer, with where it is kept."""
    return Answer(
        status=response.status,
        size_bytes=len(response.body),
        seconds=response.meta.get("download_latency"),
        raw=raw_of(response),
    )


class RawPages:
    """The raw files of one run, and what goes into them."""

    def __init__(self, writer: RawWriter, recent: RecentPayloads, keep: Keep, grounds: Mapping[str, str]) -> None:
        self._grounds = grounds
        self._writer = writer
        self._recent = recent
        self._keeps_lists = keep is Keep.ON

    @classmethod
    def begin(
        cls,
        archive: Archive,
        run_id: str,
        *,
        settings: BaseSettings,
        started_at: datetime,
        software: str,
        now: Callable[[], datetime],
    ) -> Self | None:
        """Return the raw files of a run; null when none are to be kept. Raises `UsageError` for unusable settings."""
        keep, limit = read_settings(settings)
        if keep is Keep.OFF:
            return None
        names = {"contact": "KOMPAS_CONTACT", "permission": "KOMPAS_PERMISSION", "replica": "KOMPAS_REPLICA"}
        grounds = {name: str(settings[setting]) for name, setting in names.items() if settings[setting]}
        about = {
            "software": software,
            "http-header-user-agent": settings["USER_AGENT"],
            "robots": "obey" if settings.getbool("ROBOTSTXT_OBEY") else "ignore",
            **({"operator": grounds["contact"]} if "contact" in grounds else {}),
        }
        recent = RecentPayloads(archive.payloads)
        writer = RawWriter(
            archive.storage,
            run_id,
            started_at=started_at,
            about=about,
            payloads=recent,
            size_limit_bytes=limit,
            now=now,
        )
        return cls(writer, recent, keep, grounds)

    def note_robots(self, host: str, text: str, read_at: datetime) -> None:
        """Write what a robots.txt says by which the run goes."""
        self._note_grounds(read_at)
        self._writer.note(f"https://{host}/robots.txt", text, read_at)

    def keep(self, request: Request, response: Response, at: datetime) -> None:
        """Write an answer as it came over the wire, unless it is one that is not kept."""
        if request.meta.get(IS_RESOURCE) or not (self._keeps_lists or parse_article_address(request.url)):
            return
        self._note_grounds(at)
        address = response.ip_address
        request.meta[RAW] = self._writer.exchange(
            WireExchange(
                url=request.url,
                method=request.method,
                request_headers=[(b"Host", urlsplit(request.url).netloc.encode()), *_pairs(request.headers)],
                status=response.status,
                headers=_pairs(response.headers),
                body=response.body,
                fetched_at=at,
                address=str(address) if address is not None else None,
            )
        )

    def keep_rendering(self, response: Response, source: RawPointer, at: datetime) -> RawPointer:
        """Write a page as the browser made it. `source` is the answer that it was made from."""
        encoding = response.encoding if isinstance(response, TextResponse) else "utf-8"
        return self._writer.rendering(response.url, response.body, at, source, encoding=encoding)

    def _note_grounds(self, at: datetime) -> None:
        """Write once, before anything else, who may be asked about the run and what allows it."""
        if self._grounds:
            text = "".join(f"{name}: {value}\n" for name, value in self._grounds.items())
            self._writer.note(GROUNDS, text, at)
            self._grounds = {}

    def flush(self) -> None:
        """Make everything durable."""
        self._writer.flush()

    def close(self) -> None:
        """Make everything durable, and end the file."""
        self._writer.close()

    def remember(self, archive: Archive) -> None:
        """Note in the archive's index what was written and is durable, so that later runs need not write it again."""
        archive.note_payloads(self._recent.drain())


def read_settings(settings: BaseSettings) -> tuple[Keep, int]:
    """Return what is kept and the size limit of a file in bytes. Raises `UsageError` for unusable settings."""
    value = str(settings["KOMPAS_RAW"]).strip().lower()
    try:
        keep = Keep(value)
    except ValueError as error:
        raise UsageError(f"KOMPAS_RAW={value!r} is not usable; give {', '.join(Keep)}") from error
    try:
        megabytes = settings.getfloat("KOMPAS_RAW_FILE_MB")
    except ValueError:
        megabytes = 0.0
    if not 0 < megabytes < float("inf"):
        raise UsageError(f"KOMPAS_RAW_FILE_MB={settings['KOMPAS_RAW_FILE_MB']!r} is not usable; give a number above 0")
    return keep, int(megabytes * MEGABYTE)


def _pairs(headers: Headers) -> list[tuple[bytes, bytes]]:
    return [(name, value) for name, values in headers.items() for value in values]
