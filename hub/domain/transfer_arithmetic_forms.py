"""The judgement on a transfer form by its kind: pension, medical, unemployment, benefit."""

from __future__ import annotations

from typing import TYPE_CHECKING

from hub.domain.transfer_arithmetic import AMOUNT, TOTAL, Sheet, figure, plus
from hub.domain.transfer_arithmetic_years import check_pension
from hub.domain.transfer_kinds import Kind

if TYPE_CHECKING:
    from hub.domain.transfer_arithmetic import Judgement
    from hub.domain.transfer_facts import Form
    from hub.domain.transfer_sums import Terms


def judge(kind: Kind, form: Form, terms: Terms) -> Judgement:
    """Return what the sums of a form are good for."""
    sheet = Sheet(terms)
    match kind:
        case Kind.PENSION:
            check_pension(form, sheet)
        case Kind.MEDICAL:  # only the balance of the personal account goes (43号)
            sheet.check(
                "balance_only_fen", figure(form.items, "balance_fen"), form.amount_fen, why=AMOUNT
            )
        case Kind.UNEMPLOYMENT:  # in employment the relation goes, and no money
            sheet.check(AMOUNT, form.amount_fen, 0, why="")
        case Kind.UNEMPLOYMENT_BENEFIT:
            _check_benefit(form, sheet)
    return sheet.judgement()


def _check_benefit(form: Form, sheet: Sheet) -> None:
    """What is left of the benefit, and half as much for medical care, training and placement."""
    standard, months, benefit, medical, training, placement, total = (
        figure(form.items, name)
        for name in ("standard_fen", "remaining_months", "benefit_fen", "medical_fen",
                     "training_fen", "placement_fen", TOTAL)
    )  # fmt: skip
    left = None if standard is None or months is None else standard * months
    sheet.check("benefit_fen", benefit, left, why="standard_fen, remaining_months")
    share = sheet.terms.benefit_share_bp
    half = None if share is None or benefit is None else sheet.terms.product(benefit, share)
    beside = plus(medical, training, placement)
    tolerance = sheet.terms.tolerance_fen
    sheet.check("subsidy_fen", beside, half, why="benefit_share_bp", tolerance_fen=tolerance)
    sheet.check(TOTAL, total, plus(benefit, beside), why="benefit_fen")
    sheet.check(AMOUNT, form.amount_fen, total, why=TOTAL)
