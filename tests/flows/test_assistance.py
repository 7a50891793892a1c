"""Asked whether a payee is alive: the answer is bound to the question and stops what it must."""

from __future__ import annotations

from datetime import date, timedelta

import pytest

from hub.domain.assistance import Answer, Consequence, Finding
from hub.errors import Rejected
from hub.flows import assistance
from tests.payouts import codes_of, person, row, take_list
from tests.transfer_funds import CHENGDU, HANGZHOU, carry, paying_offices

UNTIL = date(2027, 11, 30)


@pytest.fixture
def two(tmp_path):
    made = paying_offices(tmp_path, HANGZHOU, CHENGDU)
    yield made
    for one in made:
        one.store.close()


def refused(act):
    with pytest.raises(Rejected) as found:
        act()
    return found.value.code


def ask(office, number=1, **values):
    known = {
        "peer": CHENGDU, "person_id": person(number), "person_name": "王乙",
        "due_on": office.services.today() + timedelta(days=30), **values,
    }  # fmt: skip
    return assistance.ask(person="周认", services=office.services, **known)


def reply(office, finding, number=1, **values):
    found_on = values.pop("found_on", office.services.today())
    answer = Answer(ref="", finding=finding, found_on=found_on, **values)
    return assistance.reply(number, answer, person="成认", services=office.services)


def known(office, number=1):
    with office.store.read() as uow:
        return uow.assistances.get(number)


@pytest.mark.parametrize("finding", [one for one in Finding if one is not Finding.ALIVE])
def test_who_is_not_certified_is_not_paid_until_somebody_lifts_it(two, finding):
    ours, theirs = two
    ask(ours)
    carry(*two)
    asked = known(theirs)
    assert (asked.ours, asked.peer, asked.request.person_id) == (False, HANGZHOU, person(1))
    reply(theirs, finding, note="社区证明")
    carry(*two)
    got = known(ours)
    assert (got.answer.finding, got.answer.note) == (finding, "社区证明")
    assert finding.consequence in (Consequence.STOPPED, Consequence.SUSPENDED)
    assert f"assistance.{finding.consequence.value}" in ours.events()

    payout = take_list(ours, [row(1), row(2)])
    assert (1, "payout_item_stopped", True) in codes_of(ours, payout)
    assert payout.item_count == 1
    lifted = assistance.lift(1, "本人到场", person="周认", services=ours.services)
    assert lifted.lifted_by == "周认"
    again = refused(lambda: assistance.lift(1, "再", person="周认", services=ours.services))
    assert again == "assistance_nothing_stopped"
    assert take_list(ours, [row(1)], 2).item_count == 1
    assert (ours.breaches(), theirs.breaches()) == ([], [])


def test_who_is_alive_is_certified_and_paid(two):
    ours, theirs = two
    ask(ours)
    carry(*two)
    reply(theirs, Finding.ALIVE, certified_until=UNTIL)
    carry(*two)
    assert known(ours).answer.certified_until == UNTIL
    assert "assistance.certified" in ours.events()
    assert take_list(ours, [row(1)]).item_count == 1


def test_an_answer_is_given_once_and_to_its_own_question(two):
    ours, theirs = two
    ask(ours)
    ask(ours, 2)
    carry(*two)
    assert known(theirs, 2).request.ref.endswith("000002")
    reply(theirs, Finding.MISSING)
    assert refused(lambda: reply(theirs, Finding.DECEASED)) == "assistance_answered"
    assert refused(lambda: reply(ours, Finding.MISSING)) == "assistance_ours"
    with theirs.store.read() as uow:
        wrong = uow.assistances.get(1).message_id
    from hub.domain.transfer_json import to_json
    from hub.flows.region_messages import post

    answer = Answer(
        ref=known(theirs, 2).request.ref, finding=Finding.DECEASED,
        found_on=theirs.services.today(),
    )  # fmt: skip
    theirs.store.transact(
        lambda uow: post(
            uow, theirs.services, type=assistance.ANSWER, recipient=HANGZHOU,
            case_ref=answer.ref, in_reply_to=wrong, body={"answer": to_json(answer)},
            at=theirs.services.now(),
        )
    )  # fmt: skip
    carry(*two)
    assert known(ours, 1).answer.finding is Finding.MISSING
    assert known(ours, 2).answer is None


@pytest.mark.parametrize(
    ("finding", "values"),
    [
        (Finding.ALIVE, {}),
        (Finding.DECEASED, {"certified_until": UNTIL}),
        (Finding.ALIVE, {"certified_until": date(2020, 1, 1)}),
        (Finding.MISSING, {"note": "长" * 501}),
        (Finding.MISSING, {"found_on": date(2027, 1, 1)}),
    ],
)
def test_an_answer_that_contradicts_itself_is_not_sent(two, finding, values):
    ours, theirs = two
    ask(ours)
    carry(*two)
    assert refused(lambda: reply(theirs, finding, **values)) == "assistance_answer"
    assert known(theirs).answer is None


def test_what_is_open_after_its_day_is_late(two):
    ours, _ = two
    asked = ask(ours)
    assert not asked.is_late(asked.request.due_on)
    assert asked.is_late(asked.request.due_on + timedelta(days=1))
    assert refused(lambda: ask(ours, 3, due_on=date(2026, 1, 1))) == "assistance_due_past"
    assert (
        refused(lambda: assistance.lift(9, "x", person="周认", services=ours.services))
        == "assistance_missing"
    )
