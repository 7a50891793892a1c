"""Keeps a process that runs for months small: its allocator, told to waste less.

Best is jemalloc, preloaded by who starts the process (docs/operations.md): it gives free pages back
wherever they lie. glibc gives nearly every thread a heap of its own (an arena), and lets the size
from which a block is mapped by itself grow to 32 MiB. Blocks that live long, such as SQLite's
pages, then pin what is free before them, with no object left behind. Python's lock lets one thread
allocate at a time anyway, so a few heaps for all cost nothing. What each does under load:
docs/decisions/0043 and 0044.
"""

from __future__ import annotations

import ctypes
from enum import StrEnum
from typing import Final

from hub.logs import log

ARENAS: Final = 2
ALONE_BYTES: Final = 256 * 1024  # from this size on a block goes back to the system when freed

# by numbers of malloc.h: M_TRIM_THRESHOLD, M_MMAP_THRESHOLD, M_ARENA_MAX
_WANTED: Final = {-1: ALONE_BYTES, -3: ALONE_BYTES, -8: ARENAS}


class Allocator(StrEnum):
    """What gives this process its memory."""

    JEMALLOC = "jemalloc"
    GLIBC = "glibc"
    OTHER = "other"


def settle() -> Allocator:
    """Set glibc's allocator for a long life, before threads begin; log and return whose it is."""
    process = ctypes.CDLL(None)
    if hasattr(process, "mallctl"):  # jemalloc's own; glibc's mallopt is there too, for nobody
        found = Allocator.JEMALLOC
    elif hasattr(process, "mallopt"):
        found = Allocator.GLIBC
        for name, value in _WANTED.items():
            process.mallopt(name, value)
    else:
        found = Allocator.OTHER
    log("heap").info("heap.settled", allocator=found)
    return found
