"""Headline, kind, path, tags and lead picture of an article."""

from __future__ import annotations

import pytest

from kompas_crawler.items import ContentType, Flag

OG_TITLE = "<meta property='og:title' content='{}'>"


@pytest.mark.parametrize(
    ("head", "title"),
    [
        (OG_TITLE.format("Banjir Surut - Kompas.com"), "Banjir Surut"),
        (OG_TITLE.format("Banjir Surut Halaman all"), "Banjir Surut"),
        (OG_TITLE.format("Banjir Surut Halaman 2 - Kompas.com"), "Banjir Surut"),
        (OG_TITLE.format("Banjir Surut - Kompas.com Regional"), "Banjir Surut"),
        (OG_TITLE.format("Banjir di Halaman Sekolah"), "Banjir di Halaman Sekolah"),
        ("<title>Banjir Surut - Kompas.com</title>", "Banjir Surut"),
    ],
)
def test_a_page_without_headline_takes_it_from_the_head(parse_page, head, title) -> None:
    article = parse_page(head=head, title="<h1 class='read__title'> </h1>").article
    assert article.title == title
    assert Flag.FALLBACK_TITLE in article.flags


def test_the_headline_is_kept_as_shown(parse_page) -> None:
    shown = "<h1 class='read__title'>\n[POPULER]  Harga Cabai | <em>Rumah</em>&nbsp;Apung<br>Baru - Kompas.com </h1>"
    article = parse_page(title=shown).article
    assert article.title == "[POPULER] Harga Cabai | Rumah Apung Baru - Kompas.com"
    assert Flag.FALLBACK_TITLE not in article.flags


KIND = "<meta name='content_type' content='{}'>"
BADGE = "<div class='kcm kcm__header clearfix'><div class='kcm__header__advertorial'>{}</div></div>"


@pytest.mark.parametrize(
    ("head", "above", "kind", "is_sponsored"),
    [
        (KIND.format("Standard"), "", ContentType.STANDARD, False),
        ("", "", ContentType.STANDARD, False),
        (KIND.format("Kolom"), "", ContentType.OPINION, False),
        (KIND.format("Advertorial"), "", ContentType.ADVERTORIAL, True),
        (KIND.format("Brandzview"), "", ContentType.BRAND, True),
        (KIND.format("Kilas"), BADGE.format("BrandzView"), ContentType.KILAS, True),
        (KIND.format("Kilas Badan"), "", ContentType.KILAS, True),
        (KIND.format("Apartemen"), "", ContentType.STANDARD, False),
        (KIND.format("Standard"), BADGE.format("Advertorial"), ContentType.ADVERTORIAL, True),
        (KIND.format("Standard"), BADGE.format("Kabar Mitra"), ContentType.OTHER, True),
        (KIND.format("Standard"), BADGE.format(""), ContentType.STANDARD, False),
        (KIND.format("Foto"), "", ContentType.PHOTO, False),
        (KIND.format("Video"), "", ContentType.VIDEO, False),
        (KIND.format("Live Report"), "", ContentType.LIVE, False),
        ('<script type="application/ld+json">{"@type": "LiveBlogPosting"}</script>', "", ContentType.LIVE, False),
        ("<script>dataLayer.push({'content_type': 'Kolom'});</script>", "", ContentType.OPINION, False),
        ("", "<div class='opinion__header'></div>", ContentType.OPINION, False),
        ("", "<div class='opinion__author'><a class='opinion__link'>A</a></div>", ContentType.OPINION, False),
        ("", "<div class='read__subtitle'>kolom</div>", ContentType.OPINION, False),
    ],
)
def test_the_kind_is_told_by_label_and_markup(parse_page, head, above, kind, is_sponsored) -> None:
    article = parse_page(head=head, above=above).article
    assert (article.content_type, article.is_sponsored) == (kind, is_sponsored)


def test_a_verdict_box_makes_a_fact_check(parse_page) -> None:
    box = "<div class='hoax__artikel'><h2>hoaks!</h2></div><p>KOMPAS.com - Klaim itu tidak benar.</p>"
    assert parse_page(head=KIND.format("Standard"), body=box).article.content_type is ContentType.FACT_CHECK


def test_an_unlabelled_page_of_a_paid_host_is_sponsored(parse_page) -> None:
    article = parse_page(url="https://biz.kompas.com/read/2020/11/01/152615228/a", time="").article
    assert (article.content_type, article.is_sponsored) == (ContentType.ADVERTORIAL, True)


