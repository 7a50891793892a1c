"""Steps run at least once; effects happen once. Every registered step is run twice here."""

from __future__ import annotations

import pytest

from hub.domain.facts import Source
from hub.flows.letter import sign
from hub.flows.letter_draft import draft
from hub.flows.payout_release import release
from hub.flows.schedule import plan_day
from tests.answers import line, result_bytes
from tests.facts import TUESDAY, collection, deposit
from tests.office import STEPS
from tests.payouts import approve, items_of, list_bytes, row, take_list


def for_ingest(office):
    office.send_list(Source.COLLECTIONS, [collection("R1")])


def for_refusal(office):
    office.send("tax-in", "nobody-knows-me.txt", b"x")


def for_hold(office):
    office.send_list(Source.COLLECTIONS, [collection("R1")])
    office.work()
    office.send_list(Source.COLLECTIONS, [collection("R2")])


def for_chase(office):
    plan_day(TUESDAY, office.services)
    office.clock.advance(hours=5)


def for_reconcile(office):
    office.send_list(Source.COLLECTIONS, [collection("R1", 500), collection("R2", 80)])
    office.send_list(Source.DEPOSITS, [deposit("R1", 300), deposit("R9", 20)])
    for task in office.due():
        office.run(task)
        office.finish(task)


def for_issue(office):
    for_reconcile(office)
    office.work()
    letter = draft(202611, person="王芳", services=office.services)
    sign(letter.id, person="李强", services=office.services)


def for_deliver(office):
    for_issue(office)
    for task in office.due():
        office.run(task)
        office.finish(task)


def for_payout_list(office):
    office.send("benefits-in", "FFMX_20261124_001.csv", list_bytes([row(1), row(2), row(2)]))


def for_build(office):
    payout = approve(office, take_list(office, [row(1), row(2), row(3, bank="beta")]))
    release(payout.id, person="赵出", services=office.services)


def for_payout_delivery(office):
    for_build(office)
    for task in office.due():
        office.run(task)
        office.finish(task)


def for_answer(office):
    """The bank answers before the hub knows that the file is there."""
    payout = approve(office, take_list(office, [row(1), row(2)]))
    release(payout.id, person="赵出", services=office.services)
    run_due(office, "build")
    (item, _) = items_of(office, payout)
    office.send("alpha-in", "HP_1.txt", result_bytes([line(item, 6, "户名不符")]))
    run_due(office, "ingest")
    run_due(office, "deliver")


def run_due(office, step):
    for task in office.due():
        if task.step == step:
            office.run(task)
            office.finish(task)


def for_remind(office):
    for_issue(office)
    office.work()
    office.clock.advance(days=16)  # the reply was due after ten working days


PREPARED = {
    "ingest": [for_ingest, for_refusal, for_payout_list],
    "hold": [for_hold],
    "chase": [for_chase],
    "reconcile": [for_reconcile],
    "issue": [for_issue],
    "remind": [for_remind],
    "build": [for_build],
    "answer": [for_answer],
    "deliver": [for_deliver, for_payout_delivery],
}
CASES = [(step, prepare) for step, several in PREPARED.items() for prepare in several]


def test_every_step_is_run_twice_here():
    assert PREPARED.keys() == STEPS.keys()


@pytest.mark.parametrize(("step", "prepare"), CASES, ids=[p.__name__ for _, p in CASES])
def test_running_a_step_again_changes_nothing(office, step, prepare):
    prepare(office)
    task = next(task for task in office.due() if task.step == step)
    untouched = office.dump()

    office.run(task)
    once = office.dump()
    office.run(task)

    assert once != untouched
    assert office.dump() == once
