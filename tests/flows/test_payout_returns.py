"""From a return to the money: work list, correction, re-issue, and who still waits."""

from __future__ import annotations

import csv
from datetime import date

import pytest

from hub.documents.work_list import ITEM, SHEETS
from hub.domain.aging import bucket
from hub.domain.correction import Correction
from hub.domain.discrepancy import Event, State
from hub.domain.payout import ItemState, ListState
from hub.domain.payout_answer import Effect
from hub.domain.way import Way
from hub.errors import Rejected
from hub.flows.payout_answers import remap
from hub.flows.payout_approval import cancel
from hub.flows.payout_decision import decide, lift
from hub.flows.payout_reissue import draft_reissue
from hub.flows.payout_release import release
from hub.flows.unpaid import success, waiting
from hub.flows.work_list import export, read_work_list, take_back
from hub.mappings.catalog import load_catalog
from tests.answers import answer, answering_office, line, pain002, send_xml
from tests.flows.test_payout_answers import alive, paid, states, vouchers
from tests.payouts import account, approve, items_of, row


@pytest.fixture
def office(tmp_path):
    found = answering_office(tmp_path / "office")
    yield found
    found.store.close()


@pytest.fixture
def returned(office):
    """Three pensions: one arrived, one has another name, one payee has died."""
    _, items = paid(office)
    a, b, c = items
    answer(office, [line(a, 7), line(b, 6, "户名不符"), line(c, 8, "收款人死亡")])
    return items


def fill(path, **cells):
    """Fill in the desk's columns of every row."""
    with path.open(encoding="utf-8-sig", newline="") as file:
        rows = list(csv.DictReader(file))
    for one in rows:
        one.update(cells)
    with path.open("w", encoding="gb18030", newline="") as file:
        writer = csv.DictWriter(file, rows[0].keys())
        writer.writeheader()
        writer.writerows(rows)


def test_the_work_list_goes_to_the_desk_and_its_corrections_are_paid(office, returned, tmp_path):
    _, b, _ = returned
    path = tmp_path / "list.csv"

    assert export(path, office.services, desk="待遇核发") == 1
    assert read_work_list(path) == ([], [b.id])
    fill(path, 新账号=account(99))
    done = take_back(path, person="张发", services=office.services)

    (payout,) = done.lists
    (again,) = items_of(office, payout)
    assert (again.attempt, again.repairs_id, again.account_no) == (2, b.id, account(99))
    assert [d for d in alive(office, Event.PAYOUT_RETURNED) if "BE01" in d.difference.note] == []
    approve(office, payout)
    release(payout.id, person="赵出", services=office.services)
    office.work()
    answer(office, [line(items_of(office, payout)[0], 7)], "2")
    assert [one.item.id for one in waiting(office.services)] == []
    with office.store.read() as uow:
        assert uow.payouts.get(payout.id).state is ListState.CLOSED
        assert [one for one in uow.conservations.of_batches() if one.breach] == []


def test_a_late_return_after_the_re_issue_belongs_to_its_own_attempt(office, returned, tmp_path):
    _, b, _ = returned
    path = tmp_path / "list.csv"
    export(path, office.services, desk="待遇核发")
    fill(path, 新账号=account(99))
    (payout,) = take_back(path, person="张发", services=office.services).lists
    approve(office, payout)
    release(payout.id, person="赵出", services=office.services)
    office.work()
    (again,) = items_of(office, payout)

    answer(office, [line(b, 8, "账户已销户", reference="R9")], "late")

    assert states(office, [b, again]) == ["returned", "in_flight"]


def test_a_workbook_goes_and_comes_back_as_well(office, returned, tmp_path):
    path = tmp_path / "list.xlsx"

    assert export(path, office.services) == 1  # a payee who died waits for nothing

    assert read_work_list(path) == ([], [returned[1].id])


