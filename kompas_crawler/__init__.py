"""A crawler and citable Parquet archive of the news site Kompas.com."""
