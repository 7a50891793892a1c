"""Publishes to RabbitMQ with confirms, many at a time, on a thread that owns the connection.

The thread runs pika's own loop, so heartbeats are kept while nobody sends. A connection that is
lost is not mended: whatever it had not confirmed is unknown, and the next `send` opens another.
"""

from __future__ import annotations

import threading
from functools import partial
from typing import TYPE_CHECKING, Any, Final

import pika
from pika.exceptions import ChannelClosedByBroker

from hub.adapters.rabbit_connection import TROUBLE, parameters, refusal
from hub.adapters.rabbit_message import properties
from hub.domain.message_topology import EXCHANGE
from hub.errors import HubError
from hub.ports import Message, Sent

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from hub.settings import RabbitSettings

FORBIDDEN: Final = 403  # AMQP: the login may not write this key
CLOSE_S: Final = 5.0


class Publisher:
    """Sends batches, one under way at a time; called by one thread."""

    def __init__(self, road: RabbitSettings) -> None:
        self._road = road
        self._line: _Line | None = None
        self._job: _Job | None = None

    def begin(self, messages: Sequence[Message]) -> Callable[[], list[Sent]]:
        """Begin to publish a batch; what is returned waits for one outcome for each message.

        `Unavailable`, from either, when nobody can be reached. A batch for which nobody waited
        is given up together with its connection.
        """
        if self._job is not None and not self._job.done.is_set():
            self.close()
        line = self._open()
        job = self._job = line.start_job(messages)
        return lambda: self._finish(line, job)

    def _finish(self, line: _Line, job: _Job) -> list[Sent]:
        outcomes, error = line.wait(job)
        if _is_forbidden(error):  # one of them is; which one shows when each goes alone
            for n, outcome in enumerate(outcomes):
                if outcome is Sent.UNKNOWN:
                    outcomes[n] = self._alone(job.messages[n])
        elif error is not None and all(o is Sent.UNKNOWN for o in outcomes):
            raise refusal(self._road, error)
        return outcomes

    def _alone(self, message: Message) -> Sent:
        line = self._open()
        job = self._job = line.start_job([message])
        [outcome], error = line.wait(job)
        return Sent.UNROUTABLE if _is_forbidden(error) else outcome

    def close(self) -> None:
        """Close the connection and wait until its thread has ended."""
        line, self._line = self._line, None
        if line is not None:
            line.end()
            line.join(CLOSE_S)

    def _open(self) -> _Line:
        if self._line is None or not self._line.is_open():
            self.close()
            self._line = _Line(self._road)
            self._line.start()
            self._line.wait_until_open()
        return self._line


class _Job:
    """One batch under way: which delivery tag is which message."""

    def __init__(self, messages: Sequence[Message]) -> None:
        self.messages = messages
        self.outcomes = [Sent.UNKNOWN] * len(messages)
        self.begun = 0
        self.waiting: dict[int, int] = {}  # delivery tag -> position, in the order of tags
        self.returned: set[str] = set()
        self.settled = 0
        self.done = threading.Event()


