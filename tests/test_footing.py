from __future__ import annotations

import subprocess
import sys

ASKING = """
import sys
import pyarrow as pa
from kompas_crawler.footing import spare_pandas
spare_pandas()
table = pa.table({"number": pa.array([1, None])})
print("pandas" in sys.modules, table.num_rows)
"""
FRAMES = """
import pandas
frame = table.to_pandas()
print(type(frame).__name__, pa.Table.from_pandas(frame).num_rows, pa.array(pandas.Series([1.0, None])).null_count)
"""


def _printed(program: str) -> list[str]:
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    return done.stdout.splitlines()


def test_arrow_makes_arrays_without_importing_pandas():
    assert _printed(ASKING) == ["False 2"]


def test_whoever_wants_frames_gets_them_all_the_same():
    assert _printed(ASKING + FRAMES)[1:] == ["DataFrame 2 1"]
