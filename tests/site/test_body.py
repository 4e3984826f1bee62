"""The body of an article, from small pieces of the site's markup around invented prose."""

from __future__ import annotations

import re
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from selectolax.lexbor import LexborHTMLParser

from kompas_crawler.items import LinkKind
from kompas_crawler.site.body import Body, extract_body
from kompas_crawler.site.boilerplate import Rule

PAGE = "https://regional.kompas.com/read/2022/03/04/101010178/warga-desa-menanam-bakau"
CROSS_LINK = (
    '<a href="https://www.kompas.com/tren/read/2021/04/14/205938365/harga-cabai?utm_source=x"'
    ' class="inner-link-baca-juga">Harga Cabai Naik</a>'
)
LINKED_SENTENCE = CROSS_LINK.replace("Harga", "Warga dan pedagang di pasar itu berkata: Harga").replace("</a>", ".</a>")
PLAIN_LINK = '<a href="http://bola.kompas.com/read/2021/04/14/20593838/timnas">Timnas Menang Lagi</a>'
FOREIGN_LINK = '<a href="https://example.org/laporan?utm_medium=a&amp;no=1">laman ini</a>'
TAG_LINK = '<a class="inner-link-tag" href="https://www.kompas.com/tag/bakau" style="color:#428bca;">bakau </a>'


def read(html: str) -> Body:
    container = LexborHTMLParser(f'<div class="read__content">{html}</div>').css_first("div.read__content")
    return extract_body(container, PAGE)


def cross_links(body: Body) -> list[str]:
    return [link.text for link in body.links if link.kind is LinkKind.BACA_JUGA]


def inline_links(body: Body) -> list[str]:
    return [link.text for link in body.links if link.kind is LinkKind.INLINE]


@pytest.mark.parametrize(
    ("html", "paragraphs"),
    [
        pytest.param("<p>Satu.</p><p>Dua.</p>", ["Satu.", "Dua."], id="a paragraph for each p"),
        pytest.param("<h2>Latar</h2><p>Satu.</p><h3>Akhir</h3>", ["Latar", "Satu.", "Akhir"], id="headings"),
        pytest.param("<p><strong>1. Kota Lama</strong></p>", ["1. Kota Lama"], id="bold-only lines"),
        pytest.param("<p>Bahan:</p><ul><li>garam</li><li>gula</li></ul>", ["Bahan:", "garam", "gula"], id="list items"),
        pytest.param("<ol><li>a<ul><li>b</li></ul>c</li></ol>", ["a", "b", "c"], id="nested lists"),
        pytest.param("<dl><dt>Kata</dt><dd>Arti</dd></dl>", ["Kata", "Arti"], id="definition lists"),
        pytest.param(
            "<table><tr> <td><strong> Bank</strong></td> <td>Kurs </td> </tr><tr><td>BNI</td><td>1</td></tr></table>",
            ["Bank Kurs", "BNI 1"],
            id="table rows, cells joined by one space",
        ),
        pytest.param(
            "<table><tr><td>a</td><td><p>b</p><p>c<br><br>d</p></td><td>&nbsp;</td></tr></table>",
            ["a b c d"],
            id="a row is one paragraph whatever its cells hold",
        ),
        pytest.param("<table><tr><td><p>a</p><p>b</p></td></tr></table>", ["a", "b"], id="a box made of one cell"),
        pytest.param("<blockquote><p>Satu.</p><p>Dua.</p></blockquote>", ["Satu.", "Dua."], id="real quotations"),
        pytest.param(
            "awal<p>Satu.</p>tengah <b>tebal</b><h2>J</h2>akhir",
            ["awal", "Satu.", "tengah tebal", "J", "akhir"],
            id="loose text",
        ),
        pytest.param("<p>Satu.</p></p>Luar</p><p>Lagi", ["Satu.", "Luar", "Lagi"], id="unbalanced tags"),
        pytest.param("<p>a<br>b<br/>c</p>", ["a b c"], id="a line break is a space"),
        pytest.param("<span>a<br /><br />b<br /><br /><br />c</span>", ["a", "b", "c"], id="a blank line parts"),
        pytest.param(
            "<p>a<br>&nbsp; <!-- x --><b> </b><em></em><br>b</p>", ["a", "b"], id="a blank line with nothing in it"
        ),
        pytest.param("<p>a<strong>b<br></strong><br>c</p>", ["ab", "c"], id="a blank line across tags"),
        pytest.param("<br><br><p><br>a<br></p><br>", ["a"], id="breaks at borders"),
        pytest.param("<p>\n  a\u00a0\u2003b\t\nc </p>", ["a b c"], id="white space runs"),
        pytest.param("<p>&nbsp;</p><p>\u200b</p><p></p>", [], id="blank paragraphs"),
        pytest.param("<p>ter-<em>record</em>, H<sub>2</sub>O</p>", ["ter-record, H2O"], id="no space at inline tags"),
        pytest.param("<p>“Ya…” – ujar <em>Kompas.com</em></p>", ["“Ya…” – ujar Kompas.com"], id="printed as it stands"),
        pytest.param(
            "<div class='read__question'>Mengapa?<span>- Lala</span></div>",
            ["Mengapa?- Lala"],
            id="a reader's question",
        ),
        pytest.param(
            "<p>Berikut videonya:</p><p><iframe src='x'></iframe></p>",
            ["Berikut videonya:"],
            id="a line before an embed",
        ),
        pytest.param("<p>a<iframe src='x'></iframe>b</p>", ["a b"], id="a frame between words"),
        pytest.param("<p>o</p><div>:</div>", ["o", ":"], id="single characters"),
        pytest.param("<p>Simak infografik berikut!</p>", ["Simak infografik berikut!"], id="an infographic's line"),
        pytest.param("<figure><table><tr><td>a</td></tr></table></figure>", ["a"], id="a table in a figure"),
    ],
)
def test_body_has_one_paragraph_for_each_block_on_the_screen(html: str, paragraphs: list[str]) -> None:
    assert list(read(html).paragraphs) == paragraphs


