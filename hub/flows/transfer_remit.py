"""The fund list of a month end (转移人员清单, 基金明细, 3-15) and its approval form (10-12).

Each case is paid by an item of its own, so that the other office can enter its credit one by one
(逐笔). The form goes the way of payouts: others than its maker sign it, it is released, and what
the bank sends back is corrected here and paid again under the same case.
"""

from __future__ import annotations

import json
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final
from uuid import uuid4

from hub.domain.approval import named
from hub.domain.chinese import month_text
from hub.domain.payout import ListState, PayoutKind, PayoutList
from hub.domain.payout_form import end_to_end_id
from hub.domain.preflight import Place, item_of
from hub.domain.transfer_facts import Account
from hub.domain.transfer_kinds import Step
from hub.domain.transfer_remittance import Remittance, RemittanceState
from hub.domain.voucher import month_of
from hub.errors import Rejected, catalogue
from hub.flows.payout_check import record
from hub.flows.payout_reissue import draft_reissue
from hub.flows.transfer_desk import ToSend, to_send
from hub.flows.transfer_follow import require_transfers_due

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import date, datetime

    from hub.domain.correction import Correction
    from hub.domain.payout import PayoutItem
    from hub.flows.services import Services
    from hub.store.engine import UnitOfWork

FORMS: Final = "transfer"  # how the keys of these forms begin
REMITTANCES_MAX: Final = 5000  # cases of one form
FINDINGS_MAX: Final = 100  # read of a form that the checks refuse; one is shown


@dataclass(frozen=True, slots=True, kw_only=True)
class Promised:
    """Money that a form of ours promises: to whom it goes, and whether it waits for 月结.

    `why_not` is the code of what keeps it from being paid, such as accounts that differ.
    """

    owed: ToSend
    account: Account | None
    month_end: bool
    why_not: str | None = None


def fund_list(services: Services, *, counterpart: str | None = None) -> list[Promised]:
    """Return what is promised and on no approval form yet, by region and case."""
    with services.store.read() as uow:
        busy = uow.remittances.under_way()
        found = [
            _promised(one, uow, services.today())
            for one in to_send(uow)
            if one.case.id not in busy and counterpart in (None, one.case.counterpart)
        ]
    return sorted(found, key=lambda one: (one.owed.case.counterpart, one.owed.case.id))


def draft(case_ids: Sequence[int], *, bank: str, person: str, services: Services) -> PayoutList:
    """Make the approval form of some cases of one fund, to be paid through a bank.

    `Rejected`: `remittance_nothing_due`, `remittance_funds_mixed`, `remittance_account_missing`,
    `remittance_account_differs` (the letter names another account than the directory),
    `remittance_refused` when the checks of a payout strike an item: then there is no form.
    """
    who, at, wanted = named(person), services.now(), sorted(set(case_ids))
    request = f"{at.isoformat()} {uuid4().hex}"  # each form is another one, even of the same cases
    if not 0 < len(wanted) <= REMITTANCES_MAX:
        raise Rejected("remittance_nothing_due", id=0)
    with services.store.read() as uow:
        source = _source(_payable(wanted, uow, services), who, request)
    sha256 = services.archive.put_bytes(source).sha256

    def unit(uow: UnitOfWork) -> PayoutList:
        for case_id in wanted:
            uow.transfers.get(case_id, lock=True)
        due = _payable(wanted, uow, services)
        if _source(due, who, request) != source:
            raise Rejected("transfer_changed", ref=due[0].owed.case.ref)
        opened = [_opened(one, uow, who, at, services) for one in due]
        payments = [
            _payment(one, remittance, bank, number, sha256)
            for number, (one, remittance) in enumerate(zip(due, opened, strict=True), start=1)
        ]
        made = record(_form(due, sha256, who, at, services), payments, services, uow, at=at)
        require_whole(made, uow)
        for item in list(uow.payout_items.of_list(made.id)):
            remittance = uow.remittances.of_item(item)
            if remittance is not None:
                uow.remittances.save(replace(remittance, item_id=item.id))
        require_transfers_due(made, uow)
        return made

    return services.store.transact(unit)


def correct(
    remittance_id: int, correction: Correction, *, person: str, services: Services
) -> PayoutList:
    """Pay again what the bank sent back, corrected, under the same case (10-12 三)."""
    with services.store.read() as uow:
        remittance = uow.remittances.get(remittance_id)
    remittance.require_state(RemittanceState.RETURNED)
    asked = replace(correction, item_id=int(remittance.item_id or 0))
    title = f"{remittance.number} 重新转出"
    return draft_reissue([asked], person=person, services=services, title=title)


