"""Connections to a broker that break again and again leave nothing behind (catalogue row 111)."""

from __future__ import annotations

import pytest

from hub.errors import Unavailable
from hub.ports import Sent
from tests.adapters.cutting_proxy import CuttingProxy
from tests.descriptors import ROUNDS, WARM_UP, held
from tests.messages.roads import QUEUE, RabbitPair, Taker, listening, message
from tests.waiting import eventually

pytestmark = pytest.mark.real


def send(road, number) -> None:
    """Send one message as the hub's sender does: until it is confirmed, with the same id."""

    def is_sent():
        try:
            return road.send([message(number)]) == [Sent.CONFIRMED]
        except Unavailable:
            return False

    eventually(is_sent, what="a confirmation")


def test_a_road_that_is_cut_again_and_again_keeps_no_descriptor_and_no_thread(rabbit) -> None:
    taker = Taker()
    with CuttingProxy(rabbit.amqp) as proxy:
        pair = RabbitPair(rabbit, port=proxy.port, reconnect_max_s=0.01)
        with listening(pair.b, QUEUE, taker):
            for number in range(WARM_UP + ROUNDS):
                send(pair.a, number)
                taker.expect(number + 1)
                if number == WARM_UP:
                    descriptors, threads = held()
                proxy.cut()

            def is_flat():
                now = held()
                return now[0] <= descriptors and now[1] <= threads

            eventually(is_flat, what=f"{descriptors} descriptors, {threads} threads; now {held()}")
            assert proxy.connections >= 2 * ROUNDS  # the sender's and the listener's, each anew
        pair.close()
