"""What stands under the body of an article page of 2019 and later: its pager, tags, related and most read articles."""

from __future__ import annotations

from html import escape

from kompas_crawler.replica.articles import Article
from kompas_crawler.replica.blocks import words
from kompas_crawler.replica.bodymarkup import text_of
from kompas_crawler.replica.newsday import Kind, Stub
from kompas_crawler.replica.page import Page


def pager(page: Page) -> str:
    """The teaser of the next part and the links to all parts; nothing for an article of one part."""
    count = len(page.article.parts)
    if count == 1:
        return ""
    teaser = ""
    if not page.is_last and page.part is not None:
        following = page.article.parts[page.part]
        text = next((words(b.line) for b in following if hasattr(b, "line")), "Selanjutnya")
        teaser = (
            '<div class="read__paging__footnote paging__footnote clearfix">\n<span>Halaman Selanjutnya</span>\n'
            f'<h5><a href="{escape(page.link(str(page.part + 1)))}" class="next">'
            f"{text_of(' '.join(text.split()[:5]))}&#8230;</a></h5>\n</div>\n"
        )
    items = "".join(
        f'<div class="paging__item"><a class="paging__link {"paging__link--active" if n == page.part else ""}" '
        f'href="{escape(page.link(str(n)))}">{n}</a></div>'
        for n in range(1, count + 1)
    )
    return (
        f'{teaser}<div class="read__paging clearfix">\n<div class="paging paging--article col-offset-0 clearfix">\n'
        f'<div class="paging__teaser">Halaman: </div>\n<div class="paging__wrap clearfix">{items}</div>\n'
        f'<div class="col-bs12-2 col-offset-0"><a class="paging__link paging__link--show" '
        f'href="{escape(page.link("all"))}#page2">Show All</a></div>\n</div>\n</div>\n'
    )


def tags(article: Article) -> str:
    """The tags."""
    if not article.tags or article.stub.kind is Kind.ADVERTORIAL:
        return ""
    if article.layout == "f":
        links = "".join(
            f'<a href="https://www.kompas.com/tag/{escape(tag.replace(" ", "-").lower())}">{text_of(tag)}</a>'
            for tag in article.tags
        )
        return f'<div class="read__tagging mt1 clearfix">{links}</div>\n'
    where = "href" if article.layout == "d" else 'href="javascript:void(0)" data-url'
    items = "".join(
        f'<li class="tag__article__item"><a class="tag__article__link" '
        f'{where}="https://www.kompas.com/tag/{escape(tag.replace(" ", "-").lower())}">{text_of(tag)}</a></li>'
        for tag in article.tags
    )
    return (
        '<div class="read__tagging mt1 clearfix">\n<h3 class="tag tag--article clearfix">\n'
        f'<div class="tag__article__teaser">Tag</div>\n<ul class="tag__article__wrap">{items}</ul>\n</h3>\n</div>\n'
    )


def related(stubs: tuple[Stub, ...], layout: str) -> str:
    """The lists of related articles: plain, and pictured from 2022 on."""
    plain = [(escape(stub.url.replace("https://", "http://", 1)), text_of(stub.title)) for stub in stubs]
    lines = "".join(f'<h4 class="related__inline__title"><a href="{url}">{title}</a></h4>' for url, title in plain)
    box = f'<div class="related__inline ga--related mt2 clearfix"><h3><span>Berita Terkait</span></h3>{lines}</div>\n'
    if layout == "d":
        return box
    items = "".join(
        f'<li>\n<a href="{url}">\n<div class="aTerkait__list__img"></div>\n'
        f'<h4 class="aTerkait__list__title">{title}</h4>\n</a>\n</li>\n'
        for url, title in plain
    )
    block = (
        f'<div class="aTerkait" text="Artikel Terkait">\n<div class="aTerkait__list">\n<ul>\n{items}</ul>\n</div>\n'
        "</div>\n"
    )
    # One saved page in twenty has the pictured list only.
    return block if stubs[:1] and stubs[0].draws[20] % 20 == 0 else block + box


def index_pager(site: str) -> str:
    """The pager below the latest articles, which leads to the index."""
    link = f"https://indeks.kompas.com?site={site}&page="
    return (
        '<div class="text-center mt2 clearfix"><div class="paging__wrap clearfix"><div class="paging__item">'
        '<a class="paging__link paging__link--active" href="javascript:void(0)">1</a></div><div class="paging__item">'
        f'<a class="paging__link" href="{link}2">2</a></div><div class="paging__item"><a class="paging__link '
        f'paging__link--next" href="{link}2" rel="next">Next</a></div></div></div>\n'
    )


def most_read(stubs: tuple[Stub, ...]) -> str:
    """The widget of what is read most."""
    items = "".join(
        f'<div class="most__list clearfix"><div class="most__count">{n}</div><a class="most__link" '
        f'href="{escape(stub.url)}"><h4 class="most__title">{text_of(stub.title)}</h4></a></div>'
        for n, stub in enumerate(stubs[:5], 1)
    )
    return f'<div class="most ga--most mt1 clearfix"><h2 class="title__content">Terpopuler</h2>{items}</div>'
