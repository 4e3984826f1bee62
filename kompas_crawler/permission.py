"""Whether a run may ask the live site at all: contact, recorded permission, and the identity that goes with them.

Knows what the site's robots.txt and terms of use say about automated reading. A run against a replica needs no
permission: it touches nobody's server.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from importlib.metadata import version
from urllib.parse import urlsplit

from kompas_crawler.errors import PermissionMissing, UsageError

PRODUCT = "kompas-crawler"
"""The name by which a robots.txt can address this crawler."""

HOW_TO_ASK = """\
How to ask: write to the address on https://inside.kompas.com/about-us#meet. Say who you are, what you study, which
sections and years, how many pages a day, how the text will be kept and who will see it.

Then give both settings, in the environment or with -s (both are recorded with every run):
  KOMPAS_CONTACT     who may be asked about the crawl; goes into the user agent, e.g. mailto:you@university.example
  KOMPAS_PERMISSION  what allows the crawl, e.g. "letter of PT. Kompas Cyber Media, 2026-03-02, no. 12/KCM"
"""

EXPLANATION = f"""\
This would crawl the live Kompas.com, and no permission for that is recorded.

robots.txt of Kompas.com reserves text and data mining: automated reading needs the prior written permission of
PT. Kompas Cyber Media, archived or cached data sets included. The terms of use say the same
(https://inside.kompas.com/term-of-use), and that robots.txt alone is no consent.

{HOW_TO_ASK}
Without permission, `make demo` shows everything against a bundled imitation of the site.
"""

_CONTACT = re.compile(r"(?:mailto:)?[^@\s<>()]+@[^@\s<>()]+\.[^@\s<>()]+|https?://[^\s<>()]+\.[^\s<>()]+")


@dataclass(frozen=True, slots=True, kw_only=True)
class Identity:
    """Who crawls, on what ground, and where the requests go."""

    contact: str | None
    permission: str | None
    replica: str | None
    """`http://host:port` that stands for the site, or null for the live one."""

    @property
    def user_agent(self) -> str:
        """The one user agent of every request; never changed, also not when the site refuses it."""
        name = f"{PRODUCT}/{version('kompas-crawler')}"
        return f"{name} (+{self.contact})" if self.contact else name


def read_identity(*, contact: str | None, permission: str | None, replica: str | None) -> Identity:
    """Return the checked identity of a run.

    Raises `PermissionMissing` when the live site is meant and contact or permission are not given, `UsageError` for
    a replica that is no plain http address or a contact that nobody could be reached by.

    >>> read_identity(contact=None, permission=None, replica="http://127.0.0.1:8000/").replica
    'http://127.0.0.1:8000'
    >>> read_identity(contact="a person", permission="letter", replica=None)
    Traceback (most recent call last):
    ...
    kompas_crawler.errors.UsageError: KOMPAS_CONTACT='a person' is no way to reach you; give an e-mail or web address
    """
    contact, permission, replica = (text.strip() if text else None for text in (contact, permission, replica))
    if contact and not _CONTACT.fullmatch(contact):
        raise UsageError(f"KOMPAS_CONTACT={contact!r} is no way to reach you; give an e-mail or web address")
    if replica:
        return Identity(contact=contact or None, permission=permission or None, replica=_replica_address(replica))
    if not contact or not permission:
        missing = " and ".join(
            name for name, value in (("KOMPAS_CONTACT", contact), ("KOMPAS_PERMISSION", permission)) if not value
        )
        raise PermissionMissing(f"{EXPLANATION}\nMissing: {missing}.")
    return Identity(contact=contact, permission=permission, replica=None)


def reservation_message(url: str, passage: str) -> str:
    """Return why a run may not go on after reading a reservation of rights, in one line.

    `passage` is what the robots.txt at `url` says.
    """
    return (
        f"{url} reserves text and data mining, and no permission is recorded. It says: “{passage}” Ask for permission "
        "by the address on https://inside.kompas.com/about-us#meet, and give it as KOMPAS_PERMISSION"
    )


def _replica_address(text: str) -> str:
    try:
        parts = urlsplit(text)
        usable = parts.scheme == "http" and parts.hostname and parts.port != 0
        usable = usable and parts.path in ("", "/") and not parts.query and not parts.fragment and not parts.username
    except ValueError:
        usable = False
    if not usable:
        raise UsageError(f"KOMPAS_REPLICA={text!r} is not usable; give http://HOST:PORT, e.g. http://127.0.0.1:8000")
    return text.rstrip("/")
