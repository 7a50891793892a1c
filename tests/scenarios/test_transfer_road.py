"""Two running hubs, every actor alive, one shared folder as road: three people move from A to B."""

from __future__ import annotations

from dataclasses import replace

import pytest

from hub.adapters.spool import SpoolRoad
from hub.app.service import Hub
from hub.domain.transfer_kinds import Kind
from hub.domain.transfer_state import TransferState as S
from hub.flows import transfer_talk as talk
from hub.flows.verify import verify
from hub.settings import FolderRoadSettings
from tests.transfers import CHENGDU, HANGZHOU, offices, owner
from tests.waiting import eventually

MOVES = [(Kind.PENSION, 0, 800_000), (Kind.MEDICAL, 1, 40_000), (Kind.UNEMPLOYMENT, 2, 0)]


@pytest.fixture
def running(tmp_path):
    """Two hubs; every message goes through the actors and the folder between them."""
    made = offices(tmp_path, HANGZHOU, CHENGDU)
    hubs = []
    for office in made:
        road = FolderRoadSettings(name="regions", kind="folder", path=tmp_path / "road")
        settings = replace(office.services.settings, roads={"regions": road})
        spool = SpoolRoad(road.path, office.region, name="regions")
        spool.declare()
        office.services = replace(office.services, settings=settings, roads={"regions": spool})
        hubs.append(Hub(office.services, brisk=True))
    for hub in hubs:
        hub.start()
    yield made
    for hub in hubs:
        assert hub.stop()


def reaches(office, state, kind, number):
    def reached():
        case = office.case(number, kind)
        return case is not None and case.state is state

    eventually(reached, what=f"{office.region} {kind} {state}")
    return office.case(number, kind)


@pytest.mark.slow
def test_people_move_between_two_running_hubs(running):
    new, old = running
    for kind, number, _ in MOVES:
        new.consent(new.apply("in", old, kind=kind, number=number))
    for kind, number, amount_fen in MOVES:
        begun = S.APPLIED if kind is Kind.PENSION else S.UNASKED
        case = reaches(old, begun, kind, number)
        if begun is S.UNASKED:
            case = old.apply("out", new, kind=kind, number=number)
        case = old.offer(case, amount_fen)
        if amount_fen:
            old.funds(case, f"HK-{number}", amount_fen)
    for kind, number, amount_fen in MOVES:
        eventually(lambda k=kind, n=number: new.case(n, k).form, what=f"form {kind}")
        if amount_fen:
            new.funds(new.case(number, kind), f"DZ-{number}", amount_fen)
        new.continue_(reaches(new, S.READY, kind, number))
    for kind, number, _ in MOVES:
        reaches(old, S.DONE, kind, number)
        assert owner(new, old, number=number, kind=kind) == [HANGZHOU]
        talk.close(new.case(number, kind).id, person="周受", services=new.services)
        reaches(old, S.CLOSED, kind, number)

    for office in running:
        assert not [check for check in verify(office.services) if not check.ok]
        assert "message.refused" not in office.events()
