"""Elements and lines that are no body text, and their look-alikes that are."""

from __future__ import annotations

import pytest

from kompas_crawler.site.boilerplate import (
    Rule,
    call_start,
    element_rule,
    holds_article_by_accident,
    is_post,
    line_rule,
)


@pytest.mark.parametrize(
    ("tag", "attributes", "rule"),
    [
        ("script", {}, Rule.MACHINERY),
        ("iframe", {"class": "darkMsg"}, Rule.MACHINERY),
        ("aside", {}, Rule.WIDGET),
        ("figure", {}, Rule.CAPTION),
        ("div", {"class": "photo", "id": "5f"}, Rule.CAPTION),
        ("span", {"class": "pb_10 author"}, Rule.CAPTION),
        ("div", {"class": "clearfix photo-infographic"}, Rule.CAPTION),
        ("span", {"class": "ads-on-body"}, Rule.ADVERTISEMENT),
        ("div", {"class": "kompasidRec__title"}, Rule.ADVERTISEMENT),
        ("div", {"class": None, "id": "div-gpt-ad-974-5112"}, Rule.ADVERTISEMENT),
        ("div", {"class": "inject-baca-juga-2"}, Rule.LINK_BOX),
        ("div", {"class": "read__paging clearfix"}, Rule.WIDGET),
        ("div", {"class": "gate-kgplus"}, Rule.WIDGET),
        ("div", {"data-modal-target": "modal-gift"}, Rule.WIDGET),
        ("p", {"style": "color: red; display: none"}, Rule.HIDDEN),
        ("div", {"style": "DISPLAY:NONE;"}, Rule.HIDDEN),
        ("div", {"hidden": None}, Rule.HIDDEN),
        ("blockquote", {"class": "twitter-tweet"}, Rule.EMBED),
        ("blockquote", {"data-instgrm-permalink": "https://www.instagram.com/p/x/"}, Rule.EMBED),
    ],
)
def test_an_element_goes_by_its_exact_mark(tag: str, attributes: dict[str, str | None], rule: Rule) -> None:
    assert element_rule(tag, attributes) is rule


@pytest.mark.parametrize(
    "classes",
    [
        "clearfix",
        "photographer",
        "video-text",
        "read__content",
        "loads",
        "ads",
        "track-video",
        "hoax__artikel",
        "caption2",
    ],
)
def test_a_part_of_a_class_name_takes_nothing_away(classes: str) -> None:
    assert element_rule("div", {"class": classes}) is None


@pytest.mark.parametrize("tag", ["p", "strong", "blockquote", "table", "details", "section", "mark"])
def test_elements_of_text_stay(tag: str) -> None:
    assert element_rule(tag, {"style": "color:#428bca;", "class": None}) is None


@pytest.mark.parametrize(
    "call",
    [
        "Dapatkan update berita pilihan dan breaking news setiap hari dari Kompas.com.",
        "Simak breaking news dan berita pilihan kami langsung di ponselmu.",
        'Mari bergabung di Grup Telegram "Kompas.com News Update", caranya klik link.',
        "Pilih saluran andalanmu akses berita Kompas.com WhatsApp Channel.",
        "Pastikan kamu sudah install aplikasi WhatsApp ya.",
        "Anda harus install aplikasi Telegram terlebih dulu di ponsel.",
        "Baca berita tanpa iklan. Gabung Kompas.com+",
        "Kompascom+ baca berita tanpa iklan: https://kmp.im/plus6",
        "Dalam segala situasi, KOMPAS.com berkomitmen memberikan fakta jernih dari lapangan.",
        "Di tengah kabar yang simpang siur, KOMPAS.com berkomitmen untuk memberikan fakta jernih.",
        "KOMPAS.com berkomitmen memberikan fakta jernih dari lapangan.",
        "Ikuti terus update topik ini dan notifikasi penting.",
        "Kirimkan Apresiasi Spesial untuk mendukung Jurnalisme.",
        "Segera lengkapi data dirimu untuk ikutan program #JernihBerkomentar.",
        "Tulis komentarmu dengan tagar #JernihBerkomentar dan menangkan e-voucher!",
        "Dapatkan informasi, inspirasi dan insight di email kamu.",
        "Dapatkan informasi dan insight pilihan redaksi Kompas.com",
        "Terangi negeri dengan literasi, satu buku bisa membuka ribuan mimpi.",
        "Anda bisa menjadi kolumnis !",
        "Kriteria (salah satu): akademisi, budayawan.",
        "Cara daftar baca di sini",
        "Copyright 2008 - 2025 PT. Kompas Cyber Media (Kompas Gramedia Digital Group).",
    ],
)
def test_a_call_begins_wherever_it_stands_in_a_line(call: str) -> None:
    assert call_start(call) == 0
    assert call_start(f"Warga pindah. {call}") == len("Warga pindah. ")


