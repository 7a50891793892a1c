"""Transfer cases on both databases: facts only grow, one writer, one live case, many signers."""

from __future__ import annotations

from dataclasses import replace

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from hub.domain.approval import Approval
from hub.domain.transfer_case import Claim, Hold, Proposal
from hub.domain.transfer_facts import Account, Closed
from hub.domain.transfer_kinds import Direction, Kind, Step
from hub.domain.transfer_state import TransferState as S
from hub.domain.transfer_steps import advance, reopened
from hub.errors import Rejected
from tests.cases import (
    DAY,
    NEW,
    OLD,
    OTHER,
    applied,
    arrears,
    case_of,
    consent,
    done,
    ending,
    form,
    funds,
)
from tests.store.threads import at_once

SIGNED_TWICE = (
    "UPDATE transfer_approvals SET signed1_by = '王 芳', signed2_by = '王芳',"
    " signed1_at = '2026-11-24', signed2_at = '2026-11-24'"
)
YEARS = ({"year": 2024, "base_fen": 512_300, "months": 12}, {"year": 2025, "paid": True})


def add(store, now, direction="in", *facts, **values):
    case = case_of(direction, *facts, id=0, **values)
    return store.transact(lambda u: u.transfers.add(case, at=now, person="周受"))


def put(store, now, case, *facts):
    for fact in facts:
        before = case
        case = store.transact(
            lambda u, b=before, f=fact: u.transfers.save(b, advance(b, f), at=now, person="周受")
        )
    return case


def test_a_case_comes_back_as_it_was(store, now):
    account = Account(name="专户", bank="工行", no="123", bank_no=None)
    whole = replace(form(), items={"pooled_fen": 7_000}, years=YEARS)
    case = put(
        store, now, add(store, now, "in", applied(), peer_ref="X-1"),
        consent(account=account, applied_on=DAY), whole, funds(),
    )  # fmt: skip

    with store.read() as uow:
        found = uow.transfers.get(case.id)
        timeline = uow.transfers.timeline(case.id)
        assert uow.transfers.of_ref("X-1") == uow.transfers.of_ref(case.ref) == found
    assert found == case
    assert found.state is S.READY
    assert [one.person for one in timeline] == ["周受"] * 4
    assert found.form.years == YEARS


def test_of_two_who_change_one_version_one_is_told(store, now):
    case = add(store, now, "in", applied())
    put(store, now, case, consent())

    with pytest.raises(Rejected) as refused:
        put(store, now, case, form())
    assert refused.value.code == "transfer_changed"
    with store.read() as uow:
        assert [one.TYPE for one in uow.transfers.get(case.id).facts] == ["applied", "consent"]


def test_many_writers_of_one_case_lose_nothing(store, now):
    case = add(store, now, "in", applied())

    def write(number):
        def unit(uow):
            held = uow.transfers.get(case.id, lock=True)
            fact = funds(number=f"M{number}", amount_fen=1)
            uow.transfers.save(held, advance(held, fact), at=now)

        store.transact(unit)

    at_once(write, range(6))
    with store.read() as uow:
        assert uow.transfers.get(case.id).funds_fen == 6


def test_a_relation_goes_out_once_at_a_time(store, now):
    add(store, now, "out", applied())
    for values in ({"origin": OTHER}, {"direction": Direction.IN}, {}):
        with pytest.raises(Rejected) as refused:
            add(store, now, values.pop("direction", "out"), ref="R-2", **{"origin": NEW, **values})
        assert refused.value.code == "transfer_exists"

    assert add(store, now, "in", ref="R-3", origin=OTHER).id  # it may come from two places
    assert add(store, now, "out", ref="R-4", kind=Kind.MEDICAL).id


def test_after_the_end_another_case_or_round_may_begin(store, now):
    first = put(
        store, now, add(store, now, "out", applied(), consent(), arrears(), form(), funds()),
        done(ours=False),
    )  # fmt: skip
    again = reopened(first, frozenset({Step.FUNDS}), DAY)
    second = store.transact(lambda u: u.transfers.add(again, at=now, person="周受"))

    with store.read() as uow:
        assert uow.transfers.of_ref(first.ref).id == second.id
        assert uow.transfers.claim(first.person_id, first.kind) == Claim(
            hold=Hold.RELEASED, epoch=1
        )
        assert uow.transfers.released(first.person_id, first.kind).id == second.id
        assert uow.transfers.live(first.person_id, first.kind, NEW).id == second.id
    with pytest.raises(Rejected):
        store.transact(lambda u: u.transfers.add(again, at=now, person="周受"))


