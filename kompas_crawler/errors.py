"""Every exception of this project. Each says when it is raised, and its message says what to do next."""

from __future__ import annotations


class KompasError(Exception):
    """Base of all errors that this project raises on purpose."""


class PageError(KompasError):
    """A page is not what was asked for. Raised by `kompas_crawler.site`, caught by the spider, one visit each."""

    reason = "not_parsed"
    """Short machine-readable reason, stored in `visits`."""

    def __init__(self, message: str, *, reason: str | None = None) -> None:
        super().__init__(message)
        if reason is not None:
            self.reason = reason


class NotAnArticleAddress(PageError):
    """The address given to `parse_article` has no `/read/YYYY/MM/DD/<id>/` on a host of the site."""

    reason = "not_an_article_address"


class NotAnArticle(PageError):
    """The page has an article's address but shows something else: a list, an error text, another article."""

    reason = "not_an_article"


class BlockedPage(PageError):
    """The site answers with a challenge, a refusal or an empty page instead of content."""

    reason = "blocked"


class UnknownLayout(PageError):
    """The page seems to be an article but carries the marks of no known layout."""

    reason = "unknown_layout"


class NotAListPage(PageError):
    """The page is not a list of articles in any known layout (and not an empty list either)."""

    reason = "not_a_list"


class UsageError(KompasError):
    """Wrong arguments or settings, found before anything is fetched or written. Exit code 2."""


class PermissionMissing(UsageError):
    """A crawl of the live hosts without contact and recorded permission. Exit code 2."""


class ArchiveError(KompasError):
    """The archive on disk cannot be read or written as it should. Exit code 4."""


class SchemaMismatch(ArchiveError):
    """A stored file has another schema version than this software: run `scrapy migrate`."""


class RecordRefused(ArchiveError):
    """A record does not fit the schema of its table. Raised before anything of its batch is written."""


class ArchiveLocked(KompasError):
    """Another run holds the archive's lock. Exit code 5."""


class SilenceLasts(KompasError):
    """The site asked an earlier run for silence (`Retry-After`), and that is not over. Exit code 1."""


class SelectionRefused(UsageError, ValueError):
    """`load` was asked for something that the archive cannot select; the message names what it can."""


class ArchiveNotFound(ArchiveError, FileNotFoundError):
    """There is no archive where one was to be read."""

    def __str__(self) -> str:
        """Return the message alone; that of an `OSError` would be a tuple."""
        return str(self.args[0])


class BrowserFailed(KompasError):
    """No browser showed a page, though it was started more than once: the page is read without one."""


class ExtraNotInstalled(UsageError, ImportError):
    """A conversion needs an optional package: install the extra that the message names."""


class CaseRefused(KompasError):
    """A page cannot be written down as a case: no name for one, a name that is taken. Raised by `cases`."""
