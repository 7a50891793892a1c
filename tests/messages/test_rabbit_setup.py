"""Topology, permissions and TLS on a real broker: what a login may and may not, what drifts."""

from __future__ import annotations

from dataclasses import replace

import pika
import pytest
from pika.exceptions import AMQPError, ChannelClosedByBroker

from hub.adapters.rabbit import RabbitRoad
from hub.adapters.rabbit_connection import parameters
from hub.adapters.rabbit_management import Management, commands
from hub.adapters.rabbit_setup import arguments, bindings, check, declare, depth
from hub.domain.message_topology import queues
from hub.errors import Unavailable
from hub.ports import Sent
from tests.certificates import Certificates
from tests.messages.roads import QUEUE, A, B, all_confirmed, listening, message
from tests.rabbit import secret

pytestmark = pytest.mark.real


@pytest.fixture
def roads(rabbit):
    return rabbit.prepare(A, B)


def found(road, region):
    return [*check(road, region), *Management(road).drift(region)]


def test_what_was_set_up_shows_no_drift_however_often(roads) -> None:
    road = roads[0]

    assert found(road, A) == []
    Management(road).set_up(A)
    assert declare(road, A) == []
    assert found(road, A) == []
    assert [one["messages"] for one in depth(road, A)] == [0, 0, 0, 0]


def test_what_is_missing_is_named_and_nothing_is_made_by_looking(rabbit) -> None:
    road = rabbit.settings()
    Management(road).set_up(A)

    missing = {one.what for one in check(road, A) if one.problem == "missing"}

    assert missing == {"exchange hub", "exchange hub.dead", *(f"queue {q.name}" for q in queues(A))}
    assert rabbit.call("GET", f"queues/{road.vhost}") == []
    assert {d.detail for d in Management(road).drift(A)} >= {key for _, _, key in bindings(A)}


def test_a_lost_and_a_foreign_binding_are_drift(rabbit, roads) -> None:
    road = roads[0]
    [one] = [
        b for b in rabbit.call("GET", f"bindings/{road.vhost}")
        if b["routing_key"] == f"{A}.transfer.#"
    ]  # fmt: skip
    path = f"bindings/{road.vhost}/e/hub/q/{A}.messages"
    rabbit.call("DELETE", f"{path}/{one['properties_key'].replace('#', '%23')}")
    rabbit.call("POST", path, {"routing_key": f"{B}.transfer.#"})

    drift = {(d.problem, d.detail) for d in found(road, A)}

    assert drift == {("missing", f"{A}.transfer.#"), ("unexpected", f"{B}.transfer.#")}
    assert declare(road, A) == []  # mends what is missing, and leaves what it does not know
    assert [d.problem for d in found(road, A)] == ["unexpected"]


def test_another_argument_is_drift_and_is_left_alone(rabbit, roads) -> None:
    road = roads[0]
    rabbit.call("DELETE", f"queues/{road.vhost}/{A}.messages")
    other = {**arguments(road, A, queues(A)[0]), "x-max-length": 7}
    rabbit.call("PUT", f"queues/{road.vhost}/{A}.messages", {"durable": True, "arguments": other})

    [drift] = check(road, A)

    assert (drift.what, drift.problem) == (f"queue {A}.messages", "different")
    assert "x-max-length" in drift.detail
    assert any("is 7" in d.detail for d in Management(road).drift(A))
    assert declare(road, A) == [drift]


def test_changed_permissions_are_drift(rabbit, roads) -> None:
    road = roads[0]
    everything = {"configure": ".*", "write": ".*", "read": ".*"}
    rabbit.call("PUT", f"permissions/{road.vhost}/{road.user}", everything)

    assert [d.what for d in found(road, A)] == [f"permissions of {road.user}"]


