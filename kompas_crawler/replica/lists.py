"""List pages: the index in its three layouts, section fronts, tag pages and sitemaps."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from html import escape
from typing import Literal

from kompas_crawler.replica.bodymarkup import text_of
from kompas_crawler.replica.newsday import Stub
from kompas_crawler.replica.page import NAVIGATION, article_list, footer, old_stamp, stamp
from kompas_crawler.replica.rubrics import INDEX_SITES, RUBRICS
from kompas_crawler.replica.scripts import stream_end

Shape = Literal["2016", "2017", "2024"]
SHAPES: tuple[Shape, ...] = ("2016", "2017", "2024")
PER_PAGE: dict[Shape, int] = {"2016": 10, "2017": 15, "2024": 20}


@dataclass(frozen=True, slots=True, kw_only=True)
class IndexPage:
    """One page of the index, ready to be set."""

    shape: Shape
    site: str
    day_text: str
    """`date=` as asked for."""
    page: int
    stubs: Sequence[Stub]
    last_page: int | None
    """The last page to announce; null to announce neither it nor a next one."""
    has_foreign: bool
    """An item that leads to another site stands among the articles."""
    year: int


def index_page(page: IndexPage) -> str:
    """The page as HTML."""
    match page.shape:
        case "2016":
            content = _list_2016(page)
        case "2017":
            foreign = _FOREIGN_2017 if page.has_foreign else ""
            content = (
                f'<div class="latest--indeks mt2 clearfix">{foreign}{article_list(tuple(page.stubs))}</div>\n'
                + _pager_2017(page)
            )
        case _:
            content = (
                f'<div class="articleList -list">{"".join(map(article_item, page.stubs))}'
                f"{_FOREIGN_2024 if page.has_foreign else ''}</div>\n" + _pager_2024(page)
            )
    return _document("Indeks Berita - Kompas.com", _chooser(page) + content, page.year)


def _document(title: str, content: str, year: int) -> str:
    return (
        f'<!DOCTYPE html>\n<html lang="id">\n<head>\n<meta charset="utf-8">\n<title>{escape(title)}</title>\n</head>\n'
        f'<body class="page--list">\n<div class="wrap">\n{NAVIGATION}<div class="container clearfix">\n{content}\n'
        f"</div>\n{footer(year)}\n</div>\n</body>\n</html>\n"
    )


def _chooser(page: IndexPage) -> str:
    options = "".join(
        f'<option value="{site}"{" selected" if site == page.site else ""}>{site.title()}</option>'
        for site in INDEX_SITES
    )
    return (
        '<form class="filter" action="https://indeks.kompas.com/"><select class="form__select" name="site">'
        f'{options}</select><input name="date" value="{escape(page.day_text)}"></form>\n'
    )


def _address(page: IndexPage, number: int) -> str:
    return escape(f"https://indeks.kompas.com/?site={page.site}&date={page.day_text}&page={number}")


def _list_2016(page: IndexPage) -> str:
    items = "".join(
        f'<li>\n<div class="tleft">\n<div class="grey small">{old_stamp(stub.published)}</div>\n'
        f'<h3><a href="{escape(_xml_url(stub))}">{text_of(stub.title)}</a></h3>\n'
        f"<p>{text_of(stub.title)}.</p>\n</div>\n"
        "</li>\n"
        for stub in page.stubs
    )
    if page.has_foreign:
        items += (
            '<li>\n<div class="tleft">\n<h3><a href="http://www.kompas.tv/video/1">Siaran Ulang</a></h3>\n'
            "</div>\n</li>\n"
        )
    last = page.last_page or 0
    first = max(1, min(page.page - 5, last - 9))
    numbers = "".join(
        f"<li{' class=' + chr(34) + 'active' + chr(34) if n == page.page else ''}>"
        f"<a href='{_address(page, n)}'>{n}</a></li>"
        for n in range(first, min(last, first + 9) + 1)
    )
    return (
        f'<div class="kcm-main-list">\n<ul class="clearfix">\n{items}</ul>\n</div>\n'
        f'<ul class="paginasi mt2"><li class="inactive grey">‹‹</li>{numbers}</ul>'
    )


def _xml_url(stub: Stub) -> str:
    return stub.url.replace("https://", "http://", 1).replace("/read/", "/read/xml/", 1)


def _pager_2017(page: IndexPage) -> str:
    if not page.last_page or not page.stubs:
        return ""
    items = []
    if page.page > 1:
        items.append(("paging__link--prev", page.page - 1, "Prev", ' rel="prev"'))
    first, last = max(1, page.page - 2), min(page.last_page, page.page + 2)
    items += [("paging__link--active" if n == page.page else "", n, str(n), "") for n in range(first, last + 1)]
    if page.page < page.last_page:
        items.append(("paging__link--next", page.page + 1, "Next", ' rel="next"'))
        items.append(("paging__link--last", page.last_page, "Last", ""))
    links = "".join(
        f'<div class="paging__item"><a class="paging__link {kind}" href="{_address(page, number)}" '
        f'data-ci-pagination-page="{number}"{rel}>{label}</a></div>'
        for kind, number, label, rel in items
    )
    return f'<div class="paging__wrap clearfix">{links}</div>'


def _pager_2024(page: IndexPage) -> str:
    if not page.last_page or page.page >= page.last_page:
        return ""
    return (
        '<div class="paging__wrap clearfix"><div class="paging__item"><a class="paging__link paging__link--next" '
        f'href="{_address(page, page.page + 1)}" rel="next">Selanjutnya</a></div></div>'
    )


def article_item(stub: Stub) -> str:
    """An item of a list of late 2024 and later (`.articleItem`)."""
    picture = f"data/photo/{stub.day:%Y/%m/%d}/{stub.draws.hex()[:13]}.jpg"
    return f"""
