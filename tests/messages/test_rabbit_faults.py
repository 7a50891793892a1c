"""A real broker that dies, blocks, loses its queue, fills up; connections that are cut."""

from __future__ import annotations

import threading
import time

import pika
import pytest

from hub.adapters import rabbit_listener
from hub.adapters.rabbit import RabbitRoad
from hub.adapters.rabbit_setup import declare
from hub.errors import Unavailable
from hub.ports import Sent
from tests.adapters.cutting_proxy import CuttingProxy
from tests.messages.roads import QUEUE, A, B, RabbitPair, Taker, all_confirmed, listening, message
from tests.rabbit import ADMIN, PASSWORD
from tests.servers import HOST
from tests.waiting import eventually

pytestmark = pytest.mark.real


@pytest.fixture
def pair(rabbit):
    made = RabbitPair(rabbit)
    yield made
    made.close()


@pytest.fixture
def proxied(rabbit):
    """A pair that reaches the broker through a proxy, and the proxy."""
    with CuttingProxy(rabbit.amqp) as proxy:
        made = RabbitPair(rabbit, port=proxy.port, confirm_timeout_s=3.0, heartbeat_s=2)
        yield made, proxy
        proxy.behave()
        made.close()


def send_all(road, messages, *, timeout_s=120.0):
    """Send as the hub's sender does: what is not confirmed goes again with the same id."""
    waiting = list(messages)
    deadline_s = time.monotonic() + timeout_s
    attempts = 0
    while waiting:
        assert time.monotonic() < deadline_s, f"{len(waiting)} left"
        attempts += 1
        try:
            outcomes = road.send(waiting[:500])
        except Unavailable:
            threading.Event().wait(0.1)
            continue
        waiting = [m for m, o in zip(waiting[:500], outcomes, strict=True)
                   if o is not Sent.CONFIRMED] + waiting[500:]  # fmt: skip
    return attempts


def test_a_broker_killed_while_it_works_loses_nothing_that_it_confirmed(pair) -> None:
    sent = [message() for _ in range(3000)]
    failed = []

    def publish():
        try:
            send_all(pair.a, sent)
        except BaseException as error:
            failed.append(error)
            raise

    with listening(pair.b) as taker:
        publisher = threading.Thread(target=publish, daemon=True)
        publisher.start()
        eventually(lambda: len(taker.ids) > 200, what="some to arrive")
        pair.node.kill()
        pair.node.start()
        publisher.join(120)
        assert not failed, failed
        taker.expect(len(sent), timeout_s=60)
    assert set(taker.ids) == {m.id for m in sent}


def test_a_cut_before_the_confirmation_is_unknown_and_goes_again(proxied) -> None:
    pair, proxy = proxied
    assert all_confirmed(pair.a.send([message()]))  # the connection stands
    lost = message()
    proxy.cut_when = lambda: True

    with pytest.raises(Unavailable):
        pair.a.send([lost])

    proxy.behave()
    assert all_confirmed(pair.a.send([lost]))
    with listening(pair.b) as taker:
        taker.expect(2)
    assert lost.id in taker.ids


def test_a_frozen_peer_is_given_up_in_time(proxied) -> None:
    pair, proxy = proxied
    pair.a.send([message()])
    proxy.freeze_when = lambda: True

    begun_s = time.monotonic()
    with pytest.raises(Unavailable):
        pair.a.send([message()])

    assert time.monotonic() - begun_s < 15


def test_a_listener_that_is_cut_off_comes_back(proxied) -> None:
    pair, proxy = proxied
    with listening(pair.b) as taker:
        pair.a.send([message()])
        taker.expect(1)
        proxy.cut()
        later = message()
        send_all(pair.a, [later])
        taker.expect(2)
    assert later.id in taker.ids


def test_an_idle_sender_keeps_its_heartbeats(rabbit) -> None:
    pair = RabbitPair(rabbit, heartbeat_s=2)
    try:
        pair.a.send([message()])
        line = pair.a._publisher._line
        begun_s = time.monotonic()
        eventually(lambda: time.monotonic() - begun_s > 7, what="three heartbeats to pass")
        assert line.is_open()
        assert all_confirmed(pair.a.send([message()]))
        assert pair.a._publisher._line is line
    finally:
        pair.close()


def test_a_blocked_broker_does_not_hold_the_sender_for_ever(pair) -> None:
    pair.a.send([message()])
    pair.node.ctl("set_vm_memory_high_watermark", "0.000001")
    try:
        begun_s = time.monotonic()
        with pytest.raises(Unavailable):
            pair.a.send([message()])
        assert time.monotonic() - begun_s < 30
    finally:
        pair.node.ctl("set_vm_memory_high_watermark", "0.4")

    assert send_all(pair.a, [message()]) >= 1


