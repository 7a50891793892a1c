"""A store that went back gives no region a number twice, and asks for what it has lost."""

from __future__ import annotations

import shutil

import pytest

from hub.domain.region_message import Direction
from hub.errors import Unavailable
from hub.flows.restore_settle import lift, missing, peer_told
from hub.flows.restored import before_leaving, declare, keep_mark, notice
from tests.regions import CHENGDU, HANGZHOU, carry, effects, noted_business, two_offices


@pytest.fixture
def offices(tmp_path):
    with noted_business():
        here, there = two_offices(tmp_path)
        yield here, there
        for office in (here, there):
            office.store.close()


def back_up(office):
    file = office.services.settings.store.sqlite_file
    keep_mark(office.services)
    shutil.copy(file, file.with_suffix(".copy"))

    def restore():
        office.store.close()
        shutil.copy(file.with_suffix(".copy"), file)

    return restore


def send(office, to, number):
    """Post a message, and let the mark know of it as the sender does before it leaves."""
    office.post(to, body={"n": number})
    before_leaving(office.services, messages=True)


def two_lift(office):
    lift(person="李初", reason="已与对方核对", services=office.services)
    lift(person="王审", services=office.services)


def sequences(office, direction):
    found = [m.envelope for m in office.messages() if m.direction is direction]
    return sorted(one.sequence for one in found if one.sequence > 0)


def test_no_number_is_given_twice_and_the_other_side_sees_no_gap(offices):
    here, there = offices
    send(here, CHENGDU, 1)
    carry(here, there)
    restore = back_up(here)
    send(here, CHENGDU, 2)
    carry(here, there)
    restore()

    with pytest.raises(Unavailable):
        before_leaving(here.services, messages=True)
    with pytest.raises(Unavailable):
        here.post(CHENGDU, body={"n": 3})
    two_lift(here)
    send(here, CHENGDU, 3)
    carry(here, there)

    assert sequences(there, Direction.IN) == [1, 2, 3]
    assert sequences(here, Direction.OUT) == [1, 3]
    assert len(effects(there)) == 3
    with here.store.read() as uow:
        assert uow.restores.numbers_lost() == [(CHENGDU, 2, 2)]
        assert uow.region_messages.numbers_missing().first is None


def test_what_the_other_side_sent_after_the_backup_comes_again(offices):
    here, there = offices
    there.post(HANGZHOU, body={"n": 1})
    carry(here, there)
    restore = back_up(here)
    there.post(HANGZHOU, body={"n": 2})
    carry(here, there)
    keep_mark(here.services)
    restore()

    notice(here.services)
    two_lift(here)
    carry(here, there)

    assert sequences(here, Direction.IN) == [1, 2]
    assert len(effects(here)) == 2


def test_without_a_mark_of_after_the_backup_each_region_is_asked(offices):
    here, there = offices
    send(here, CHENGDU, 1)
    carry(here, there)
    found = declare(here.services, person="运维", reason="整机快照恢复")

    with here.store.read() as uow:
        assert missing(uow, found) == ["not_scanned", f"peer:{CHENGDU}"]
    peer_told(CHENGDU, 7, person="李初", services=here.services)
    two_lift(here)
    send(here, CHENGDU, 8)

    assert sequences(here, Direction.OUT) == [1, 8]