@pytest.mark.parametrize(
    "html",
    [
        f"<p><strong>Baca juga: {CROSS_LINK}</strong></p>",
        f"<p><strong><strong>Baca juga: {CROSS_LINK}</strong><br></strong></p>",
        f"<p><strong>Baca juga: </strong><strong>{CROSS_LINK}</strong></p>",
        f"<p><strong>Baca juga:</strong></p><span class='ads-on-body'></span><p>{CROSS_LINK}</p>",
        f"<p><b>Baca juga:</b><br>{CROSS_LINK}</p>",
        f"<p>BACA JUGA : {CROSS_LINK}</p>",
        f"<p>Baca Juga&nbsp;{CROSS_LINK}</p>",
        f"<p>Baca pula {CROSS_LINK}</p>",
        f"<p>Simak juga: {CROSS_LINK}</p>",
        f"<p>Lihat juga: {CROSS_LINK}</p>",
        f"<p>Read also:&nbsp;{CROSS_LINK}</p>",
        f"<h3>Baca juga: {CROSS_LINK}</h3>",
        f"<p>Baca: {CROSS_LINK}</p>",
        f"<p>(Baca: {CROSS_LINK})</p>",
        f"<p>[Baca juga: {CROSS_LINK}].</p>",
        f"<p>- {CROSS_LINK}</p>",
        f"<p><strong>{CROSS_LINK}</strong></p>",
        f"<li>{CROSS_LINK}</li>",
        f"<p>Baca juga: {CROSS_LINK} Kembali</p>",
        f"<p>Ikuti berita terkait di topik: {CROSS_LINK}</p>",
        f"<p>Selengkapnya klik {CROSS_LINK}.</p>",
        f"<div class='inject-baca-juga-3'><h4>Baca juga</h4><p>{CROSS_LINK}</p></div>",
        f"<div class='kcm-read-terkait'><ul><li>{CROSS_LINK}</li></ul></div>",
        f"<p>{CROSS_LINK.replace('Harga', 'Baca juga: Harga')}</p>",
    ],
)
def test_a_line_that_only_points_to_another_article_becomes_a_link(html: str) -> None:
    body = read(f"<p>Sebelum.</p>{html}<p>Sesudah.</p>")
    assert body.paragraphs == ("Sebelum.", "Sesudah.")
    assert cross_links(body) == ["Harga Cabai Naik"]
    assert inline_links(body) == []


