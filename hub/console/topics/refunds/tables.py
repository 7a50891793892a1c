"""The table of refund cases (多收退款)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from flask import url_for

from hub.console.language import N_
from hub.console.registry import Column, Filter, Query, Rows, Table
from hub.console.topics.payouts import said
from hub.console.topics.payouts.filters import code, fixed, number
from hub.console.words import Tone, Word, fund
from hub.domain.permission import Permission
from hub.domain.refund import RefundCause, RefundState
from hub.store.views import refunds as views

if TYPE_CHECKING:
    from collections.abc import Mapping

    from hub.store.engine import UnitOfWork

_ENGLISH: Final[Mapping[RefundState, tuple[str, Tone]]] = {
    RefundState.OPEN: ("to be confirmed", "warn"),
    RefundState.CHECKED: ("confirmed, no form yet", "warn"),
    RefundState.LISTED: ("being paid", "plain"),
    RefundState.RETURNED: ("returned", "bad"),
    RefundState.PAID: ("paid", "good"),
    RefundState.CANCELLED: ("cancelled", "plain"),
}
STATES: Final = {
    one.value: Word(one.value, one.zh, en, tone) for one, (en, tone) in _ENGLISH.items()
}
CAUSES: Final = {
    RefundCause.AGENCY.value: Word("agency", RefundCause.AGENCY.zh, "the agency's mistake"),
    RefundCause.TAX.value: Word("tax", RefundCause.TAX.zh, "the tax bureau's mistake"),
}


def _cases(uow: UnitOfWork, query: Query) -> Rows:
    filters = query.filters
    rows, after = views.cases(
        uow, after=query.after, limit=query.limit, state=code(filters, "state", STATES),
        cause=code(filters, "cause", CAUSES), discrepancy_id=number(filters, "discrepancy"),
        payer_id=filters.get("payer"),
    )  # fmt: skip
    return Rows(rows=[_case(row) for row in rows], after=after)


def _case(row: Any) -> dict[str, Any]:  # noqa: ANN401 -- a row of the database
    return {
        "number": f"TF{row.id:06d}", "state": STATES[row.state], "cause": CAUSES[row.cause],
        "payer_name": row.payer_name, "payer_id": row.payer_id, "fund": fund(row.fund),
        "period": str(row.period), "amount": row.amount_fen, "bank": row.bank,
        "account_no": row.account_no, "discrepancy": row.discrepancy_id, "list": row.list_id,
        "payment": said.ITEMS[row.payment] if row.payment else None, "opened_at": row.opened_at,
        "opened_by": row.opened_by, "checked_by": row.checked_by,
        "_href": url_for("refund", refund_id=row.id), "_id": row.id,
    }  # fmt: skip


TABLE: Final = Table(
    name="refunds", title=N_("Refunds"), permission=Permission.RECONCILIATION_SEE, fetch=_cases,
    bulk=("refund.form",),
    columns=(
        Column(name="number", label=N_("No.")),
        Column(name="state", label=N_("State"), kind="state"),
        Column(name="cause", label=N_("Cause"), kind="state"),
        Column(name="payer_name", label=N_("Payer")),
        Column(name="payer_id", label=N_("Payer's number"), kind="id_no"),
        Column(name="fund", label=N_("Fund"), kind="state"),
        Column(name="period", label=N_("Period")),
        Column(name="amount", label=N_("Amount"), kind="money"),
        Column(name="bank", label=N_("Bank")),
        Column(name="account_no", label=N_("Account"), kind="account_no"),
        Column(name="discrepancy", label=N_("Discrepancy")),
        Column(name="list", label=N_("List no.")),
        Column(name="payment", label=N_("Payment"), kind="state"),
        Column(name="opened_by", label=N_("Opened by")),
        Column(name="opened_at", label=N_("Opened at"), kind="instant"),
        Column(name="checked_by", label=N_("Confirmed by")),
    ),
    filters=(
        Filter(name="state", label=N_("State"), kind="choice", choices=fixed(STATES)),
        Filter(name="cause", label=N_("Cause"), kind="choice", choices=fixed(CAUSES)),
        Filter(name="discrepancy", label=N_("Discrepancy")),
        Filter(name="payer", label=N_("Payer's number")),
    ),
)  # fmt: skip
