"""What Kompas.com is: addresses, sections, dates, lists, layouts of articles, the text and what is not text.

Pure: bytes and strings in, records out. Nothing here knows Scrapy, a clock, a disk or the environment.
"""

from kompas_crawler.site.articles import parse_article
from kompas_crawler.site.parts import merge_parts

__all__ = ["merge_parts", "parse_article"]
