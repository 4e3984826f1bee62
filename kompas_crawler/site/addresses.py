"""The addresses of Kompas.com: which is an article's, what it says about the article, and which may be requested.

It knows every form that article addresses have had since 2014 and how to build the addresses of lists, parts and
fronts. It fetches nothing, asks no clock, and never raises for an address that a page may hold: what it cannot read
is answered with None. Hosts are compared on a label border, so `fake-kompas.com` and `kompas.com.evil.org` are foreign.
"""

from __future__ import annotations

import re
from datetime import UTC, date, datetime, timedelta
from functools import lru_cache
from ipaddress import ip_address
from typing import Final, NamedTuple
from urllib.parse import parse_qsl, quote, unquote, urlencode, urlsplit

from kompas_crawler.site.sections import ALL_SITES, SECTIONS, is_advertorial, resolve_section

SITE_DOMAIN: Final = "kompas.com"
INDEX_HOST: Final = "indeks.kompas.com"

_WIB_OFFSET: Final = timedelta(hours=7)

# ASCII, or "K" (Kelvin sign) and "ſ" would match k and s. The id is 8–9 digits; other lengths are kept, unexplained.
_ARTICLE: Final = re.compile(
    r"(?:https?:)?//"
    r"(?P<host>(?:[a-z0-9-]+\.)*kompas\.com)(?::(?:443|80))?"
    r"/+(?:amp/+)?(?:(?!amp/|read/)(?P<segment>[a-z0-9][a-z0-9-]*)/+)?(?:index\.php/+)?"
    r"read/+(?:xml/+)?"
    r"(?P<year>(?:19|20)[0-9]{2})/(?P<month>[0-9]{2})/(?P<day>[0-9]{2})/(?P<site_id>[0-9]{7,12})"
    r"(?:/+(?P<slug>[^\x00-\x20\x7f/?#\\<>\"`{}|^]+))?/*"
    r"(?:\?(?P<query>[^\x00-\x20\x7f\\#]*))?(?:#[^\x00-\x20\x7f\\]*)?",
    re.ASCII | re.IGNORECASE,
)
_PART: Final = re.compile(r"(?:^|&)(?:amp;)?page=(all|[1-9][0-9]{0,3})(?:&|$)", re.IGNORECASE)
_HOST: Final = re.compile(r"(?:[a-z0-9-]+\.)*kompas\.com", re.ASCII | re.IGNORECASE)
_FORBIDDEN_CHARACTERS: Final = re.compile(r"[\x00-\x20\x7f-\xa0\u2000-\u200f\u2028-\u202f\u2060-\u206f\ufeff\\]")
_HTML_SPACE: Final = " \t\r\n\f"
_SLUG_SAFE: Final = "%!$&'()*+,;=:@~"

_LENGTHS_WITH_CLOCK: Final = frozenset({8, 9})
"""Of ids that are HHMMSS, a counter and a section code."""

_NOT_ARTICLE_HOSTS: Final = frozenset({"foto", "video", "vik", "jeo", "buku", "tv", "indeks", "inside"})
_NOT_ARTICLE_SEGMENTS: Final = frozenset({"image", "komentar", "copy", "gallery", "photo", "foto", "video", "search"})
_HOSTS_OF_MANY_SECTIONS: Final = frozenset({"kompas.com", "www.kompas.com", "amp.kompas.com"})

_TRACKING: Final = frozenset({"source", "engine", "jxrecoid", "lgn_method", "google_btn", "fbclid", "gclid"})
# By robots.txt: `*?jxrecoid=*`, `*?utm_source=*`, `*?source=*`.
_DISALLOWED_QUERY: Final = frozenset({"jxrecoid", "utm_source", "source"})
_DISALLOWED_SEGMENTS: Final = frozenset({"search", "komentar", "copy"})
# Search, accounts and the JSON of the apps and of the comments: not pages for readers.
_DISALLOWED_HOSTS: Final = frozenset({"search", "sso", "account", "login", "my", "activity", "api", "apis", "srv"})
_DEFAULT_PORTS: Final = {"https": 443, "http": 80}

_INDEX_PATH: Final = re.compile(r"/(?P<site>[a-z0-9-]+)/(?P<day>[0-9-]{10})(?:/(?P<page>[0-9]{1,6}))?/?")
_SITE_SLUG: Final = re.compile(r"[a-z0-9-]+")
_DAY: Final = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
_PAGE_NUMBER: Final = re.compile(r"[1-9][0-9]{0,5}")


