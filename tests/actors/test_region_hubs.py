"""Two whole hubs, all their actors running, exchange signed messages over a shared folder."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest

from hub.actors.stage import Stage
from hub.app.services import open_road
from hub.domain.region_message import MessageState
from hub.ports import SystemClock
from hub.settings import FolderRoadSettings
from tests.regions import CHENGDU, HANGZHOU, RegionOffice, effects, noted_business
from tests.waiting import eventually

MESSAGES = 20


@pytest.fixture
def hubs(tmp_path):
    road = FolderRoadSettings(name="regions", kind="folder", path=tmp_path / "shared-road")
    made = [
        RegionOffice(tmp_path / region, region, SystemClock()) for region in (HANGZHOU, CHENGDU)
    ]
    for one in made:
        one.meet(*(other for other in made if other is not one))
        settings = replace(one.services.settings, roads={"regions": road})
        one.services = replace(
            one.services, settings=settings, roads={"regions": open_road(road, one.region)}
        )
    with noted_business():
        stages = [Stage(one.services, brisk=True) for one in made]
        for stage in stages:
            stage.start()
        yield made
        stopped = [stage.stop() for stage in stages]
        assert all(stopped)
    for one in made:
        one.store.close()


def test_messages_go_both_ways_each_applied_once_in_order_with_its_receipt(hubs):
    for number in range(MESSAGES):
        hubs[0].post(CHENGDU, "admin.note", {"n": number})
        hubs[1].post(HANGZHOU, "admin.note", {"n": number})

    def delivered(one):
        mine = [m for m in one.messages(limit=1000) if m.due_at is not None]
        return [m.state for m in mine] == [MessageState.DELIVERED] * MESSAGES

    eventually(lambda: all(delivered(one) for one in hubs), timeout_s=90)
    for one in hubs:
        assert [json.loads(e.facts)["n"] for e in effects(one)] == list(range(MESSAGES))
