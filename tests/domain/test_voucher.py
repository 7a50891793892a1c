"""A voucher field by field: what is posted, how it is reversed, and what is refused."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta

import pytest

from hub.domain.money import FEN_MAX
from hub.domain.voucher import (
    DOCUMENTS_MAX,
    Cause,
    Document,
    Line,
    Occurrence,
    balanced,
    month_of,
    post,
    reversal,
)
from hub.errors import Rejected
from tests.domain.test_books import BOOKS, DAY, FACTS, PAPER, lines
from tests.doubles import NOON

CAUSE = Cause(at=NOON, actor="payout", prepared_by="甲", reviewed_by="乙")
HAPPENED = Occurrence(
    event="payout.released", subject="payout_batch:4/养老金", fund="pension", amount_fen=1000,
    on=DAY, documents=(PAPER,), facts=FACTS, revision=2,
)  # fmt: skip
POSTED = post(HAPPENED, BOOKS, CAUSE)
OTHER = Document(name="撤回说明", sha256="c" * 64)


def refused(act):
    with pytest.raises(Rejected) as found:
        act()
    return found.value.code, found.value.facts


def test_a_voucher_says_what_happened_and_who_caused_it():
    template = BOOKS.template("payout.released", DAY)

    assert (POSTED.fund, POSTED.month, POSTED.number, POSTED.no) == ("pension", 202611, 0, "")
    assert (POSTED.booked_on, POSTED.event, POSTED.subject) == (
        DAY,
        HAPPENED.event,
        HAPPENED.subject,
    )
    assert (POSTED.revision, POSTED.amount_fen, POSTED.documents) == (2, 1000, (PAPER,))
    assert (POSTED.rule, POSTED.choice) == (template.rule, template.choice)
    assert (POSTED.actor, POSTED.prepared_by, POSTED.reviewed_by) == ("payout", "甲", "乙")
    assert (POSTED.facts, POSTED.booked_at, POSTED.reverses_no) == (FACTS, NOON, None)
    assert POSTED.summary == template.summary.format_map(
        {**FACTS, "fund": "pension", "subject": HAPPENED.subject, "on": "2026-11-24"}
    )
    assert [line.detail for line in POSTED.lines] == [
        line.detail.format_map({**FACTS, "fund": "pension"}) for line in template.lines
    ]


def test_its_number_names_fund_and_month():
    numbered = POSTED.numbered(12)

    assert (numbered.no, numbered.number) == ("pension-202611-12", 12)
    assert replace(numbered, no="", number=0) == POSTED


@pytest.mark.parametrize(
    ("on", "month"), [(date(2026, 1, 31), 202601), (date(2026, 12, 1), 202612)]
)
def test_the_month_of_a_day(on, month):
    assert month_of(on) == month


def test_a_reversal_is_the_voucher_in_red_and_names_it():
    original = POSTED.numbered(12)
    cause = Cause(at=NOON + timedelta(days=9), actor="person", prepared_by="丙", reviewed_by="丁")
    undone = reversal(
        original, on=date(2026, 12, 3), reason="批次撤回", documents=[OTHER], cause=cause
    )

    assert lines(undone) == [(side, account, -fen) for side, account, fen in lines(original)]
    assert undone == replace(
        original, month=202612, number=0, no="", booked_on=date(2026, 12, 3),
        summary="冲销 pension-202611-12：批次撤回", amount_fen=-1000, lines=undone.lines,
        documents=(OTHER,), actor="person", prepared_by="丙", reviewed_by="丁",
        booked_at=cause.at, reverses_no="pension-202611-12",
    )  # fmt: skip
    assert [line.detail for line in undone.lines] == [line.detail for line in original.lines]
    again = replace(undone, no="pension-202612-1")
    assert refused(lambda: reversal(again, on=DAY, reason="r", documents=[OTHER], cause=cause)) == (
        "voucher_is_reversal", {"no": "pension-202612-1"},
    )  # fmt: skip


def test_nothing_is_undone_before_it_was_done():
    original = POSTED.numbered(12)
    earlier = DAY - timedelta(days=1)

    assert refused(
        lambda: reversal(original, on=earlier, reason="r", documents=[OTHER], cause=CAUSE)
    ) == ("voucher_reversal_earlier", {"no": "pension-202611-12", "on": "2026-11-23"})
    assert reversal(original, on=DAY, reason="r", documents=[OTHER], cause=CAUSE).booked_on == DAY


@pytest.mark.parametrize("fen", [0, -1, FEN_MAX + 1, -FEN_MAX - 1])
def test_an_amount_that_cannot_be(fen):
    assert refused(lambda: post(replace(HAPPENED, amount_fen=fen), BOOKS, CAUSE)) == (
        "voucher_amount_unusable", {"event": "payout.released", "amount_fen": fen},
    )  # fmt: skip
    for good in (1, FEN_MAX):
        assert post(replace(HAPPENED, amount_fen=good), BOOKS, CAUSE).amount_fen == good


def test_originals_are_there_and_not_without_number():
    needed = "、".join(BOOKS.template("payout.released", DAY).documents)

    assert refused(lambda: post(replace(HAPPENED, documents=()), BOOKS, CAUSE)) == (
        "voucher_without_documents", {"event": "payout.released", "needed": needed},
    )  # fmt: skip
    most = tuple(Document(name="a", sha256=f"{n:064d}") for n in range(DOCUMENTS_MAX))
    assert len(post(replace(HAPPENED, documents=most), BOOKS, CAUSE).documents) == DOCUMENTS_MAX
    assert refused(lambda: post(replace(HAPPENED, documents=(*most, PAPER)), BOOKS, CAUSE)) == (
        "voucher_documents_too_many", {"maximum": DOCUMENTS_MAX},
    )  # fmt: skip


def test_a_fact_that_the_words_need_is_named():
    code, facts = refused(lambda: post(replace(HAPPENED, facts={}), BOOKS, CAUSE))

    assert (code, facts["event"]) == ("voucher_fact_missing", "payout.released")
    assert facts["fact"] in FACTS


def test_what_does_not_balance_is_a_bug():
    one, other = POSTED.lines

    assert balanced(POSTED) is POSTED
    for wrong in ((one,), (), (one, replace(other, amount_fen=other.amount_fen + 1))):
        with pytest.raises(ValueError, match=r"payout\.released does not balance"):
            balanced(replace(POSTED, lines=wrong))
    assert Line(side=one.side, account="a", amount_fen=1).detail == ""
