"""Confirmed refunds get their approval form (《社会保险基金拨付审批表》) and go the way of payouts.

A form is a payout list of the kind `refund`, of one or more cases of one fund; it is signed,
released and answered like any other. What the bank sends back is corrected here and paid again
under the same case.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Final

from hub.domain.approval import named
from hub.domain.chinese import month_text
from hub.domain.payout import ListState, PayoutKind, PayoutList
from hub.domain.refund import RefundState, payment_of, sha256_of, source_of
from hub.errors import Rejected, catalogue
from hub.flows.payout_approval import sign as sign_list
from hub.flows.payout_check import record
from hub.flows.payout_reissue import draft_reissue
from hub.flows.refund import payable
from hub.flows.refund_follow import FORMS, follow_list, form_of, require_refunds_due

if TYPE_CHECKING:
    from collections.abc import Sequence

    from hub.domain.correction import Correction
    from hub.flows.services import Services
    from hub.store.engine import UnitOfWork

FINDINGS_MAX: Final = 100  # read of a form that the checks refuse; one is shown


def draft_form(refund_ids: Sequence[int], *, person: str, services: Services) -> PayoutList:
    """Make the approval form of confirmed cases (编制审批表); others than its maker sign it.

    `Rejected("refund_form_mixed")` for several funds, `refund_form_refused` when the checks of a
    payout strike a case: then there is no form.
    """
    who, at = named(person), services.now()
    ids = sorted(set(refund_ids))
    with services.store.read() as uow:
        cases = [uow.refunds.get(one) for one in ids]
        papers = [(one, uow.refunds.documents(one.id)) for one in cases]
    for one in cases:
        one.require_state(RefundState.CHECKED)
        payable(one, services)
    if len({one.fund for one in cases}) != 1:
        raise Rejected("refund_form_mixed")
    source = source_of(papers, person=who, at=at)
    sha256 = services.archive.put_bytes(source).sha256
    today = services.today()
    month = today.year * 100 + today.month
    numbers = "、".join(one.number for one in cases[:3]) + ("等" if len(cases) > 3 else "")  # noqa: PLR2004
    draft = PayoutList(
        id=0,
        key=f"{FORMS}/{sha256[:16]}",
        kind=PayoutKind.REFUND,
        fund=cases[0].fund,
        title=f"{month_text(month)}{PayoutKind.REFUND.zh} {numbers}",
        month=month,
        state=ListState.DRAFT,
        item_count=0,
        total_fen=0,
        stated_count=len(cases),
        stated_fen=sum(one.amount_fen for one in cases),
        source_sha256=sha256,
        made_by=who,
        added_at=at,
    )
    items = [
        payment_of(one, item_no=number, source_sha256=sha256)
        for number, one in enumerate(cases, start=1)
    ]

    def unit(uow: UnitOfWork) -> PayoutList:
        if form_of(draft, [uow.refunds.get(one) for one in ids], uow) != sha256_of(source):
            raise Rejected("refund_changed", id=ids[0])
        made = record(draft, items, services, uow, at=at)
        _require_whole(made, uow)
        follow_list(made, uow, at=at)
        require_refunds_due(made, uow)
        return made

    return services.store.transact(unit)


def sign(
    refund_id: int, *, person: str, services: Services, digest: str | None = None
) -> PayoutList:
    """Sign the approval form that a case is on, as the next person; see `payout_approval.sign`."""
    return sign_list(form_id(refund_id, services), person=person, digest=digest, services=services)


def form_id(refund_id: int, services: Services) -> int:
    """Return the payout list that a case is on; `Rejected` when it is on none."""
    with services.store.read() as uow:
        refund = uow.refunds.get(refund_id)
        refund.require_state(RefundState.LISTED)
        return uow.payout_items.get(int(refund.item_id or 0)).list_id


def correct(
    refund_id: int, correction: Correction, *, person: str, services: Services
) -> PayoutList:
    """Pay a returned refund again, with its corrected account, under the same case.

    The new form must be signed anew by others. `correction.item_id` is filled in here.
    """
    with services.store.read() as uow:
        refund = uow.refunds.get(refund_id)
        refund.require_state(RefundState.RETURNED)
    asked = replace(correction, item_id=int(refund.item_id or 0))
    title = f"{refund.number} 重新退款"
    return draft_reissue([asked], person=person, services=services, title=title)


def _require_whole(payout: PayoutList, uow: UnitOfWork) -> None:
    """Refuse a form of which the checks have struck a case."""
    if payout.item_count == payout.stated_count:
        return
    struck = [
        one for one in uow.payout_checks.of_list(payout.id, limit=FINDINGS_MAX) if one.refuses
    ]
    words = catalogue()[struck[0].code]
    raise Rejected(
        "refund_form_refused", item_no=struck[0].item_no, why_zh=words["zh"], why_en=words["en"]
    )
