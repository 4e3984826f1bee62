"""What the gate makes of counts, of small and great batches."""

from __future__ import annotations

import pytest

from kompas_crawler.items import Flag
from kompas_crawler.quality import Baseline, Counts, Verdict, judge
from kompas_crawler.quality.baseline import ENOUGH
from kompas_crawler.quality.counts import Cell
from kompas_crawler.quality.judging import ALPHA, EVERYWHERE, alpha_of_look


def counts(measure: str, **sections: tuple[int, int]) -> Counts:
    """Sums of one measure: of each section, how many are amiss of how many."""
    found = Counts()
    for section, (amiss, articles) in sections.items():
        found.note(measure, section, is_amiss=True, times=amiss)
        found.note(measure, section, is_amiss=False, times=articles - amiss)
    return found


def found(verdict: Verdict) -> list[tuple[str, str]]:
    return [(finding.measure, finding.section) for finding in verdict.findings]


def test_three_empty_texts_of_three_are_noticed_where_nothing_is_known() -> None:
    assert found(judge(counts("empty_body", tren=(3, 3)), Baseline())) == [("empty_body", "tren")]


def test_two_empty_texts_in_two_sections_are_noticed_together() -> None:
    verdict = judge(counts("empty_body", tren=(1, 1), bola=(1, 1)), Baseline(), alpha_of_look(1))
    assert found(verdict) == [("empty_body", EVERYWHERE)]


def test_one_empty_text_is_an_ordinary_thing() -> None:
    assert found(judge(counts("empty_body", tren=(1, 1)), Baseline())) == []


def test_a_finding_names_field_section_old_and_new_share() -> None:
    usual = Baseline(counts("editors", tren=(0, 480)))
    (finding,) = judge(counts("editors", tren=(9, 10), bola=(0, 30)), usual).findings
    assert str(finding) == "editors in tren: 9 of 10 articles without editors (90%, usual 0.6%)"


@pytest.mark.parametrize("measure", ["authors", "tags", "image_caption"])
def test_what_a_few_articles_lack_normally_is_no_finding(measure: str) -> None:
    assert found(judge(counts(measure, tren=(2, 5), bola=(1, 6), global_=(3, 12)), Baseline())) == []


def test_an_unlikely_but_small_rise_is_no_finding() -> None:
    usual = Baseline(counts("tags", tren=(10, 1000)))
    assert found(judge(counts("tags", tren=(200, 1000)), usual)) == []


def test_a_section_is_judged_by_its_own_past() -> None:
    usual = Baseline(counts("authors", biz=(60, 60), tren=(0, 60)))
    verdict = judge(counts("authors", biz=(8, 8), tren=(8, 8)), usual)
    assert found(verdict) == [("authors", "tren")]


def test_what_no_floor_tells_is_not_judged_in_a_section_without_a_past() -> None:
    few = Baseline(counts("dateline", tren=(0, ENOUGH - 1)))
    many = Baseline(counts("dateline", tren=(0, ENOUGH)))
    batch = counts("dateline", tren=(12, 12))
    assert (found(judge(batch, few)), found(judge(batch, many))) == ([], [("dateline", "tren")])


def test_a_finding_in_all_sections_withholds_only_those_in_which_it_occurs() -> None:
    verdict = judge(counts(Flag.FALLBACK_TITLE, tren=(1, 1), bola=(1, 2), food=(0, 2), global_=(1, 1)), Baseline())
    assert found(verdict) == [(Flag.FALLBACK_TITLE, EVERYWHERE)]
    assert verdict.sections == {"tren", "bola", "global_"}


def test_a_single_article_that_shows_what_others_do_is_withheld_with_them() -> None:
    verdict = judge(counts("empty_body", tren=(5, 5), bola=(1, 9), food=(0, 3)), Baseline())
    assert (found(verdict), verdict.sections) == ([("empty_body", "tren")], {"tren", "bola"})


def test_sections_that_were_named_are_not_counted_again_for_all() -> None:
    verdict = judge(counts("published_text", tren=(20, 20), bola=(0, 10), food=(1, 10)), Baseline())
    assert found(verdict) == [("published_text", "tren")]


def test_what_a_person_accepted_is_usual() -> None:
    cell = Cell("editors", "tren")
    accepted = Baseline(counts("editors", tren=(12, 12)), accepted=frozenset({cell}))
    assert found(judge(counts("editors", tren=(10, 10)), accepted)) == []


def test_a_deviation_that_is_not_clear_yet_is_doubtful() -> None:
    verdict = judge(counts("authors", tren=(4, 5)), Baseline())
    assert (verdict.findings, verdict.is_doubtful) == ((), True)


def test_nothing_to_judge_is_nothing_found() -> None:
    assert judge(Counts(), Baseline()) == Verdict()


def test_all_looks_at_a_run_spend_no_more_than_one() -> None:
    assert sum(alpha_of_look(look) for look in range(1, 10_000)) < ALPHA