@pytest.mark.parametrize("box", ["div class='inject-baca-juga-3'", "blockquote"])
def test_a_link_inside_a_drawing_is_none(box: str) -> None:
    body = read(
        f"<p>Sebelum.</p><{box}><svg><a xlink:href='https://twitter.com/a/status/1'>@a</a></svg></{box.split()[0]}>"
    )
    assert (body.paragraphs, body.links) == (("Sebelum.",), ())


@pytest.mark.parametrize(
    ("html", "rest"),
    [
        (f"<p>Warga pindah. <strong>Baca juga: {CROSS_LINK}</strong></p>", "Warga pindah."),
        (f"<p>Warga pindah.<strong>Baca juga: {CROSS_LINK}</strong></p>", "Warga pindah."),
        (f"<p>Warga pindah.<br><strong>Baca juga: {CROSS_LINK}</strong></p>", "Warga pindah."),
        (f"<p><strong>Baca juga: {CROSS_LINK}</strong><br>Warga pindah.</p>", "Warga pindah."),
        (
            f"<p>Baca juga: {CROSS_LINK} Warga desa itu kini pindah ke bukit.</p>",
            "Warga desa itu kini pindah ke bukit.",
        ),
        (f"<p>Warga pindah, kata dia (baca: {CROSS_LINK}).</p>", "Warga pindah, kata dia."),
        (f"<p>Warga pindah. (Baca juga: {CROSS_LINK})</p>", "Warga pindah."),
    ],
)
def test_a_pointer_beside_body_text_takes_nothing_else_away(html: str, rest: str) -> None:
    body = read(html)
    assert body.paragraphs == (rest,)
    assert cross_links(body) == ["Harga Cabai Naik"]


@pytest.mark.parametrize(
    "html",
    [
        f"<p>Baca juga {CROSS_LINK} yang ditulis warga.</p>",
        f"<p>Ikuti kuis di {CROSS_LINK} dan menangkan hadiahnya.</p>",
        f"<p>1. {CROSS_LINK}</p>",
        f"<h2>{CROSS_LINK}</h2>",
        f"<p>Laporan itu dimuat dalam<br>{CROSS_LINK}</p>",
        f"<p>{LINKED_SENTENCE}</p>",
    ],
)
def test_a_cross_link_inside_a_sentence_or_headline_stays_as_text(html: str) -> None:
    body = read(html)
    assert "Harga Cabai Naik" in body.text
    assert [text[-17:].strip(" .") for text in inline_links(body)] == ["Harga Cabai Naik"]
    assert body.removed == ()


@pytest.mark.parametrize(
    "text",
    [
        "Baca juga dilakukan oleh para siswa setiap pagi.",
        "Presiden (baca: pemerintah) diminta bertindak.",
        "Kompas.com menghubungi Dinas Pendidikan, Senin (7/3/2022).",
        "Sumber daya air di desa itu langka.",
        "Artikel ini membahas cara menanam bakau.",
        "Penulis: Tere Lia Halaman: 312 Editor: Sari",
        "Halaman selanjutnya dari buku itu hilang.",
        "Topik populer di media sosial pekan ini adalah banjir.",
        "Dapatkan bibit gratis di balai desa.",
        "Simak penjelasannya berikut ini.",
        "Video itu ditonton 1.800 kali.",
        "Oleh karena itu, warga mengungsi.",
        "Baca",
        "Unduh",
    ],
)
def test_body_text_that_resembles_boilerplate_stays(text: str) -> None:
    body = read(f"<p>Awal.</p><p>{text}</p><p>Akhir.</p>")
    assert body.paragraphs == ("Awal.", text, "Akhir.")


