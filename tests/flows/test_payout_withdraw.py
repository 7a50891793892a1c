"""A file held after its deadline is taken back by two people, with proof, and released again."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest

from hub.domain.payout import BatchState, ItemState, ListState
from hub.errors import Rejected
from hub.flows.payout_release import release
from hub.flows.payout_release_again import release_again
from hub.flows.payout_withdraw import withdraw
from hub.flows.verify import verify
from hub.mappings.catalog import load_catalog
from hub.store.outbox import OutboxState
from hub.store.vouchers import Span
from tests.answers import answer, answering_office, line
from tests.payouts import approve, batches_of, items_of, row, sent_files, take_list

REASON = "银行答复当日不再受理"


@pytest.fixture
def office(tmp_path):
    found = answering_office(tmp_path / "office")
    yield found
    found.store.close()


def held(office, *rows):
    """Release a list of one bank and miss its deadline; returns list, batch and parked task."""
    payout = approve(office, take_list(office, list(rows) or [row(1), row(2)]))
    release(payout.id, person="赵出", services=office.services)
    (build,) = office.due()
    office.run(build)
    office.finish(build)
    office.clock.advance(hours=4, minutes=30)  # 16:30
    (deliver,) = office.due()
    with office.store.begin() as uow:
        uow.tasks.begin(deliver.id)
    with pytest.raises(Rejected):
        office.run(deliver)
    with office.store.begin() as uow:
        uow.tasks.park(deliver.id, at=office.services.now(), note="payout_deadline_passed")
    return payout, batches_of(office, payout)[0], deliver


def both(office, batch, first="钱一", second="孙二"):
    withdraw(batch.id, person=first, reason=REASON, services=office.services)
    return withdraw(batch.id, person=second, services=office.services)


def outgoing(office):
    with office.store.read() as uow:
        return uow.outbox.list()


def broken(office):
    return [one.name for one in verify(office.services) if not one.ok]


def test_two_people_take_a_held_file_back_with_proof(office):
    payout, batch, _ = held(office)
    before = items_of(office, payout)

    order = both(office, batch)

    after = items_of(office, payout)
    assert batches_of(office, payout)[0].state is BatchState.WITHDRAWN
    assert outgoing(office)[0].state is OutboxState.WITHDRAWN
    assert {(one.state, one.batch_id) for one in after} == {(ItemState.LISTED, None)}
    assert not {one.end_to_end_id for one in after} & {one.end_to_end_id for one in before}
    assert [one.entitlement for one in after] == [one.entitlement for one in before]
    with office.services.archive.open(order.proof_sha256) as kept:
        shown = json.load(kept)
    assert shown["files"][0]["probe"] == "nothing there"
    assert shown["files"][0]["outbox"]["attempts"] == 0
    assert (shown["proposed"]["by"], shown["confirmed"]["by"]) == ("钱一", "孙二")
    assert "payout.withdrawn" in office.events()
    with office.store.read() as uow:
        assert sum(one.amount_fen for one in uow.vouchers.list(Span())) == 0
    assert broken(office) == []


def test_what_waits_is_released_again_once_and_the_old_file_never_leaves(office):
    payout, batch, deliver = held(office)
    old = {one.end_to_end_id for one in items_of(office, payout)}
    both(office, batch)
    services = office.services

    with pytest.raises(Rejected) as late:
        release_again(payout.id, person="赵出", services=services)
    assert late.value.code == "payout_cutoff_passed"
    release_again(payout.id, person="赵出", next_day=True, services=services)
    with pytest.raises(Rejected) as twice:
        release_again(payout.id, person="赵出", next_day=True, services=services)
    assert twice.value.code == "payout_nothing_waits"
    office.work()
    assert sent_files(office) == {}
    office.clock.advance(hours=16)  # Wednesday morning
    office.work()
    office.run(deliver)  # somebody retries the old delivery

    ((name, content),) = sent_files(office).items()
    assert name == "DF_20261125_S_001.txt"
    assert not any(one.encode() in content for one in old)
    items = items_of(office, payout)
    assert all(one.end_to_end_id.encode() in content for one in items)
    assert {(one.state, one.attempt) for one in items} == {(ItemState.IN_FLIGHT, 1)}
    answer(office, [line(one, 7) for one in items])
    assert {one.state for one in items_of(office, payout)} == {ItemState.PAID}
    with office.store.read() as uow:
        assert uow.payouts.get(payout.id).state is ListState.CLOSED
    assert broken(office) == []


def test_an_answer_about_the_withdrawn_file_is_no_answer_about_its_payments(office):
    payout, batch, _ = held(office)
    old = items_of(office, payout)
    both(office, batch)

    received = answer(office, [line(old[0], 7)])

    with office.store.read() as uow:
        (stored,) = uow.payout_answers.list(inbox_id=received.id)
    assert stored.effect.value == "stray"
    assert items_of(office, payout)[0].state is ItemState.LISTED


def test_one_person_alone_cannot_and_a_reason_is_needed(office):
    payout, batch, _ = held(office)
    services = office.services

    with pytest.raises(Rejected) as silent:
        withdraw(batch.id, person="钱一", services=services)
    withdraw(batch.id, person="钱一", reason=REASON, services=services)
    with pytest.raises(Rejected) as alone:
        withdraw(batch.id, person="钱 一", services=services)

    assert silent.value.code == "batch_order_without_reason"
    assert alone.value.code == "batch_order_same_person"
    assert batches_of(office, payout)[0].state is BatchState.READY


def test_a_file_that_is_sent_as_it_is_cannot_be_withdrawn(office):
    payout, batch, deliver = held(office)
    withdraw(batch.id, person="钱一", reason=REASON, services=office.services)
    office.run(deliver)  # another person has settled it with the bank and retried

    with pytest.raises(Rejected) as sent:
        withdraw(batch.id, person="孙二", services=office.services)

    assert sent.value.code == "batch_not_held"
    assert batches_of(office, payout)[0].state is BatchState.SENT


def test_a_file_that_lies_at_the_bank_cannot_be_withdrawn(office):
    _, batch, _ = held(office)
    folder = office.services.settings.channels["alpha-out"].path
    (folder / batch.file_name).write_bytes(b"whatever it is")

    with pytest.raises(Rejected) as there:
        withdraw(batch.id, person="钱一", reason=REASON, services=office.services)

    assert there.value.code == "batch_may_be_there"


def test_where_the_bank_takes_files_away_an_attempt_leaves_doubt(office):
    _, batch, _ = held(office)
    with office.store._engine.begin() as connection:
        connection.exec_driver_sql("UPDATE outbox SET attempts = 1")
    settings = office.services.settings
    channel = replace(settings.channels["alpha-out"], partner_removes=True)
    channels = {**settings.channels, "alpha-out": channel}
    services = replace(office.services, settings=replace(settings, channels=channels))

    with pytest.raises(Rejected) as doubt:
        withdraw(batch.id, person="钱一", reason=REASON, services=services)

    assert doubt.value.code == "batch_may_be_there"


def test_a_batch_that_is_not_held_cannot_be_withdrawn(office):
    payout = approve(office, take_list(office, [row(1)]))
    release(payout.id, person="赵出", services=office.services)
    services = office.services

    with pytest.raises(Rejected) as early:
        withdraw(1, person="钱一", reason=REASON, services=services)
    office.work()
    with pytest.raises(Rejected) as sent:
        withdraw(1, person="钱一", reason=REASON, services=services)

    assert (early.value.code, sent.value.code) == ("batch_without_file", "batch_not_held")


def test_what_was_changed_after_the_withdrawal_is_not_released(office):
    payout, batch, _ = held(office)
    both(office, batch)
    with office.store._engine.begin() as connection:
        connection.exec_driver_sql("UPDATE payout_items SET account_no = '1' WHERE item_no = 1")

    with pytest.raises(Rejected) as changed:
        release_again(payout.id, person="赵出", next_day=True, services=office.services)

    assert changed.value.code == "batch_waiting_differs"


def test_a_sender_that_was_about_to_send_finds_the_file_withdrawn(office):
    _, batch, deliver = held(office)
    both(office, batch)

    with office.store.begin() as uow, pytest.raises(Rejected) as gone:
        uow.outbox.mark(batch.outgoing_id, OutboxState.SENDING, at=office.services.now())
    office.run(deliver)

    assert gone.value.code == "outbox_withdrawn"
    assert sent_files(office) == {}


def test_a_sender_that_was_quicker_leaves_nothing_to_withdraw(office):
    _, batch, _ = held(office)
    withdraw(batch.id, person="钱一", reason=REASON, services=office.services)
    with office.store.read() as uow:
        seen = uow.outbox.get(batch.outgoing_id)
    with office.store.begin() as uow:
        uow.outbox.mark(seen.id, OutboxState.SENDING, at=office.services.now())

    with office.store.begin() as uow, pytest.raises(Rejected) as moved:
        uow.outbox.withdraw(seen, at=office.services.now(), note="withdrawn")

    assert moved.value.code == "outbox_moved"


REQUEST = """
[layouts.notice]
form = "delimited"
direction = "out"
file_name = "RQ_{day:%Y%m%d}_{any}_{sequence:03d}.txt"
delimiter = "|"
[[layouts.notice.records]]
name = "item"
repeat = true
fields = [
  { name = "message_id", type = "text" },
  { name = "file_name", type = "text" },
]
"""


def test_the_message_that_goes_with_a_file_is_withdrawn_with_it(office):
    file = office.services.catalog.partner("alpha").file
    text = file.read_text("utf-8").replace("[payout]\n", '[payout]\nrequest = "notice"\n')
    file.write_text(text + REQUEST, "utf-8")
    office.services = replace(office.services, catalog=load_catalog(file.parent.parent))
    payout = approve(office, take_list(office, [row(1)]))
    release(payout.id, person="赵出", services=office.services)
    (build,) = office.due()
    office.run(build)
    office.finish(build)
    office.clock.advance(hours=4, minutes=30)
    deliver, *_ = office.due()
    with pytest.raises(Rejected):
        office.run(deliver)

    both(office, batches_of(office, payout)[0])
    office.work()

    assert {one.file_name: one.state for one in outgoing(office)} == {
        "DF_20261124_S_001.txt": OutboxState.WITHDRAWN,
        "RQ_20261124_S_001.txt": OutboxState.WITHDRAWN,
    }
    assert sent_files(office) == {}
