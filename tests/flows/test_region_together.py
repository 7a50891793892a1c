"""Messages accepted in one unit have the very effect that they have one by one."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace

import pytest

from hub.actors.cast import TRANSFER_STEPS, TRANSFER_TOGETHER
from hub.actors.messages import Wake
from hub.domain.envelope import open_wire
from hub.store.tasks import TaskState
from tests.regions import effects, noted_business, resealed, two_offices, wire

OTHER_CASE = "PT-2026-000018"


class Asked:
    """Counts how often a message was looked at in a shared unit, and how often alone."""

    def __init__(self) -> None:
        self.together, self.alone = 0, 0

    def accept_together(self, task, uow, services):
        self.together += 1
        TRANSFER_TOGETHER["accept"](task, uow, services)

    def accept(self, task, services):
        self.alone += 1
        TRANSFER_STEPS["accept"](task, services)


@pytest.fixture
def offices(tmp_path):
    here, there = two_offices(tmp_path)
    with noted_business():
        yield here, there
    here.store.close()
    there.store.close()


def posted(there, count):
    """Return messages of two cases in turn, as they leave the other office."""
    for n in range(count):
        there.post("330100", body={"n": n}, case=OTHER_CASE if n % 2 else "PT-2026-000017")
    return [replace(message, sender="") for message in there.outgoing()]


def worker_of(office, asked):
    together = {"accept": asked.accept_together}
    return office.worker({**TRANSFER_STEPS, "accept": asked.accept}, together)


def receive(office, messages):
    """Let messages arrive and a worker live until nothing is due; return what it did."""
    office.arrive(*messages)
    asked = Asked()
    worker = worker_of(office, asked)
    while office.is_due():
        worker.on_receive(Wake())
    return asked


def receipts(office):
    """Return outcome and code of each receipt by the message it answers, in order."""
    sealed = [open_wire(one.body) for one in office.outgoing()]
    mine = [one for one in sealed if one.envelope.type == "admin.receipt"]
    return [
        (one.envelope.in_reply_to, one.read_body()["outcome"], one.read_body()["code"])
        for one in mine
    ]


def test_good_messages_share_a_unit_and_keep_the_order_of_their_cases(offices):
    here, there = offices
    messages = posted(there, 12)

    asked = receive(here, messages)

    assert (asked.together, asked.alone) == (12, 0)
    assert [entry.facts for entry in effects(here)] == [f'{{"n":{n}}}' for n in range(12)]
    assert receipts(here) == [(message.id, "applied", None) for message in messages]
    assert here.events().count("message.applied") == 12


def test_one_refused_one_forged_and_a_repeat_in_a_batch_are_what_they_are_alone(offices):
    here, there = offices
    messages = posted(there, 8)
    there.post("330100", body={"refuse": True})
    refused = replace(there.outgoing()[0], sender="")
    forged = wire(resealed(here, open_wire(messages[3].body)), message_id="forged")
    again = replace(messages[0], id=f"{messages[0].id}.1")

    asked = receive(here, [*messages[:6], again, forged, messages[7], messages[6], refused])

    assert asked.alone == 11 + 1  # the refused one came early, and is tried again in its turn
    assert [entry.facts for entry in effects(here)] == [f'{{"n":{n}}}' for n in range(8)]
    said = receipts(here)
    first = [(message.id, "applied", None) for message in messages[:6]]
    assert said[:6] == first
    assert said[-1] == (open_wire(refused.body).envelope.id, "refused", "reason_unusable")
    assert Counter(said)[first[0]] == 2  # its receipt may have been lost
    counts = Counter(here.events())
    assert counts["message.applied"] == 8
    assert (counts["security.message_refused"], counts["security.message_repeated"]) == (1, 1)
    assert (counts["message.refused"], counts["message.parked"]) == (1, 2)


def test_a_gap_closes_within_a_unit_and_nothing_waits_after(offices):
    here, there = offices
    messages = posted(there, 6)

    asked = receive(here, [messages[3], messages[0], messages[2], messages[1]])
    receive(here, messages[4:])

    assert asked.alone == 0
    assert [entry.facts for entry in effects(here)] == [f'{{"n":{n}}}' for n in range(6)]
    assert {one.state.value for one in here.messages(peer="510100") if one.direction == "in"} == {
        "applied"
    }


class Death(BaseException):
    """The process ends here: nobody catches it, and nothing after it is done."""


def test_a_death_before_the_commit_leaves_nothing_but_a_strike(offices):
    here, there = offices
    here.arrive(*posted(there, 3))
    before = here.entries()

    class Dying(Asked):
        def accept_together(self, task, uow, services):
            super().accept_together(task, uow, services)
            if self.together == 3:
                raise Death

    with pytest.raises(Death):
        worker_of(here, Dying()).on_receive(Wake())

    assert here.entries() == before
    assert (here.messages(), here.outgoing()) == ([], [])
    assert [(task.state, task.strikes) for task in tasks(here)] == [(TaskState.DUE, 1)] * 3


def test_a_death_after_the_commit_finds_effect_receipt_and_end_of_the_task(offices):
    here, there = offices
    messages = posted(there, 3)
    here.arrive(*messages)

    def die(_road):
        raise Death

    here.store.on_queued = die  # told of the receipts, at once after the commit
    with pytest.raises(Death):
        worker_of(here, Asked()).on_receive(Wake())

    assert len(effects(here)) == 3
    assert receipts(here) == [(message.id, "applied", None) for message in messages]
    assert {(task.state, task.strikes) for task in tasks(here)} == {(TaskState.DONE, 0)}


def tasks(office):
    with office.store.read() as uow:
        return [task for task in uow.tasks.list(queue="transfer") if task.step == "accept"]
