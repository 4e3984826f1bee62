"""Scrapy settings of the project. Every departure from a Scrapy default says why beside it."""

from __future__ import annotations

import os

# Read when Arrow is loaded, after this file: its own allocator keeps some 30 MB of what was freed.
os.environ.setdefault("ARROW_DEFAULT_MEMORY_POOL", "system")

BOT_NAME = "kompas-crawler"
SPIDER_MODULES = ["kompas_crawler.spiders"]
NEWSPIDER_MODULE = "kompas_crawler.spiders"
COMMANDS_MODULE = "kompas_crawler.commands"

# --- Ours; each may stand in the environment or be given with -s ------------------------------------------------------

# Where the archive is kept: a folder (relative to where the command is started), or an address such as
# s3://bucket/prefix.
KOMPAS_OUTPUT = os.environ.get("KOMPAS_OUTPUT", "output")
# Local folder for health.json and health.prom, e.g. one that a monitor reads; empty: beside the archive.
KOMPAS_HEALTH_DIR = os.environ.get("KOMPAS_HEALTH_DIR", "")
# Who may be asked about the crawl (e-mail or web address); goes into the user agent. Needed for the live site.
KOMPAS_CONTACT = os.environ.get("KOMPAS_CONTACT")
# What allows the crawl, e.g. a letter with date and number; stored with every run. Needed for the live site.
KOMPAS_PERMISSION = os.environ.get("KOMPAS_PERMISSION")
# http://HOST:PORT that stands for every *.kompas.com: the bundled replica, or any server that answers by Host.
KOMPAS_REPLICA = os.environ.get("KOMPAS_REPLICA")
# Path or name of the browser for render=fallback and render=fronts; empty: the first Chromium that is installed.
KOMPAS_BROWSER = os.environ.get("KOMPAS_BROWSER", "")
# A page in which nothing happens for so long hangs, and its browser with it: that is ended and started anew.
KOMPAS_BROWSER_HANG_SECONDS = 60.0
# A long run commits what it has every so many seconds.
KOMPAS_COMMIT_SECONDS = 300.0
# now: the run holds the archive's lock and commits what it stages. later: it only stages, beside any number of others;
# whoever holds the lock commits, a back-fill or `scrapy commit`.
KOMPAS_COMMIT = os.environ.get("KOMPAS_COMMIT", "now")
# Name of the run; empty: one is made up from the time. Given by a back-fill to the runs it is made of.
KOMPAS_RUN_ID = os.environ.get("KOMPAS_RUN_ID", "")
# Share of the requested articles that may fail or stay unparsed before the run's gate fails (exit code 1).
KOMPAS_FAILURE_TOLERANCE = 0.01

# --- Raw pages --------------------------------------------------------------------------------------------------------

# Which answers are kept as they came: on (all), articles (without lists, sitemaps and fronts), off. Lists are 4 % of
# what articles take, and what the coverage tables say rests on them.
KOMPAS_RAW = os.environ.get("KOMPAS_RAW", "on")
# A WARC file is followed by the next one at this size; 1 GB is what the WARC guidelines recommend.
KOMPAS_RAW_FILE_MB = 1000

# --- What a run asks for ----------------------------------------------------------------------------------------------

# For simulations against a replica: the time at which the crawl begins, ISO 8601 (WIB), e.g. 2021-04-20T23:59.
KOMPAS_CLOCK = os.environ.get("KOMPAS_CLOCK")
# The index serves no page after this one (SITE_FACTS 2); behind it the narrower lists of the day are walked.
KOMPAS_PAGE_CAP = 666
# A run without `since` reads sitemaps and fronts when the last time is so long ago: they check the index, and are read
# less often than it.
KOMPAS_CROSS_CHECK_HOURS = 6.0
# A held article is looked at again when it reaches these ages, in hours after publication. Each just under a day after
# what it is to catch: four fifths of a week's changes come within a day. "2,6,24,168,744" sees more versions of the
# first day, at twice the requests …
KOMPAS_REVISIT_HOURS = "23,47,119,744"
# … and once more so long after it was found changed; 0: not.
KOMPAS_REVISIT_AFTER_CHANGE_HOURS = 12.0
# Where sitemaps have proved to tell of changes (`lastmod`), their word takes the place of looks, but for this share of
# the articles; 1: no sitemap is believed.
KOMPAS_REVISIT_CONTROL = 0.1
# An older day is walked again when it reaches these ages, in days (1: when the next day begins).
KOMPAS_RESWEEP_DAYS = "1,7,31"
# Days that were left out, and days that fall due, are walked on our own accord up to this age.
KOMPAS_CATCH_UP_DAYS = 38
# Most requests of one run, 0 for no bound: of all kinds; looks at held articles; pages of older days (no further day is
# begun after so many). An hour at a delay of 1.5 s holds 2,400.
KOMPAS_REQUEST_BUDGET = 0
KOMPAS_REVISIT_BUDGET = 600
KOMPAS_RESWEEP_BUDGET = 300

