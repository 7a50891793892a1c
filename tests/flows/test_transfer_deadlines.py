"""Deadlines of transfers: reminders before and after, to whom, once; the table of a month."""

from __future__ import annotations

from datetime import date, timedelta

import pytest

from hub.domain.transfer_facts import Reminded
from hub.domain.transfer_kinds import Kind, Step
from hub.domain.transfer_state import TransferState as S
from hub.flows import transfer_desk as desk
from hub.flows.transfer_remind import remind
from hub.flows.transfer_report import due, table
from tests.transfers import CHENGDU, HANGZHOU, carry, offices

TUESDAY = date(2026, 10, 13)


@pytest.fixture
def two(tmp_path):
    made = offices(tmp_path, HANGZHOU, CHENGDU)
    made[0].clock.advance(days=(TUESDAY - date(2026, 11, 24)).days)
    yield made
    for one in made:
        one.store.close()


def reminders(office, *, ours):
    case = office.case()
    return [(one.step, one.on) for one in case.all(Reminded) if one.ours is ours]


def until(two, day):
    """Let the days go by, with everything that is due done on its day."""
    clock = two[0].clock
    while two[0].services.today() < day:
        clock.advance(days=1)
        for office in two:
            office.work()
        carry(*two)


def test_an_overdue_office_is_reminded_before_at_and_after_the_day(two):
    new, old = two
    new.consent(new.apply("in", old))
    carry(*two)
    due_on = new.services.calendar.add(TUESDAY, 15)
    assert due_on == date(2026, 11, 3)
    until(two, date(2026, 11, 12))

    expected = [(Step.OFFER, day) for day in (
        date(2026, 10, 29), date(2026, 11, 4), date(2026, 11, 11),
    )]  # fmt: skip
    assert reminders(new, ours=True) == expected
    assert reminders(old, ours=False) == [
        (Step.OFFER, day) for day in (date(2026, 10, 29), date(2026, 10, 29), date(2026, 11, 4),
                                      date(2026, 11, 4), date(2026, 11, 11), date(2026, 11, 11))
    ]  # fmt: skip
    assert old.case().state is S.APPLIED  # the relation stays where it is, whoever is late


def test_a_deadline_that_strikes_twice_reminds_once(two):
    new, old = two
    new.consent(new.apply("in", old))
    carry(*two)
    until(two, date(2026, 10, 28))
    new.clock.advance(days=1)
    with new.store.read() as uow:
        found = uow.tasks.due("transfer", new.services.now(), limit=9)
    (task,) = (one for one in found if "/offer/" in one.subject_id)
    remind(task, new.services)
    sent = len(new.messages())
    remind(task, new.services)

    assert task.subject_id.endswith("/offer/2026-11-03/before")
    assert len(new.messages()) == sent
    assert len(reminders(new, ours=True)) == 1


def test_a_step_that_is_done_reminds_nobody(two):
    new, old = two
    new.consent(new.apply("in", old))
    carry(*two)
    old.offer(old.case(), 0)
    carry(*two)
    new.continue_(new.case())
    carry(*two)
    until(two, date(2026, 11, 12))

    assert reminders(new, ours=True) == reminders(old, ours=False) == []
    with new.store.read() as uow:
        assert not uow.tasks.due("transfer", new.services.now(), limit=9)


def test_a_pause_moves_our_day_and_its_reminders(two):
    new, old = two
    case = new.apply("in", old)
    desk.pause(case.id, "向人事部门核实调动", person="周受", services=new.services)
    until(two, date(2026, 10, 20))
    assert [one.left for one in due(new.services)] == [None]
    desk.resume(case.id, person="周受", services=new.services)
    (one,) = due(new.services)
    assert one.clock.due_on == new.services.calendar.add(TUESDAY, 15 + 4)
    assert one.left == new.services.calendar.count(date(2026, 10, 20), one.clock.due_on)

    until(two, date(2026, 11, 12))
    (late,) = due(new.services)
    assert late.left == -new.services.calendar.count(late.clock.due_on, date(2026, 11, 12))
    own = [one for one in new.case().all(Reminded) if not one.ours]
    assert [one.on for one in own] == [
        date(2026, 11, 4), late.clock.due_on + timedelta(days=1),
    ]  # fmt: skip


def test_a_month_counts_each_offices_steps(two):
    new, old = two
    for number, days in ((1, 3), (2, 0)):
        new.consent(new.apply("in", old, number=number))
        carry(*two)
        if days:
            new.clock.advance(days=days)
            old.offer(old.case(number), 0)
            carry(*two)
    new.apply("in", old, kind=Kind.MEDICAL)
    until(two, date(2026, 11, 12))
    rows = {
        (one.ours, one.step): one
        for one in table(date(2026, 11, 1), date(2026, 11, 30), new.services)
    }

    theirs = rows[False, Step.OFFER]
    assert (theirs.counterpart, theirs.due, theirs.on_time, theirs.late, theirs.open_late) == (
        CHENGDU, 2, 1, 1, 1,
    )  # fmt: skip
    assert theirs.mean_days == 3.0
    mine = rows[True, Step.CONSENT]
    assert (mine.due, mine.on_time, mine.late, mine.open_late) == (3, 2, 0, 0)
