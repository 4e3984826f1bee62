"""Who is credited as writer and who as editor."""

from __future__ import annotations

import pytest

from kompas_crawler.items import Flag
from kompas_crawler.site.credits import split_names

META = "<meta name='content_author' content='{}'><meta name='content_editor' content='{}'>"
ITEMS = "<div class='read__credit'>{}</div>"
PENULIS = "<div class='read__credit__item' id='penulis'><span>Penulis</span> {}</div>"
EDITOR = "<div class='read__credit__item' id='editor'><span>Editor</span> {}</div>"


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("Rina Wulandari", ["Rina Wulandari"]),
        ("Rina Wulandari, Bagus Prakoso", ["Rina Wulandari", "Bagus Prakoso"]),
        ("Rina Wulandari,", ["Rina Wulandari"]),
        ("Rina Wulandari; Bagus Prakoso ;", ["Rina Wulandari", "Bagus Prakoso"]),
        ("Kontributor Bima, Syarifudin", ["Kontributor Bima, Syarifudin"]),
        ("KONTRIBUTOR BIMA, Syarifudin, Rina Wulandari", ["KONTRIBUTOR BIMA, Syarifudin", "Rina Wulandari"]),
        ("Rina Wulandari, Kontributor Solo, Labib", ["Rina Wulandari", "Kontributor Solo, Labib"]),
        ("Budi Hartono, S.H., M.Si", ["Budi Hartono, S.H., M.Si"]),
        ("dr. Maya Sari, Sp.A", ["dr. Maya Sari, Sp.A"]),
        ("Tubagus Arya, Ph.D (cand.)", ["Tubagus Arya, Ph.D (cand.)"]),
        ("Rina Wulandari, Rina Wulandari", ["Rina Wulandari"]),
        ("Kompas Cyber Media", []),
        ("PT. Kompas Cyber Media (Kompas Gramedia Digital Group)", []),
        ("Tim Redaksi", []),
        ("Tim Cek Fakta", ["Tim Cek Fakta"]),
        (" , ,", []),
    ],
)
def test_a_printed_list_of_names_is_split_into_persons(text: str, names: list[str]) -> None:
    assert list(split_names(text)) == names


def test_each_link_of_penulis_is_one_writer_commas_and_all(parse_page) -> None:
    credit = ITEMS.format(PENULIS.format("<a href='#'>Kontributor Solo, Labib</a>, <a href='#'>Ani Rahma</a>"))
    assert parse_page(credit=credit).article.authors == ("Kontributor Solo, Labib", "Ani Rahma")


def test_a_credit_without_a_link_is_read_without_its_label(parse_page) -> None:
    credit = ITEMS.format("<div id='editor'><span>Editor</span><b>Tim Cek Fakta<b></b></b></div>")
    assert parse_page(credit=credit).article.editors == ("Tim Cek Fakta",)


def test_the_shown_writer_wins_over_the_one_stated_for_machines(parse_page) -> None:
    credit = ITEMS.format(PENULIS.format("<b>Tim Cek Fakta</b>"))
    article = parse_page(head=META.format("Gita Natalia", "Gita Natalia"), credit=credit).article
    assert article.authors == ("Tim Cek Fakta",)


def test_a_stated_writer_stands_in_where_only_the_editor_is_shown(parse_page) -> None:
    credit = ITEMS.format(EDITOR.format("<a href='#'>Erna Kusuma</a>"))
    article = parse_page(head=META.format("Chandra Halim", "Erna Kusuma"), credit=credit).article
    assert (article.authors, article.editors) == (("Chandra Halim",), ("Erna Kusuma",))


def test_nobody_credited_is_an_empty_list_and_a_flag(parse_page) -> None:
    head = META.format("advertorial", "advertorial") + "<meta name='author' content='Kompas Cyber Media'>"
    article = parse_page(head=head).article
    assert (article.authors, article.editors) == ((), ())
    assert Flag.NO_AUTHOR in article.flags


def test_the_json_ld_author_is_never_a_writer(parse_page) -> None:
    block = '{"@type": "NewsArticle", "author": {"@type": "Person", "name": "Erna Kusuma"}}'
    article = parse_page(head=f"<script type='application/ld+json'>{block}</script>").article
    assert article.authors == ()


MODAL = (
    "<div id='creditModal' class='creditModal'>{}</div>",
    "<a class='credit-author'><h6 class='credit-author-name'>{} </h6><h6 class='credit-author-position'>{}</h6></a>",
)
NAMES = "<div class='credit'><div class='credit-title'><div class='credit-title-name'>{}</div><p>{}</p></div></div>"


def test_the_dialogue_says_who_did_what(parse_page) -> None:
    people = (("Rina Wulandari", "Penulis"), ("Bagus Prakoso", "Editor"), ("Ani Rahma", "Penulis"))
    modal = MODAL[0].format("".join(MODAL[1].format(*person) for person in people))
    names = NAMES.format("".join(f"<h6>{name},</h6>" for name, _ in people), "Tim Redaksi")
    article = parse_page(header=names + modal).article
    assert (article.authors, article.editors) == (("Rina Wulandari", "Ani Rahma"), ("Bagus Prakoso",))


