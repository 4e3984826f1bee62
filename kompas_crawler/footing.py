"""How a process that reads many pages stands: what it does with memory that a page needed and the next will need.

Each setting was worth it by measurement (docs/performance.md). Knows the process it is in and nothing of pages.
"""

from __future__ import annotations

import ctypes
import gc
import platform
import sys
from importlib.abc import MetaPathFinder
from typing import Final

import pyarrow as pa

KEPT_BYTES: Final = 64 * 1024 * 1024
"""So much freed memory at most stays with the process."""

LARGE_BYTES: Final = 256 * 1024
"""Pieces from this size on are handed back at once: those of Arrow. The tree of a page is made of smaller ones."""

YOUNG_OBJECTS: Final = 20_000
"""So many new objects are made before the collector looks for dead cycles among them; Python's default is 700."""

# malloc.h
_M_TRIM_THRESHOLD: Final = -1
_M_MMAP_THRESHOLD: Final = -3


def settle() -> None:
    """Prepare this process for reading many pages. To be called once imports are done."""
    spare_pandas()
    keep_freed_memory()
    settle_collector()


def spare_pandas() -> None:
    """Let Arrow make its first array without pandas, which it would else import where that is installed.

    It only asks whether the values are pandas' own: 43 MB and a fifth of a second for a no. Refused once, it imports
    pandas when a table is turned into a frame or made of one. Whoever imported pandas before keeps it.
    """
    if "pandas" not in sys.modules:
        refuser = _PandasRefuser()
        sys.meta_path.insert(0, refuser)
        try:
            pa.array(())
        finally:
            sys.meta_path.remove(refuser)


class _PandasRefuser(MetaPathFinder):
    """Says that there is no pandas to whoever would import it."""

    def find_spec(self, fullname: str, path: object, target: object = None) -> None:  # noqa: ARG002 - the interface's
        """Refuse pandas; leave everything else to the next finder."""
        if fullname == "pandas":
            raise ModuleNotFoundError("not needed here", name=fullname)


def keep_freed_memory() -> bool:
    """Let the C library keep what is freed instead of handing it back to the system at once; return whether it does.

    The tree of a page takes some megabytes. By its defaults glibc gives them back when the tree is gone, and each page
    faults them in again: half the time of a bare parse. Other C libraries are left as they are.
    """
    if platform.libc_ver()[0] != "glibc":
        return False
    mallopt = ctypes.CDLL(None).mallopt
    given = {_M_TRIM_THRESHOLD: KEPT_BYTES, _M_MMAP_THRESHOLD: LARGE_BYTES}
    return all(mallopt(option, size) == 1 for option, size in given.items())


def settle_collector() -> None:
    """Keep the collector of cycles from looking through everything that was imported, and let it look less often.

    Pages leave next to no cycles: lexbor's trees are freed with the last reference.
    """
    gc.collect()
    gc.freeze()
    gc.set_threshold(YOUNG_OBJECTS, 20, 20)
