"""Quality: whether what a run read looks as such pages do, told from rows alone.

Pure: rows and sums in, findings out. Knows what is measured, what is usual, and how much deviation chance allows.
Refuses to know where rows are stored and what is done with those that are refused (`archive.gate`).
"""

from kompas_crawler.quality.baseline import Baseline, baseline_of
from kompas_crawler.quality.counts import Counts, count
from kompas_crawler.quality.judging import QualityFinding, Verdict, alpha_of_look, judge
from kompas_crawler.quality.measures import COLUMNS, MEASURES, Measure

__all__ = [
    "COLUMNS",
    "MEASURES",
    "Baseline",
    "Counts",
    "Measure",
    "QualityFinding",
    "Verdict",
    "alpha_of_look",
    "baseline_of",
    "count",
    "judge",
]
