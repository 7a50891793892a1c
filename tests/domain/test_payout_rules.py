"""What a payout list refuses, and what its changes leave as it was."""

from __future__ import annotations

from dataclasses import replace

import pytest

from hub.domain.approval import Approval
from hub.domain.payout import ListState, PayoutKind
from hub.errors import Rejected
from tests.domain.test_payout import AT, LIST, SHA

OTHER = "cd" * 32


def refused(act):
    with pytest.raises(Rejected) as found:
        act()
    return found.value.code, found.value.facts


def test_a_signature_is_of_one_digest():
    assert refused(lambda: LIST.sign("李初", digest=OTHER, at=AT)) == (
        "payout_digest_differs", {"id": 1},
    )  # fmt: skip


@pytest.mark.parametrize("who", ["张发", " 张 发 "])
def test_who_made_a_list_does_not_sign_it(who):
    made = replace(LIST, made_by="张发")

    assert refused(lambda: made.sign(who, digest=SHA, at=AT)) == ("payout_maker_signs", {"id": 1})
    assert made.sign("李初", digest=SHA, at=AT).state is ListState.REVIEWED


def test_a_signature_changes_nothing_but_approval_and_state():
    once = LIST.sign("李初", digest=SHA, at=AT)

    (signature,) = once.approval.signatures
    assert (signature.person, signature.at) == ("李初", AT)
    assert replace(once, approval=LIST.approval, state=LIST.state) == LIST
    three = replace(LIST, approval=Approval(levels=3))
    twice = three.sign("李初", digest=SHA, at=AT).sign("王审", digest=SHA, at=AT)
    assert twice.state is ListState.REVIEWED
    assert twice.sign("赵批", digest=SHA, at=AT).state is ListState.APPROVED


def test_void_takes_signatures_back_and_keeps_how_many_there_must_be():
    three = replace(LIST, approval=Approval(levels=3)).sign("李初", digest=SHA, at=AT)
    void = three.void(OTHER)

    assert (void.state, void.digest) == (ListState.CHECKED, OTHER)
    assert void.approval == Approval(levels=3)
    assert replace(void, digest=SHA) == replace(LIST, approval=Approval(levels=3))


def test_a_cancelled_list_says_who_ended_it_and_why():
    ended = LIST.cancel(person=" 李　初 ", reason=" 重复 ")

    assert (ended.state, ended.ended_by, ended.reason) == (ListState.CANCELLED, "李 初", "重复")
    assert replace(ended, state=LIST.state, ended_by=None, reason=None) == LIST


@pytest.mark.parametrize(
    ("kind", "way"), [(PayoutKind.SOCIAL, "payout"), (PayoutKind.COLLECTION, "debit")]
)
def test_a_state_that_does_not_fit_is_named_with_those_that_would(kind, way):
    late = replace(LIST, kind=kind, state=ListState.RELEASED)

    assert refused(late.release) == (
        "payout_list_state", {"id": 1, "found": "released", "expected": "approved", "way": way},
    )  # fmt: skip
    code, facts = refused(lambda: late.sign("李初", digest=SHA, at=AT))
    assert (code, facts["expected"]) == ("payout_list_state", "checked、reviewed")
    code, facts = refused(lambda: late.cancel(person="李初", reason="r"))
    assert set(facts["expected"].split("、")) == {"draft", "checked", "reviewed", "approved"}
