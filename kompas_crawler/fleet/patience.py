"""Patience with storage: what fails because the storage is away is tried again, later and later, for two minutes.

Knows no units and no archive. Other troubles are not waited for.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final, Generic, TypeVar

from kompas_crawler.errors import ArchiveError, RecordRefused, SchemaMismatch

Given = TypeVar("Given")
Made = TypeVar("Made")

logger = logging.getLogger(__name__)

WAITS: Final = (1.0, 2.0, 4.0, 8.0, 16.0, 32.0, 64.0)
"""Seconds between one try and the next."""
HOPELESS: Final = (RecordRefused, SchemaMismatch)
"""Troubles with the archive that no waiting mends."""


def patiently(call: Callable[[], Made]) -> Made:
    """Return what `call` returns, however often it has to be called until the storage is back.

    Raises the `ArchiveError` of the last time.
    """
    for seconds in WAITS:
        try:
            return call()
        except HOPELESS:
            raise
        except ArchiveError as error:
            logger.warning("%s. Trying again in %g s", error, seconds)
            time.sleep(seconds)
    return call()


@dataclass(frozen=True, slots=True)
class Patient(Generic[Given, Made]):
    """Work that is patient with storage; can be sent to wherever the work itself can."""

    work: Callable[[Given], Made]

    def __call__(self, unit: Given) -> Made:
        """Do one unit."""
        return patiently(lambda: self.work(unit))
