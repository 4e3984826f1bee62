"""The records that leave a page: articles, links, list entries, walks and visits.

Frozen, typed and free of any storage or crawling concern: what one page said, in the terms of `DATA_FORMAT.md`.
Closed vocabularies are string enumerations here, so that a value out of the contract cannot be written by accident.
The docstring under a field is the field's documentation; `DATA_FORMAT.md` is generated from it.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum


class ContentType(StrEnum):
    """What kind of piece an article is, from the page's own label or its markup."""

    STANDARD = "standard"
    """An ordinary news article."""
    OPINION = "opinion"
    """A column or opinion piece (`Kolom`)."""
    ADVERTORIAL = "advertorial"
    """Paid text of an advertiser (`Advertorial`, the `biz.` host)."""
    BRAND = "brand"
    """Brand journalism in co-operation with a sponsor (`Brandzview`)."""
    KILAS = "kilas"
    """Sponsored news of a ministry or region (`Kilas`)."""
    FACT_CHECK = "fact_check"
    """A fact check with a verdict box (`Cek Fakta`, `Hoaks`)."""
    PHOTO = "photo"
    """A photo gallery."""
    VIDEO = "video"
    """A piece whose body is a video."""
    LIVE = "live"
    """A live report that grows while an event lasts."""
    OTHER = "other"
    """The page names a kind that is not in this list."""


class PublishedSource(StrEnum):
    """Where `published_at` was read, in order of trust."""

    ID = "id"
    """The article id in the address, which holds the WIB time to the second."""
    JSON_LD = "json_ld"
    """`datePublished` of the page's `NewsArticle` block."""
    META = "meta"
    """`article:published_time`, `content_PublishedDate` or the data layer."""
    PAGE = "page"
    """The time printed on the page."""
    LIST = "list"
    """The day or time printed in a list page (`content=metadata` only)."""


class Flag(StrEnum):
    """What is odd about a row. A closed list: a new oddity gets a new member and a line of documentation."""

    NO_AUTHOR = "no_author"
    """No writer is credited anywhere on the page."""
    NO_BREADCRUMB = "no_breadcrumb"
    """The page shows no section path."""
    EMPTY_BODY = "empty_body"
    """The page was an article but holds no text."""
    FALLBACK_TITLE = "fallback_title"
    """The headline was not in its usual place and was taken from `og:title` or `<title>`."""
    FALLBACK_BODY = "fallback_body"
    """The body was not in its usual container and was read from a second choice."""
    FALLBACK_CREDIT = "fallback_credit"
    """No credit stood where the page shows them: writers and editors were taken from what it states for machines."""
    DATES_DISAGREE = "dates_disagree"
    """The page names a time of publication that differs from the id by more than a minute, and is no update."""
    ID_WITHOUT_TIME = "id_without_time"
    """The id of the address holds no valid clock time; `published_at` is from the page."""
    NO_PAGE_DATE = "no_page_date"
    """No time is printed on the page."""
    UPDATED = "updated"
    """The page shows only the time of an update ("Diperbarui"); publication is from the id."""
    SECTION_MISMATCH = "section_mismatch"
    """The section of the address and the section code in the id disagree."""
    UNKNOWN_SECTION = "unknown_section"
    """Host or path name a section that is not in the table of sections."""
    PARTS_MISSING = "parts_missing"
    """Some `?page=` parts of the article could not be read; `is_complete` is false."""
    ADULT = "adult"
    """The page is marked 18+."""
    REENCODED = "reencoded"
    """The bytes were not valid in the page's character set; broken characters were replaced."""
    METADATA_ONLY = "metadata_only"
    """Known from lists only (`content=metadata`): no article page was fetched."""
    RAW_PRUNED = "raw_pruned"
    """The raw page this row was read from was removed by retention."""


class LinkKind(StrEnum):
    """How an article points to another page."""

    BACA_JUGA = "baca_juga"
    """A "Baca juga:" (Read also) line inside the body, or the related box of 2016."""
    TERKINI = "terkini"
    """The widget of latest articles under the body ("Terkini Lainnya")."""
    TERKAIT = "terkait"
    """The list of related articles under the body ("Berita Terkait")."""
    INLINE = "inline"
    """A link inside a sentence of the body, to anywhere."""