def require_whole(payout: PayoutList, uow: UnitOfWork) -> None:
    """Refuse a form of which the checks of a payout have struck an item."""
    if payout.item_count == payout.stated_count:
        return
    found = uow.payout_checks.of_list(payout.id, limit=FINDINGS_MAX)
    struck = next(one for one in found if one.refuses)
    words = catalogue()[struck.code]
    raise Rejected(
        "remittance_refused", item_no=struck.item_no, why_zh=words["zh"], why_en=words["en"]
    )


def _promised(owed: ToSend, uow: UnitOfWork, on: date) -> Promised:
    """Return where the money goes: to the account in the directory, unless there is none of it."""
    case = owed.case
    try:
        known = uow.regions.account(case.counterpart, case.kind.fund, on=on)
    except Rejected:
        known = None
    letter = owed.letter.account if owed.letter is not None else None
    account, why_not = letter, None if letter is not None else "remittance_account_missing"
    if known is not None:
        account = Account(
            name=known.account_name, bank=known.bank_name, no=known.account_no,
            bank_no=known.bank_no,
        )  # fmt: skip
        differs = letter is not None and letter.no != known.account_no
        why_not = "remittance_account_differs" if differs else None
    month_end = case.rule(Step.FUNDS).month_end
    return Promised(owed=owed, account=account, month_end=month_end, why_not=why_not)


def _payable(case_ids: Sequence[int], uow: UnitOfWork, services: Services) -> list[Promised]:
    owed = {one.case.id: one for one in to_send(uow)}
    found = []
    for case_id in case_ids:
        if case_id not in owed or owed[case_id].amount_fen < 1:
            raise Rejected("remittance_nothing_due", id=case_id)
        one = _promised(owed[case_id], uow, services.today())
        ref = one.owed.case.ref
        if one.why_not == "remittance_account_differs":
            raise Rejected("remittance_account_differs", ref=ref)
        if one.account is None:
            raise Rejected("remittance_account_missing", ref=ref)
        found.append(one)
    if len({one.owed.case.kind.fund for one in found}) != 1:
        raise Rejected("remittance_funds_mixed")
    return found


def _opened(
    one: Promised, uow: UnitOfWork, person: str, at: datetime, services: Services
) -> Remittance:
    case = one.owed.case
    opened = uow.remittances.add(
        Remittance(
            id=0, case_id=case.id, fund=case.kind.fund, counterpart=case.counterpart,
            month=month_of(services.today()), form=one.owed.form.key,
            amount_fen=one.owed.amount_fen, drafted_by=person, drafted_at=at,
        )
    )  # fmt: skip
    uow.journal.note(
        "remittance.listed", f"remittance:{opened.id}", at=at, actor="person", person=person,
        number=opened.number, case=case.id, ref=case.ref, counterpart=case.counterpart,
        amount_fen=opened.amount_fen,
    )  # fmt: skip
    return opened


def _payment(
    one: Promised, remittance: Remittance, bank: str, number: int, sha256: str
) -> PayoutItem:
    case, account = one.owed.case, one.account
    assert account is not None  # noqa: S101 -- `_payable` refuses what has none
    values = {
        "person_id": case.person_id, "person_name": case.person_name,
        "benefit": remittance.benefit, "period": remittance.month,
        "amount_fen": remittance.amount_fen, "bank": bank, "bank_no": account.bank_no,
        "account_no": account.no, "account_name": account.name,
    }  # fmt: skip
    name = end_to_end_id(sha256, number, 1)
    return item_of(values, Place(list_id=0, item_no=number, end_to_end_id=name))


def _form(
    due: Sequence[Promised], sha256: str, person: str, at: datetime, services: Services
) -> PayoutList:
    month = month_of(services.today())
    regions = "、".join(dict.fromkeys(one.owed.case.counterpart for one in due))[:60]
    return PayoutList(
        id=0, key=f"{FORMS}/{sha256[:16]}", kind=PayoutKind.TRANSFER,
        fund=due[0].owed.case.kind.fund, title=f"{month_text(month)}转移基金 {regions}",
        month=month, state=ListState.DRAFT, item_count=0, total_fen=0, stated_count=len(due),
        stated_fen=sum(one.owed.amount_fen for one in due), source_sha256=sha256, made_by=person,
        added_at=at,
    )  # fmt: skip


def _source(due: Sequence[Promised], person: str, request: str) -> bytes:
    """Return what an approval form rests on, as it is archived."""
    cases = [
        {
            "ref": one.owed.case.ref, "round": one.owed.case.round, "form": one.owed.form.number,
            "counterpart": one.owed.case.counterpart, "amount_fen": one.owed.amount_fen,
            "account_no": one.account.no if one.account else None,
        }
        for one in due
    ]  # fmt: skip
    form = {"article": "3-15, 10-12", "by": person, "request": request, "cases": cases}
    return (json.dumps(form, ensure_ascii=False, indent=1) + "\n").encode()
