"""Failed debits go to the desk and come back as another attempt, as their reason allows."""

from __future__ import annotations

import csv
from dataclasses import replace
from datetime import date

import pytest

from hub.domain.correction import Correction
from hub.domain.discrepancy import Event, State
from hub.domain.payout import ItemState, ListState
from hub.domain.unpaid import WAITING
from hub.errors import Rejected
from hub.flows.debit_stop import stop
from hub.flows.payout_approval import cancel
from hub.flows.payout_decision import decide, lift
from hub.flows.payout_reissue import draft_reissue
from hub.flows.unpaid import waiting
from hub.flows.verify import verify
from hub.flows.work_list import export, take_back
from tests.answers import answer, line
from tests.debits import (
    approve,
    batches_of,
    debit,
    items_of,
    of_debits,
    reading,
    row,
    send,
    states_of,
    take_list,
)

LISTED, PAID = ItemState.LISTED.value, ItemState.PAID.value


def fail(office, item, why, name="1"):
    answer(office, [line(item, "6", why)], name, bank="gamma")


def failed(office, *reasons):
    """Debit as many families as there are reasons, each failing for its own; return the list."""
    listed = debit(office, [row(n) for n, _ in enumerate(reasons, start=1)])
    lines = [
        line(item, "6", why) for item, why in zip(items_of(office, listed), reasons, strict=True)
    ]
    answer(office, lines, bank="gamma")
    return listed


def again(office, item, **given):
    return draft_reissue(
        [Correction(item_id=item.id, **given)], person="张征", services=of_debits(office)
    )


def refusal(office, item, **given):
    with pytest.raises(Rejected) as found:
        again(office, item, **given)
    return found.value.code


def alive(office):
    found = office.discrepancies(Event.DEBIT_FAILED)
    return sorted(d.difference.count for d in found if d.state is not State.CLOSED)


def test_the_work_list_says_why_and_comes_back_as_another_attempt(office, tmp_path):
    listed = failed(office, "余额不足", "户名不符")
    one, two = items_of(office, listed)
    path = tmp_path / "work.csv"

    assert export(path, of_debits(office), desk="保险费征缴") == 2
    rows = list(csv.DictReader(path.open(encoding="utf-8-sig")))
    rows[0]["说明"] = "已提醒存款"
    rows[1] |= {"新户名": "李父二", "新授权协议号": "SQ9", "新签订日期": "2026/11/20"}
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, rows[0].keys())
        writer.writeheader()
        writer.writerows(rows)
    done = take_back(path, person="张征", services=of_debits(office))

    assert [(r["失败代码"], r["处理"], r["授权协议号"]) for r in rows] == [
        ("AM04", "下一银行工作日再次扣款", "SQ000001"),
        ("BE01", "更正账户信息后再次扣款", "SQ000002"),
    ]
    (made,) = done.lists
    first, second = items_of(office, made)
    assert (made.title, made.made_by) == ("2026年11月代收代缴再次扣款", "张征")
    assert (first.attempt, first.repairs_id, second.repairs_id) == (2, one.id, two.id)
    assert (second.account_name, second.mandate_no) == ("李父二", "SQ9")
    assert second.mandate_on == date(2026, 11, 20)
    assert first.end_to_end_id != one.end_to_end_id
    assert alive(office) == []


def test_who_made_the_list_does_not_sign_it_and_it_waits_for_the_next_day(office):
    (item,) = items_of(office, failed(office, "余额不足"))
    made = again(office, item)

    with pytest.raises(Rejected) as maker:
        approve(office, made, ("张征",))
    approved = approve(office, made)
    with pytest.raises(Rejected) as early:
        send(office, approved)
    office.clock.advance(days=1)
    send(office, approved)
    (second,) = items_of(office, made)
    answer(office, [line(second, "7")], "2", bank="gamma")

    assert (maker.value.code, early.value.code) == ("payout_maker_signs", "debit_retry_too_early")
    assert states_of(office, made) == [PAID]
    assert batches_of(office, made)[0].business_on == date(2026, 11, 25)
    assert [one.name for one in verify(office.services) if not one.ok] == []


