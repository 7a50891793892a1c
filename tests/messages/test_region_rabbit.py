"""Two hubs and a forger on a real RabbitMQ: forged, replayed, doubled, and a broker killed."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest

from hub.actors.stage import Stage
from hub.app.services import open_road
from hub.domain.region_directory import Kind
from hub.domain.region_message import Direction, MessageState
from hub.ports import Message, Sent, SystemClock
from tests.regions import CHENGDU, HANGZHOU, WUHAN, RegionOffice, effects, noted_business
from tests.waiting import eventually

pytestmark = [pytest.mark.real, pytest.mark.slow]
WAIT_S = 120


@pytest.fixture
def town(tmp_path, rabbit):
    """Two hubs with all their actors, and the road of a third region's account."""
    regions = (HANGZHOU, CHENGDU, WUHAN)
    roads = dict(zip(regions, rabbit.prepare(*regions), strict=True))
    made = [RegionOffice(tmp_path / region, region, SystemClock()) for region in regions[:2]]
    for one in made:
        one.meet(*(other for other in made if other is not one))
        for region in regions[:2]:
            facts = {"name": region, "road": "regions", "broker_user": f"hub-{region}"}
            one.enter(Kind.OFFICE, region, facts)
        settings = replace(one.services.settings, roads={"regions": roads[one.region]})
        road = open_road(roads[one.region], one.region)
        one.services = replace(one.services, settings=settings, roads={"regions": road})
    forger = open_road(roads[WUHAN], WUHAN)
    with noted_business():
        stages = [Stage(one.services, brisk=True) for one in made]
        for stage in stages:
            stage.start()
        yield (*made, forger, roads)
        stopped = [stage.stop() for stage in stages]
        assert all(stopped)
    forger.close()
    for one in made:
        one.store.close()


def delivered(office, count):
    mine = [m for m in office.messages(limit=1000) if m.due_at is not None]
    return [m.state for m in mine] == [MessageState.DELIVERED] * count


def numbers(office):
    return [json.loads(entry.facts)["n"] for entry in effects(office)]


def on_the_wire(body, message_id, at):
    return Message(id=message_id, type="admin.note", key=f"{CHENGDU}.admin.note", body=body, at=at)


def refusals(office):
    return sorted(
        json.loads(entry.facts)["code"]
        for entry in office.entries()
        if entry.event == "security.message_refused"
    )


def test_nothing_forged_or_replayed_has_an_effect_and_a_killed_broker_loses_nothing(town, rabbit):
    here, there, forger, roads = town
    for number in range(5):
        here.post(CHENGDU, "admin.note", {"n": number})
    eventually(lambda: delivered(here, 5), timeout_s=WAIT_S)
    with here.store.read() as uow:
        captured = uow.region_messages.sent_between(CHENGDU, 1, 5)[0]
    at = here.services.now()

    altered = captured.wire.replace(b'\\"n\\":0', b'\\"n\\":9')
    outcomes = forger.send(
        [
            on_the_wire(captured.wire, "captured", at),
            on_the_wire(altered, "altered", at),
            on_the_wire(b"{}", "nonsense", at),
        ]
    )
    assert list(outcomes) == [Sent.CONFIRMED] * 3
    own = open_road(roads[HANGZHOU], HANGZHOU)  # the true account sends its own message again
    own.send([on_the_wire(captured.wire, "again", at), on_the_wire(altered, "bent", at)])
    own.close()
    eventually(lambda: "security.message_repeated" in there.events(), timeout_s=WAIT_S)
    eventually(lambda: len(refusals(there)) == 4, timeout_s=WAIT_S)

    assert refusals(there) == [
        "envelope_account_foreign", "envelope_account_foreign", "envelope_body_altered",
        "envelope_malformed",
    ]  # fmt: skip
    assert numbers(there) == list(range(5))
    rabbit.kill()
    for number in range(5, 15):
        here.post(CHENGDU, "admin.note", {"n": number})
        there.post(HANGZHOU, "admin.note", {"n": number})
    rabbit.start()
    eventually(lambda: delivered(here, 15) and delivered(there, 10), timeout_s=WAIT_S)

    assert numbers(there) == list(range(15))
    assert numbers(here) == list(range(5, 15))
    kept = [m for m in there.messages(limit=1000) if m.direction is Direction.IN]
    assert len({m.id for m in kept}) == len(kept)
