"""Scrapy settings of the project. Every departure from a Scrapy default says why beside it."""

from __future__ import annotations

import os

BOT_NAME = "kompas-crawler"
SPIDER_MODULES = ["kompas_crawler.spiders"]
NEWSPIDER_MODULE = "kompas_crawler.spiders"
COMMANDS_MODULE = "kompas_crawler.commands"

# --- Ours; each may stand in the environment or be given with -s ------------------------------------------------------

# Where the archive is kept: a folder (relative to where the command is started), or an address such as
# s3://bucket/prefix.
KOMPAS_OUTPUT = os.environ.get("KOMPAS_OUTPUT", "output")
# Who may be asked about the crawl (e-mail or web address); goes into the user agent. Needed for the live site.
KOMPAS_CONTACT = os.environ.get("KOMPAS_CONTACT")
# What allows the crawl, e.g. a letter with date and number; stored with every run. Needed for the live site.
KOMPAS_PERMISSION = os.environ.get("KOMPAS_PERMISSION")
# http://HOST:PORT that stands for every *.kompas.com: the bundled replica, or any server that answers by Host.
KOMPAS_REPLICA = os.environ.get("KOMPAS_REPLICA")
# A long run commits what it has every so many seconds.
KOMPAS_COMMIT_SECONDS = 300.0
# After this many refusals in a row (403, challenge, empty 202) the run stops with exit code 3.
KOMPAS_BLOCK_LIMIT = 3
# Share of the requested articles that may fail or stay unparsed before the run's gate fails (exit code 1).
KOMPAS_FAILURE_TOLERANCE = 0.01

# --- Politeness -------------------------------------------------------------------------------------------------------

ROBOTSTXT_OBEY = True
# 1.5 s between requests worked on index and article pages in 2026 (SITE_FACTS 6). It is one lane for all hosts of the
# site together; against a replica the spider sets it to 0 unless it is given on the command line.
DOWNLOAD_DELAY = 1.5
# Never fewer than 0.9 times the delay: the default of 0.5 would ask after half of it.
DOWNLOAD_DELAY_JITTER = 0.1
# One lane: what one host may take, the site may take. Against a replica only processor time bounds.
CONCURRENT_REQUESTS = 8
CONCURRENT_REQUESTS_PER_DOMAIN = 8
# No cookies are needed, and keeping them pulls in tldextract, which asks two foreign hosts for a list of suffixes.
COOKIES_ENABLED = False
DEFAULT_REQUEST_HEADERS = {
    "Accept": "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8",
    "Accept-Language": "id,en;q=0.5",
}

# --- Safety -----------------------------------------------------------------------------------------------------------

# Scrapy does not verify certificates by default.
DOWNLOAD_VERIFY_CERTIFICATES = True
# Pages are 200 KB; a gzip bomb of 0.6 MB would otherwise take 2.6 GB.
DOWNLOAD_MAXSIZE = 8 * 1024 * 1024
DOWNLOAD_WARNSIZE = 2 * 1024 * 1024
DOWNLOAD_TIMEOUT = 60
# Only http and https, both through our transport: no file:, ftp:, data: or s3: address is ever followed.
DOWNLOAD_HANDLERS = {
    "http": "kompas_crawler.transport.SiteDownloadHandler",
    "https": "kompas_crawler.transport.SiteDownloadHandler",
    "file": None,
    "ftp": None,
    "data": None,
    "s3": None,
}
METAREFRESH_ENABLED = False
REDIRECT_MAX_TIMES = 5
# New in 2.19 and on by default: an HTTP server that runs code.
REMOTE_CONTROL_ENABLED = False
TELNETCONSOLE_ENABLED = False
# The spider reads every status itself: a 404 is news about an article, not noise to be dropped.
HTTPERROR_ALLOW_ALL = True
RETRY_TIMES = 3

# --- Parts ------------------------------------------------------------------------------------------------------------

DOWNLOADER_MIDDLEWARES = {
    "kompas_crawler.middlewares.SiteFenceMiddleware": 40,
    "kompas_crawler.middlewares.SlowLaneMiddleware": 45,
    "kompas_crawler.middlewares.RobotsMiddleware": 100,
    "scrapy.downloadermiddlewares.robotstxt.RobotsTxtMiddleware": None,
    # The fence knows the site's hosts better than the allowed_domains of a spider.
    "scrapy.downloadermiddlewares.offsite.OffsiteMiddleware": None,
    "scrapy.downloadermiddlewares.httpauth.HttpAuthMiddleware": None,
    "scrapy.downloadermiddlewares.redirect.MetaRefreshMiddleware": None,
    "scrapy.downloadermiddlewares.cookies.CookiesMiddleware": None,
    "scrapy.downloadermiddlewares.httpcache.HttpCacheMiddleware": None,
}
SPIDER_MIDDLEWARES = {
    # Addresses are met once by the run's books, before a request exists.
    "scrapy.spidermiddlewares.depth.DepthMiddleware": None,
    "scrapy.spidermiddlewares.httperror.HttpErrorMiddleware": None,
}
DUPEFILTER_CLASS = "scrapy.dupefilters.BaseDupeFilter"
ITEM_PIPELINES = {
    "kompas_crawler.pipelines.ValidatePipeline": 100,
    "kompas_crawler.pipelines.NormalisePipeline": 200,
    "kompas_crawler.pipelines.DeduplicatePipeline": 300,
    "kompas_crawler.pipelines.ArchivePipeline": 900,
}
EXTENSIONS = {
    "kompas_crawler.extensions.RunKeeper": 100,
    "kompas_crawler.extensions.Progress": 200,
    "scrapy.extensions.logstats.LogStats": None,
    "scrapy.extensions.telnet.TelnetConsole": None,
    "scrapy.extensions.remote_control.RemoteControl": None,
    "scrapy.extensions.feedexport.FeedExporter": 0,
}
# One response yields one record: a hundred tasks for each response cost a quarter of the processor time.
CONCURRENT_ITEMS = 8

# --- Log --------------------------------------------------------------------------------------------------------------

LOG_LEVEL = "INFO"
LOG_FORMAT = "%(asctime)s %(levelname)s %(message)s"
LOG_VERSIONS: list[str] = []
# The run's record holds the statistics; the summary shows what a person wants to know.
STATS_DUMP = False
