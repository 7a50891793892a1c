"""Sends what one road has queued: woken by every commit that queues something, and by the clock."""

from __future__ import annotations

import random
import time
from typing import TYPE_CHECKING, Final, assert_never

import pykka

from hub.actors.messages import Message, Pause, Resume, Wake
from hub.errors import Unavailable
from hub.flows.message_dispatch import Dispatched, dispatch
from hub.logs import log

if TYPE_CHECKING:
    from collections.abc import Callable

    from hub.actors.directory import Directory
    from hub.flows.services import Services

BACKOFF_S: Final = 0.5  # at most this after the first failure, twice as long after each further
BACKOFF_MAX_S: Final = 30.0
LANE_REST_S: Final = 5.0  # before a queue that was full is asked again; the others go on


class MessageSender(pykka.ThreadingActor):
    """One road's sender. A road that is away is tried again later, each time after longer."""

    def __init__(
        self,
        name: str,
        road: str,
        services: Services,
        directory: Directory,
        *,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        super().__init__()
        self._name = name
        self._road = road
        self._services = services
        self._directory = directory
        self._monotonic = monotonic
        self._failures = 0
        self._not_before_s = float("-inf")
        self._full_until_s: dict[str, float] = {}
        self._log = log(name)

    def on_receive(self, message: Message) -> None:
        """Send what waits, unless the message says to stop."""
        match message:
            case Wake() | Resume():
                self._directory.beat(self._name)
                with self._directory.at_work(self._name) as ours:
                    if ours and self._monotonic() >= self._not_before_s:
                        self._drain()
            case Pause():
                self._log.info("actor.paused")
            case _:
                assert_never(message)

    def on_stop(self) -> None:
        """Give the connection back."""
        self._services.roads[self._road].close()

    def _drain(self) -> None:
        while self._may_go_on():
            now_s = self._monotonic()
            full = {lane for lane, until_s in self._full_until_s.items() if now_s < until_s}
            try:
                done = dispatch(self._road, self._services, without=full, go_on=self._may_go_on)
            except Unavailable as error:
                self._back_off(error.explain("en"))
                return
            if done.broken:
                self._back_off("the connection broke before everything was confirmed")
                return
            self._went_well(done)
            if not done.left:
                if not full:
                    self._directory.rest(self._name)
                return

    def _may_go_on(self) -> bool:
        self._directory.still_here(self._name)
        return self._directory.may_work(self._name)

    def _went_well(self, done: Dispatched) -> None:
        if self._failures and done.confirmed:
            self._log.info("sender.recovered", failures=self._failures)
            self._failures = 0
        if done.blocked:
            self._log.error("message.blocked", count=done.blocked)
        for lane in done.full_lanes:
            self._full_until_s[lane] = self._monotonic() + LANE_REST_S
            self._log.warning("sender.queue_full", lane=lane)

    def _back_off(self, reason: str) -> None:
        self._failures += 1
        most_s = min(BACKOFF_S * 2**self._failures, BACKOFF_MAX_S)
        self._not_before_s = self._monotonic() + random.uniform(0, most_s)  # noqa: S311 -- jitter
        emit = self._log.warning if self._failures == 1 else self._log.debug
        emit("sender.waits", reason=reason, failures=self._failures)
