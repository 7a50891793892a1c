"""Messages about transfers that are proved but wrong: refused with a receipt, no effect."""

from __future__ import annotations

import json

import pytest

from hub.domain.transfer_body import (
    Completed,
    Head,
    Invalidation,
    Onward,
    Question,
    Refusal,
    Reopening,
    body_of,
)
from hub.domain.transfer_facts import Announced, Answered, Consent, Form
from hub.domain.transfer_kinds import Kind, Step
from hub.domain.transfer_state import TransferState as S
from tests.transfers import CHENGDU, HANGZHOU, WUHAN, carry, offices, person

REF = "330100-2026-000001"


@pytest.fixture
def asked(tmp_path):
    """The new place has asked; the old place has the case; a third looks on."""
    made = offices(tmp_path, HANGZHOU, CHENGDU, WUHAN)
    new, old, _ = made
    new.consent(new.apply("in", old))
    carry(*made)
    yield made
    for one in made:
        one.store.close()


def head(number=0, source=CHENGDU, target=HANGZHOU, kind=Kind.PENSION, turn=1):
    return Head(
        kind=kind, person_id=person(number), person_name="张三", source=source, target=target,
        round=turn,
    )  # fmt: skip


def tell(sender, recipient, kind, body, case=REF):
    """Send a body as that office would; return the code it is refused with, or None."""
    before = len(recipient.entries())
    sender.post(recipient.region, kind, body, case)
    carry(sender, recipient)
    for entry in recipient.entries()[before:]:
        if entry.event == "message.refused":
            return json.loads(entry.facts)["code"]
    return None


def today(office):
    return office.services.today()


def test_each_wrong_message_is_refused_and_changes_nothing(asked):
    new, old, other = asked
    on = today(new)
    done = Completed(on=on, form="F", epoch=2)
    form = Form(on=on, number="F", amount_fen=1, epoch=1)
    letter = Consent(on=on, number="L9")
    wrong = [
        (new, old, "transfer.completed", head(), done, "transfer_not_offered"),
        (new, old, "transfer.completed", head(1), done, "transfer_person_differs"),
        (new, old, "transfer.completed", head(source=WUHAN), done, "transfer_regions_differ"),
        (new, old, "transfer.form", head(source=HANGZHOU, target=CHENGDU), form,
         "transfer_message_unexpected"),
        (new, old, "transfer.funds_notice", head(source=HANGZHOU, target=CHENGDU),
         Announced(on=on, number="1", amount_fen=1), "transfer_message_unexpected"),
        (new, old, "admin.invalidate", head(),
         Invalidation(on=on, target="form:F", reason="x"), "transfer_not_voidable"),
        (new, old, "admin.reply", head(), Answered(on=on, number="Q", text="x"),
         "transfer_question_unknown"),
        (new, old, "admin.clarify", head(turn=2), Question(on=on, number="Q", text="x"),
         "transfer_round"),
        (new, old, "admin.reopen", head(turn=2), Reopening(on=on, reason="x", needs=(Step.OFFER,)),
         "transfer_not_ended"),
        (new, old, "transfer.contact_letter", head(source=HANGZHOU, target=CHENGDU), letter,
         "transfer_regions_differ"),
        (old, new, "admin.forward", head(source=HANGZHOU, target=CHENGDU),
         Onward(on=on, to=WUHAN, reason="x"), "transfer_regions_differ"),
        (other, old, "transfer.refused", head(source=CHENGDU, target=WUHAN),
         Refusal(on=on, reason="x"), "transfer_stranger"),
    ]  # fmt: skip
    before = (new.case(), old.case())
    for sender, recipient, kind, about, said, code in wrong:
        assert tell(sender, recipient, kind, body_of(about, said)) == code, (kind, code)
    unknown = tell(new, old, "transfer.refused", body_of(head(7), Refusal(on=on, reason="x")), "X")
    assert unknown == "transfer_unknown"
    assert (new.case(), old.case()) == before


@pytest.mark.parametrize(
    "change",
    [
        lambda body: body.pop("case"),
        lambda body: body.pop("consent"),
        lambda body: body.update(extra={}),
        lambda body: body["consent"].update(extra=1),
        lambda body: body["consent"].pop("number"),
        lambda body: body["consent"].update(number=""),
        lambda body: body["consent"].update(number=7),
        lambda body: body["consent"].update(number="7" * 2001),
        lambda body: body["consent"].update(on="2026-13-01"),
        lambda body: body["consent"].update(on="20261124"),
        lambda body: body["consent"].update(account="x"),
        lambda body: body["case"].update(kind="housing"),
        lambda body: body["case"].update(round="1"),
        lambda body: body["case"].update(person_id=person()[:-1] + "?"),
        lambda body: body["consent"].update(on="2026-11-25"),
    ],
)
def test_a_body_that_is_not_exact_is_refused(asked, change):
    new, old, _ = asked
    body = body_of(head(5), Consent(on=today(new), number="L1"))
    change(body)

    code = tell(new, old, "transfer.contact_letter", body, "330100-2026-000099")
    assert code in {
        "transfer_body_invalid", "person_id_characters", "person_id_check_digit",
        "transfer_in_future",
    }  # fmt: skip
    assert old.case(5) is None


def test_what_is_repeated_under_a_new_message_has_no_second_effect(asked):
    new, old, _ = asked
    old.offer(old.case(), 0)
    carry(*asked)
    form = new.case().form
    facts = new.case().facts

    assert tell(old, new, "transfer.form", body_of(head(), form)) is None
    assert new.case().facts == facts
    other = Form(on=form.on, number=form.number, amount_fen=9, epoch=1)
    assert tell(old, new, "transfer.form", body_of(head(), other)) == "transfer_fact_differs"


def test_a_completion_is_bound_to_the_form_that_was_sent(asked):
    """The words are right, but it answers no message of ours: somebody may have guessed them."""
    new, old, _ = asked
    offered = old.offer(old.case(), 0)
    said = Completed(on=today(new), form=offered.form.number, epoch=2)

    assert tell(new, old, "transfer.completed", body_of(head(), said)) == "transfer_not_offered"
    assert old.case().state is S.SENT
