"""What every page is made from: the article, the part asked for, the lists around it, and the pieces all pages share.

The head (title, meta, data layer, JSON-LD), the navigation, the footer and the widget of latest articles live here.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import UTC, datetime
from html import escape

from kompas_crawler.replica.articles import Article
from kompas_crawler.replica.blocks import Block
from kompas_crawler.replica.newsday import Kind, Stub

MONTHS = (
    "Januari", "Februari", "Maret", "April", "Mei", "Juni", "Juli", "Agustus", "September", "Oktober", "November",
    "Desember",
)  # fmt: skip
ENGLISH_MONTHS = (
    "January", "February", "March", "April", "May", "June", "July", "August", "September", "October", "November",
    "December",
)  # fmt: skip
WEEKDAYS = ("Senin", "Selasa", "Rabu", "Kamis", "Jumat", "Sabtu", "Minggu")


@dataclass(frozen=True, slots=True, kw_only=True)
class Page:
    """One page to be rendered."""

    article: Article
    part: int | None
    """Which part to show; null for all of them."""
    latest: tuple[Stub, ...]
    """The articles of the widget "Terkini Lainnya"."""
    year: int
    """Year of the copyright line: the one of the fetch."""
    is_full: bool = False
    """Carry the weight of a real page (scripts, navigation) too."""

    @property
    def blocks(self) -> tuple[Block, ...]:
        """The blocks that this page shows."""
        return self.article.blocks if self.part is None else self.article.parts[self.part - 1]

    @property
    def is_last(self) -> bool:
        """Shows the end of the article."""
        return self.part is None or self.part == len(self.article.parts)

    @property
    def printed_at(self) -> datetime:
        """The time that the page prints and its machine-readable stamps repeat, WIB: the update's if there is one."""
        return self.article.updated or self.article.stub.published

    def link(self, part: str) -> str:
        """Address of a part: `2`, `all`."""
        return f"{self.article.stub.url}?page={part}"


def stamp(at: datetime) -> str:
    """`14/04/2021, 20:59 WIB`."""
    return f"{at:%d/%m/%Y, %H:%M} WIB"


def long_stamp(at: datetime) -> str:
    """`17 Desember 2025, 09:46 WIB`."""
    return f"{at.day} {MONTHS[at.month - 1]} {at.year}, {at:%H:%M} WIB"


def old_stamp(at: datetime) -> str:
    """`Rabu, 4 November 2015 | 21:04 WIB`."""
    return f"{WEEKDAYS[at.weekday()]}, {at.day} {MONTHS[at.month - 1]} {at.year} | {at:%H:%M} WIB"


def english_stamp(at: datetime) -> str:
    """`November 1, 2020, 08.42 PM`."""
    return f"{ENGLISH_MONTHS[at.month - 1]} {at.day}, {at.year}, {at:%I.%M %p}"


def image_of(article: Article, size: str) -> str:
    """Address of the lead picture, cropped to `size` (`750x500`)."""
    return f"https://asset.kompas.com/crops/{article.image[-17:-4]}=/0x0:1000x667/{size}/{article.image}"


def sizeless_words(article: Article) -> int:
    """`content_total_words`."""
    return sum(len(text.split()) for text in article.body)


def meta_author(article: Article) -> str:
    """`content_author`: the writers, or what stands there for paid text and fact checks."""
    if article.stub.kind is Kind.ADVERTORIAL:
        return "advertorial"
    return ", ".join(article.authors)


def meta_editor(article: Article) -> str:
    """`content_editor`."""
    return "advertorial" if article.stub.kind is Kind.ADVERTORIAL else ", ".join(article.editors)


