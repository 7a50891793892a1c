"""Templates and guard: what each event posts, and which account may move money for what."""

from __future__ import annotations

from datetime import date
from functools import partial

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hub.domain.books import Side
from hub.domain.fund_account import (
    AccountKind,
    Direction,
    FundAccount,
    Movement,
    Purpose,
    guard,
)
from hub.domain.voucher import Cause, Document, Occurrence, post, reversal
from hub.errors import Rejected
from hub.mappings.books import load_books
from tests.conftest import ROOT
from tests.doubles import NOON

BOOKS = load_books(ROOT / "config")
DAY = date(2026, 11, 24)
PAPER = Document(name="银行回单", sha256="b" * 64)
CAUSE = Cause(at=NOON, actor="hub")
FACTS = {"title": "11月", "benefit": "养老金", "bank": "icbc", "day": "2026-11-24"}

occurrences = st.builds(
    partial(Occurrence, on=DAY, documents=(PAPER,), facts=FACTS),
    event=st.sampled_from(list(BOOKS.events())),
    subject=st.text("ab", min_size=1, max_size=2),
    fund=st.sampled_from(["pension", "medical"]),
    amount_fen=st.integers(1, 10**15 - 1),
)


def posted(event, amount_fen=1000, **more):
    occurrence = Occurrence(
        event=event, subject="s", fund="pension", amount_fen=amount_fen, on=DAY,
        documents=(PAPER,), facts=FACTS, **more,
    )  # fmt: skip
    return post(occurrence, BOOKS, CAUSE)


def lines(voucher):
    return [(line.side.zh, line.account, line.amount_fen) for line in voucher.lines]


@given(occurrences)
def test_every_event_balances_and_its_reversal_nets_to_zero(occurrence):
    voucher = post(occurrence, BOOKS, CAUSE).numbered(1)
    undone = reversal(voucher, on=DAY, reason="x", documents=[PAPER], cause=CAUSE)

    assert sum(line.signed_fen for line in voucher.lines) == 0
    for one, other in zip(voucher.lines, undone.lines, strict=True):
        assert (one.side, one.account, one.amount_fen) == (
            other.side, other.account, -other.amount_fen,
        )  # fmt: skip


def test_a_return_takes_the_expense_back_in_red():
    assert lines(posted("payout.returned")) == [
        ("借", "支出户存款", 1000),
        ("借", "社会保险待遇支出", -1000),
    ]


def test_a_return_is_kept_as_suspense_where_the_agency_chose_so():
    returned = posted("payout.returned", choice="suspense")

    assert lines(returned) == [("借", "支出户存款", 1000), ("贷", "暂收款", 1000)]
    assert lines(posted("payout.reissued", choice=returned.choice)) == [
        ("借", "暂收款", 1000),
        ("贷", "支出户存款", 1000),
    ]


def test_contributions_and_premium_refunds():
    assert lines(posted("contribution.credited", -5))[1] == ("贷", "社会保险费收入", -5)
    assert lines(posted("refund.paid")) == [
        ("贷", "社会保险费收入", -1000),
        ("贷", "支出户存款", 1000),
    ]


@pytest.mark.parametrize(
    ("event", "more", "code"),
    [
        ("payout.lost", {}, "event_unknown"),
        ("payout.released", {"amount_fen": 0}, "voucher_amount_unusable"),
        ("payout.released", {"amount_fen": -1}, "voucher_amount_unusable"),
        ("payout.released", {"amount_fen": 10**15}, "voucher_amount_unusable"),
        ("payout.returned", {"choice": "guess"}, "event_not_in_force"),
    ],
)
def test_what_cannot_be_booked_is_refused(event, more, code):
    with pytest.raises(Rejected) as found:
        posted(event, **more)

    assert found.value.code == code


def test_an_event_needs_its_originals_its_facts_and_a_template_of_its_day():
    occurrence = partial(
        Occurrence, event="payout.released", subject="s", fund="pension", amount_fen=1
    )
    for wrong, code in (
        (occurrence(on=DAY, documents=(), facts=FACTS), "voucher_without_documents"),
        (occurrence(on=DAY, documents=(PAPER,), facts={}), "voucher_fact_missing"),
        (
            occurrence(on=date(2017, 12, 31), documents=(PAPER,), facts=FACTS),
            "event_not_in_force",
        ),
    ):
        with pytest.raises(Rejected) as found:
            post(wrong, BOOKS, CAUSE)
        assert found.value.code == code


ALLOWED = {
    (rule.account, rule.direction, purpose) for rule in BOOKS.account_rules for purpose in rule.only
}


@given(st.sampled_from(AccountKind), st.sampled_from(Direction), st.sampled_from(Purpose))
def test_the_guard_allows_what_a_rule_lists_and_nothing_else(kind, direction, purpose):
    movement = Movement(direction=direction, purpose=purpose, amount_fen=1)
    account = FundAccount(kind=kind, fund="pension")
    if (kind, direction, purpose) in ALLOWED:
        guard(account, movement, DAY, BOOKS.account_rules)
        return
    with pytest.raises(Rejected) as found:
        guard(account, movement, DAY, BOOKS.account_rules)
    assert found.value.code == "fund_account_forbids"
    assert found.value.facts["rule"]


def test_the_expenditure_account_never_takes_contributions_and_the_refusal_names_the_article():
    account = FundAccount(kind=AccountKind.EXPENDITURE, fund="pension")
    contribution = Movement(direction=Direction.IN, purpose=Purpose.CONTRIBUTION, amount_fen=100)

    with pytest.raises(Rejected) as found:
        guard(account, contribution, DAY, BOOKS.account_rules)
    with pytest.raises(Rejected) as before:
        guard(account, contribution, date(2017, 12, 31), BOOKS.account_rules)

    assert found.value.facts["rule"] == "144-41-in"
    assert "第四十一条" in found.value.explain("zh")
    assert before.value.code == "fund_account_without_rule"


def test_only_codes_that_somebody_read_in_a_source_are_printed():
    assert {a.printed_code for a in BOOKS.accounts.values()} == {None, "1004"}
    assert Side.DEBIT.zh == "借"
