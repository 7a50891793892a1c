"""Roads of both kinds for two regions, and a listener in a thread."""

from __future__ import annotations

import threading
from contextlib import contextmanager
from itertools import count

from hub.adapters.rabbit import RabbitRoad
from hub.adapters.spool import SpoolRoad
from hub.ports import Message, Sent
from tests.doubles import NOON
from tests.waiting import eventually

A, B = "330100", "320500"
QUEUE = f"{B}.messages"
_numbers = count(1)


def message(number=None, *, key=f"{B}.transfer.form", body=None, **changes) -> Message:
    n = next(_numbers) if number is None else number
    values = {
        "id": f"m-{n}", "type": "transfer.form", "key": key, "at": NOON,
        "body": f"body {n}".encode() if body is None else body, "headers": {"n": str(n)},
    }  # fmt: skip
    return Message(**{**values, **changes})


class FolderPair:
    """Two hubs that share a folder."""

    kind = "folder"

    def __init__(self, folder) -> None:
        self.path = folder / "spool"
        self.a, self.b = SpoolRoad(self.path, A), SpoolRoad(self.path, B)
        self.a.declare()
        self.b.declare()
        self.sender = A

    def close(self) -> None:
        self.a.close()
        self.b.close()


class RabbitPair:
    """Two hubs on one broker."""

    kind = "rabbitmq"

    def __init__(self, node, **changes) -> None:
        self.node = node
        self.road_a, self.road_b = node.prepare(A, B, **changes)
        self.a, self.b = RabbitRoad(self.road_a), RabbitRoad(self.road_b)
        self.sender = self.road_a.user

    def close(self) -> None:
        self.a.close()
        self.b.close()


class Taker:
    """Takes what a queue brings, as a hub's store would; `before` may refuse or break."""

    def __init__(self) -> None:
        self.batches: list[list[Message]] = []
        self.before = lambda _batch: None
        self.asked = 0

    def __call__(self, messages) -> None:
        if not messages:
            self.asked += 1
        self.before(messages)
        if messages:
            self.batches.append(list(messages))

    @property
    def messages(self):
        return [one for batch in self.batches for one in batch]

    @property
    def ids(self):
        return [one.id for one in self.messages]

    def expect(self, count, *, timeout_s=30.0):
        """Wait until so many different messages were taken, and return the ids in order."""
        eventually(lambda: len(set(self.ids)) >= count, timeout_s=timeout_s, what=f"{count} taken")
        return self.ids


@contextmanager
def listening(road, queue=QUEUE, taker=None):
    """Listen in a thread for the length of a block; yields who takes."""
    taker = taker or Taker()
    stopping = threading.Event()
    failed = []

    def run():
        try:
            road.listen(queue, taker, stopping)
        except BaseException as error:
            failed.append(error)
            raise

    thread = threading.Thread(target=run, daemon=True)
    thread.start()
    try:
        yield taker
    finally:
        stopping.set()
        thread.join(20)
        assert not thread.is_alive(), "the listener did not stop"
        assert not failed, failed


def all_confirmed(outcomes) -> bool:
    return bool(outcomes) and set(outcomes) == {Sent.CONFIRMED}
