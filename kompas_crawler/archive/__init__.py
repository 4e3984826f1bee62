"""The Parquet archive: schemas, staging, commit, the index of what is known, and the ways to read it."""
