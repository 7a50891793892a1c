"""The allocator is told to waste less, before a long life begins."""

from __future__ import annotations

import subprocess
import sys

THREADS = """
import ctypes, sys, threading
from hub.app import heap

if sys.argv[1] == "settled":
    assert heap.settle()
libc = ctypes.CDLL(None)
libc.malloc.restype = libc.fdopen.restype = ctypes.c_void_p
libc.free.argtypes = [ctypes.c_void_p]
libc.malloc_info.argtypes = [ctypes.c_int, ctypes.c_void_p]
together = threading.Barrier(8)

def work():
    block = libc.malloc(1000)
    together.wait()
    libc.free(block)

threads = [threading.Thread(target=work) for _ in range(8)]
for one in threads:
    one.start()
for one in threads:
    one.join()
libc.malloc_info(0, libc.fdopen(1, b"w"))
libc.fflush(None)
"""


def heaps(*, settled):
    """Return how many heaps glibc has made for eight threads."""
    words = [sys.executable, "-c", THREADS, "settled" if settled else "as it is"]
    told = subprocess.run(words, check=True, capture_output=True, text=True).stdout
    return told.count("<heap nr=")


def test_threads_share_a_few_heaps():
    assert heaps(settled=True) <= 2 < heaps(settled=False)
