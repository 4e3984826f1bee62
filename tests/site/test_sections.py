"""The table of sections and the questions put to it."""

from __future__ import annotations

import pytest

from kompas_crawler.site.sections import (
    SECTION_ARGUMENTS,
    SECTIONS,
    SITE_SLUGS,
    codes_agree,
    is_advertorial,
    is_known_section,
    resolve_section,
    section_of_code,
    section_of_name,
    sections_of_site_slug,
    site_covers,
    site_slug_of,
)


@pytest.mark.parametrize(
    ("name", "section"),
    [
        ("nasional", "nasional"),
        ("sports", "sports"),
        ("motogp", "motogp"),
        ("badminton", "badminton"),
        ("edu", "edu"),
        ("edukasi", "edukasi"),
        ("ekonomi", "money"),
        ("bisniskeuangan", "money"),
        ("entertainment", "hype"),
        ("internasional", "global"),
        ("olahraga", "sports"),
        *(
            (city, "regional")
            for city in ["medan", "surabaya", "bandung", "denpasar", "makassar", "yogyakarta", "palembang"]
        ),
        ("samarinda", "regional"),
        ("jawa-barat", "regional"),
        ("kilasdaerah", "kilasdaerah"),
        ("kilaskementerian", "kilaskementerian"),
        ("sorotpolitik", "sorotpolitik"),
        ("inspirasli", "inspirasli"),
        ("genbest", "genbest"),
        ("biz", "biz"),
    ],
)
def test_a_name_of_any_time_leads_to_the_section_of_today(name: str, section: str) -> None:
    assert section_of_name(name) == section


def test_a_name_the_table_does_not_hold_is_not_guessed() -> None:
    assert section_of_name("news") is None


@pytest.mark.parametrize(
    ("label", "segment", "code", "expected"),
    [
        ("www", "global", 70, ("global", True)),
        ("kilasdaerah", "semarang", 1, ("kilasdaerah", True)),
        ("www", "jawa-tengah", 88, ("regional", True)),
        ("new", "tren", 65, ("tren", True)),
        ("kotabaru", None, 78, ("regional", False)),
        ("www", "rubrikbaru", 27, ("travel", False)),
        ("www", "rubrikbaru", 99, ("rubrikbaru", False)),
        ("www", "rubrikbaru", 8, ("rubrikbaru", False)),
        ("www", None, 15, ("otomotif", False)),
        ("www", None, None, ("www", False)),
    ],
)
def test_host_then_path_then_code_decide_the_section(
    label: str, segment: str | None, code: int | None, expected: tuple[str, bool]
) -> None:
    assert resolve_section(label, segment, code) == expected


@pytest.mark.parametrize("code", [1, 8, 71, 79])
def test_a_code_of_several_sections_names_none(code: int) -> None:
    assert section_of_code(code) is None


@pytest.mark.parametrize(
    ("section", "code"),
    [
        ("nasional", 1),
        ("regional", 1),
        ("regional", 78),
        ("regional", 88),
        ("global", 1),
        ("edukasi", 1),
        ("sports", 1),
        ("hype", 10),
        ("go", 74),
        ("kilasdaerah", 1),
        ("konsultasihukum", 70),
    ],
)
def test_a_code_that_the_section_has_used_agrees(section: str, code: int) -> None:
    assert codes_agree(section, code)


@pytest.mark.parametrize(("section", "code"), [("tekno", 70), ("nasional", 78), ("global", 65), ("bola", 26)])
def test_a_code_of_another_section_disagrees(section: str, code: int) -> None:
    assert not codes_agree(section, code)


def test_a_code_that_nobody_knows_disagrees_with_nothing() -> None:
    assert codes_agree("nasional", 55)


def test_the_news_index_lists_the_four_news_sections() -> None:
    assert sections_of_site_slug("news") == {"nasional", "megapolitan", "regional", "global"}


@pytest.mark.parametrize("slug", ["edukasi", "edu"])
def test_either_education_index_lists_both_education_sections(slug: str) -> None:
    assert sections_of_site_slug(slug) == {"edu", "edukasi"}


def test_an_index_slug_that_is_new_lists_the_section_of_its_name() -> None:
    assert sections_of_site_slug("rubrikbaru") == {"rubrikbaru"}


def test_the_index_of_everything_covers_a_section_that_is_not_known() -> None:
    assert site_covers("all", "rubrikbaru")
    assert not site_covers("news", "rubrikbaru")


@pytest.mark.parametrize("section", sorted(SECTIONS))
def test_the_index_named_for_a_section_lists_it(section: str) -> None:
    assert site_covers(site_slug_of(section), section)


@pytest.mark.parametrize("section", sorted(SECTIONS))
def test_the_index_named_for_a_section_is_a_known_slug(section: str) -> None:
    assert site_slug_of(section) in SITE_SLUGS


def test_every_index_slug_seen_on_the_site_is_known() -> None:
    seen = """all news nasional regional megapolitan global tren food edukasi money umkm tekno lifestyle homey properti
        bola travel otomotif sains hype health skola stori konsultasihukum wiken ikn nusaraya"""
    assert set(seen.split()) <= SITE_SLUGS


def test_section_slugs_and_index_slugs_are_both_accepted_as_arguments() -> None:
    assert {"motogp", "news", "all", "lestari"} <= SECTION_ARGUMENTS


def test_no_name_belongs_to_two_sections() -> None:
    names = [name for section in SECTIONS.values() for name in (section.slug, *section.names)]
    assert len(names) == len(set(names))


@pytest.mark.parametrize("section", ["biz", "kilasbumn", "sorotumkm", "inspirasli", "genbest"])
def test_advertorial_hosts_are_known_and_sponsored(section: str) -> None:
    assert is_advertorial(section)
    assert is_known_section(section)


def test_an_ordinary_section_is_not_sponsored() -> None:
    assert not is_advertorial("nasional")