<div class="articleItem">
    <a class="article-link" href="{escape(stub.url)}">
        <div class="articleItem-wrap">
            <div class="articleItem-img">
                <img src="https://asset.kompas.com/crops/x=/0x0:0x0/230x153/{picture}" alt="">
            </div>
            <div class="articleItem-box">
                <h2 class="articleTitle">{text_of(stub.title)}</h2>
                <div class="articlePost">
                    <ul>
                        <li><div class="articlePost-subtitle">{stub.rubric.category.upper()}</div></li>
                        <li><div class="articlePost-date">{stub.published:%d/%m/%Y}</div></li>
                    </ul>
                </div>
                <div class="articleLead"><p>{text_of(stub.title)}.</p></div>
            </div>
        </div>
    </a>
</div>"""


_FOREIGN_2017 = """<div class="article__list clearfix">
    <div class="article__list__title">
        <h3 class="article__title article__title--medium"><a class="article__link" \
href="https://www.kompas.tv/content/article/1/video/siaran-ulang?utm_source=Kompascom" target="_blank">Siaran Ulang</a>
        </h3>
    </div>
    <div class="article__list__info"><div class="article__subtitle article__subtitle--inline ">VIDEO</div></div>
</div>"""
_FOREIGN_2024 = """
<div class="articleItem">
    <a class="article-link" href="https://jeo.kompas.com/kisah-panjang-di-balik-angka">
        <div class="articleItem-box"><h2 class="articleTitle">Kisah Panjang di Balik Angka</h2>
        <div class="articlePost"><ul><li><div class="articlePost-subtitle">JEO</div></li></ul></div></div>
    </a>