# --- Politeness -------------------------------------------------------------------------------------------------------

ROBOTSTXT_OBEY = True
# robots.txt of a host is read again after this time (RFC 9309: no longer than a day) …
KOMPAS_ROBOTS_MAX_AGE_SECONDS = 86400.0
# … and after this one when it was unreachable; until then nothing is fetched from that host.
KOMPAS_ROBOTS_RETRY_SECONDS = 600.0
# 1.5 s between requests worked on index and article pages in 2026 (SITE_FACTS 6). It is one lane for all hosts of the
# site together; against a replica the spider sets it to 0 unless it is given on the command line. A longer
# Crawl-delay in a robots.txt holds instead.
DOWNLOAD_DELAY = 1.5
# A gap is made longer by up to this share of it, at random; never shorter, as Scrapy's own jitter would.
DOWNLOAD_DELAY_JITTER = 0.2
# Our own lane spaces the requests (kompas_crawler.lane): Scrapy's slot would let those that already queue in it leave
# during a Retry-After, forgets its delay after a minute without requests, and goes below it by its jitter.
DOWNLOAD_SLOTS = {"kompas.com": {"delay": 0}}
# The gap doubles on 408, 429, 5xx, failures to answer and slow answers, up to this; good answers shorten it slowly.
KOMPAS_MAX_DELAY_SECONDS = 60.0
# An answer whose headers take longer than this is a slow one.
KOMPAS_SLOW_ANSWER_SECONDS = 10.0
# Retry-After of a 429 or 503 silences the whole crawl for as long as it says; when that is longer than this, the run
# ends in good order (exit code 1), to be started again later. A Crawl-delay that is longer than this ends it too.
KOMPAS_RETRY_AFTER_MAX_SECONDS = 3600.0
# HH:MM-HH:MM, WIB, may cross midnight; empty: none. A run that meets these hours pauses, one that would begin inside
# them ends at once with exit code 0.
KOMPAS_QUIET_HOURS = os.environ.get("KOMPAS_QUIET_HOURS", "")
# tcp://TOKEN@HOST:PORT of the lane that all crawls of a fleet share; empty: this crawl has a lane of its own. Given by
# a back-fill to the runs it is made of.
KOMPAS_LANE = os.environ.get("KOMPAS_LANE", "")
# After this many refusals in a row (403, challenge, empty 202) the run stops with exit code 3.
KOMPAS_BLOCK_LIMIT = 3
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
# No name of the site may lead into a private network.
TWISTED_DNS_RESOLVER = "kompas_crawler.resolver.PublicAddressResolver"
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
    # Marked requests end here; each one that their page makes comes back and passes everything below.
    "kompas_crawler.rendering.middleware.RenderingMiddleware": 60,
    "kompas_crawler.robots.RobotsMiddleware": 100,
    # Between the decompression (590), whose bodies it reads, and the retries (550), which it prevents.
    "kompas_crawler.middlewares.RefusalMiddleware": 560,
    "scrapy.downloadermiddlewares.httpcompression.HttpCompressionMiddleware": None,
    "kompas_crawler.repeats.UnpackMiddleware": 590,
    # Beside Scrapy's own retries (550), for answers that are no page though their status says so.
    "kompas_crawler.repeats.RepeatMiddleware": 545,
    # Nearest to the network: it sees every answer, also those that are tried again.
    "kompas_crawler.middlewares.SlowLaneMiddleware": 950,
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
    "kompas_crawler.progress.Progress": 200,
    "scrapy.extensions.logstats.LogStats": None,
    "scrapy.extensions.telnet.TelnetConsole": None,
    "scrapy.extensions.remote_control.RemoteControl": None,
    "scrapy.extensions.feedexport.FeedExporter": 0,
}
# One response yields one record: a hundred tasks for each response cost a quarter of the processor time. With a single
# one what a list yields comes one by one, and the next list page leaves before the articles of the first.
CONCURRENT_ITEMS = 8
# Scrapy reads the source of a callback for it, anew for every page: mypy and the tests see such a return.
WARN_ON_GENERATOR_RETURN_VALUE = False

# --- Log --------------------------------------------------------------------------------------------------------------

LOG_LEVEL = "INFO"
LOG_FORMAT = "%(asctime)s %(levelname)s %(message)s"
LOG_VERSIONS: list[str] = []
# The run's record holds the statistics; the summary shows what a person wants to know.
STATS_DUMP = False
