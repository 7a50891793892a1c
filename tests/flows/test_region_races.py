"""Many hubs on one PostgreSQL accept messages of one region at the same time."""

from __future__ import annotations

import json

import pytest

from hub.domain.region_message import MessageState
from hub.flows.region_accept import accept
from tests.doubles import FrozenClock
from tests.regions import CHENGDU, HANGZHOU, RegionOffice, carry, effects, noted_business
from tests.servers import open_store, postgres  # noqa: F401 -- a fixture
from tests.store.threads import THREADS, at_once

pytestmark = pytest.mark.real


@pytest.fixture
def pair(tmp_path, request):
    clock = FrozenClock()
    here = RegionOffice(tmp_path / "here", HANGZHOU, clock)
    with request.getfixturevalue("postgres").database() as url, noted_business():
        there = RegionOffice(tmp_path / "there", CHENGDU, clock, store=open_store(url))
        here.meet(there)
        there.meet(here)
        yield here, there
        here.store.close()
        there.store.close()


@pytest.mark.parametrize("copies", [1, 2])
def test_each_has_its_effect_once_and_in_order_whoever_takes_it(pair, copies):
    here, there = pair
    for number in range(THREADS):
        here.post(CHENGDU, body={"n": number})
    messages = here.outgoing()
    with there.store.begin() as uow:
        at = there.services.now()
        arrived = uow.message_arrivals.take("regions", f"{CHENGDU}.in", messages, at=at)
        for row, _key in arrived.new:
            uow.tasks.add(queue="transfer", step="accept", subject_id=str(row), at=at)
    with there.store.read() as uow:
        tasks = uow.tasks.due("transfer", at, limit=100) * copies

    at_once(lambda task: accept(task, there.services), list(reversed(tasks)))
    there.work()

    assert [json.loads(entry.facts)["n"] for entry in effects(there)] == list(range(THREADS))
    carry(there, here)
    mine = [m for m in here.messages() if m.due_at]
    assert {m.state for m in mine} == {MessageState.DELIVERED}