@pytest.mark.parametrize(
    ("html", "paragraphs"),
    [
        ('<p>Kata warga. (<a href="https://www.kompasiana.com/a/b">Baca selengkapnya</a>)</p>', ("Kata warga.",)),
        ('<p><a href="https://www.kompasiana.com/a/b">Baca selengkapnya di sini.</a></p>', ()),
        (f"<p>Baca selengkapnya {CROSS_LINK.replace('Harga Cabai Naik', 'di sini')}.</p>", ()),
        (f"<p>Baca berita menarik lainnya di {CROSS_LINK.replace('Harga Cabai Naik', 'sini')}.</p>", ()),
        (f"<p>Selengkapnya bisa dilihat di {FOREIGN_LINK}.</p>", ("Selengkapnya bisa dilihat di laman ini.",)),
        (f"<p>Data itu terbuka (lihat {FOREIGN_LINK}).</p>", ("Data itu terbuka (lihat laman ini).",)),
        (f"<p>Data itu terbuka (lihat {CROSS_LINK}).</p>", ("Data itu terbuka.",)),
    ],
)
def test_a_request_to_read_on_elsewhere_is_no_body_text(html: str, paragraphs: tuple[str, ...]) -> None:
    assert read(html).paragraphs == paragraphs


def test_several_links_of_one_line_are_numbered_in_order() -> None:
    body = read(f"<p>Baca juga: {CROSS_LINK}, {PLAIN_LINK}, dan {CROSS_LINK}</p><p>Di {FOREIGN_LINK} ada.</p>")
    assert [(link.kind, link.position, link.text) for link in body.links] == [
        (LinkKind.BACA_JUGA, 1, "Harga Cabai Naik"),
        (LinkKind.BACA_JUGA, 2, "Timnas Menang Lagi"),
        (LinkKind.BACA_JUGA, 3, "Harga Cabai Naik"),
        (LinkKind.INLINE, 1, "laman ini"),
    ]


def test_a_list_below_a_lead_is_a_list_of_links() -> None:
    body = read(
        f"<p>Baca juga:</p><ul><li>{CROSS_LINK}</li><li>{FOREIGN_LINK}</li></ul><p>{FOREIGN_LINK}</p><p>Akhir.</p>"
    )
    assert body.paragraphs == ("Akhir.",)
    assert cross_links(body) == ["Harga Cabai Naik", "laman ini", "laman ini"]


def test_a_lead_without_its_link_takes_no_text_with_it() -> None:
    body = read(f"<p><strong>Baca juga:</strong></p><p>Warga mengungsi.</p><p>{FOREIGN_LINK}</p>")
    assert body.paragraphs == ("Warga mengungsi.", "laman ini")


def test_links_to_articles_are_canonical_and_carry_their_key() -> None:
    (link,) = read(f"<p>Baca juga: {PLAIN_LINK}</p>").links
    assert (link.url, link.article_id) == (
        "https://bola.kompas.com/read/2021/04/14/20593838/timnas",
        "20210414-20593838",
    )


def test_other_links_are_absolute_and_without_tracking() -> None:
    body = read(f"<p>Di {FOREIGN_LINK} dan <a href='/global'>sini</a>.</p>")
    assert [(link.url, link.article_id) for link in body.links] == [
        ("https://example.org/laporan?no=1", None),
        ("https://regional.kompas.com/global", None),
    ]


@pytest.mark.parametrize(
    "html",
    [
        TAG_LINK,
        '<a href="http://bola.kompas.com/tag/Persib?utm_source=RD">bakau</a>',
        '<a href="mailto:a@example.org">bakau</a>',
        '<a href="javascript:void(0)">bakau</a>',
        '<a href="http://[broken">bakau</a>',
        '<a name="x">bakau</a>',
    ],
)
def test_links_to_tags_and_to_no_page_are_only_text(html: str) -> None:
    body = read(f"<p>Bibit {html} ditanam.</p>")
    assert (body.paragraphs, body.links) == (("Bibit bakau ditanam.",), ())


def test_a_link_divided_by_markup_is_one_link() -> None:
    half = '<a href="https://example.org/x">Harga </a><a href="https://example.org/x">Cabai</a>'
    body = read(f"<p>Lihat {half}: naik.</p>")
    assert (body.text, inline_links(body)) == ("Lihat Harga Cabai: naik.", ["Harga Cabai"])