def test_who_continues_a_relation_holds_it_with_the_next_number(store, now):
    put(store, now, add(store, now, "in", applied(), consent(), form(epoch=4), funds()),
        done(epoch=5))  # fmt: skip

    with store.read() as uow:
        held = uow.transfers.claim(case_of("in").person_id, Kind.PENSION)
        assert held == Claim(hold=Hold.HELD, epoch=5)
        assert uow.transfers.claim("x", Kind.PENSION) == Claim(hold=Hold.HELD, epoch=1)


def test_lists_by_what_people_look_for(store, now):
    one = put(store, now, add(store, now, "in", applied()), ending("refused"),
              Closed(on=DAY, ours=True))  # fmt: skip
    two = add(store, now, "out", applied(), ref="R-2", kind=Kind.MEDICAL)

    def ids(**wanted):
        with store.read() as uow:
            return [case.id for case in uow.transfers.list(**wanted)]

    assert ids() == [two.id, one.id]
    assert ids(state=S.CLOSED) == ids(direction=Direction.IN) == [one.id]
    assert ids(live=True) == ids(kind=Kind.MEDICAL) == ids(counterpart=NEW) == [two.id]
    assert ids(counterpart=OLD, limit=1) == [one.id]
    assert ids(since=DAY.replace(day=30)) == [two.id]


@pytest.mark.parametrize(
    "change",
    [
        "UPDATE transfer_facts SET content = '{}'",
        "DELETE FROM transfer_facts",
        "UPDATE transfers SET state = 'sent'",
        "UPDATE transfers SET state = 'lost'",
        "UPDATE transfers SET hold = 'locked'",
        "UPDATE transfers SET kind = 'housing'",
        "UPDATE transfers SET epoch = 0",
        "UPDATE transfer_approvals SET done = 1",
        "UPDATE transfer_approvals SET levels = 4",
        "UPDATE transfer_approvals SET signed2_by = '甲', signed2_at = '2026-11-24'",
        SIGNED_TWICE,
    ],
)
def test_the_database_refuses_what_must_not_be_whoever_writes(store, now, change):
    case = add(store, now, "in", applied())
    propose(store, case)

    with pytest.raises(DBAPIError), store._engine.begin() as connection:
        connection.execute(text(change))


def propose(store, case, levels=3):
    proposal = Proposal(
        step=Step.CONSENT, number=0, fact=consent(), digest="0" * 64,
        approval=Approval(levels=levels),
    )  # fmt: skip
    return store.transact(lambda u: u.transfers.approvals.add(case, proposal))


def test_signatures_belong_to_the_latest_proposal(store, now):
    case = add(store, now, "in", applied())
    propose(store, case)
    second = propose(store, case)
    approval = second.approval.sign("李初", at=now).sign("王复", at=now).sign("赵批", at=now)
    signed = replace(second, approval=approval, done=True)
    store.transact(lambda u: u.transfers.approvals.sign(case, signed))

    with store.read() as uow:
        assert uow.transfers.get(case.id).proposal == signed
        first, last = uow.transfers.approvals.of(case.id)
    assert (first.number, first.done, last) == (1, False, signed)


def test_a_decision_that_nobody_signed_is_found(store, now):
    with store.read() as uow:
        assert uow.transfers.approvals.unsigned().first is None
    case = put(store, now, add(store, now, "in", applied()), consent())

    with store.read() as uow:
        assert uow.transfers.approvals.unsigned().first == f"transfer:{case.id}"
    proposal = propose(store, case, levels=1)
    signed = replace(proposal, approval=proposal.approval.sign("李初", at=now), done=True)
    store.transact(lambda u: u.transfers.approvals.sign(case, signed))
    with store.read() as uow:
        assert uow.transfers.approvals.unsigned().first is None


def test_case_numbers_count_by_year(store):
    def numbers():
        return store.transact(
            lambda u: [u.transfers.next_serial(2026), u.transfers.next_serial(2027)]
        )

    assert [numbers(), numbers()] == [[1, 1], [2, 2]]
