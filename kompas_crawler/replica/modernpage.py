"""Article pages of 2019–2021 (`d`), 2022–23 (`e1`), late 2023 (`e2`) and 2024–26 (`f`)."""

from __future__ import annotations

from html import escape

from kompas_crawler.replica.articles import VERDICT, Article
from kompas_crawler.replica.bodymarkup import modern, text_of
from kompas_crawler.replica.newsday import Kind
from kompas_crawler.replica.page import (
    NAVIGATION,
    WEIGHT,
    Page,
    article_list,
    english_stamp,
    footer,
    head,
    image_of,
    long_stamp,
    stamp,
)
from kompas_crawler.replica.underbody import index_pager, most_read, pager, related, tags

TELEGRAM = (
    '<div style="height:1px" id="EndOfArticle"></div>\n    <i>Dapatkan update <b>berita pilihan</b> dan <b>breaking '
    'news</b> setiap hari dari Kompas.com. Mari bergabung di Grup Telegram "Kompas.com News Update", caranya klik link '
    '<a href="https://t.me/kompascomupdate" rel="nofollow">https://t.me/kompascomupdate</a>, kemudian join. Anda harus '
    "install aplikasi Telegram terlebih dulu di ponsel.</i> \n"
)
WHATSAPP = (
    "<p><strong>Simak breaking news dan berita pilihan kami langsung di ponselmu. Pilih saluran andalanmu akses berita "
    'Kompas.com WhatsApp Channel : <a href="https://www.whatsapp.com/channel/0029VaFPbedBPzjZrk13HO3D">'
    "https://www.whatsapp.com/channel/0029VaFPbedBPzjZrk13HO3D</a>. Pastikan kamu sudah install aplikasi WhatsApp ya."
    "</strong></p>"
)
APPEAL = (
    "<p><em>Dalam segala situasi, KOMPAS.com berkomitmen memberikan fakta jernih dari lapangan. Kirimkan Apresiasi "
    "Spesial untuk mendukung jurnalisme jernih KOMPAS.com.</em></p>"
)
GATE = (
    '<div class="gate-kgplus">\n    <span>Baca berita tanpa iklan. '
    '<a href="https://plus.kompas.com/?source=Kompas.com">Gabung Kompas.com+</a></span>\n</div>\n'
)
RESTRICTED = """<div class="restricted-holder" id="restricted-holder"></div>
<div class="restricted" id="restricted" style="display:none">
    <div class="restricted-subtitle">Halaman ini berisi konten sensitif</div>
    <div class="restricted-lead"><p>Halaman ini berisi konten sensitif untuk batasan usia tertentu.</p></div>
    <a href="https://www.kompas.com" class="restricted-link">Lihat Artikel Lain</a>
</div>
"""
MODALS = """<div data-modal-target="reaction-share"><p>Bagikan artikel ini melalui</p></div>
<div data-modal-target="modal-gift-membership"><p>Kirimkan Apresiasi Spesial untuk mendukung Jurnalisme Jernih \
KOMPAS.com</p></div>
<div data-modal-target="modal-question"><p>Syarat dan ketentuan</p><ol><li>Apresiasi Spesial adalah fitur dukungan \
dari pembaca kepada KOMPAS.com.</li></ol></div>
"""


def render(page: Page) -> str:
    """The page as HTML."""
    article = page.article
    theme = "news" if article.stub.rubric.category == "News" else article.stub.rubric.slug
    restricted = "-restricted " if article.is_adult else ""
    return f"""<!DOCTYPE html>
<html lang="{"en" if article.layout == "d" else "id"}">
<head>
{head(page)}
</head>
<body class="{restricted}theme--{theme} page--read ">
<noscript><iframe src="//www.googletagmanager.com/ns.html?id=GTM" height="0" width="0"></iframe></noscript>
<div class="wrap">
{WEIGHT if page.is_full else ""}{NAVIGATION}<div class="container clearfix ">
{"" if article.layout == "d" else GATE}<div class="row mt2 col-offset-fluid clearfix">
    <div class="col-bs10-10">
{_top(article)}        <!-- read title-->
        <h1 class="read__title">{text_of(article.title)}</h1>
    </div>
</div>
{MODALS if article.layout == "f" else ""}{RESTRICTED if article.is_adult else ""}<!-- read-->
<div class="row col-offset-fluid clearfix js-giant-wp-sticky-parent">
    <div class="col-bs10-7 js-read-article">
        <!-- read header-->
        <div class="read__header col-offset-fluid clearfix">
            <div class="col-bs10-10">
                <div class="read__time">{_time(page)}</div>
            </div>
            <div class="col-bs10-10">
{_modal_credits(article) if article.layout in ("e2", "f") else ""}{_share(article)}            </div>
        </div>
{_photo(article)}        <!-- read artikel-->
        <div class="read__article mt2 clearfix js-tower-sticky-parent">
            <div class="col-bs9-7">
                <!-- read credit-->
{_line_credits(article) if article.layout in ("d", "e1") else ""}                <!-- read content-->
{_content(page)}
                </div>
                <div class="ads-partner-wrap osmplaceonsite" style="min-height: 400px;max-width:100%">
<p></p>
</div>
{pager(page)}{tags(article)}{related(article.related, article.layout)}            </div>
        </div>
        <!-- terkini-->
        <div class="row mt2 clearfix">
            <div class="title clearfix"><h2 class="title__content">Terkini Lainnya</h2></div>
            <div class="latest ga--latest mt2 clearfix">
{article_list(page.latest)}
            </div>
{index_pager(article.stub.rubric.slug)}        </div>
    </div>
    <div class="col-bs10-3">{most_read(page.latest)}</div>
</div>
</div>
{footer(page.year)}
</div>
</body>
</html>
"""