def test_a_deleted_queue_is_noticed_and_read_again_once_it_is_there(pair) -> None:
    with listening(pair.b) as taker:
        pair.a.send([message()])
        taker.expect(1)
        asked = taker.asked
        pair.node.call("DELETE", f"queues/{pair.road_b.vhost}/{QUEUE}")
        assert list(pair.a.send([message()])) == [Sent.UNROUTABLE]

        eventually(lambda: taker.asked > asked, what="the reader to notice")

        declare(pair.road_b, B)

        later = message()
        assert all_confirmed(pair.a.send([later]))
        taker.expect(2)
    assert later.id in taker.ids


def test_a_silence_is_not_believed_for_ever(pair, monkeypatch) -> None:
    monkeypatch.setattr(rabbit_listener, "RENEW_S", 0.5)
    with listening(pair.b) as taker:
        eventually(lambda: taker.asked >= 3, what="the connection to be made anew")
        pair.a.send([message()])
        taker.expect(1)


def test_a_full_queue_says_no_and_takes_them_later(rabbit) -> None:
    pair = RabbitPair(rabbit, queue_length_max=10)
    try:
        sent = [message() for _ in range(60)]
        outcomes = []
        for one in sent:  # the limit is soft while many are under way
            outcomes += pair.a.send([one])
        assert Sent.NACKED in outcomes
        assert set(outcomes) <= {Sent.NACKED, Sent.CONFIRMED}
        with listening(pair.b) as taker:
            send_all(pair.a, [m for m, o in zip(sent, outcomes, strict=True)
                              if o is Sent.NACKED])  # fmt: skip
            taker.expect(60)
    finally:
        pair.close()


def test_a_message_that_ends_its_reader_each_time_is_put_aside_alone(rabbit) -> None:
    pair = RabbitPair(rabbit, delivery_limit=5)
    poison, innocents = message(body=b"poison"), [message() for _ in range(20)]
    try:
        pair.a.send([*innocents[:10], poison, *innocents[10:]])

        def dies(batch):
            if any(one.body == b"poison" for one in batch):
                raise Unavailable("store_unavailable", reason="the process ends here")

        taker, grave = Taker(), Taker()
        taker.before = dies
        with listening(pair.b, taker=taker), listening(pair.b, f"{B}.dead", grave):
            taker.expect(20)
            grave.expect(1)
        assert set(taker.ids) == {m.id for m in innocents}
        assert grave.ids == [poison.id]
        assert grave.messages[0].key == poison.key
    finally:
        pair.close()


def test_what_no_hub_would_send_is_read_all_the_same(pair) -> None:
    login = pika.PlainCredentials(ADMIN, PASSWORD)
    raw = pika.BlockingConnection(
        pika.ConnectionParameters(HOST, pair.node.amqp, pair.road_a.vhost, login)
    )
    channel = raw.channel()
    odd = pika.BasicProperties(
        headers={"table": {"a": [1, {"b": None}]}, "number": 5, "hub-at": "yesterday"},
        timestamp=2**62,
    )
    channel.basic_publish("hub", f"{B}.transfer.form", b"\xff\x00", odd)
    channel.basic_publish("hub", f"{B}.transfer.form", b"plain")
    raw.close()

    with listening(pair.b) as taker:
        eventually(lambda: len(taker.messages) == 2, what="both")
    assert [m.id for m in taker.messages] == ["", ""]
    assert taker.messages[0].body == b"\xff\x00"
    assert taker.messages[0].headers["number"] == "5"


def test_a_broker_that_is_not_there_is_said_so(rabbit) -> None:
    road = RabbitRoad(rabbit.settings(port=1, connect_timeout_s=2.0))

    with pytest.raises(Unavailable) as caught:
        road.send([message()])

    assert caught.value.code == "broker_unavailable"


def test_a_wrong_password_is_said_so(rabbit, monkeypatch) -> None:
    monkeypatch.setenv("HUB_TEST_WRONG", "not this one")
    [road] = rabbit.prepare(A)
    changed = {f: getattr(road, f) for f in road.__dataclass_fields__}
    sender = RabbitRoad(type(road)(**{**changed, "password": "env:HUB_TEST_WRONG"}))

    with pytest.raises(Unavailable) as caught:
        sender.send([message()])

    assert caught.value.code == "broker_login_refused"