@pytest.mark.parametrize(
    ("html", "rule"),
    [
        ('<div class="photo" id="5f"><img><span class="pb_10 author">AFP</span> Pasar.</div>', Rule.CAPTION),
        ('<div class="photo-infographic"><img> <span class="pb_10 author">A</span> Peta.</div>', Rule.CAPTION),
        ("<figure><img><figcaption>Pasar.</figcaption></figure>", Rule.CAPTION),
        ('<div class="video"><iframe></iframe><span class="pb_10 author">TV</span> Pasar</div>', Rule.CAPTION),
        ('<div class="wp-caption"><img><p>Pasar.</p></div>', Rule.CAPTION),
        (
            '<blockquote class="twitter-tweet"><p>Pasar.</p>— A (@a) <a href="https://x.com/a/status/1">1</a></blockquote>',
            Rule.EMBED,
        ),
        ('<blockquote><p>Pasar.</p>— A (@a) <a href="https://twitter.com/a/status/1">1</a></blockquote>', Rule.EMBED),
        ('<blockquote class="instagram-media"><div><p>A post shared by A (@a)</p></div></blockquote>', Rule.EMBED),
        (
            '<blockquote class="tiktok-embed"><a href="https://www.tiktok.com/@a">@a</a><p>Pasar</p></blockquote>',
            Rule.EMBED,
        ),
        (
            "<p>Pasar. <em>Dapatkan update <b>berita pilihan</b> dan <b>breaking news</b> dari Kompas.com.</em></p>",
            Rule.CALL,
        ),
        (
            '<div id="EndOfArticle"></div> <i>Dapatkan update <b>berita pilihan</b> dan <b>breaking news</b>.</i>',
            Rule.CALL,
        ),
        ("<p><i>Simak <b>breaking news</b> dan berita pilihan kami langsung di ponselmu.</i></p>", Rule.CALL),
        ("<p>Dalam segala situasi, KOMPAS.com berkomitmen memberikan fakta jernih dari lapangan.</p>", Rule.CALL),
        ('<p>Baca berita tanpa iklan. <a href="https://plus.kompas.com/x">Gabung Kompas.com+</a></p>', Rule.CALL),
        ("<p>Ikuti berita terbaru Kompas.com di Google News.</p>", Rule.CALL),
        ("<p>Anda bisa menjadi kolumnis !</p><p>Kriteria (salah satu): akademisi, budayawan.</p>", Rule.CALL),
        ("<p>Copyright 2008 - 2023 PT. Kompas Cyber Media (Kompas Gramedia Digital Group).</p>", Rule.CALL),
        ("<p><b>Artikel ini telah tayang di Tribunjateng.com dengan judul</b> Pasar Ramai</p>", Rule.SYNDICATION),
        ("<p>Artikel ini sudah tayang di Kompas.com pada tanggal lain.</p>", Rule.SYNDICATION),
        ("<p><strong>SUMBER: KOMPAS.com (Penulis: Sari | Editor: Budi)</strong></p>", Rule.SOURCE),
        ("<p>(KOMPAS.com/Sari Dewi)</p>", Rule.SOURCE),
        ("<p>Halaman Selanjutnya</p>", Rule.PAGER),
        ("<p>Halaman: 1 2 3 Show All</p>", Rule.PAGER),
        ("<p>Topik pilihan: Banjir</p>", Rule.TOPIC),
        ("<p>Tag: banjir, pasar</p>", Rule.TOPIC),
        ("<p><em>*) Penulis adalah dosen di Yogyakarta.</em></p>", Rule.PROFILE),
        ('<p style="display:none">Salinan</p><div hidden>Salinan</div>', Rule.HIDDEN),
        ("<p><img><br><em>Pantai saat surut. (Dok. Desa)</em></p>", Rule.CAPTION),
        ("<p><img></p><p> <i>Pantai saat surut</i> <small>(AFP)</small> </p>", Rule.CAPTION),
        ('<div class="read__paging"><a href="?page=2">2</a></div>', Rule.WIDGET),
        ('<div class="kompasidRec__wrap"><p>Langganan</p></div>', Rule.ADVERTISEMENT),
        ('<div data-modal-target="modal"><p>Bagikan</p></div>', Rule.WIDGET),
    ],
)
def test_what_is_no_body_text_is_taken_out_under_its_rule(html: str, rule: Rule) -> None:
    body = read(f"<p>Awal.</p><p>Isi.</p><p>Lagi.</p>{html}<p>Sesudah.</p>")
    assert body.text.replace("\n\nPasar.\n\n", "\n\n") == "Awal.\n\nIsi.\n\nLagi.\n\nSesudah."
    assert {removed.rule for removed in body.removed} == {rule}


