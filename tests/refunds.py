"""Refund cases for tests: an over-collection that the reconciliation has found, and its papers."""

from __future__ import annotations

from hub.domain.codes import credit_code
from hub.domain.desk import FINANCE
from hub.domain.discrepancy import Difference, Level, key_of
from hub.domain.refund import RefundCause
from hub.domain.verdict import Verdict
from hub.flows.payout_release import release
from hub.flows.refund import Claim, check, open_case
from hub.flows.refund_pay import draft_form, sign
from tests.payouts import account, items_of

PERIOD = 202610
NEEDED = {
    RefundCause.AGENCY: ("confirmation",),
    RefundCause.TAX: ("application", "proof", "voucher"),
}


def payer(number=0):
    """Return the n-th valid credit code."""
    body = f"91330100MA27XK{number:03d}"
    return body + credit_code.check_digit(body)


def difference(number=0, amount_fen=50_000, *, cause=Verdict.DUPLICATE, **values):
    """Return what the reconciliation found about the n-th payer."""
    known = {
        "receipt_no": f"R{number}", "insurance_kind": "pension", "payer_id": payer(number),
        "period": PERIOD, **values,
    }  # fmt: skip
    key = key_of(Level.RECEIPT, f"R{number}", "pension")
    return Difference(
        key=key, level=Level.RECEIPT, cause=cause, amount_fen=amount_fen, partner="tax", **known
    )


def over_collection(office, number=0, amount_fen=50_000, **values):
    """Open the discrepancy of the n-th payer; returns it."""
    found, at = difference(number, amount_fen, **values), office.services.now()
    return office.store.transact(
        lambda uow: uow.discrepancies.open(found, owner=FINANCE, on=office.services.today(), at=at)
    )


def claim(number=0, amount_fen=50_000, *, cause=RefundCause.TAX, **values):
    """Return the n-th payer's claim."""
    return Claim(
        cause=cause, amount_fen=amount_fen, payer_name=f"示范制造{number}厂", bank="alpha",
        account_no=account(number), **values,
    )  # fmt: skip


def papers(folder, cause=RefundCause.TAX, but=()):
    """Write every document that a cause needs; return them by kind."""
    kinds = [kind for kind in NEEDED[cause] if kind not in but]
    for kind in kinds:
        (folder / f"{kind}.pdf").write_bytes(f"{kind} {folder}".encode())
    return [(kind, folder / f"{kind}.pdf") for kind in kinds]


def checked_case(office, folder, number=0, amount_fen=50_000, *, discrepancy=None, **values):
    """Open and confirm the n-th payer's case."""
    if discrepancy is None:
        discrepancy = over_collection(office, number, amount_fen)
    asked = claim(number, amount_fen, **values)
    refund = open_case(
        discrepancy.id, asked, papers=papers(folder, asked.cause), person="周登",
        services=office.services,
    )  # fmt: skip
    return check(refund.id, person="吴核", services=office.services)


def sign_form(office, refund, signers=("李初", "王审")):
    """Sign the form that a case is on; returns the list."""
    for who in signers:
        payout = sign(refund.id, person=who, services=office.services)
    return payout


def send_cases(office, *cases):
    """Make the form of cases, sign, release and deliver it; return its payments."""
    ids = [one.id for one in cases]
    payout = draft_form(ids, person="郑编", services=office.services)
    sign_form(office, cases[0])
    release(payout.id, person="赵出", services=office.services)
    office.work()
    return items_of(office, payout)


def case_of(office, refund):
    """Return a case as it is now."""
    with office.store.read() as uow:
        return uow.refunds.get(refund.id)


def discrepancy_of(office, refund):
    """Return the discrepancy of a case as it is now."""
    with office.store.read() as uow:
        return uow.discrepancies.get(refund.discrepancy_id)
