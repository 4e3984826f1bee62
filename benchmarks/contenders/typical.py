"""A project as Scrapy's tutorial teaches it: CSS selectors for ten fields, links followed, items into a JSON file."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import Any

import scrapy
from scrapy.http import HtmlResponse


class TypicalSpider(scrapy.Spider):
    """`scrapy runspider benchmarks/contenders/typical.py -a addresses=FILE -o articles.jsonl`."""

    name = "typical"

    def __init__(self, addresses: str, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self._addresses = Path(addresses).read_text().split()
        self._wanted = set(self._addresses)

    async def start(self) -> AsyncIterator[Any]:
        """Yield a request for each address."""
        for address in self._addresses:
            yield scrapy.Request(address)

    def parse(self, response: HtmlResponse) -> Iterator[Any]:
        """Yield the article, and a request for every article that the page links to."""
        yield {
            "url": response.url,
            "title": response.css("h1.read__title::text").get(),
            "published": response.css("div.read__time::text").get(),
            "author": response.css("#penulis a::text").get(),
            "editor": response.css("#editor a::text").get(),
            "body": "\n".join(response.css("div.read__content p ::text").getall()),
            "tags": response.css("a.tag__article__link::text").getall(),
            "section": response.css("ul.breadcrumb__wrap a::text").getall(),
            "image": response.css("div.photo__wrap img::attr(src)").get(),
            "description": response.css('meta[name="description"]::attr(content)').get(),
        }
        for link in response.css('a[href*="/read/"]::attr(href)').getall():
            address = response.urljoin(link).replace("https://nasional.kompas.com", self._site)
            if address in self._wanted:
                yield response.follow(address, self.parse)

    @property
    def _site(self) -> str:
        return self._addresses[0].partition("/read/")[0]
