"""Reads a RabbitMQ queue: batch, commit, acknowledge, all on the thread that owns the connection.

A batch is committed in one transaction and acknowledged at once. While the broker delivers what
it delivered before, one message is fetched at a time: should one of them end the process each
time, it alone uses up its delivery limit, and not all those that were fetched with it.

A queue that is deleted takes its reader along, and the broker does not always say so (3.10 did
not, and counted a reader that got nothing, when the queue was declared anew a twentieth of a
second after its deletion). So a silence is not believed for ever: the broker is asked
whether somebody reads, and now and then the connection is made anew.
"""

from __future__ import annotations

import contextlib
import random
import time
from typing import TYPE_CHECKING, Any, Final

import pika

from hub.adapters.rabbit_connection import TROUBLE, parameters, refusal
from hub.adapters.rabbit_message import received
from hub.errors import Unavailable
from hub.logs import log

if TYPE_CHECKING:
    import threading
    from collections.abc import Callable, Sequence

    from hub.ports import Message
    from hub.settings import RabbitSettings

LOOK_S: Final = 0.2  # how soon a stop is noticed
CLOSE_S: Final = 0.003  # a message that follows another so soon is committed together with it
GATHER_S: Final = 0.03  # no message waits longer than this for others to come
DOUBT_S: Final = 5.0  # without a message for so long, the broker is asked whether it knows us
RENEW_S: Final = 300.0  # without a message for so long, the connection is made anew
RECONNECT_S: Final = 0.25  # at most this after the first failure, twice as long after each further


class ConsumerLost(Exception):
    """The broker gives us nothing any more, though the connection is open: the queue is gone."""


class Listener:
    """Reads one queue with a connection of its own, for as long as it takes."""

    def __init__(self, road: RabbitSettings, queue: str) -> None:
        self._road = road
        self._queue = queue
        self._failures = 0
        self._log = log(f"listen:{road.name}")

    def run(self, take: Callable[[Sequence[Message]], None], stopping: threading.Event) -> None:
        """Give batches to `take` until told to stop; whatever is lost is opened again."""
        while not stopping.is_set():
            try:
                take(())  # nothing is fetched for a hub whose store is away
                self._consume(take, stopping)
            except (*TROUBLE, ConsumerLost, Unavailable) as error:
                self._failures += 1
                self._say(error)
                most_s = min(RECONNECT_S * 2**self._failures, self._road.reconnect_max_s)
                stopping.wait(random.uniform(0, most_s))  # noqa: S311 -- jitter, no secret

    def _consume(
        self, take: Callable[[Sequence[Message]], None], stopping: threading.Event
    ) -> None:
        connection = pika.BlockingConnection(parameters(self._road, f"reads {self._queue}"))
        try:
            _Consumer(connection, self._queue, 2 * self._road.window).run(
                take, stopping, on_batch=self._recovered
            )
        finally:
            with contextlib.suppress(*TROUBLE):
                connection.close()

    def _recovered(self) -> None:
        if self._failures:
            self._log.info("listener.recovered", queue=self._queue, failures=self._failures)
        self._failures = 0

    def _say(self, error: BaseException) -> None:
        reason = refusal(self._road, error)
        emit = self._log.warning if self._failures == 1 else self._log.debug
        emit("listener.lost", queue=self._queue, code=reason.code, reason=reason.explain("en"))


class _Consumer:
    """One connection's consumer; careful (one at a time) until something new comes."""

    def __init__(self, connection: Any, queue: str, window: int) -> None:  # noqa: ANN401 -- pika's
        self._connection = connection
        self._queue = queue
        self._window = window
        self._channel = connection.channel()
        self._channel.queue_declare(queue, passive=True)
        self._channel.add_on_cancel_callback(self._on_cancel)
        self._pending: list[tuple[Any, Any, bytes]] = []
        self._is_lost = False
        self._tag = ""

    def run(
        self,
        take: Callable[[Sequence[Message]], None],
        stopping: threading.Event,
        *,
        on_batch: Callable[[], None],
    ) -> None:
        self._subscribe(1)
        careful = True
        asked_at_s = quiet_since_s = time.monotonic()
        while not stopping.is_set():
            self._connection.process_data_events(time_limit=0 if self._pending else LOOK_S)
            self._gather()
            lost = self._is_lost or not self._channel.is_open
            if lost or self._tag not in self._channel.consumer_tags:
                raise ConsumerLost(self._queue)
            now_s = time.monotonic()
            if self._pending:
                asked_at_s = quiet_since_s = now_s
                careful = self._take_batch(take, careful=careful)
                on_batch()
            elif now_s - quiet_since_s > RENEW_S:
                return
            elif now_s - asked_at_s > DOUBT_S:
                asked_at_s = now_s
                self._require_reader()

    def _take_batch(self, take: Callable[[Sequence[Message]], None], *, careful: bool) -> bool:
        """Commit and acknowledge what has come, and return whether to be careful still."""
        batch, self._pending = self._pending[: self._window], self._pending[self._window :]
        last = batch[-1][0]
        hurries = careful and not last.redelivered
        if hurries:  # before the ack, so that nothing is fetched and given back
            self._channel.basic_cancel(self._tag)
        take([received(*one) for one in batch])  # commits
        self._channel.basic_ack(last.delivery_tag, multiple=True)
        if hurries:
            self._subscribe(2 * self._window)  # the next batch comes while one is committed
        return careful and not hurries

    def _gather(self) -> None:
        """Take what follows closely, so that one commit is for many."""
        before, until_s = 0, time.monotonic() + GATHER_S
        while before < len(self._pending) < self._window and time.monotonic() < until_s:
            before = len(self._pending)
            self._connection.process_data_events(time_limit=CLOSE_S)

    def _require_reader(self) -> None:
        """Ask whether anybody reads the queue; a deletion at the wrong moment tells nobody."""
        found = self._channel.queue_declare(self._queue, passive=True)
        if found.method.consumer_count == 0:
            raise ConsumerLost(self._queue)

    def _subscribe(self, prefetch: int) -> None:
        self._channel.basic_qos(prefetch_count=prefetch)
        self._tag = self._channel.basic_consume(self._queue, self._on_message)

    def _on_message(self, _channel: Any, deliver: Any, sent: Any, body: bytes) -> None:  # noqa: ANN401
        self._pending.append((deliver, sent, body))

    def _on_cancel(self, _frame: object) -> None:
        self._is_lost = True
