"""Scrapy as it comes, addresses given, a callback that does nothing: what the engine alone costs."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import scrapy
from scrapy.http import Response


class StockSpider(scrapy.Spider):
    """`scrapy runspider benchmarks/contenders/stock.py -a addresses=FILE`: fetches every address of the file."""

    name = "stock"

    def __init__(self, addresses: str, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self._addresses = addresses

    async def start(self) -> AsyncIterator[Any]:
        """Yield a request for each address."""
        for address in Path(self._addresses).read_text().split():
            yield scrapy.Request(address)

    def parse(self, response: Response) -> None:
        """Do nothing."""
