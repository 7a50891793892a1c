"""An application for a transfer: what is refused at once, what it joins, what others are told."""

from __future__ import annotations

import json
from datetime import timedelta

import pytest
from jsonschema import Draft202012Validator

from hub.domain.transfer_kinds import Direction, Kind
from hub.domain.transfer_state import TransferState as S
from hub.errors import Rejected
from hub.flows import transfer_decide as decide
from hub.flows import transfer_desk as desk
from hub.flows import transfer_talk as talk
from hub.flows.transfer_apply import Application, apply
from hub.mappings.json_schema import schema
from hub.store.messages import EventRoad
from tests.transfers import CHENGDU, HANGZHOU, SIGNERS, carry, offices, person


@pytest.fixture
def two(tmp_path):
    made = offices(tmp_path, HANGZHOU, CHENGDU)
    yield made
    for one in made:
        one.store.close()


def code_of(act, *words, **values):
    with pytest.raises(Rejected) as refused:
        act(*words, **values)
    return refused.value.code


def test_what_cannot_be_is_refused_at_the_counter(two):
    new, old = two
    tomorrow = new.services.today() + timedelta(days=1)

    assert code_of(new.apply, "in", new) == "transfer_to_ourselves"
    assert code_of(new.apply, "in", old, on=tomorrow) == "transfer_in_future"
    case = new.apply("in", old, ref="510100-2026-000009")
    assert case.ref == "510100-2026-000009"
    for direction in ("in", "out"):
        assert code_of(new.apply, direction, old) == "transfer_exists"
    assert code_of(new.funds, case, amount_fen=0) == "transfer_amount"
    assert code_of(new.offer, case) == "transfer_fact_side"
    paper = {"person": "周受", "services": new.services}
    assert code_of(desk.note_refusal, case.id, "x", **paper) == "transfer_not_on_paper"
    assert code_of(decide.sign, 99, person="李初", services=new.services) == "transfer_missing"


def test_an_old_number_and_its_new_form_are_one_person(two):
    new, old = two
    asked = Application(
        direction=Direction.IN, kind=Kind.PENSION, person_id=person()[:6] + person()[8:17],
        person_name="张三", counterpart=CHENGDU,
    )  # fmt: skip

    assert apply(asked, person="周受", services=new.services).person_id == person()
    assert code_of(new.apply, "in", old) == "transfer_exists"


def test_three_different_people_sign_what_they_saw(two):
    new, old = two
    case = new.apply("in", old)
    words = {"account": None, "person": "周受", "services": new.services}
    first = decide.propose_consent(case.id, **words).proposal
    signed = decide.sign(case.id, person=SIGNERS[0], services=new.services, digest=first.digest)
    assert signed.state is S.APPLIED
    again = {"person": SIGNERS[0], "services": new.services}
    assert code_of(decide.sign, case.id, **again) == "approval_same_person"
    wrong = {"person": SIGNERS[1], "services": new.services, "digest": "f" * 12}
    assert code_of(decide.sign, case.id, **wrong) == "transfer_digest"

    case = new.consent(case)  # proposed anew: earlier signatures count no more
    assert [len(one.approval.signatures) for one in new.see(case).proposals] == [1, 3]
    assert (case.state, case.consent.number[-2:]) == (S.AWAITING, "L1")
    nobody = {"person": "孙某", "services": new.services}
    assert code_of(decide.sign, case.id, **nobody) == "transfer_nothing_to_sign"


def test_a_person_who_applies_later_joins_the_case_that_a_letter_began(two):
    new, old = two
    new.consent(new.apply("in", old))
    carry(*two)
    begun = old.case()
    joined = old.apply("out", new)

    assert (joined.id, joined.opened_by) == (begun.id, "hub")
    assert code_of(old.apply, "out", new) == "transfer_exists"


def test_others_are_told_of_every_state_and_of_no_person(two):
    new, old = two
    new.store.events = EventRoad(road="events", region=HANGZHOU)
    case = new.consent(new.apply("in", old))
    talk.withdraw(case.id, "本人放弃", person="周受", services=new.services)
    with new.store.read() as uow:
        bodies = [one.message.body for one in uow.messages.queued("events", limit=99)]
    events = [json.loads(body) for body in bodies]

    for event in events:
        Draft202012Validator(schema("event.case.advanced")).validate(event)
    assert [(e["data"]["before"], e["data"]["state"]) for e in events] == [
        (None, "applied"), ("applied", "awaiting"), ("awaiting", "withdrawn"),
    ]  # fmt: skip
    assert person() not in b"".join(bodies).decode()
    assert "张三" not in b"".join(bodies).decode()