def test_text_beside_a_photo_in_one_block_stays() -> None:
    body = read('<h2>Musim<div class="photo"><img>Ilustrasi</div> hujan</h2><li>a<div class="photo">b</div></li>')
    assert body.paragraphs == ("Musim", "hujan", "a")


@pytest.mark.parametrize(
    "html",
    [
        "<p>{}</p>",
        "<p>Pantai.</p><p>{}</p>",
        '<div class="photo"><img></div><p>{}</p>',
        "<p>Pantai <img> utara.</p><p>{}</p>",
        "<p><img> Pantai {}</p>",
        "<p><img>{} pantai</p>",
        "<p><img></p><h3>{}</h3>",
        "<p><img></p><p>{0} {0} {0} {0} {0} {0} {0} {0} {0} {0} {0} {0}</p>",
    ],
)
def test_italics_are_a_caption_only_right_below_a_bare_image(html: str) -> None:
    body = read(html.format("<em>Warga desa menanam bakau sejak pagi.</em>"))
    assert "Warga desa menanam bakau sejak pagi." in body.text


def test_a_hidden_element_that_holds_the_article_is_read() -> None:
    running = "<p>Warga desa itu menanam bakau di sepanjang pantai utara sejak pagi.</p>"
    assert len(read(f'<div style="display:none">{running}{running}</div>').paragraphs) == 2


def test_an_unclosed_post_does_not_swallow_the_article() -> None:
    running = "<p>Warga desa itu menanam bakau di sepanjang pantai utara sejak pagi.</p>"
    body = read(f'<p>Awal.</p><blockquote class="twitter-tweet"><p>Pasar.</p>— A (@a){running * 4}')
    assert body.paragraphs[-4:] == (running[3:-4],) * 4


def test_credits_below_the_last_paragraph_are_no_body_text() -> None:
    body = read("<p>Isi.</p><p>Penulis: Sari Dewi</p><p>Editor: Budi</p>")
    assert body.paragraphs == ("Isi.",)
    assert {removed.rule for removed in body.removed} == {Rule.SOURCE}


def test_an_unclosed_photo_does_not_swallow_the_article() -> None:
    running = "<p>Warga desa itu menanam bakau di sepanjang pantai utara sejak pagi.</p>"
    body = read(f'<div class="photo"><img><span class="pb_10 author">AFP</span> Pantai. {running}{running}<p>Usai.</p>')
    assert len(body.paragraphs) == 3
    assert [removed.text for removed in body.removed] == ["AFP", "Pantai."]


@pytest.mark.parametrize(
    ("html", "paragraphs"),
    [
        ("<p><strong>Oleh: Sari Dewi | Penyunting</strong></p><p>Isi.</p>", ("Isi.",)),
        ("<p>Oleh Sari Dewi dan Budi</p><p>Isi.</p>", ("Isi.",)),
        ("<p>Oleh Sari, hal itu dibantah.</p><p>Isi.</p>", ("Oleh Sari, hal itu dibantah.", "Isi.")),
        ("<p>a</p><p>b</p><p>c</p><p>Oleh: Sari Dewi</p>", ("a", "b", "c", "Oleh: Sari Dewi")),
    ],
)
def test_a_byline_above_the_text_is_taken_out(html: str, paragraphs: tuple[str, ...]) -> None:
    assert read(html).paragraphs == paragraphs


def test_a_columnists_profile_without_a_mark_is_known_only_at_the_end() -> None:
    body = read("<p>Penulis adalah orang yang menulis.</p><p>Isi.</p><p>Penulis adalah dosen di Yogyakarta.</p>")
    assert body.paragraphs == ("Penulis adalah orang yang menulis.", "Isi.")


def test_the_address_below_a_notice_of_syndication_goes_with_it() -> None:
    body = read(f"<p>Artikel ini telah tayang di Tribunnews.com dengan judul</p><p>{FOREIGN_LINK}</p><p>Isi.</p>")
    assert (body.paragraphs, body.links) == (("Isi.",), ())


