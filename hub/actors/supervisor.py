"""Keeps every actor running, and says so when one will not stay up.

pykka calls `on_failure` when a message crashes an actor, but not when `on_start` does, so the
supervisor does not wait to be told: at every wake it looks. A thread cannot be killed, so a
silent actor is only reported.
"""

from __future__ import annotations

import time
from collections import deque
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final, Protocol

import pykka

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from hub.actors.directory import Directory
    from hub.actors.messages import Message

NAME: Final = "supervisor"
RESTART_DELAYS_S: Final = (0.0, 1.0, 5.0, 15.0, 60.0)
RESTARTS_MAX: Final = len(RESTART_DELAYS_S)
RESTARTS_WINDOW_S: Final = 300.0
SILENT_MAX_S: Final = 900.0  # longer than the longest step
STOP_TIMEOUT_S: Final = 15.0  # for all children together
STOP_GRACE_S: Final = 0.2  # for each child when others have used that time up


class Alarm(Protocol):
    """Tells people that something needs them; must not raise."""

    def __call__(self, event: str, actor: str, **facts: object) -> None:
        """Say what happened (`noun.verb`) to which actor."""
        ...


@dataclass(slots=True)
class Child:
    """One actor to keep running: its name, how to start it, and how often it has died."""

    name: str
    start: Callable[[], pykka.ActorRef[Any]]
    ref: pykka.ActorRef[Any] | None = None
    deaths_s: deque[float] = field(default_factory=deque)
    restart_at_s: float | None = None  # monotonic; None while it lives or is given up
    reported_silent: bool = False


class Supervisor(pykka.ThreadingActor):
    """Starts its children in order, restarts the dead one by one, and gives up loudly."""

    def __init__(
        self,
        children: Sequence[Child],
        directory: Directory,
        alarm: Alarm,
        *,
        delays_s: Sequence[float] = RESTART_DELAYS_S,
        silent_max_s: float = SILENT_MAX_S,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        super().__init__()
        self._children = list(children)
        self._directory = directory
        self._alarm = alarm
        self._delays_s = tuple(delays_s)
        self._silent_max_s = silent_max_s
        self._monotonic = monotonic

    def on_start(self) -> None:
        """Start every child in the order given."""
        self._directory.enter(NAME, self.actor_ref)
        for child in self._children:
            self._start(child)

    def on_receive(self, message: Message) -> None:  # noqa: ARG002 -- every message means: look
        """Look at every child: restart the dead when their delay is over, report the silent."""
        self._directory.beat(NAME)
        for child in self._children:
            if child.ref is not None and child.ref.is_alive():
                self._watch(child)
            elif not self._directory.is_given_up(child.name):
                self._look_after_dead(child)
        self._directory.rest(NAME)

    def on_stop(self) -> None:
        """Stop the children in reverse order, each after the piece of work it has begun."""
        self._directory.close()
        deadline_s = time.monotonic() + STOP_TIMEOUT_S
        for child in reversed(self._children):
            if child.ref is None:
                continue
            try:
                child.ref.stop(timeout=max(STOP_GRACE_S, deadline_s - time.monotonic()))
            except pykka.Timeout:
                self._alarm("actor.stuck", child.name)

    def _look_after_dead(self, child: Child) -> None:
        now_s = self._monotonic()
        if child.restart_at_s is None:
            child.restart_at_s = self._count_death(child, now_s)
        if now_s >= child.restart_at_s and not self._directory.is_given_up(child.name):
            self._start(child)

    def _count_death(self, child: Child, now_s: float) -> float:
        """Note a death and return when to start again; give the child up after too many."""
        child.deaths_s.append(now_s)
        while now_s - child.deaths_s[0] > RESTARTS_WINDOW_S:
            child.deaths_s.popleft()
        deaths = len(child.deaths_s)
        if deaths > len(self._delays_s):
            child.deaths_s.clear()  # an operator may revive it, with a clean record
            self._directory.give_up(child.name)
            self._alarm("actor.given_up", child.name, deaths=deaths, window_s=RESTARTS_WINDOW_S)
            return now_s
        delay_s = self._delays_s[deaths - 1]
        self._alarm("actor.died", child.name, deaths=deaths, restart_delay_s=delay_s)
        return now_s + delay_s

    def _start(self, child: Child) -> None:
        child.restart_at_s = None
        child.reported_silent = False
        try:
            child.ref = child.start()
        except Exception as error:  # noqa: BLE001 -- a child that cannot start must not end us
            child.ref = None
            self._alarm("actor.not_started", child.name, error=repr(error))
        else:
            self._directory.enter(child.name, child.ref)
            self._directory.wake(child.name)

    def _watch(self, child: Child) -> None:
        silent = self._directory.silent_s(child.name) > self._silent_max_s
        if silent and not child.reported_silent:
            self._alarm("actor.silent", child.name, silent_max_s=self._silent_max_s)
        child.reported_silent = silent
