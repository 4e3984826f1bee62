"""How an archive stands: what it holds, what it lacks, what is due and what was left behind. Reads, changes nothing.

Numbers come from the metadata of the Parquet files, from `coverage.parquet` and from look-ups in the index, never from
a pass over the articles: asking costs the same whatever the archive holds.
"""
