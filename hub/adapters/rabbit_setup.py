"""Declares a region's exchanges and queues on a broker, and finds out what differs from that.

Declaring is idempotent: what is there already stays, and what is there with other arguments is
reported, never deleted, because messages may be in it.
"""

from __future__ import annotations

import contextlib
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

import pika
from pika.exceptions import ChannelClosedByBroker

from hub.adapters.rabbit_connection import TROUBLE, parameters, refusal
from hub.domain.message_topology import DEAD_EXCHANGE, EXCHANGE, Queue, dead_queue, queues

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from hub.settings import RabbitSettings

EXCHANGES: Final[Mapping[str, str]] = {EXCHANGE: "topic", DEAD_EXCHANGE: "direct"}
NOT_FOUND: Final = 404


@dataclass(frozen=True, slots=True, kw_only=True)
class Drift:
    """One thing that is not as it should be: `missing`, `different`, `unexpected`, `unchecked`."""

    what: str
    problem: str
    detail: str = ""


def arguments(road: RabbitSettings, region: str, queue: Queue) -> dict[str, Any]:
    """Return a queue's arguments: replicated, nothing dropped, nothing delivered for ever."""
    quorum = {"x-queue-type": "quorum"}
    if queue.name == dead_queue(region):
        return quorum  # it takes everything and keeps it
    return {
        **quorum,
        "x-single-active-consumer": True,
        "x-delivery-limit": road.delivery_limit,
        "x-dead-letter-exchange": DEAD_EXCHANGE,
        "x-dead-letter-routing-key": dead_queue(region),
        "x-dead-letter-strategy": "at-least-once",
        "x-overflow": "reject-publish",  # a full queue says no to the sender, who keeps it
        "x-max-length": road.queue_length_max,
    }


def bindings(region: str) -> Iterator[tuple[str, str, str]]:
    """Yield every binding of a region: exchange, queue, key."""
    for queue in queues(region):
        exchange = DEAD_EXCHANGE if queue.name == dead_queue(region) else EXCHANGE
        for key in queue.keys:
            yield exchange, queue.name, key


def declare(road: RabbitSettings, region: str) -> list[Drift]:
    """Create what is missing; return what is there but different, and was left alone."""
    drift = []
    with _connection(road) as connection:
        drift += _tried(connection, road, region, create=True)
        channel = connection.channel()
        for exchange, queue, key in bindings(region):
            channel.queue_bind(queue, exchange, key)
    return drift


def check(road: RabbitSettings, region: str) -> list[Drift]:
    """Return what is missing or different, creating nothing; bindings cannot be seen this way."""
    with _connection(road) as connection:
        return _tried(connection, road, region, create=False)


def depth(road: RabbitSettings, region: str) -> list[dict[str, Any]]:
    """Return how many messages wait in each queue of a region, and how many read it."""
    found = []
    with _connection(road, ours=True) as connection:
        for queue in queues(region):
            try:
                ok = connection.channel().queue_declare(queue.name, passive=True).method
            except ChannelClosedByBroker as error:
                found.append({"queue": queue.name, "problem": error.reply_text})
            else:
                found.append(
                    {
                        "queue": queue.name,
                        "messages": ok.message_count,
                        "readers": ok.consumer_count,
                    }
                )
    return found


@contextlib.contextmanager
def _connection(road: RabbitSettings, *, ours: bool = False) -> Iterator[Any]:
    """Open a connection, as the broker's administrator if there is one and nobody minds."""
    user = None if ours else road.admin_user
    try:
        connection = pika.BlockingConnection(
            parameters(road, "setup", user=user, password=road.admin_password)
        )
    except TROUBLE as error:
        raise refusal(road, error) from error
    try:
        yield connection
    except ChannelClosedByBroker as error:
        raise refusal(road, error) from error
    finally:
        with contextlib.suppress(*TROUBLE):
            connection.close()


def _tried(connection: Any, road: RabbitSettings, region: str, *, create: bool) -> list[Drift]:  # noqa: ANN401
    drift = []
    for exchange, kind in EXCHANGES.items():
        found = _one(
            connection,
            f"exchange {exchange}",
            lambda channel, passive, name=exchange, kind=kind: channel.exchange_declare(
                name, kind, passive=passive, durable=True
            ),
            create=create,
        )
        drift += [found] if found else []
    for queue in queues(region):
        found = _one(
            connection,
            f"queue {queue.name}",
            lambda channel, passive, queue=queue: channel.queue_declare(
                queue.name,
                passive=passive,
                durable=True,
                arguments=None if passive else arguments(road, region, queue),
            ),
            create=create,
        )
        drift += [found] if found else []
    return drift


def _one(connection: Any, what: str, declare_it: Any, *, create: bool) -> Drift | None:  # noqa: ANN401
    """Declare one thing; a check looks first whether it is there, since declaring would make it.

    The broker closes the channel when it says no, so each look has one of its own.
    """
    try:
        if not create:
            declare_it(connection.channel(), True)
        declare_it(connection.channel(), False)
    except ChannelClosedByBroker as error:
        problem = "missing" if error.reply_code == NOT_FOUND else "different"
        return Drift(what=what, problem=problem, detail=error.reply_text)
    return None
