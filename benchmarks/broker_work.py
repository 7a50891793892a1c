"""The processes of benchmarks/broker.py: one sends or takes, bare or as the hub does it."""

from __future__ import annotations

import json
import sys
import tempfile
import threading
import time
from array import array
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from statistics import median, quantiles
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

import pika
from pika.adapters.blocking_connection import BlockingConnection

from hub.actors.directory import Directory
from hub.actors.message_listener import MessageListener
from hub.actors.message_sender import MessageSender
from hub.actors.messages import Wake
from hub.adapters.rabbit import RabbitRoad
from hub.adapters.rabbit_connection import parameters
from hub.adapters.rabbit_publisher import Publisher
from hub.errors import Unavailable
from hub.ports import Message, SystemClock
from hub.settings import RabbitSettings
from hub.store.engine import Store
from tests.deployments import make_services

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from hub.flows.services import Services

A, B = "330100", "320500"
QUEUE, KEY = f"{B}.messages", f"{B}.transfer.form"
BODY = ("申" * 200 + "x" * 424).encode()  # 1,024 bytes
WAIT_S = 3600.0


def now() -> datetime:
    return datetime.now(UTC)


def message(n: int) -> Message:
    # the sender's clock travels along, so that the receiver can tell how old a message is
    return Message(id=f"b-{n}", type="transfer.form", key=KEY, body=BODY, at=now())


def bare_send(road: RabbitSettings, count: int) -> None:
    publisher = Publisher(road)
    publisher.begin([])()
    gate()
    done = 0
    while done < count:
        some = [message(n) for n in range(done, min(done + 4 * road.window, count))]
        done += len(publisher.begin(some)())
    publisher.close()


def one_by_one_send(road: RabbitSettings, count: int) -> None:
    connection = BlockingConnection(parameters(road, "bench"))
    channel = connection.channel()
    channel.confirm_delivery()
    gate()
    for n in range(count):
        properties = pika.BasicProperties(delivery_mode=2, message_id=f"b-{n}")
        channel.basic_publish("hub", KEY, BODY, properties, mandatory=True)
    connection.close()


def bare_take(road: RabbitSettings, count: int) -> None:
    connection = BlockingConnection(parameters(road, "bench"))
    channel = connection.channel()
    channel.basic_qos(prefetch_count=road.window)
    taken = 0

    def on_message(_channel: Any, deliver: Any, _properties: Any, _body: bytes) -> None:  # noqa: ANN401
        nonlocal taken
        taken += 1
        if taken % 100 == 0 or taken == count:
            channel.basic_ack(deliver.delivery_tag, multiple=True)

    channel.basic_consume(QUEUE, on_message)
    gate()
    while taken < count:
        connection.process_data_events(time_limit=0.2)
    connection.close()


def hub_services(road: RabbitSettings, region: str, url: str | None) -> Services:
    """Return services as `hub run` has them: the store as it is in production."""
    home = Path(tempfile.mkdtemp(prefix=f"hub-bench-{region}-"))
    services = make_services(home, clock=SystemClock())
    services.store.close()
    store = Store.open(url or services.settings.store.url)
    store.migrate()
    settings = replace(
        services.settings,
        agency=replace(services.settings.agency, region=region),
        roads=MappingProxyType({road.name: road}),
        limits=replace(services.settings.limits, backlog_max=1_000_000),
    )
    return replace(services, store=store, settings=settings, roads={road.name: RabbitRoad(road)})


def hub_send(road: RabbitSettings, count: int, url: str | None, rate: float) -> None:
    services = hub_services(road, A, url)
    directory = Directory()
    name = f"send:{road.name}"
    ref = MessageSender.start(name, road.name, services, directory)
    directory.enter(name, ref)
    services.store.on_queued = lambda _road: directory.wake(name)
    told = services.store.on_queued

    def queue(first: int, last: int) -> None:
        with services.store.begin() as uow:
            for n in range(first, last):
                uow.messages.send(message(n), road=road.name)

    if not rate:  # everything stands in the outbox before the clock starts
        services.store.on_queued = lambda _road: None
        for first in range(0, count, 1000):
            queue(first, min(first + 1000, count))
        services.store.on_queued = told
        gate()
        directory.wake(name)
    else:
        gate()
        pause = threading.Event()
        begun_s = time.monotonic()
        for n in range(count):
            pause.wait(max(0.0, begun_s + n / rate - time.monotonic()))
            queue(n, n + 1)

    def left() -> bool:
        try:
            with services.store.read() as uow:
                return bool(uow.messages.queued(road.name, limit=1))
        except Unavailable:  # SQLite: one commit after another left no gap
            return True

    while left():
        threading.Event().wait(0.25)
    ref.stop()
    services.store.close()


def hub_take(road: RabbitSettings, count: int, url: str | None) -> None:
    services = hub_services(road, B, url)
    directory = Directory()
    done = threading.Event()
    ages_ms = array("d")
    real = services.roads[road.name]

    class Counted:
        """The road, and how old each message was when its batch was committed."""

        def listen(
            self,
            queue: str,
            take: Callable[[Sequence[Message]], None],
            stopping: threading.Event,
        ) -> None:
            def counted(batch: Sequence[Message]) -> None:
                take(batch)  # returns once it is committed
                at = now()
                ages_ms.extend((at - one.at).total_seconds() * 1000 for one in batch)
                if len(ages_ms) >= count:
                    done.set()

            real.listen(queue, counted, stopping)

    services = replace(services, roads={road.name: Counted()})
    name = f"listen:{road.name}:{QUEUE}"
    ref = MessageListener.start(name, road.name, QUEUE, services, directory)
    directory.enter(name, ref)
    ref.tell(Wake())
    gate()
    if not done.wait(WAIT_S):
        raise SystemExit("not everything arrived")
    cuts = quantiles(ages_ms, n=100)
    sys.stderr.write(json.dumps({"p50": round(median(ages_ms), 1), "p99": round(cuts[98], 1)}))
    ref.stop()
    services.store.close()


def gate() -> None:
    print("ready", flush=True)
    sys.stdin.readline()


def work(words: list[str]) -> None:
    role, settings, count, url, rate = words
    values = json.loads(settings)
    road = RabbitSettings(**{**values, "command_channels": tuple(values["command_channels"])})
    store = None if url == "-" else url
    {
        "bare_send": lambda: bare_send(road, int(count)),
        "one_by_one_send": lambda: one_by_one_send(road, int(count)),
        "bare_take": lambda: bare_take(road, int(count)),
        "hub_send": lambda: hub_send(road, int(count), store, float(rate)),
        "hub_take": lambda: hub_take(road, int(count), store),
    }[role]()


if __name__ == "__main__":
    work(sys.argv[1:])
