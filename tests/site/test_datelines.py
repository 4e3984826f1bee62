"""The city before "KOMPAS.com -"."""

from __future__ import annotations

import pytest

from kompas_crawler.site.datelines import parse_dateline


@pytest.mark.parametrize(
    ("paragraph", "city"),
    [
        ("JAKARTA, KOMPAS.com - Harga cabai naik.", "JAKARTA"),
        ("BANDUNG, KOMPAS.com – Harga cabai naik.", "BANDUNG"),
        ("KUTA, KOMPAS.com — Harga cabai naik.", "KUTA"),
        ("JAKARTA, KOMPAS.com. Harga cabai naik.", "JAKARTA"),
        ("JAKARTA, KOMPAS.com Harga cabai naik.", "JAKARTA"),
        ("JAKARTA,KOMPAS.com - Harga cabai naik.", "JAKARTA"),
        ("JAKARTA.KOMPAS.com - Harga cabai naik.", "JAKARTA"),
        ("JAKARTA. KOMPAS.com - Harga cabai naik.", "JAKARTA"),
        ("JAKARTA - KOMPAS.com - Harga cabai naik.", "JAKARTA"),
        ("JAKARTA KOMPAS.com - Harga cabai naik.", "JAKARTA"),
        ("JAKARTA, KOMPAs.com- Harga cabai naik.", "JAKARTA"),
        ("JAKARTA, OMPAS.com - Harga cabai naik.", "JAKARTA"),
        ("JAKARTA, KOMPAS.con - Harga cabai naik.", "JAKARTA"),
        ("JAKARTA, KOMAPS.com - Harga cabai naik.", "JAKARTA"),
        ("JAKARTA, KOMPASS.com - Harga cabai naik.", "JAKARTA"),
        ("JAKARTA, KOMPAS - Harga cabai naik.", "JAKARTA"),
        ("WASHINGTON DC, KOMPAS.com - Harga cabai naik.", "WASHINGTON DC"),
        ("WASHINGTON D.C., KOMPAS.com - Harga cabai naik.", "WASHINGTON D.C."),
        ("LEBAK, BANTEN, KOMPAS.com - Harga cabai naik.", "LEBAK, BANTEN"),
        ("KUPANG (NTT), KOMPAS.com - Harga cabai naik.", "KUPANG (NTT)"),
        ("PANGKAL-PINANG, KOMPAS.com - Harga cabai naik.", "PANGKAL-PINANG"),
        ("Jakarta, KompasOtomotif – Harga mobil naik.", "Jakarta"),
        ("Banda Aceh, Kompas.com - Harga cabai naik.", "Banda Aceh"),
        ("JAKARTA, KOMPAS.com - Chili prices rise in Jakarta.", "JAKARTA"),
    ],
)
def test_the_city_is_given_as_printed(paragraph: str, city: str) -> None:
    assert parse_dateline([paragraph]) == city


@pytest.mark.parametrize(
    "paragraph",
    [
        "KOMPAS.com - Harga cabai naik.",
        "KOMPAS.com – Chili prices rise.",
        "KOMPAS – Harga cabai naik.",
        "OMPAS.com - Harga cabai naik.",
        "BELAKANGAN ini kita disibukkan dengan harga cabai.",
        "Menurut data yang dihimpun Kompas.com, harga naik.",
        "Warga Desa, Kompas.com mencatat, sudah pindah.",
        "DIA berkata kepada Kompas.com, Senin, harga naik.",
        "MENURUT KOMPAS.com, harga cabai naik.",
        "JAKARTA, Kompasiana - Harga cabai naik.",
        "",
    ],
)
def test_without_a_city_there_is_no_dateline(paragraph: str) -> None:
    assert parse_dateline([paragraph]) is None


def test_a_heading_or_verdict_may_stand_above_the_dateline() -> None:
    assert parse_dateline(["hoaks!", "Tidak benar.", "SOLO, KOMPAS.com - Beredar kabar."]) == "SOLO"


def test_a_bare_dateline_ends_the_search() -> None:
    assert parse_dateline(["KOMPAS.com - Beredar kabar.", "SOLO, KOMPAS.com - Kabar lain."]) is None


def test_a_dateline_far_below_the_top_does_not_count() -> None:
    assert parse_dateline(["a", "b", "c", "d", "SOLO, KOMPAS.com - Kabar lain."]) is None


def test_no_paragraphs_have_no_dateline() -> None:
    assert parse_dateline([]) is None