def test_a_fact_checks_verdict_is_text_of_the_page() -> None:
    box = (
        '<div class="hoax__artikel clearfix"><div class="hoax__artikel__content"><img class="lozad"></div><div>'
        '<h2 class="hoax__artikel__title">hoaks!</h2><p class="hoax__artikel__text">Tidak benar.</p></div></div>'
    )
    assert read(f"{box}<p>KOMPAS.com - Isi.</p>").paragraphs == ("hoaks!", "Tidak benar.", "KOMPAS.com - Isi.")


def test_an_article_without_text_has_an_empty_body() -> None:
    body = read(
        '<div class="clearfix"><p></p><span class="liftdown_v2_tanda"></span></div><div class="fb-quote"></div>'
    )
    assert (body.paragraphs, body.text, body.links, body.removed) == ((), "", (), ())


def test_the_tree_is_not_changed() -> None:
    tree = LexborHTMLParser(f"<div><div class='photo'>x</div><p>Baca juga: {CROSS_LINK}</p><p>a</p></div>")
    before = tree.html
    extract_body(tree.css_first("div"), PAGE)
    assert tree.html == before


def test_text_around_the_container_is_not_its_text() -> None:
    tree = LexborHTMLParser("<p>luar</p><div id='c'><b>a</b></div>ekor<p>luar</p>")
    assert extract_body(tree.css_first("#c"), PAGE).paragraphs == ("a",)


@pytest.mark.parametrize("tag", ["span", "b", "ul", "font"])
def test_nesting_of_any_depth_is_walked(tag: str) -> None:
    depth = 20_000
    body = read(f"<p>a</p>{f'<{tag}>' * depth}b{f'</{tag}>' * depth}<p>c</p>")
    assert body.paragraphs == ("a", "b", "c")


_TAGS = (
    *(
        "<p>",
        "</p>",
        "<div>",
        "</div>",
        "<div class='photo'>",
        "<h2>",
        "</h2>",
        "<blockquote>",
        "</blockquote>",
        "<pre>",
    ),
    *("<ul>", "<li>", "</ul>", "<table>", "<tr>", "<td>", "</table>", "<br>", "<br><br>", "&nbsp;", "<!--x-->"),
    *("<b>", "</b>", "<em>", "</em>", "<span>", "</span>", "<a href='/x'>", "</a>"),
)
_WORDS = st.integers(0, 10_000).map("w{}".format)


@settings(max_examples=300, deadline=None)
@given(st.lists(st.one_of(st.sampled_from(_TAGS), _WORDS), max_size=60))
def test_no_word_is_lost_doubled_or_moved(pieces: list[str]) -> None:
    words = [f"k{number}{piece}" if piece.startswith("w") else piece for number, piece in enumerate(pieces)]
    html = " ".join(words)
    tree = LexborHTMLParser(f'<div class="read__content">{html}</div>')
    container = tree.css_first("div.read__content")
    body = extract_body(container, PAGE)
    shown = re.findall(r"k\d+w\d+", body.text)
    removed = re.findall(r"k\d+w\d+", " ".join(removed.text for removed in body.removed))
    in_page_order = re.findall(r"k\d+w\d+", container.text(separator=" "))
    assert sorted(shown + removed) == sorted(in_page_order)
    places = {word: place for place, word in enumerate(in_page_order)}
    assert all(places[left] < places[right] for left, right in pairwise(shown))


@settings(max_examples=200, deadline=None)
@given(st.text(st.characters(exclude_categories=("Cs",)), max_size=300))
def test_any_text_is_read_without_error(text: str) -> None:
    body = read(f"<p>{text}</p>{text}")
    assert all(paragraph and paragraph == " ".join(paragraph.split()) for paragraph in body.paragraphs)


def test_a_long_line_of_links_takes_no_more_than_its_share_of_time() -> None:
    body = read(f"<p>Baca juga: {', '.join([CROSS_LINK] * 5_000)}</p>")
    assert (body.paragraphs, len(body.links)) == ((), 5_000)


def test_a_call_inside_the_text_of_a_link_leaves_no_part_of_the_line() -> None:
    call = CROSS_LINK.replace("Harga Cabai Naik", "Judul. Dapatkan update berita pilihan dan breaking news")
    assert read(f"<p>Baca juga: {call}</p>").paragraphs == ()