@pytest.mark.parametrize(
    ("text", "cells", "code"),
    [
        ("户名不符", {"说明": "同一账户再试"}, "reissue_nothing_changed"),
        ("户名不符", {"新户名": "王丙"}, None),
        ("余额不足", {"说明": "已补足"}, None),
    ],
)
def test_the_reason_decides_what_a_re_issue_needs(office, tmp_path, text, cells, code):
    _, (a, *_) = paid(office)
    answer(office, [line(a, 6, text)])
    path = tmp_path / "list.csv"
    assert export(path, office.services) == 1
    fill(path, **cells)

    if code is None:
        assert take_back(path, person="张发", services=office.services).lists[0].item_count == 1
    else:
        with pytest.raises(Rejected) as refusal:
            take_back(path, person="张发", services=office.services)
        assert refusal.value.code == code


def test_what_must_be_asked_needs_an_explanation(office, tmp_path):
    (batch,), items = paid(office, row(1))
    send_xml(
        office, "ZT_1.xml",
        pain002(batch.message_id, items=[(items[0].end_to_end_id, "RJCT", "NARR", "?")]),
    )  # fmt: skip
    path = tmp_path / "list.csv"
    export(path, office.services)
    fill(path, 新账号=account(99))

    with pytest.raises(Rejected) as refusal:
        take_back(path, person="张发", services=office.services)

    assert refusal.value.code == "reissue_unexplained"


def test_a_stopped_benefit_is_not_paid_again(office, returned):
    with pytest.raises(Rejected) as refusal:
        draft_reissue(
            [Correction(item_id=returned[2].id, account_no=account(99))],
            person="张发",
            services=office.services,
        )

    assert refusal.value.code == "reissue_stopped"


def test_a_list_that_is_not_the_work_list_is_refused(tmp_path):
    path = tmp_path / "x.csv"
    path.write_text("a,b\n1,2\n", "utf-8")
    with pytest.raises(Rejected) as refusal:
        read_work_list(path)
    assert refusal.value.code == "work_list_unreadable"
    path.write_text(f"{ITEM},{','.join(SHEETS[Way.PAYOUT].answered)}\n1,,,,,x\n1,,,,,y\n", "utf-8")
    with pytest.raises(Rejected) as refusal:
        read_work_list(path)
    assert refusal.value.place.line == 3


def test_who_waits_since_when_and_at_whose_desk(office, returned):
    found = waiting(office.services, as_of=date(2026, 12, 1))

    assert [(one.item.id, one.days, one.working_days, one.desk) for one in found] == [
        (returned[1].id, 7, 5, "待遇核发")
    ]
    assert found[0].reason.code == "BE01"
    assert found[0].age == bucket(5)
    assert waiting(office.services, min_days=8, as_of=date(2026, 12, 1)) == []


def test_a_month_is_checked_by_what_banks_confirmed(office, returned):
    (line_,) = success(office.services, 202611)

    assert (line_.sent_count, line_.paid_count, line_.returned_count) == (3, 1, 2)
    assert line_.sent_fen == line_.paid_fen + line_.returned_fen + line_.open_fen
    assert line_.rate == "33.33%"


def test_an_unknown_word_is_mapped_later_and_then_applied(office, tmp_path):
    _, (a, *_) = paid(office)
    received = answer(office, [line(a, 6, "介质状态异常")])
    assert remap("alpha", person="李管", services=office.services) == (0, 1)
    file = office.services.catalog.partner("alpha").file
    text = file.read_text("utf-8").replace('"余额不足" =', '"介质状态异常" = "AC06"\n"余额不足" =')
    file.write_text(text, "utf-8")
    catalog = load_catalog(file.parent.parent)
    object.__setattr__(office.services, "catalog", catalog)

    assert remap("alpha", person="李管", services=office.services) == (1, 0)

    assert states(office, [a]) == ["returned"]
    assert alive(office, Event.ANSWER_CODE) == []
    with office.store.read() as uow:
        item = uow.payout_items.get(a.id)
        (stored,) = uow.payout_answers.list(inbox_id=received.id)
        assert len(vouchers(uow, "payout.returned")) == 1
    assert item.outcome_code == "AC06"
    assert stored.effect is Effect.APPLIED
    assert stored.answer.mapping_sha256 == catalog.partner("alpha").sha256


