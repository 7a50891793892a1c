"""A disk that takes no byte, for this process and for a while: what `ulimit -f 0` does."""

from __future__ import annotations

import resource
import signal
from contextlib import contextmanager


@contextmanager
def no_room(bytes_max=0):
    """Let no file of this process become larger; the system then says EFBIG."""
    limits = resource.getrlimit(resource.RLIMIT_FSIZE)
    handler = signal.signal(signal.SIGXFSZ, signal.SIG_IGN)  # it would end the process
    resource.setrlimit(resource.RLIMIT_FSIZE, (bytes_max, limits[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, limits)
        signal.signal(signal.SIGXFSZ, handler)
