"""A relation goes from one office to another, whole: two hubs, signed messages, every kind."""

from __future__ import annotations

import itertools

import pytest

from hub.domain.transfer_case import Hold
from hub.domain.transfer_facts import Applied, Consent
from hub.domain.transfer_kinds import Direction, Kind, Step
from hub.domain.transfer_missing import Party, What
from hub.domain.transfer_state import TransferState as S
from hub.flows import transfer_talk as talk
from hub.flows.transfer_desk import note_consent
from tests.transfers import CHENGDU, HANGZHOU, carry, offices, owner


@pytest.fixture
def two(tmp_path):
    made = offices(tmp_path, HANGZHOU, CHENGDU)
    yield made
    for one in made:
        one.store.close()


@pytest.mark.parametrize(
    ("kind", "amount_fen"),
    [
        (Kind.PENSION, 1_234_567),
        (Kind.MEDICAL, 98_765),
        (Kind.UNEMPLOYMENT, 0),
        (Kind.UNEMPLOYMENT_BENEFIT, 600_000),
    ],
)
def test_a_relation_is_transferred(two, kind, amount_fen):
    new, old = two
    new.consent(new.apply("in", old, kind=kind))
    carry(*two)
    out = old.case(kind=kind)
    assert out.direction is Direction.OUT
    assert out.ref == new.case(kind=kind).ref
    assert out.consent.account.name == f"{HANGZHOU} 财政专户"
    if out.rule(Step.OFFER).application:
        assert out.state is S.UNASKED
        out = old.apply("out", new, kind=kind)
    out = old.offer(out, amount_fen)
    assert owner(*two, kind=kind) == [CHENGDU]
    carry(*two)
    if amount_fen:
        old.funds(out, "HK-1", amount_fen)
        carry(*two)
        (lack,) = new.see(new.case(kind=kind)).lacks
        assert (lack.what, lack.who) == (What.FUNDS, Party.BANK)
        new.funds(new.case(kind=kind), "DZ-1", amount_fen)
    ended = new.continue_(new.case(kind=kind))

    assert ended.state is S.DONE
    assert owner(*two, kind=kind) == [HANGZHOU]
    carry(*two)
    assert old.case(kind=kind).state is S.DONE
    assert old.case(kind=kind).claim.hold is Hold.RELEASED
    assert owner(*two, kind=kind) == [HANGZHOU]
    talk.close(ended.id, person="周受", services=new.services)
    carry(*two)
    assert [one.case(kind=kind).state for one in two] == [S.CLOSED, S.CLOSED]
    assert not any(one.events().count("message.refused") for one in two)


@pytest.mark.parametrize("order", list(itertools.permutations(("consent", "form", "funds"))))
def test_consent_form_and_money_come_in_any_order(two, order):
    """The new place's consent goes on paper with the person, so that any of the three is first."""
    new, old = two
    _paper_consent(old, new)
    out = old.offer(old.case())
    for what in order:
        if what == "consent":
            begun = new.case()
            if begun is None or not begun.all(Applied):
                begun = new.apply("in", old)
            new.consent(begun)
        elif what == "form":
            carry(*two)
            case = new.case()
        else:
            if new.case() is None:
                new.apply("in", old)
            case = new.funds(new.case(), "DZ-1")
    case = new.case()
    assert case.state is S.READY, new.see(case).lacks
    ended = new.continue_(case)
    carry(*two)

    assert ended.state is S.DONE
    assert old.see(out).case.state is S.DONE
    assert owner(*two) == [HANGZHOU]


def _paper_consent(old, new):
    case = old.apply("out", new)
    letter = Consent(on=old.services.today(), number="纸质-1", typed=True)
    return note_consent(case.id, letter, person="周受", services=old.services)
