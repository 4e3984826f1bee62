"""How a process that reads many pages stands: what it does with memory that a page needed and the next will need.

Both settings were worth it by measurement (docs/performance.md). Knows the process it is in and nothing of pages.
"""

from __future__ import annotations

import ctypes
import gc
import platform
from typing import Final

KEPT_BYTES: Final = 64 * 1024 * 1024
"""So much freed memory at most stays with the process."""

YOUNG_OBJECTS: Final = 20_000
"""So many new objects are made before the collector looks for dead cycles among them; Python's default is 700."""

# malloc.h
_M_TRIM_THRESHOLD: Final = -1
_M_MMAP_THRESHOLD: Final = -3


def settle() -> None:
    """Prepare this process for reading many pages. To be called once imports are done."""
    keep_freed_memory()
    settle_collector()


def keep_freed_memory() -> bool:
    """Let the C library keep what is freed instead of handing it back to the system at once; return whether it does.

    The tree of a page takes some megabytes. By its defaults glibc gives them back when the tree is gone, and each page
    faults them in again: half the time of a bare parse. Other C libraries are left as they are.
    """
    if platform.libc_ver()[0] != "glibc":
        return False
    mallopt = ctypes.CDLL(None).mallopt
    return all(mallopt(option, KEPT_BYTES) == 1 for option in (_M_TRIM_THRESHOLD, _M_MMAP_THRESHOLD))


def settle_collector() -> None:
    """Keep the collector of cycles from looking through everything that was imported, and let it look less often.

    Pages leave next to no cycles: lexbor's trees are freed with the last reference.
    """
    gc.collect()
    gc.freeze()
    gc.set_threshold(YOUNG_OBJECTS, 20, 20)
