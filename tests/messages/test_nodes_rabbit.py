"""Two processes of one hub on one PostgreSQL and one RabbitMQ: one is frozen and goes on later."""

from __future__ import annotations

import signal

import pytest

from hub.adapters.rabbit import RabbitRoad
from tests.app.nodes import START_S, STOP_S, Nodes, writes_to
from tests.messages.roads import A, B, all_confirmed, listening, message
from tests.servers import postgres  # noqa: F401 -- a fixture
from tests.waiting import eventually

pytestmark = [pytest.mark.real, pytest.mark.slow]

LEASE_S = 2
MANY = 100
LANE = f"listen:regions:{A}.messages"


@pytest.fixture
def town(tmp_path, postgres, rabbit):  # noqa: F811
    """One hub's deployment on a broker, and the road of its neighbour."""
    ours, theirs = rabbit.prepare(A, B)
    with postgres.database() as url:
        nodes = Nodes(tmp_path, url, lease_s=LEASE_S)
        (nodes.config / "roads.toml").write_text(
            f'[regions]\nkind = "rabbitmq"\nhost = "{ours.host}"\nport = {ours.port}\n'
            f'vhost = "{ours.vhost}"\nuser = "{ours.user}"\npassword = "{ours.password}"\n'
            "heartbeat_s = 5\nreconnect_max_s = 1\n",
            "utf-8",
        )
        neighbour = RabbitRoad(theirs)
        yield nodes, neighbour
        neighbour.close()
        nodes.close()


def arrived(nodes):
    return nodes.count("SELECT count(*) FROM messages_in")


def confirmed(nodes):
    return nodes.count("SELECT count(*) FROM messages_out WHERE state = 'confirmed'")


def test_a_frozen_process_loses_and_doubles_no_message(town):
    nodes, neighbour = town
    first, second = nodes.add(), nodes.add()
    eventually(lambda: nodes.shared(first, second), timeout_s=START_S)
    victim = nodes.holder_of(LANE)
    other = second if victim is first else first
    node = nodes.node(victim)
    to_us = f"{A}.transfer.form"
    with nodes.held_up(writes_to("messages_in")) as waits:
        assert all_confirmed(neighbour.send([message(key=to_us) for _ in range(MANY)]))
        eventually(lambda: nodes.sessions(node, where=waits), timeout_s=START_S)
        victim.send_signal(signal.SIGSTOP)

    eventually(lambda: nodes.shared(other), timeout_s=10 * LEASE_S)
    eventually(lambda: arrived(nodes) == MANY, timeout_s=START_S)
    sent = [message(key=f"{B}.transfer.form") for _ in range(2 * MANY)]
    queue(nodes, sent[:MANY])
    eventually(lambda: confirmed(nodes) == MANY, timeout_s=START_S)
    victim.send_signal(signal.SIGCONT)

    eventually(lambda: nodes.shared(first, second), timeout_s=START_S)
    queue(nodes, sent[MANY:])
    assert all_confirmed(neighbour.send([message(key=to_us) for _ in range(MANY)]))
    eventually(lambda: arrived(nodes) == 2 * MANY, timeout_s=START_S)
    eventually(lambda: confirmed(nodes) == 2 * MANY, timeout_s=START_S)
    with listening(neighbour) as taker:
        assert set(taker.expect(2 * MANY)) == {one.id for one in sent}
    for process in (first, second):
        process.send_signal(signal.SIGTERM)
        assert process.wait(STOP_S) == 0
    steps = "SELECT count(*) FROM tasks WHERE queue = 'transfer' AND step = 'accept'"
    assert nodes.count(steps) == 2 * MANY
    nodes("verify")


def queue(nodes, messages):
    def unit(uow):
        for one in messages:
            uow.messages.send(one, road="regions")

    nodes.store.transact(unit)
