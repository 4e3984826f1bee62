"""All parts of the fault suite, in the order in which they are played. A new kind of trouble goes into one of them."""

from __future__ import annotations

from tests.faults.addresses import LINKS, REDIRECTS
from tests.faults.contents import LARGE, STATUSES, WRONG_PAGES
from tests.faults.encodings import BOMBS, CHARSETS, CODINGS
from tests.faults.lists import INDEX, ROBOTS, SITEMAPS
from tests.faults.machine_disks import Disks
from tests.faults.machine_processes import Processes
from tests.faults.machine_states import States
from tests.faults.machine_stores import Stores
from tests.faults.messages import ENDLESS, MESSAGES, SLOW
from tests.faults.rows import Part
from tests.faults.storms import DNS, STORMS

PARTS: tuple[Part, ...] = (
    MESSAGES, SLOW, ENDLESS, CODINGS, BOMBS, CHARSETS, WRONG_PAGES, LARGE, STATUSES, REDIRECTS, LINKS,
    ROBOTS, SITEMAPS, INDEX, DNS, *STORMS,
    Processes(), Disks(), States(), Stores(),
)  # fmt: skip
