"""Messages beside bare work, small enough for every test run; see `benchmarks/small.py`."""

from __future__ import annotations

import hashlib
import json
import sqlite3
import threading
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime
from itertools import count
from typing import TYPE_CHECKING, Any

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from pika.adapters.blocking_connection import BlockingConnection

from benchmarks.pair import Ground, Pair
from benchmarks.soak_exchange import Exchange
from hub.actors.messages import Wake
from hub.adapters.rabbit import RabbitRoad
from hub.adapters.rabbit_connection import parameters
from hub.adapters.rabbit_publisher import Publisher
from hub.flows import message_dispatch, message_intake
from hub.ports import Message, SystemClock
from tests.deployments import make_services
from tests.regions import CHENGDU, HANGZHOU, two_offices

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    from hub.flows.services import Services
    from hub.settings import RabbitSettings

A, B = "330100", "320500"
ROWS = 8  # that a message writes or changes: arrival, message, request, order, receipt, journal
KEY, ROAD = f"{B}.transfer.form", "regions"
BODY = ("申" * 200 + "x" * 424).encode()  # 1,024 bytes


@contextmanager
def accepting(ground: Ground, messages: int) -> Iterator[Pair]:
    """Prove, apply and answer signed messages; bare: check, sign, parse, hash, write, commit.

    A commit is for as many messages as a worker takes at once, on both sides.
    """
    here, there = two_offices(ground.folder)
    exchange = Exchange(None, there.key, CHENGDU, HANGZHOU, here.key.public)  # type: ignore[arg-type]
    waiting: list[Message] = []
    numbers, worker = count(1), here.worker()

    def prepare() -> None:
        at = here.clock.now()
        waiting[:] = [exchange.sealed(next(numbers), at) for _ in range(messages)]

    sample = Exchange(None, there.key, CHENGDU, HANGZHOU, here.key.public).sealed(  # type: ignore[arg-type]
        1, here.clock.now()
    )
    key, connection = Ed25519PrivateKey.generate(), sqlite3.connect(ground.folder / "bare.db")
    connection.execute("CREATE TABLE rows (id INTEGER PRIMARY KEY, body BLOB, hash TEXT)")

    def bare() -> None:
        public, signed = key.public_key(), key.sign(sample.body)
        for number in range(messages):
            public.verify(signed, sample.body)
            read = json.dumps(json.loads(sample.body), sort_keys=True).encode()
            key.sign(read)
            digest = hashlib.sha256(read).hexdigest()
            for _ in range(ROWS):
                connection.execute("INSERT INTO rows (body, hash) VALUES (?, ?)", (read, digest))
            if number % here.services.settings.limits.drain_max == 0:
                connection.commit()
        connection.commit()

    def ours() -> None:
        here.arrive(*waiting)
        while here.is_due():
            worker.on_receive(Wake())
        for one in here.outgoing():
            exchange.receipt(one.body)
        if exchange.unanswered:
            raise RuntimeError(f"{exchange.unanswered} messages without an answer")

    yield Pair(bare=bare, ours=ours, prepare=prepare)
    connection.close()
    here.store.close()
    there.store.close()


def _message(n: int) -> Message:
    return Message(id=f"s-{n}", type="transfer.form", key=KEY, body=BODY, at=datetime.now(UTC))


@contextmanager
def carrying(ground: Ground, messages: int) -> Iterator[Pair]:
    """Carry messages from outbox to inbox; bare: pika with confirms and acknowledgements."""
    node = ground.servers("rabbit")
    roads = node.prepare(A, B)
    services = [
        _hub(ground.folder / region, region, road)
        for region, road in zip((A, B), roads, strict=True)
    ]
    numbers = count(1)

    def bare() -> None:
        publisher = Publisher(roads[0])
        for _ in range(0, messages, roads[0].window):
            publisher.begin([_message(next(numbers)) for _ in range(roads[0].window)])()
        publisher.close()
        _consume(roads[1], messages)

    def prepare() -> None:
        with services[0].store.begin() as uow:
            for _ in range(messages):
                uow.messages.send(_message(next(numbers)), road=ROAD)

    def ours() -> None:
        while message_dispatch.dispatch(ROAD, services[0], without=set(), go_on=lambda: True).left:
            pass
        _receive(services[1], messages)

    yield Pair(bare=bare, ours=ours, prepare=prepare)
    for one in services:
        one.roads[ROAD].close()
        one.store.close()


def _hub(home: Path, region: str, road: RabbitSettings) -> Services:
    services = make_services(home, clock=SystemClock())
    agency = replace(services.settings.agency, region=region)
    settings = replace(services.settings, agency=agency, roads={ROAD: road})
    return replace(services, settings=settings, roads={ROAD: RabbitRoad(road)})


def _receive(services: Services, messages: int) -> None:
    """Listen until so many messages are committed."""
    stopping, taken = threading.Event(), 0

    def take(batch: Sequence[Message]) -> None:
        nonlocal taken
        message_intake.take_in(ROAD, f"{B}.messages", batch, services)
        taken += len(batch)
        if taken >= messages:
            stopping.set()

    services.roads[ROAD].listen(f"{B}.messages", take, stopping)


def _consume(road: RabbitSettings, messages: int) -> None:
    connection = BlockingConnection(parameters(road, "bare"))
    channel = connection.channel()
    channel.basic_qos(prefetch_count=road.window)
    taken = 0

    def on_message(_channel: Any, deliver: Any, _properties: Any, _body: bytes) -> None:  # noqa: ANN401
        nonlocal taken
        taken += 1
        if taken % 100 == 0 or taken == messages:
            channel.basic_ack(deliver.delivery_tag, multiple=True)

    channel.basic_consume(f"{B}.messages", on_message)
    while taken < messages:
        connection.process_data_events(time_limit=0.2)
    connection.close()