def _top(article: Article) -> str:
    kind = article.stub.kind
    if kind is Kind.ADVERTORIAL:
        return (
            '<div class="kcm kcm__header clearfix">\n<div class="kcm__header__advertorial">Advertorial</div>\n</div>\n'
        )
    crumbs = _breadcrumb(article)
    if kind is Kind.KILAS:
        crumbs += '<div class="kcm kcm__header clearfix">\n<div class="kcm__header__advertorial">KILAS</div>\n</div>\n'
    elif kind is Kind.BRAND:
        crumbs += (
            '<div class="kcm kcm__header clearfix">\n<div class="kcm__header__brandzview clearfix">\n'
            '<div class="kcm__header__brandzview__title">BrandzView</div>\n<span>Konten ini merupakan kerja sama '
            "Kompas.com dengan PT Arunika Digital</span>\n</div>\n</div>\n"
        )
    elif kind is Kind.OPINION:
        crumbs += _columnist(article)
    return crumbs


def _breadcrumb(article: Article) -> str:
    root = "Home" if article.layout == "d" else "Kompas.com"
    steps = [(root, "https://www.kompas.com")]
    steps += [(name, f"https://{article.stub.home}") for name in article.breadcrumbs]
    items = "".join(
        '<li class="breadcrumb__item" itemprop="itemListElement" itemscope itemtype="http://schema.org/ListItem">'
        '<a class="breadcrumb__link" itemtype="https://schema.org/Thing" itemprop="item" '
        f'href="{url}"><span itemprop="name">{text_of(name)}</span></a>'
        f'<meta itemprop="position" content="{n}" /></li>\n'
        for n, (name, url) in enumerate(steps, 1)
    )
    return (
        '<h3 class="breadcrumb clearfix">\n    <ul class="breadcrumb__wrap" itemscope '
        f'itemtype="http://schema.org/BreadcrumbList">\n{items}    </ul>\n</h3>\n'
    )


def _columnist(article: Article) -> str:
    name = article.authors[0]
    shown = "" if article.layout == "d" else text_of(name)
    slug = name.lower().replace(" ", "-")
    href = "#" if article.layout == "d" else f"https://kolom.kompas.com/{article.stub.draws[0]}/{slug}"
    profile = "" if article.layout == "d" else "<p>Pengamat yang menulis dari kota kecil.</p>"
    return (
        '<div class="opinion__header col-offset-fluid clearfix">\n<div class="opinion__asset opinion--pull-left"></div>'
        f'\n<div class="opinion__desc">\n<div class="opinion__author"><a class="opinion__link" href="{href}">{shown}'
        f'</a></div>\n<div class="opinion__authortitle"></div>\n<div class="opinion__authorprofile">{profile}</div>\n'
        "</div>\n</div>\n"
    )


def _time(page: Page) -> str:
    article, at = page.article, page.printed_at
    updated = "Diperbarui " if article.updated else ""
    if article.stub.english:
        return english_stamp(at)
    if article.layout == "d":
        return f"Kompas.com - {stamp(at)}"
    if article.layout == "f":
        link = '<a href="https://www.kompas.com" data-google-interstitial="false">Kompas.com</a>'
        return f"{link}, Diperbarui {stamp(at)}" if updated else f"{link} , {long_stamp(at)}"
    return f'<a href="https://www.kompas.com">Kompas.com</a> - {updated}{stamp(at)}'


def _share(article: Article) -> str:
    url = escape(article.stub.url)
    if article.layout == "d":
        return (
            '<div class="social--inline eee"><span class="social--text">Bagikan:</span>\n<div class="social__item">'
            '<a class="social__link" href="javascript:void(0);" '
            f"onclick=\"fb_share('x','{url}?utm_source=Facebook')\">"
            "</a></div></div>\n"
        )
    return (
        '<div class="reaction -top"><div class="reactionList display-flex">\n<button '
        f'data-url="{url}" class="button buttonShare reactionItem" aria-label="Share Article"></button>\n'
        f'<a href="{url.replace("/read/", "/komentar/")}" class="button buttonComment reactionItem"></a>\n'
        "</div></div>\n"
    )


