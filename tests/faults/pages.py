"""Pages of the misbehaving site: the real markup around invented words. Strings and bytes; nothing of HTTP.

An article's text names its id, so that no two pages of the suite say the same.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from html import escape

UTF_8 = '<meta charset="utf-8">'
TITLE = "Perahu Sekolah Berlayar Lagi dari Dermaga Kayu"
ARTICLE = re.compile(r"/read/(?P<day>\d{4}/\d\d/\d\d)/(?P<id>\d+)")

_BREADCRUMBS = (
    '<ul class="breadcrumb__wrap"><li><a href="https://www.kompas.com/">Home</a></li>'
    '<li><a href="https://nasional.kompas.com/">Nasional</a></li></ul>'
)
_CREDITS = (
    '<div class="read__credit"><div id="penulis">Penulis <a href="#">Sari Wulandari</a></div>'
    '<div id="editor">Editor <a href="#">Bayu Pratama</a></div></div>'
)
_PHOTO = (
    '<div class="cover-photo"><div class="photo__wrap"><img src="https://asset.kompas.com/perahu.jpg" alt=""></div>'
    '<div class="photo__caption">Perahu di dermaga kayu.'
    '<span class="photo__author author">(KOMPAS.com/SARI WULANDARI)</span></div></div>'
)
_TAGS = (
    '<ul class="tag__article__wrap"><li><a class="tag__article__link" href="https://www.kompas.com/tag/perahu">perahu</a>'
    "</li></ul>"
)
_PARAGRAPHS = (
    "MEKARSARI, KOMPAS.com - Perahu sekolah di desa rekaan itu berlayar lagi sejak matahari belum terbit.",
    "Nakhoda perahu menuturkan bahwa penumpang dengan nomor urut {id} sudah menunggu di dermaga kayu.",
    "Kafé di tepi sungai itu menjual roti “bakar” seharga Rp 2.500 — lebih murah daripada pekan lalu.",
)
"""The last one is there for its characters: outside ASCII, in every character set of a Western machine."""


def key_of(url: str) -> str:
    """Return the archive's key of an address: `20210414-20593811`."""
    match = ARTICLE.search(url)
    if match is None:
        raise ValueError(f"{url} is no address of an article")
    return f"{match['day'].replace('/', '')}-{match['id']}"


def paragraphs(url: str) -> list[str]:
    """Return what the article of an address says."""
    match = ARTICLE.search(url)
    return [text.format(id=match["id"] if match else "?") for text in _PARAGRAPHS]


def text_of(url: str) -> str:
    """Return the body that the archive must hold of it."""
    return "\n\n".join(paragraphs(url))


def article(url: str, *, head: str = UTF_8, top: str = "", inside: str = "", end: str = "", title: str = TITLE) -> str:
    """Return an article's page, with additions in the head, before the text, within it, and behind everything."""
    canonical = url.replace("http://", "https://")
    body = "".join(f"<p>{escape(text, quote=False)}</p>\n" for text in paragraphs(url))
    return (
        f'<!DOCTYPE html>\n<html lang="id"><head>{head}<title>{title} - Kompas.com</title>\n'
        f'<link rel="canonical" href="{canonical}"><meta property="og:url" content="{canonical}">\n'
        f'<meta name="description" content="Perahu sekolah berlayar lagi."></head>\n<body>{top}\n{_BREADCRUMBS}\n'
        f'<h1 class="read__title">{title}</h1>\n<div class="read__time">Kompas.com - 14/04/2021</div>\n'
        f"{_CREDITS}\n{_PHOTO}\n"
        f'<div class="read__content"><div class="clearfix">{body}{inside}</div></div>\n'
        f"{_TAGS}\n{end}</body></html>\n"
    )


def baca_juga(href: str) -> str:
    """Return a "Baca juga" line to an address, which is put there as it is."""
    return f'<p><strong>Baca juga: <a class="inner-link-baca-juga" href="{href}">Judul lain</a></strong></p>\n'


def index(addresses: Iterable[str]) -> str:
    """Return a page of the index that lists addresses."""
    items = "".join(
        f'<div class="article__list clearfix"><div class="article__list__title"><h3 class="article__title">'
        f'<a class="article__link" href="{address}">Judul nomor {number}</a></h3></div>'
        f'<div class="article__list__info"><div class="article__date">14/04/2021, 20:59 WIB</div></div></div>\n'
        for number, address in enumerate(addresses)
    )
    return (
        '<!DOCTYPE html>\n<html lang="id"><head><meta charset="utf-8"><title>Indeks Berita - Kompas.com</title></head>'
        f'<body><div class="latest--indeks mt2 clearfix">{items}</div></body></html>\n'
    )


def sitemap(addresses: Iterable[str], doctype: str = "") -> str:
    """Return a sitemap that lists addresses."""
    urls = "".join(f"<url><loc>{address}</loc></url>\n" for address in addresses)
    return (
        f'<?xml version="1.0" encoding="UTF-8"?>\n{doctype}<urlset xmlns="http://www.sitemaps.org/schemas/sitemap/0.9">'
        f"\n{urls}</urlset>\n"
    )


def sitemap_index(addresses: Iterable[str]) -> str:
    """Return an index of sitemaps."""
    maps = "".join(f"<sitemap><loc>{address}</loc></sitemap>\n" for address in addresses)
    return (
        '<?xml version="1.0" encoding="UTF-8"?>\n<sitemapindex xmlns="http://www.sitemaps.org/schemas/sitemap/0.9">\n'
        f"{maps}</sitemapindex>\n"
    )
