"""Lines that name the people behind a text, and sentences with the same words."""

from __future__ import annotations

import pytest

from kompas_crawler.site.bylines import count_credits_below, is_byline, is_profile


@pytest.mark.parametrize(
    ("line", "is_one"),
    [
        ("Oleh: Sari Dewi", True),
        ("OLEH: SARI DEWI", True),
        ("Oleh Sari Dewi dan Budi", True),
        ("Oleh karena itu warga pindah", False),
        ("Oleh Sari, hal itu dibantah.", False),
        ("Oleh: Sari, KOMPAS.com - Warga pindah.", False),
        ("Dibuat oleh Sari", False),
    ],
)
def test_a_byline_names_a_writer_and_is_no_sentence(line: str, is_one: bool) -> None:
    assert is_byline(line) is is_one


def test_a_long_last_paragraph_is_no_profile() -> None:
    assert is_profile("Penulis adalah dosen.", is_last=True)
    assert not is_profile("Penulis adalah dosen " + "yang menulis banyak buku " * 20, is_last=True)


@pytest.mark.parametrize(
    "line",
    [
        "*Penulis adalah dosen di Yogyakarta.",
        "(Penulis adalah pengamat penerbangan)",
        "*) Sari Dewi, pengamat transportasi",
        "*Dosen Fakultas Hukum di Depok",
        "**Sari Dewi adalah peneliti kelautan.",
    ],
)
def test_a_marked_profile_is_known_at_the_end(line: str) -> None:
    assert is_profile(line, is_last=True)


@pytest.mark.parametrize(
    "line",
    [
        '"Penulis adalah pekerja yang sabar," kata Dewi.',
        "“Penulis merupakan saksi zamannya,” ujar Budi.",
        "The author is survived by two children.",
        "*Harga sesuai keterangan direktur toko.",
        "Sari Dewi adalah dosen di Depok.",
        "* Satu sendok garam",
    ],
)
def test_a_last_line_with_the_words_of_a_profile_stays(line: str) -> None:
    assert not is_profile(line, is_last=True)


@pytest.mark.parametrize(
    ("paragraphs", "count"),
    [
        (["Warga pindah.", "Penulis: Sari Dewi", "Editor: Budi"], 2),
        (["Warga pindah.", "(Reporter: Sari | Kontributor: Budi)", "Editor: Ani"], 2),
        (["Warga pindah.", "Editor: Ani"], 1),
        (["Warga pindah.", "Penulis: Sari Dewi"], 0),
        (["Judul: Perahu", "Penulis: Sari Dewi", "Editor: Budi"], 0),
        (["Penulis: Sari Dewi", "Editor: Budi", "Warga pindah."], 0),
        (["Editor: film itu dipotong terlalu panjang oleh pembuatnya sendiri di dalam studio."], 0),
        ([], 0),
    ],
)
def test_credits_below_the_text_need_an_editor_and_no_list_of_facts(paragraphs: list[str], count: int) -> None:
    assert count_credits_below(paragraphs) == count