def _photo(article: Article) -> str:
    caption, credit = text_of(article.caption), text_of(article.photo_credit)
    src = image_of(article, "750x500")
    if article.layout == "d":
        return (
            f'<div class="photo" data-photolink="#">\n<img src="{src}" alt="{escape(article.caption)}" />\n'
            f'<span class="pb_10 author">{credit}</span>{caption}</div>\n'
        )
    return (
        '<div class="cover-photo -gallery" data-photolink="#" data-photostyle="">\n<div class="photo__wrap">\n'
        f'<img width="780" height="520" src="{src}" alt="{escape(article.caption)}">\n'
        '<div class="photo__icon photo__icon__expand">Lihat Foto</div>\n</div>\n<div class="photo__caption">\n'
        f'{caption}<span class="photo__author author">({credit})</span>\n</div>\n</div>\n'
    )


def _profile(name: str) -> str:
    slug = "".join(c if c.isalnum() else "." for c in name).replace("..", ".")
    return f"http://indeks.kompas.com/profile/{sum(map(ord, name))}/{slug}"


def _line_credits(article: Article) -> str:
    kind = article.stub.kind
    if kind is Kind.ADVERTORIAL:
        return ""
    if kind is Kind.FACT_CHECK:
        return (
            '<div class="read__credit clearfix"><div class="read__credit__item" id="penulis"><span>Penulis</span> '
            '<b>Tim Cek Fakta</b></div> | <div class="read__credit__item" id="editor"><span>Editor</span>'
            "<b>Tim Cek Fakta<b/></div></div>\n"
        )
    writers = () if kind is Kind.OPINION else article.authors
    label = "Writer" if article.stub.english else "Penulis"
    items = []
    for name_id, role, people in (("penulis", label, writers), ("editor", "Editor", article.editors)):
        if people:
            links = ", ".join(f'<a href="{_profile(name)}">{text_of(name)}</a>' for name in people)
            items.append(f'<div class="read__credit__item" id="{name_id}"><span>{role}</span> {links}</div>')
    return f'<div class="read__credit clearfix">{" | ".join(items)}</div>\n'


def _modal_credits(article: Article) -> str:
    if article.stub.kind is Kind.ADVERTORIAL:
        return ""
    writers = () if article.stub.kind is Kind.OPINION else article.authors
    people = [(name, "Penulis") for name in writers] + [(name, "Editor") for name in article.editors]
    old = article.layout == "e2"
    tag, shown = ("h6", "h6") if old else ("div", 'div class="credit-title-nameEditor"')
    names = "\n".join(
        f"<{shown}>{text_of(name)}{',' if n < len(people) else ''}</{tag}>" for n, (name, _) in enumerate(people, 1)
    )
    # The unclosed second <h6> after a role stands in the real pages of late 2023.
    close = "<h6>" if old else "</div>"
    cards = "\n".join(
        f'<a href="{_profile(name)}">\n<div class="credit-author">\n<div class="credit-author-title">\n'
        f'<{tag} class="credit-author-name">\n{text_of(name)} </{tag}>\n'
        f'<{tag} class="credit-author-position">{role}{close}\n</div>\n</div>\n</a>'
        for name, role in people
    )
    pictures = '<div class="credit-picture-img avatarInit"></div>' * len(people)
    return (
        f'<div class="credit">\n<div class="credit-picture">{pictures}</div>\n<div class="credit-title">\n'
        f'<div class="credit-title-name">\n{names}\n</div>\n<p>Tim Redaksi</p>\n</div>\n</div>\n'
        f'<div id="creditModal" class="creditModal">\n<div class="creditModal-body">\n{cards}\n</div>\n</div>\n'
    )


def _content(page: Page) -> str:
    article = page.article
    blocks = "\n".join(map(modern, page.blocks))
    verdict = _verdict() if article.stub.kind is Kind.FACT_CHECK and page.part in (None, 1) else ""
    if article.layout == "d":
        tail = '</p></p><!-- (ads.native_banner) --></p><span class="liftdown_v2_tanda"></span>'
        return f'<div class="read__content">\n{verdict}{blocks}{tail}'
    call = _call(article) if page.is_last else ""
    tail = f'<!-- (ads.native_banner) -->{call}</p><span class="liftdown_v2_tanda"></span></div>'
    marked = ' id="articleContent"' if article.layout == "f" and article.stub.draws[18] % 4 == 0 else ""
    bar = '<div class="komentar-bar">Komentar: 3</div>' if article.layout == "f" else ""
    return (
        f'<div class="read__content"{marked}>\n<div class="clearfix">{verdict}{blocks}{tail}'
        f'<div class="fb-quote"></div>{bar}'
    )


def _call(article: Article) -> str:
    if article.layout == "f":
        return WHATSAPP + (APPEAL if article.stub.draws[19] % 2 else "")
    return TELEGRAM if article.layout == "e1" and article.stub.draws[19] % 3 else ""


def _verdict() -> str:
    return (
        '<div class="hoax__artikel clearfix">\n<div class="hoax__artikel__content col-bs9-3 col-offset-0">'
        '<img class="lozad" alt="klarifikasi"></div>\n<div class="hoax__artikel__content col-bs9-6">\n'
        f'<h2 class="hoax__artikel__title hoax__artikel__title--klarifikasi">{VERDICT[0]}</h2>\n'
        f'<p class="hoax__artikel__text">{VERDICT[1]}</p>\n</div>\n</div>'
    )
