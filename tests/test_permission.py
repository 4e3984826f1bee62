"""Who may crawl the live site, and under which name."""

from __future__ import annotations

import pytest

from kompas_crawler.errors import PermissionMissing, UsageError
from kompas_crawler.permission import Identity, read_identity


def identity(contact: str | None = None, permission: str | None = None, replica: str | None = None) -> Identity:
    return read_identity(contact=contact, permission=permission, replica=replica)


@pytest.mark.parametrize(
    ("contact", "permission", "missing"),
    [
        (None, None, "KOMPAS_CONTACT and KOMPAS_PERMISSION"),
        ("mailto:a@b.example", None, "Missing: KOMPAS_PERMISSION"),
        (None, "letter", "Missing: KOMPAS_CONTACT"),
        ("mailto:a@b.example", "   ", "Missing: KOMPAS_PERMISSION"),
    ],
)
def test_the_live_site_needs_contact_and_permission(contact: str | None, permission: str | None, missing: str):
    with pytest.raises(PermissionMissing, match=missing):
        identity(contact, permission)


def test_the_explanation_says_where_to_ask_and_what_runs_without():
    with pytest.raises(PermissionMissing, match=r"(?s)about-us#meet.*make demo"):
        identity()


def test_a_replica_needs_no_permission():
    assert identity(replica="http://127.0.0.1:8000").contact is None


def test_the_contact_goes_into_the_user_agent():
    agent = identity("https://uni.example/crawl", "letter").user_agent
    assert agent.startswith("kompas-crawler/")
    assert agent.endswith("(+https://uni.example/crawl)")


@pytest.mark.parametrize("contact", ["a person", "@", "a@b", "me@uni.example\nX-Evil: 1"])
def test_a_contact_that_reaches_nobody_is_refused(contact: str):
    with pytest.raises(UsageError, match="KOMPAS_CONTACT"):
        identity(contact, "letter")


@pytest.mark.parametrize(
    "replica",
    ["127.0.0.1:8000", "https://127.0.0.1:8000", "http://", "http://127.0.0.1:0", "http://x:99999", "http://x/path"],
)
def test_a_replica_that_is_no_plain_address_is_refused(replica: str):
    with pytest.raises(UsageError, match="KOMPAS_REPLICA"):
        identity(replica=replica)
