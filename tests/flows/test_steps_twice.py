"""Steps run at least once; effects happen once. Every registered step is run twice here."""

from __future__ import annotations

import pytest

from hub.domain.facts import Source
from hub.flows.letter import sign
from hub.flows.letter_draft import draft
from hub.flows.nightly import plan_night
from hub.flows.payout_release import release
from hub.flows.payout_resend import resend
from hub.flows.schedule import plan_day
from tests import debits
from tests.answers import line, result_bytes
from tests.banking import Move, camt, keep_accounts
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


def for_build_debit(office):
    release_debits(office, [debits.row(1), debits.row(2), debits.row(3, bank="delta")])


def for_answer_debit(office):
    """The bank says what became of two debits before the hub knows that the file is there."""
    listed = release_debits(office, [debits.row(1), debits.row(2)])
    run_due(office, "build_debit")
    (item, _) = debits.items_of(office, listed)
    office.send("gamma-in", "HP_1.txt", result_bytes([line(item, 6, "户名不符")]))
    run_due(office, "ingest")
    run_due(office, "deliver")


def release_debits(office, rows):
    listed = debits.approve(office, debits.take_list(office, rows))
    release(listed.id, person="赵出", services=debits.of_debits(office))
    return listed


def for_resend(office):
    """The bank has taken a file, lost it, and two people order it again."""
    for_payout_delivery(office)
    office.work()
    batch = next(one for one in all_batches(office) if one.bank == "alpha")
    (office.services.settings.channels["alpha-out"].path / batch.file_name).unlink()
    resend(batch.id, person="钱一", reason="银行称文件损坏", services=office.services)
    resend(batch.id, person="孙二", services=office.services)


def all_batches(office):
    with office.store.read() as uow:
        return uow.payout_batches.list()


def run_due(office, step):
    for task in office.due():
        if task.step == step:
            office.run(task)
            office.finish(task)


def for_remind(office):
    for_issue(office)
    office.work()
    office.clock.advance(days=16)  # the reply was due after ten working days


def for_bank_day(office):
    """Lines that names, sums, words and nothing explain; one of them is old enough for 暂收."""
    keep_accounts(office, office.database.parents[1])
    payout = approve(office, take_list(office, [row(1), row(2)]))
    release(payout.id, person="赵出", services=office.services)
    office.work()
    plan_day(TUESDAY, office.services)
    total = sum(item.amount_fen for item in items_of(office, payout))
    moves = [
        Move(-total, ref="1"), Move(99, text="结息", ref="2"), Move(-5, text="手续费", ref="3"),
        Move(777, ref="4"),
    ]  # fmt: skip
    office.clock.advance(days=7)
    office.send("alpha-in", "ST_1.xml", camt(moves, opening=1_000_000_000))
    run_due(office, "ingest")


def for_verify(office):
    plan_night(TUESDAY, office.services)


PREPARED = {
    "ingest": [for_ingest, for_refusal, for_payout_list],
    "hold": [for_hold],
    "chase": [for_chase],
    "reconcile": [for_reconcile],
    "issue": [for_issue],
    "remind": [for_remind],
    "build": [for_build],
    "answer": [for_answer],
    "build_debit": [for_build_debit],
    "answer_debit": [for_answer_debit],
    "resend": [for_resend],
    "deliver": [for_deliver, for_payout_delivery],
    "bank_day": [for_bank_day],
    "verify": [for_verify],
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
