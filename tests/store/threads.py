"""Threads that begin at the same moment, for tests of races."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor

THREADS = 8


def at_once(function, arguments=range(THREADS)):
    """Call `function` with each argument, each in a thread of its own, all at once."""
    arguments = list(arguments)
    start = threading.Barrier(len(arguments))

    def run(argument):
        start.wait(30)
        return function(argument)

    with ThreadPoolExecutor(len(arguments)) as pool:
        return list(pool.map(run, arguments))
