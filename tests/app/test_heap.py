"""The allocator is told to waste less, before a long life begins."""

from __future__ import annotations

import ctypes.util
import subprocess
import sys

import pytest

from tests.command import Command
from tests.conftest import require

THREADS = """
import ctypes, sys, threading
from hub.app import heap

if sys.argv[1] == "settled":
    assert heap.settle() is heap.Allocator.GLIBC
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


@pytest.mark.real
def test_a_hub_lives_with_jemalloc_and_says_so(tmp_path):
    library = ctypes.util.find_library("jemalloc")
    require(library is not None, "jemalloc")
    hub = Command(tmp_path)
    hub.environment |= {"LD_PRELOAD": library, "MALLOC_CONF": "abort_conf:true,narenas:2"}

    with hub.start("run", "--once") as process:
        _, log = process.communicate()

    assert process.returncode == 0, log
    assert '"allocator": "jemalloc"' in log
