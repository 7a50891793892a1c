"""What banks answer, and what it does: reliability rows 21, 22, 29-41, each once."""

from __future__ import annotations

import pytest

from hub.domain.discrepancy import Event, State
from hub.domain.payout import BatchState, ItemState, ListState
from hub.domain.payout_answer import Effect
from hub.store.inbox import InboxState
from hub.store.vouchers import Span
from tests.answers import (
    answer,
    answering_office,
    line,
    result_bytes,
)
from tests.payouts import approve, batches_of, items_of, pay, row, take_list


@pytest.fixture
def office(tmp_path):
    found = answering_office(tmp_path / "office")
    yield found
    found.store.close()


def paid(office, *rows):
    """Pay some rows; return batches and items."""
    batches = pay(office, list(rows) or [row(1), row(2), row(3)])
    with office.store.read() as uow:
        return batches, list(uow.payout_items.of_list(batches[0].list_id))


def states(office, items):
    with office.store.read() as uow:
        return [uow.payout_items.get(one.id).state.value for one in items]


def effects(office, received):
    with office.store.read() as uow:
        return [one.effect for one in uow.payout_answers.list(inbox_id=received.id)]


def vouchers(uow, event):
    return [one for one in uow.vouchers.list(Span()) if one.event == event]


def alive(office, cause):
    return [d for d in office.discrepancies(cause) if d.state is not State.CLOSED]


def test_a_part_is_paid_and_a_part_comes_back(office):
    (batch,), (a, b, c) = paid(office)

    received = answer(office, [line(a, 7), line(b, 6, "户名不符"), line(c, 7)])

    assert received.state is InboxState.READ
    assert states(office, (a, b, c)) == ["paid", "returned", "paid"]
    with office.store.read() as uow:
        item = uow.payout_items.get(b.id)
        (voucher,) = vouchers(uow, "payout.returned")
        assert uow.payout_batches.get(batch.id).state is BatchState.CLOSED
        assert uow.payouts.get(batch.list_id).state is ListState.CLOSED
        assert [c for c in uow.conservations.of_batches() if c.breach] == []
    assert (item.outcome_code, item.outcome_raw) == ("BE01", "户名不符")
    assert item.outcome_version == office.services.catalog.partner("alpha").sha256
    assert item.evidence == f"inbox:{received.id}/line:3"  # the header is line 1
    assert voucher.amount_fen == b.amount_fen
    (work,) = alive(office, Event.PAYOUT_RETURNED)
    assert (work.owner, work.difference.count) == ("待遇核发", 1)
    assert work.difference.amount_fen == b.amount_fen
    assert "户名不符" in work.difference.note


@pytest.mark.parametrize("name", ["1", "another"])
def test_the_same_content_again_does_nothing(office, name):
    _, (a, *_) = paid(office)
    lines = [line(a, 6, "户名不符")]
    answer(office, lines)
    before = office.dump()["payout_answers"], office.dump()["vouchers"]

    answer(office, lines, name)

    assert (office.dump()["payout_answers"], office.dump()["vouchers"]) == before


def test_the_same_answers_in_another_file_do_nothing(office):
    _, (a, b, _) = paid(office)
    answer(office, [line(a, 6, "户名不符")])

    received = answer(office, [line(b, 7), line(a, 6, "户名不符")], "2")

    assert effects(office, received) == [Effect.APPLIED]  # only of b
    with office.store.read() as uow:
        (noted,) = uow.journal.list(event="payout.answered", subject=f"inbox:{received.id}")
        assert len(vouchers(uow, "payout.returned")) == 1
    assert '"repeats":1' in noted.facts


def test_another_content_under_the_same_name_is_held(office):
    _, (a, *_) = paid(office)
    answer(office, [line(a, 7)])

    received = answer(office, [line(a, 6, "户名不符")])

    assert received.state is InboxState.HELD
    assert states(office, [a]) == ["paid"]


def test_totals_that_do_not_hold_refuse_the_whole_file(office):
    _, (a, b, _) = paid(office)

    received = answer(office, [line(a, 7), line(b, 6, "户名不符")], total_fen=1)

    assert received.state is InboxState.REFUSED
    assert states(office, (a, b)) == ["in_flight", "in_flight"]


def test_an_unknown_code_holds_the_payment_until_a_map_knows_it(office):
    _, (a, b, _) = paid(office)

    received = answer(office, [line(a, 6, "介质状态异常"), line(b, "X")])

    assert states(office, (a, b)) == ["unknown", "unknown"]
    assert effects(office, received) == [Effect.HELD, Effect.HELD]
    (code,) = alive(office, Event.ANSWER_CODE)
    assert code.difference.count == 2
    assert "介质状态异常" in code.difference.note
    assert alive(office, Event.PAYOUT_UNKNOWN)[0].difference.count == 2