class Route(StrEnum):
    """How an address was found."""

    INDEX = "index"
    """The index by day and section (`indeks.kompas.com`)."""
    SITEMAP = "sitemap"
    """A news sitemap."""
    FRONT = "front"
    """The stream of a section front."""
    BACA_JUGA = "baca_juga"
    """A "Baca juga" line of another article."""
    TERKINI = "terkini"
    """The Terkini widget of another article."""
    TERKAIT = "terkait"
    """The list of related articles of another article."""
    GIVEN = "given"
    """Given by the user: in a file of addresses, or in a WARC file or folder of pages (`scrapy reparse`)."""
    REVISIT = "revisit"
    """Already held and due to be looked at again."""


class Outcome(StrEnum):
    """How one address ended in one run. Every member but `pending` is terminal."""

    KEPT_NEW = "kept_new"
    """An article that the archive did not hold."""
    KEPT_CHANGED = "kept_changed"
    """A held article whose title, body, credit or date changed: a new revision."""
    UNCHANGED = "unchanged"
    """A held article was fetched again and is the same."""
    KNOWN = "known"
    """A held article that was listed or linked and not due: nothing was fetched."""
    GONE = "gone"
    """The site answered 404 or 410, or redirected to something else."""
    EXCLUDED = "excluded"
    """Decided against, with a reason: outside the site, the window, the sections, not an article, disallowed."""
    BLOCKED = "blocked"
    """The site refused: 403, a challenge page, an empty 202."""
    FAILED = "failed"
    """No usable answer after all retries, with a reason."""
    UNPARSED = "unparsed"
    """An answer that looks like an article but fits no layout."""
    READ = "read"
    """A list page, front, sitemap or robots.txt that was fetched and understood."""
    PENDING = "pending"
    """Not decided: the run was killed. The next run takes the address up."""


class PageKind(StrEnum):
    """What kind of address a visit was about."""

    ARTICLE = "article"
    """An article, or the whole of it at once."""
    PART = "part"
    """A further `?page=` part of an article."""
    INDEX = "index"
    """A page of the index by day."""
    FRONT = "front"
    """A section front."""
    SITEMAP = "sitemap"
    """A sitemap, or an index of sitemaps."""
    ROBOTS = "robots"
    """A robots.txt."""
    OTHER = "other"
    """Something that was linked or listed and is no page of the archive."""