class ArticleAddress(NamedTuple):
    """What the address of an article says about it. A page holds dozens, so the time is worked out when asked for."""

    article_id: str
    """Key of the archive, `YYYYMMDD-<id>`: the same for every host, slug, AMP form and query of one article."""
    site_id: str
    """The id as it stands in the address, e.g. `205938370`."""
    published_on: date
    """The date in the path, a WIB day."""
    section: str
    """Slug of the section that host, path or code name."""
    section_code: int | None
    """The 1–2 digit code at the end of an id of 8–9 digits; None for other ids."""
    is_known_section: bool
    """Host or path name a section of the table."""
    host: str
    """Host of the canonical address."""
    slug: str
    """The words after the id as printed, with dots, dashes and capitals; empty when there are none."""
    part: int | None
    """Part of the article that is asked for: 1, `?page=N`, or None for the whole (`?page=all`)."""
    url: str
    """Canonical address: https, no query, no fragment, no AMP."""

    @property
    def published_at(self) -> datetime | None:
        """Aware UTC, from the date in the path and the HHMMSS (WIB) of the id; None when the id holds no clock time."""
        return _published_at(self.published_on, self.site_id) if len(self.site_id) in _LENGTHS_WITH_CLOCK else None


class IndexRequest(NamedTuple):
    """What an index address asks for."""

    site: str
    """The `site=` slug."""
    day: date
    """The WIB day."""
    page: int
    """1, 2, …"""


@lru_cache(maxsize=8192)
def parse_article_address(url: str) -> ArticleAddress | None:
    """What an address says about the article it names; None when it is not the address of an article of the site.

    Takes an absolute or protocol-relative address as a page holds it, white space around it ignored. Never raises.

    >>> address = parse_article_address("http://WWW.kompas.com/global/read/2021/04/14/205938370/a-b.c-?page=2#x")
    >>> address.article_id, address.section, address.section_code, address.part
    ('20210414-205938370', 'global', 70, 2)
    >>> address.url, address.published_at.isoformat()
    ('https://www.kompas.com/global/read/2021/04/14/205938370/a-b.c-', '2021-04-14T13:59:38+00:00')
    >>> parse_article_address("https://fake-kompas.com/read/2021/04/14/205938370/x") is None
    True
    """
    url = url.strip(_HTML_SPACE)
    match = _ARTICLE.fullmatch(url)
    if match is None or not (url.isascii() or url.isprintable()):
        return None
    host, segment, year, month, day, site_id, slug, query = match.groups()
    try:
        published_on = date(int(year), int(month), int(day))
    except ValueError:
        return None
    host = host.lower()
    segment = segment.lower() if segment else None
    label = "www" if host in _HOSTS_OF_MANY_SECTIONS else host.partition(".")[0]
    if label in _NOT_ARTICLE_HOSTS or segment in _NOT_ARTICLE_SEGMENTS:
        return None
    code = (int(site_id[7:]) or None) if len(site_id) in _LENGTHS_WITH_CLOCK else None
    section, is_known = resolve_section(label, segment, code)
    if label == "www":
        if host.startswith("amp.") and segment is None and section != label:
            segment = section
        host = "www.kompas.com"
    place = f"{host}/{segment}" if segment else host
    slug = slug or ""
    return ArticleAddress(
        article_id=f"{year}{month}{day}-{site_id}",
        site_id=site_id,
        published_on=published_on,
        section=section,
        section_code=code,
        is_known_section=is_known,
        host=host,
        slug=slug,
        part=_part(query) if query else 1,
        url=f"https://{place}/read/{year}/{month}/{day}/{site_id}{_path_of_slug(slug)}",
    )


def _path_of_slug(slug: str) -> str:
    if not slug:
        return ""
    return f"/{slug}" if slug.isascii() else f"/{quote(slug, safe=_SLUG_SAFE)}"


def _published_at(day: date, site_id: str) -> datetime | None:
    hour, minute, second = int(site_id[:2]), int(site_id[2:4]), int(site_id[4:6])
    try:
        return datetime(day.year, day.month, day.day, hour, minute, second, tzinfo=UTC) - _WIB_OFFSET
    except ValueError:
        return None


def _part(query: str) -> int | None:
    match = _PART.search(query)
    if match is None:
        return 1
    return int(match[1]) if match[1].isdigit() else None


def is_site_host(host: str) -> bool:
    """Whether a host is `kompas.com` or below it, compared on a label border and without regard to case.

    >>> is_site_host("Bola.Kompas.com"), is_site_host("fake-kompas.com"), is_site_host("kompas.com.evil.org")
    (True, False, False)
    """
    return _HOST.fullmatch(host) is not None


def clean_url(url: str) -> str:
    """The address as it is requested and stored: without fragment and tracking parameters.

    The address of an article becomes its canonical address, with `?page=` where it asks for another part than the
    first. Elsewhere only the fragment and the known tracking parameters go; the rest stays as it was printed.

    >>> clean_url("http://tekno.kompas.com/read/2020/11/02/15040027/a?utm_source=x&page=2#y")
    'https://tekno.kompas.com/read/2020/11/02/15040027/a?page=2'
    >>> clean_url("https://indeks.kompas.com/?site=bola&source=navbar&page=2")
    'https://indeks.kompas.com/?site=bola&page=2'
    """
    address = parse_article_address(url)
    if address is not None:
        return part_url(address.url, address.part)
    place, _, query = url.strip().partition("#")[0].partition("?")
    kept = "&".join(pair for pair in query.split("&") if pair and not _is_tracking(pair.partition("=")[0]))
    return f"{place}?{kept}" if kept else place


