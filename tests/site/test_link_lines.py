"""Lines that only point to another article, with each link as one mark."""

from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kompas_crawler.site.link_lines import LINK, Anchor, judge, link_text, make_anchor

BASE = "https://www.kompas.com/tren/read/2022/03/04/101010165/a"
ARTICLE = Anchor("Judul", "https://www.kompas.com/tren/read/2021/04/14/205938365/a", "20210414-205938365", True)
FOREIGN = Anchor("laman", "https://example.org/x", None, False)


def is_pointer(masked: str, anchor: Anchor = ARTICLE) -> bool:
    anchors = [anchor] * masked.count(LINK)
    verdict = judge(masked, anchors, is_heading=False, is_awaited=False, continues=False)
    return verdict.cuts == ((0, len(masked)),)


@pytest.mark.parametrize(
    ("href", "classes", "is_cross_link"),
    [
        ("https://bola.kompas.com/read/2021/04/14/20593838/a", None, True),
        ("//www.kompas.com/tren/read/2021/04/14/205938365/a", None, True),
        ("https://jeo.kompas.com/kisah-panjang", None, True),
        ("https://video.kompas.com/watch/12/judul", None, True),
        ("https://www.kompas.com/tren", None, False),
        ("https://www.kompas.com/", None, False),
        ("https://www.kompas.id/baca/judul", "inner-link-baca-juga", True),
        ("https://www.kompas.id/baca/judul", None, False),
        ("https://fake-kompas.com/read/2021/04/14/20593838/a", None, False),
    ],
)
def test_a_cross_link_leads_to_a_page_of_the_site_or_is_marked_as_one(
    href: str, classes: str | None, is_cross_link: bool
) -> None:
    anchor = make_anchor("Judul", href, classes, BASE)
    assert anchor is not None
    assert anchor.is_cross_link is is_cross_link


@pytest.mark.parametrize(
    "href", ["", "#atas", "javascript:void(0)", "tel:112", "https://", "http://[::1", "https://www.kompas.com/tag/x"]
)
def test_what_leads_to_no_page_is_no_link(href: str) -> None:
    anchor = make_anchor("Judul", href, None, "about:blank")
    assert anchor is None


@pytest.mark.parametrize(
    "masked",
    [
        f"Baca juga: {LINK}",
        f"» Baca juga - {LINK}",
        f"Baca berita lainnya: {LINK} | {LINK}",
        f"Tonton juga: {LINK}",
        f"Artikel lain: {LINK}",
        f"Also read: {LINK}",
        f"Video: {LINK}",
        f"Berita selengkapnya bisa dibaca di {LINK}.",
        f"Baca {LINK} untuk informasi lebih lanjut.",
        f"• {LINK}",
    ],
)
def test_a_line_of_leads_and_links_points_elsewhere(masked: str) -> None:
    assert is_pointer(masked)


@pytest.mark.parametrize("masked", [f"{LINK}", f"Video: {LINK}", f"Baca {LINK} untuk informasi lebih lanjut."])
def test_a_weak_lead_does_not_count_before_a_foreign_link(masked: str) -> None:
    assert not is_pointer(masked, FOREIGN)


def test_a_strong_lead_counts_before_any_link() -> None:
    assert is_pointer(f"Baca juga: {LINK}", FOREIGN)


def test_an_awaited_link_may_lead_anywhere() -> None:
    verdict = judge(LINK, [FOREIGN], is_heading=False, is_awaited=True, continues=False)
    assert verdict.cuts == ((0, 1),)


def test_a_lead_alone_awaits_its_link() -> None:
    assert judge("Baca juga:", [], is_heading=False, is_awaited=False, continues=False).awaits_link


@pytest.mark.parametrize(
    ("text", "rest"), [("Juga: Judul", "Judul"), ("Judul: Baca", "Judul: Baca"), ("BACA JUGA:", "")]
)
def test_a_lead_inside_the_link_is_not_part_of_its_text(text: str, rest: str) -> None:
    assert link_text(text) == rest


@given(st.lists(st.sampled_from([LINK, "Baca", " juga", ":", " ", "(", ")", "kata ", "dan ", ". ", "selengkapnya "])))
def test_cuts_are_disjoint_spans_of_the_line_in_order(pieces: list[str]) -> None:
    masked = "".join(pieces)
    anchors = [ARTICLE] * masked.count(LINK)
    cuts = judge(masked, anchors, is_heading=False, is_awaited=False, continues=False).cuts
    assert all(0 <= start < end <= len(masked) for start, end in cuts)
    assert all(left[1] <= right[0] for left, right in pairwise(cuts))