</div>"""


def front(
    title: str, stubs: Sequence[Stub], shape: Shape, year: int, more: str | None = None, scripted: str | None = None
) -> str:
    """The front of a section, or a tag page, with its stream of latest articles.

    `more` is the address from which the button "Load More" fetched the rest, up to 2023; with `scripted` a script does
    (see `scripts.STREAMS`).
    """
    box = "articleList -list" if shape == "2024" else "latest ga--latest mt2 clearfix"
    stream = f'<div class="{box}">{stream_items(stubs, shape)}</div>'
    if more and scripted:
        stream += stream_end(scripted, more)
    elif more and shape != "2024":
        stream += (
            f'\n<div class="text-center clearfix"><a id="btn-load-more" data-url="{more}" data-page="2" '
            'class="button button--default" href="javascript:void(0)">Load More</a></div>'
        )
    return _document(f"{title} - Kompas.com", f'<h2 class="title__content">Terkini</h2>\n{stream}', year)


def stream_items(stubs: Sequence[Stub], shape: Shape) -> str:
    """Items of the stream of a front."""
    return "".join(map(article_item if shape == "2024" else _grid_item, stubs))


def more_items(stubs: Sequence[Stub], shape: Shape = "2017") -> str:
    """What "Load More" fetched: JSON with the items as HTML."""
    return json.dumps({"status": True, "result": stream_items(stubs, shape)})


def _grid_item(stub: Stub) -> str:
    url, title = escape(stub.url), text_of(stub.title)
    return f"""<div class="article__grid">
    <div class="article__asset"><a href="{url}"><img class="lozad" alt=""></a></div>
    <div class="article__box">
        <h3 class="article__title article__title--medium"><a class="article__link" href="{url}">{title}</a></h3>
    </div>
    <div class="article__subtitle article__subtitle--inline ">{stub.rubric.category}</div>
    <div class="article__date">{stamp(stub.published)}</div>
</div>
"""


def sitemap_index() -> str:
    """The index of all sitemaps."""
    places = "".join(
        f"<sitemap><loc>https://{rubric.home}/{kind}/sitemap.xml</loc></sitemap>\n"
        for rubric in RUBRICS
        for kind in ("news", "web")
    )
    return (
        '<?xml version="1.0" encoding="UTF-8"?>\n<sitemapindex xmlns="http://www.sitemaps.org/schemas/sitemap/0.9">\n'
        f"{places}</sitemapindex>\n"
    )


def sitemap(stubs: Sequence[Stub], changed_at: Callable[[Stub], datetime] | None = None) -> str:
    """A sitemap: of Google's news kind, or the plain one with the time of the last change."""
    entries = "".join(_news_entry(stub) if changed_at is None else _web_entry(stub, changed_at(stub)) for stub in stubs)
    return (
        '<?xml version="1.0" encoding="UTF-8"?>\n<urlset xmlns="http://www.sitemaps.org/schemas/sitemap/0.9" '
        f'xmlns:news="http://www.google.com/schemas/sitemap-news/0.9">\n{entries}</urlset>\n'
    )


def _web_entry(stub: Stub, changed_at: datetime) -> str:
    return f"<url><loc>{escape(stub.url)}</loc><lastmod>{changed_at.isoformat()}</lastmod></url>\n"


def _news_entry(stub: Stub) -> str:
    return (
        f"<url><loc>{escape(stub.url)}</loc><news:news><news:publication><news:name>Kompas.com</news:name>"
        "<news:language>id</news:language></news:publication>"
        f"<news:publication_date>{stub.published.isoformat()}</news:publication_date>"
        f"<news:title>{escape(stub.title)}</news:title><news:keywords>{escape(stub.rubric.category)}</news:keywords>"
        "</news:news></url>\n"
    )


def shape_on(day_draw: int, choice: str, at: date) -> Shape:
    """The layout of the index: the chosen one, the one of the era of `at`, or one by chance (`mixed`)."""
    if choice == "mixed":
        return SHAPES[day_draw % 3]
    if choice == "era":
        return "2016" if at.year < 2017 else "2017" if at.year < 2024 else "2024"
    return next(shape for shape in SHAPES if shape == choice)