def test_a_dialogue_with_a_writer_only_names_no_editor(parse_page) -> None:
    modal = MODAL[0].format(MODAL[1].format("Rina Wulandari", "Penulis"))
    article = parse_page(head=META.format("Rina Wulandari", "Rina Wulandari"), header=modal).article
    assert (article.authors, article.editors) == (("Rina Wulandari",), ())


@pytest.mark.parametrize(
    ("names", "label", "head", "authors", "editors"),
    [
        (["Rina W,", "Bagus P"], "Tim Redaksi", "", ("Rina W",), ("Bagus P",)),
        (["Rina W,", "Bagus P"], "Penulis", "", ("Rina W", "Bagus P"), ()),
        (["Rina W,", "Bagus P"], "Penulis", META.format("Rina W", "Bagus P"), ("Rina W",), ("Bagus P",)),
        (["Rina W"], "Penulis", META.format("Rina W", "Rina W"), ("Rina W",), ()),
        (["Bagus P"], "Editor", "", (), ("Bagus P",)),
        (["Bagus P"], "Tim Redaksi", "", (), ("Bagus P",)),
        (["Bagus P"], "Tim Redaksi", META.format("Rina W", "Bagus P"), ("Rina W",), ("Bagus P",)),
        (["Rina W"], "Tim Redaksi", META.format("Rina W", "Bagus P"), ("Rina W",), ()),
    ],
)
def test_names_without_a_dialogue_are_told_apart_by_label_and_meta(parse_page, names, label, head, authors, editors):
    block = NAMES.format("".join(f"<div class='credit-title-nameEditor'>{name}</div>" for name in names), label)
    article = parse_page(head=head, header=block).article
    assert (article.authors, article.editors) == (authors, editors)


WRITERS = "<h6>Rina W,</h6><h6>Ani Rahma,</h6>"
MARKED = "<div class='credit-title-nameEditor'>Bagus P</div>"


@pytest.mark.parametrize(
    "block",
    [
        NAMES.format(WRITERS + MARKED, "Tim Redaksi"),
        f"<div class='credit'><div class='credit-title-name'>{WRITERS}</div>{MARKED}</div>",
        f"<div><div class='credit-title-name'>{WRITERS}</div>{MARKED}</div>",
    ],
)
def test_a_name_with_the_class_of_editors_beside_plain_names_is_the_editor(parse_page, block) -> None:
    article = parse_page(header=block).article
    assert (article.authors, article.editors) == (("Rina W", "Ani Rahma"), ("Bagus P",))


COLUMNIST = "<div class='opinion__desc'><div class='opinion__author'><a class='opinion__link'>Hadi S</a></div></div>"


@pytest.mark.parametrize(
    ("credit", "editors"), [("", ()), (NAMES.format("<h6>Bagus P</h6>", "Tim Redaksi"), ("Bagus P",))]
)
def test_a_columnist_is_the_writer_also_without_the_header_of_2020(parse_page, credit, editors) -> None:
    article = parse_page(header=COLUMNIST + credit).article
    assert (article.authors, article.editors) == (("Hadi S",), editors)


def test_the_data_layer_counts_one_person_whose_name_has_a_comma(parse_page) -> None:
    head = (
        "<script>window.dataLayer.push({'content_aid1': '12', 'content_aid2': ''});</script>"
        "<meta name='content_author' content='Prof. Surya Wijaya, Guru Besar'>"
    )
    assert parse_page(head=head).article.authors == ("Prof. Surya Wijaya, Guru Besar",)


def test_the_rows_of_2016_may_be_lines_of_text() -> None:
    from kompas_crawler.site import parse_article

    html = (
        b"<div class='kcm-read-top'><h2>Judul</h2></div><div class='kcm-read-text'><p>Teks.</p></div>"
        b"<div class='kcm-read-copy'>Penulis : Rina Wulandari<br>Editor : Bagus Prakoso</div>"
    )
    article = parse_article(html, "http://bola.kompas.com/read/2016/02/23/16374618/a").article
    assert (article.authors, article.editors) == (("Rina Wulandari",), ("Bagus Prakoso",))


@pytest.mark.parametrize(
    ("credit", "is_fallback"),
    [
        (ITEMS.format("<div class='nx-byline'>Penulis Rina Wulandari</div>"), True),
        (ITEMS.format(PENULIS.format("<a>Rina Wulandari</a>")), False),
        (ITEMS.format(EDITOR.format("<a>Bagus Prakoso</a>")), False),
    ],
)
def test_credits_that_only_machines_are_told_of_are_flagged(parse_page, credit: str, is_fallback: bool) -> None:
    article = parse_page(head=META.format("Rina Wulandari", "Bagus Prakoso"), credit=credit).article
    assert (Flag.FALLBACK_CREDIT in article.flags) is is_fallback


def test_a_page_that_credits_nobody_at_all_has_no_fallback_credit(parse_page) -> None:
    assert Flag.FALLBACK_CREDIT not in parse_page().article.flags
