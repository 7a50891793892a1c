"""The road over RabbitMQ: quorum queues, confirmed and routed publishing, commit before ack."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Final

from hub.adapters.rabbit_listener import Listener
from hub.adapters.rabbit_publisher import Publisher
from hub.domain.message_topology import commands_queue

if TYPE_CHECKING:
    import threading
    from collections.abc import Callable, Sequence

    from hub.ports import Message, Sent
    from hub.settings import RabbitSettings


COMMANDS_END: Final = commands_queue("")
COMMANDS_WINDOW: Final = 5


class RabbitRoad:
    """One broker. Every thread that listens has a connection of its own; sending has another."""

    def __init__(self, road: RabbitSettings) -> None:
        self._road = road
        self._publisher = Publisher(road)

    def send(self, messages: Sequence[Message]) -> Sequence[Sent]:
        """Publish in order, `window` under way at once; one outcome for each message."""
        return self._publisher.begin(messages)()

    def begin(self, messages: Sequence[Message]) -> Callable[[], Sequence[Sent]]:
        """Begin to publish on the thread that owns the connection, and return who waits."""
        return self._publisher.begin(messages)

    def listen(
        self,
        queue: str,
        take: Callable[[Sequence[Message]], None],
        stopping: threading.Event,
    ) -> None:
        """Give batches of a queue to `take` until told to stop; reconnects by itself.

        Commands are read a few at a time: whole files may be among them.
        """
        road = self._road
        if queue.endswith(COMMANDS_END):
            road = replace(road, window=min(road.window, COMMANDS_WINDOW))
        Listener(road, queue).run(take, stopping)

    def close(self) -> None:
        """Close the publishing connection; a later `send` opens another."""
        self._publisher.close()
