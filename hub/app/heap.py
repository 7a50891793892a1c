"""Keeps a process that runs for months from growing: glibc's allocator, told to waste less.

glibc gives nearly every thread a heap of its own (an arena), lets the size from which a block is
mapped by itself grow to 32 MiB, and gives back only what is free at the end of a heap. Blocks
that live long, such as SQLite's pages, then pin what is free before them, with no object left
behind. Python's lock lets one thread allocate at a time anyway, so a few heaps for all cost
nothing. What this does and does not do under load: docs/decisions/0043.
"""

from __future__ import annotations

import ctypes
import threading
from functools import cache
from typing import Final

# numbers from malloc.h
_M_TRIM_THRESHOLD: Final = -1
_M_MMAP_THRESHOLD: Final = -3
_M_ARENA_MAX: Final = -8

ARENAS: Final = 2
ALONE_BYTES: Final = 256 * 1024  # from this size on a block goes back to the system when freed
TRIM_EVERY_S: Final = 60.0


@cache
def settle() -> bool:
    """Set the allocator for a long life, once, before threads begin; False without glibc."""
    libc = ctypes.CDLL(None)
    if not hasattr(libc, "mallopt") or not hasattr(libc, "malloc_trim"):
        return False
    wanted = {
        _M_ARENA_MAX: ARENAS,
        _M_MMAP_THRESHOLD: ALONE_BYTES,
        _M_TRIM_THRESHOLD: ALONE_BYTES,
    }
    results = [libc.mallopt(name, value) for name, value in wanted.items()]
    threading.Thread(target=_trim, args=(libc,), name="heap", daemon=True).start()
    return all(one == 1 for one in results)


def _trim(libc: ctypes.CDLL) -> None:
    """Give back whole pages that are free anywhere, again and again: some milliseconds each."""
    waiting = threading.Event()
    while not waiting.wait(TRIM_EVERY_S):
        libc.malloc_trim(0)