def head(page: Page) -> str:
    """Everything between `<head>` and `</head>` of a page of 2019 or later."""
    article, layout = page.article, page.article.layout
    stub, title, lead = article.stub, escape(article.title), escape(article.description)
    image = image_of(article, "780x390")
    metas = _metas(page)
    data_layer = "" if layout == "d" else f"<script>\n{_data_layer(page)}</script>\n"
    amp_home = stub.home.replace("www.kompas.com/", "").replace(".kompas.com", "")
    return f"""{data_layer}<title>{title}</title>
<link href="//asset.kompas.com" rel="dns-prefetch"><meta charset="utf-8">
<meta http-equiv="X-UA-Compatible" content="IE=edge,chrome=1">
<meta name="viewport" content="width=device-width">
<meta name="description" content="{lead}">
<meta name="keywords" content="{escape(", ".join(article.tags))}">
<meta name="author" content="Kompas Cyber Media">
<meta name="robots" content="index, follow" />
<meta name="language" content="id" />
<!-- S:fb meta -->
<meta property="og:type" content="article" />
<meta property="og:image" content="{image}" />
<meta property="og:title" content="{title}{_title_tail(page)}" />
<meta property="og:description" content="{lead}">
<meta property="og:url" content="{escape(stub.url)}" />
<meta property="og:site_name" content="KOMPAS.com" />
<meta property="fb:app_id" content="324557847592228" />
<!-- e:fb meta -->
<meta name="twitter:card" content="summary_large_image" />
<meta name="twitter:title" content="{title}" />
<meta name="twitter:image" content="{image}" />
{metas}
<link rel="amphtml" href="https://amp.kompas.com/{amp_home}/read/{escape(stub.url.split("/read/")[1])}">
<link rel="canonical" href="{escape(stub.url)}" />
<link rel="shortcut icon" href="https://asset.kompas.com/data/2017/wp/images/favicon2017.ico">
{_json_ld(page)}"""


def _title_tail(page: Page) -> str:
    if page.article.layout == "d" or page.part == 1:
        return ""
    return " Halaman all" if page.part is None else f" Halaman {page.part}"


def _metas(page: Page) -> str:
    article = page.article
    at = page.printed_at
    pairs = [
        ("content_category", article.breadcrumbs[0] if article.breadcrumbs else ""),
        ("content_subcategory", article.breadcrumbs[-1] if article.breadcrumbs else ""),
        ("content_location", article.stub.city.title()),
        ("content_author", meta_author(article)),
        ("content_editor", meta_editor(article)),
        ("content_lipsus", ""),
        ("content_sensi", "1" if article.is_adult else ""),
        ("content_type", "Standard" if article.stub.kind is Kind.FACT_CHECK else str(article.stub.kind)),
        ("content_PublishedDate", f"{at:%Y-%m-%d %H:%M:%S}"),
        ("content_source", ""),
        ("content_tags", ", ".join(article.tags)),
        ("content_total_words", str(sizeless_words(article))),
    ]
    if article.layout != "d":
        pairs.append(("subscription", "False"))
    if article.layout in ("e2", "f"):
        pairs += [
            ("content_total_pages", str(len(article.parts))),
            ("content_current_page", "all" if page.part is None else str(page.part)),
        ]
    lines = [f'<meta name="{name}" content="{escape(value)}" />' for name, value in pairs]
    if article.layout != "d":
        lines.append(f'<meta property="article:published_time" content="{at.astimezone(UTC).isoformat()}" />')
    return "\n".join(lines)


def _data_layer(page: Page) -> str:
    article, stub = page.article, page.article.stub
    printed: object = f"{page.printed_at:%Y-%m-%d %H:%M:%S}"
    pairs: dict[str, object] = {
        "content_id": str(int(stub.draws.hex()[:6], 16)), "content_site": "Kompas.com",
        "content_site_id": stub.rubric.code, "content_category": stub.rubric.category,
        "content_author": meta_author(article), "content_editor": meta_editor(article),
        "content_sensi": "1" if article.is_adult else "",
        "content_type": "Standard" if stub.kind is Kind.FACT_CHECK else str(stub.kind),
        "content_PublishedDate": {"0": printed} if article.updated else printed,
        "content_Month_PubDate": f"{stub.day:%m}", "content_Year_PubDate": f"{stub.day:%Y}",
        "content_Date_PubDate": f"{stub.day:%d}", "content_title": f"{article.title} - Kompas.com",
        "content_tags": ", ".join(article.tags), "content_total_words": sizeless_words(article),
    }  # fmt: skip
    if article.layout in ("e2", "f"):
        pairs |= {"content_total_pages": len(article.parts), "content_current_page": page.part or "all"}
    values = json.dumps(pairs, indent=4, ensure_ascii=False).replace("</", "<\\/")
    return f"window.dataLayer = window.dataLayer || [];\nwindow.dataLayer.push({values});"


def _json_ld(page: Page) -> str:
    article = page.article
    at = page.printed_at if article.layout == "f" else page.printed_at.astimezone(UTC)
    news: dict[str, object] = {
        "@context": "http://schema.org", "@type": "NewsArticle",
        "mainEntityOfPage": {"@type": "WebPage", "@id": f"{article.stub.url}#"}, "headline": article.title,
        "image": {"@type": "ImageObject", "url": image_of(article, "780x390"), "height": 500, "width": 750},
        "datePublished": at.isoformat(), "dateModified": at.isoformat(),
        "author": {"@type": "Person", "name": meta_editor(article)},
        "publisher": {"@type": "Organization", "name": "Kompas.com"}, "description": article.description,
    }  # fmt: skip
    site: dict[str, object] = {"@context": "http://schema.org", "@type": "WebSite", "url": "https://www.kompas.com/"}
    if article.layout == "f" and article.stub.draws[17] % 3 == 0:
        return _script({"@context": "http://schema.org", "@graph": [site, news]})
    return _script(site) + _script(news)