class _Line(threading.Thread):
    """One connection, from its opening to its end, and the thread that owns it."""

    def __init__(self, road: RabbitSettings) -> None:
        super().__init__(name=f"publish:{road.name}", daemon=True)
        self._road = road
        self._connection: pika.SelectConnection | None = None
        self._channel: Any = None
        self._error: BaseException | None = None
        self._opened = threading.Event()  # or failed to
        self._lock = threading.Lock()
        self._ended = False
        self._job: _Job | None = None
        self._tag = 0

    # called by others

    def is_open(self) -> bool:
        return self._channel is not None and not self._ended

    def wait_until_open(self) -> None:
        self._opened.wait(self._road.connect_timeout_s)
        if not self.is_open():
            self.end()
            raise refusal(self._road, self._error)

    def start_job(self, messages: Sequence[Message]) -> _Job:
        job = _Job(messages)
        with self._lock:
            if self._ended:
                job.done.set()
                return job
            self._job = job
        self._call(self._pump)
        return job

    def wait(self, job: _Job) -> tuple[list[Sent], BaseException | None]:
        """Return the outcomes, and what ended the connection if it has ended."""
        before = -1
        while not job.done.wait(self._road.confirm_timeout_s) and before != job.settled:
            before = job.settled
        if not job.done.is_set():  # not one confirmation in all that time
            self.end()
            job.done.wait(CLOSE_S)
            return list(job.outcomes), self._error or TimeoutError("no confirmation in time")
        return list(job.outcomes), self._error if self._ended else None

    def end(self) -> None:
        self._call(self._close)

    def _call(self, what: Any) -> None:  # noqa: ANN401 -- a bound method
        connection = self._connection
        if connection is not None and not self._ended:
            connection.ioloop.add_callback_threadsafe(what)

    # the thread's own

    def run(self) -> None:
        try:
            self._connection = pika.SelectConnection(
                parameters(self._road, "publisher"),
                on_open_callback=self._on_open,
                on_open_error_callback=self._on_end,
                on_close_callback=self._on_end,
            )
            self._connection.ioloop.start()
        except (*TROUBLE, HubError) as error:
            self._error = self._error or error
        finally:
            with self._lock:
                self._ended = True
                job = self._job
            self._opened.set()
            if job is not None:
                job.done.set()

    def _on_open(self, connection: pika.SelectConnection) -> None:
        connection.channel(on_open_callback=self._on_channel)

    def _on_channel(self, channel: Any) -> None:  # noqa: ANN401 -- pika's own, untyped here
        channel.add_on_return_callback(self._on_return)
        channel.add_on_close_callback(self._on_channel_end)
        channel.confirm_delivery(self._on_confirm, callback=partial(self._on_ready, channel))

    def _on_ready(self, channel: Any, _frame: object) -> None:  # noqa: ANN401
        self._channel = channel
        self._opened.set()

    def _pump(self) -> None:
        """Publish until the window is full or everything is under way."""
        job = self._job
        if job is None or not self._channel.is_open:
            return
        while job.begun < len(job.messages) and len(job.waiting) < self._road.window:
            message = job.messages[job.begun]
            self._tag += 1
            job.waiting[self._tag] = job.begun
            job.begun += 1
            self._channel.basic_publish(
                EXCHANGE,
                message.key,
                message.body,
                properties(message, self._road.user),
                mandatory=True,
            )
        if job.settled == len(job.messages):
            job.done.set()

    def _on_return(self, _channel: Any, _method: Any, sent: Any, _body: bytes) -> None:  # noqa: ANN401
        if self._job is not None:  # the broker says so before it confirms
            self._job.returned.add(sent.message_id)

    def _on_confirm(self, frame: Any) -> None:  # noqa: ANN401
        job, method = self._job, frame.method
        if job is None:
            return
        nacked = isinstance(method, pika.spec.Basic.Nack)
        if method.multiple:
            tags = [tag for tag in job.waiting if tag <= method.delivery_tag]
        else:
            tags = [method.delivery_tag]
        for tag in tags:
            n = job.waiting.pop(tag)
            job.settled += 1
            if nacked:
                job.outcomes[n] = Sent.NACKED
            elif job.messages[n].id in job.returned:
                job.outcomes[n] = Sent.UNROUTABLE
            else:
                job.outcomes[n] = Sent.CONFIRMED
        self._pump()

    def _on_channel_end(self, _channel: Any, error: BaseException) -> None:  # noqa: ANN401
        self._error = self._error or error
        self._close()

    def _close(self) -> None:
        connection = self._connection
        if connection is None:
            return
        if connection.is_open:
            connection.close()
        elif not connection.is_closing:
            connection.ioloop.stop()

    def _on_end(self, connection: pika.SelectConnection, error: BaseException) -> None:
        self._error = self._error or error
        connection.ioloop.stop()


def _is_forbidden(error: BaseException | None) -> bool:
    return isinstance(error, ChannelClosedByBroker) and error.reply_code == FORBIDDEN
