"""A pipeline with a defect: it raises for one article in three, as an exporter does that cannot write what it is given.

Put among the crawler's own by the setting `ITEM_PIPELINES`.
"""

from __future__ import annotations

from kompas_crawler.archive import Observation


class Refusing:
    """Raises for every third article."""

    def process_item(self, item: Observation) -> Observation:
        """Return the item. Raises `RuntimeError` where its id is divisible by three."""
        if int(item.article.article_id.partition("-")[2]) % 3 == 0:
            raise RuntimeError("this exporter has a defect")
        return item