def _is_tracking(name: str) -> bool:
    name = name.lower().removeprefix("amp;")
    return name.startswith("utm_") or name in _TRACKING


def refusal(url: str) -> str | None:
    """Why an address may not be requested, as a short machine-readable reason; None when it may.

    `malformed` · `scheme` · `userinfo` · `private_address` · `offsite` · `port` · `disallowed_host` ·
    `disallowed_path` · `disallowed_query`: the last two by the site's robots.txt, on every host of the site.

    >>> refusal("https://www.kompas.com/search/?q=a"), refusal("ftp://kompas.com/"), refusal("http://[::1]/")
    ('disallowed_path', 'scheme', 'private_address')
    >>> refusal("https://www.kompas.com/global") is None
    True
    """
    if _FORBIDDEN_CHARACTERS.search(url):
        return "malformed"
    try:
        parts = urlsplit(url)
        host, port = parts.hostname, parts.port
    except ValueError:
        return "malformed"
    if parts.scheme not in _DEFAULT_PORTS:
        return "scheme"
    if not host:
        return "malformed"
    if "@" in parts.netloc:
        return "userinfo"
    if not is_site_host(host):
        return "private_address" if _is_private(host) else "offsite"
    if port is not None and port != _DEFAULT_PORTS[parts.scheme]:
        return "port"
    return _disallowed(host, parts.path, parts.query)


def _is_private(host: str) -> bool:
    try:
        return not ip_address(host).is_global
    except ValueError:
        return host == "localhost" or host.endswith((".localhost", ".local", ".internal")) or "." not in host


def _disallowed(host: str, path: str, query: str) -> str | None:
    if host.partition(".")[0] in _DISALLOWED_HOSTS:
        return "disallowed_host"
    segments = [segment.lower() for segment in unquote(path).split("/") if segment not in ("", ".", "..")]
    # Also one level down: `www.kompas.com/badminton/komentar/…`.
    if not _DISALLOWED_SEGMENTS.isdisjoint(segments[:2]):
        return "disallowed_path"
    names = {pair.partition("=")[0].lower() for pair in query.split("&")}
    return None if _DISALLOWED_QUERY.isdisjoint(names) else "disallowed_query"


def part_url(url: str, part: int | None) -> str:
    """Address of one part of an article: 1 is the plain address, N is `?page=N`, None (the whole) is `?page=all`.

    >>> part_url("https://x.kompas.com/read/2021/04/14/205938370/a", None)
    'https://x.kompas.com/read/2021/04/14/205938370/a?page=all'
    """
    place = url.partition("#")[0].partition("?")[0]
    if part == 1:
        return place
    return f"{place}?page={'all' if part is None else part}"


def index_url(site: str, day: date, page: int = 1) -> str:
    """Address of one page of the index of a WIB day and a `site=` slug.

    >>> index_url("global", date(2021, 4, 14), 2)
    'https://indeks.kompas.com/?site=global&date=2021-04-14&page=2'
    """
    return f"https://{INDEX_HOST}/?{urlencode({'site': site, 'date': day.isoformat(), 'page': page})}"


def index_request(url: str) -> IndexRequest | None:
    """What an index address asks for, in the form of today or the older `/<site>/<YYYY-MM-DD>/<page>`.

    None for any other address, and for one without a valid day or page. Without `site=` it is `all`, without a page 1.

    >>> index_request("https://indeks.kompas.com/?site=global&date=2021-04-14&page=2")
    IndexRequest(site='global', day=datetime.date(2021, 4, 14), page=2)
    >>> index_request("https://indeks.kompas.com/news/2017-09-17/3")
    IndexRequest(site='news', day=datetime.date(2017, 9, 17), page=3)
    """
    try:
        parts = urlsplit(url)
        if parts.hostname != INDEX_HOST:
            return None
        older = _INDEX_PATH.fullmatch(parts.path)
        query = {} if older else dict(parse_qsl(parts.query))
        day_text = older["day"] if older else query.get("date", "")
        day = date.fromisoformat(day_text) if _DAY.fullmatch(day_text) else None
    except ValueError:
        return None
    site = older["site"] if older else query.get("site", ALL_SITES)
    page_text = (older["page"] or "1") if older else query.get("page", "1")
    if day is None or not _SITE_SLUG.fullmatch(site) or not _PAGE_NUMBER.fullmatch(page_text):
        return None
    return IndexRequest(site, day, int(page_text))


def front_url(section: str) -> str:
    """Address of a section's front page, on its own host or below `www.kompas.com`.

    >>> front_url("nasional"), front_url("global")
    ('https://nasional.kompas.com/', 'https://www.kompas.com/global')
    """
    row = SECTIONS.get(section)
    has_own_host = is_advertorial(section) if row is None else row.has_own_host
    return f"https://{section}.{SITE_DOMAIN}/" if has_own_host else f"https://www.{SITE_DOMAIN}/{section}"
