"""Who is who: the one place that turns an actor's name into its current mailbox.

A restarted actor has a new mailbox, so nobody keeps a reference. They keep a name. What must
outlive one life of an actor (is it paused, when did it last look for work) is kept here too.
"""

from __future__ import annotations

import threading
import time
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Protocol

import pykka

from hub.actors.messages import Message, Pause, Resume, Wake

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from contextlib import AbstractContextManager


@dataclass(slots=True)
class _Entry:
    ref: pykka.ActorRef[Any] | None = None
    wake_pending: bool = False
    paused: bool = False
    idle: bool = False
    given_up: bool = False
    last_beat_s: float = 0.0


class Lanes(Protocol):
    """Which actors may work in this process and not in another (`hub.actors.leasing`)."""

    def holds(self, name: str) -> bool:
        """Tell whether an actor may begin another piece of work here."""
        ...

    def keeps(self, name: str) -> bool:
        """Tell whether the lane is still ours, if only for what has been begun."""
        ...

    def at_work(self, name: str) -> AbstractContextManager[bool]:
        """Keep the lane for a block, or yield False; what is committed within is fenced."""
        ...


class EveryLane:
    """The lanes of a process that knows of no other: all of them, without a fence."""

    def holds(self, name: str) -> bool:  # noqa: ARG002 -- the protocol's shape
        """Tell that an actor may work."""
        return True

    def keeps(self, name: str) -> bool:  # noqa: ARG002
        """Tell that nobody else works there."""
        return True

    @contextmanager
    def at_work(self, name: str) -> Iterator[bool]:  # noqa: ARG002
        """Let an actor work."""
        yield True


class Directory:
    """Thread-safe map of names to running actors; times are monotonic seconds."""

    def __init__(
        self, monotonic: Callable[[], float] = time.monotonic, lanes: Lanes | None = None
    ) -> None:
        self._monotonic = monotonic
        self._lanes = lanes or EveryLane()
        self._entries: dict[str, _Entry] = {}
        self._lock = threading.Lock()
        self._closing = threading.Event()

    def enter(self, name: str, ref: pykka.ActorRef[Any]) -> None:
        """Note an actor's new mailbox. A pause ordered in an earlier life stays in force."""
        with self._lock:
            entry = self._entries.setdefault(name, _Entry())
            entry.ref = ref
            entry.wake_pending = False
            entry.idle = False
            entry.last_beat_s = self._monotonic()

    def wake(self, name: str) -> None:
        """Wake an actor, unless it is gone or already has a wake it has not read.

        This is what bounds the mailboxes: however many wakes are sent, at most one waits.
        """
        with self._lock:
            entry = self._entries.get(name)
            if entry is None or entry.wake_pending or not _is_alive(entry):
                return
            entry.wake_pending = True
            entry.idle = False
        _send(entry, Wake())

    def pause(self, name: str) -> bool:
        """Let an actor take no more work; it finishes what it has begun. False if unknown."""
        return self._order(name, Pause(), paused=True)

    def resume(self, name: str) -> bool:
        """Let a paused actor work again. False if nobody has that name."""
        return self._order(name, Resume(), paused=False)

    def beat(self, name: str) -> None:
        """Note that an actor is at its desk. It calls this before it looks for work."""
        with self._lock:
            entry = self._entries.setdefault(name, _Entry())
            entry.wake_pending = False
            entry.last_beat_s = self._monotonic()

    def still_here(self, name: str) -> None:
        """Note that an actor is alive between two pieces of one look; its wakes stay unread."""
        with self._lock:
            self._entries[name].last_beat_s = self._monotonic()

    def rest(self, name: str) -> None:
        """Note that an actor looked for work and found nothing more to do."""
        with self._lock:
            entry = self._entries.setdefault(name, _Entry())
            entry.idle = not entry.wake_pending

    def is_idle(self, name: str) -> bool:
        """Tell whether an actor's last look found nothing and no wake has been sent since."""
        with self._lock:
            entry = self._entries.get(name)
            return entry is not None and entry.idle

    def give_up(self, name: str) -> None:
        """Note that the supervisor no longer restarts an actor."""
        with self._lock:
            self._entries.setdefault(name, _Entry()).given_up = True

    def is_given_up(self, name: str) -> bool:
        """Tell whether an actor was given up."""
        with self._lock:
            entry = self._entries.get(name)
            return entry is not None and entry.given_up

    def revive(self, name: str) -> bool:
        """Let the supervisor start a given-up actor again. False if it was not given up."""
        with self._lock:
            entry = self._entries.get(name)
            if entry is None or not entry.given_up:
                return False
            entry.given_up = False
            return True

    def may_work(self, name: str) -> bool:
        """Tell whether an actor may begin another piece: its lane ours, not paused, not closing."""
        with self._lock:
            entry = self._entries.get(name)
            if self._closing.is_set() or (entry is not None and entry.paused):
                return False
        return self._lanes.holds(name)

    def keeps(self, name: str) -> bool:
        """Tell whether an actor's lane is still ours: asked before an effect outside the store."""
        return self._lanes.keeps(name)

    @contextmanager
    def at_work(self, name: str) -> Iterator[bool]:
        """Keep an actor's lane for a block, or yield False: then it is not to work now."""
        with self._lanes.at_work(name) as ours:
            yield ours

    @property
    def is_closing(self) -> bool:
        """Tell whether the hub is about to stop."""
        return self._closing.is_set()

    def close(self) -> None:
        """Let every actor finish the piece it has begun and begin no other."""
        self._closing.set()

    def silent_s(self, name: str) -> float:
        """Return how long ago an actor last looked for work."""
        with self._lock:
            entry = self._entries.get(name)
            return 0.0 if entry is None else self._monotonic() - entry.last_beat_s

    def states(self) -> dict[str, str]:
        """Return each name's state in words: working, idle, paused, dead, given up."""
        with self._lock:
            return {name: _state(entry) for name, entry in sorted(self._entries.items())}

    def _order(self, name: str, message: Message, *, paused: bool) -> bool:
        # the flag is the order; the message only makes the actor notice it now
        with self._lock:
            entry = self._entries.get(name)
            if entry is None:
                return False
            entry.paused = paused
        _send(entry, message)
        return True


def _send(entry: _Entry, message: Message) -> None:
    try:
        if entry.ref is not None:
            entry.ref.tell(message)
    except pykka.ActorDeadError:
        return  # the supervisor will start another, which begins by looking for work


def _is_alive(entry: _Entry) -> bool:
    return entry.ref is not None and entry.ref.is_alive()


def _state(entry: _Entry) -> str:
    if entry.given_up:
        return "given up"
    if not _is_alive(entry):
        return "dead"
    if entry.paused:
        return "paused"
    return "idle" if entry.idle else "working"
