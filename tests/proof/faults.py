"""Fault points (故障点) put into a running hub from outside; its own code knows nothing of them.

A point is what is about to happen or has just happened, and where: `commit.after@…` and the hub's
function that wanted it, innermost first, the step or command behind `<`. Whatever passes a point
writes its name into the world's file of hits, so the list of points is what was passed and not
what somebody thought of. A process whose plan names a hit dies there by SIGKILL: nothing is
flushed, closed or rolled back by itself.
"""

from __future__ import annotations

import os
import signal
import sys
import threading
from collections import Counter
from dataclasses import dataclass, field
from functools import wraps
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

FILES = ("rename", "replace", "link", "fsync", "unlink", "remove", "mkdir", "ftruncate", "pwrite")
REQUESTS = ("create", "sync", "rename", "remove", "mkdir")  # of an SFTP session
BUSINESS = ("hub.flows.", "hub.actors.", "hub.app.", "hub.cli.")
KILLED = "!"  # before the name of the hit at which a process died


@dataclass
class Plan:
    """When a process dies: at the n-th hit of a name in its world, or at its own n-th of all."""

    hits: Path
    seen: Counter = field(default_factory=Counter)  # what the world's processes before it passed
    targets: frozenset = frozenset()  # of (name, n)
    after: int | None = None


class Points:
    """Counts hits, writes them down, and ends the process where its plan says so."""

    def __init__(self, plan: Plan) -> None:
        self.plan = plan
        self.passed = 0
        self.lock = threading.RLock()
        flags = os.O_WRONLY | os.O_APPEND | os.O_CREAT | os.O_CLOEXEC
        self.file = os.open(plan.hits, flags, 0o644)

    def hit(self, kind: str, where: str) -> None:
        name = f"{kind}@{where}"
        with self.lock:
            self.passed += 1
            self.plan.seen[name] += 1
            dies = self.passed == self.plan.after or (
                (name, self.plan.seen[name]) in self.plan.targets
            )
            os.write(self.file, f"{KILLED if dies else ''}{name}\n".encode())
            if dies:
                os.kill(os.getpid(), signal.SIGKILL)

    def around(self, holder, name: str, kind: str, *, skip: tuple[str, ...] = ()) -> None:
        """Put a point before and one after each call of a function that the hub makes."""
        real = getattr(holder, name)

        @wraps(real)
        def passing(*args, **named):
            where = place(skip)
            if where is None:
                return real(*args, **named)
            self.hit(f"{kind}.before", where)
            result = real(*args, **named)
            self.hit(f"{kind}.after", where)
            return result

        setattr(holder, name, passing)


def place(skip: tuple[str, ...] = ()) -> str | None:
    """Return where the hub is: its innermost function, and the step or command that wanted it."""
    frame = sys._getframe(2)
    inner = None
    while frame is not None:
        module = frame.f_globals.get("__name__", "")
        if module.startswith("hub.") and not module.startswith(skip):
            name = f"{module}.{frame.f_code.co_qualname.replace('.<locals>', '')}"
            if module.startswith(BUSINESS):
                return name if inner is None else f"{inner}<{name}"
            inner = inner or name
        frame = frame.f_back
    return inner


def install(plan: Plan) -> Points:
    """Put every fault point into this process."""
    points = Points(plan)
    for name in FILES:
        points.around(os, name, name)
    _commits(points)
    _requests(points)
    _broker(points)
    return points


def _commits(points: Points) -> None:
    from sqlalchemy.engine import Connection

    real = Connection._commit_impl

    def commit(self) -> None:
        where = place(("hub.store.",)) or "hub.store"
        if not self.get_execution_options().get("hub_write"):
            real(self)  # it has only read
            return
        points.hit("commit.before", where)
        real(self)
        points.hit("commit.after", where)

    Connection._commit_impl = commit


def _requests(points: Points) -> None:
    from hub.adapters.sftp_session import Session

    inside = ("hub.adapters.sftp_session",)
    for name in REQUESTS:
        points.around(Session, name, f"sftp.{name}", skip=inside)
    real = Session.write

    def write(self, handle, pieces) -> None:
        where = place(inside)

        def passing():
            for piece in pieces:
                points.hit("sftp.write.before", where)
                yield piece
                points.hit("sftp.write.asked", where)

        real(self, handle, passing())
        points.hit("sftp.write.after", where)

    Session.write = write


def _broker(points: Points) -> None:
    from pika.channel import Channel

    from hub.adapters.rabbit_publisher import _Line

    points.around(Channel, "basic_publish", "broker.publish")
    points.around(Channel, "basic_ack", "broker.ack")
    real = _Line._on_confirm

    def confirm(self, frame) -> None:
        points.hit("broker.confirm.before", "hub.adapters.rabbit_publisher._Line._on_confirm")
        real(self, frame)
        points.hit("broker.confirm.after", "hub.adapters.rabbit_publisher._Line._on_confirm")

    _Line._on_confirm = confirm


def read_hits(path: Path) -> list[str]:
    """Return the names that were passed, in order; those of the deaths begin with `!`."""
    return path.read_text("utf-8").splitlines() if path.exists() else []


def counted(path: Path) -> Counter:
    """Return how often each point was passed."""
    return Counter(name.removeprefix(KILLED) for name in read_hits(path))
