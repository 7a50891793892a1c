"""Keeps a process that runs for months from growing: glibc's allocator, told to waste less.

glibc gives nearly every thread a heap of its own (an arena) and lets the size from which a block
is mapped by itself grow to 32 MiB. Blocks that live long, such as SQLite's pages, then pin what
is free around them, and each heap keeps a slack of its own: some 12 MB an hour under load, with
no object left behind (docs/reliability.md, Soak). Python's lock lets one thread allocate at a
time anyway, so a few heaps for all cost nothing.
"""

from __future__ import annotations

import ctypes
from typing import Final

# numbers from malloc.h
_M_TRIM_THRESHOLD: Final = -1
_M_MMAP_THRESHOLD: Final = -3
_M_ARENA_MAX: Final = -8

ARENAS: Final = 2
ALONE_BYTES: Final = 256 * 1024  # from this size on a block goes back to the system when freed


def settle() -> bool:
    """Set the allocator for a long life, before threads begin; False where there is no glibc."""
    mallopt = getattr(ctypes.CDLL(None), "mallopt", None)
    if mallopt is None:
        return False
    wanted = {
        _M_ARENA_MAX: ARENAS,
        _M_MMAP_THRESHOLD: ALONE_BYTES,
        _M_TRIM_THRESHOLD: ALONE_BYTES,
    }
    results = [mallopt(name, value) for name, value in wanted.items()]
    return all(one == 1 for one in results)