def test_two_people_decide_what_a_bank_leaves_open(office):
    _, (a, *_) = paid(office)
    answer(office, [line(a, 9)])
    say = {"reason": "电话问过", "services": office.services}

    first = decide(a.id, ItemState.RETURNED, person="李甲", **say)
    assert (first.state, states(office, [a])) == (State.PROPOSED, ["unknown"])
    with pytest.raises(Rejected):
        decide(a.id, ItemState.RETURNED, person="李甲", **say)
    with pytest.raises(Rejected) as refusal:
        decide(a.id, ItemState.PAID, person="王乙", **say)
    assert refusal.value.code == "payout_decision_differs"
    decide(a.id, ItemState.RETURNED, person="王乙", **say)

    assert states(office, [a]) == ["returned"]
    with office.store.read() as uow:
        assert uow.payout_items.get(a.id).evidence == f"decision:{first.id}"
        assert len(vouchers(uow, "payout.returned")) == 1


def test_what_the_bank_contradicts_is_not_paid_again_before_people_decided(office):
    _, (a, *_) = paid(office)
    answer(office, [line(a, 6, "户名不符")])
    answer(office, [line(a, 7)], "2")
    again = [Correction(item_id=a.id, account_no=account(99))]

    with pytest.raises(Rejected) as refusal:
        draft_reissue(again, person="张发", services=office.services)
    assert refusal.value.code == "payout_contradicted"
    for who in ("李甲", "王乙"):
        decide(a.id, ItemState.RETURNED, person=who, reason="查过", services=office.services)

    assert draft_reissue(again, person="张发", services=office.services).item_count == 1


def test_what_people_called_returned_and_the_bank_then_paid_waits_for_people(office):
    _, (a, *_) = paid(office)
    answer(office, [line(a, 9)])
    for who in ("李甲", "王乙"):
        decide(a.id, ItemState.RETURNED, person=who, reason="电话", services=office.services)
    answer(office, [line(a, 7)], "2")

    (found,) = office.discrepancies(Event.ANSWER_CONTRADICTS)
    assert found.state is State.OPEN
    with pytest.raises(Rejected) as refusal:
        draft_reissue(
            [Correction(item_id=a.id, account_no=account(99))],
            person="张发", services=office.services,
        )  # fmt: skip
    assert refusal.value.code == "payout_contradicted"


def test_a_paid_item_cannot_be_decided(office, returned):
    with pytest.raises(Rejected) as refusal:
        decide(
            returned[0].id, ItemState.RETURNED, person="李甲", reason="x", services=office.services
        )
    assert refusal.value.code == "payout_not_decidable"


def test_a_bank_that_was_wrong_about_a_death(office, returned):
    dead = returned[2]
    say = {"reason": "本人到场", "services": office.services}
    assert lift(dead.id, person="李甲", **say) == 1
    for who in ("李甲", "王乙"):
        decide(dead.id, ItemState.RETURNED, person=who, **say)

    again = [Correction(item_id=dead.id, account_no=account(99))]
    assert draft_reissue(again, person="张发", services=office.services).item_count == 1


def test_a_cancelled_re_issue_is_work_again(office, returned, tmp_path):
    path = tmp_path / "list.csv"
    export(path, office.services, desk="待遇核发")
    fill(path, 新账号=account(99))
    (payout,) = take_back(path, person="张发", services=office.services).lists
    assert not [d for d in alive(office, Event.PAYOUT_RETURNED) if "BE01" in d.difference.note]

    cancel(payout.id, person="李甲", reason="账号又变了", services=office.services)

    assert [d for d in alive(office, Event.PAYOUT_RETURNED) if "BE01" in d.difference.note]
    assert export(path, office.services, desk="待遇核发") == 1
