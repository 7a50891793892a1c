"""Keeps a process that runs for months small: glibc's allocator, told to waste less.

glibc gives nearly every thread a heap of its own (an arena), and lets the size from which a block
is mapped by itself grow to 32 MiB. Blocks that live long, such as SQLite's pages, then pin what is
free before them, with no object left behind. Python's lock lets one thread allocate at a time
anyway, so a few heaps for all cost nothing. What it does under load: docs/decisions/0043.
"""

from __future__ import annotations

import ctypes
from typing import Final

ARENAS: Final = 2
ALONE_BYTES: Final = 256 * 1024  # from this size on a block goes back to the system when freed

# by numbers of malloc.h: M_TRIM_THRESHOLD, M_MMAP_THRESHOLD, M_ARENA_MAX
_WANTED: Final = {-1: ALONE_BYTES, -3: ALONE_BYTES, -8: ARENAS}


def settle() -> bool:
    """Set the allocator for a long life, before threads begin; False where there is no glibc."""
    mallopt = getattr(ctypes.CDLL(None), "mallopt", None)
    if mallopt is None:
        return False
    results = [mallopt(name, value) for name, value in _WANTED.items()]
    return all(one == 1 for one in results)
