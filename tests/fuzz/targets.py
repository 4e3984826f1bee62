"""What is fuzzed: every function that reads bytes or text from elsewhere, with what must hold of its answer.

A target takes bytes and returns, whatever they are. It raises only for a find: an error that is not documented, or a
value out of the data contract. `seeds` are what the fuzzers begin with: the pages of `tests/cases`, and a few of each
other kind. Used by the properties (`test_properties`), and by the coverage-guided fuzzer (`python -m tests.fuzz`).
"""

from __future__ import annotations

import io
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from functools import partial
from types import MappingProxyType

from kompas_crawler.archive import Observation, Staging, staging
from kompas_crawler.archive.columns import record_batch
from kompas_crawler.archive.http_message import decoded, parse_response
from kompas_crawler.archive.raw_reading import exchanges
from kompas_crawler.contract import invalid_field, normalised
from kompas_crawler.errors import ArchiveError, NotAListPage, PageError, UsageError
from kompas_crawler.items import Route
from kompas_crawler.pace import retry_after_seconds
from kompas_crawler.plan import ARGUMENTS, read_arguments
from kompas_crawler.quiet_hours import parse_quiet_hours
from kompas_crawler.resweeps import read_resweeps
from kompas_crawler.revisits import read_revisits
from kompas_crawler.site import parse_article
from kompas_crawler.site.addresses import clean_url, index_request, is_site_host, parse_article_address, refusal
from kompas_crawler.site.blocked import diagnose
from kompas_crawler.site.dates import parse_machine_time, parse_printed_time
from kompas_crawler.site.fronts import parse_front, parse_more
from kompas_crawler.site.listings import Listing, ListPage
from kompas_crawler.site.lists import parse_list
from kompas_crawler.site.robots import clean_robots, text_and_data_mining_reservation
from kompas_crawler.site.sitemaps import parse_sitemap
from tests.fuzz import seeds
from tests.fuzz.seeds import ARTICLE, LIST

