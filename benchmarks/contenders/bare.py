"""Scrapy as a tutorial uses it: a few selectors, links followed, items into a file of JSON lines, all settings default.

What the fault suite holds beside this project's crawl of the same addresses.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import Any

import scrapy
from scrapy.http import Response


class BareSpider(scrapy.Spider):
    """`scrapy runspider benchmarks/contenders/bare.py -a addresses=FILE -o items.jsonl`."""

    name = "bare"

    def __init__(self, addresses: str, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self._addresses = addresses

    async def start(self) -> AsyncIterator[Any]:
        """Yield a request for each address."""
        for address in Path(self._addresses).read_text().split():
            yield scrapy.Request(address)

    def parse(self, response: Response) -> Iterator[Any]:
        """Yield what a page says, and a request for each article that it recommends."""
        asked_first = response.meta.get("redirect_urls", [response.url])[0]
        yield {
            "url": response.url,
            "found_on": response.meta.get("found_on", asked_first),
            "title": response.css("h1::text").get(),
            "body": " ".join(response.css("div.read__content p::text").getall()),
        }
        for link in response.css("a.inner-link-baca-juga"):
            yield response.follow(link, self.parse, meta={"found_on": response.url})
