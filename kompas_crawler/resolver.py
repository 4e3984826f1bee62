"""Names become addresses: a host of the site that leads into a private network is not asked.

Somebody who can answer for the site's names could otherwise make the crawler ask machines beside it. Names are looked
up as usual; only the answer is judged, and the address that was judged is the one that is connected to.
"""

from __future__ import annotations

import logging
from collections.abc import Sequence
from ipaddress import ip_address
from typing import Self

from scrapy.crawler import Crawler
from scrapy.resolver import CachingThreadedResolver
from twisted.internet.base import ReactorBase
from twisted.internet.defer import Deferred
from twisted.internet.error import DNSLookupError

logger = logging.getLogger(__name__)


def is_public(address: str) -> bool:
    """Return whether an IP address in text form belongs to the public Internet.

    >>> [is_public(a) for a in ("202.146.4.1", "10.1.2.3", "127.0.0.1", "169.254.169.254", "::1", "224.0.0.1")]
    [True, False, False, False, False, False]
    """
    parsed = ip_address(address)
    return parsed.is_global and not parsed.is_multicast


class PublicAddressResolver(CachingThreadedResolver):
    """Scrapy's resolver, which finds no private, loopback, link-local or otherwise unroutable address.

    A crawl of a replica may look up what it likes: the one address it asks was given by the user.
    """

    def __init__(self, reactor: ReactorBase, cache_size: int, timeout: float, *, is_replica: bool = False) -> None:
        super().__init__(reactor, cache_size, timeout)
        self._is_replica = is_replica

    @classmethod
    def from_crawler(cls, crawler: Crawler, reactor: ReactorBase) -> Self:
        """Build the resolver from the settings."""
        resolver = super().from_crawler(crawler, reactor)
        resolver._is_replica = bool(crawler.settings["KOMPAS_REPLICA"])
        return resolver

    def getHostByName(self, name: str, timeout: Sequence[int] = ()) -> Deferred[str]:  # noqa: N802 - Twisted's name
        """Return the address of a host, later. Fails with `DNSLookupError` when it is no public one."""
        looked_up = super().getHostByName(name, timeout)
        return looked_up if self._is_replica else looked_up.addCallback(self._checked, name)

    def _checked(self, address: str, name: str) -> str:
        if is_public(address):
            return address
        message = f"{name} leads to {address}, which is no public address: not asked. Look at this machine's DNS"
        # Twisted tells the requester only that nothing was found.
        logger.error("%s", message)
        raise DNSLookupError(message)
