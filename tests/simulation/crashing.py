"""A hub's process that can die anywhere: its store, its doors to banks, and the clock of its death.

Every unit of work and every call to a partner is a place where the process may end. `Crash` is
no `Exception`: nothing in the hub catches it, so what was not committed is gone, as after kill -9.
"""

from __future__ import annotations

import io
import shutil
import sqlite3
from contextlib import contextmanager
from hashlib import sha256 as digest

from sqlalchemy import event

from hub.errors import DeliveryUnknown, Place, Rejected, Unavailable
from hub.store.engine import Store


class Crash(BaseException):
    """The process is gone; where it was."""


class Fuse:
    """Counts down the places that are passed; at the last one the process dies."""

    def __init__(self) -> None:
        self.left = None

    def light(self, places):
        self.left = places

    def out(self):
        self.left = None

    def burn(self, place):
        if self.left is None:
            return
        self.left -= 1
        if self.left <= 0:
            self.left = None
            raise Crash(place)


class CrashingStore(Store):
    """The real store, on a copy of a migrated database that is made anew for every run."""

    fuse: Fuse
    committed = staticmethod(lambda: None)  # told after each unit that was committed

    @classmethod
    def over(cls, template, file, fuse) -> CrashingStore:
        store = cls.open(f"sqlite:///{file}")
        event.listen(store._engine, "connect", _without_a_disk)
        store.template, store.file, store.fuse = template, file, fuse
        return store

    def renew(self):
        """Forget everything, as if no unit had ever been committed."""
        self.close()
        shutil.copyfile(self.template, self.file)

    def look(self):
        """Return a connection of our own, past all of the hub's code."""
        return sqlite3.connect(f"file:{self.file}?mode=ro", uri=True, isolation_level=None)

    @contextmanager
    def _unit(self):
        with super()._unit() as uow:
            yield uow
            self.fuse.burn("before a commit")
        self.committed()
        self.fuse.burn("after a commit")


def _without_a_disk(connection, _record):
    for pragma in ("journal_mode=MEMORY", "synchronous=OFF"):
        connection.execute(f"PRAGMA {pragma}")


class LossyChannel:
    """A bank's folder behind a bad line: what a sender is told need not be what happened.

    `next_fault` is used up by the next `put`. Within the port's promise: a file appears whole or
    not at all, `Unavailable` means that it did not appear, `DeliveryUnknown` that nobody knows.
    """

    FAULTS = ("cut", "lost_answer", "lost_request", "down")

    def __init__(self, fuse) -> None:
        self.fuse = fuse
        self.files = {}  # what lies in the folder
        self.arrived = []  # (name, bytes), everything that ever appeared, in order
        self.next_fault = None
        self.watch = lambda _name, _content: None

    def put(self, name, content, *, sha256):
        self.fuse.burn("before a put")
        fault, self.next_fault = self.next_fault, None
        if fault in ("cut", "down"):
            raise Unavailable("folder_unavailable", folder="bank", reason=fault)
        if fault != "lost_request":
            body = content.read()
            assert digest(body).hexdigest() == sha256, "the archive gave other bytes"
            if self.files.get(name, body) != body:
                raise Rejected("delivery_name_conflict", place=Place(file=name))
            if name not in self.files:
                self.watch(name, body)
                self.files[name] = body
                self.arrived.append((name, body))
        self.fuse.burn("after a put")
        if fault is not None:
            raise DeliveryUnknown("delivery_not_confirmed", place=Place(file=name))

    def fingerprint(self, name):
        self.fuse.burn("before a look")
        if self.next_fault == "down":
            self.next_fault = None
            raise Unavailable("folder_unavailable", folder="bank", reason="down")
        found = self.files.get(name)
        return None if found is None else digest(found).hexdigest()

    def take(self, name):
        """Take a file away, as a bank does that empties its folder."""
        return self.files.pop(name)

    def open(self, name):
        return io.BytesIO(self.files[name])