def test_a_result_that_the_bank_does_not_know_locks_until_it_does(office):
    _, (a, *_) = paid(office)
    answer(office, [line(a, 9)])
    assert states(office, [a]) == ["unknown"]
    assert len(alive(office, Event.PAYOUT_UNKNOWN)) == 1

    answer(office, [line(a, 7)], "2")

    assert states(office, [a]) == ["paid"]
    assert alive(office, Event.PAYOUT_UNKNOWN) == []


def test_what_is_less_final_than_known_changes_nothing_but_is_kept(office):
    _, (a, *_) = paid(office)
    answer(office, [line(a, 7)])

    received = answer(office, [line(a, 1)], "2")

    assert effects(office, received) == [Effect.OLDER]
    assert states(office, [a]) == ["paid"]


def test_an_answer_before_the_delivery_is_known_waits_for_it(office):
    payout = approve(office, take_list(office, [row(1)]))
    from hub.flows.payout_release import release

    release(payout.id, person="赵出", services=office.services)
    (build,) = [task for task in office.due() if task.step == "build"]
    office.run(build)
    office.finish(build)
    (item,) = items_of(office, payout)
    deliver = [task for task in office.due() if task.step == "deliver"]
    received = office.send("alpha-in", "HP_1.txt", result_bytes([line(item, 6, "户名不符")]))
    (ingest,) = [task for task in office.due() if task.step == "ingest"]
    office.run(ingest)
    office.finish(ingest)
    assert effects(office, received) == [Effect.PARKED]
    assert items_of(office, payout)[0].state is ItemState.IN_FLIGHT
    assert len(deliver) == 1

    office.work()

    assert effects(office, received) == [Effect.APPLIED]
    assert items_of(office, payout)[0].state is ItemState.RETURNED
    (batch,) = batches_of(office, payout)
    assert batch.state is BatchState.CLOSED
    with office.store.read() as uow:
        assert len(vouchers(uow, "payout.returned")) == 1


def test_an_unknown_payment_is_shown_with_its_amount(office):
    _, (a, *_) = paid(office)
    stranger = line(a, 8, "账户已销户").replace(a.end_to_end_id, "NOSUCHPAYMENT")

    received = answer(office, [stranger])

    assert effects(office, received) == [Effect.STRAY]
    (stray,) = alive(office, Event.ANSWER_STRAY)
    assert (stray.difference.amount_fen, stray.owner) == (a.amount_fen, "财务管理")
    assert states(office, [a]) == ["in_flight"]


def test_a_bank_cannot_answer_for_another(office):
    _, (a, *_) = paid(office)

    received = answer(office, [line(a, 7)], bank="beta")

    assert effects(office, received) == [Effect.STRAY]
    assert states(office, [a]) == ["in_flight"]


def test_another_agencys_answer_is_shown(office):
    _, (a, *_) = paid(office)

    received = answer(office, [line(a, 7)], agency="SB999")

    assert effects(office, received) == [Effect.FOREIGN]
    assert len(alive(office, Event.ANSWER_FOREIGN)) == 1
    assert states(office, [a]) == ["in_flight"]


@pytest.mark.parametrize("by", [-1, 1])
def test_another_amount_is_no_return_of_the_payment(office, by):
    _, (a, *_) = paid(office)
    answer(office, [line(a, 7)])

    received = answer(
        office, [line(a, 8, "账户已销户", amount_fen=a.amount_fen + by, reference="R1")], "2"
    )

    assert effects(office, received) == [Effect.DIFFERS]
    assert states(office, [a]) == ["paid"]
    assert alive(office, Event.RETURN_DIFFERS)[0].difference.amount_fen == a.amount_fen + by
    with office.store.read() as uow:
        (held,) = vouchers(uow, "suspense.received")
    assert held.amount_fen == a.amount_fen + by


def test_a_second_return_of_one_payment_is_not_credited_again(office):
    _, (a, *_) = paid(office)
    answer(office, [line(a, 8, "账户已销户", reference="R1")])

    received = answer(office, [line(a, 8, "账户已销户", reference="R2")], "2")

    assert effects(office, received) == [Effect.TWICE]
    assert len(alive(office, Event.RETURN_TWICE)) == 1
    with office.store.read() as uow:
        assert len(vouchers(uow, "payout.returned")) == 1


def test_an_answer_that_first_came_for_another_agency_counts_when_it_comes_for_ours(office):
    """A bank that wrote a wrong agency number sends its file again, corrected.

    Found by tests/simulation, payouts 5: the corrected lines were taken for repeats.
    """
    _, (a, *_) = paid(office)
    answer(office, [line(a, 7)], agency="SB999")

    received = answer(office, [line(a, 7)], "2")

    assert effects(office, received) == [Effect.APPLIED]
    assert states(office, [a]) == ["paid"]
    assert effects(office, answer(office, [line(a, 7)], "3", agency="SB999")) == []