def _script(value: dict[str, object]) -> str:
    # The real pages escape every slash, which also keeps "</script>" out of the block.
    text = json.dumps(value, ensure_ascii=False, separators=(",", ":")).replace("/", "\\/")
    return f'<script type="application/ld+json">\n{text}</script>\n'


def article_list(stubs: tuple[Stub, ...]) -> str:
    """Items of a list of 2017 to early 2024 (`.article__list`)."""
    return "".join(map(_article_item, stubs))


def _article_item(stub: Stub) -> str:
    url, title = escape(stub.url), escape(stub.title, quote=False)
    picture = f"data/photo/{stub.day:%Y/%m/%d}/{stub.draws.hex()[:13]}.jpg"
    return f"""<div class="article__list clearfix">
    <div class="article__list__asset clearfix">
        <div class="article__asset"><a href="{url}" target="_parent"><img class="lozad" \
data-src="https://asset.kompas.com/crops/x=/0x0:0x0/177x117/{picture}" \
alt="{escape(stub.title)}"/></a></div>
    </div>
    <div class="article__list__title">
        <h3 class="article__title article__title--medium"><a class="article__link" href="{url}" \
target="_parent">{title}</a></div>
        </h3>
    <div class="article__list__info">
        <div class="article__subtitle article__subtitle--inline ">{stub.rubric.category}</div>
        <div class="article__date">{stamp(stub.published)}</div>
    </div>
    <div class="clearfix"></div>
</div>"""


def footer(year: int) -> str:
    """The footer, with the two links to articles of 2018 and 2019 that stand on every page."""
    return f"""<div class="footer clearfix">
    <div class="logo__achieve clearfix">
        <a href="https://money.kompas.com/read/2019/08/01/124215826/kompascom-kembali-jadi-pemenang-kategori-media-\
online-tepercaya" class="logo__achieve__link"><img class="lozad" alt="Penghargaan 2019"></a>
        <a href="https://nasional.kompas.com/read/2018/10/17/08133311/kompascom-tersertifikasi-dalam-jaringan-\
internasional-penguji-informasi" class="logo__achieve__link"><img class="lozad" alt="Sertifikat 2018"></a>
    </div>
    <div class="footer__menu__item"><a class="footer__menu__link" href="https://inside.kompas.com/about-us">About Us\
</a></div>
    <div class="footer__copy clearfix">Copyright 2008 - {year} PT. Kompas Cyber Media \
(<a href="http://www.kompasgramedia.com/">Kompas Gramedia Digital Group</a>). All rights reserved.</div>
</div>"""


_NAV_ITEMS = (
    ("news", "News", "https://news.kompas.com"), ("tren", "Tren", "https://www.kompas.com/tren"),
    ("health", "Health", "https://health.kompas.com"), ("money", "Money", "https://money.kompas.com"),
    ("tekno", "Tekno", "https://tekno.kompas.com"), ("bola", "Bola", "https://bola.kompas.com"),
    ("travel", "Travel", "https://travel.kompas.com"), ("otomotif", "Otomotif", "https://otomotif.kompas.com"),
    ("kolom", "Kolom", "https://kolom.kompas.com"), ("jeo", "JEO", "https://jeo.kompas.com"),
)  # fmt: skip
NAVIGATION = (
    '<div class="header clearfix"><div class="logo"><a href="https://www.kompas.com"><img alt="Kompas.com"></a></div>'
    '<form class="search search--header" action="https://search.kompas.com/search/"><input name="q"></form></div>\n'
    '<div class="row clearfix nav"><ul class="nav__row clearfix">\n'
    + "".join(
        f'<li class="nav__item"><a class="nav__link nav__link--{name}" href="{url}">{label}</a></li>\n'
        for name, label, url in _NAV_ITEMS
    )
    + "</ul></div>\n"
)
# The scripts and menus that make a real page weigh 190 KB, in bulk only.
WEIGHT = (
    "<script>/* "
    + "var adslots = adslots || []; adslots.push({unit: 'top', sizes: [[970, 90]]}); " * 1_900
    + "*/</script>"
)