MOST_SECONDS = 0.25
"""Of processor time: a page that takes longer is a find."""
AT = datetime(2021, 4, 20, 5, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Target:
    """One reader of foreign bytes."""

    name: str
    play: Callable[[bytes], None]
    seeds: Callable[[], Sequence[bytes]]
    words: tuple[bytes, ...] = ()
    """What a change may put in."""


def _text(content: bytes) -> str:
    return content.decode("utf-8", "replace")


def article_page(content: bytes) -> None:
    """An article's page: a record within the contract, or one of the documented refusals."""
    try:
        parsed = parse_article(content, ARTICLE)
    except PageError:
        return
    article = normalised(parsed.article)
    assert invalid_field(article) is None, invalid_field(article)
    observation = Observation(
        article=article, fetched_at=AT, discovered_by=(Route.INDEX,), links=parsed.links, raw_file=None, raw_offset=None
    )
    record_batch([staging.article_row(observation, "r1")], staging.SCHEMAS["articles"])
    Staging(_NOWHERE, "r1", software_version="1").observe(observation)
    assert parsed.part is None or 1 <= parsed.part <= article.page_count
    assert all(is_site_host(_host(url)) for url in parsed.part_urls)


def _host(url: str) -> str:
    return url.partition("://")[2].partition("/")[0]


class _Nowhere:
    """A place for files that takes none: a record that is only checked is never written."""

    location = "nowhere"


_NOWHERE: staging.Storage = _Nowhere()  # type: ignore[assignment]


def _listing(entry: Listing) -> None:
    address = parse_article_address(entry.url)
    assert address is not None, entry.url
    assert address.article_id == entry.article_id
    assert entry.published_at.tzinfo is not None
    assert entry.position >= 1


def _listed(page: ListPage) -> None:
    for entry in page.entries:
        _listing(entry)
    assert len({entry.article_id for entry in page.entries}) == len(page.entries)
    assert page.last_page is None or page.last_page >= 1


def list_page(content: bytes) -> None:
    """A page of the index."""
    try:
        page = parse_list(content, LIST)
    except PageError:
        return
    _listed(page)


def front_page(content: bytes) -> None:
    """A front, and what it loads further down."""
    for parse, url in (
        (parse_front, "https://nasional.kompas.com/"),
        (parse_more, "https://nasional.kompas.com/?page=2"),
    ):
        try:
            _listed(parse(content, url))
        except PageError:
            continue


def sitemap(content: bytes) -> None:
    """A sitemap, also in gzip: on the site's hosts, with no file of this machine in it."""
    try:
        found = parse_sitemap(content, "https://www.kompas.com/sitemap.xml")
    except NotAListPage:
        return
    for entry in found.entries:
        _listing(entry)
    for other in found.sitemaps:
        assert is_site_host(_host(other.url).rpartition("@")[2].partition(":")[0]), other.url
    assert all(at.tzinfo is not None for at in found.changed_at.values())


def robots_file(content: bytes) -> None:
    """A robots.txt."""
    text = clean_robots(content)
    assert "\r" not in text
    text_and_data_mining_reservation(text)


def dates(content: bytes) -> None:
    """A printed date, and a stamp for machines."""
    text = _text(content)
    printed = parse_printed_time(text)
    assert printed is None or printed.at.utcoffset() is not None
    stamp = parse_machine_time(text)
    assert stamp is None or stamp.utcoffset() is not None
    wait = retry_after_seconds(text, now=AT)
    assert wait is None or wait >= 0


def addresses(content: bytes) -> None:
    """An address: of an article only on the site's hosts, and the same when it is read again."""
    url = _text(content)
    clean_url(url)
    index_request(url)
    refusal(url)
    address = parse_article_address(url)
    if address is None:
        return
    again = parse_article_address(address.url)
    assert again is not None, address.url
    assert again.article_id == address.article_id
    assert again.url == address.url
    assert address.url.startswith("https://")
    assert is_site_host(_host(address.url)), address.url


def block_page(content: bytes) -> None:
    """An answer that may be a refusal."""
    status = 200 + (content[0] if content else 0)
    for expects_html in (True, False):
        diagnose(
            status, {"Server": _text(content[:40]), "Content-Type": "text/html"}, content, expects_html=expects_html
        )


def warc_file(content: bytes) -> None:
    """A WARC file, ours or anybody's: answers, or an error of the archive with the place."""
    try:
        for exchange in exchanges(io.BytesIO(content)):
            assert exchange.fetched_at.tzinfo is not None
            _ = exchange.body
    except ArchiveError:
        return


def http_answer(content: bytes) -> None:
    """The block of a WARC record, and a body in a content coding."""
    try:
        parse_response(content)
        decoded(content[1:], ("gzip", "deflate", "br", "zstd", "nonsense")[content[0] % 5] if content else None)
    except ArchiveError:
        return


def arguments(content: bytes) -> None:
    """Spider arguments: a plan within its bounds, or an error of usage."""
    given = dict(pair.partition("=")[::2] for pair in _text(content).split("&"))
    try:
        plan = read_arguments(MappingProxyType(given), today=date(2021, 4, 20))
    except UsageError:
        return
    assert date(1995, 1, 1) <= plan.since <= plan.until <= date(2021, 4, 20)
    assert set(given) <= {*ARGUMENTS, "_job"}
    assert plan.depth >= 0
    assert plan.limit is None or plan.limit >= 1


def setting_texts(content: bytes) -> None:
    """Settings that are small languages of their own."""
    text = _text(content)
    for read in (parse_quiet_hours, lambda marks: read_resweeps(marks, 38), lambda marks: read_revisits(marks, 12.0)):
        try:
            read(text)
        except UsageError:
            continue


NUMBERS: tuple[bytes, ...] = (b"9" * 5_000, b"-1", b"0", b"1e999", "٣".encode(), "²".encode(), b"9" * 20)
_MARKUP = (
    *b"< > </div> <p> <!-- <script> </script> <table><td> &#0; &#xD800; &#x110000; <template> <svg><title>".split(),
    *(b"<a href=", b"<div>" * 400, b"[" * 800, b'{"@type":', b"\x00", b"\xff\xfe", "\u200b".encode(), b"\xed\xa0\x80"),
    *(b"Baca juga:", b"KOMPAS.com - ", b"14/04/2021, 20:59 WIB", b"?page=2"),
)


def _target(
    play: Callable[[bytes], None], seeds: Sequence[bytes] | Callable[[], Sequence[bytes]], *words: bytes
) -> Target:
    return Target(play.__name__, play, seeds if callable(seeds) else lambda: seeds, (*words, *NUMBERS))


TARGETS: tuple[Target, ...] = (
    _target(article_page, partial(seeds.pages, lists=False), *_MARKUP),
    _target(list_page, seeds.lists, *_MARKUP, b"?page=", b"data-ci-pagination-page="),
    _target(front_page, seeds.lists, *_MARKUP),
    _target(sitemap, seeds.SITEMAPS, *b"<!DOCTYPE <!ENTITY &a; <![CDATA[ xmlns=".split()),
    _target(robots_file, (seeds.ROBOTS,), b"\xef\xbb\xbf", b"\r", b"#"),
    _target(dates, seeds.DATES, *b"WITA WIT AM PM +99:99 Z Februari 31/02/0000 24:60".split()),
    _target(addresses, seeds.ADDRESSES, b"\\", b"\t", "。".encode(),
            *b"@ :// %2f %00 .. [ ] :99999 # ?page= kompas.com /read/2021/02/30/".split()),
    _target(block_page, seeds.refusals, b"challenge-platform", b"Access Denied", b"captcha", *_MARKUP),
    _target(warc_file, seeds.warc_files, b"\r\n", b"WARC/1.1", b"Content-Length: ", b"WARC-Type: revisit",
            b"WARC-Date: ", b"\x1f\x8b\x08", b"Transfer-Encoding: chunked", b"Content-Encoding: br",
            b"Content-Encoding: zstd"),
    _target(http_answer, seeds.http_answers, b"HTTP/1.1 ", b"\r\n\r\n", b"Transfer-Encoding: chunked", b"ffffffff\r\n",
            b";ext", b"\x28\xb5\x2f\xfd"),
    _target(arguments, seeds.ARGUMENTS,
            *b"&since= &until= &sections= &follow= &depth= &limit= &_job= ,, 0000-00-00 2021-W15".split()),
    _target(setting_texts, seeds.SETTINGS, *b": - , 24:00 nan inf".split()),
)  # fmt: skip
BY_NAME = {target.name: target for target in TARGETS}
