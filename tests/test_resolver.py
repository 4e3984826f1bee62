"""Names of the site that lead into a private network."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from scrapy.resolver import dnscache
from scrapy.settings import Settings
from twisted.internet import reactor
from twisted.internet.error import DNSLookupError
from twisted.python.failure import Failure

from kompas_crawler.resolver import PublicAddressResolver, is_public

NAME = "www.kompas.com"
PRIVATE = ["10.1.2.3", "192.168.0.7", "172.16.5.5", "127.0.0.1", "169.254.169.254", "100.64.0.1", "0.0.0.0"]


@pytest.fixture
def known() -> Iterator[dict[str, str]]:
    """Answers of the DNS that are known already, so that nothing is looked up."""
    limit, dnscache.limit = dnscache.limit, 100
    yield dnscache
    dnscache.clear()
    dnscache.limit = limit


def look_up(address: str, known: dict[str, str], *, replica: str | None = None) -> object:
    """What a crawl is told about a name whose address is `address`."""

    class Process:
        settings = Settings({"KOMPAS_REPLICA": replica, "DNSCACHE_ENABLED": True})

    resolver = PublicAddressResolver.from_crawler(Process(), reactor)
    known[NAME] = address
    told: list[object] = []
    resolver.getHostByName(NAME).addBoth(told.append)
    return told[0]


@pytest.mark.parametrize("address", PRIVATE)
def test_a_name_that_leads_into_a_private_network_is_not_found(address: str, known: dict[str, str]):
    told = look_up(address, known)
    assert isinstance(told, Failure)
    assert told.check(DNSLookupError)
    assert address in told.getErrorMessage()


def test_a_name_that_leads_to_a_public_address_is_found(known: dict[str, str]):
    assert look_up("202.146.4.100", known) == "202.146.4.100"


def test_a_replica_may_be_anywhere(known: dict[str, str]):
    assert look_up("127.0.0.1", known, replica="http://localhost:8000") == "127.0.0.1"


@pytest.mark.parametrize("address", ["::1", "fe80::1", "fd00::1", "ff02::1", "::ffff:127.0.0.1"])
def test_addresses_of_ip_6_are_judged_alike(address: str):
    assert not is_public(address)
