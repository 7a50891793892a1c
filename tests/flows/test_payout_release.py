"""Release: batches with their numbers for ever, files proven, nothing too late, nothing twice."""

from __future__ import annotations

from datetime import date

import pytest

from hub.domain.payout import BatchState, ItemState, ListState
from hub.errors import Rejected
from hub.flows.payout_books import subject_of
from hub.flows.payout_release import release
from hub.mappings.payout_file import read_back
from hub.store.outbox import OutboxState
from tests.payouts import approve, batches_of, items_of, pay, row, sent_files, take_list

WEDNESDAY = date(2026, 11, 25)


def outgoing(office):
    with office.store.read() as uow:
        return uow.outbox.list()


def test_a_list_becomes_files_at_its_banks(office):
    batches = pay(office, [row(n, bank="beta" if n == 2 else "alpha") for n in range(1, 6)])

    assert [(b.bank, b.sequence, b.item_count, b.state) for b in batches] == [
        ("alpha", 1, 3, BatchState.SENT),
        ("alpha", 2, 1, BatchState.SENT),
        ("beta", 1, 1, BatchState.SENT),
    ]
    assert list(sent_files(office)) == ["DF_20261124_S_001.txt", "DF_20261124_S_002.txt"]
    layout = office.services.catalog.partner("alpha").layout("payout")
    for batch in batches[:2]:
        count, total, _ = read_back(layout, sent_files(office)[batch.file_name])
        assert (count, total) == (batch.item_count, batch.total_fen)
    with office.store.read() as uow:
        assert uow.payouts.get(batches[0].list_id).state is ListState.RELEASED
        states = {one.state for one in uow.payout_items.of_list(batches[0].list_id)}
    assert states == {ItemState.IN_FLIGHT}


def test_every_file_has_a_voucher_for_each_benefit_with_its_originals(office):
    batches = pay(office, [row(1), row(2, benefit="丧葬补助金"), row(3, bank="beta")])

    subjects = [subject_of(batches[0].id, b) for b in ("基本养老金", "丧葬补助金")]
    subjects.append(subject_of(batches[1].id, "基本养老金"))
    with office.store.read() as uow:
        (first,), (second,), (third,) = (
            uow.vouchers.of_event("payout.released", subject) for subject in subjects
        )
    assert [v.amount_fen for v in (first, second, third)] == [300_001, 300_002, 300_003]
    form, file = first.documents
    assert file.sha256 == batches[0].content_sha256
    assert "王审" in office.services.archive.open(form.sha256).read().decode()


def test_sequences_go_on_within_a_day_and_kind(office):
    pay(office, [row(1)])
    second = pay(office, [row(2)], sequence=2)
    instant = pay(office, [row(3, kind="instant")], sequence=3)

    assert [b.sequence for b in (*second, *instant)] == [2, 1]
    assert len({b.message_id for b in (*second, *instant)}) == 2


def test_releasing_twice_is_not_possible(office):
    payout = approve(office, take_list(office, [row(1)]))
    release(payout.id, person="赵出", services=office.services)

    with pytest.raises(Rejected) as found:
        release(payout.id, person="赵出", services=office.services)

    assert found.value.code == "payout_list_state"


def test_after_our_cutoff_only_an_explicit_word_takes_the_next_banking_day(office):
    payout = approve(office, take_list(office, [row(1)]))
    office.clock.advance(hours=3, minutes=30)  # 15:30, our cutoff

    with pytest.raises(Rejected) as found:
        release(payout.id, person="赵出", services=office.services)
    assert (found.value.code, found.value.facts["next"]) == ("payout_cutoff_passed", "2026-11-25")

    release(payout.id, person="赵出", next_day=True, services=office.services)
    office.work()
    assert batches_of(office, payout)[0].business_on == WEDNESDAY
    assert sent_files(office) == {}

    office.clock.advance(hours=16, minutes=30)  # 8:00 on Wednesday
    office.work()
    assert list(sent_files(office)) == ["DF_20261125_S_001.txt"]


def test_before_a_weekend_the_next_banking_day_is_monday(office):
    office.clock.advance(days=3, hours=5)
    payout = approve(office, take_list(office, [row(1)]))

    done = release(payout.id, person="赵出", next_day=True, services=office.services)

    assert done.batches[0].business_on == date(2026, 11, 30)


def test_a_file_that_missed_the_banks_deadline_waits_for_a_person(office):
    payout = approve(office, take_list(office, [row(1)]))
    release(payout.id, person="赵出", services=office.services)
    for task in office.due():
        office.run(task)
        office.finish(task)
    office.clock.advance(hours=4, minutes=30)  # 16:30

    (task,) = office.due()
    with pytest.raises(Rejected) as found:
        office.run(task)

    assert found.value.code == "payout_deadline_passed"
    assert outgoing(office)[0].state is OutboxState.BLOCKED
    assert sent_files(office) == {}

    office.run(task)  # a person has settled it with the bank and retried
    assert outgoing(office)[0].state is OutboxState.DELIVERED
    assert batches_of(office, payout)[0].state is BatchState.SENT


@pytest.mark.parametrize("state", [OutboxState.SENDING, OutboxState.UNKNOWN])
def test_a_file_whose_attempt_broke_off_is_not_sent_the_next_day_by_itself(office, state):
    """Nothing of it is at the bank: it is late like a file that was never tried (row 18).

    Found by tests/simulation: only files that had never been tried were held.
    """
    payout = approve(office, take_list(office, [row(1)]))
    release(payout.id, person="赵出", services=office.services)
    for task in office.due():
        office.run(task)
        office.finish(task)
    with office.store.begin() as uow:  # the process died, or the line broke, before it arrived
        uow.outbox.mark(outgoing(office)[0].id, state, at=office.services.now())
    office.clock.advance(days=1)

    (task,) = office.due()
    with pytest.raises(Rejected) as found:
        office.run(task)

    assert found.value.code == "payout_deadline_passed"
    assert (outgoing(office)[0].state, sent_files(office)) == (OutboxState.BLOCKED, {})
    office.run(task)  # a person has settled it with the bank and retried
    assert batches_of(office, payout)[0].state is BatchState.SENT


def test_building_again_gives_the_same_bytes(office):
    payout = approve(office, take_list(office, [row(1), row(2)]))
    release(payout.id, person="赵出", services=office.services)
    (task,) = office.due()
    office.run(task)
    first = batches_of(office, payout)[0]
    with office.store._engine.begin() as connection:  # as if the unit had not been committed
        connection.exec_driver_sql(
            "UPDATE payout_batches SET outgoing_id=NULL, content_sha256=NULL"
        )
        connection.exec_driver_sql("UPDATE payout_items SET state = 'listed'")

    office.clock.advance(hours=1)
    office.run(task)

    assert batches_of(office, payout)[0].content_sha256 == first.content_sha256
    assert len(outgoing(office)) == 1


def test_a_bank_without_a_channel_stops_the_release_before_anything_happens(office):
    payout = approve(office, take_list(office, [row(1), row(2, bank="beta")]))
    channels = {k: v for k, v in office.services.settings.channels.items() if k != "beta-out"}
    from dataclasses import replace

    settings = replace(office.services.settings, channels=channels)
    services = replace(office.services, settings=settings)

    with pytest.raises(Rejected) as found:
        release(payout.id, person="赵出", services=services)

    assert found.value.code == "payout_channel_missing"
    assert {one.state for one in items_of(office, payout)} == {ItemState.LISTED}
    assert batches_of(office, payout) == []