@pytest.mark.parametrize(
    ("why", "given", "code"),
    [
        ("户名不符", {"explanation": "查过"}, "debit_again_nothing_changed"),
        ("没有授权", {"account_no": "6222020000000099999"}, "debit_again_mandate"),
        ("没有授权", {"mandate_no": "SQ000001"}, "debit_again_mandate"),
        ("拒绝扣款", {}, "debit_again_unexplained"),
        ("收款人死亡", {"explanation": "x"}, "debit_again_stopped"),
    ],
)
def test_a_reason_asks_for_what_helps(office, why, given, code):
    (item,) = items_of(office, failed(office, why))

    assert refusal(office, item, **given) == code


def test_a_new_mandate_helps_where_there_was_none(office):
    (item,) = items_of(office, failed(office, "没有授权"))

    made = again(office, item, mandate_on=date(2026, 11, 23))

    (second,) = items_of(office, made)
    assert (second.mandate_no, second.mandate_on) == (item.mandate_no, date(2026, 11, 23))


def test_only_what_failed_is_tried_again(office):
    listed = debit(office, [row(1), row(2), row(3)])
    one, two, three = items_of(office, listed)
    answer(office, [line(one, "7"), line(two, "9")], bank="gamma")

    codes = [refusal(office, item) for item in (one, two, three)]

    assert codes == ["debit_not_failed"] * 3


def test_attempts_have_an_end(office):
    services = office.services
    settings = replace(services.settings.debits, attempts_max=2)
    object.__setattr__(services, "settings", replace(services.settings, debits=settings))
    (item,) = items_of(office, failed(office, "余额不足"))
    made = approve(office, again(office, item))
    office.clock.advance(days=1)
    send(office, made)
    (second,) = items_of(office, made)
    fail(office, second, "余额不足", "2")

    assert refusal(office, second) == "debit_attempts_spent"


def test_a_cancelled_attempt_puts_the_work_back(office):
    (item,) = items_of(office, failed(office, "余额不足"))
    made = again(office, item)

    cancel(made.id, person="王审", reason="不扣了", services=of_debits(office))

    assert alive(office) == [1]
    assert again(office, item).state is ListState.CHECKED


def test_a_list_from_the_desk_cannot_go_round_the_work_list(office):
    failed(office, "余额不足")

    listed = take_list(office, [row(1, account_name="李母")], 2)

    assert listed.state is ListState.REFUSED
    with reading(office) as uow:
        assert uow.payout_checks.counts(listed.id) == {"debit_item_failed_before": 1}


def test_the_desk_stops_and_resumes(office):
    listed = failed(office, "余额不足")
    (item,) = items_of(office, listed)

    stop(item.id, person="张征", reason="已到窗口缴费", services=of_debits(office))
    stopped = take_list(office, [row(1, period=202612)], 2)
    other = take_list(office, [row(1, period=202612, benefit="城乡居民养老")], 3)
    left = alive(office), waiting(of_debits(office))
    lifted = lift(item.id, person="张征", reason="又要扣", services=of_debits(office))
    resumed = take_list(office, [row(1, period=202612, amount_fen=5)], 4)

    assert (left, lifted) == (([], []), 1)
    assert [one.state for one in (stopped, other, resumed)] == [
        ListState.REFUSED, ListState.CHECKED, ListState.CHECKED,
    ]  # fmt: skip


def test_the_work_shows_what_is_open_too(office):
    listed = debit(office, [row(1), row(2)])
    one, _ = items_of(office, listed)
    answer(office, [line(one, "9")], bank="gamma")

    found = {w.item.id: w.zh for w in waiting(of_debits(office))}

    assert sorted(found.values()) == sorted(
        [WAITING[ItemState.UNKNOWN][0], WAITING[ItemState.IN_FLIGHT][0]]
    )
    assert waiting(office.services) == []  # nobody waits for a pension


def test_two_people_say_that_a_debit_failed_and_it_may_be_tried_again(office):
    listed = debit(office, [row(1)])
    (item,) = items_of(office, listed)
    answer(office, [line(item, "9")], bank="gamma")
    services = of_debits(office)

    for who in ("李甲", "王乙"):
        decide(item.id, ItemState.FAILED, person=who, reason="银行查明未扣", services=services)

    assert states_of(office, listed) == [ItemState.FAILED.value]
    assert again(office, item).state is ListState.CHECKED
