"""A bank that takes files away, a hub that was killed after the rename: the answer proves delivery.

Found by thought and shown by the crash harness (docs/reliability.md): before, such a batch stayed
unsent in the hub for ever, or a person had to send it a second time.
"""

from __future__ import annotations

from dataclasses import replace

import pytest

from hub.domain.payout import BatchState, ItemState
from hub.errors import Rejected
from hub.flows.payout_release import release
from hub.store.outbox import OutboxState
from tests.answers import answer, answering_office, line
from tests.payouts import account, approve, batches_of, items_of, row, take_list


@pytest.fixture
def office(tmp_path):
    found = answering_office(tmp_path / "office")
    settings = found.services.settings
    channel = replace(settings.channels["alpha-out"], partner_removes=True)
    channels = {**settings.channels, "alpha-out": channel}
    found.services = replace(found.services, settings=replace(settings, channels=channels))
    yield found
    found.store.close()


def killed_after_the_rename(office):
    """Bring a batch to where a kill leaves it: attempted, and the bank has taken the file."""
    payout = approve(office, take_list(office, [row(1), row(2)]))
    release(payout.id, person="赵出", services=office.services)
    (build,) = office.due()
    office.run(build)
    office.finish(build)
    (task,) = office.due()
    at = office.services.now()
    with office.store.begin() as uow:
        uow.outbox.mark(int(task.subject_id), OutboxState.SENDING, at=at)
        uow.tasks.begin(task.id)
    with pytest.raises(Rejected) as caught:  # the hub starts again and looks
        office.run(task)
    assert caught.value.code == "delivery_outcome_unknown"
    with office.store.begin() as uow:
        uow.tasks.park(task.id, at=at, note=caught.value.code)
    return payout, task


def test_an_answer_by_our_ids_proves_the_delivery_and_nothing_is_sent_again(office):
    payout, _ = killed_after_the_rename(office)
    first, second = items_of(office, payout)

    answer(office, [line(first, 7), line(second, 6, "户名不符")])

    assert [one.state for one in batches_of(office, payout)] == [BatchState.CLOSED]
    assert [one.state for one in items_of(office, payout)] == [ItemState.PAID, ItemState.RETURNED]
    assert office.parked() == []
    folder = office.services.settings.channels["alpha-out"].path
    assert [path for path in folder.iterdir() if path.is_file()] == []


def test_an_answer_by_account_and_amount_proves_nothing(office):
    payout, task = killed_after_the_rename(office)
    name = batches_of(office, payout)[0].file_name
    office.send("alpha-in", f"1{name}", f"{account(1)}|300001|户名不符|\n".encode())

    office.work()

    assert [one.state for one in batches_of(office, payout)] == [BatchState.READY]
    assert [one.id for one in office.parked()] == [task.id]


def test_without_an_answer_only_a_person_sends_it_again(office):
    payout, task = killed_after_the_rename(office)

    office.run(task)  # the bank has said on the telephone that it has nothing

    assert [one.state for one in batches_of(office, payout)] == [BatchState.SENT]
    folder = office.services.settings.channels["alpha-out"].path
    assert len([path for path in folder.iterdir() if path.is_file()]) == 1