def test_a_region_may_not_order_in_the_name_of_anothers_core_system(roads) -> None:
    road = RabbitRoad(roads[0])
    try:
        outcomes = road.send(
            [message(), message(key=f"{B}.command.file"), message(key=f"{B}.event.batch.sent"),
             message()]
        )  # fmt: skip
    finally:
        road.close()

    assert list(outcomes) == [Sent.CONFIRMED, Sent.UNROUTABLE, Sent.UNROUTABLE, Sent.CONFIRMED]


def test_a_region_may_not_read_what_is_for_another(roads) -> None:
    connection = pika.BlockingConnection(parameters(roads[0], "test"))
    try:
        with pytest.raises(ChannelClosedByBroker, match="ACCESS_REFUSED"):
            connection.channel().basic_consume(QUEUE, lambda *_: None)
        with pytest.raises(ChannelClosedByBroker, match="ACCESS_REFUSED"):
            connection.channel().queue_declare("mine")
    finally:
        connection.close()


def test_nobody_can_say_to_be_another_sender(roads) -> None:
    connection = pika.BlockingConnection(parameters(roads[0], "test"))
    channel = connection.channel()
    channel.confirm_delivery()
    forged = pika.BasicProperties(user_id=roads[1].user, message_id="forged")

    with pytest.raises(AMQPError):
        channel.basic_publish("hub", f"{B}.transfer.form", b"", forged, mandatory=True)


def test_the_core_system_may_order_and_read_events_and_nothing_else(roads) -> None:
    core = replace(roads[0], user=roads[0].core_user, password=roads[0].core_password)
    road = RabbitRoad(core)
    try:
        outcomes = road.send(
            [message(key=f"{A}.command.file"), message(key=f"{A}.transfer.form"),
             message(key=f"{B}.command.file")]
        )  # fmt: skip
        assert list(outcomes) == [Sent.CONFIRMED, Sent.UNROUTABLE, Sent.UNROUTABLE]
        hub = RabbitRoad(roads[0])
        hub.send([message(key=f"{A}.event.batch.sent")])
        hub.close()
        with listening(road, f"{A}.events") as taker:
            taker.expect(1)
    finally:
        road.close()


def test_the_commands_to_type_set_what_the_api_would(rabbit, roads) -> None:
    typed = replace(roads[0], user="typed", core_user=None, vhost=roads[1].vhost)
    lines = [line for line in commands(typed, A) if "set_" in line]
    rabbit.call("PUT", "users/typed", {"password": "x", "tags": ""})

    for line in lines:
        import shlex

        rabbit.ctl(*shlex.split(line)[1:])

    assert not [d for d in Management(typed).drift(A) if "typed" in d.what]


def test_messages_travel_by_tls_with_our_own_certificate(rabbit, roads) -> None:
    certificate, private = rabbit.certificates.issue(roads[0].user)
    safe = replace(
        roads[0], port=rabbit.tls, ca_file=rabbit.certificates.ca, certificate_file=certificate,
        key_file=private,
    )  # fmt: skip
    by_certificate = replace(safe, login="certificate", password=None)
    for settings in (safe, by_certificate):
        road = RabbitRoad(settings)
        try:
            assert all_confirmed(road.send([message()]))
        finally:
            road.close()
    with listening(RabbitRoad(roads[1])) as taker:
        taker.expect(2)
    assert {m.sender for m in taker.messages} == {roads[0].user}


def test_a_certificate_of_another_authority_is_not_let_in(rabbit, roads, tmp_path) -> None:
    strange = Certificates(tmp_path)
    certificate, private = strange.issue(roads[0].user)
    safe = replace(
        roads[0], port=rabbit.tls, ca_file=rabbit.certificates.ca, certificate_file=certificate,
        key_file=private,
    )  # fmt: skip
    for settings in (safe, replace(safe, ca_file=strange.ca)):
        with pytest.raises(Unavailable):
            RabbitRoad(settings).send([message()])


def test_without_a_management_url_amqp_alone_finds_queues_and_arguments(roads) -> None:
    blind = replace(roads[0], management_url=None, queue_length_max=5, admin_password=secret())

    assert {d.problem for d in check(blind, A)} == {"different"}