@pytest.mark.parametrize(
    ("head", "body_class"),
    [("", "-restricted theme--tren page--read"), ("<meta name='content_sensi' content='1'>", "theme--tren")],
)
def test_a_page_marked_for_adults_is_flagged(parse_page, head, body_class) -> None:
    article = parse_page(head=head, body_class=body_class).article
    assert article.is_adult
    assert Flag.ADULT in article.flags


def test_the_path_leaves_out_the_front_page(parse_page) -> None:
    items = "".join(f"<li><a href='#'><span>{name}</span></a></li>" for name in ("Kompas.com", "Home", "News", "Tren"))
    assert parse_page(above=f"<ul class='breadcrumb__wrap'>{items}</ul>").article.breadcrumbs == ("News", "Tren")


def test_a_page_without_a_path_is_flagged(parse_page) -> None:
    assert Flag.NO_BREADCRUMB in parse_page().article.flags


def test_tags_are_those_shown_in_their_order(parse_page) -> None:
    items = "".join(f"<li><a class='tag__article__link' href='#'>{name}</a></li>" for name in ("b, 2", " a ", "b, 2"))
    below = f"<div class='read__tagging'><ul class='tag__article__wrap'>{items}</ul></div>"
    assert parse_page(head="<meta name='content_tags' content='x, y'>", below=below).article.tags == ("b, 2", "a")


def test_stated_tags_are_split_but_not_within_a_decimal(parse_page) -> None:
    article = parse_page(head="<meta name='content_tags' content='inflasi 9,1 persen, beras,cabai'>").article
    assert article.tags == ("inflasi 9,1 persen", "beras", "cabai")


PHOTO = "<div class='photo'><img src='{}' alt=''><span class='pb_10 author'>{}</span>{}</div>"
IMAGE = "https://asset.kompas.com/crops/a=/750x500/data/photo/a.jpg"
OG_IMAGE = "<meta property='og:image' content='https://asset.kompas.com/og.jpg'>"


@pytest.mark.parametrize(
    ("author", "credit"),
    [
        ("KOMPAS.com/DEWI", "KOMPAS.com/DEWI"),
        ("(Dok. Koperasi) ", "Dok. Koperasi"),
        ("[AFP]", "AFP"),
        ("Dok. Koperasi (2020)", "Dok. Koperasi (2020)"),
        ("(AFP) (Reuters)", "(AFP) (Reuters)"),
        ("", None),
    ],
)
def test_a_picture_credit_stands_without_the_brackets_around_it(parse_page, author, credit) -> None:
    article = parse_page(header=PHOTO.format(IMAGE, author, "Perahu di dermaga.")).article
    assert (article.image_url, article.image_caption, article.image_credit) == (IMAGE, "Perahu di dermaga.", credit)


def test_a_picture_loaded_late_is_found_and_its_button_is_no_caption(parse_page) -> None:
    header = (
        f"<div class='cover-photo -gallery'><div class='photo__wrap'><img src='data:image/gif;base64,R0' "
        f"data-src='{IMAGE}'><div class='photo__icon'>Lihat Foto</div></div>"
        "<div class='photo__caption'>Perahu <em>kayu</em>.<span class='photo__author author'>(AFP)</span></div></div>"
    )
    article = parse_page(header=header).article
    assert (article.image_url, article.image_caption, article.image_credit) == (IMAGE, "Perahu kayu.", "AFP")


@pytest.mark.parametrize("source", ["./Judul_files/a.jpg", "", "data:image/gif;base64,R0"])
def test_a_picture_without_an_address_of_its_own_takes_the_shared_one(parse_page, source) -> None:
    article = parse_page(head=OG_IMAGE, header=PHOTO.format(source, "AFP", "Perahu")).article
    assert (article.image_url, article.image_credit) == ("https://asset.kompas.com/og.jpg", "AFP")


def test_a_picture_within_the_text_is_not_the_lead_picture(parse_page) -> None:
    body = "<p>KOMPAS.com - Perahu berlayar.</p>" + PHOTO.format(IMAGE, "AFP", "Perahu")
    article = parse_page(body=body).article
    assert (article.image_url, article.image_caption) == (None, None)


def test_no_picture_leaves_every_column_of_it_null(parse_page) -> None:
    article = parse_page().article
    assert (article.image_url, article.image_caption, article.image_credit) == (None, None, None)
