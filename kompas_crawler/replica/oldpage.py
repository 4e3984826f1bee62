"""Article pages of 2015–16, a flow of text broken by `<br /><br />`: news (`b1`), bola and otomotif (`b2`)."""

from __future__ import annotations

from html import escape

from kompas_crawler.replica.articles import Article
from kompas_crawler.replica.bodymarkup import classic, text_of
from kompas_crawler.replica.page import WEIGHT, Page, old_stamp

_FROM_BOX = "?utm_source=RD&amp;utm_medium=box&amp;utm_campaign=Kaitrd"


def render(page: Page) -> str:
    """The page as HTML."""
    article = page.article
    title, url, lead = escape(article.title), escape(_http(article.stub.url)), escape(article.description)
    name = article.stub.rubric.slug.title()
    return f"""<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="description" content="{lead}">
<meta name="keywords" content="">
<meta name="author" content="Kompas Cyber Media">
<title>{title} - Kompas.com {name}</title>
<meta property="og:url" content="{url}" />
<meta property="og:type" content="article" />
<meta property="og:title" content="{title} - Kompas.com {name}" />
<meta property="og:image" content="http://assets.kompas.com/{article.image}" />
<meta property="og:site_name" content="KOMPAS.com" />
<meta property="og:description" content="{lead}" />
<link rel="canonical" href="{url}" />
</head>
<body>
<div class="container pt4">
<div class="kcm-topbar"><ul><li class="active"><a href="http://www.kompas.com">Kompas.com</a></li></ul></div>
{WEIGHT if page.is_full else ""}<div class="row kcm-header"><div class="msmall grey">{
        old_stamp(page.printed_at).split(" |")[0]
    }</div>
<ul class="kcm-nav clearfix"><li><a href="http://news.kompas.com">News</a></li></ul></div>
<div class="row kcm-main mt2 bggrad">
<div id="leftside" class="span8 mainside">
{_form(page)}
</div>
</div>
<div class="kcm-footer"><div class="msmall grey">&copy;2008 - {page.year} Kompas Cyber Media (Kompas Gramedia Digital \
Group). All rights reserved.</div></div>
</div>
</body>
</html>
"""


def _form(page: Page) -> str:
    if page.article.layout == "b1":
        return _first(page)
    return _motoring(page) if page.article.stub.rubric.slug == "otomotif" else _second(page)


def _http(url: str) -> str:
    return url.replace("https://", "http://", 1)


def _first(page: Page) -> str:
    article = page.article
    crumbs = "".join(
        f'<li><h4><a href="http://{article.stub.home}/">{text_of(c)}</a></h4></li>\n' for c in article.breadcrumbs
    )
    return f"""<div class="kcm-read">
<div class="kcm-read-top clearfix">
<ul class="kcm-breadcrumb orange">
{crumbs}</ul>
<h2>{text_of(article.title)}</h2>
<div class="msmall grey mb2">{old_stamp(page.printed_at)}</div>
{_photo(article)}
</div>
<div class="kcm-read-body clearfix">
<div class="span2">
<div class="kcm-read-terkait">
<h3>Terkait</h3>{_related(article, "")}</div>
</div>
<div class="span6">
<div class="kcm-read-text-wrap">
<!-- s: isi berita -->
<div class="kcm-read-text">
{_flow(page)} </div>
<!-- e: isi berita -->
<div class="kcm-read-copy mt2">{_signature(article)}</div>
</div>
</div>
</div>
</div>"""


def _second(page: Page) -> str:
    article = page.article
    crumbs = " / ".join(f'<a href="http://{article.stub.home}">{text_of(c)}</a>' for c in article.breadcrumbs)
    return f"""<div class="kcm-read mt2 clearfix">
<div class="kcm-read-content-top">
<h4 class="green breadcrump">{crumbs}</h4>
<h2>{text_of(article.title)}</h2>
<div class="social clearfix">
<div class="kcm-date msmall grey">
 {old_stamp(page.printed_at)} </div>
</div>
</div>
<div class="mb1">
{_photo(article)} </div>
<div class="kcm-read-content-text">
<div class="span2">
<div class="kcm-read-terkait mb1 mr2">
<h4><span>Berita Terkait</span></h4>{_related(article, _FROM_BOX)}</div>
</div>
<div class="span6 nml">
<span class='kcmread1114'>{_flow(page)}</span>
<hr class="orange"/>
<div class="kcm-read-copy mb2">{_signature(article)}</div>
</div>
</div>
</div>"""


def _motoring(page: Page) -> str:
    article = page.article
    crumbs = "<li>/</li>\n".join(
        f'<li><a href="http://{article.stub.home}/">{text_of(c)}</a></li>\n' for c in article.breadcrumbs
    )
    return f"""<div class="w720 left hal-baca">
<div class="bread-c">
<ul>
{crumbs}</ul>
</div>
<div class="advertorial-tag"></div>
<div class="baca-content">
<span class="top-title"></span>
<h1>{text_of(article.title)}</h1>
<div class="social clearfix">
<div id="content" class="kcm-date msmall grey mb2">{old_stamp(page.printed_at)}</div>
</div>
<div class="big-img-content">
{_photo(article)} </div>
<div class="berita-terkait-content left">
<h4>Berita Terkait</h4>{_related(article, _FROM_BOX)}</div>
<div class="content-text right">
<div class='div-read'>{_flow(page)}</div>
<hr class="orange"/>
</div>
<div class="penulis-editor">{_signature(article)}</div>
</div>
</div>"""


def _photo(article: Article) -> str:
    return (
        f'<div id="{article.stub.draws[0]}" class="photo" style=" max-width: 100% ; width:780px " ><img '
        f'data-width="780px" src="http://assets.kompas.com/{article.image}" alt="" /><span class="pb_10 author">'
        f"{text_of(article.photo_credit)}</span> {text_of(article.caption)}</div>"
    )


def _related(article: Article, query: str) -> str:
    items = "".join(
        f'<li>\n<a href="{escape(_http(stub.url))}{query}">{text_of(stub.title)}</a>\n</li>\n'
        for stub in article.related
    )
    return f"<ul> {items}</ul>"


def _flow(page: Page) -> str:
    return "".join(map(classic, page.blocks))


def _signature(article: Article) -> str:
    rows = []
    if article.authors:
        rows.append(f"<tr><td>Penulis</td><td>: {text_of(', '.join(article.authors))} </td></tr>")
    rows.append(f"<tr>\n<td>Editor</td>\n<td>\n: {text_of(', '.join(article.editors))} </td>\n</tr>")
    return '<table class="grey">\n<tbody>\n' + "\n".join(rows) + "\n</tbody>\n</table>\n"