class ChangeKind(StrEnum):
    """What made a revision the superseded one. The first that applies, in this order."""

    TITLE = "title"
    """The headline."""
    BODY = "body"
    """The text of the article."""
    CREDIT = "credit"
    """Writers or editors."""
    DATE = "date"
    """Time of publication or of update."""
    COSMETIC = "cosmetic"
    """Any other column that a page fills (tags, image, breadcrumbs, …)."""
    GONE = "gone"
    """The page was removed; the text of the last revision is kept."""
    BACK = "back"
    """The page answers again after it was gone, and says the same."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Article:
    """One article as one reading of its page (all parts of it) gave it."""

    article_id: str
    """`YYYYMMDD-<id>` from the address, e.g. `20210414-205938370`. The key of the archive."""
    url: str
    """Canonical address: https, no query, no fragment."""
    section: str
    """Slug of the section, e.g. `global`, from host and path."""
    section_code: int | None
    """The 1–2 digit code at the end of the id (1 nasional, 70 global, …). Null when the id has none."""
    breadcrumbs: tuple[str, ...] = ()
    """The path shown above the headline, without Home, e.g. `News`, `Nasional`. Empty when none is shown."""
    content_type: ContentType = ContentType.STANDARD
    """What kind of piece it is."""
    title: str
    """The headline as shown to the reader."""
    description: str | None = None
    """The page's meta description."""
    dateline: str | None = None
    """City as printed before "KOMPAS.com -", e.g. `WASHINGTON DC`; null for a bare "KOMPAS.com -" or none."""
    body: str = ""
    """The text of the article only, all parts, paragraphs parted by one blank line. Empty with flag `empty_body`."""
    word_count: int = 0
    """Words of the body, split at white space."""
    paragraph_count: int = 0
    """Paragraphs of the body."""
    authors: tuple[str, ...] = ()
    """Writers, one string per credited person as printed. Empty when none is credited."""
    editors: tuple[str, ...] = ()
    """Editors, one string per credited person as printed."""
    tags: tuple[str, ...] = ()
    """Tags as printed, in order."""
    published_at: datetime
    """First publication, aware UTC. Never the time of an update, never the time of the crawl."""
    published_on: date
    """WIB (UTC+7) calendar day of `published_at`."""
    published_source: PublishedSource
    """Where `published_at` was read."""
    published_text: str | None = None
    """The time as printed on the page, e.g. `Kompas.com - 14/04/2021, 20:59 WIB`."""
    updated_at: datetime | None = None
    """The update that the page reports, aware UTC; null when it reports none."""
    updated_text: str | None = None
    """The update as printed."""
    image_url: str | None = None
    """Address of the lead picture."""
    image_caption: str | None = None
    """Caption of the lead picture, without the credit."""
    image_credit: str | None = None
    """Credit of the lead picture, without brackets."""
    page_count: int = 1
    """Number of `?page=` parts that the site names."""
    pages_fetched: int = 1
    """Number of parts that were read (all of them when the site served the whole article at once)."""
    is_complete: bool = True
    """All parts were read."""
    is_adult: bool = False
    """The page is marked 18+."""
    is_sponsored: bool = False
    """Advertorial, brand journalism or Kilas."""
    flags: tuple[Flag, ...] = ()
    """What is odd about this row, sorted, without repeats."""
    layout: str
    """Name of the layout that parsed the page, e.g. `e1`."""
    parser_version: int
    """Version of that layout's parser."""
    rendered: bool = False
    """The page was rendered by a browser."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Link:
    """One link from an article to another page."""

    kind: LinkKind
    """How the article points there."""
    position: int
    """1, 2, … within its kind, in page order."""
    text: str
    """Text of the link as printed, without the "Baca juga:" lead."""
    url: str
    """Target as an absolute address; canonical when it is an article of the site."""
    article_id: str | None
    """Key of the target when it is an article of the site, else null."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ParsedArticle:
    """What one article page says."""

    article: Article
    links: tuple[Link, ...] = ()
    part: int | None = 1
    """Which `?page=` part this page shows; null when it shows the whole article."""
    part_urls: tuple[str, ...] = ()
    """Addresses of the other `?page=` parts, in order. Empty when the page shows everything."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Listing:
    """One article as a list page (index, front, sitemap, Terkini stream) names it."""

    article_id: str
    """Key of the listed article."""
    url: str
    """Canonical address."""
    section: str
    """Slug from the address."""
    title: str | None
    """Headline as the list shows it."""
    published_at: datetime
    """From the id, else the listed time, else 00:00 WIB of the listed day; aware UTC."""
    published_on: date
    """WIB day of `published_at`."""
    published_source: PublishedSource
    """`id` or `list`."""
    published_text: str | None = None
    """Date or time as the list prints it."""
    label: str | None = None
    """Section as the list prints it, e.g. `NEWS`."""
    description: str | None = None
    """Lead as the list prints it."""
    image_url: str | None = None
    """Thumbnail."""
    position: int
    """1, 2, … on its page."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Walk:
    """One walk along the index of one day and one `site=` slug, in one run."""

    run_id: str
    day: date
    """The WIB day that was asked for."""
    site: str
    """The `site=` slug that was asked for, e.g. `all` or `global`."""
    pages: int
    """List pages read."""
    listed: int
    """Distinct articles named by them."""
    is_finished: bool
    """The walk reached the end of the list (an empty page, or two pages in a row with nothing new)."""
    reason: str | None
    """Why it did not finish; null when it did."""
    started_at: datetime
    """When the first page was asked for, aware UTC."""
    walked_at: datetime
    """When the last page was read, aware UTC. A day is complete only if this is after the day's end (WIB)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Visit:
    """How one address ended in one run."""

    run_id: str
    url: str
    """The address, cleaned of tracking parameters."""
    page_kind: PageKind
    article_id: str | None = None
    """Key when the address is an article of the site."""
    outcome: Outcome
    reason: str | None = None
    """Short machine-readable reason for `excluded`, `failed`, `blocked`, `unparsed` and `gone`; else null."""
    status: int | None = None
    """HTTP status; null when nothing was received."""
    size_bytes: int | None = None
    """Bytes of the decompressed body."""
    seconds: float | None = None
    """From the request to the end of the answer."""
    discovered_by: tuple[Route, ...] = ()
    """All routes by which this run met the address, in order of discovery."""
    listed_on: date | None = None
    """The index day that listed it, when the index did."""
    section: str | None = None
    """Section slug of the article."""
    visited_at: datetime
    """When it was decided, aware UTC."""
    raw_file: str | None = None
    """The WARC file that holds the last answer; null when none is kept, or when it was removed by retention."""
    raw_offset: int | None = None
    """Offset of the record in `raw_file`, in bytes."""
