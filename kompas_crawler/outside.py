"""`scrapy crawl kompas` where no Scrapy project is: the command that the entry point `crawl` names.

Scrapy has a `crawl` in projects only, and takes commands of installed packages everywhere. So in a project, ours or
another, this is Scrapy's own command, for which ours steps in by COMMANDS_MODULE; outside of any it is ours, and brings
our settings with it.
"""

from __future__ import annotations

from scrapy.commands.crawl import Command as Crawl
from scrapy.utils.project import inside_project

if not inside_project():
    from kompas_crawler import settings
    from kompas_crawler.commands.crawl import Command

    class CrawlOutside(Command):
        """`scrapy crawl` with our settings; `-s` and the environment go before them, as in a project."""

        default_settings = {name: getattr(settings, name) for name in dir(settings) if name.isupper()}  # noqa: RUF012 - Scrapy's own form of it

    Crawl = CrawlOutside  # type: ignore[misc]
