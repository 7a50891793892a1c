"""One hub at a time on SQLite, and what it last said about itself, for other processes to read.

Hubs that share a PostgreSQL hold the lock together; they say what they do in the database.
"""

from __future__ import annotations

import fcntl
import json
import os
from dataclasses import asdict
from typing import TYPE_CHECKING

from hub.errors import Unavailable
from hub.flows.running import LOCK_FILE, STATE_FILE, HubState, read_state

if TYPE_CHECKING:
    from pathlib import Path

__all__ = ["LOCK_FILE", "STATE_FILE", "FileLock", "HubLock", "HubState"]


class FileLock:
    """A SQLite file is for one hub process, whatever folders it works in."""

    def __init__(self, file: Path) -> None:
        self._file = file
        self._lock = HubLock(file.parent, name=f"{file.name}.lock")

    def acquire(self) -> None:
        """Take the lock; `Unavailable("sqlite_one_process")` when another process has it."""
        try:
            self._lock.acquire()
        except Unavailable as error:
            raise Unavailable("sqlite_one_process", file=self._file.name, **error.facts) from error

    def release(self) -> None:
        """Give the lock back; doing it twice is harmless."""
        self._lock.release()


class HubLock:
    """Held while a hub runs; the kernel releases it when the process ends, however it ends."""

    def __init__(self, work_dir: Path, *, name: str = LOCK_FILE) -> None:
        self._path = work_dir / name
        self._state_path = work_dir / STATE_FILE
        self._descriptor: int | None = None

    def acquire(self, *, shared: bool = False) -> None:
        """Take the lock, for ourselves or together with others that share the work too.

        `Unavailable("hub_already_running")` when another process has it.
        """
        self._path.parent.mkdir(parents=True, exist_ok=True)
        descriptor = os.open(self._path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o640)
        try:
            fcntl.flock(descriptor, (fcntl.LOCK_SH if shared else fcntl.LOCK_EX) | fcntl.LOCK_NB)
        except BlockingIOError as error:
            pid = os.read(descriptor, 20).decode("ascii", "replace").strip() or "?"
            os.close(descriptor)
            raise Unavailable("hub_already_running", pid=pid) from error
        os.ftruncate(descriptor, 0)
        os.pwrite(descriptor, str(os.getpid()).encode("ascii"), 0)
        self._descriptor = descriptor

    def release(self) -> None:
        """Give the lock back; doing it twice is harmless."""
        if self._descriptor is not None:
            os.close(self._descriptor)
            self._descriptor = None

    def write_state(self, state: HubState) -> None:
        """Publish the hub's state; a full disk costs the news, not the hub."""
        part = self._state_path.with_suffix(".part")
        try:
            part.write_text(json.dumps(asdict(state), ensure_ascii=False), "utf-8")
            part.replace(self._state_path)
        except OSError:
            return

    def read_state(self) -> HubState | None:
        """Return what the hub that runs now last said, or `None` when none runs."""
        return read_state(self._path.parent, name=self._path.name)