@pytest.mark.parametrize(
    ("line", "rule"),
    [
        ("Ikuti kami di Google News", Rule.CALL),
        ("Dapatkan berita terbaru Kompas.com lewat kanal WhatsApp.", Rule.CALL),
        ("Gabung kanal Telegram Kompas sekarang", Rule.CALL),
        ("Unduh aplikasi Kompas.com di ponselmu", Rule.CALL),
        ("Download sekarang", Rule.CALL),
        ("Download aplikasi: https://kmp.im/app6", Rule.CALL),
        ("Gabung KOMPAS.com Plus sekarang", Rule.CALL),
        ("https://t.me/kompascomupdate", Rule.CALL),
        ("Berikan apresiasi sekarang", Rule.CALL),
        ("KLIK HALAMAN SELANJUTNYA >>>", Rule.PAGER),
        ("Baca di halaman berikutnya...", Rule.PAGER),
        ("Ke halaman berikutnya", Rule.PAGER),
        ("Halaman: 1 2 3", Rule.PAGER),
        ("Topik Pilihan:", Rule.TOPIC),
        ("Tags: banjir", Rule.TOPIC),
        ("Artikel ini telah tayang di Tribunnews.com dengan judul Contoh", Rule.SYNDICATION),
        ("Sebagian artikel ini pernah tayang di Kompas.id.", Rule.SYNDICATION),
        ("Artikel ini pertama kali terbit di The Conversation.", Rule.SYNDICATION),
        ("Artikel ini diterbitkan oleh kantor berita Antara.", Rule.SYNDICATION),
        ("Artikel ini merupakan hasil kerja sama Kompas.com dan DW Indonesia.", Rule.SYNDICATION),
        ("This article is republished from The Conversation.", Rule.SYNDICATION),
        ("Sumber: Shutterstock", Rule.SOURCE),
        ("(Sumber: Kompas.com/Sari Dewi, Budi)", Rule.SOURCE),
        ("(Penulis: Kontributor Bandung, Agus | Editor: Sari)", Rule.SOURCE),
        ("(TribunJateng.com/Sari Dewi)", Rule.SOURCE),
        ("Lihat postingan ini di Instagram", Rule.EMBED),
        ("A post shared by Sari (@sari)", Rule.EMBED),
        ("pic.twitter.com/AbC123", Rule.EMBED),
        ("ADVERTISEMENT", Rule.ADVERTISEMENT),
    ],
)
def test_a_whole_line_goes_by_its_words(line: str, rule: Rule) -> None:
    assert line_rule(line) is rule


@pytest.mark.parametrize(
    "line",
    [
        "Ikuti saluran WhatsApp BMKG untuk peringatan dini.",
        "Kompas.com memberitakan, akun Google News itu palsu.",
        "Unduh aplikasi Mobile JKN, lalu daftar.",
        "Download",
        "Halaman: 312",
        "Halaman rumah itu penuh lumpur.",
        "Topik terkait banjir ramai dibahas warga.",
        "Artikel ini menjelaskan cara menanam bakau.",
        "Artikel ini terbit sebagai buku pada tahun depan.",
        '"Ikuti kami di Google News," kata penjual itu.',
        "Perusahaan itu berkata, KOMPAS.com mencatat, akan memberikan bantuan.",
        "Sumber air di desa itu kering.",
        "Penulis: Tere Lia",
        "Sumbernya: tidak diketahui",
        "Ke halaman rumahnya, warga membawa lumpur.",
        "Lihat postingan itu, warga marah.",
    ],
)
def test_a_line_of_the_text_with_the_same_words_stays(line: str) -> None:
    assert line_rule(line) is None
    assert call_start(line) is None


@pytest.mark.parametrize(
    ("quote", "href", "is_one"),
    [
        ("Banjir. — A (@a) March 7, 2021", "https://twitter.com/a/status/1?ref_src=x", True),
        ("Banjir. — A (@a)", "https://x.com/a/status/1", True),
        ("Sebuah kiriman (@a)", "https://www.instagram.com/p/abc/", True),
        ("@a Banjir", "https://www.tiktok.com/@a/video/1", True),
        ("Banjir itu surut, kata warga.", "https://twitter.com/a/status/1", False),
        ("Tulis @a di laporannya.", "https://example.org/laporan", False),
    ],
)
def test_a_quotation_is_a_post_when_it_names_an_account_and_ends_with_its_link(
    quote: str, href: str, is_one: bool
) -> None:
    assert is_post(quote, href) is is_one


@pytest.mark.parametrize(
    ("rule", "paragraphs", "is_accident"),
    [
        (Rule.CAPTION, 1, False),
        (Rule.CAPTION, 2, True),
        (Rule.HIDDEN, 1, False),
        (Rule.HIDDEN, 2, True),
        (Rule.EMBED, 3, False),
        (Rule.EMBED, 4, True),
        (Rule.WIDGET, 9, False),
    ],
)
def test_an_element_with_more_text_than_its_kind_has_swallowed_the_article(
    rule: Rule, paragraphs: int, is_accident: bool
) -> None:
    running = "Warga desa itu menanam bakau di sepanjang pantai utara."
    assert holds_article_by_accident(rule, ["Pantai.", *[running] * paragraphs]) is is_accident
